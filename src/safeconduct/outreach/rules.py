"""What a campaign may be: an approved text to a lawfully held list. Pure.

A list is number, language and zone, and nothing else; there is no door by which a name, a place or
a unit could come in, and none by which a number could be looked up.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from safeconduct.refusal import Refusal

SMALLEST_SEGMENT = 100  # fewer people of one language and zone could be picked out; proposed
LARGEST_LIST = 1_000_000
LATEST_TERM = timedelta(days=365)  # a list is destroyed when its campaign's term ends
COLUMNS = ("number", "language", "zone")
SHORTEST_NAME = 3  # letters; less is no name of a holder or of a law
DAY = (time(8), time(21))  # local hours in which a campaign may reach a telephone (proposed)


class State(StrEnum):
    """Where a campaign stands."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    DESTROYED = "DESTROYED"


NEXT: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.APPROVED, State.DESTROYED}),
    State.APPROVED: frozenset({State.RUNNING, State.DESTROYED}),
    State.RUNNING: frozenset({State.PAUSED, State.DONE}),
    State.PAUSED: frozenset({State.RUNNING, State.DESTROYED}),
    State.DONE: frozenset({State.DESTROYED}),
    State.DESTROYED: frozenset(),
}
APPROVALS = 2  # beside the importer; the second is not the importer either


@dataclass(frozen=True, slots=True)
class Statement:
    """By whom the list is lawfully held, on what basis, and the document that says so."""

    holder: str
    basis: str
    document_sha256: str
    term_ends: date


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list, as it was read."""

    number: str
    language: str
    zone: str


def may_state(statement: Statement, *, today: date) -> Refusal | None:
    """Judge whether the statement of lawful holder and basis is whole."""
    if min(len(statement.holder.strip()), len(statement.basis.strip())) < SHORTEST_NAME:
        return Refusal(
            "list.statement",
            "A list needs the name of its lawful holder and the legal basis.",
            "Write both as they stand in the signed document.",
        )
    if not re.fullmatch(r"[0-9a-f]{64}", statement.document_sha256):
        return Refusal(
            "list.document",
            "The signed statement's SHA-256 is missing or malformed.",
            "Give 64 hexadecimal digits: sha256sum DOCUMENT prints them.",
        )
    if not today < statement.term_ends <= today + LATEST_TERM:
        return Refusal(
            "list.term",
            "A list is kept until the campaign's term ends, at most one year from today.",
            "Give a date within that.",
        )
    return None


def may_take_columns(names: Sequence[str]) -> Refusal | None:
    """Judge whether a list's heading names number, language and zone, and nothing else."""
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        return Refusal(
            "list.columns",
            f"The list carries {unknown[0]!r}; only number, language and zone are taken.",
            "Remove every other column: what is not needed must not be held.",
        )
    if sorted(names) != sorted(COLUMNS):
        return Refusal(
            "list.columns",
            "The list needs exactly the columns number, language and zone.",
            "Put them into the first line.",
        )
    return None


def may_import(
    lines: Sequence[Line], *, languages: Collection[str], zones: Collection[str]
) -> Refusal | None:
    """Judge a list whose numbers have been normalised; every segment needs a hundred people."""
    if len(lines) > LARGEST_LIST:
        return Refusal("list.size", "A list holds at most a million numbers.", "Divide it.")
    strange = next((line for line in lines if line.language not in languages), None)
    if strange is not None:
        return Refusal(
            "list.language",
            f"The list names the language {strange.language!r}, which the programme does not speak.",
            f"Use one of {', '.join(sorted(languages))}.",
        )
    nowhere = next((line for line in lines if line.zone not in zones), None)
    if nowhere is not None:
        return Refusal("list.zone", f"{nowhere.zone!r} is no time zone.", "Use an IANA name.")
    sizes = Counter((line.language, line.zone) for line in lines)
    small = min(sizes.values(), default=0)
    if small < SMALLEST_SEGMENT:
        return Refusal(
            "list.segment",
            f"A segment holds fewer than {SMALLEST_SEGMENT} people; one could be picked out.",
            "Join it with another, or leave it out.",
        )
    return None


def may_write(texts: Mapping[str, str], *, languages: Iterable[str], stop: str) -> Refusal | None:
    """Judge a campaign's text: every language of the list, and the way to stop, in each."""
    for language in languages:
        text = texts.get(language, "").strip()
        if not text:
            return Refusal("text.language", f"The text in {language!r} is missing.", "Write it.")
        if stop not in text:
            return Refusal(
                "text.stop",
                f"The text in {language!r} does not say how to stop.",
                f"End it with the stop word, for example “{stop}”.",
            )
    return None


def may_go(state: State, to: State) -> Refusal | None:
    """Judge whether a campaign may pass from one state to another."""
    if to in NEXT[state]:
        return None
    return Refusal(
        "campaign.state", f"A campaign that is {state} cannot become {to}.", "Look again."
    )


def open_now(zone_time: datetime) -> bool:
    """Return whether a campaign may reach telephones at this local time."""
    return DAY[0] <= zone_time.time() < DAY[1]
