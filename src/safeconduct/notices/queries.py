"""What notices may be asked: heartbeats, jobs given up, and how far behind the loops are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from safeconduct.notices.models import Heartbeat, Job, Notice

_BETWEEN = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A job that failed too often, for the screen of whoever is on duty."""

    pk: int
    kind: str
    given_up_at: datetime


def last_beat() -> datetime | None:
    """Return when the worker process was last heard (real time); None if never."""
    return Heartbeat.objects.filter(name="worker").values_list("at", flat=True).first()


def given_up() -> list[GivenUp]:
    """Return the jobs that failed too often, newest first."""
    jobs = Job.objects.filter(given_up_at__isnull=False, done_at=None).order_by("-given_up_at")
    return [GivenUp(job.pk, job.kind, job.given_up_at) for job in jobs[:50] if job.given_up_at]


def any_given_up() -> bool:
    """Return whether work lies given up."""
    return Job.objects.filter(given_up_at__isnull=False, done_at=None).exists()


def oldest_due() -> datetime | None:
    """Return when the longest-waiting open job fell due (real time)."""
    open_jobs = Job.objects.filter(done_at=None, given_up_at=None)
    due: datetime | None = open_jobs.aggregate(oldest=Min("due_at"))["oldest"]
    return due


def cursor(*, wall: datetime) -> int:
    """Return a number that every notice of the last two seconds stands behind.

    A page is read, then opens its stream: what was committed between must still nudge it.
    """
    before = Notice.objects.filter(at__lt=wall - _BETWEEN).order_by("-pk")
    return before.values_list("pk", flat=True).first() or 0


def notices_after(number: int, *, limit: int) -> list[tuple[int, str, str, str]]:
    """Return up to `limit` notices after `number`: number, topic, ref, audience."""
    rows = Notice.objects.filter(pk__gt=number).order_by("pk")[:limit]
    return [(row.pk, row.topic, row.subject, row.audience) for row in rows]
