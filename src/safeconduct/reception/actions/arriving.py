"""Who came: the arrival's own row, head-counts at the gates, and those whom nobody expected."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.client import KeeperAway
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.notices import actions as notices
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries, rules
from safeconduct.reception.models import NAMED, Arrival, HeadCount, Paper, PhoneEntry
from safeconduct.refusal import Refusal, Refused, insist


def arrival_of(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Arrival:
    """Return the arrival of a case, locked; the first act of anybody makes it.

    Raises:
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    arrival = Arrival.objects.select_for_update().filter(case=case).first()
    return arrival or Arrival.objects.create(  # of a locked case: nobody makes it beside us
        case=case,
        language=queries.spoken_with(officer, Purpose.READ, case, profile=profile),
        opened_at=now,
        opened_by=officer.ref,
    )


def tell(arrival: Arrival, who: Officer, verb: str, *, now: datetime, digest: bytes = b"") -> None:
    """Write one line into the journal and nudge the pages of those let in."""
    audit.record(who.ref, verb, ref=arrival.case.ref, now=now, digest=digest)
    notices.emit("cases.case", arrival.case.ref, to=f"member:{arrival.case.compartment}")


@transaction.atomic
def count_heads(
    officer: Officer,
    *,
    ref: str,
    gate: str,
    counted: int,
    profile: Profile,
    now: datetime,
    expected: int | None = None,
) -> str:
    """Write down how many people are seen at a gate; return the gate at which the number differs.

    A number that differs calls the commander and the receiving lead. It closes the handover, and
    lifts nobody's protection.

    Args:
        expected: how many were agreed, given with the plan's count.

    Raises:
        Refused: no such gate, or no number of people.
        Absent: see `arrival_of`.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    insist(rules.may_count(arrival.case.state, gate, counted))
    if expected is not None and gate == "plan":
        arrival.expected = expected
        arrival.save(update_fields=["expected"])
    HeadCount.objects.create(arrival=arrival, gate=gate, counted=counted, at=now, by=officer.ref)
    tell(arrival, officer, f"reception.counted.{gate}", now=now)
    where = rules.differs(
        queries.counts_of(arrival), expected=arrival.expected, accounted=arrival.accounted
    )
    if where == gate:
        for duty in (Duty.DPC, Duty.RCV):
            access.page(duty, "reception.count_differs", now=now)
    return where


@transaction.atomic
def account_extra(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> str:
    """Open a walk-in for somebody whom nobody expected; return the new case's ref.

    Raises:
        Refused: not among the duties of `officer`.
        Absent: see `arrival_of`.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    new = walk_in(officer, now=now)
    arrival.accounted += 1
    arrival.save(update_fields=["accounted"])
    tell(arrival, officer, "reception.extra accounted", now=now)
    return new


@transaction.atomic
def walk_in(officer: Officer, *, now: datetime) -> str:
    """Open the case of one who came unannounced; it needs no name, no paper and no keeper.

    Raises:
        Refused: not among the duties of `officer`.
    """
    if not officer.duties & case_queries.RECEIVERS:
        raise Refused(
            Refusal("reception.not_your_duty", "Receiving is not among your duties.", "Ask: RCV.")
        )
    try:
        compartment = keyring.new_compartment(officer, now=now)
    except KeeperAway:
        compartment = ""  # he is registered; notes wait until the keeper answers
    ref = cases.open_case(officer, person_ref="", compartment=compartment, now=now, state="WALK_IN")
    if compartment:
        cases.ask_in(officer, ref=ref)
    return ref


@transaction.atomic
def speak(officer: Officer, *, ref: str, language: str, profile: Profile, now: datetime) -> None:
    """Note the language he is spoken to in; his papers carry it first.

    Raises:
        Refused: nothing can be read to him in it.
        Absent: see `arrival_of`.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    if language not in queries.LANGUAGES:
        raise Refused(
            Refusal(
                "reception.no_language", "There are no papers in this language.", "Choose another."
            )
        )
    arrival.language = language
    arrival.save(update_fields=["language"])
    tell(arrival, officer, "reception.language", now=now)


def erase(case_ref: str) -> bool:
    """Delete an arrival with its papers and photographs, after its case was erased."""
    PhoneEntry.objects.filter(case__ref=case_ref).delete()
    named = Paper.objects.filter(arrival__case__ref=case_ref, kind__in=NAMED)
    access.forget_named(named.values_list("ref", flat=True))
    count, _by_table = Arrival.objects.filter(case__ref=case_ref).delete()
    return bool(count)
