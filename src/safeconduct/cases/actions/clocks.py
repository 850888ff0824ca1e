"""What the programme notes by itself: that time has run out. It calls a person; it writes to nobody.

Silence is not consent and not a reason to write: no function here sends a message to him.
"""

from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import ageing
from safeconduct.access import queries as people
from safeconduct.access.rules import Duty, WorkerId
from safeconduct.cases import queries, rules
from safeconduct.cases.actions.records import record_evidence
from safeconduct.cases.actions.steps import advance, take_down
from safeconduct.cases.actions.stopping import stop
from safeconduct.cases.actions.taking import CLOCKS
from safeconduct.cases.machine import MACHINE
from safeconduct.cases.models import Case, Owed
from safeconduct.cases.way import SOFTWARE
from safeconduct.programme.profile import Profile

# Whom the clocks call when several may bring what is owed: whoever is likeliest to be at a desk.
CALLED = (
    *(Duty.DPC, Duty.SUP, Duty.FCO, Duty.RCP, Duty.RCV, Duty.LEG, Duty.MED, Duty.CPO, Duty.PLG),
    *(Duty.OP, Duty.VER, Duty.PLN, Duty.PIL),
)


@transaction.atomic
def call_about(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Call a person about the oldest thing overdue that nobody was called about; True if one was.

    No setting, duty or address silences this.
    """
    for owed in queries.due(now=now):
        if owed.due_at is not None and now - owed.due_at >= _patience(owed, profile):
            access.page(_answers_for(owed), f"cases.owed.{owed.kind}", now=now)
            owed.called_at = now
            owed.save(update_fields=["called_at"])
            return True
    return False


def _patience(owed: Owed, profile: Profile) -> timedelta:
    at_once = owed.due_at == owed.since
    return profile.limit("at_once") if at_once else timedelta(0)


def _answers_for(owed: Owed) -> Duty:
    kind = MACHINE.kinds[owed.kind]
    may = kind.by or {duty for part in kind.parts for duty in MACHINE.kinds[part].by}
    return next((duty for duty in CALLED if duty in may - {SOFTWARE}), Duty.SUP)


def clock_steps(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Record one step that time alone has made; True if there was one."""
    return (
        _silence(who, profile=profile, now=now)
        or _plan_lapsed(who, profile=profile, now=now)
        or _no_word_after_abort(who, profile=profile, now=now)
        or _yes_too_old(profile=profile, now=now)
    )


def _silence(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    late = now - profile.limit("check_in_grace")
    for case in queries.awake().filter(check_in_at__lte=late).order_by("check_in_at")[:20]:
        with transaction.atomic():
            Case.objects.filter(pk=case.pk).update(check_in_at=None)
            way = MACHINE.transitions.get((case.state, "LOST_CONTACT"))
            if way is None or SOFTWARE not in way.who:
                continue  # people look for him, or have him; time alone moves nothing
            record_evidence(case.ref, kind="checkin_missed", by=who, at=now)
            advance(who, ref=case.ref, to="LOST_CONTACT", profile=profile, now=now)
            access.page(Duty.OP, "cases.silence", now=now)
        return True
    return False


def _plan_lapsed(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    for case in queries.awake().filter(state__in=["PLANNED", "AGREED"]):
        if not _has_lapsed(case, profile=profile, now=now):
            continue
        with transaction.atomic():
            record_evidence(case.ref, kind="plan_lapsed", by=who, at=now)
            advance(who, ref=case.ref, to="READY", profile=profile, now=now)
            access.page(Duty.DPC, "cases.plan_lapsed", now=now)
        return True
    return False


def _has_lapsed(case: Case, *, profile: Profile, now: datetime) -> bool:
    approved = case.steps.filter(target="PLANNED").order_by("-seq").first()
    if approved is None:
        return False
    valid = case.evidence.filter(kind="plan_valid", at__gte=approved.at).order_by("-at").first()
    until = (valid.valid_until if valid else None) or (approved.at + profile.limit("plan_approval"))
    return now > until


def _no_word_after_abort(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    late = now - profile.limit("aborted_without_report")
    for case in queries.awake().filter(state="ABORTED", entered_at__lte=late):
        if case.evidence.filter(kind="he_is_safe", at__gte=case.entered_at).exists():
            continue
        on_the_way = case.steps.filter(target="ABORTED", source__in=sorted(rules.ON_THE_WAY))
        if not on_the_way.exists():
            continue  # he had not set out; there is nobody to look for
        stop(who, ref=case.ref, to="MISSING", now=now)
        access.page(Duty.DPC, "cases.missing", now=now)
        return True
    return False


def _yes_too_old(*, profile: Profile, now: datetime) -> bool:
    """Take down what was put up once its first yes is too old: its yeses count no more."""
    old = profile.limit(ageing.OLD)
    for proposal in queries.proposals_put_up(before=now - old):
        first = people.first_yes(proposal.ref, verb=f"cases.{proposal.verb}")
        if first is None or now - first < old:
            continue
        with transaction.atomic():
            take_down(proposal, by=CLOCKS, how="too old", now=now)
            access.page(Duty.SUP, "cases.yes_too_old", now=now)
        return True
    return False
