"""Scripts: readable files by which approved texts ask, branch, and wait for a person. Pure.

A script says nothing of its own: it names approved texts. It moves on an answer that is exactly one of
those it lists; on anything else it goes where `otherwise` leads, and every way ends with a person.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from safeconduct.conversations.rules import withdraws as says_only

FOLDER = "scripts"  # in the data folder, beside programme.toml
LARGEST = 64 * 1024  # bytes of one file
MOST_STEPS = 40
IN_A_ROW = 3  # texts without an answer between them: more is a leaflet
MOST_SENT = 12  # texts of one run; then a person, for no man answers a machine so long
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_STEP_KEYS = frozenset({"say", "ask", "answers", "otherwise", "then", "person"})
_TOP_KEYS = frozenset({"about", "starts", "begin", "steps", "tries"})
_NEEDS = {
    "say": frozenset({"say", "then"}),
    "ask": frozenset({"ask", "answers", "otherwise"}),
    "person": frozenset({"person"}),
}


class WrongScript(ValueError):
    """A script cannot be run; the message says in which line, why, and how it is mended."""

    def __init__(self, line: int, what: str, mend: str) -> None:
        self.line, self.what, self.mend = line, what, mend
        super().__init__(f"line {line}: {what} {mend}")


class Starts(StrEnum):
    """When a script begins: with the first text of somebody new, or by an operator's hand."""

    NEW = "new"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Answer:
    """What he may answer, word for word, and where it leads."""

    phrases: tuple[str, ...]
    then: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step: it says a text and goes on, asks one and waits for him, or waits for a person.

    Attributes:
        kind: "say", "ask" or "person".
        text: name of an approved text; of a person's step, the line that the staff reads.
    """

    name: str
    line: int
    kind: str
    text: str
    then: str = ""
    answers: tuple[Answer, ...] = ()
    otherwise: str = ""

    @property
    def leads(self) -> tuple[str, ...]:
        """Return every step that this one leads to."""
        return tuple(
            filter(None, (self.then, *(each.then for each in self.answers), self.otherwise))
        )


@dataclass(frozen=True, slots=True)
class Try:
    """A talk that the file itself tells, and where it must end: its own test."""

    line: int
    he: tuple[str, ...]
    ends: str


@dataclass(frozen=True, slots=True)
class Script:
    """One script as its file tells it."""

    about: str
    starts: Starts
    begin: str
    steps: Mapping[str, Step]
    tries: tuple[Try, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Move:
    """What follows: texts to send, by name, and the step that waits then, for him or for a person."""

    sends: tuple[str, ...]
    at: Step


def insist_on_name(name: str) -> None:
    """Insist that a file is called as scripts are, or raise WrongScript."""
    if not _NAME.fullmatch(name):
        raise WrongScript(
            1, f"{name!r} is no name of a script.", "Call the file by a to z, 0 to 9, _ and -."
        )


def read_bytes(content: bytes) -> Script:
    """Return the script of a file's bytes; see `read`."""
    if len(content) > LARGEST:
        raise WrongScript(1, "The file is larger than 64 KiB.", "Make two of it.")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise WrongScript(1, "The file is not UTF-8.", "Save it as UTF-8.") from None
    return read(text)


def read(text: str) -> Script:
    """Return the script that a file tells.

    Raises:
        WrongScript: it is no TOML, a key is unknown or lacks, a step leads nowhere or is led to by
            none, a way never ends with a person, or a talk that it tells ends elsewhere.
    """
    told, lines = _parsed(text), _Lines(text)
    _insist_on_keys(
        told, _TOP_KEYS, needs={"about", "starts", "begin", "steps"}, line=1, what="The script"
    )
    steps = told["steps"]
    if not isinstance(steps, dict) or not 0 < len(steps) <= MOST_STEPS:
        raise WrongScript(
            1, f"There are no steps, or more than {MOST_STEPS}.", "Write [steps.NAME]."
        )
    if told["starts"] not in list(Starts):
        raise WrongScript(
            lines.of("", "starts"),
            f"starts = {told['starts']!r} is unknown.",
            'Write "new" or "hand".',
        )
    made = {name: _step(name, step, lines) for name, step in steps.items()}
    script = Script(
        about=_text(told["about"], 1, "about"),
        starts=Starts(told["starts"]),
        begin=_text(told["begin"], 1, "begin"),
        steps=made,
        tries=tuple(_try(each, line) for each, line in lines.of_tries(told.get("tries", []))),
    )
    _insist_on_ways(script, lines)
    _insist_on_tries(script)
    return script


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        found = re.search(r"line (\d+)", str(wrong))
        line = int(found[1]) if found else max(1, text.count("\n"))
        raise WrongScript(line, f"This is no TOML: {wrong}.", "Mend this line.") from None


class _Lines:
    """Where things stand in the file: TOML's own reader keeps no lines."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def of(self, step: str, key: str = "") -> int:
        """Return the line of a key of a step, of its header, or of the file's beginning."""
        inside, header = step == "", 1
        for number, line in enumerate(self._lines, 1):
            bare = line.strip()
            if bare.startswith("["):
                inside = (
                    re.fullmatch(rf"\[steps\.[\"']?{re.escape(step)}[\"']?\].*", bare) is not None
                )
                header = number if inside else header
            elif inside and key and re.match(rf"{key}\s*=", bare):
                return number
        return header

    def of_tries(self, tries: object) -> list[tuple[object, int]]:
        """Return each told talk with the line where it begins."""
        if not isinstance(tries, list):
            raise WrongScript(1, "The talks are no list.", "Write each under [[tries]].")
        at = [n for n, line in enumerate(self._lines, 1) if line.strip().startswith("[[tries]]")]
        return [(each, at[n] if n < len(at) else 1) for n, each in enumerate(tries)]


def _insist_on_keys(
    told: Mapping[str, Any],
    allowed: frozenset[str],
    *,
    needs: Collection[str],
    line: int,
    what: str,
) -> None:
    strange, lacking = sorted(told.keys() - allowed), sorted(set(needs) - told.keys())
    if strange:
        known = ", ".join(sorted(allowed))
        raise WrongScript(
            line, f"{what} has {strange[0]!r}, which is unknown.", f"There are: {known}."
        )
    if lacking:
        raise WrongScript(line, f"{what} lacks {lacking[0]!r}.", "Add it.")


def _text(told: object, line: int, what: str) -> str:
    if isinstance(told, str) and told.strip():
        return told.strip()
    raise WrongScript(line, f"{what!r} is no text.", "Write it between quotation marks.")


def _step(name: str, told: object, lines: _Lines) -> Step:
    line, what = lines.of(name), f"Step {name!r}"
    if not _NAME.fullmatch(name):
        raise WrongScript(line, f"{name!r} is no name of a step.", "Use a to z, 0 to 9, _ and -.")
    if not isinstance(told, dict):
        raise WrongScript(line, f"{what} is no table.", f"Write [steps.{name}].")
    kinds = sorted(told.keys() & _NEEDS.keys())
    if len(kinds) != 1:
        raise WrongScript(
            line, f"{what} must either say, ask, or wait for a person.", "Write one of them."
        )
    kind = kinds[0]
    _insist_on_keys(told, _STEP_KEYS & _NEEDS[kind], needs=_NEEDS[kind], line=line, what=what)
    texts = {
        key: _text(told[key], lines.of(name, key), key)
        for key in told.keys() & {kind, "then", "otherwise"}
    }
    return Step(
        name, line, kind, texts[kind], texts.get("then", ""),
        _answers(told.get("answers", []), lines.of(name, "answers"), kind), texts.get("otherwise", ""),
    )  # fmt: skip


def _answers(told: object, line: int, kind: str) -> tuple[Answer, ...]:
    if kind != "ask":
        return ()
    mend = 'Write answers = [{ any = ["yes"], then = "NAME" }].'
    if not isinstance(told, list) or not told:
        raise WrongScript(line, "There is no answer to wait for.", mend)
    made, seen = [], set[str]()
    for each in told:
        if (
            not isinstance(each, dict)
            or each.keys() != {"any", "then"}
            or not isinstance(each["any"], list)
        ):
            raise WrongScript(line, "An answer is told in another form.", mend)
        phrases = tuple(_text(phrase, line, "any") for phrase in each["any"])
        twice = [phrase for phrase in phrases if phrase.casefold() in seen]
        if twice or not phrases:
            raise WrongScript(
                line, f"{(*twice, '')[0]!r} leads to two steps, or to none.", "Leave one."
            )
        seen.update(phrase.casefold() for phrase in phrases)
        made.append(Answer(phrases, _text(each["then"], line, "then")))
    return tuple(made)


def _try(told: object, line: int) -> Try:
    if (
        not isinstance(told, dict)
        or told.keys() != {"he", "ends"}
        or not isinstance(told["he"], list)
    ):
        raise WrongScript(
            line, "A talk is told in another form.", 'Write he = ["yes"] and ends = "NAME".'
        )
    return Try(
        line,
        tuple(_text(each, line, "he") for each in told["he"]),
        _text(told["ends"], line, "ends"),
    )


def _insist_on_ways(script: Script, lines: _Lines) -> None:
    if script.begin not in script.steps:
        line = lines.of("", "begin")
        raise WrongScript(
            line, f"It begins with {script.begin!r}, and there is no such step.", "Name one."
        )
    for step in script.steps.values():
        for to in step.leads:
            if to not in script.steps:
                what = f"Step {step.name!r} leads to {to!r}, and there is no such step."
                raise WrongScript(step.line, what, f"Write [steps.{to}], or lead elsewhere.")
    reached = _reached(script, script.begin)
    for step in script.steps.values():
        _insist_on_step(script, step, is_reached=step.name in reached)


def _insist_on_step(script: Script, step: Step, *, is_reached: bool) -> None:
    if not is_reached:
        what = f"Nothing leads to step {step.name!r}."
        raise WrongScript(step.line, what, "Lead to it, or take it out.")
    if not any(script.steps[name].kind == "person" for name in _reached(script, step.name)):
        what = f"From step {step.name!r} no way ends with a person."
        raise WrongScript(step.line, what, "Lead somewhere to a step with `person`.")
    if len(list(_says(script, step))) > IN_A_ROW:
        what = f"From step {step.name!r} more than {IN_A_ROW} texts leave without an answer."
        raise WrongScript(step.line, what, "Ask in between, or end with a person.")


def _reached(script: Script, begin: str) -> set[str]:
    found, waiting = set[str](), [begin]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += script.steps[name].leads
    return found


def _says(script: Script, step: Step) -> Iterator[Step]:
    """Yield the steps that speak from here on, up to the next answer; no more than may be."""
    for _ in range(IN_A_ROW + 1):
        if step.kind == "person":
            return
        yield step
        if step.kind == "ask":
            return
        step = script.steps[step.then]


def _insist_on_tries(script: Script) -> None:
    for each in script.tries:
        at = begin(script).at
        for text in each.he:
            at = answered(script, at.name, text).at if at.kind == "ask" else at
        if at.name != each.ends:
            what = f"This talk ends in step {at.name!r}, not in {each.ends!r}."
            raise WrongScript(each.line, what, "Mend the talk, or the steps.")


def begin(script: Script) -> Move:
    """Return what a script does first."""
    return _from(script, script.begin)


def answered(script: Script, at: str, text: str) -> Move:
    """Return what follows his text at a step that asked; what is no listed answer goes `otherwise`."""
    step = script.steps[at]
    to = next((each.then for each in step.answers if says_only(text, each.phrases)), step.otherwise)
    return _from(script, to)


def _from(script: Script, name: str) -> Move:
    spoken = list(_says(script, script.steps[name]))
    last = spoken[-1] if spoken else script.steps[name]
    at = script.steps[last.then] if last.kind == "say" else last
    return Move(tuple(each.text for each in spoken), at)


def insist_on_texts(
    script: Script, texts: Mapping[str, Mapping[str, str]], languages: Sequence[str]
) -> None:
    """Insist that every text it names is approved, and told in every language, or raise WrongScript."""
    for step in script.steps.values():
        if step.kind == "person":
            continue
        missing = [each for each in languages if not texts.get(step.text, {}).get(each)]
        if missing:
            what = f"There is no approved text {step.text!r} in {', '.join(missing)}."
            raise WrongScript(step.line, what, "Take one there is, or have it approved first.")


def ways(script: Script) -> list[tuple[int, str, str]]:
    """Return every way through a script as lines of a walk: depth, what leads here, name of the step.

    A step that was told above is named and not told again.
    """
    told, lines = set[str](), list[tuple[int, str, str]]()

    def walk(depth: int, lead: str, name: str) -> None:
        lines.append((depth, lead, name))
        if name in told:
            return
        told.add(name)
        step = script.steps[name]
        for each in step.answers:
            walk(depth + 1, " / ".join(each.phrases), each.then)
        for to in filter(None, (step.then, step.otherwise)):
            walk(depth + (step.kind == "ask"), "" if step.then else "…", to)

    walk(0, "", script.begin)
    return lines
