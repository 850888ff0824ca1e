"""Who can be called for a duty, who is being called, and who would hear it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import starmap
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from safeconduct.access.keyring import ROSTER, open_fields
from safeconduct.access.models import Call, HeldDuty, Login, Shift
from safeconduct.access.queries.staff import living
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.access.staff import login_lives
from safeconduct.spool import core_end

PAGER = "pager"  # the gateway that calls people
HANDLE = "access.Shift.handle"
_SHOWN = ("ref", "duty", "kind", "made_at", "shift__person_id")


def pager_works() -> bool:
    """Return whether a pager's gateway is enrolled and not struck out; without one no number can be called."""
    data = Path(settings.DATA)
    serving = core_end.serving(data, PAGER)
    return bool(serving) and (data / "link" / f"{serving}-box.pub").exists()


def on_roster(*, now: datetime) -> QuerySet[Shift]:
    """Return the shifts that cover `now`, in the order in which people are called."""
    return (
        Shift.objects.select_related("person")
        .filter(begins_at__lte=now, ends_at__gt=now, person__active=True)
        .order_by("duty", "place", "pk")
    )


def _signed_in(wall: datetime) -> set[int]:
    rows = Login.objects.filter(ended_at__isnull=True)
    told = rows.values_list("person_id", "started_at", "last_seen")
    return {person for person, started, seen in told if login_lives(started, seen, wall=wall)}


def _hearing(wall: datetime) -> Callable[[str, int], bool]:
    """Return what says whether a shift's person hears by its channel."""
    at_desk, pager = _signed_in(wall), pager_works()
    return lambda channel, person: pager if channel == "sms" else person in at_desk


def reachable(duty: Duty, *, now: datetime, wall: datetime) -> list[Shift]:
    """Return who can be called for `duty`, in order; then the supervisors, who are called last.

    A sound is heard only where somebody is signed in; a text message is taken as heard.
    """
    hears = _hearing(wall)
    rows = on_roster(now=now).filter(duty__in={str(duty), str(Duty.SUP)})
    can_hear = [row for row in rows if hears(row.channel, row.person_id)]
    return sorted(can_hear, key=lambda row: (row.duty != duty, row.place, row.pk))


def may_answer(officer: Officer, call: Call) -> bool:
    """Return whether a call may be answered by `officer`."""
    return _may_answer(officer, call.duty, call.shift.person_id if call.shift else None)


def _may_answer(officer: Officer, duty: str, called: int | None) -> bool:
    return called == officer.pk or bool(officer.duties & {Duty(duty), Duty.SUP})


@dataclass(frozen=True, slots=True)
class CallShown:
    """A call as the pages show it; `mine` when this officer is being called."""

    ref: str
    duty: Duty
    kind: str
    made_at: datetime
    mine: bool
    heard: bool


def calls_for(officer: Officer) -> list[CallShown]:
    """Return open calls that `officer` may answer, his own first."""
    rows = Call.objects.filter(answered_at__isnull=True).order_by("made_at", "pk")
    shown = [
        CallShown(
            ref=ref,
            duty=Duty(duty),
            kind=kind,
            made_at=made_at,
            mine=called == officer.pk,
            heard=called is not None,
        )
        for ref, duty, kind, made_at, called in rows.values_list(*_SHOWN)
        if _may_answer(officer, duty, called)
    ]
    return sorted(shown, key=lambda call: not call.mine)


def nobody_hears(*, now: datetime, wall: datetime) -> bool:
    """Return whether an alert made now, or one still open, would reach no one at all."""
    tried = Call.objects.filter(answered_at__isnull=True, called_at__isnull=False)
    if tried.filter(shift__isnull=True).exists():
        return True
    rows = on_roster(now=now).order_by().values_list("channel", "person_id")
    return not (told := list(rows)) or not any(starmap(_hearing(wall), told))


def pager_of(who: WorkerId, *, call: str, shift: str) -> tuple[str, str] | None:
    """Return number and language for a call's message; None when it is answered or passed on.

    Args:
        who: the worker whose purpose is SEND.
        call: ref of the call.
        shift: ref of the shift that was to be called.
    """
    found = (
        Call.objects.select_related("shift__person")
        .filter(ref=call, shift__ref=shift, answered_at__isnull=True)
        .first()
    )
    return handle_of(who, found.shift) if found is not None and found.shift is not None else None


def handle_of(who: WorkerId, shift: Shift) -> tuple[str, str] | None:
    """Return number and language of a shift; None when its person is called by a sound.

    Args:
        who: the worker whose purpose is SEND.
    """
    if shift.handle is None:
        return None
    keys = open_fields(who, Purpose.SEND, [ROSTER], ["body"])
    number = keys.open(shift.handle, field=HANDLE, compartment=ROSTER, ref=shift.ref)
    return number, shift.person.language


@dataclass(frozen=True, slots=True)
class ShiftShown:
    """One line of the roster; the number stays sealed."""

    ref: str
    person: str
    name: str
    duty: Duty
    place: int
    channel: str
    begins_at: datetime
    ends_at: datetime
    now: bool
    hears: bool


def shifts(*, now: datetime, wall: datetime) -> list[ShiftShown]:
    """Return the roster from now on, by duty and order of calling."""
    hears = _hearing(wall)
    rows = Shift.objects.select_related("person").filter(ends_at__gt=now, person__active=True)
    return [
        ShiftShown(
            ref=row.ref,
            person=row.person.ref,
            name=row.person.name,
            duty=Duty(row.duty),
            place=row.place,
            channel=row.channel,
            begins_at=row.begins_at,
            ends_at=row.ends_at,
            now=row.begins_at <= now,
            hears=hears(row.channel, row.person_id),
        )
        for row in rows.order_by("begins_at", "duty", "place", "pk")
    ]


def who_may_serve(*, now: datetime) -> list[tuple[str, str, Duty]]:
    """Return (ref, name, duty) of everybody who could be put on the roster."""
    rows = HeldDuty.objects.filter(living(now=now), person__active=True)
    told = rows.order_by("person__name", "duty").values_list("person__ref", "person__name", "duty")
    return [(ref, name, Duty(duty)) for ref, name, duty in told]
