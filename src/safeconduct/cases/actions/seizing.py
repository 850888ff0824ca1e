"""Something was seized: one person says so, and all that it touched burns in that moment.

It opens nothing, so it waits for no keeper. It does wait for whoever writes in one of the touched
cases or in the journal at that moment, who may be asking the keeper: what he tells then burns too.
It waits 20 seconds at most, then it says in words that nothing was burned.

What he was not told yet stands sealed in plans; that burns as soon as the clocks can open it, and
until then none of it is told to anybody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import ON_THE_WAY, Duty, Officer
from safeconduct.audit import actions as audit
from safeconduct.cases import queries, seized, touching
from safeconduct.cases.actions.taking import audience, burn, owe
from safeconduct.cases.models import Case, Owed, Seizure, Touched
from safeconduct.cases.seized import Counts, Kind, Thing
from safeconduct.log import get_logger
from safeconduct.notices import actions as notices
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.spool import core_end

PATIENCE = timedelta(seconds=20)  # as long as SQLite waits for its one lock (web/settings.py)
logger = get_logger()
UNWRITTEN = Refusal(
    "seizure.unwritten",
    "Nothing was burned: the tables cannot be written.",
    "Stop whoever is on the way, lock everything, and press again once the disk takes it.",
)


@transaction.atomic
def count_seized(officer: Officer, thing: Thing, *, now: datetime) -> Counts | None:
    """Return what a thing touched, in numbers; that `officer` asked goes on record.

    Returns:
        None: it is one case that he is not let into, and its numbers would tell of it.

    Raises:
        Refused: not among his duties, or a time that lies ahead.
    """
    insist(seized.may_say(officer, since=thing.since, now=now))
    # What is named by a word and not by a ref stands in the journal by its kind.
    ref = thing.name if thing.kind in {Kind.STAFF, Kind.CASE} else thing.kind.value
    audit.record(officer.ref, f"seizure.{thing.kind} counted", ref=ref, now=now)
    if not touching.counts_open_to(officer, thing.kind, thing.name):
        return None
    return touching.counted(thing, list(touching.touched_by(thing)))


def say_seized(officer: Officer, thing: Thing, *, now: datetime, wall: datetime) -> str:
    """Burn all that a seized thing touched, and call whoever works on it; return the seizure's ref.

    A second press burns nothing twice, and tries once more what the keeper could not hear.

    Args:
        now: world time; `wall` real time, by which logins end.

    Raises:
        Refused: not among his duties, a time that lies ahead, or the tables cannot be written.
    """
    insist(seized.may_say(officer, since=thing.since, now=now))
    try:
        with transaction.atomic(), audit.waiting_at_most(PATIENCE):
            said = _burn_all(officer, thing, now=now, wall=wall)
    except DatabaseError as fault:
        if audit.gave_way(fault):
            raise  # it gave way to another act, and whoever pressed it has it done once more
        logger.warning("cases.seizure_unwritten", error=type(fault).__name__)
        raise Refused(UNWRITTEN) from None
    if thing.kind is Kind.STAFF:
        _tell_keeper(officer, said, now=now, wall=wall)
    if thing.kind is Kind.GATEWAY:
        _strike_out(said)
    return said.ref


def _burn_all(officer: Officer, thing: Thing, *, now: datetime, wall: datetime) -> Seizure:
    # Cases first, then the journal, as those do who tell and stop: two orders wait for ever.
    cases = list(touching.touched_by(thing).order_by("pk").select_for_update(of=("self",)))
    counts = touching.counted(thing, cases)
    said = Seizure.objects.create(
        kind=thing.kind,
        name=thing.name,
        since=thing.since,
        at=now,
        by=officer.ref,
        cases=counts.cases,
        places=counts.places,
        signs=counts.signs,
        on_the_way=counts.on_the_way,
    )
    audit.record(officer.ref, f"seizure.{thing.kind}", ref=said.ref, now=now)
    burn(*touching.told_in(thing, [case.ref for case in cases]), now=now)
    Touched.objects.bulk_create([Touched(seizure=said, case=case) for case in cases])
    if thing.kind is Kind.STAFF:
        access.shut_out(thing.name, wall=wall)
    _warn(cases, by=officer.ref, now=now)
    _call(cases, said, now=now)
    return said


def _warn(cases: Sequence[Case], *, by: str, now: datetime) -> None:
    """Owe in each case that a member looks within the hour, and tell its members."""
    owed = Owed.objects.filter(case__in=cases, kind=seized.LOOKED_AT, done_at=None)
    left_out = set(owed.values_list("case", flat=True))
    left_out |= set(queries.resting().values_list("earlier", flat=True))
    for case in cases:
        if case.pk not in left_out:
            owe(case, seized.WARNED, by=by, now=now)
        notices.emit("cases.case", case.ref, to=audience(case))


def _call(cases: Sequence[Case], said: Seizure, *, now: datetime) -> None:
    """Call who is let into one of the cases, a supervisor, and whoever must act at once."""
    members = staff.duties_in((case.compartment for case in cases), now=now)
    for duty in sorted(members & ON_THE_WAY | {Duty.SUP}):
        access.page(duty, "cases.seized", now=now)
    if said.on_the_way:
        access.page(Duty.DPC, "cases.seized_on_the_way", now=now)
    if said.kind in {Kind.GATEWAY, Kind.EVERYTHING}:
        access.page(Duty.ADM, "cases.seized_machine", now=now)


def _tell_keeper(officer: Officer, said: Seizure, *, now: datetime, wall: datetime) -> None:
    """End his logins at the keeper too; failing that, the page says so, and a second press tries again."""
    try:
        access.end_seized_logins(officer, person=said.name, now=now, wall=wall)
        said.shut_at = now
        said.save(update_fields=["shut_at"])
    except (KeeperAway, Refused, DatabaseError) as no:  # what burned stands, whatever fails here
        logger.warning("cases.seized_login_lives", ref=said.ref, error=type(no).__name__)


def _strike_out(said: Seizure) -> None:
    """Let nothing of the gateway be taken; failing that, the page says what to type."""
    try:
        core_end.strike_out(Path(settings.DATA), said.name)
    except OSError as fault:
        logger.warning("cases.seized_gateway_lives", ref=said.ref, error=type(fault).__name__)


@transaction.atomic
def plans_burned(case: Case, *, now: datetime) -> None:
    """Note that the plans of a case, read for `touching.waiting`, have burned too."""
    case.touched.filter(plans_at=None).update(plans_at=now)
