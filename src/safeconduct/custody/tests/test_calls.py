"""A relative's video call: his word without a reason, a time, and one token through which tracing sees a time or none."""

from datetime import timedelta

import pytest
from conftest import NOON
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Absent
from safeconduct.audit import queries as journal
from safeconduct.cases.tests.walking import PROFILE, db, house
from safeconduct.custody import actions, call_rules, calls, confirmed, page
from safeconduct.custody.models import VideoCall
from safeconduct.custody.tests.conftest import carded
from safeconduct.custody.tests.test_actions import bureau_confirms, finds, keys_of
from safeconduct.refusal import Refused

__all__ = ["db", "house"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
HER = "his mother, Olena"


@pytest.fixture
def held(registered, db):
    """Return the man of the module, whom the bureau has confirmed and who may be found; undone after a test."""
    with registered.undone():
        carded(registered)
        finds(registered, "RCP", "yes")
        bureau_confirms(registered)
        yield registered


def asked(held):
    """Ask for a call with him; return its token."""
    mother = keys_of(held, names="Aleksey Kuzminov", born="07.03.1995")
    return confirmed.ask_call(
        held.clocks, mother, caller=HER, until=held.now + 7 * DAY, now=held.now
    )


def says(held, word, *, alone=True, who="RCP"):
    call = VideoCall.objects.latest("pk")
    told = {"case": held.ref, "ref": call.ref, "word": word, "alone": alone, "now": held.now}
    actions.answer_call(held[who], **told)


def given_time(held, at):
    call = VideoCall.objects.latest("pk")
    actions.give_call(held["RCP"], case=held.ref, ref=call.ref, at=at, now=held.now)


def closed(held, outcome):
    call = VideoCall.objects.latest("pk")
    actions.close_call(held["RCP"], case=held.ref, ref=call.ref, outcome=outcome, now=held.now)


def owed(held):
    rows = page.due_for(held["RCP"], profile=PROFILE, now=held.now)
    return [row.state for row in rows if row.kind == "call"]


def test_he_is_asked_alone_by_reception_who_alone_sees_who_asks(held):
    asked(held)
    [shown] = calls.shown(held["RCP"], held.case(), now=held.now)
    assert (shown.state, shown.caller) == ("asked", HER)
    assert HER.encode() not in bytes(VideoCall.objects.get().caller)
    assert not calls.shown(held["LEG"], held.case(), now=held.now)
    with pytest.raises(Refused, match="in private"):
        says(held, "yes", alone=False)
    with pytest.raises(Refused, match="no answer of his"):
        says(held, "perhaps")
    with pytest.raises(Absent):
        says(held, "yes", who="LEG")


def test_a_call_he_wants_has_a_time_and_its_time_does_not_move_once_she_was_told(held):
    token, at = asked(held), held.now + 9 * DAY
    with pytest.raises(Refused, match="not said yes"):
        given_time(held, at)
    assert owed(held) == ["asked"]
    says(held, "yes")
    assert owed(held) == ["no_time"]
    for wrong in (held.now + 7 * DAY, held.now + 40 * DAY):
        with pytest.raises(Refused, match="less than a day"):
            given_time(held, wrong)
    given_time(held, at - HOUR)
    given_time(held, at)
    assert owed(held) == []
    assert confirmed.call_time(token, now=held.now + 7 * DAY) == at
    with pytest.raises(Refused, match="told this time already"):
        given_time(held, at + DAY)
    says(held, "no")
    assert owed(held) == [], "he cancelled it, and is not asked again"
    says(held, "yes")
    assert confirmed.still_on(token, now=at - HOUR)


def test_a_call_whose_time_is_over_is_owed_a_word_which_is_taken_back_where_it_was_wrong(held):
    token = asked(held)
    agreed(held)
    with pytest.raises(Refused, match="not come"):
        closed(held, "held")
    at = confirmed.call_time(token, now=held.now)
    held.wait(seconds=(at - held.now).total_seconds())
    assert owed(held) == ["passed"]
    closed(held, "held")
    assert owed(held) == []
    closed(held, "")
    closed(held, "not_held")
    assert [each.state for each in calls.shown(held["RCP"], held.case(), now=held.now)] == [
        "not_held"
    ]
    with pytest.raises(Refused, match="is over"):
        says(held, "no")


@pytest.mark.parametrize("word", ["no", "none"])
def test_no_and_no_answer_are_full_answers_and_nobody_is_reminded_of_them(held, word):
    token = asked(held)
    says(held, word)
    assert owed(held) == []
    held.wait(days=7)
    assert confirmed.call_time(token, now=held.now) is None
    with pytest.raises(Refused, match="is over"):
        says(held, "yes")


def test_through_the_window_every_way_in_which_there_is_no_call_is_the_same_none(held):
    ways = {
        "he was not asked": lambda: None,
        "no time": lambda: says(held, "yes"),
        "moved": lambda: (agreed(held), actions.record_move(held["RCP"], ref=held.ref, why="move", now=held.now)),
        "cancelled": lambda: (agreed(held), says(held, "no")),
        "his wish": lambda: (agreed(held), finds(held, "MED", "no")),
    }  # fmt: skip
    for way, act in ways.items():
        token = asked(held)
        held.wait(hours=1)
        act()
        held.wait(hours=1)
        assert confirmed.call_time(token, now=held.now) is None, way
    nobody = asked(held)
    assert not VideoCall.objects.filter(token=nobody).exists(), "whoever is not meant has no row"
    assert confirmed.call_time(nobody, now=held.now) is None
    assert not confirmed.still_on(nobody, now=held.now)
    finds(held, "RCP", "yes")
    token = asked(held)
    agreed(held)
    assert confirmed.call_time(token, now=held.now + 9 * DAY - HOUR) is None, "too late to be there"


def agreed(held):
    says(held, "yes")
    given_time(held, held.now + 9 * DAY)


def test_the_journal_joins_no_call_to_a_case_where_it_was_asked_for(held):
    asked(held)
    call = VideoCall.objects.get()
    assert [each.verb for each in journal.latest(ref=call.ref)] == ["custody.call.asked"]
    assert not [each for each in journal.latest(ref=held.ref) if "call" in each.verb]


def test_reception_does_it_all_on_the_page_of_his_case(held, client_of):
    token = asked(held)
    desk, url = client_of(held["RCP"]), f"/custody/{held.ref}/"
    call = VideoCall.objects.get()
    assert HER in desk.get(url).content.decode()
    assert HER not in client_of(held["MED"]).get(url).content.decode()
    at = held.now + 9 * DAY
    told = {"call": call.ref}
    assert desk.post(f"{url}call/", {**told, "word": "yes"}).status_code == 409
    assert desk.post(f"{url}call/", {**told, "word": "yes", "alone": "yes"}).status_code == 303
    assert desk.post(f"{url}call-time/", {**told, "at": "soon"}).status_code == 409
    assert desk.post(f"{url}call-time/", {**told, "at": f"{at:%Y-%m-%dT%H:%M}"}).status_code == 303
    assert desk.post(f"{url}call-held/", {**told, "outcome": "held"}).status_code == 409
    confirmed.call_time(token, now=held.now)
    page_now = desk.get(url).content.decode()
    assert token in page_now, "whoever connects them asks for it"
    held.wait(days=10)
    assert desk.post(f"{url}call-held/", {**told, "outcome": "held"}).status_code == 303
    assert 'data-state="held"' in desk.get(url).content.decode()


@given(
    word=st.sampled_from(["", "yes", "no", "none"]),
    at=st.booleans(),
    in_custody=st.booleans(),
    found=st.booleans(),
    moved=st.booleans(),
)
def test_a_call_stands_by_his_yes_while_he_is_here_and_wants_to_be_found(
    word, at, in_custody, found, moved
):
    told = call_rules.stands(
        word=word, at=NOON if at else None, in_custody=in_custody, found=found, moved=moved
    )
    assert (told is not None) == (word == "yes" and at and in_custody and found and not moved)
