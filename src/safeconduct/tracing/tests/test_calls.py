"""Who was told of confirmed news may ask for a video call; all others are refused alike, and nobody learns what he said."""

import re
from datetime import timedelta

import pytest

from safeconduct import names
from safeconduct.access.doors import ONCE
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.access.tests.forging import write
from safeconduct.conversations import actions as talk
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.tests.conftest import NOON, takes, writes
from safeconduct.custody import actions as custody
from safeconduct.custody import calls as his_calls
from safeconduct.custody.tests.conftest import crew, held
from safeconduct.post import actions as door_actions
from safeconduct.post import timed
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.tracing import actions, calls, rules
from safeconduct.tracing.models import CallRequest, TracingRequest
from safeconduct.tracing.rules import Stage
from safeconduct.tracing.tests.test_tracing import (
    DAY,
    HIS,
    OTHER,
    SEEKS,
    answers,
    decides,
    noticed,
    opens,
    proves,
    said,
)

__all__ = ["crew", "decides", "held", "takes", "writes"]  # fixtures
HOUR = timedelta(hours=1)
PROFILE = load.current()
NONE = PROFILE.text("tracing_call_none", "ru")


def again(writes, number, *, now):
    """Have an asker write just before, so that he may be written to."""
    writes("Есть новости?", sender=f"+3805011100{number:02}", now=now - timedelta(minutes=5))


def wishes(held, word):
    custody.let_find(held["RCP"], ref=held.ref, word=word, alone=True, marks="", now=held.now)


def tells(worker, *, now):
    return calls.tell_due(worker(Purpose.CLOCKS), profile=PROFILE, now=now)


@pytest.fixture
def desk(writes, officer):
    """Return (one of tracing, `takes(number)`: the conversation with another who asks)."""
    tracer = officer(Duty.TRC)

    def take(number):
        row = writes(SEEKS, sender=f"+3805011100{number:02}")
        talk.take_next(tracer, desk=Desk.RELATIVES, lock_for=9 * DAY, wall=NOON, now=NOON)
        return row

    return tracer, take


# What each page of one browser is given anew: tokens, where it listens from, the watch.
ANEW = re.compile(
    rf'name="(csrfmiddlewaretoken|{ONCE})" value="[^"]*"|"X-CSRFToken": "\w*"|data-live-from="[^"]*"'
    r'|<time data-clock="[^"]*">[0-9:]*</time>'
)


def alike(page, *own):
    """Return a page without the refs of its own request, and what a browser is given anew with each page."""
    text = page.content.decode()
    for ref in own:
        text = text.replace(ref, "REF").replace(ref[:4].upper(), "REF")
    return ANEW.sub("ANEW", text)


KINDS = ("unknown", "applied", "unconfirmed", "refused")
SOUGHT = {"unknown": names.Known("Марко Бондар", born="05.06.1990"), "applied": OTHER}


@pytest.fixture
def four(held, desk, writes, worker, decides):
    """Return the answered requests after people of four kinds, and whose desk it is.

    The bureau has confirmed nothing while the first three are answered; the fourth he does not wish.
    """
    (tracer, take), told = desk, noticed(held, worker)
    writes("Хочу сдаться. Пётр Иванов, 1999", sender="+380501119999")
    searches = {kind: opens(tracer, take(number)) for number, kind in enumerate(KINDS)}
    for kind, search in searches.items():
        proves(tracer, search.ref, known=SOUGHT.get(kind, HIS))
        decides(search.ref)
    at = rules.due_at(NOON)
    for number in range(3):
        again(writes, number, now=at)
    answers(worker, now=at)
    custody.confirm_document(held["RCP"], **told)
    wishes(held, "no")
    again(writes, 3, now=at)
    answers(worker, now=at)
    answered_so = TracingRequest.objects.values_list("answered_at", "answer")
    assert set(answered_so) == {(at, "tracing_same")}
    return tracer, list(searches.values())


def test_of_four_kinds_of_people_no_call_is_asked_for_in_the_same_bytes(four, client_of):
    tracer, searches = four
    refs = [search.ref for search in searches]
    browser = client_of(tracer)
    pages = {alike(browser.get(f"/tracing/{s.ref}/"), s.ref, s.compartment) for s in searches}
    what_it_wrote = r"Aleksey Kuzminov, 07.03.1995|Пётр Иванов, 01.02.1999|Марко Бондар, 05.06.1990"
    assert len({re.sub(what_it_wrote, "WHO", page) for page in pages}) == 1
    assert 'data-act="tracing.call"' not in pages.pop()
    posts = [browser.post(f"/tracing/{s.ref}/call/", {"words": "its mother"}) for s in searches]
    assert {each.status_code for each in posts} == {409}
    assert len({alike(each, *refs) for each in posts}) == 1
    assert {browser.post(f"/tracing/{ref}/no-call/").status_code for ref in refs} == {404}
    assert not CallRequest.objects.exists()


@pytest.fixture
def told_so(held, desk, writes, worker, decides):
    """Return `told_so(count)`: askers who were told of confirmed news, as (desk, conversation, request)."""
    tracer, take = desk

    def ask(count):
        custody.confirm_document(held["RCP"], **noticed(held, worker))
        wishes(held, "yes")
        found = []
        for number in range(count):
            row = take(number)
            search = opens(tracer, row)
            proves(tracer, search.ref, known=HIS)
            decides(search.ref)
            found.append((tracer, row, search))
        at = rules.due_at(NOON)
        for number in range(count):
            again(writes, number, now=at)
        answers(worker, now=at)
        assert set(TracingRequest.objects.values_list("answer", flat=True)) == {"tracing_confirmed"}
        held.wait(seconds=(at - held.now).total_seconds())
        return found

    return ask


def asked_of(held):
    """Return the calls that he is asked about, as custody keeps them, the newest first."""
    return [each.row for each in his_calls.shown(held["RCP"], held.case(), now=held.now)]


def asks(found, *, now):
    for tracer, _row, search in found:
        calls.ask(tracer, ref=search.ref, caller="его мать, Анна", now=now)


def answered(held, call, word, *, at=None):
    told = {"case": held.ref, "ref": call.ref, "now": held.now}
    custody.answer_call(held["RCP"], word=word, alone=True, **told)
    if at:
        custody.give_call(held["RCP"], at=at, **told)


def test_whatever_stood_in_the_way_she_is_told_the_same_words_at_the_time_that_was_fixed(
    held, told_so, writes, worker, client_of
):
    found = told_so(5)
    asks(found, now=held.now)
    due = rules.call_due_at(held.now)
    at = due + 2 * DAY
    assert calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
    assert not calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
    assert {(bytes(each.keys), each.caller) for each in CallRequest.objects.all()} == {(b"", None)}
    no, late, _silent, moved, wanted = reversed(asked_of(held))
    answered(held, no, "no")
    answered(held, late, "yes")
    answered(held, moved, "yes", at=at)
    held.wait(hours=1)
    custody.record_move(held["RCP"], ref=held.ref, why="move", now=held.now)
    held.wait(hours=1)
    answered(held, wanted, "yes", at=at)
    for number in range(5):
        again(writes, number, now=due)
    assert not tells(worker, now=due - HOUR)
    assert tells(worker, now=due)
    form = PROFILE.text("tracing_call_at", "ru")
    wants = timed.told(form, at, zone=PROFILE.his_zone)
    assert [said(worker, row) for _tracer, row, _search in found] == [*[NONE] * 4, wants]
    over = CallRequest.objects.filter(stage=Stage.OVER)
    assert set(over.values_list("token", "told_at", "at")) == {("", due, None)}
    browser, refs = client_of(found[0][0]), CallRequest.objects.values_list("ref", flat=True)
    pages = {
        alike(browser.get(f"/tracing/{search.ref}/"), search.ref, row.compartment, *refs)
        for _tracer, row, search in found[:4]
    }  # fmt: skip
    assert len(pages) == 1
    assert 'data-act="tracing.call"' in pages.pop(), "she may ask again"


def test_a_call_that_he_cancels_is_told_of_at_an_hour_that_was_fixed_before(
    held, told_so, writes, worker
):
    found = told_so(1)
    asks(found, now=held.now)
    calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
    due = rules.call_due_at(held.now)
    at = due + 2 * DAY
    call = asked_of(held)[0]
    answered(held, call, "yes", at=at)
    again(writes, 0, now=due)
    assert tells(worker, now=due)
    answered(held, call, "no")
    look = rules.last_look(at)
    again(writes, 0, now=look)
    assert not tells(worker, now=look - HOUR), "nor at the hour in which he cancels"
    assert said(worker, found[0][1]) != NONE
    assert tells(worker, now=look)
    assert said(worker, found[0][1]) == NONE
    assert not CallRequest.objects.exclude(token=""), "nothing joins her to him any more"


def test_a_call_that_stands_is_held_and_its_token_is_forgotten_the_day_after(
    held, told_so, writes, worker, client_of
):
    [(tracer, row, search)] = told_so(1)
    browser, url = client_of(tracer), f"/tracing/{search.ref}/"
    asks([(tracer, row, search)], now=held.now)
    assert browser.post(f"{url}call/", {"words": "his mother"}).status_code == 409, "one at a time"
    due = rules.call_due_at(held.now)
    calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
    at = due + 2 * DAY
    answered(held, asked_of(held)[0], "yes", at=at)
    assert not tells(worker, now=due), "she has not written, and is not written to"
    later = due + 3 * HOUR
    again(writes, 0, now=later)
    assert tells(worker, now=later)
    call = CallRequest.objects.get()
    assert (call.stage, call.at, call.due_at) == (Stage.TOLD, at, rules.last_look(at))
    assert call.token in browser.get(url).content.decode()
    before = said(worker, row)
    again(writes, 0, now=call.due_at)
    assert tells(worker, now=call.due_at)
    assert said(worker, row) == before, "of a call that stands she hears no more"
    assert tells(worker, now=at + DAY)
    call.refresh_from_db()
    assert (call.stage, call.token) == (Stage.OVER, "")
    assert asked_of(held)[0].told == at
    talks = {
        "person_ref": row.person_ref,
        "text": "Мы на связи.",
        "kind": "reply",
        "language": "ru",
    }
    again(writes, 0, now=at + DAY)
    assert door_actions.send(tracer, **talks, reply_after_stop=DAY, now=at + DAY)


def test_she_takes_it_back_or_is_erased_and_nobody_waits_for_her_in_custody(
    held, told_so, worker, client_of
):
    [(tracer, row, search)] = told_so(1)
    with pytest.raises(Absent):  # the desk that talks with her asks, and no other
        calls.ask(held["RCP"], ref=search.ref, caller="his mother", now=held.now)
    browser, url = client_of(tracer), f"/tracing/{search.ref}/"
    for _time in range(2):
        assert browser.post(f"{url}call/", {"words": " "}).status_code == 409
        assert browser.post(f"{url}call/", {"words": "its mother"}).status_code == 303
        calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
        call = asked_of(held)[0]
        if _time == 0:
            assert browser.post(f"{url}no-call/").status_code == 303
        else:
            door_actions.erase_person(
                worker(Purpose.CLOCKS), person_ref=row.person_ref, now=held.now
            )
            assert actions.forget_askers(worker(Purpose.CLOCKS), now=held.now)
        call.refresh_from_db()
        assert call.answered_at is not None
        with pytest.raises(Refused, match="is over"):
            answered(held, call, "yes")
    assert not CallRequest.objects.exists()


def test_with_his_case_his_calls_are_erased_and_she_is_told_that_there_is_none(
    held, told_so, writes, worker
):
    found = told_so(1)
    asks(found, now=held.now)
    calls.hand_on(worker(Purpose.CLOCKS), now=held.now)
    due = rules.call_due_at(held.now)
    answered(held, asked_of(held)[0], "yes", at=due + 2 * DAY)
    write("SELECT 1")  # how his case came to be purged is no matter here
    custody.erase(held.ref)
    assert not asked_of(held)
    again(writes, 0, now=due)
    assert tells(worker, now=due)
    assert said(worker, found[0][1]) == NONE
