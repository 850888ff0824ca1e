"""Who is signed in, who holds which duty, who is on the staff."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from django.db import connection
from django.db.models import Q

from safeconduct.access import client, known, reasons
from safeconduct.access.models import HeldDuty, Login, Person
from safeconduct.access.rules import Absent, Duty, Method, Officer, can
from safeconduct.access.staff import login_lives
from safeconduct.refusal import Refused, insist
from safeconduct.sealing import to_bytes

WHY_HELD = "access.HeldDuty.reason"
# Asked for every page and act. In these words, for Django takes ten times as long to find them as
# the database to answer; `duties_of` and `living` say the same of duties.
_HOLDER = """
SELECT l.started_at, l.last_seen, l.method, p.id, p.ref, p.name, p.language, d.duty
FROM access_login l
JOIN access_person p ON p.id = l.person_id
LEFT JOIN access_heldduty d
    ON d.person_id = p.id AND d.ended_at IS NULL AND (d.until IS NULL OR d.until > %s)
WHERE l.proof_hash = %s AND l.ended_at IS NULL AND p.active
"""


def hash_of(login: str) -> bytes:
    """Return what we keep of a login proof."""
    return hashlib.sha256(login.encode()).digest()


def living(*, now: datetime) -> Q:
    """Return the condition under which a duty or membership holds at `now` (world time)."""
    return Q(ended_at__isnull=True) & (Q(until__isnull=True) | Q(until__gt=now))


def duties_of(person_pk: int, *, now: datetime) -> frozenset[Duty]:
    """Return the duties a person holds at `now`."""
    held = HeldDuty.objects.filter(living(now=now), person=person_pk)
    return frozenset(Duty(code) for code in held.values_list("duty", flat=True))


def officer_of(login: str, *, now: datetime, wall: datetime) -> Officer | None:
    """Return who holds this login proof, or None when it has ended, idled out or grown old.

    Args:
        now: world time, for duties that end.
        wall: real time, for the login itself.
    """
    with connection.cursor() as cursor:
        asked = [connection.ops.adapt_datetimefield_value(now), hash_of(login)]
        cursor.execute(_HOLDER, asked)
        rows = cursor.fetchall()
    started_at, last_seen = map(_aware, rows[0][:2]) if rows else (wall, wall)
    if not rows or not login_lives(started_at, last_seen, wall=wall):
        known.forget(login)
        return None
    method, pk, ref, name, language = rows[0][2:7]
    officer = Officer(
        ref=ref,
        pk=pk,
        name=name,
        duties=frozenset(Duty(duty) for *_who, duty in rows if duty is not None),
        login=login,
        method=Method(method),
        language=language,
    )
    known.remember(officer, started_at=started_at, last_seen=last_seen, wall=wall)
    return officer


def _aware(at: datetime) -> datetime:
    """Return a time of a row that Django did not read: SQLite knows no zones, and all of ours are UTC."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def names_of(refs: Iterable[str]) -> dict[str, str]:
    """Return ref → pseudonym, for lines like "Operator 14 approved"."""
    return dict(Person.objects.filter(ref__in=set(refs)).values_list("ref", "name"))


def who_is_called(name: str) -> str:
    """Return the ref of whoever has this pseudonym or ref, whether on the staff still or not; "" for nobody."""
    told = name.strip()
    found = (
        Person.objects.filter(Q(name__iexact=told) | Q(ref=told)) if told else Person.objects.none()
    )
    return found.values_list("ref", flat=True).first() or ""


def ref_of(person_pk: int | None) -> str:
    """Return a person's ref, "" for None."""
    if person_pk is None:
        return ""
    return Person.objects.values_list("ref", flat=True).get(pk=person_pk)


@dataclass(frozen=True, slots=True)
class Held:
    """One duty as the people page shows it."""

    ref: str
    duty: Duty
    since: datetime
    until: datetime | None
    reason: str = ""  # of one person's page alone


@dataclass(frozen=True, slots=True)
class Colleague:
    """One person on the staff as the people page shows him."""

    ref: str
    name: str
    language: str
    active: bool
    duties: Sequence[Held]
    last_seen: datetime | None
    signed_in: bool


def people_for(officer: Officer, *, now: datetime, wall: datetime) -> list[Colleague]:
    """Return everybody on the staff with duties and last sign of life, by name.

    Raises:
        Refused: `officer` may not see it.
    """
    insist(can(officer, "people.read"))
    return [_colleague(person, now=now, wall=wall) for person in Person.objects.order_by("name")]


def person_for(officer: Officer, *, ref: str, now: datetime, wall: datetime) -> Colleague:
    """Return one person on the staff.

    Raises:
        Absent: there is no such person, or `officer` may not see him.
    """
    person = Person.objects.filter(ref=ref).first()
    if person is None or can(officer, "people.read") is not None:
        raise Absent
    shown = _colleague(person, now=now, wall=wall)
    rows = HeldDuty.objects.filter(ref__in=[held.ref for held in shown.duties])
    boxes = dict(rows.values_list("ref", "reason"))
    lines = [
        reasons.Sealed(boxes.get(held.ref), WHY_HELD, reasons.STAFF, held.ref)
        for held in shown.duties
    ]
    said = reasons.opened(officer, lines)
    duties = [replace(held, reason=words) for held, words in zip(shown.duties, said, strict=True)]
    return replace(shown, duties=duties)


def _colleague(person: Person, *, now: datetime, wall: datetime) -> Colleague:
    held = HeldDuty.objects.filter(living(now=now), person=person).order_by("duty")
    last = Login.objects.filter(person=person).order_by("-last_seen").first()
    return Colleague(
        ref=person.ref,
        name=person.name,
        language=person.language,
        active=person.active,
        duties=[Held(row.ref, Duty(row.duty), row.since, row.until) for row in held],
        last_seen=last.last_seen if last else None,
        signed_in=bool(
            last
            and last.ended_at is None
            and login_lives(last.started_at, last.last_seen, wall=wall)
        ),
    )


def staff_beside(officer: Officer) -> int:
    """Return how many other people on the staff have made a passkey and come in."""
    return (
        Person.objects.filter(active=True, logins__isnull=False)
        .exclude(pk=officer.pk)
        .distinct()
        .count()
    )


@dataclass(frozen=True, slots=True)
class OwnLogin:
    """One of one's own logins; real times."""

    ref: str
    method: Method
    started_at: datetime
    last_seen: datetime
    here: bool
    lives: bool
    ended_because: str


def logins_of(officer: Officer, *, wall: datetime) -> list[OwnLogin]:
    """Return the officer's own last ten logins, newest first (ASVS 7.5.2)."""
    here = hash_of(officer.login)
    rows = Login.objects.filter(person=officer.pk).order_by("-started_at")[:10]
    return [
        OwnLogin(
            ref=row.ref,
            method=Method(row.method),
            started_at=row.started_at,
            last_seen=row.last_seen,
            here=bytes(row.proof_hash) == here,
            lives=row.ended_at is None and login_lives(row.started_at, row.last_seen, wall=wall),
            ended_because=row.ended_because,
        )
        for row in rows
    ]


def devices_of(officer: Officer) -> list[client.Device]:
    """Return the browsers the officer came in from; none while the keeper does not answer."""
    try:
        return client.devices(officer.login)
    except (Refused, client.KeeperAway):  # the page holds the lock, which waits for nothing
        return []


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom an invitation is for, and what his browser needs to make a passkey."""

    name: str
    options: str


def invitation(token: str) -> Invitation:
    """Return whom the one-time link is for, with the keeper's creation options as JSON.

    Raises:
        Refused: it was used, has run out, or never was.
    """
    told = json.loads(client.enrol_begin(token, name="staff"))
    ref = to_bytes(told["user"]["id"]).decode()
    name = names_of([ref]).get(ref, "")
    told["user"] |= {"name": name, "displayName": name}
    return Invitation(name, json.dumps(told))
