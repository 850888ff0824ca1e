"""A colleague's lost key on the pages: put up by one, signed by two, told to those it touches."""

from datetime import timedelta
from typing import Any

import lxml.html
import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import actions, acts, client, queries
from safeconduct.access.models import Approval, Recovery
from safeconduct.access.rules import Absent, Duty
from safeconduct.access.tests.test_views import form_of, send
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db


def say_yes(staff, officer, person, reason):
    duty = min(officer.duties & set(actions.RECOVERERS))
    proof = staff.touch(officer, acts.recover(person, duty, reason=reason))
    wall = clock.wall()
    return actions.recover(officer, person=person, duty=duty, proof=proof, now=NOON, wall=wall)


def test_two_colleagues_page_by_page_and_he_comes_back_with_his_duties(
    staff, admin, officer, client_of
):
    chief, lost = officer(Duty.SUP), officer(Duty.OP, Duty.VER)
    first, second = client_of(admin), client_of(chief)
    form = form_of(first.get(f"/people/{lost.ref}/"), "access.ask_recovery")
    page = first.get(send(first, form, reason="met him at the gate").headers["Location"])
    assert b"met him at the gate" in page.content
    assert send(first, form_of(page, "access.recover"), staff.key(admin.ref)).status_code == 303
    assert b"You said yes" in first.get(f"/people/{lost.ref}/recovery/").content
    waiting = lxml.html.document_fromstring(second.get("/").content)
    (read,) = waiting.xpath("//article[@data-verb='people.recover']//a/@href")
    form = form_of(second.get(read), "access.recover")
    shown = send(second, form, staff.key(chief.ref))
    (link,) = lxml.html.document_fromstring(shown.content).xpath("//@data-invite")
    assert client_of(lost).get("/").headers["Location"] == "/sign-in/"
    again = staff.enrol(link.rpartition("/")[2], now=NOON)
    assert (again.ref, again.duties) == (lost.ref, {Duty.OP, Duty.VER})
    assert b"gave you a new key" in client_of(again).get("/").content
    assert second.get(read).status_code == 404


def test_he_and_the_members_of_his_cases_are_told_and_others_are_not(staff, admin, officer):
    lost, member, outsider = officer(Duty.OP), officer(Duty.VER), officer(Duty.VER)
    room = actions.open_compartment(lost, duty=Duty.OP, reason="he walked in", now=NOON)
    staff.lets_in(lost, compartment=room, person=member.ref, duty=Duty.VER)
    actions.ask_recovery(admin, person=lost.ref, reason="r", now=NOON)
    for who, told in ((lost, 1), (member, 1), (outsider, 0), (admin, 0)):
        assert len(queries.recoveries_for(who, now=NOON)) == told
    actions.stop_recovery(lost, person=lost.ref, now=NOON)
    assert [each.done for each in queries.recoveries_for(member, now=NOON)] == [False]
    assert queries.recoveries_for(member, now=NOON + timedelta(hours=73)) == []


def test_he_stops_it_himself_and_it_begins_without_the_old_yes(staff, admin, officer, client_of):
    lost, chief, other = officer(Duty.OP), officer(Duty.SUP), officer(Duty.MED)
    actions.ask_recovery(admin, person=lost.ref, reason="r", now=NOON)
    assert say_yes(staff, admin, lost.ref, "r").invited is None
    with pytest.raises(Refused, match="not among your duties"):
        actions.stop_recovery(other, person=lost.ref, now=NOON)
    browser = client_of(lost)
    assert send(browser, form_of(browser.get("/"), "access.stop_recovery")).status_code == 303
    with pytest.raises(Absent):
        say_yes(staff, chief, lost.ref, "r")
    actions.ask_recovery(admin, person=lost.ref, reason="r", now=NOON)
    recovered = say_yes(staff, chief, lost.ref, "r")
    assert (recovered.yeses, recovered.invited) == (1, None)
    assert client.whoami(lost.login).person == lost.ref


def test_nobody_recovers_himself_or_without_the_duty_or_twice(staff, officer, client_of):
    lost, chief, medic = officer(Duty.SUP), officer(Duty.SUP), officer(Duty.MED)
    with pytest.raises(Refused, match="himself"):
        actions.ask_recovery(lost, person=lost.ref, reason="r", now=NOON)
    with pytest.raises(Refused, match="not among your duties"):
        actions.ask_recovery(medic, person=lost.ref, reason="r", now=NOON)
    actions.ask_recovery(chief, person=lost.ref, reason="r", now=NOON)
    assert client_of(lost).get(f"/people/{lost.ref}/recovery/").status_code == 404
    with pytest.raises(Refused, match="himself"):
        say_yes(staff, lost, lost.ref, "r")
    act = acts.recover(lost.ref, Duty.SUP, reason="r")
    with pytest.raises(Refused):  # nor by the door that all approvals share
        actions.approve(lost, act, staff.touch(lost, act), now=NOON)
    say_yes(staff, chief, lost.ref, "r")
    with pytest.raises(Refused, match="already"):
        say_yes(staff, chief, lost.ref, "r")
    assert Approval.objects.filter(subject__ref=lost.ref).count() == 1


def test_asked_twice_it_is_one_and_a_third_yes_finds_nothing(staff, admin, officer):
    lost, chief, third = officer(Duty.OP), officer(Duty.SUP), officer(Duty.SUP)
    told: dict[str, Any] = {"person": lost.ref, "reason": "r", "now": NOON}
    assert actions.ask_recovery(admin, **told) == actions.ask_recovery(chief, **told)
    say_yes(staff, admin, lost.ref, "r")
    assert say_yes(staff, chief, lost.ref, "r").invited
    with pytest.raises(Absent):
        say_yes(staff, third, lost.ref, "r")
    assert Recovery.objects.filter(person__ref=lost.ref, done=True).count() == 1


def test_one_makes_a_spare_of_his_own_by_his_key(staff, officer, client_of):
    who = officer(Duty.OP)
    browser = client_of(who)
    form = form_of(browser.get("/people/me/"), "access.make_spare")
    shown = send(browser, form, staff.key(who.ref))
    (link,) = lxml.html.document_fromstring(shown.content).xpath("//@data-invite")
    assert staff.enrol(link.rpartition("/")[2], now=NOON).ref == who.ref
