"""Alerts: raised once per cause, owned by a duty, answered by a person, cleared by evidence."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from safeconduct.access import actions as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as case_actions
from safeconduct.cases import queries as cases
from safeconduct.escort import queries, rules
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.models import Alert, Escort, NoFireArea
from safeconduct.geo import Point
from safeconduct.passage import queries as passages
from safeconduct.refusal import Refusal, Refused
from safeconduct.watch import alerts, known

# What changed by less is the same to the eye: a distance, a time that runs down, a share.
_SHIFTED = {"m": 10, "left_s": 60, "%": 10}
_SAME_TIME, _SAME_NEWS, _SAME_PLACE_M = timedelta(seconds=30), timedelta(seconds=5), 50.0
CAUSES = frozenset(known.Cause)


@dataclass(frozen=True, slots=True)
class Judged:
    """What one judgement did: the keys raised, and what stands now of the watch's own, by key: is it grave."""

    raised: list[str]
    standing: dict[str, bool]


@transaction.atomic
def judge(
    worker: WorkerId,
    *,
    passage: str,
    look: Callable[[Collection[str]], alerts.Assessment],
    now: datetime,
    limits: rules.Limits,
) -> Judged:
    """Judge one escort at `now`; raise, refresh and clear its alerts.

    It is called every second, whether anything came or not: no news is bad news.

    Args:
        look: the watch's judgement, given the keys of what stood before.
    """
    escort = Escort.objects.select_for_update().get(passage=passage)
    standing = {row.key: row for row in escort.alerts.filter(cleared_at=None)}
    watched = {key for key, row in standing.items() if row.cause in CAUSES}
    seen = look(watched)
    raised = []
    for alert in seen.alerts:
        row = standing.get(alert.key)
        if row is None:
            raise_alert(escort, alert, by=worker.ref, now=now)
            raised.append(alert.key)
        else:
            _refresh(escort, row, alert)
    for key in watched - {alert.key for alert in seen.alerts}:
        clear(escort, standing[key], by=worker.ref, now=now)
    _keep_news(escort, seen)
    _keep_time_left(escort, seen, now=now)
    missing = standing.get("MISSING")
    raised += _judge_missing(worker, escort, missing, now=now, limits=limits)
    graves = {key: row.grave for key, row in standing.items()}
    stands = {each.key: each.grave or graves.get(each.key, False) for each in seen.alerts}
    return Judged(raised, stands)


def raise_alert(escort: Escort, alert: known.Alert, *, by: str, now: datetime) -> None:
    """Write one alert; a second one of the same cause while it stands is the same alert."""
    try:
        with transaction.atomic():
            row = Alert.objects.create(
                escort=escort,
                key=alert.key,
                cause=str(alert.cause),
                grave=alert.grave,
                measured=alert.measured,
                limit=alert.limit,
                unit=alert.unit,
                old=alert.old,
                owner=alert.owner,
                raised_at=now,
            )
    except IntegrityError:  # another process raised it at this moment
        return
    audit.record(by, f"alert.{row.cause}", ref=row.ref, now=now)
    tell(escort, "escort.alert")


def raise_own(
    escort: Escort, cause: str, *, measured: int, limit: int, by: str, now: datetime
) -> None:
    """Write an alert that fixes do not tell: heads, fires, a man who is missing."""
    if escort.alerts.filter(key=cause, cleared_at=None).exists():
        return
    row = Alert.objects.create(
        escort=escort,
        key=cause,
        cause=cause,
        grave=True,
        measured=measured,
        limit=limit,
        unit=rules.OWN_CAUSES[cause].unit,
        owner=rules.OWN_CAUSES[cause].owner,
        raised_at=now,
    )
    audit.record(by, f"alert.{cause}", ref=row.ref, now=now)
    tell(escort, "escort.alert")


def clear_own(escort: Escort, cause: str, *, by: str, now: datetime) -> None:
    """Clear such an alert if it stands."""
    row = escort.alerts.filter(key=cause, cleared_at=None).first()
    if row is not None:
        clear(escort, row, by=by, now=now)


def clear(escort: Escort, row: Alert, *, by: str, now: datetime) -> None:
    """Clear one alert; it stays on the page, struck through."""
    row.cleared_at = now
    row.save(update_fields=["cleared_at"])
    audit.record(by, f"alert.{row.cause}.cleared", ref=row.ref, now=now)
    tell(escort, "escort.alert")


def _refresh(escort: Escort, row: Alert, alert: known.Alert) -> None:
    graver = alert.grave and not row.grave
    least = _SHIFTED.get(alert.unit)
    shifted = least is not None and abs(alert.measured - row.measured) >= least
    if not (graver or shifted or alert.old != row.old):
        return
    row.grave, row.old = row.grave or alert.grave, alert.old
    row.measured, row.limit = alert.measured, alert.limit
    row.save(update_fields=["grave", "old", "measured", "limit"])
    tell(escort, "escort.alert")


def _keep_news(escort: Escort, look: alerts.Assessment) -> None:
    """Keep the last news of him and how far he came; written down where it has shifted to the eye."""
    before, far = escort.news_at, escort.furthest_m
    if look.news_at is not None and (before is None or look.news_at > before):
        escort.news_at = look.news_at
    escort.furthest_m = max(far, look.furthest_m)
    newer = escort.news_at is not None and (before is None or escort.news_at - before >= _SAME_NEWS)
    if newer or escort.furthest_m - far >= _SAME_PLACE_M:
        escort.save(update_fields=["news_at", "furthest_m"])


def _keep_time_left(escort: Escort, look: alerts.Assessment, *, now: datetime) -> None:
    """Write down when the aircraft must leave and the next one start, where that has shifted to the eye."""
    if look.left is None:
        return
    leaves = now + timedelta(seconds=look.left.stays_s)
    if escort.leaves_at is not None and abs(leaves - escort.leaves_at) < _SAME_TIME:
        return
    escort.leaves_at, escort.relief_at = leaves, now + timedelta(seconds=look.left.launch_s)
    escort.save(update_fields=["leaves_at", "relief_at"])


def _judge_missing(
    worker: WorkerId, escort: Escort, row: Alert | None, *, now: datetime, limits: rules.Limits
) -> list[str]:
    """Raise MISSING when nothing was heard or seen too long; unanswered, record it."""
    state = cases.state_of(worker, Purpose.READ, ref=escort.case_ref)
    # He counts as missing by his fixes first; only then is it asked when he was seen.
    gone = rules.is_missing(
        state, news_at=escort.news_at, seen_at=None, now=now, limits=limits
    ) and rules.is_missing(
        state, news_at=escort.news_at, seen_at=queries.seen_at(escort), now=now, limits=limits
    )
    if not gone:
        if row is not None:
            clear(escort, row, by=worker.ref, now=now)
        return []
    if row is None:
        limit_s = limits.heartbeat_red if state == "MOVING" else limits.sight_lost
        silent_s = (now - escort.news_at).total_seconds() if escort.news_at else 0.0
        raise_own(
            escort,
            "MISSING",
            measured=round(silent_s),
            limit=round(limit_s.total_seconds()),
            by=worker.ref,
            now=now,
        )
        return ["MISSING"]
    if row.answer is None and now - row.raised_at >= limits.missing_unanswered:
        case_actions.stop(worker, ref=escort.case_ref, to="MISSING", now=now)
    return []


@transaction.atomic
def take(officer: Officer, *, alert: str, now: datetime) -> str:
    """Say "I have it": the others see who. Returns the passage.

    Raises:
        Absent: there is no such alert for `officer`.
    """
    row = queries.alert_for(officer, Purpose.WRITE, ref=alert, lock=True)
    if not row.taken_by:
        row.taken_by, row.taken_at = officer.ref, now
        row.save(update_fields=["taken_by", "taken_at"])
        audit.record(officer.ref, "alert.taken", ref=row.ref, now=now)
        tell(row.escort, "escort.alert")
    return row.escort.passage


@transaction.atomic
def answer(officer: Officer, *, alert: str, number: int, now: datetime) -> str:
    """Answer an alert with one of its three words; returns the passage.

    An answer clears nothing: the cause does. "I cannot see him" calls the commander at once.

    Raises:
        Refused: there is no such answer, or the alert has cleared.
        Absent: there is no such alert for `officer`.
    """
    row = queries.alert_for(officer, Purpose.WRITE, ref=alert, lock=True)
    if number not in rules.ANSWERS:
        raise Refused(
            Refusal("escort.no_such_answer", "There is no such answer.", "Choose 1, 2 or 3.")
        )
    if row.cleared_at is not None:
        raise Refused(
            Refusal("escort.alert_cleared", "This alert has cleared.", "Nothing is left to answer.")
        )
    row.answer, row.answered_by, row.answered_at = number, officer.ref, now
    if not row.taken_by:
        row.taken_by, row.taken_at = officer.ref, now
    row.save(update_fields=["answer", "answered_by", "answered_at", "taken_by", "taken_at"])
    audit.record(officer.ref, f"alert.answered.{number}", ref=row.ref, now=now)
    if number == rules.UNSEEN:
        access.page(Duty.DPC, f"escort.{row.cause.lower()}.unseen", now=now)
    tell(row.escort, "escort.alert")
    return row.escort.passage


@transaction.atomic
def call_unanswered(*, now: datetime, limits: rules.Limits) -> int:
    """Call the owner of each alert that nobody answered in time, then the passage commander too."""
    waiting = Alert.objects.select_for_update(of=("self",)).filter(
        cleared_at=None, answer=None, passed_at=None, raised_at__lte=now - limits.alert_unanswered
    )
    called = 0
    for row in waiting.select_related("escort"):
        kind = f"escort.{row.cause.lower()}"
        if row.called_at is None:
            row.called_at = now
            access.page(Duty(row.owner), kind, now=now)
        elif now - row.called_at >= limits.alert_unanswered:
            row.passed_at = now
            access.page(Duty.DPC, f"{kind}.unanswered", now=now)
        else:
            continue
        row.save(update_fields=["called_at", "passed_at"])
        tell(row.escort, "escort.alert")
        called += 1
    return called


@transaction.atomic
def judge_place(
    worker: WorkerId,
    *,
    passage: str,
    place: Point,
    ring: Keyring,
    now: datetime,
    limits: rules.Limits,
) -> bool | None:
    """Call the passage commander at once, and once, when the meeting place has burned; True if so.

    None: he is not on the way just now, so nothing was judged; look again when he is.

    Args:
        place: where he is to be met.
        ring: opened for the burned list before, so that this waits for no keeper.
    """
    escort = Escort.objects.select_for_update().get(passage=passage)
    state = cases.state_of(worker, Purpose.READ, ref=escort.case_ref)
    # Force just suspected burns it too, and must look as if nothing had happened.
    if state not in rules.ON_THE_WAY:
        return None
    if escort.alerts.filter(key=rules.PLACE_BURNED).exists():
        return False
    far_m = case_actions.burned_near(ring, place, radius_m=limits.burned_place_m)
    if far_m is None:
        return False
    raise_own(
        escort,
        rules.PLACE_BURNED,
        measured=round(far_m),
        limit=round(limits.burned_place_m),
        by=worker.ref,
        now=now,
    )
    access.page(Duty.DPC, "escort.place_burned", now=now)
    return True


@transaction.atomic
def judge_way(worker: WorkerId, *, passage: str, plan: str, now: datetime) -> bool:
    """Call the passage commander at once when a danger was reported on his way; True if raised now.

    It clears by itself when the reports that made the way worse are gone.

    Args:
        plan: the one that is under way.
    """
    worse, p_milli = passages.way_now(plan)
    told = Alert.objects.filter(escort__passage=passage, key=rules.WAY_WORSE, cleared_at=None)
    if not worse and not told.exists():
        return False
    escort = Escort.objects.select_for_update().get(passage=passage)
    if not worse:
        clear_own(escort, rules.WAY_WORSE, by=worker.ref, now=now)
        return False
    state = cases.state_of(worker, Purpose.READ, ref=escort.case_ref)
    stands = escort.alerts.filter(key=rules.WAY_WORSE, cleared_at=None).exists()
    if state not in rules.ON_THE_WAY or stands:
        return False
    measured = -(-p_milli // 10)
    raise_own(escort, rules.WAY_WORSE, measured=measured, limit=0, by=worker.ref, now=now)
    access.page(Duty.DPC, "escort.way_worse", now=now)
    return True


def judge_area(
    worker: WorkerId, area: NoFireArea, *, state: str, now: datetime, limits: rules.Limits
) -> None:
    """Raise or clear the alarm to fires that an acknowledgement is missing."""
    lacking = rules.ack_lacking(
        state, acked_at=area.acked_at, requested_at=area.requested_at, now=now, limits=limits
    )
    since = area.acked_at or area.requested_at
    if lacking:
        raise_own(
            area.escort,
            "NO_FIRE_ACK",
            measured=round((now - since).total_seconds()),
            limit=round(limits.read_back.total_seconds()),
            by=worker.ref,
            now=now,
        )
    else:
        clear_own(area.escort, "NO_FIRE_ACK", by=worker.ref, now=now)
