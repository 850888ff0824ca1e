"""Breaking the glass as its people see it: told first, open for an hour, ended by one, reviewed by another."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import IntegrityError, transaction

from safeconduct import clock
from safeconduct.access import actions, acts, glass, keyring, queries
from safeconduct.access import worker as access_worker
from safeconduct.access.boxes import Box
from safeconduct.access.models import Call, Glass, Membership
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.access.tests.test_views import form_of, send
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db
WHY = "he writes that he is hurt, and nobody of the case answers"


class World:
    """A member and his case, a supervisor outside it, and the clocks."""

    def __init__(self, officer, touch, worker):
        self.touch, self.clocks = touch, worker(Purpose.CLOCKS)
        self.member, self.chief = officer(Duty.OP), officer(Duty.SUP)
        self.room = actions.open_compartment(
            self.member, duty=Duty.OP, reason="he walked in", now=NOON
        )

    def breaks(self):
        return actions.break_glass(
            self.chief,
            compartment=self.room,
            about="somecase",
            url="/cases/somecase/",
            reason=WHY,
            proof=self.touch(self.chief, acts.break_glass(self.room, reason=WHY)),
            now=NOON,
        )

    def tell(self, now=NOON):
        return actions.tell_glasses(self.clocks, now=now)

    def review(self, by, ref, *, duty=Duty.SUP, justified=True, now=NOON):
        act = acts.review_glass(ref, duty, justified=justified, words="I read it too")
        actions.review_glass(
            by, ref=ref, duty=duty, justified=justified, words="I read it too",
            proof=self.touch(by, act), now=now,
        )  # fmt: skip

    def opens(self, who):
        try:
            keyring.open_fields(who, Purpose.READ, [self.room], ["body"])
        except Refused:
            return False
        return True


@pytest.fixture
def world(officer, touch, worker):
    made = World(officer, touch, worker)
    yield made
    for left in glass.to_tell(made.clocks):  # the keeper remembers what the database rolls back
        glass.end(made.clocks, glass=left.glass)


def cards(browser, url):
    return browser.get(url).content.decode().count('data-kind="access.glass"')


def test_members_supervisors_and_the_auditor_are_told_before_anything_opens(
    world, client_of, officer, monkeypatch
):
    second, outsider = officer(Duty.SUP), officer(Duty.OP)
    ref = world.breaks()
    assert not world.opens(world.chief)
    assert cards(client_of(world.member), "/") == 0
    opened = glass.was_told

    def at_that_moment(clocks, *, glass):
        with transaction.atomic():
            told = queries.told_of_glass(world.member, now=NOON)
        assert [each.reason for each in told] == [WHY]
        assert {call.duty for call in Call.objects.filter(kind="glass.broken")} == {"SUP", "AUD"}
        assert not world.opens(world.chief)
        return opened(clocks, glass=glass)

    monkeypatch.setattr(glass, "was_told", at_that_moment)
    assert world.tell()
    assert world.opens(world.chief)
    assert not world.tell()
    for who, seen in ((world.member, 1), (world.chief, 1), (outsider, 0), (second, 0)):
        assert cards(client_of(who), "/") == seen
    waiting = queries.waiting_for(second, now=NOON)
    assert [(each.ref, each.url) for each in waiting] == [(ref, f"/glass/{ref}/")]
    assert queries.waiting_for(world.chief, now=NOON) == []


def test_the_workers_own_loop_tells_opens_shuts_and_calls(world, monkeypatch):
    ref = world.breaks()
    (loop,) = [each for each in access_worker.loops() if each.name == "access.glass"]
    assert loop.step()
    assert world.opens(world.chief)
    assert not loop.step()
    row = Glass.objects.get(ref=ref)
    monkeypatch.setattr(clock, "now", lambda: row.due_at)
    assert loop.step()
    assert not queries.member(world.chief, world.room)
    assert {call.duty for call in Call.objects.filter(kind="glass.late")} == {"SUP", "AUD"}


def test_what_a_page_did_not_write_down_is_told_all_the_same(world):
    proof = world.touch(world.chief, acts.break_glass(world.room, reason=WHY))
    ref, _ = glass.break_glass(world.chief, compartment=world.room, reason=WHY, proof=proof)
    assert not Glass.objects.exists()
    world.tell()
    (told,) = queries.told_of_glass(world.member, now=NOON)
    assert (told.ref, told.name, told.reason, told.stands) == (ref, world.chief.name, "", "open")


def test_after_its_hour_it_is_over_here_too(world):
    ref = world.breaks()
    world.tell()
    assert queries.member(world.chief, world.room)
    later = Glass.objects.get(ref=ref).until
    assert not actions.end_terms(now=later - timedelta(seconds=1))
    assert actions.end_terms(now=later)
    assert not actions.end_terms(now=later)
    assert not queries.member(world.chief, world.room)
    assert queries.member(world.member, world.room)
    (shown,) = queries.told_of_glass(world.chief, now=later)
    assert (shown.stands, shown.owed) == ("over", True)


def test_another_supervisor_or_a_member_ends_it_by_one_press_and_a_stranger_finds_nothing(
    world, client_of, officer
):
    second, outsider = officer(Duty.SUP), officer(Duty.OP)
    for who in (second, world.member):
        ref = world.breaks()
        world.tell()
        assert client_of(outsider).post(f"/glass/{ref}/end/").status_code == 404
        assert world.opens(world.chief)
        assert client_of(who).post(f"/glass/{ref}/end/").status_code == 303
        assert client_of(who).post(f"/glass/{ref}/end/").status_code == 303
        assert not world.opens(world.chief)
        assert not queries.member(world.chief, world.room)
        assert Glass.objects.get(ref=ref).shut


def test_ended_while_the_keeper_is_away_it_is_over_and_the_clocks_tell_the_keeper(
    world, keeper, officer
):
    ref = world.breaks()
    world.tell()
    second = officer(Duty.SUP)
    keeper.kill()
    try:
        actions.end_glass(second, ref=ref, now=NOON)
    finally:
        keeper.start()
    assert not queries.member(world.chief, world.room)
    assert actions.shut_ended(world.clocks)
    assert not world.opens(world.chief)
    assert not actions.shut_ended(world.clocks)


def test_ended_before_it_was_told_while_the_keeper_was_away_it_never_opens(world, keeper, officer):
    unknown = Glass.objects.create(  # the keeper was restored from before it
        ref="nowhere", person_id=world.chief.pk, compartment=world.room,
        asked_at=NOON, due_at=NOON, told_at=NOON, ended_at=NOON,
    )  # fmt: skip
    ref, second = world.breaks(), officer(Duty.SUP)
    keeper.kill()
    try:
        actions.end_glass(second, ref=ref, now=NOON)
    finally:
        keeper.start()
    (loop,) = [each for each in access_worker.loops() if each.name == "access.glass"]
    assert loop.step()
    assert not world.opens(world.chief)
    assert Glass.objects.get(ref=ref).until is None
    unknown.refresh_from_db()
    assert unknown.shut


def test_a_late_review_calls_once_and_its_breaker_only_reads_and_stops(
    world, client_of, officer, monkeypatch
):
    ref = world.breaks()
    world.tell()
    browser, other = client_of(world.chief), client_of(officer(Duty.SUP))
    late = Glass.objects.get(ref=ref).due_at
    assert not actions.call_late_reviews(now=late - timedelta(seconds=1))
    assert actions.call_late_reviews(now=late)
    assert not actions.call_late_reviews(now=late)
    assert {call.duty for call in Call.objects.filter(kind="glass.late")} == {"SUP", "AUD"}
    monkeypatch.setattr(clock, "now", lambda: late)
    refused = browser.post("/people/roster/add/", {})
    assert refused.status_code == 409
    assert b'data-refusal="glass.owes_review"' in refused.content
    assert b'data-refusal="glass.owes_review"' not in other.post("/people/roster/add/", {}).content
    assert b"The review is late" in browser.get("/").content
    assert browser.post(f"/glass/{ref}/end/").status_code == 303  # stopping never waits
    assert browser.post("/sign-out/").status_code == 303


def test_another_reviews_it_page_by_page_with_his_key(world, client_of, officer, staff):
    ref = world.breaks()
    world.tell()
    auditor, chief = officer(Duty.AUD), client_of(world.chief)
    browser = client_of(auditor)
    form = form_of(browser.get(f"/glass/{ref}/"), "access.review_glass")
    exactly = send(browser, form, verdict="not_justified", words="somebody answered")
    assert b"it was not justified" in exactly.content
    done = send(browser, form_of(exactly, "access.reviewed_glass"), staff.key(auditor.ref))
    assert (done.status_code, done.headers["Location"]) == (303, f"/glass/{ref}/")
    page = browser.get(f"/glass/{ref}/").content
    assert b"Not justified" in page
    assert b"somebody answered" in page
    assert queries.waiting_for(auditor, now=NOON) == []
    own = chief.post(f"/glass/{ref}/review/", {"verdict": "justified", "words": "mine"})
    assert b'data-refusal="glass.own_review"' in own.content
    assert b"Your review" not in chief.get(f"/glass/{ref}/").content


def test_who_does_not_review_finds_no_list_and_no_page(world, client_of):
    ref = world.breaks()
    browser = client_of(world.member)
    assert browser.get("/glass/").status_code == 404
    assert browser.get(f"/glass/{ref}/").status_code == 404
    with pytest.raises(Absent):
        queries.glass_for(world.member, ref=ref, now=NOON)


def changed(row, **values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Glass.objects.filter(pk=row.pk).update(**values)


def test_nobody_moves_its_day_reviews_it_himself_or_deletes_it(world, officer):
    ref = world.breaks()
    world.tell()
    row = Glass.objects.get(ref=ref)
    changed(row, due_at=NOON + timedelta(days=9))
    changed(row, until=NOON + timedelta(days=9))
    changed(row, told_at=None)
    changed(row, reviewed_by=row.person_id, reviewed_at=NOON, justified=True)
    changed(row, reviewed_at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Glass.objects.filter(pk=row.pk).delete()
    world.review(officer(Duty.SUP), ref, justified=False)
    changed(row, justified=True)
    changed(row, reviewed_at=None, reviewed_by=None, justified=None)
    changed(row, words=None)
    said = Glass.objects.get(ref=ref).words
    changed(
        row,
        words=Box(bytes(said)[:-1] + bytes([bytes(said)[-1] ^ 1]), column=said.column),
        compartment="",
    )


def test_of_what_was_erased_refs_and_words_go_and_the_debt_stays(world, officer):
    ref, reviewed = world.breaks(), world.breaks()
    world.tell()
    world.review(officer(Duty.SUP), reviewed)
    actions.forget_about(world.room)
    for row in Glass.objects.filter(ref__in=(ref, reviewed)):
        told = (row.compartment, row.about, row.url, row.reason, row.words)
        assert told == ("", "", "", None, None)
        assert (row.reviewed_at is None) == (row.ref == ref)
    reasons = Membership.objects.filter(compartment=world.room).values_list("reason", flat=True)
    assert set(reasons) == {None}
