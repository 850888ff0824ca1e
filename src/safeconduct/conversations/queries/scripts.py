"""The programme's scripts as they lie in its folder, each with what is wrong in it, and their runs."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from safeconduct.access.rules import Officer, Purpose
from safeconduct.conversations import scripts
from safeconduct.conversations.models import CannedText, Conversation, ScriptRun
from safeconduct.conversations.queries.texts import BY_CLOCK, text_digest
from safeconduct.conversations.scripts import Script, WrongScript
from safeconduct.programme.profile import Profile

# What the way, a stop and an abort say is no script's to say.
NOT_FOR_SCRIPTS = frozenset({"optout", "hold", "abort", "turn_back"})


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """One file: the script, or what is wrong with it."""

    name: str
    digest: bytes
    script: Script | None
    wrong: WrongScript | None


def script_files(folder: Path | None = None) -> list[ScriptFile]:
    """Return every script of the programme's folder, by name; a file that changed is read anew."""
    place = (folder or Path(settings.DATA)) / scripts.FOLDER
    paths = sorted(place.glob("*.toml")) if place.is_dir() else []
    return [_known(path) for path in paths]


def _known(path: Path) -> ScriptFile:
    """Return one script; that it cannot be read is a fault of the file, and holds up no text of his."""
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as no:
        wrong = WrongScript(
            1, f"The file cannot be read: {no.strerror}.", "Let the programme's user read it."
        )
        return ScriptFile(path.stem, b"", None, wrong)


@lru_cache(maxsize=64)
def _read(path: Path, _changed_ns: int) -> ScriptFile:
    with path.open("rb") as opened:
        content = opened.read(scripts.LARGEST + 1)
    digest = hashlib.sha256(content).digest()
    try:
        scripts.insist_on_name(path.stem)
        return ScriptFile(path.stem, digest, scripts.read_bytes(content), None)
    except WrongScript as wrong:
        return ScriptFile(path.stem, digest, None, wrong)


def script_texts(profile: Profile) -> dict[str, Mapping[str, str]]:
    """Return the texts that a script may name: the profile's own, and those two people approved."""
    rows = CannedText.objects.filter(approved_at__isnull=False, withdrawn_at=None)
    approved = [row for row in rows.order_by("pk") if text_digest(row) == bytes(row.digest)]
    own = {
        key: text
        for key, text in profile.texts.items()
        if key not in NOT_FOR_SCRIPTS and not key.startswith(BY_CLOCK)
    }
    return {**{row.name: row.texts for row in approved}, **own}


def runnable(name: str, profile: Profile) -> ScriptFile | None:
    """Return a script that may run now: without a fault, all of its texts approved; else None."""
    found = next((each for each in script_files() if each.name == name and each.script), None)
    return found if found and fault_of(found, profile) is None else None


def fault_of(file: ScriptFile, profile: Profile) -> WrongScript | None:
    """Return what keeps a script from running, None when nothing does."""
    if file.script is None:
        return file.wrong
    try:
        scripts.insist_on_texts(file.script, script_texts(profile), profile.languages)
    except WrongScript as wrong:
        return wrong
    return None


def run_of(row: Conversation) -> ScriptRun | None:
    """Return the last run in a conversation, open or ended."""
    return ScriptRun.objects.filter(conversation=row).order_by("-pk").first()


def startable(_officer: Officer, _purpose: Purpose, *, profile: Profile) -> list[ScriptFile]:
    """Return the scripts that an operator may begin by hand."""
    return [
        each
        for each in script_files()
        if each.script
        and each.script.starts is scripts.Starts.HAND
        and fault_of(each, profile) is None
    ]
