"""Whom the process knows when the database says nothing: nobody longer than his login lives."""

from datetime import timedelta

import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import actions, known, queries
from safeconduct.access.rules import Duty
from safeconduct.access.staff import IDLE, LONGEST

SECOND = timedelta(seconds=1)


@pytest.fixture
def here(officer):
    """Return somebody who was just looked up, as each of his pages does."""
    known.forget_all()
    who = officer(Duty.OP, language="ru")
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) == who
    return who


def test_who_was_here_is_known_with_his_duties_and_his_language(here):
    assert known.who_stops(here.login, wall=clock.wall()) == here
    assert known.who_stops(here.login + "x", wall=clock.wall()) is None


def test_nobody_is_known_longer_than_the_idle_time_and_a_hand_begins_it_anew(here):
    begun = clock.wall()
    assert known.who_stops(here.login, wall=begun + IDLE + SECOND) is None
    known.hand(here.login, wall=begun + IDLE - SECOND)
    assert known.who_stops(here.login, wall=begun + IDLE + SECOND) == here
    known.hand(here.login, wall=begun + LONGEST)
    assert known.who_stops(here.login, wall=begun + LONGEST + SECOND) is None


def test_a_page_that_refreshes_itself_makes_no_idle_time_anew(here):
    begun = clock.wall()
    queries.officer_of(here.login, now=NOON, wall=begun + IDLE - 30 * SECOND)
    assert known.who_stops(here.login, wall=begun + IDLE + SECOND) is None


def leaves(who, _admin):
    actions.end_login(who, now=NOON, wall=clock.wall())


def is_shut_out(who, admin):
    actions.end_all_logins(admin, person=who.ref, now=NOON, wall=clock.wall())


def is_shut_out_by_a_seizure(who, _admin):
    actions.shut_out(who.ref, wall=clock.wall())


def loses_his_duty(who, admin):
    ref = queries.person_for(admin, ref=who.ref, now=NOON, wall=clock.wall()).duties[0].ref
    actions.end_duty(admin, ref=ref, reason="test", now=NOON)


@pytest.mark.parametrize("ends", [leaves, is_shut_out, is_shut_out_by_a_seizure, loses_his_duty])
def test_whoever_ends_a_login_or_a_duty_drops_it_at_once(here, admin, ends):
    ends(here, admin)
    assert known.who_stops(here.login, wall=clock.wall()) is None


def test_another_sign_in_of_the_same_person_drops_the_earlier_one(here, staff):
    again = staff.sign_in(here.ref, now=NOON)
    assert known.who_stops(here.login, wall=clock.wall()) is None
    assert known.who_stops(again.login, wall=clock.wall()) == again


def test_what_the_database_says_ended_is_known_no_more(here):
    later = clock.wall() + IDLE + SECOND
    assert queries.officer_of(here.login, now=NOON, wall=later) is None
    assert known.who_stops(here.login, wall=clock.wall()) is None


def test_a_page_leads_on_only_for_whom_it_was_open(here, officer):
    other = officer(Duty.OP)
    known.show(here, "a-talk", behind="a-man")
    assert known.behind(here, "a-talk") == "a-man"
    assert known.behind(other, "a-talk") == ""
    for number in range(known.PAGES):
        known.show(here, f"talk-{number}", behind="another")
    assert known.behind(here, "a-talk") == ""  # long ago


def test_no_login_lies_in_the_memory_of_those_known(here):
    proof = here.login.partition(".")[0]
    assert proof not in repr(known._logins)
    assert all(each.officer.login == "" for each in known._logins.values())
