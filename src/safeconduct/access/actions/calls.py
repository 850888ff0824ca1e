"""The pager: whoever answers for a duty is called, and the next one when he does not answer.

A call says nothing but "look at the console". Who heard it stands on record; that nobody can hear
it stands on every page.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from safeconduct.access import client, keyring, queries, rules, staff
from safeconduct.access.models import Call, Person, Shift
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import insist

PAGE_JOB = "access.page"


@transaction.atomic
def add_shift(
    officer: Officer,
    *,
    person: str,
    duty: Duty,
    begins_at: datetime,
    ends_at: datetime,
    place: int,
    handle: str,
    now: datetime,
) -> str:
    """Put a person on the roster for a duty he holds; return the shift's ref.

    Args:
        begins_at, ends_at: world time.
        place: 1 is called first, then 2, 3 …
        handle: his pager's number in international form; "" calls him by sound at his console.

    Raises:
        Refused: `officer` keeps no roster, or the person does not hold the duty, or no time.
        Absent: there is no such person.
    """
    insist(rules.can(officer, "people.roster"))
    row = Person.objects.filter(ref=person, active=True).first()
    if row is None:
        raise Absent
    held = queries.duties_of(row.pk, now=now)
    insist(staff.may_serve(duty, held=held, begins_at=begins_at, ends_at=ends_at, now=now))
    insist(staff.a_pager(handle))
    ref = new_ref()
    Shift.objects.create(
        ref=ref,
        person=row,
        duty=duty,
        begins_at=begins_at,
        ends_at=ends_at,
        place=place,
        channel="sms" if handle else "sound",
        handle=_sealed(officer, handle, ref=ref) if handle else None,
        made_by_id=officer.pk,
    )
    audit.record(officer.ref, f"shift.added.{duty}", ref=ref, now=now)
    notices.emit("access.roster", ref)
    return ref


def _sealed(officer: Officer, handle: str, *, ref: str) -> bytes:
    keys = keyring.open_fields(officer, Purpose.WRITE, [keyring.ROSTER], ["body"])
    return keys.seal(handle, field=queries.HANDLE, kind="body", compartment=keyring.ROSTER, ref=ref)


@transaction.atomic
def end_shift(officer: Officer, *, ref: str, now: datetime) -> None:
    """Take a person off the roster from now on.

    Raises:
        Refused: `officer` keeps no roster.
        Absent: there is no such shift, or it is over.
    """
    insist(rules.can(officer, "people.roster"))
    row = Shift.objects.select_for_update().filter(ref=ref, ends_at__gt=now).first()
    if row is None:
        raise Absent
    if row.begins_at >= now:
        row.begins_at = now - timedelta(seconds=1)
    row.ends_at = now
    row.save(update_fields=["begins_at", "ends_at"])
    audit.record(officer.ref, f"shift.ended.{row.duty}", ref=ref, now=now)
    notices.emit("access.roster", ref)


@transaction.atomic
def page(duty: Duty, kind: str, *, now: datetime) -> str:
    """Call whoever answers for `duty`; return the call's ref. One open call for each cause.

    The worker's next step, within a second, looks up the roster and sends; so paging never waits
    for the keeper or a gateway, and cannot fail with them.

    Args:
        kind: a stable slug of the cause ("escort.stopped"), never a ref, name or place.
        now: world time.
    """
    there = Call.objects.filter(duty=duty, kind=kind, answered_at__isnull=True).first()
    if there is not None:
        return there.ref
    try:
        with transaction.atomic():
            call = Call.objects.create(duty=duty, kind=kind, made_at=now)
    except IntegrityError:  # another process called at this moment
        return Call.objects.get(duty=duty, kind=kind, answered_at__isnull=True).ref
    audit.record("SYS:clocks", f"call.made.{duty}", ref=call.ref, now=now)
    notices.emit("access.call", call.ref, to=f"duty:{duty}")
    return call.ref


def _try_next(call: Call, *, now: datetime, wall: datetime) -> None:
    """Call the next on the roster who can hear it; when all were called, begin again."""
    reachable = queries.reachable(Duty(call.duty), now=now, wall=wall)
    fresh = [shift for shift in reachable if shift.ref not in call.tried]
    call.shift = _first(fresh) or _first(reachable)
    call.called_at = now
    if call.shift is not None:
        call.tried = [*(call.tried if fresh else []), call.shift.ref]
        if call.shift.channel == "sms":
            notices.put_job(PAGE_JOB, f"{call.ref}.{call.shift.ref}.{new_ref()[:6]}", due_at=wall)
        notices.emit("access.call", call.ref, to=f"person:{call.shift.person.ref}")
    else:
        notices.emit("access.unheard", call.ref)
    call.save(update_fields=["shift", "called_at", "tried"])


def _first(shifts: Sequence[Shift]) -> Shift | None:
    return shifts[0] if shifts else None


@transaction.atomic
def escalate_calls(*, now: datetime, wall: datetime, unanswered: timedelta) -> int:
    """Call the next person for each call that nobody answered in time; return how many.

    Args:
        unanswered: the programme's limit `page_unanswered`, world time.
    """
    waiting = Call.objects.select_for_update(of=("self",)).filter(answered_at__isnull=True)
    late = [
        call
        for call in waiting.select_related("shift__person")
        if call.called_at is None or call.called_at + unanswered <= now
    ]
    for call in late:
        _try_next(call, now=now, wall=wall)
    moved = [call for call in late if call.shift is not None]
    for call in moved:
        audit.record("SYS:clocks", f"call.passed_on.{call.duty}", ref=call.ref, now=now)
    return len(moved)


@transaction.atomic
def acknowledge(officer: Officer, *, ref: str, now: datetime) -> None:
    """Answer a call: the one called, another of that duty, or a supervisor. Twice is once.

    Raises:
        Absent: there is no such call for `officer`.
    """
    call = Call.objects.select_for_update().filter(ref=ref).first()
    if call is None or not queries.may_answer(officer, call):
        raise Absent
    if call.answered_at is not None:
        return
    call.answered_by_id, call.answered_at = officer.pk, now
    call.save(update_fields=["answered_by", "answered_at"])
    audit.record(officer.ref, f"call.answered.{call.duty}", ref=call.ref, now=now)
    notices.emit("access.call", call.ref)


@transaction.atomic
def call_off(kind: str, *, now: datetime) -> bool:
    """Close the open calls of a cause that is over by itself; return whether there was one."""
    open_calls = Call.objects.select_for_update().filter(kind=kind, answered_at__isnull=True)
    over = list(open_calls)
    for call in over:
        call.answered_at = now
        call.save(update_fields=["answered_at"])
        audit.record("SYS:clocks", f"call.over.{call.duty}", ref=call.ref, now=now)
        notices.emit("access.call", call.ref)
    return bool(over)


def call_about_limits(clocks: WorkerId, *, now: datetime) -> bool:
    """Call a supervisor when the keeper noted something grave since the last call; return whether.

    The call is committed before the keeper is told: a crash between calls him twice, never not at all.
    """
    met, called = client.limits_met(clocks)
    if met <= called:
        return False
    page(Duty.SUP, "keeper.noted", now=now)
    client.limits_met(clocks, called=met)
    return True


@transaction.atomic
def page_sent(job: notices.Claimed) -> None:
    """Note that a call's message lies in the spool, from which it leaves by itself.

    Raises:
        notices.LeaseLost: another worker took it over; the spool knows it once.
    """
    notices.finish_job(job, job.token)
