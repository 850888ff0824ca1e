"""What the case machine is made of, and how its data is read into values. Pure; no file is opened.

Nothing is decided here; rules.py judges. A step or a kind that is named and not described stops
the program at its start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from safeconduct.access.rules import Duty

PERSON, BUREAU, SOFTWARE = "PER", "NIB", "SYS"
# The bureau has no login: the reception officer, who keeps its notices, speaks for it
# (docs/decisions/0040).
SPEAKS_FOR = {BUREAU: Duty.RCP}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of evidence.

    Attributes:
        by: duties that may bring it; empty when the machine judges it, or its `parts` are brought.
        fresh: the programme limit beyond which it is stale, "" for none.
        anew: it counts only if brought since the case entered its present state.
        limit: for a judged kind, the programme limit that must have passed in this state.
    """

    slug: str
    text: str
    by: frozenset[str]
    fresh: str
    anew: bool
    judged: bool
    parts: tuple[str, ...]
    limit: str


@dataclass(frozen=True, slots=True)
class Debt:
    """What falls due with a step. `within_s` is None when it is owed without a clock."""

    kind: str
    within: str
    within_s: int | None
    latest_s: int | None


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of the way."""

    source: str
    target: str
    who: tuple[str, ...]
    who_rule: str
    approvals: int
    before: tuple[str, ...]
    owed: tuple[Debt, ...]
    timer: str

    @property
    def pair(self) -> str:
        """Return the step as the database names it."""
        return f"{self.source}>{self.target}"

    @property
    def staff(self) -> tuple[str, ...]:
        """Return the duties of staff that act on it; his own word is no vote."""
        named = (SPEAKS_FOR.get(duty, duty) for duty in self.who)
        return tuple(duty for duty in named if duty not in {PERSON, SOFTWARE})


@dataclass(frozen=True, slots=True)
class Timer:
    """A clock of a step: its sentence, and the programme limits that give it length."""

    text: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """The whole way."""

    start: str
    end: str
    opens_in: frozenset[str]
    stopping: frozenset[str]
    living: frozenset[str]
    states: Mapping[str, tuple[str, str]]  # state -> (group, meaning)
    kinds: Mapping[str, Kind]
    timers: Mapping[str, Timer]
    transitions: Mapping[tuple[str, str], Transition]

    def ways_from(self, state: str) -> tuple[Transition, ...]:
        """Return the steps that leave `state`, in the order of the machine."""
        return tuple(way for way in self.transitions.values() if way.source == state)

    def group(self, state: str) -> str:
        """Return the stage a state belongs to."""
        return self.states[state][0]


def parse(told: Mapping[str, Any]) -> Machine:
    """Return the machine that the parsed machine.json describes.

    Raises:
        KeyError: an entry is missing, or a step names a state or kind that does not exist.
    """
    kinds = {slug: _kind(slug, entry) for slug, entry in told["kinds"].items()}
    ways = [_transition(entry) for entry in told["transitions"]]
    for way in ways:
        for name in (way.source, way.target):
            told["states"][name]
        for slug in (*way.before, *(debt.kind for debt in way.owed)):
            kinds[slug]
    return Machine(
        start=told["start"],
        end=told["end"],
        opens_in=frozenset(told["may_open_in"]),
        stopping=frozenset(told["stopping"]),
        living=frozenset(told["living"]),
        states={name: (s["group"], s["meaning"]) for name, s in told["states"].items()},
        kinds=kinds,
        timers={n: Timer(t["text"], tuple(t["limits"])) for n, t in told["timers"].items()},
        transitions={(way.source, way.target): way for way in ways},
    )


def _kind(slug: str, entry: Mapping[str, Any]) -> Kind:
    return Kind(
        slug,
        entry["text"],
        frozenset(entry["by"]),
        entry.get("fresh", ""),
        entry.get("anew", False),
        entry.get("judged", False),
        tuple(entry.get("parts", ())),
        entry.get("days_limit", ""),
    )


def _transition(entry: Mapping[str, Any]) -> Transition:
    return Transition(
        entry["from"],
        entry["to"],
        tuple(entry["who"]),
        entry["who_rule"],
        entry["approvals"],
        tuple(entry["before"]),
        tuple(
            Debt(debt["kind"], debt["within"], debt["within_s"], debt.get("latest_s"))
            for debt in entry["owed"]
        ),
        entry["timer"] or "",
    )
