from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from safeconduct import clock
from safeconduct.notices import actions, queries
from safeconduct.notices.models import Job, Notice

DUE = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class BrokenError(Exception):
    """An act that fails after it told others."""


@transaction.atomic
def emit_and_break():
    actions.emit("cases.state", "xyz789")
    raise BrokenError


@transaction.atomic
def send_and_finish(job):
    actions.emit("post.sent", job.ref)
    actions.finish_job(job, job.token)


def claim(at, kinds=("post.send",), **more):
    return actions.claim_jobs(kinds, wall=at, **more)


def test_a_notice_is_heard_only_when_its_act_is_kept():
    with transaction.atomic():
        actions.emit("cases.state", "abc234")
    assert Notice.objects.get().subject == "abc234"
    with pytest.raises(BrokenError):
        emit_and_break()
    assert Notice.objects.count() == 1


def test_a_job_is_taken_when_it_is_due_and_not_before():
    actions.put_job("post.send", "m1", due_at=DUE)
    assert claim(DUE - timedelta(seconds=1)) == []
    assert [job.ref for job in claim(DUE)] == ["m1"]


def test_owing_a_thing_twice_is_owing_it_once_until_it_is_done():
    actions.put_job("post.send", "m1", due_at=DUE)
    actions.put_job("post.send", "m1", due_at=DUE)
    (job,) = claim(DUE)
    actions.finish_job(job, job.token)
    actions.put_job("post.send", "m1", due_at=DUE)
    assert [again.ref for again in claim(DUE)] == ["m1"]


def test_a_job_in_hand_is_nobody_elses_until_its_lease_ends():
    actions.put_job("post.send", "m1", due_at=DUE)
    assert len(claim(DUE)) == 1
    assert claim(DUE + actions.LEASE - timedelta(seconds=1)) == []
    (second,) = claim(DUE + actions.LEASE)
    assert second.attempts == 2


def test_a_worker_whose_lease_was_taken_over_cannot_finish_and_its_effect_is_undone():
    actions.put_job("post.send", "m1", due_at=DUE)
    (slow,) = claim(DUE)
    (fast,) = claim(DUE + actions.LEASE)
    with pytest.raises(actions.LeaseLost):
        send_and_finish(slow)
    assert not Notice.objects.exists()
    send_and_finish(fast)
    assert Notice.objects.count() == 1
    with pytest.raises(actions.LeaseLost):
        actions.finish_job(fast, fast.token)


def test_a_job_that_fails_too_often_is_shown_and_told_and_no_longer_tried():
    actions.put_job("post.send", "m1", due_at=DUE)
    at = DUE
    for _attempt in range(actions.MAX_ATTEMPTS):
        assert len(claim(at)) == 1
        at += actions.LEASE
    assert claim(at) == []
    (job,) = queries.given_up()
    assert job.kind == "post.send"
    assert Notice.objects.get().topic == "jobs.given_up"
    assert claim(at + timedelta(days=1)) == []


def test_a_job_of_another_kind_is_left_alone():
    actions.put_job("pager.call", "m1", due_at=DUE)
    assert claim(DUE) == []
    assert len(claim(DUE, kinds=("pager.call",))) == 1


def test_the_oldest_due_comes_first_and_no_more_than_asked():
    for number in range(5):
        actions.put_job("post.send", f"m{number}", due_at=DUE - timedelta(minutes=number))
    assert [job.ref for job in claim(DUE, limit=2)] == ["m4", "m3"]


def test_notices_older_than_a_day_are_forgotten_and_open_jobs_never():
    actions.emit("a.b", "r1")
    actions.put_job("post.send", "m1", due_at=DUE)
    actions.put_job("post.send", "m2", due_at=DUE)
    (first, _second) = claim(DUE)
    actions.finish_job(first, first.token)
    later = clock.wall() + timedelta(days=1, minutes=1)
    assert actions.trim(wall=clock.wall()) == 0
    assert actions.trim(wall=later) == 1
    assert list(Job.objects.values_list("subject", flat=True)) == ["m2"]


def test_a_page_that_opens_now_still_hears_what_was_told_a_moment_ago():
    actions.emit("a.b", "r1")
    assert queries.cursor(wall=clock.wall()) == 0
    later = queries.cursor(wall=clock.wall() + timedelta(seconds=10))
    assert later == Notice.objects.get().pk
    assert [row[2] for row in queries.notices_after(0, limit=10)] == ["r1"]
    assert queries.notices_after(later, limit=10) == []


def test_the_last_sign_of_the_worker_is_known():
    assert queries.last_beat() is None
    actions.beat("worker", wall=DUE)
    actions.beat("worker", wall=DUE + timedelta(seconds=2))
    assert queries.last_beat() == DUE + timedelta(seconds=2)
