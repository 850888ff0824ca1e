"""Delegates, the ombudsman and looking after him: who comes from outside is let into nothing, and heard."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from safeconduct.access import keyring
from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.access.tests.forging import write
from safeconduct.cases import queries as cases
from safeconduct.cases.tests.walking import PROFILE, db, house
from safeconduct.custody import actions, outside_page, queries
from safeconduct.custody.models import Clock, Inspection, Visit, Voice
from safeconduct.custody.outside_views import a_time
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused

__all__ = ["db", "house"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
DAY = timedelta(days=1)
WORDS = "They took my blanket, and I am cold at night."


@pytest.fixture
def held(registered, db):
    """Return the man of the module, who is registered in custody; what a test does to him is undone."""
    with registered.undone():
        yield registered


def follow(crew):
    while actions.follow(crew.clocks, profile=PROFILE, now=crew.now):
        pass


def rings(crew):
    while actions.ring(crew.clocks, now=crew.now):
        pass


def clock(crew, kind):
    return Clock.objects.get(kind=kind, case__ref=crew.ref)


def hear(crew, officer, kind="complaint"):
    return actions.hear(
        officer, ref=crew.ref, kind=kind, words=WORDS, profile=PROFILE, now=crew.now
    )


def test_a_delegate_sees_how_everybody_is_held_and_is_let_into_nothing(held, client_of, standard):
    follow(held)
    held.wait(days=8)
    page = client_of(held["DEL"]).get("/custody/visits/").content.decode()
    assert held.ref in page
    assert "television" in page
    assert "Capture card" in page, "what is overdue to him"
    with pytest.raises(Absent):
        cases.case_for(held["DEL"], Purpose.READ, ref=held.ref)
    with pytest.raises(Refused):
        keyring.open_fields(held["DEL"], Purpose.READ, [held.compartment], ["body"])
    with pytest.raises(Absent):
        queries.held(held["RCP"], Purpose.READ)


def like_him(held, count):
    """Hold as many more as he is held: with an overdue clock, an inspection and a visit each."""
    write("SELECT 1")  # no trigger stands in the way: how they came is no matter here
    for _one in range(count):
        case = held.case()
        case.pk, case.ref, case.compartment, case.person_ref = None, new_ref(), new_ref(), new_ref()
        case.save(force_insert=True)
        at = {"case": case, "at": held.now, "by": held["RCP"].ref}
        version, item = queries.standard(now=held.now)[0]
        for met in (False, True):
            Inspection.objects.create(version_ref=version, item=item, met=met, **at)
        times = dict.fromkeys(("started_at", "due_at", "warn_at", "breach_at"), held.now - DAY)
        Clock.objects.create(case=case, kind="card", **times)
        asked = {"asked_at": held.now, "asked_by": held["DEL"].ref, "wanted_at": held.now}
        Visit.objects.create(case=case, **asked)


def test_the_pages_of_who_comes_from_outside_read_as_often_for_thirty_as_for_three(
    held, client_of, standard
):
    follow(held)
    like_him(held, 2)
    reads = {}
    for count in (3, 30):
        like_him(held, count - len(queries.held(held["DEL"], Purpose.READ)))
        for duty, url in (("DEL", "/custody/visits/"), ("OMB", "/custody/voices/")):
            browser = client_of(held[duty])
            browser.get(url)
            with CaptureQueriesContext(connection) as heard:
                page = browser.get(url).content.decode()
            assert page.count('data-kind="custody.held"') == count
            reads[duty, count] = len(heard)
    assert reads["DEL", 3] == reads["DEL", 30]
    assert reads["OMB", 3] == reads["OMB", 30]
    shown = outside_page.held_for(held["DEL"], now=held.now)
    assert sum(any(line.met for line in each.standard) for each in shown) == 29, "the last look"
    assert sum(bool(each.overdue) for each in shown) >= 29
    assert sum(each.visit is not None for each in shown) == 29


def test_a_visit_is_asked_for_given_and_held_and_what_was_said_is_nowhere(held, client_of):
    delegate, desk = client_of(held["DEL"]), client_of(held["RCP"])
    wanted = f"{held.now_plus(days=2):%Y-%m-%dT%H:%M}"
    assert (
        delegate.post("/custody/visits/ask/", {"ref": held.ref, "wanted": "soon"}).status_code
        == 409
    )
    assert (
        delegate.post("/custody/visits/ask/", {"ref": held.ref, "wanted": wanted}).status_code
        == 303
    )
    visit = Visit.objects.get()
    with pytest.raises(Refused, match="asked for a visit"):
        actions.ask_visit(held["DEL"], ref=held.ref, wanted_at=held.now_plus(days=3), now=held.now)
    with pytest.raises(Refused, match="not held yet"):
        actions.hold_visit(held["DEL"], ref=visit.ref, now=held.now)
    follow(held)
    assert 'data-act="custody.visit"' in desk.get(f"/custody/{held.ref}/").content.decode()
    given = {"visit": visit.ref, "at": wanted}
    assert desk.post(f"/custody/{held.ref}/visit/", given).status_code == 303
    follow(held)
    assert clock(held, "visit").done_by == held["RCP"].ref
    held.wait(days=3)
    assert delegate.post("/custody/visits/held/", {"visit": visit.ref}).status_code == 303
    words = {field.name for field in Visit._meta.fields}
    assert words.isdisjoint({"note", "body", "text", "words"})


def test_a_visit_that_was_not_held_is_asked_for_anew_and_none_is_put_off_for_weeks(held):
    asked = {"ref": held.ref, "now": held.now, "wanted_at": held.now_plus(days=1)}
    ref = actions.ask_visit(held["DEL"], **asked)
    given = {"case": held.ref, "ref": ref, "now": held.now}
    with pytest.raises(Refused, match="more than two weeks"):
        actions.give_visit(held["RCP"], **given, at=held.now_plus(days=16))
    actions.give_visit(held["RCP"], **given, at=held.now_plus(days=2))
    follow(held)
    held.wait(days=3)
    again = {"ref": held.ref, "now": held.now, "wanted_at": held.now_plus(days=1)}
    assert actions.ask_visit(held["DEL"], **again) == ref
    follow(held)
    running = Clock.objects.filter(kind="visit", case__ref=held.ref, done_at=None)
    assert running.get().started_at == held.now, "his time begins anew"


def test_who_was_released_is_no_more_on_the_delegates_list_and_the_ombudsman_hears_him_still(held):
    held.goes("OUTCOME_CHOSEN", "RELEASED")
    assert queries.held(held["DEL"], Purpose.READ) == []
    assert [case.ref for case in queries.held(held["OMB"], Purpose.READ)] == [held.ref]
    with pytest.raises(Absent):
        actions.ask_visit(held["DEL"], ref=held.ref, wanted_at=held.now_plus(days=1), now=held.now)
    assert hear(held, held["OMB"])


@pytest.mark.parametrize("text", ["2026-05-03T14:30", "2026-05-03T16:30+02:00"])
def test_a_time_is_utc_unless_it_says_its_zone(text):
    assert a_time(text) == datetime(2026, 5, 3, 14, 30, tzinfo=UTC)


def test_a_visit_that_gets_no_time_calls_reception_and_then_the_lawyer(held):
    actions.ask_visit(held["DEL"], ref=held.ref, wanted_at=held.now_plus(days=1), now=held.now)
    follow(held)
    held.wait(days=4)
    rings(held)
    assert clock(held, "visit").rung == 3
    assert Call.objects.filter(kind="custody.visit.broken", duty=Duty.LEG).exists()


def test_what_he_complains_of_is_read_by_the_ombudsman_and_by_nobody_who_keeps_him(held, client_of):
    told = {"ref": held.ref, "kind": "complaint", "words": WORDS}
    ombudsman = client_of(held["OMB"])
    assert ombudsman.post("/custody/voices/hear/", told).status_code == 303
    voice = Voice.objects.get()
    assert WORDS in ombudsman.get(f"/custody/voices/{voice.ref}/").content.decode()
    for duty in ("RCP", "LEG", "MED", "DPO", "AUD", "DEL"):
        with pytest.raises(Refused, match="heard by the ombudsman"):
            hear(held, held[duty])
        with pytest.raises(Absent):
            queries.voice_for(held[duty], ref=voice.ref)
        with pytest.raises(Refused):
            keyring.open_fields(held[duty], Purpose.READ, [queries.voice_of(held.ref)], ["body"])
    assert voice.ref not in client_of(held["RCP"]).get(f"/custody/{held.ref}/").content.decode()
    assert voice.ref not in client_of(held["RCP"]).get("/custody/due/").content.decode()


def test_he_is_answered_in_a_week_or_the_ombudsman_is_called_and_then_a_supervisor(held):
    ref = hear(held, held["OMB"])
    held.wait(days=6)
    assert not actions.call_about_voices(held.clocks, now=held.now)
    held.wait(days=1)
    assert actions.call_about_voices(held.clocks, now=held.now)
    assert not actions.call_about_voices(held.clocks, now=held.now), "once"
    held.wait(days=1)
    assert actions.call_about_voices(held.clocks, now=held.now)
    called = Call.objects.filter(kind="custody.voice.due").values_list("duty", flat=True)
    assert set(called) == {"OMB", "SUP"}
    with pytest.raises(Refused, match="Nothing was written"):
        actions.answer_voice(held["OMB"], ref=ref, words=" ", now=held.now)
    actions.answer_voice(held["OMB"], ref=ref, words="You have two now.", now=held.now)
    assert queries.voice_for(held["OMB"], ref=ref)[1:] == (WORDS, "You have two now.")
    with pytest.raises(Refused, match="was answered"):
        actions.answer_voice(held["OMB"], ref=ref, words="Again.", now=held.now)


def test_nobody_moves_the_date_of_an_answer_or_deletes_what_he_said(held):
    hear(held, held["OMB"])
    for act in (
        lambda: Voice.objects.update(due_at=held.now + timedelta(days=90)),
        lambda: Voice.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Voice.objects.count() == 1


def test_nothing_of_him_is_split_off_for_erasure_while_he_waits_for_an_answer(held):
    ref = hear(held, held["OMB"], kind="data")
    with pytest.raises(Refused, match="has no answer"):
        actions.split_core(held["DPO"], ref=held.ref, now=held.now)
    actions.answer_voice(held["OMB"], ref=ref, words="Here is all of it.", now=held.now)
    actions.split_core(held["DPO"], ref=held.ref, now=held.now)


def test_transit_ends_in_custody_and_too_long_in_it_calls_the_lawyer(crew):
    crew.opened("WALK_IN")
    crew.goes("SECURED")
    follow(crew)
    crew.wait(hours=7)
    rings(crew)
    assert clock(crew, "transit").rung == 2
    crew.goes("RECEIVED")
    follow(crew)
    assert clock(crew, "transit").done_at is None, "taken over is not yet in custody"
    crew.wait(days=3)
    rings(crew)
    assert Call.objects.filter(kind="custody.transit.broken", duty=Duty.LEG).exists()
    crew.goes("IN_CUSTODY")
    follow(crew)
    assert clock(crew, "transit").done_at == crew.case().entered_at


def test_who_missed_his_check_in_is_looked_after_and_never_by_an_old_number(held):
    held.goes("OUTCOME_CHOSEN", "RELEASED", "AFTERCARE")
    follow(held)
    held.wait(days=7, minutes=1)
    follow(held)
    safety = clock(held, "safety")
    told = {"how": "old_number", "found": "safe"}
    with pytest.raises(Refused, match="not looked for so"):
        actions.look_after(held["PLG"], ref=held.ref, clock=safety.ref, content=told, now=held.now)
    told = {"how": "visit", "found": "not_found", "note": "the flat is empty"}
    assert not actions.look_after(
        held["PLG"], ref=held.ref, clock=safety.ref, content=told, now=held.now
    )
    assert Call.objects.filter(kind="custody.safety.not_found", duty=Duty.SUP).exists()
    follow(held)
    assert clock(held, "safety").done_at is None, "looking for him ends when he is found"
    told = {"how": "as_agreed", "found": "safe"}
    assert actions.look_after(
        held["PLG"], ref=held.ref, clock=safety.ref, content=told, now=held.now
    )
    follow(held)
    assert clock(held, "safety").done_at == held.now
    assert clock(held, "aftercare_1").done_by == held["PLG"].ref
