"""Whoever looks over the operator's shoulder sees a held answer go the way of any other."""

import re
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from safeconduct import clock
from safeconduct.access.queries import who_may_serve
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.envelope import IdentityChanged, Receipt, SendResult
from safeconduct.notices.queries import notices_after
from safeconduct.post import actions as post
from safeconduct.post.models import Attempt, Veil
from safeconduct.post.rules import ANSWER_DUE, Outcome
from safeconduct.programme import load

pytestmark = pytest.mark.usefixtures("time_stands")

_reports = count(1)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
ANSWERED, ARRIVED = timedelta(seconds=2), timedelta(seconds=7)
DISTRESS, ORDINARY = "У дороги черёмуха.", "У дороги подорожник."
WITHDRAWAL = "Всё хорошо, больше ничего не нужно."


class World:
    """A man, his operator, and a carrier that answers after 2 s and delivers after 7 s."""

    def __init__(self, worker, writes):
        self.anew = lambda: World(worker, writes)
        self.worker, self.writes, self.now = worker(Purpose.INGEST), writes, clock.now()
        self.due, self.ids = [], 0
        self.cut, self.written, self._began = False, set(), self.now

    @property
    def wall(self):
        return clock.wall() + (self.now - self._began)

    def passes(self, span):
        """Let time pass, second by second: what the carrier owes comes in, the post does its part."""
        for _ in range(round(span.total_seconds())):
            self.now += SECOND
            self._due()

    def sleeps(self, span):
        """Let time pass in which nobody looks."""
        self.now += span
        self._due()

    def _due(self):
        ripe = [thing for at, thing in self.due if at <= self.now]
        self.due = [each for each in self.due if each[0] > self.now]
        for thing in ripe:
            thing()
        post.tell_veiled(now=self.now)
        post.give_up_waiting(now=self.now, wall=self.wall)
        door = {"limit": 50, "now": self.now, "wall": self.wall, "reply_after_stop": DAY}
        claims = [*post.unwritten(written=self.written, **door), *post.claim_live(**door)]
        if self.cut:  # nobody could open what was to be written
            return
        for claim in claims:
            self.written.add(claim.attempt)
            self._carries(claim)

    def _carries(self, claim):
        self.ids += 1
        known, now = str(self.ids), self.now
        sent = SendResult(claim.attempt, claim.route, "SENT", [known], 0, clock.wall())
        receipt = Receipt(claim.route, self.ids, known, "+380501112233", "DELIVRD", clock.wall())
        self.due += [
            (now + ANSWERED, lambda: post.settle_result(self.worker, sent, now=self.now)),
            (
                now + ARRIVED,
                lambda: post.settle_receipt(
                    self.worker, receipt, key=f"r{known}", region="UA", now=self.now
                ),
            ),
        ]


@pytest.fixture
def world(worker, writes):
    return World(worker, writes)


def look(browser, ref):
    """Return the page as the eye has it: no form's token, no ref, no split second."""
    pages = (browser.get(path).content for path in (f"/conversations/{ref}/", "/conversations/"))
    page = b"".join(pages).decode()
    page = re.sub(r"[A-Za-z0-9]{64}|\b[acdefghjkmnpqrtuvwxy34679]{12}\b", "", page)
    page = re.sub(r"T\d\d:\d\d:\d\d\.\d+|after=[\w-]+", "", page)
    for text in (DISTRESS, WITHDRAWAL):
        page = page.replace(text, ORDINARY)
    return page.replace(ref[:4].upper(), "")


def talked(world, operator):
    """Return a conversation in which one answer arrived; both words are agreed."""
    row = world.writes("Здравствуйте", now=world.now)
    actions.take_next(operator, lock_for=DAY, wall=clock.wall(), now=world.now)
    actions.agree_words(
        operator, ref=row.ref, distress="черёмуха", all_clear="подснежник", now=world.now
    )
    world.passes(ARRIVED * 3)
    return row


def answer(world, operator, row, text="Понятно. Скоро увидимся."):
    return actions.reply(
        operator,
        ref=row.ref,
        text=text,
        seen=queries.newest_in(row),
        lock_for=DAY,
        reply_after_stop=DAY,
        wall=clock.wall(),
        now=world.now,
    )


def heard():
    """Return every nudge but a supervisor's own, oldest first."""
    people = who_may_serve(now=NOON)
    his = {"duty:SUP", *(f"person:{ref}" for ref, _name, duty in people if duty is Duty.SUP)}
    nudges = notices_after(0, limit=10_000)
    return [(topic, to) for _number, topic, _ref, to in nudges if to not in his]


def reported(world):
    """His channel says, unasked, that somebody else may answer as him."""
    actions.identity_changed(
        world.worker,
        IdentityChanged("smpp", "+380501112233", clock.wall()),
        key=f"smpp:report{next(_reports)}",
        region="UA",
        now=world.now,
    )


def ordinary(world):
    world.writes(ORDINARY, now=world.now)


def under_his_word(world):
    world.writes(DISTRESS, now=world.now)


def withdrawn(world):
    world.writes(WITHDRAWAL, now=world.now)


def changed(world):
    reported(world)
    world.writes(ORDINARY, now=world.now)


SIGNS = [under_his_word, withdrawn, changed]


def watched(world, operator, browser, happens):
    """Return what his page shows and which nudges it hears, second by second, and the attempts."""
    with transaction.atomic():
        row = talked(world, operator)
        before = len(heard())
        happens(world)
        answer(world, operator, row)
        seen = []
        for _ in range(12):
            world.passes(SECOND)
            seen.append((look(browser, row.ref), heard()[before:]))
        attempts = Attempt.objects.filter(message__kind="reply").count()
        transaction.set_rollback(True)
    return seen, attempts


@pytest.mark.parametrize("sign", SIGNS)
def test_a_held_answer_and_an_ordinary_one_go_through_the_same_states_at_the_same_seconds(
    world, officer, client_of, sign
):
    operator = officer(Duty.OP)
    officer(Duty.SUP)
    browser = client_of(operator)
    as_ever, left = watched(world, operator, browser, ordinary)
    held, stayed = watched(world.anew(), operator, browser, sign)
    assert (left, stayed) == (1, 0)
    assert [told for _page, told in held] == [told for _page, told in as_ever]
    assert [page for page, _told in held] == [page for page, _told in as_ever]
    assert [page.count(">arrived<") for page, _told in held] == [1] * 7 + [2] * 5
    assert [topic for topic, _to in held[-1][1]].count("post.result") == 2


def cut_off(world, operator, browser, happens, *, given_up=False):
    """Return the same of an answer that was claimed while nothing could be written, before it `happens`."""
    with transaction.atomic():
        row = talked(world, operator)
        before = len(heard())
        world.cut = True
        answer(world, operator, row)
        world.passes(SECOND)
        assert Attempt.objects.filter(message__kind="reply").count() == 1
        if given_up:
            world.sleeps(ANSWER_DUE + SECOND)
        happens(world)
        world.cut = False
        seen = []
        for span in (SECOND, ANSWERED, ARRIVED, ANSWER_DUE):
            (world.passes if span < ANSWER_DUE else world.sleeps)(span)
            world.passes(SECOND)
            seen.append((look(browser, row.ref), heard()[before:]))
        left = len(world.written)
        transaction.set_rollback(True)
    return seen, left


def told_to_others(seen):
    return [
        [each for each in told if not each[1].endswith((":SUP", ":VER"))] for _page, told in seen
    ]


@pytest.mark.parametrize("given_up", [False, True], ids=["open", "given up"])
def test_what_was_claimed_before_the_sign_and_written_by_nobody_looks_sent_as_any(
    world, officer, client_of, given_up
):
    operator = officer(Duty.OP)
    officer(Duty.SUP)
    browser = client_of(operator)
    as_ever, left = cut_off(world, operator, browser, ordinary, given_up=given_up)
    held, stayed = cut_off(world.anew(), operator, browser, under_his_word, given_up=given_up)
    assert left == stayed + 1
    assert [page for page, _told in held] == [page for page, _told in as_ever]
    assert told_to_others(held) == told_to_others(as_ever)


@pytest.fixture
def held(world, officer):
    """An answer given under the word for force, after the hour in which it would have arrived."""
    operator, supervisor = officer(Duty.OP), officer(Duty.SUP)
    row = talked(world, operator)
    world.writes(DISTRESS, now=world.now)
    ref = answer(world, operator, row).ref
    world.passes(ARRIVED * 3)
    return operator, supervisor, row, ref


def fate(who, row, ref):
    return next(
        each.fate
        for each in queries.thread_for(
            who, Purpose.READ, ref=row.ref, profile=load.current(), now=clock.now(),
            wall=clock.wall(),
        ).spoken
        if each.ref == ref
    )  # fmt: skip


def test_a_supervisor_and_a_verifier_see_that_it_is_held_and_others_that_it_arrived(
    held, staff, officer, world, client_of
):
    operator, supervisor, row, ref = held
    verifier = officer(Duty.VER)
    staff.lets_in(
        supervisor, compartment=row.compartment, person=verifier.ref, duty=Duty.VER, now=world.now
    )
    for who in (supervisor, verifier):
        assert (fate(who, row, ref).outcome, fate(who, row, ref).held) == (None, True)
        assert "held; to others it looks sent" in look(client_of(who), row.ref)
    seen = fate(operator, row, ref)
    assert (seen.outcome, seen.delivered, seen.parts, seen.held) == (Outcome.SENT, 1, 1, False)
    assert not Attempt.objects.filter(message__kind="reply").exists()


def test_where_the_arrival_alone_was_told_others_see_one_that_waits_as_before_any_was(held):
    operator, _supervisor, row, ref = held
    assert Veil.objects.filter(arrived=False).update(told_at=None)
    seen = fate(operator, row, ref)
    assert (seen.outcome, seen.delivered, seen.held) == (None, 0, False)


def test_a_held_answer_that_grew_too_old_stays_arrived_to_others_and_stirs_no_page_of_theirs(
    held, world
):
    operator, supervisor, row, ref = held
    before = len(heard())
    world.sleeps(DAY)
    assert fate(supervisor, row, ref).outcome is Outcome.SKIPPED
    assert fate(operator, row, ref).outcome is Outcome.SENT
    inside = f"member:{row.compartment}"
    assert set(heard()[before:]) == {
        ("post.result", f"{inside}:SUP"),
        ("post.result", f"{inside}:VER"),
    }


def test_what_is_let_go_leaves_and_to_others_nothing_changes(held, world):
    operator, supervisor, row, ref = held
    reading = queries.readings_for(supervisor, Purpose.READ)[0]
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=world.now)
    for _ in range(3):
        seen = fate(operator, row, ref)
        assert (seen.outcome, seen.parts, seen.delivered) == (Outcome.SENT, 1, 1)
        world.passes(ARRIVED)
    assert fate(supervisor, row, ref).delivered == 1
    assert Attempt.objects.filter(message__kind="reply").count() == 1


def test_so_does_one_that_was_claimed_before_the_sign_and_written_by_nobody(world, officer):
    operator, supervisor = officer(Duty.OP), officer(Duty.SUP)
    row = talked(world, operator)
    world.cut = True
    ref = answer(world, operator, row).ref
    world.passes(SECOND)
    world.writes(DISTRESS, now=world.now)
    world.cut = False
    world.passes(ARRIVED * 3)
    world.sleeps(ANSWER_DUE + SECOND)
    assert fate(supervisor, row, ref).held
    reading = queries.readings_for(supervisor, Purpose.READ)[0]
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=world.now)
    for _ in range(12):
        seen = fate(operator, row, ref)
        assert (seen.outcome, seen.delivered, seen.maybe_twice) == (Outcome.SENT, 1, False)
        world.passes(ARRIVED)
    truth = fate(supervisor, row, ref)
    assert (truth.outcome, truth.attempts, truth.maybe_twice) == (Outcome.SENT, 2, True)


def test_a_text_let_go_and_refused_by_the_carrier_is_told_to_whoever_must_write_again(
    held, world, worker
):
    operator, supervisor, row, ref = held
    reading = queries.readings_for(supervisor, Purpose.READ)[0]
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=world.now)
    [claim] = post.claim_live(limit=5, now=world.now, wall=clock.wall(), reply_after_stop=DAY)
    refused = SendResult(claim.attempt, claim.route, "REFUSED", [], 69, clock.wall())
    post.settle_result(worker(Purpose.INGEST), refused, now=world.now)
    assert fate(operator, row, ref).outcome is Outcome.REFUSED


def test_what_would_not_have_left_anyway_is_not_shown_as_sent(world, officer):
    operator = officer(Duty.OP)
    officer(Duty.SUP)
    row = talked(world, operator)
    world.writes(DISTRESS, now=world.now)
    ref = answer(world, operator, row).ref
    world.writes("стоп", now=world.now + timedelta(seconds=1))
    world.passes(ARRIVED)
    assert fate(operator, row, ref).outcome is Outcome.SKIPPED
