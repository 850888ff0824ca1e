"""What a campaign may be: an approved text to a lawfully held list. Pure.

A list is number, language and zone, and nothing else; there is no door by which a name, a place or
a unit could come in, and none by which a number could be looked up.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum

from safeconduct.refusal import Refusal, listed, said

SMALLEST_SEGMENT = 100  # fewer people of one language and zone could be picked out; proposed
LARGEST_LIST = 1_000_000
LATEST_TERM = timedelta(days=365)  # a list is destroyed when its campaign's term ends
COLUMNS = ("number", "language", "zone")
SHORTEST_NAME = 3  # letters; less is no name of a holder or of a law
DAY = (time(8), time(21))  # local hours in which a campaign may reach a telephone (proposed)


class State(StrEnum):
    """Where a campaign stands. While its list is read nobody can approve it."""

    READING = "READING"
    REFUSED = "REFUSED"
    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    DESTROYED = "DESTROYED"


NEXT: Mapping[State, frozenset[State]] = {
    State.READING: frozenset({State.DRAFT, State.REFUSED}),
    State.REFUSED: frozenset(),
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
            said(
                "The list carries “{column}”; only number, language and zone are taken.",
                column=unknown[0],
            ),
            "Remove every other column: what is not needed must not be held.",
        )
    if sorted(names) != sorted(COLUMNS):
        return Refusal(
            "list.columns",
            "The list needs exactly the columns number, language and zone.",
            "Put them into the first line.",
        )
    return None


def may_take_segment(
    language: str, zone: str, *, languages: Collection[str], zones: Collection[str]
) -> Refusal | None:
    """Judge language and zone of a line."""
    if language not in languages:
        return Refusal(
            "list.language",
            said(
                "The list names the language “{language}”, which the programme does not speak.",
                language=language,
            ),
            said("Use one of these: {languages}.", languages=listed(sorted(languages))),
        )
    if zone not in zones:
        return Refusal(
            "list.zone", said("“{zone}” is no time zone.", zone=zone), "Use an IANA name."
        )
    return None


def may_import(
    segments: Mapping[tuple[str, str], int], *, variants: Mapping[str, int] | None = None
) -> Refusal | None:
    """Judge a list by the counts of its segments; each needs a hundred people for each of its texts.

    Args:
        segments: (language, zone) → numbers.
        variants: how many texts a language has; one, where nothing is said.
    """
    if sum(segments.values()) > LARGEST_LIST:
        return Refusal("list.size", "A list holds at most a million numbers.", "Divide it.")
    told = variants or {}
    lacking = any(
        count < SMALLEST_SEGMENT * told.get(language, 1)
        for (language, _zone), count in segments.items()
    )
    if lacking or not segments:
        return Refusal(
            "list.segment",
            said(
                "A segment holds fewer people for each text than {least}; one could be picked out.",
                least=SMALLEST_SEGMENT,
            ),
            "Join it with another, leave it out, or send one text.",
        )
    return None


def may_write(
    texts: Mapping[str, Sequence[str]], *, languages: Iterable[str], stop: str
) -> Refusal | None:
    """Judge a campaign's texts: every language of the list, and in each text the way to stop."""
    for language in languages:
        variants = texts.get(language, ())
        if not variants or not all(text.strip() for text in variants):
            why = said("The text in the language “{language}” is missing.", language=language)
            return Refusal("text.language", why, "Write it.")
        if len(set(variants)) < len(variants):
            return Refusal(
                "text.alike",
                said("Two texts in the language “{language}” are the same.", language=language),
                "Leave the second one out, or say it in other words.",
            )
        if not all(stop in text for text in variants):
            return Refusal(
                "text.stop",
                said(
                    "The text in the language “{language}” does not say how to stop.",
                    language=language,
                ),
                said("End it with the stop word, for example “{stop}”.", stop=stop),
            )
    return None


def may_leave_at(per_second: int, per_hour: int) -> Refusal | None:
    """Judge the rates: an hour's limit under one second's rate would never let a second's worth go."""
    if per_hour and per_hour < per_second:
        return Refusal(
            "rate.hour",
            "In one hour fewer short messages may leave than in one second.",
            "Raise the hour's limit, or lower the rate; 0 means no limit.",
        )
    return None


def may_go(state: State, to: State) -> Refusal | None:
    """Judge whether a campaign may pass from one state to another."""
    if to in NEXT[state]:
        return None
    return Refusal(
        "campaign.state", "This step is not open to the campaign as it stands now.", "Look again."
    )
