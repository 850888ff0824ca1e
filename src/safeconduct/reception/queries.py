"""Reading an arrival: tasks and their state, and what is sealed, for those let into the case."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.keyring import PHONES, Keyring
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.cases import queries as cases
from safeconduct.conversations import queries as conversations
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.rules import Kind
from safeconduct.programme.profile import Profile
from safeconduct.reception import phoned
from safeconduct.reception.labels import ALOUD
from safeconduct.reception.models import (
    NAMED,
    Arrival,
    Handover,
    Item,
    Paper,
    PhoneEntry,
    Photo,
)
from safeconduct.refusal import Refusal

LANGUAGES = tuple(ALOUD)
BODY = "reception.Paper.body"
ITEM = "reception.Item.body"
PRIVATE, NOTED = "reception.PhoneKey.private", "reception.PhoneEntry.body"


def counts_of(arrival: Arrival) -> dict[str, int]:
    """Return gate → the latest head-count there."""
    return dict(arrival.counts.order_by("at", "pk").values_list("gate", "counted"))


def arrival_for(who: Officer | WorkerId, purpose: Purpose, *, ref: str) -> Arrival | None:
    """Return the arrival of a case to somebody let into it, None when nothing is written yet.

    Raises:
        Absent: there is no such case, or it is not for `who`.
    """
    case = cases.case_for(who, purpose, ref=ref)
    return Arrival.objects.filter(case=case).select_related("case").first()


def spoken_with(who: Officer, purpose: Purpose, case: cases.CaseRow, *, profile: Profile) -> str:
    """Return the language he wrote in, else the programme's first: what is read to him begins in it."""
    his = conversations.language_of(who, purpose, ref=case.conversation_ref)
    return his if his in profile.languages else profile.languages[0]


def languages(_worker: WorkerId) -> dict[str, str]:
    """Return the language each man who came is spoken to in, by the ref of his case."""
    return dict(Arrival.objects.values_list("case__ref", "language"))


def shown_to_him(who: Officer, purpose: Purpose, *, ref: str) -> dict[str, str]:
    """Return the versions of rewards that he was shown, by ref: "O-1 v2", as his equipment names them.

    Raises:
        Absent: there is no such case, or it is not for `who`.
    """
    case = cases.case_for(who, purpose, ref=ref)
    if not case.person_ref:
        return {}  # a walk-in: nobody showed him anything
    shown = pledges.shown_to(who, purpose, person_ref=case.person_ref, compartment=case.compartment)
    versions = [each.version for each in shown if each.version.kind == Kind.REWARD]
    return {each.ref: f"O-{each.offer.number} v{each.number}" for each in versions}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing he brought, opened."""

    ref: str
    kind: str
    at: datetime
    by: str
    told: Mapping[str, str]
    photos: Sequence[str]
    returned_at: datetime | None


def ring_for(who: Officer | WorkerId, purpose: Purpose, arrival: Arrival) -> Keyring:
    """Return the keyring of an arrival's compartment: one keeper call for a page."""
    return keyring.open_fields(who, purpose, [arrival.case.compartment], ["body"])


def things_of(arrival: Arrival, ring: Keyring) -> list[Thing]:
    """Return what he brought, in the order in which it was written down."""
    rows: list[Item] = list(arrival.items.order_by("at", "pk").prefetch_related("photos"))
    return [
        Thing(
            row.ref,
            row.kind,
            row.at,
            row.by,
            _opened(row, ring, ITEM, arrival.case.compartment),
            [photo.ref for photo in row.photos.all()],
            row.returned_at,
        )
        for row in rows
    ]


def paper_of(arrival: Arrival, kind: str, ring: Keyring) -> dict[str, str]:
    """Return the latest paper of a kind, opened; empty when there is none."""
    row: Paper | None = arrival.papers.filter(kind=kind).order_by("-at", "-pk").first()
    if row is None:
        return {}
    return _opened(row, ring, BODY, arrival.case.compartment)


def _opened(row: Paper | Item, ring: Keyring, field: str, compartment: str) -> dict[str, str]:
    digest = bytes(row.digest)
    return papers.opened(
        ring, row.body, digest=digest, field=field, compartment=compartment, ref=row.ref
    )


def named_rows(arrival: Arrival, *, latest: bool = True) -> list[Paper]:
    """Return the papers that name him: the latest of each kind, or every one there ever was."""
    rows = list(arrival.papers.filter(kind__in=NAMED).order_by("at", "pk"))
    return list({row.kind: row for row in rows}.values()) if latest else rows


def as_named(row: Paper, compartment: str) -> staff.Named:
    """Return a paper as what it is to its readers' own keys."""
    return staff.Named(BODY, compartment, row.ref, row.body)


def named_of(officer: Officer, purpose: Purpose, arrival: Arrival) -> dict[str, dict[str, str]]:
    """Return kind → the latest paper of it that names him, opened by the officer's own key.

    Raises:
        Refused: a duty that sees no names, or his key is shut; see `access.queries.open_named`.
    """
    rows, compartment = named_rows(arrival), arrival.case.compartment
    if not rows:
        return {}
    ring = keyring.open_fields(officer, purpose, [compartment], [staff.NAME])
    told = staff.open_named(officer, ring, [as_named(row, compartment) for row in rows])
    return {
        row.kind: papers.read(
            ring,
            told[row.ref],
            digest=bytes(row.digest),
            field=BODY,
            compartment=compartment,
            ref=row.ref,
        )
        for row in rows
    }


def to_share(arrival: Arrival, *, now: datetime) -> int:
    """Return how many papers wait for a reader who came later, or were read by one who has left."""
    rows, compartment = named_rows(arrival, latest=False), arrival.case.compartment
    return len(staff.to_share([as_named(row, compartment) for row in rows], now=now))


def written_at(arrival: Arrival | None) -> dict[str, datetime]:
    """Return kind of paper → when the latest was written."""
    if arrival is None:
        return {}
    return dict(arrival.papers.order_by("at", "pk").values_list("kind", "at"))


def last_written(case: cases.CaseRow, kind: str) -> Paper | None:
    """Return the latest paper of a kind of one case, sealed, None for none."""
    return Paper.objects.filter(arrival__case=case, kind=kind).order_by("-at", "-pk").first()


def handover_of(arrival: Arrival | None) -> Handover | None:
    """Return the handover that was put up, if any."""
    return Handover.objects.filter(arrival=arrival).first() if arrival else None


def photo_for(officer: Officer, purpose: Purpose, *, ref: str, photo: str) -> bytes:
    """Return one photograph to somebody let into the case.

    Raises:
        Absent: there is none, or it is not for him.
    """
    arrival = arrival_for(officer, purpose, ref=ref)
    row = Photo.objects.filter(ref=photo, item__arrival=arrival).first()
    if arrival is None or row is None:
        raise Absent
    return ring_for(officer, purpose, arrival).open_bytes(
        row.body,
        field="reception.Photo.body",
        compartment=arrival.case.compartment,
        ref=row.ref,
    )


def name_of(ref: str) -> str:
    """Return the pseudonym of somebody on the staff."""
    return staff.names_of([ref]).get(ref, ref)


def is_receiver(officer: Officer) -> bool:
    """Return whether he receives: he may say that somebody is here without being let in."""
    return bool(officer.duties & {Duty.RCV, Duty.RCP})


@dataclass(frozen=True, slots=True)
class Phoned:
    """One entry of a telephone, opened: when it was written, when it came, and why it waits."""

    ref: str
    tag: str
    at: datetime
    came_at: datetime
    by: str
    told: Mapping[str, str]
    why: Refusal | None


def phoned_of(officer: Officer, purpose: Purpose, *, ref: str) -> list[Phoned]:
    """Return what telephones wrote of a case, oldest first, to somebody let into it.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, purpose, ref=ref)
    rows = list(PhoneEntry.objects.filter(case=case, state=phoned.DONE).order_by("at", "pk"))
    if not rows or not case.compartment:
        return [_phoned(row, None, "") for row in rows]
    ring = keyring.open_fields(officer, purpose, [case.compartment], ["body"])
    return [_phoned(row, ring, case.compartment) for row in rows]


def to_look_at(officer: Officer, purpose: Purpose) -> list[Phoned]:
    """Return what came from telephones and waits for a person, oldest first, to whoever receives.

    What is about a case is told to whoever was let into it and to who wrote it; others see that it waits.
    """
    waiting = PhoneEntry.objects.filter(state=phoned.LOOK).select_related("case")
    rows = list(waiting.order_by("came_at", "pk"))
    if not rows or not is_receiver(officer):
        return []
    ring = keyring.open_fields(officer, purpose, [PHONES], ["body"])
    shown = [(_phoned(row, ring, PHONES), row) for row in rows]
    return [
        each if may_read(officer, row) else replace(each, tag="", told={}) for each, row in shown
    ]


def looked_at(officer: Officer, *, now: datetime) -> list[PhoneEntry]:
    """Return what somebody said within a week he had looked at, and may be looked at again, newest first."""
    if not is_receiver(officer):
        return []
    rows = PhoneEntry.objects.filter(state=phoned.SEEN, seen_at__gte=now - phoned.AGAIN)
    return list(rows.order_by("-seen_at", "-pk")[:20])


def may_read(officer: Officer, row: PhoneEntry) -> bool:
    """Return whether an officer reads what an entry says that waits."""
    return row.case is None or row.by == officer.ref or cases.may_see(officer, row.case)


def _phoned(row: PhoneEntry, ring: Keyring | None, compartment: str) -> Phoned:
    said = "{}"
    if ring is not None and row.body is not None:
        said = ring.open(row.body, field=NOTED, compartment=compartment, ref=row.ref)
    opened = json.loads(said)
    told, why = opened.get("told", {}), opened.get("why")
    return Phoned(
        ref=row.ref,
        tag=row.tag or told.get("about", ""),
        at=row.at,
        came_at=row.came_at,
        by=row.by,
        told={key: text for key, text in told.items() if key != "about"},
        why=Refusal.from_carried(why) if why else None,
    )


def owed_to(arrival: Arrival) -> set[str]:
    """Return the kinds of what is still owed to him by his record."""
    return set(arrival.case.owed.filter(done_at=None).values_list("kind", flat=True))
