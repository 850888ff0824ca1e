"""What the pages of a seizure show: numbers, never a list of cases. Reads, decides nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from safeconduct.access import queries as access
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import touching
from safeconduct.cases.models import Seizure
from safeconduct.cases.seized import Counts, Kind, Thing
from safeconduct.refusal import N_

WHAT: Mapping[str, str] = MappingProxyType(
    {
        Kind.STAFF: N_("A colleague's login, machine or telephone"),
        Kind.GATEWAY: N_("A gateway, or the contact page's host"),
        Kind.CASE: N_("His own telephone"),
        Kind.EVERYTHING: N_("Everything: the machine, or a whole copy with its key"),
    }
)
_ALL = (
    N_("Whoever is on the way: decide at once whether he is held, led elsewhere or stopped."),
    N_("Plans whose place has burned get no GO. Take them back and make others."),
)
_NEXT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        Kind.STAFF: (
            N_("Take him off the duty roster: a call would ring in other hands."),
            N_("If his passkey was with it: a supervisor ends his duties on the page People."),
            N_("Give his conversations and cases to others, and believe nothing said in his name."),
            N_("Change where his teams start from; no list knows what he saw or heard."),
        ),
        Kind.GATEWAY: (
            N_(
                "Who wrote by it is heard by nobody now. Enrol another, under a new name, elsewhere."
            ),
            N_("Change its word at the carrier; give new six words to who used the contact page."),
        ),
        Kind.CASE: (
            N_(
                "Say on his case's page that he may be forced: then nothing leaves to that telephone."
            ),
            N_("Agree new words with him on a clean channel, once he passes the challenge."),
        ),
        Kind.EVERYTHING: (
            N_("If a machine that runs was seized: lock everything, and take another root."),
            N_("If a copy was: destroy the root and key it opens with, and make new ones."),
            N_("Enrol every gateway anew, under a new name; docs/operate.md says in which order."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody named, and what it would touch; `counts` None: he may not see them."""

    thing: Thing
    what: str
    name: str
    counts: Counts | None


@dataclass(frozen=True, slots=True)
class Said:
    """One seizure.

    Attributes:
        name: a pseudonym, a gateway, or the ref of a case to those let into it.
        unseen: cases of it at which nobody has looked yet; `plans`, whose plans are to burn still.
        shut: the keeper has ended his logins, or the gateway is struck out; True for other things.
    """

    ref: str
    kind: str
    what: str
    name: str
    since: datetime | None
    at: datetime
    by: str
    counts: Counts | None
    unseen: int
    plans: int
    shut: bool
    next: Sequence[str]


def asked(thing: Thing, counts: Counts | None) -> Asked:
    """Return what the page shows before anything is pressed."""
    name = access.names_of([thing.name]).get(thing.name, thing.name)
    return Asked(thing, WHAT[thing.kind], name, counts)


def rows_for(officer: Officer) -> list[Said]:
    """Return what was said to be seized, newest first."""
    return [_said(officer, row) for row in touching.seizures_for(officer, Purpose.READ)]


def said_for(officer: Officer, *, ref: str) -> Said:
    """Return one seizure.

    Raises:
        Absent: see `touching.seizure_for`.
    """
    return _said(officer, touching.seizure_for(officer, Purpose.READ, ref=ref))


def _said(officer: Officer, row: Seizure) -> Said:
    names = access.names_of([row.by, row.name])
    seen = touching.counts_open_to(officer, row.kind, row.name)
    unseen, plans = touching.left_of(row)
    return Said(
        ref=row.ref,
        kind=row.kind,
        what=WHAT[row.kind],
        name=names.get(row.name, row.name) if seen or row.by == officer.ref else "",
        since=row.since,
        at=row.at,
        by=names.get(row.by, row.by),
        counts=Counts(row.cases, row.places, row.signs, row.on_the_way) if seen else None,
        unseen=unseen,
        plans=plans,
        shut=_is_shut(row),
        next=(*_ALL, *_NEXT[row.kind]),
    )


def _is_shut(row: Seizure) -> bool:
    if row.kind == Kind.GATEWAY:
        return touching.is_struck_out(row.name)
    return row.kind != Kind.STAFF or row.shut_at is not None
