"""The word for force, a withdrawal, a change of identity his channel reports: after each nothing is released."""

import re
from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from django.db import transaction

from safeconduct import clock
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.cases import worker as clocks
from safeconduct.cases.actions.taking import take
from safeconduct.cases.machine import MACHINE
from safeconduct.conversations import actions as conversations
from safeconduct.conversations import queries as readings
from safeconduct.envelope import IdentityChanged
from safeconduct.notices.queries import notices_after
from safeconduct.passage import actions
from safeconduct.passage.tests.conftest import PROFILE, Journey
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.post.models import Attempt, Message
from safeconduct.post.rules import Kind
from safeconduct.refusal import Refused

pytestmark = pytest.mark.usefixtures("time_stands")
DAY = timedelta(days=1)
HARMLESS = {Kind.SCRIPT, Kind.CONFIRM, Kind.ABORT}  # no place, time or aircraft stands in any
_reports = count(1)


def word(journey):
    journey.says("Как там гололёд?")


def withdrawal(journey):
    journey.says("Все добре, більше нічого не треба")


def identity(journey):
    report = IdentityChanged("signal", "+380501234567", clock.wall())
    conversations.identity_changed(
        journey.ingest, report, key=f"signal:{next(_reports)}", region="UA", now=journey.now
    )


SIGNS = [word, withdrawal, identity]


def to_the_third_go(journey):
    """Bring a passage to where one person's yes sets him off."""
    journey.to_agreed()
    journey.wait(minutes=50)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    journey.on_station()
    for duty in (Duty.DPC, Duty.FCO):
        journey.goes_ahead(duty)


def sent(journey):
    """Let the post claim whatever may leave, now and when held texts are looked at again."""
    for _ in range(2):
        claim = {"limit": 50, "now": journey.now, "wall": clock.wall(), "reply_after_stop": DAY}
        while post.claim_live(**claim):
            pass
        journey.wait(minutes=2)


def released(journey, since):
    """Return what left after the attempt and the step `since` that bears a place, a time or an aircraft."""
    attempt, step = since
    texts = Attempt.objects.filter(pk__gt=attempt, results=None).exclude(message__kind__in=HARMLESS)
    steps = journey.case().steps.filter(pk__gt=step, kind="step", target__in={"PLANNED", "MOVING"})
    return [
        *texts.values_list("message__kind", flat=True),
        *steps.values_list("pair", flat=True),
    ]


def until_now(journey):
    rows = (Attempt.objects.all(), journey.case().steps.all())
    newest = [each.order_by("-pk").values_list("pk", flat=True).first() for each in rows]
    return tuple(each or 0 for each in newest)


def everybody_tries(journey):
    """Do all that could tell him a place or a time, or send an aircraft to him."""
    plan = {"profile": PROFILE, "now": journey.now}
    for act in (
        lambda: actions.offer(journey["OP"], ref=journey.plan().ref, **plan),
        lambda: journey.approves(Duty.LEG),
        lambda: journey.goes_ahead(Duty.RCV),
        lambda: actions.tell_next(journey["DPC"], ref=journey.plan().ref, **plan),
        lambda: replies(journey),
        lambda: cases.advance(journey["DPC"], ref=journey.ref, to="MOVING", **plan),
    ):
        try:
            with transaction.atomic():
                act()
        except (Refused, Absent):
            continue
    sent(journey)


def replies(journey):
    post.send(
        journey["OP"], person_ref=journey.conversation.person_ref, text="Мы вас видим.",
        kind=Kind.REPLY, language="ru", reply_after_stop=DAY, now=journey.now,
    )  # fmt: skip


@contextmanager
def put_into(journey, state):
    """Let the case stand in `state` while the block runs, and undo whatever came of it."""
    was = journey.now
    with transaction.atomic():
        case = case_queries.case_to_stop(ref=journey.ref)
        if case.state != state:
            take(case, to=state, by="x", now=journey.now, people=["a", "b"], kind="correction")
        yield
        transaction.set_rollback(True)
    journey.now = was


def to_one_yes(journey):
    """Bring a plan to where one person's yes approves it."""
    journey.drafts()
    journey.proposes()
    journey.prepares()
    journey.approves(Duty.DPC)


# How far the passage has come, where the case may stand then, and where something would leave.
EVERY_STATE = sorted(set(MACHINE.states) - {MACHINE.end})
COME_TO = [
    (to_one_yes, ["READY"], "READY"),
    (to_the_third_go, EVERY_STATE, "AGREED"),
    (Journey.to_moving, ["MISSING", "MOVING", "SIGHTED"], "MOVING"),
]


@pytest.mark.parametrize(("come", "states", "leaves"), COME_TO)
def test_in_whatever_state_the_report_comes_no_place_time_or_aircraft_is_released_after_it(
    journey, come, states, leaves, subtests
):
    come(journey)
    sent(journey)
    for state in states:
        with subtests.test(state=state), put_into(journey, state):
            since = until_now(journey)
            identity(journey)
            everybody_tries(journey)
            assert released(journey, since) == []
    with put_into(journey, leaves):
        since = until_now(journey)
        everybody_tries(journey)
        assert released(journey, since)  # without the report something would have left


@pytest.mark.parametrize("sign", SIGNS)
def test_after_a_sign_the_third_go_sets_nobody_off_and_says_what_a_waiting_case_says(journey, sign):
    to_the_third_go(journey)
    sent(journey)
    since = until_now(journey)
    sign(journey)
    with pytest.raises(Refused) as refused, transaction.atomic():
        journey.goes_ahead(Duty.RCV)
    assert refused.value.refusal.code == "case.second_reading"
    sent(journey)
    assert (journey.case().state, released(journey, since)) == ("AGREED", [])


def test_a_planted_leak_is_found(journey):
    journey.to_moving()
    sent(journey)
    since = until_now(journey)
    identity(journey)
    assert released(journey, since) == []
    leg = Message.objects.filter(kind=Kind.INSTRUCTION).first()
    Attempt.objects.create(
        message=leg, number=9, route="smpp", claimed_at=journey.now, due_at=journey.now
    )
    assert released(journey, since) == ["instruction"]


def taken_up():
    while clocks._signs():
        pass


@pytest.mark.parametrize("sign", SIGNS)
def test_it_stands_on_the_case_and_two_people_lift_it_as_they_lift_a_duress(journey, sign):
    journey.to_agreed()
    sign(journey)
    taken_up()
    case = journey.case()
    assert case.frozen
    noted = case.evidence.get(kind="sign_noted")
    assert noted.veiled
    notes = cases.open_notes(journey["SUP"], ref=journey.ref, reason="why", now=journey.now)
    assert noted.ref in notes
    reading = readings.readings_for(journey["SUP"], Purpose.READ)[-1]
    conversations.read_again(
        journey["SUP"], ref=reading.ref, finding="let_go", now=journey.now
    )  # one supervisor alone frees no case
    person = journey.conversation.person_ref
    assert door.is_silent(person)
    cases.lift_fact(journey["SUP"], ref=journey.ref, fact="frozen", now=journey.now)
    proposal = case_queries.proposals_of(journey.case()).get()
    for duty in (Duty.SUP, Duty.VER):
        assert door.is_silent(person)
        journey.says_yes(journey[duty], duty, proposal)
    assert not journey.case().frozen
    assert not door.is_silent(person)


def is_of_another(journey):
    """Let the case be another's: this man has none."""
    case = journey.case()
    case.person_ref = "somebody-else"
    case.save(update_fields=["person_ref"])


def test_taken_up_twice_a_sign_is_noted_once_and_that_of_an_erased_man_is_let_lie(journey):
    identity(journey)
    taken_up()
    taken_up()
    assert journey.case().evidence.filter(kind="sign_noted").count() == 1
    identity(journey)
    is_of_another(journey)
    taken_up()
    assert journey.case().evidence.filter(kind="sign_noted").count() == 1


def test_a_case_opened_for_one_who_is_held_begins_frozen_and_so_it_needs_two(journey):
    is_of_another(journey)
    identity(journey)
    row = journey.conversation
    ref = cases.open_case(
        journey["OP"], person_ref=row.person_ref, compartment=row.compartment, now=journey.now
    )
    assert case_queries.case_to_stop(ref=ref).frozen
    assert door.is_held_by_case(row.person_ref)


@pytest.mark.parametrize("sign", SIGNS)
def test_pages_of_those_who_may_not_know_look_and_stir_as_before(journey, client_of, sign):
    journey.to_agreed()
    browser = client_of(journey["DPC"])
    pages = (f"/cases/{journey.ref}/", f"/passage/{journey.passage.ref}/")
    stirred = nudges()
    before = [look(browser, page) for page in pages]
    sign(journey)
    taken_up()
    assert [look(browser, page) for page in pages] == before
    told = [(topic, to) for topic, to in nudges()[len(stirred) :] if topic == "cases.case"]
    inside = f"member:{journey.case().compartment}"
    assert {to for _topic, to in told} == {f"{inside}:SUP", f"{inside}:VER"}
    assert "Frozen" in look(client_of(journey["SUP"]), pages[0])


CHANGING = re.compile(r"\b[A-Za-z0-9]{64}\b|after=[\w-]+")


def nudges():
    return [(topic, to) for _number, topic, _ref, to in notices_after(0, limit=10_000)]


def look(browser, page):
    """Return a page without what changes from one look to the next."""
    return CHANGING.sub("", browser.get(page).content.decode())
