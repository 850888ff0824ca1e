"""Tell, and owe: one row each, in the caller's transaction."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from safeconduct.notices.models import Heartbeat, Job, Notice

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
# One number for the advisory lock that keeps PostgreSQL's ids in the order of commits.
_IN_ORDER = 0x5AFEC0DE
CHANNEL = "safeconduct_notices"


class LeaseLost(RuntimeError):
    """A job was finished by somebody whose lease had run out; the effect must roll back."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job in hand, until its lease ends."""

    pk: int
    kind: str
    ref: str
    token: str
    attempts: int


def emit(topic: str, ref: str, *, to: str = "") -> None:
    """Tell whoever may hear that `topic` happened to `ref`; heard when the caller commits.

    Args:
        topic: dotted, no secret in it ("conversations.message").
        ref: an opaque ref, never a number, text or place.
        to: "" all on duty, "duty:OP", "member:<compartment>", "member:<compartment>:OP" for those
            of them who hold a duty, or "person:<ref>". What may be known to members alone goes to
            no duty: to hear that it happened would tell.
    """
    if connection.vendor == "postgresql":
        # Two open inserts may commit out of order, and a cursor by id would pass one of them by.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IN_ORDER])
            cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
    Notice.objects.create(topic=topic, subject=ref, audience=to)


def put_job(kind: str, ref: str, *, due_at: datetime) -> None:
    """Owe `kind` for `ref` from `due_at` (real time); owing it twice is owing it once."""
    Job.objects.bulk_create([Job(kind=kind, subject=ref, due_at=due_at)], ignore_conflicts=True)


@transaction.atomic
def claim_jobs(kinds: Collection[str], *, wall: datetime, limit: int = 20) -> list[Claimed]:
    """Take up to `limit` due jobs of `kinds` for `LEASE`; an expired lease is anybody's."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=wall)
    due = (
        Job.objects.filter(free, kind__in=kinds, due_at__lte=wall, done_at=None, given_up_at=None)
        .order_by("due_at", "pk")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
    )
    claimed = []
    for job in due[:limit]:
        token = secrets.token_hex(16)
        if job.attempts >= MAX_ATTEMPTS:
            _give_up(job, wall=wall)
            continue
        Job.objects.filter(pk=job.pk).update(
            lease_token=token, lease_until=wall + LEASE, attempts=F("attempts") + 1
        )
        claimed.append(Claimed(job.pk, job.kind, job.subject, token, job.attempts + 1))
    return claimed


def finish_job(job: Claimed, token: str) -> None:
    """Mark the job done, in the transaction of its effect.

    Raises:
        LeaseLost: the lease was taken over; let the exception undo the effect.
    """
    ours = Job.objects.filter(pk=job.pk, lease_token=token, done_at=None)
    if not ours.update(done_at=Now()):
        raise LeaseLost(f"{job.kind} was taken over by another worker; nothing was done twice")


def _give_up(job: Job, *, wall: datetime) -> None:
    Job.objects.filter(pk=job.pk).update(given_up_at=wall)
    emit("jobs.given_up", str(job.pk), to="duty:SUP")


def give_up(job: Claimed, *, wall: datetime) -> None:
    """Give a claimed job up before its attempts are used: more of them would change nothing."""
    for row in Job.objects.filter(pk=job.pk, lease_token=job.token, done_at=None):
        _give_up(row, wall=wall)


def put_given_up(kind: str, ref: str, *, wall: datetime) -> None:
    """Put before a person what failed too often elsewhere; what stands there already stays."""
    if Job.objects.filter(kind=kind, subject=ref, done_at=None).exists():
        return
    job = Job.objects.create(kind=kind, subject=ref, due_at=wall, given_up_at=wall)
    emit("jobs.given_up", str(job.pk), to="duty:SUP")


def tell_given_up(*, wall: datetime) -> int:
    """Mark the given-up jobs nobody was called for yet; return how many: the caller calls once."""
    untold = Job.objects.filter(given_up_at__isnull=False, told_at=None, done_at=None)
    return untold.update(told_at=wall)


def try_again(number: int, *, wall: datetime) -> bool:
    """Owe a given-up job again from now, with all its attempts; return whether it was given up."""
    given_up = Job.objects.filter(pk=number, given_up_at__isnull=False, done_at=None)
    fresh = {"given_up_at": None, "told_at": None, "attempts": 0, "lease_until": None}
    try:
        with transaction.atomic():
            return given_up.update(**fresh, due_at=wall) > 0
    except IntegrityError:  # it was owed anew in the meantime, and that one counts
        return given_up.update(done_at=wall) > 0


def settle_given_up(kind: str, *, but: Collection[str], wall: datetime) -> int:
    """Finish what was given up and has been done otherwise: all refs of a kind but those of `but`."""
    given_up = Job.objects.filter(kind=kind, given_up_at__isnull=False, done_at=None)
    done = given_up.exclude(subject__in=but)
    return done.update(done_at=wall) if done.exists() else 0


def try_all_again(kind: str, *, wall: datetime) -> None:
    """Owe every given-up job of a kind again: what barred one may have barred them all."""
    given_up = Job.objects.filter(kind=kind, given_up_at__isnull=False, done_at=None)
    for number in given_up.values_list("pk", flat=True):
        try_again(number, wall=wall)


def beat(name: str, *, wall: datetime) -> None:
    """Record that the loop `name` took a step."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": wall})


def trim(*, wall: datetime, keep: timedelta = timedelta(days=1)) -> int:
    """Forget notices and finished jobs older than `keep`; return how many notices went."""
    Job.objects.filter(done_at__lt=wall - keep).delete()
    return Notice.objects.filter(at__lt=wall - keep).delete()[0]
