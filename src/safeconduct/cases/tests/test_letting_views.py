"""Letting another into a case, page by page: read once more, then one touch for all his duties."""

import lxml.html
import pytest

from safeconduct import clock
from safeconduct.access import queries
from safeconduct.access.rules import Duty
from safeconduct.access.tests.test_views import form_of, send

pytestmark = pytest.mark.django_db
WHY = "plans the way"


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, crew):
    """World time of the pages is that of the crew."""
    monkeypatch.setattr(clock, "now", lambda: crew.now)


def asks(browser, crew, person, **told):
    """Fill the form on the page of the case; a supervisor outside it knows only where it goes."""
    fields = {"person": person.ref, "reason": WHY, "hours": "", **told}
    return browser.post(f"/cases/{crew.ref}/join/", fields)


def inside(crew, person):
    return queries.members_of(crew.compartment, now=crew.now).get(person.ref, set())


def test_from_the_form_to_the_open_case_by_one_touch(crew, client_of, officer, staff):
    crew.opened()
    planner, holder = officer(Duty.PLN, Duty.DPC), crew["OP"]
    browser = client_of(holder)
    form = form_of(browser.get(f"/cases/{crew.ref}/"), "cases.join")
    exactly = send(browser, form, person=planner.ref, reason=WHY, hours="12")
    said = exactly.content.decode()
    assert planner.name in said
    assert WHY in said
    assert "12 h left · " in said  # on the clock of the house, as all pages say a time
    assert not inside(crew, planner)
    form = form_of(exactly, "cases.let_in")
    assert send(browser, form, staff.key(holder.ref)).status_code == 303
    assert inside(crew, planner) == {Duty.PLN, Duty.DPC}
    assert client_of(planner).get(f"/cases/{crew.ref}/").status_code == 200
    again = asks(browser, crew, planner)
    assert (again.status_code, again.headers["Location"]) == (303, f"/cases/{crew.ref}/")


def test_a_supervisor_from_outside_lets_in_by_his_touch_and_never_himself(
    crew, client_of, officer, staff
):
    crew.opened()
    chief, planner = officer(Duty.SUP), officer(Duty.PLN)
    browser = client_of(chief)
    exactly = asks(browser, crew, planner)
    send(browser, form_of(exactly, "cases.let_in"), staff.key(chief.ref))
    assert inside(crew, planner) == {Duty.PLN}
    assert b'data-refusal="member.to_oneself"' in asks(browser, crew, chief).content


@pytest.mark.parametrize("changed", ["person", "duties", "reason", "until"])
def test_what_is_changed_after_the_touch_lets_nobody_in(changed, crew, client_of, officer, staff):
    crew.opened()
    planner, other, holder = officer(Duty.PLN, Duty.DPC), officer(Duty.PLN, Duty.DPC), crew["OP"]
    instead = {"person": other.ref, "duties": "PLN", "reason": "no", "until": "2000000000"}
    browser = client_of(holder)
    form = form_of(asks(browser, crew, planner), "cases.let_in")
    refused = send(browser, form, staff.key(holder.ref), **{changed: instead[changed]})
    assert b"data-refusal=" in refused.content
    assert not inside(crew, planner)
    assert not inside(crew, other)


def test_without_a_touch_without_a_reason_and_without_a_person_nobody_comes_in(
    crew, client_of, officer
):
    crew.opened()
    planner, browser = officer(Duty.PLN), client_of(crew["OP"])
    exactly = asks(browser, crew, planner)
    (form,) = lxml.html.document_fromstring(exactly.content).xpath(
        "//form[@data-act='cases.let_in']"
    )
    told = dict(form.form_values())
    for changes in ({}, {"duties": ""}, {"duties": "KING"}, {"until": "soon"}, {"until": "9" * 40}):
        assert b"data-refusal=" in browser.post(form.action, told | changes).content
    assert b'data-refusal="access.no_reason"' in asks(browser, crew, planner, reason=" ").content
    for hours in ("nan", "1e300", "90000000"):  # the last is a number, and no date is that far away
        assert b'data-refusal="case.no_hours"' in asks(browser, crew, planner, hours=hours).content
    nobody = browser.post(f"/cases/{crew.ref}/join/", {"person": "nobody", "reason": WHY})
    assert b'data-refusal="case.nobody"' in nobody.content
    assert not inside(crew, planner)
