"""A database that says nothing any more: whoever is signed in still stops, over HTTP, and nothing else goes.

How it is dead, tests/dead_database.py says. The people, their logins and the keeper are the real ones.
"""

import re

import pytest
from django.conf import settings
from django.test import Client
from tests.dead_database import garbage, read_only, taken_away

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access import client
from safeconduct.access.rules import Duty
from safeconduct.cases import actions as cases
from safeconduct.cases import queries
from safeconduct.cases.machine import MACHINE
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.spool import stops

READ = queries.Purpose.READ
# What says so, in the words of each room's page.
IN_FORCE = re.compile(r'data-kind="(stop.in_force|escort.stopped|conversations.stop)"')


DEATHS = [garbage, taken_away, read_only]


@pytest.fixture
def at(under_way, client_of, data_folder, monkeypatch):
    """Return `at(duty, page)`: a browser in which somebody with this duty has a page open."""
    monkeypatch.setattr(clock, "now", lambda: under_way.now)  # the clock has its own tests
    stops.prepare(data_folder)

    def open_page(duty, page, *, number=0):
        browser = client_of(under_way.journey.another(duty, number))
        assert browser.get(page).status_code == 200
        return browser

    return open_page


def spooled():
    return {(stop.kind, stop.what) for stop in stops.in_force(settings.DATA)}


def ways(world):
    """Return each button that stops: who presses, on which page, where it goes, and what is in force then."""
    case, talk = world.journey.ref, world.journey.conversation.ref
    plan, here = world.journey.plan().ref, {"ref": world.journey.ref}
    escort, passage = f"/escort/{world.ref}/", f"/passage/{world.ref}/"
    talks = f"/conversations/{talk}/"
    aborted, arrived = ("case", "ABORTED"), ("case", "CONTACT")
    return [
        (Duty.PIL, escort, f"{escort}abort", {"case": case}, aborted),
        (Duty.RCV, escort, f"{escort}missing", {"case": case}, ("case", "MISSING")),
        (Duty.DPC, passage, f"{passage}abort/", {"plan": plan, "reason": "a car"}, aborted),
        (Duty.OP, f"/cases/{case}/", f"/cases/{case}/stop/", {"to": "ABORTED"}, aborted),
        (Duty.RCV, "/reception/", f"/cases/{case}/here/", {}, arrived),
        (Duty.RCV, "/reception/", "/reception/here/", here, arrived),
        (
            Duty.OP,
            f"/cases/{case}/",
            f"/cases/{case}/fact/",
            {"fact": "frozen"},
            ("fact", "frozen"),
        ),
        (Duty.OP, talks, f"{talks}freeze/", {}, ("freeze", "freeze")),
        (Duty.OP, talks, f"{talks}stop/", {}, ("optout", "")),
    ]


@pytest.mark.parametrize("death", DEATHS)
def test_every_button_that_stops_works_with_the_database_dead(
    at, under_way, death, tmp_path, subtests
):
    for duty, page, path, form, told in ways(under_way):
        with subtests.test(path=path):
            browser = at(duty, page)
            with death(tmp_path):
                answer = browser.post(path, form)
                assert answer.status_code == 200
                assert IN_FORCE.search(answer.content.decode())
                assert told in spooled()
            for stop in stops.in_force(settings.DATA):
                stops.entered(settings.DATA, stop.key)


def test_every_stopping_step_takes_any_of_its_duties_with_the_database_dead(
    at, under_way, tmp_path
):
    case = under_way.journey.ref
    ways = {(way.target, duty) for way in MACHINE.transitions.values() for duty in way.staff}
    pressed = sorted((to, duty) for to, duty in ways if to in MACHINE.stopping)
    assert {to for to, _duty in pressed} == set(MACHINE.stopping)
    browsers = {duty: at(duty, "/") for _to, duty in pressed}
    with garbage(tmp_path):
        for to, duty in pressed:
            answer = browsers[duty].post(f"/cases/{case}/stop/", {"to": to, "reason": "a car"})
            assert answer.status_code == 200, (to, duty)
            (stop,) = stops.in_force(settings.DATA)
            assert (stop.what, stop.by) == (to, under_way[duty].ref)
            stops.entered(settings.DATA, stop.key)


def test_what_was_stopped_meanwhile_is_entered_when_the_database_is_back(at, under_way, tmp_path):
    journey, talk = under_way.journey, under_way.journey.conversation
    operator = at(Duty.OP, f"/conversations/{talk.ref}/")
    assert operator.get(f"/cases/{journey.ref}/").status_code == 200
    with garbage(tmp_path):
        operator.post(f"/conversations/{talk.ref}/stop/")
        operator.post(f"/cases/{journey.ref}/fact/", {"fact": "frozen"})
        operator.post(f"/cases/{journey.ref}/stop/", {"to": "ABORTED"})
    # In force from the first moment on which anything can be read …
    assert queries.state_of(journey.clocks, READ, ref=journey.ref) == "ABORTED"
    assert queries.is_frozen(journey.case())
    assert opted_out(talk)
    while post.enter_spooled_stops() or cases.enter_stops(journey.clocks, now=under_way.now):
        pass
    # … and then from where it belongs.
    assert not stops.in_force(settings.DATA)
    assert (journey.case().state, journey.case().frozen) == ("ABORTED", True)
    assert opted_out(talk)


@pytest.mark.parametrize("death", [garbage, taken_away])
def test_whatever_is_no_stop_is_refused_with_a_sentence(at, under_way, death, tmp_path):
    case = f"/cases/{under_way.journey.ref}/"
    browser = at(Duty.OP, case)
    with death(tmp_path):
        for asked in (browser.get(case), browser.post(f"{case}step/", {"to": "STANDBY"})):
            assert asked.status_code == 503
            assert 'data-refusal="database.away"' in asked.content.decode()
        hold = browser.post(f"/escort/{under_way.ref}/hold")
        assert hold.status_code == 503  # a word to him, and no words can leave
    assert not spooled()


@pytest.mark.parametrize("death", [garbage, taken_away])
def test_somebody_who_was_never_here_stops_nothing(under_way, client_of, death, tmp_path):
    case = under_way.journey.ref
    forger = Client(SERVER_NAME="localhost")
    forger.cookies["login"], forger.cookies["device"] = "a" * 43, "b" * 43
    with death(tmp_path):
        for browser, status in ((Client(SERVER_NAME="localhost"), 303), (forger, 503)):
            for path, form in stop_forms(case):
                assert browser.post(path, form).status_code == status
    assert not spooled()


def stop_forms(case):
    return [(f"/cases/{case}/stop/", {"to": "ABORTED"}), ("/reception/here/", {"ref": case})]


def test_whose_duty_it_is_not_stops_nothing_either(at, under_way, tmp_path):
    browser = at(Duty.PLG, "/")
    with garbage(tmp_path):
        answer = browser.post("/reception/here/", {"ref": under_way.journey.ref})
        assert answer.status_code == 404
    assert not spooled()


def leaves(officer, world):
    access.end_login(officer, now=world.now, wall=clock.wall())


def leaves_by_another_process(officer, _world):
    client.logout(officer.login)  # the keeper knows of it, and this process does not


@pytest.mark.parametrize("leaving", [leaves, leaves_by_another_process])
def test_a_login_that_has_ended_stops_nothing(under_way, at, leaving, tmp_path):
    gone = under_way.journey.another(Duty.OP, 9)
    browser = at(Duty.OP, "/", number=9)
    leaving(gone, under_way)
    with garbage(tmp_path):
        path, form = stop_forms(under_way.journey.ref)[0]
        assert browser.post(path, form).status_code == 503
    assert not spooled()


def test_no_page_that_was_never_open_leads_to_anybody(at, under_way, tmp_path):
    browser = at(Duty.OP, "/", number=9)
    with garbage(tmp_path):
        talk = under_way.journey.conversation.ref
        assert browser.post(f"/conversations/{talk}/freeze/").status_code == 503
    assert not spooled()


def test_keeper_and_database_gone_together_stop_nobody_from_stopping(
    at, under_way, keeper, tmp_path
):
    browser = at(Duty.PIL, f"/escort/{under_way.ref}/")
    keeper.kill()
    try:
        with taken_away(tmp_path):
            form = {"case": under_way.journey.ref}
            assert browser.post(f"/escort/{under_way.ref}/abort", form).status_code == 200
    finally:
        keeper.start()
    assert ("case", "ABORTED") in spooled()


def opted_out(talk):
    return door.standing_of(door.handle_of(talk.person_ref)).opted_out_at is not None
