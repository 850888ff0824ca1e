"""`safeconduct script check FILE`: is it one, what does it say, and where does every way end?"""

from collections.abc import Mapping
from pathlib import Path

from safeconduct.command import folder
from safeconduct.command.trouble import Trouble
from safeconduct.conversations import scripts
from safeconduct.conversations.scripts import Script, WrongScript
from safeconduct.pledges import rules as promises
from safeconduct.programme import load
from safeconduct.programme.profile import Profile


def check(file: Path, *, data: Path) -> int:
    """Print every way through a script with its words in each language.

    Args:
        data: the programme whose approved texts it may name; where there is none, the example's.

    Returns:
        0: it runs as it is. 1: something is wrong; the line and how to mend it are printed.
    """
    try:
        content = file.read_bytes()
    except OSError as wrong:
        raise Trouble(f"{file} cannot be read: {wrong.strerror}. Name a script's file.") from None
    try:
        script = scripts.read_bytes(content)
        profile, texts = _texts(data)
        scripts.insist_on_texts(script, texts, profile.languages)
        _insist_on_words(script, texts, profile)
    except WrongScript as wrong:
        print(f"{file.name}, {wrong}")
        return 1
    _walk(script, texts, profile)
    print(f"{file.name} runs: {len(script.steps)} steps, {len(script.tries)} talks end as told.")
    return 0


def _texts(data: Path) -> tuple[Profile, Mapping[str, Mapping[str, str]]]:
    if not (data / "stamp").exists():
        profile = load.reviewed(load.SHIPPED / "ukraine.toml")
        print(f"{data} is no data folder: held against the texts of the example profile alone.")
        return profile, profile.texts
    folder.set_environment(data)
    import django

    django.setup()
    from safeconduct.conversations import queries

    profile = load.current()
    return profile, queries.script_texts(profile)


def _insist_on_words(
    script: Script, texts: Mapping[str, Mapping[str, str]], profile: Profile
) -> None:
    for step in script.steps.values():
        for language in () if step.kind == "person" else profile.languages:
            text = texts[step.text][language]
            found = promises.unauthorised_promises(text, language=language)
            if refusal := promises.no_quarter(text) or promises.promise_refusal(found):
                what = f"The door would hold {step.text!r} in {language}: {refusal.why}"
                raise WrongScript(step.line, what, "Take another text.")


def _walk(script: Script, texts: Mapping[str, Mapping[str, str]], profile: Profile) -> None:
    print(script.about)
    for depth, lead, name in scripts.ways(script):
        step, edge = script.steps[name], "    " * depth
        led = "" if not lead else "anything else: " if lead == "…" else f"“{lead}”: "
        print(f"{edge}{led}{name} ({step.kind})")
        if step.kind == "person":
            print(f"{edge}    → {step.text}")
        else:
            for language in profile.languages:
                print(f"{edge}    {language}: {texts[step.text][language]}")
