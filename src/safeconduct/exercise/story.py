"""An exercise as a file: cast, timeline, expectations. The format is described in docs/exercises.md.

Reading refuses what it does not know, with the line's own name: a misspelt act must not pass as
an act that did nothing.
"""

import re
import tomllib
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from safeconduct.exercise.smsc import Habits

SHIPPED = Path(__file__).parent / "stories"
SCRIPTS = "scripts"  # beside the exercise's file
_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_NAMED = re.compile(r"\{(\w+)\.name\}")
_ENTRIES = {
    *("title", "profile", "starts", "district_seed", "steps", "cast", "on_duty"),
    *(
        "staff",
        "phone",
        "act",
        "expect",
        "gateways",
        "carrier",
        "scripts",
        "pilot",
        "given",
        "station",
    ),
}
_UNIT_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class WrongStory(ValueError):
    """The exercise file cannot be played; the message says which entry and what it may be."""


def span(text: str) -> timedelta:
    """Return the span of "90s", "1h30m" or "3d".

    Raises:
        WrongStory: the text is no span.
    """
    if not text or _SPAN.sub("", text):
        raise WrongStory(f"{text!r} is no span; write it like 90s, 15m, 1h30m or 3d")
    return timedelta(seconds=sum(float(n) * _UNIT_S[u] for n, u in _SPAN.findall(text)))


@dataclass(frozen=True, slots=True)
class Staff:
    """One person on duty, played from outside with a software passkey."""

    key: str
    name: str
    duties: tuple[str, ...]
    language: str = "en"
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Handset:
    """One telephone. A crowd is one entry with `count` numbers in a row."""

    key: str
    number: str
    language: str = "ru"
    count: int = 1
    opts_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One thing somebody does, or waits to see. Exactly one of the verbs is set.

    Attributes:
        who: staff key; a list plays the act once for each.
        each: the act is played once for each of these; {each} stands for it.
        split: names of fields that the words of each fill, in order.
        at: console path, with {names} kept before.
        press: the form's data-act; `fill` are its fields; `within` picks the card by data-ref.
        so_long: with press, what the page must show, as for see: the form is pressed for as long as it does.
        signs: with press, the form on the page that comes back and asks for a touch, if it asks.
        types: the form's data-act in which somebody types at `at`, and sends nothing yet.
        tab: with press, the page as it was when an act with `leaves_open` looked at it.
        leaves_open: under this name the page stays open in a second tab, as it is now.
        see: what a page must come to show: kind, state, text, gone, count.
        keep: name → data-kind whose data-ref is remembered from the page that follows; the first,
            or with "last " before the kind the last. "said kind ref" keeps what that card says.
        refused: the refusal's code that must come instead of success.
        says, hears: a telephone sends a text, or must receive one that matches.
        they_say: all telephones of a crowd send a text, each the next of these; "#" is its number in the row.
        jump: the world moves on by this span. pace: the world's speed from here on.
        drive, aircraft: orders to the simulated vehicles. weather: it changes for all of them.
        pilot: an order typed at the pilot's station, until it answers what `answers` matches.
        station: orders to whoever sits at the escort team's laptop, and to its link home.
        telephone: orders to a receiving unit's telephone, which has no link until it joins.
        marks: with press or station, the name under which the instant of pressing is kept, for a check that measures.
        judge: an outside check made here and now, by name.
    """

    step: int
    does: str
    who: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    at: str = ""
    press: str = ""
    fill: dict[str, Any] = field(default_factory=dict)
    so_long: dict[str, Any] = field(default_factory=dict)
    signs: str = ""
    types: str = ""
    tab: str = ""
    leaves_open: str = ""
    within: str = ""
    see: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    refused: str = ""
    phone: str = ""
    says: str = ""
    hears: str = ""
    they_say: tuple[str, ...] = ()
    jump: str = ""
    pace: float = 0.0
    drive: dict[str, Any] = field(default_factory=dict)
    aircraft: dict[str, Any] = field(default_factory=dict)
    weather: dict[str, Any] = field(default_factory=dict)
    pilot: str = ""
    station: dict[str, str] = field(default_factory=dict)
    telephone: dict[str, str] = field(default_factory=dict)
    answers: str = "^done$"
    marks: str = ""
    judge: dict[str, Any] = field(default_factory=dict)
    patience_s: float = 20.0
    pause_s: float = 1.0
    repeat: int = 1

    VERBS = (
        *("press", "types", "see", "says", "hears", "they_say"),
        *("jump", "pace", "drive", "aircraft", "pilot", "station", "telephone", "weather", "judge"),
    )

    def verb(self) -> str:
        """Return the one verb this act carries."""
        return next(name for name in self.VERBS if getattr(self, name))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be true at the end, judged from outside. `kind` names a check of exercise/judge.py."""

    kind: str
    step: int
    why: str
    given: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """A whole exercise."""

    key: str
    title: str
    profile: str
    starts: datetime
    district_seed: int
    staff: tuple[Staff, ...]
    phones: tuple[Handset, ...]
    steps: tuple[str, ...]
    acts: tuple[Act, ...]
    expectations: tuple[Expectation, ...]
    gateways: tuple[str, ...] = ()
    scripts: tuple[Path, ...] = ()  # of the programme, brought before it begins
    carrier: Habits = field(default_factory=Habits)
    given: dict[str, str] = field(default_factory=dict)  # names that its acts and parts use
    station: bool = False  # the escort team has a laptop
    pilot: bool = False  # the aircraft's gateway is the pilot's station: it may fly them

    @property
    def his_language(self) -> str:
        """Return what whoever drives reads: the language of the first telephone."""
        return self.phones[0].language


def _made(cls: type, told: dict[str, Any], *, where: str) -> Any:
    known = {f.name for f in fields(cls)}
    unknown = sorted(set(told) - known)
    if unknown:
        raise WrongStory(
            f"{where}: unknown entry {unknown[0]!r}; known are {', '.join(sorted(known))}"
        )
    try:
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in told.items()})
    except TypeError as wrong:
        raise WrongStory(f"{where}: {wrong}") from None


def _act(told: dict[str, Any], *, where: str) -> Act:
    who = told.get("who", ())
    act: Act = _made(Act, told | {"who": [who] if isinstance(who, str) else who}, where=where)
    verbs = [name for name in Act.VERBS if getattr(act, name)]
    if len(verbs) != 1:
        raise WrongStory(f"{where}: needs exactly one of {', '.join(Act.VERBS)}, has {verbs}")
    return act


def _part(folder: Path, name: str, *, where: str) -> Path:
    """Return the file of a part: beside the exercise, else the shipped one."""
    for place in (folder, SHIPPED):
        if (place / f"{name}.toml").exists():
            return place / f"{name}.toml"
    raise WrongStory(f"{where}: there is no file {name}.toml beside this exercise")


def _acts(
    told: list[dict[str, Any]], folder: Path, *, where: str, step: int | None = None
) -> list[Act]:
    """Read acts in order; an entry `{include = "name"}` stands for that file's acts.

    An include may say in which `step` of this exercise all those acts are.
    """
    acts: list[Act] = []
    for number, entry in enumerate(told, start=1):
        here = f"{where}, act {number}"
        if "include" in entry and set(entry) <= {"include", "step"}:
            other = _part(folder, entry["include"], where=here)
            part = tomllib.loads(other.read_text(encoding="utf-8"))
            inner = entry.get("step", step) if step is None else step
            acts += _acts(part["act"], folder, where=other.name, step=inner)
        else:
            acts.append(_act(entry if step is None else entry | {"step": step}, where=here))
    return acts


def _cast(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return `told` with the staff, phones and words of the file it borrows its cast from.

    `on_duty` names those of the borrowed staff who come; without it all do. Staff of its own come besides.
    """
    if "cast" not in told:
        return told
    part = _part(folder, told["cast"], where="cast")
    other = tomllib.loads(part.read_text(encoding="utf-8"))
    lent: dict[str, Any] = {k: other[k] for k in ("staff", "phone", "steps") if k in other}
    given = other.get("given", {}) | told.get("given", {})
    on_duty = told.get("on_duty", [one["key"] for one in lent["staff"]])
    strangers = sorted(set(on_duty) - {one["key"] for one in lent["staff"]})
    if strangers:
        raise WrongStory(f"on_duty names {strangers[0]!r}, who is not in the cast {told['cast']!r}")
    come = [one for one in lent["staff"] if one["key"] in on_duty]
    return {**lent, **told, "given": given, "staff": [*come, *told.get("staff", [])]}


def read(path: Path) -> Story:
    """Read and check an exercise file.

    Raises:
        WrongStory: anything missing, misspelt or pointing nowhere.
    """
    try:
        told = _cast(tomllib.loads(path.read_text(encoding="utf-8")), path.parent)
    except FileNotFoundError:
        raise WrongStory(
            f"there is no exercise file {path.name}; see safeconduct exercise list"
        ) from None
    except tomllib.TOMLDecodeError as wrong:
        raise WrongStory(f"{path.name} is no TOML: {wrong}") from None
    unknown = sorted(set(told) - _ENTRIES)
    if unknown:
        raise WrongStory(
            f"{path.name}: unknown entry {unknown[0]!r}; known are {', '.join(sorted(_ENTRIES))}"
        )
    try:
        story = Story(
            key=path.stem,
            title=told["title"],
            profile=told["profile"],
            starts=told["starts"],
            district_seed=told.get("district_seed", 7),
            staff=tuple(_made(Staff, s, where=f"staff {s.get('key')}") for s in told["staff"]),
            phones=tuple(_made(Handset, p, where=f"phone {p.get('key')}") for p in told["phone"]),
            steps=tuple(told["steps"]),
            gateways=tuple(told.get("gateways", ())),
            given={name: str(value) for name, value in told.get("given", {}).items()},
            pilot=bool(told.get("pilot", False)),
            station=bool(told.get("station", False)),
            scripts=tuple(path.parent / SCRIPTS / f"{n}.toml" for n in told.get("scripts", ())),
            carrier=_made(Habits, told.get("carrier", {}), where="carrier"),
            acts=tuple(_acts(told["act"], path.parent, where=path.name)),
            expectations=tuple(
                Expectation(
                    e["kind"],
                    e["step"],
                    e["why"],
                    {k: v for k, v in e.items() if k not in {"kind", "step", "why"}},
                )
                for e in told["expect"]
            ),
        )
    except KeyError as missing:
        raise WrongStory(
            f"{path.name} lacks {missing}; docs/exercises.md shows a whole file"
        ) from None
    _check_names(story, path)
    names = {one.key: one.name for one in story.staff}
    return replace(story, acts=tuple(_with_names(act, names, path) for act in story.acts))


def _with_names(act: Act, names: dict[str, str], path: Path) -> Act:
    """Return the act with {op.name} in what the terminal says filled: another cast plays the same part."""
    strangers = sorted(set(_NAMED.findall(act.does)) - set(names))
    if strangers:
        raise WrongStory(f"{path.name}: {act.does!r} names {strangers[0]!r}, not in the cast")
    return replace(act, does=_NAMED.sub(lambda found: names[found[1]], act.does))


def _check_names(story: Story, path: Path) -> None:
    for script in story.scripts:
        if not script.is_file():
            raise WrongStory(f"{path.name}: there is no file {SCRIPTS}/{script.name} beside it")
    staff = {s.key for s in story.staff}
    phones = {p.key for p in story.phones} | {s.key for s in story.staff if s.phone}
    for act in story.acts:
        strangers = set(act.who) - staff | ({act.phone} - phones if act.phone else set())
        if strangers:
            raise WrongStory(
                f"{path.name}: {act.does!r} names {strangers.pop()!r}, not in the cast"
            )
        if not 1 <= act.step <= len(story.steps):
            raise WrongStory(f"{path.name}: {act.does!r} is in step {act.step}, which has no name")
