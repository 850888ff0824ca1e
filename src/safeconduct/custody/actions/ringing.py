"""The clocks: started by the case itself, stopped by evidence, rung until somebody answers.

They are judged from what stands on record and from world time alone. No argument here, no setting
and no duty can leave one out.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from safeconduct.access import actions as access
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries as cases
from safeconduct.cases.machine import MACHINE
from safeconduct.custody import queries, rules
from safeconduct.custody.actions.keeping import erase
from safeconduct.custody.models import Clock, Document, Letters, Move, Visit
from safeconduct.notices import actions as notices
from safeconduct.pledges import actions as pledges
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries as reception

# From where a death is the bureau's to hear of, told by us: he died in our hands, or on the way to them.
DIED_HERE = frozenset(
    way.source
    for way in MACHINE.transitions.values()
    if way.target == "DECEASED" and rules.DEATH in {debt.kind for debt in way.owed}
)


@transaction.atomic
def follow(who: WorkerId, *, profile: Profile, now: datetime) -> bool:
    """Start, queue and stop what the cases ask for, and owe the standard; True if anything was done."""
    done = False
    spoken = reception.languages(who)
    for case in cases.in_our_hands(who):
        done |= _start(case, profile=profile, now=now)
        his = spoken.get(case.ref, profile.languages[0])
        done |= owe_standards(who, case, language=his, profile=profile, now=now)
        done |= _stop(case)  # first: what has just left is not queued once more
        done |= _queue(case, now=now)
    for case in cases.erased(who):
        done |= erase(case.ref)
    return done


def owe_standards(
    who: WorkerId, case: cases.CaseRow, *, language: str, profile: Profile, now: datetime
) -> bool:
    """Owe him the standard of custody because he is held, a walk-in too; True if he was not owed it.

    Judged anew each time: whoever is held when a standard comes into force is owed it as well. It is
    to be kept by the first review of his conditions (P); what is done once can be done no second time.
    """
    if case.state not in rules.IN_CUSTODY or not case.compartment:
        return False  # without a compartment nobody could see it; the keeper gives him one
    owed = pledges.owe_standards(
        who,
        person_ref=case.person_ref or case.ref,
        compartment=case.compartment,
        language=language,
        due_at=now + profile.limit("custody_review"),
        now=now,
    )
    return bool(owed)


def _start(case: cases.CaseRow, *, profile: Profile, now: datetime) -> bool:
    died = case.steps.filter(target="DECEASED", source__in=DIED_HERE, kind="step")
    wanted = [(rules.DIED, step.at) for step in died]
    if case.custody_since is not None:
        wanted += _of_custody(case, case.custody_since, now=now)
    there = set(Clock.objects.filter(case=case).values_list("kind", "started_at"))
    fresh = [pair for pair in dict.fromkeys(wanted) if pair not in there]  # two at one instant: one
    for kind, started_at in fresh:
        marks = rules.marks(kind, started_at=started_at, limits_s=profile.limits_s)
        Clock.objects.create(
            case=case,
            kind=kind,
            started_at=started_at,
            due_at=marks.due_at,
            warn_at=marks.warn_at,
            breach_at=marks.breach_at,
        )
        audit.record("SYS:clocks", f"custody.clock.{kind}", ref=case.ref, now=now)
    return bool(fresh)


def _of_custody(
    case: cases.CaseRow, begun: datetime, *, now: datetime
) -> list[tuple[str, datetime]]:
    """Return (kind, start) of every clock that his being in our hands has begun."""
    wanted = [(rules.CARD, at) for at in card_starts(case, begun)]
    wanted.append((rules.BUREAU, begun))
    wanted += [(rules.MOVED_ON, at) for at, _why in queries.moves_of(case)]
    if case.state in rules.IN_CUSTODY:
        wanted.append((rules.REVIEW, _review_start(case)))
    if (since := _week_start(case)) and case.state not in rules.NO_CUSTODY:
        wanted.append((rules.SICK, since))
    wanted += [(rules.CHILD, step.at) for step in case.steps.filter(target="CHILD")]
    wanted += [(rules.TRANSIT, step.at) for step in case.steps.filter(target="SECURED")]
    wanted += [(rules.VISIT, visit.asked_at) for visit in Visit.objects.filter(case=case)]
    wanted += [(rules.MAIL, at) for at in _letters_start(case, begun)]
    wanted += [(rules.SAFETY, at) for at in _missed(case, now=now)]
    after = case.steps.filter(target="AFTERCARE").order_by("seq").first()
    if after is not None and not queries.unfollowed(case):
        wanted += [(kind, after.at) for kind in rules.CHECK_INS]
    return wanted


def _missed(case: cases.CaseRow, *, now: datetime) -> list[datetime]:
    """Return when a check-in of aftercare was missed: somebody looks after him from then on."""
    open_still = Clock.objects.filter(
        case=case, done_at=None, kind__in=rules.CHECK_INS, breach_at__lte=now
    )
    return sorted(set(open_still.values_list("breach_at", flat=True)))


def card_starts(case: cases.CaseRow, begun: datetime) -> list[datetime]:
    """Return when a card fell due: at first, and on every move, sickness and hospital since."""
    moved = Move.objects.filter(case=case, at__gt=begun).exclude(why=rules.WELL)
    moves = moved.values_list("at", flat=True)
    to_hospital = case.steps.filter(target="MEDICAL", at__gt=begun)
    return [begun, *moves, *to_hospital.values_list("at", flat=True)]


def _letters_start(case: cases.CaseRow, begun: datetime) -> list[datetime]:
    """Return when a month began: with each coming into our hands, and with each offer since."""
    back = case.steps.filter(source__in=rules.NO_CUSTODY).exclude(target__in=rules.NO_CUSTODY)
    offers = Letters.objects.filter(case=case).values_list("offered_at", flat=True)
    return sorted({begun, *back.values_list("at", flat=True), *offers})


def _review_start(case: cases.CaseRow) -> datetime:
    last = Clock.objects.filter(case=case, kind=rules.REVIEW).order_by("-started_at").first()
    if last is None:
        entered = case.steps.filter(target="IN_CUSTODY").order_by("seq").first()
        return entered.at if entered else case.entered_at
    since: datetime = last.done_at or last.started_at
    return since


def _week_start(case: cases.CaseRow) -> datetime | None:
    """Return when the week began in which the bureau is owed a word on him, None while he is well."""
    fell = Move.objects.filter(case=case, why__in=rules.AILING).order_by("-at").first()
    lane = case.steps.filter(target="MEDICAL").order_by("-seq").first()
    since = max((each.at for each in (fell, lane) if each), default=None)
    if since is None or _well_since(case, since):
        return None
    last = Clock.objects.filter(case=case, kind=rules.SICK).order_by("-started_at").first()
    if last is None or (last.done_at and last.done_at < since):
        return since
    week: datetime = last.done_at or last.started_at
    return week


def _well_since(case: cases.CaseRow, since: datetime) -> list[tuple[datetime, str]]:
    """Return when and by whom he was said to be well, or fit to leave the medic's lane."""
    well = Move.objects.filter(case=case, why=rules.WELL, at__gte=since)
    fit = case.steps.filter(source="MEDICAL", at__gte=since)
    return [*well.values_list("at", "by"), *fit.values_list("at", "by")]


def _queue(case: cases.CaseRow, *, now: datetime) -> bool:
    owed = case.owed.filter(done_at=None, kind__in=sorted(rules.BUREAU_KINDS - {rules.DEATH}))
    wanted = {row.kind: row.due_at or now for row in owed}
    if case.state in rules.IN_CUSTODY:
        wanted |= dict.fromkeys(rules.NOTICES, case.entered_at + timedelta(days=1))
    # What waits when he is well is the last word of it: that he is. Nobody takes it back.
    week = Clock.objects.filter(case=case, kind=rules.SICK, done_at=None).first()
    if week is not None:
        wanted[rules.WEEKLY] = week.due_at
    later = Clock.objects.filter(case=case, done_at=None, kind__in=sorted(rules.TOLD_BY))
    for clock in later.order_by("-due_at"):  # one notice tells of all since the last, by the first
        wanted[rules.TOLD_BY[clock.kind]] = clock.due_at
    there = Document.objects.filter(case=case)
    unsent = set(there.filter(sent_at=None).values_list("kind", flat=True))
    once = set(there.filter(kind__in=rules.NOTICES).values_list("kind", flat=True))
    fresh = {kind: due for kind, due in wanted.items() if kind not in unsent | once}
    for kind, due in fresh.items():
        Document.objects.create(case=case, kind=kind, queued_at=now, due_at=due)
        audit.record("SYS:clocks", f"custody.queued.{kind}", ref=case.ref, now=now)
        notices.emit("custody.due", case.ref, to=f"member:{case.compartment}")
    return bool(fresh)


def _stop(case: cases.CaseRow) -> bool:
    done = _letters_offered(case) | _leave_behind(case) | _end_of_week(case) | _no_child(case)
    done |= _told(case) | _no_death(case)
    done |= _out_of_transit(case) | _visits_given(case) | _heard_of(case)
    for clock in Clock.objects.filter(case=case, done_at=None, kind__in=sorted(rules.STOPPED_BY)):
        rows = case.evidence.filter(kind__in=sorted(rules.STOPPED_BY[clock.kind]))
        if clock.started_at != case.custody_since:  # after a move only a later card counts
            rows = rows.filter(at__gte=clock.started_at)
        found = rows.order_by("at").first()
        if found is not None:
            clock.done_at, clock.done_by = found.at, found.by
            clock.save(update_fields=["done_at", "done_by"])
            done = True
    return done


def _end_of_week(case: cases.CaseRow) -> bool:
    """Stop the week's clock when the bureau was told, or he is well."""
    week = Clock.objects.filter(case=case, kind=rules.SICK, done_at=None).first()
    if week is None:
        return False
    told = Document.objects.filter(case=case, kind=rules.WEEKLY, sent_at__gt=week.started_at)
    ends = [*told.values_list("sent_at", "sent_by"), *_well_since(case, week.started_at)]
    if not ends:
        return False
    week.done_at, week.done_by = min(ends)
    week.save(update_fields=["done_at", "done_by"])
    return True


def _told(case: cases.CaseRow) -> bool:
    """Stop the clocks of card, move and death by what left after they began, and by nothing else."""
    done = False
    for clock in Clock.objects.filter(case=case, done_at=None, kind__in=sorted(rules.TOLD_BY)):
        sent = Document.objects.filter(
            case=case, kind=rules.TOLD_BY[clock.kind], sent_at__gt=clock.started_at
        )
        first = sent.order_by("sent_at").first()
        if first is not None and first.sent_at is not None:
            done |= _done(clock, first.sent_at, first.sent_by)
    return done


def _no_death(case: cases.CaseRow) -> bool:
    """Stop the clock of a death that two people have said was recorded in error; its notice never leaves."""
    back = case.steps.filter(source="DECEASED", kind="correction").order_by("-seq").first()
    if back is None:
        return False
    his = Clock.objects.filter(case=case, kind=rules.DIED, done_at=None)
    done = bool(his.filter(started_at__lte=back.at).update(done_at=back.at, done_by=back.by))
    if not his.exists():
        Document.objects.filter(case=case, kind=rules.DEATH, sent_at=None).delete()
    return done


def _no_child(case: cases.CaseRow) -> bool:
    """Stop a child's clock where two people have lifted it, or child protection has him."""
    left = case.steps.filter(source="CHILD", approvals__gte=2).order_by("-seq").first()
    if left is None:
        return False
    running = Clock.objects.filter(
        case=case, kind=rules.CHILD, done_at=None, started_at__lte=left.at
    )
    return bool(running.update(done_at=left.at, done_by=left.by))


def _out_of_transit(case: cases.CaseRow) -> bool:
    """Stop the clock of transit when he came to custody, a hospital or a child's lane, or is gone."""
    running = Clock.objects.filter(case=case, kind=rules.TRANSIT, done_at=None).first()
    if running is None:
        return False
    began = case.steps.filter(target="SECURED", at=running.started_at).order_by("-seq").first()
    onward = case.steps.filter(seq__gt=began.seq if began else 0)
    first = onward.exclude(target__in=rules.IN_TRANSIT).order_by("seq").first()
    return first is not None and _done(running, first.at, first.by)


def _visits_given(case: cases.CaseRow) -> bool:
    """Stop the clock of each visit that has its time."""
    done = False
    for visit in Visit.objects.filter(case=case, given_at__isnull=False):
        running = Clock.objects.filter(
            case=case, kind=rules.VISIT, started_at=visit.asked_at, done_at=None
        )
        done |= bool(running.update(done_at=visit.given_at, done_by=visit.given_by))
    return done


def _letters_offered(case: cases.CaseRow) -> bool:
    """Stop the clock of letters when they were offered, or he left our hands: what came first."""
    done = False
    for running in Clock.objects.filter(case=case, kind=rules.MAIL, done_at=None):
        after = running.started_at
        offers = Letters.objects.filter(case=case, offered_at__gt=after)
        left = case.steps.filter(target__in=rules.NO_CUSTODY, at__gt=after)
        ends = [*offers.values_list("offered_at", "by"), *left.values_list("at", "by")]
        done |= bool(ends) and _done(running, *min(ends))
    return done


def _heard_of(case: cases.CaseRow) -> bool:
    """Stop the clock of looking after him when the check-in that he missed is written down after all."""
    done = False
    for running in Clock.objects.filter(case=case, kind=rules.SAFETY, done_at=None):
        missed = Clock.objects.filter(case=case, kind__in=rules.CHECK_INS)
        heard = missed.filter(breach_at=running.started_at, done_at__isnull=False).first()
        if heard is not None and heard.done_at is not None:
            done |= _done(running, heard.done_at, heard.done_by)
    return done


def _done(clock: Clock, at: datetime, by: str) -> bool:
    clock.done_at, clock.done_by = at, by
    clock.save(update_fields=["done_at", "done_by"])
    return True


def _leave_behind(case: cases.CaseRow) -> bool:
    """Stop the clocks of a stage he has left by people's yes; card and bureau are of no stage."""
    left = case.state in rules.NO_CUSTODY
    ended = [rules.REVIEW, rules.SICK, rules.CHILD, rules.MAIL] if left else []
    if case.state in rules.NO_CARE:
        ended += (*rules.CHECK_INS, rules.SAFETY)
    last = case.steps.order_by("-seq").first()
    running = Clock.objects.filter(case=case, done_at=None, kind__in=ended)
    return bool(last and running.update(done_at=last.at, done_by=last.by))


@transaction.atomic
def ring(who: WorkerId, *, now: datetime) -> bool:
    """Ring the clocks that should have rung by now: due, warned, broken; True if one did.

    What rang in a time that has not come, for the system's clock stood wrong, rings anew on its day.
    """
    ahead = Q(rung_at__gt=now + rules.AMISS)
    open_still = Clock.objects.filter(Q(due_at__lte=now) | ahead, done_at=None)
    for clock in open_still.select_related("case"):
        marks = rules.Marks(clock.due_at, clock.warn_at, clock.breach_at)
        rung = rules.rung(marks, now=now)
        amiss = clock.rung_at is not None and clock.rung_at > now + rules.AMISS
        if (rung <= clock.rung and not amiss) or clock.case.state == MACHINE.end:
            continue
        clock.rung, clock.rung_at = rung, now
        clock.save(update_fields=["rung", "rung_at"])
        if not rung:
            continue
        word = ("due", "warned", "broken")[rung - 1]
        access.page(rules.CALLED[clock.kind][rung - 1], f"custody.{clock.kind}.{word}", now=now)
        audit.record(who.ref, f"custody.{clock.kind}.{word}", ref=clock.case.ref, now=now)
        return True
    return False
