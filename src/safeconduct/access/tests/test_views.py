"""The pages of this room, as a person with a browser and a passkey meets them."""

import json
import re
from typing import Any

import lxml.html
import pyotp
import pytest
from conftest import NOON
from django.test import Client

from safeconduct import clock
from safeconduct.access import actions, client, queries
from safeconduct.access.rules import Act, Duty, digest_of
from safeconduct.access.views import mine
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.refs import new_ref

pytestmark = pytest.mark.django_db


def form_of(answer, act):
    tree = lxml.html.document_fromstring(answer.content)
    (form,) = tree.xpath("//form[@data-act=$act]", act=act)
    return form


def send(client, form, key=None, **given):
    """Send a form with its hidden fields, touched if it asks for it, as a browser would."""
    sent = {name: value for name, value in form.form_values() if name not in given} | given
    if form.get("data-challenge"):
        sent["assertion"] = key.sign(form.get("data-challenge"), ORIGIN, form.get("data-rp"))
    return client.post(form.get("action") or "/sign-in/", sent)


def test_a_person_comes_in_by_passkey_and_goes(officer, staff):
    who, browser = officer(Duty.OP), Client(SERVER_NAME="localhost")
    assert browser.get("/").headers["Location"] == "/sign-in/"
    answer = send(browser, form_of(browser.get("/sign-in/"), "access.sign_in"), staff.key(who.ref))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    cookie = answer.cookies["login"]
    assert cookie["httponly"]
    assert (cookie["samesite"], cookie["max-age"], cookie["domain"]) == ("Strict", "", "")
    device = answer.cookies["device"]
    assert (device["httponly"], device["samesite"], device["domain"]) == (True, "Strict", "")
    assert device["max-age"] == 90 * 24 * 3600
    page = browser.get("/")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    out = send(browser, form_of(browser.get("/people/me/"), "access.sign_out"))
    assert (out.status_code, out.headers["Location"]) == (303, "/sign-in/")
    assert browser.get("/").status_code == 303


def test_a_login_carried_to_another_browser_lets_nobody_in(officer, staff, client_of):
    who, thief = officer(Duty.OP), client_of(officer(Duty.OP))
    his = client_of(who)
    assert his.get("/people/me/").status_code == 200
    thief.cookies["login"] = his.cookies["login"].value
    assert thief.get("/people/me/").headers["Location"] == "/sign-in/"
    del thief.cookies["device"]
    assert thief.get("/people/me/").headers["Location"] == "/sign-in/"


def test_the_device_stays_when_he_goes_and_he_can_make_the_others_strangers(officer, staff):
    who, browser = officer(Duty.OP), Client(SERVER_NAME="localhost")
    send(browser, form_of(browser.get("/sign-in/"), "access.sign_in"), staff.key(who.ref))
    device = browser.cookies["device"].value
    send(browser, form_of(browser.get("/people/me/"), "access.sign_out"))
    assert browser.cookies["device"].value == device
    send(browser, form_of(browser.get("/sign-in/"), "access.sign_in"), staff.key(who.ref))
    assert browser.cookies["device"].value == device
    page = browser.get("/people/me/")
    assert page.content.count(b"access.device") == 2  # where he enrolled, and here
    assert send(browser, form_of(page, "access.forget_devices")).status_code == 303
    page = browser.get("/people/me/")
    assert page.content.count(b"access.device") == 1
    assert b"access.forget_devices" not in page.content


def test_over_tls_the_cookie_is_bound_to_the_host(officer, staff):
    who, browser = officer(Duty.OP), Client(SERVER_NAME="localhost")
    form = form_of(browser.get("/sign-in/"), "access.sign_in")
    said = staff.key(who.ref).sign(form.get("data-challenge"), ORIGIN, "localhost")
    answer = browser.post("/sign-in/", {"assertion": said}, secure=True)
    cookie = answer.cookies["__Host-login"]
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert not {"login", "device"} & set(answer.cookies)
    assert answer.cookies["__Host-device"]["secure"]
    assert browser.get("/", secure=True).status_code == 200
    assert browser.get("/").status_code == 303  # the same proof does not count without TLS


def test_a_key_that_nobody_enrolled_is_told_why_on_the_page(keeper):
    browser, key = Client(SERVER_NAME="localhost"), Authenticator()
    options = {"rp": {"id": "localhost"}, "user": {"id": "bm9ib2R5"}, "challenge": "AAAA"}
    key.register(json.dumps(options), ORIGIN)
    answer = send(browser, form_of(browser.get("/sign-in/"), "access.sign_in"), key)
    assert answer.status_code == 409
    assert b"data-refusal" in answer.content
    assert form_of(answer, "access.sign_in").get("data-challenge")
    again = browser.post("/sign-in/code/", {"name": "Operator 1", "code": "123456"})
    assert again.status_code == 409


def test_with_the_keeper_away_the_page_says_so_and_nobody_is_let_in(officer, keeper, client_of):
    chief = client_of(officer(Duty.ADM))
    keeper.kill()
    try:
        assert Client().get("/sign-in/").status_code == 503
        told: dict[str, Any] = {"name": "Operator 501", "duties": "OP", "reason": "night"}
        page = chief.post("/people/add/", told)
        assert b"does not answer" in page.content
        assert b"data-challenge" not in page.content
        given = chief.post(
            "/people/create/", {**told, "person": new_ref(), "nonce": "n", "assertion": "a"}
        )
        assert given.status_code == 503
    finally:
        keeper.start()


def test_an_administrator_adds_a_person_page_by_page(admin, staff, client_of):
    browser, key = client_of(admin), staff.key(admin.ref)
    form = form_of(browser.get("/people/"), "access.add")
    told: dict[str, Any] = {
        "name": "Operator 601",
        "language": "uk",
        "duties": ["OP", "VER"],
        "reason": "nights",
    }
    exactly = send(browser, form, **told)
    assert exactly.status_code == 200
    shown = " ".join(lxml.html.document_fromstring(exactly.content).text_content().split())
    assert "Add Operator 601 to the staff with: Operator (OP), Verifier (VER)" in shown
    invited = send(browser, form_of(exactly, "access.create"), key)
    (link,) = lxml.html.document_fromstring(invited.content).xpath("//@data-invite")
    path = link[link.index("/sign-in/join/") :]

    his, new = Client(SERVER_NAME="localhost"), Authenticator()
    join = form_of(his.get(path), "access.enrol")
    credential = new.register(join.get("data-enrol"), ORIGIN)
    entered = his.post(path, {"credential": credential})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    assert his.get("/").status_code == 200
    assert his.get("/people/").status_code == 404
    assert his.get(path).status_code == 409
    row = lxml.html.document_fromstring(browser.get("/people/").content).xpath(
        "//tr[@data-name='Operator 601']"
    )[0]
    assert row.get("data-state") == "HERE"
    assert row.xpath(".//@data-duty") == ["OP", "VER"]


def test_what_was_shown_is_what_is_signed(admin, staff, client_of):
    browser, key = client_of(admin), staff.key(admin.ref)
    told: dict[str, Any] = {"name": "Operator 602", "duties": "OP", "reason": "nights"}
    form = form_of(browser.post("/people/add/", told), "access.create")
    changed = send(browser, form, key, duties="OP VER SUP")
    assert changed.status_code == 409
    untouched = browser.post("/people/create/", dict(form.form_values()))
    assert untouched.status_code == 409
    assert b'data-refusal="approve.no_touch"' in untouched.content
    assert send(browser, form, key).status_code == 200
    assert send(browser, form, key).status_code == 409  # pressed twice


def test_a_duty_is_given_and_ended_on_the_person_s_page(admin, staff, officer, client_of):
    who, browser, key = officer(Duty.OP), client_of(admin), staff.key(admin.ref)
    page = f"/people/{who.ref}/"
    give = {"duty": "VER", "hours": "12", "reason": "one night"}
    exactly = send(browser, form_of(browser.get(page), "access.give"), **give)
    held = send(browser, form_of(exactly, "access.hold"), key)
    assert held.headers["Location"] == page
    card = lxml.html.document_fromstring(browser.get(page).content).xpath("//*[@data-duty='VER']")[
        0
    ]
    grant = card.get("data-ref")
    ended = browser.post(f"{page}end/", {"held": grant, "reason": "night is over"})
    assert ended.status_code == 303
    assert queries.duties_of(who.pk, now=clock.now()) == {Duty.OP}
    refused = browser.post(f"{page}give/", {"duty": "OFF", "reason": "r", "hours": "x"})
    assert b'data-refusal="people.hours"' in refused.content
    refused = browser.post(f"{page}give/", {"duty": "OFF", "reason": "r"})
    assert b'data-refusal="duty.away_from_cases"' in refused.content
    assert browser.post(f"{page}logins/end/").status_code == 303
    assert client_of(who).get("/").status_code == 303


def test_for_you_lists_what_waits_for_my_yes_and_not_what_is_mine(officer, staff, client_of):
    planner, approver, medic = officer(Duty.PLN, Duty.DPC), officer(Duty.DPC), officer(Duty.MED)
    ref, digest = new_ref(), digest_of({"place": 1})
    told: dict[str, Any] = {
        "title": "A plan waits for approval",
        "url": "/passage/x",
        "duties": [Duty.DPC],
    }
    actions.put_subject(
        ref, verb="passage.approve", digest=digest, author=planner.ref, now=NOON, **told
    )
    seen = client_of(approver).get("/").content.decode()
    assert f'data-ref="{ref}"' in seen
    assert digest.hex()[:4] + " " + digest.hex()[4:8] in seen
    assert 'href="/passage/x"' in seen
    for other in (planner, medic):
        assert f'data-ref="{ref}"' not in client_of(other).get("/").content.decode()
    act = Act("passage.approve", ref, digest, Duty.DPC)
    actions.approve(approver, act, staff.touch(approver, act), now=NOON)
    assert f'data-ref="{ref}"' not in client_of(approver).get("/").content.decode()


def test_only_members_find_what_belongs_to_a_compartment(staff, officer, client_of):
    holder, lawyer = officer(Duty.OP), officer(Duty.LEG)
    room, ref = actions.open_compartment(holder, duty=Duty.OP, reason="r", now=NOON), new_ref()
    told: dict[str, Any] = {
        "verb": "cases.advance",
        "digest": digest_of({"x": 1}),
        "author": None,
        "now": NOON,
    }
    actions.put_subject(ref, **told, duties=[Duty.LEG], compartment=room)
    assert ref not in client_of(lawyer).get("/").content.decode()
    staff.lets_in(holder, compartment=room, person=lawyer.ref, duty=Duty.LEG)
    assert ref in client_of(lawyer).get("/").content.decode()


def test_a_first_administrator_is_told_how_to_begin(admin, client_of, officer):
    page = client_of(admin).get("/").content.decode()
    assert "Two more people on duty" in page
    assert "Somebody who can be called" in page
    assert "A keeper without a network" in page


def test_an_administrator_is_told_that_the_kernel_lets_the_keeper_into_the_network(
    keeper, tmp_path, monkeypatch
):
    assert mine._is_cut_off()
    monkeypatch.setenv("SAFECONDUCT_STRANGE", "1")  # a machine for which there is no filter
    monkeypatch.setenv("SAFECONDUCT_DATA", str(tmp_path))
    strange = type(keeper)(tmp_path, module="safeconduct.keeper.tests.reaching")
    assert client.ping()["network"] == "open"
    assert not mine._is_cut_off()
    strange.stop()
    assert mine._is_cut_off()  # what is not known is not said


def test_the_roster_and_a_call_answered_on_any_page(officer, client_of):
    chief, who = officer(Duty.SUP), officer(Duty.DPC)
    browser = client_of(chief)
    form = form_of(browser.get("/people/roster/"), "access.add_shift")
    put = send(browser, form, who=f"{who.ref} DPC", place="1", hours="12", in_hours="", handle="")
    assert put.status_code == 303
    assert b'data-state="HEARS"' in browser.get("/people/roster/").content
    assert browser.post("/people/roster/add/", {"who": ""}).status_code == 409
    ref = actions.page(Duty.DPC, "escort.stopped", now=clock.now())
    actions.escalate_calls(now=clock.now(), wall=clock.wall(), unanswered=clock.now() - clock.now())
    his = client_of(who)
    page = his.get("/settings/")
    assert b"data-sound" in page.content
    assert re.search(rb'id="calls"', his.get("/calls/").content)
    answered = send(his, form_of(page, "access.answer"))
    assert answered.status_code == 303
    assert ref not in his.get("/settings/").content.decode()


def test_a_code_works_for_pages_and_its_owner_is_told_that_it_never_approves(
    officer, client_of, admin, staff
):
    browser = client_of(admin)
    shown = send(browser, form_of(browser.get("/people/me/"), "access.begin_code"))
    (uri,) = lxml.html.document_fromstring(shown.content).xpath("//*[@data-secret]/text()")
    code = pyotp.parse_uri(uri)
    assert isinstance(code, pyotp.TOTP)
    done = send(browser, form_of(shown, "access.finish_code"), code=code.now())
    assert done.status_code == 303
    by_code = Client(SERVER_NAME="localhost")
    later = code.at(int(clock.wall().timestamp()) + 30)
    answer = by_code.post("/sign-in/code/", {"name": "Administrator 1", "code": later})
    assert answer.status_code == 303
    assert by_code.get("/people/").status_code == 200
    told: dict[str, Any] = {"name": "Operator 603", "duties": "OP", "reason": "nights"}
    page = by_code.post("/people/add/", told)
    assert b"approving takes your passkey" in page.content
    assert b"data-challenge" not in page.content


def test_the_lock_button_ends_every_login(officer, client_of, keeper):
    who, other = client_of(officer(Duty.PIL)), client_of(officer(Duty.OP))
    form = form_of(who.get("/people/me/"), "access.panic")
    try:
        assert send(who, form).headers["Location"] == "/sign-in/"
        assert other.get("/").status_code == 303
        assert Client().get("/sign-in/").status_code == 200  # to stop and to watch; nothing opens
    finally:
        keeper.stop()
        keeper.run("--unlock")
        keeper.start()


def test_a_supervisor_takes_his_unlock_code_by_a_touch_and_others_have_none(
    officer, staff, client_of
):
    chief, operator = officer(Duty.SUP), officer(Duty.OP)
    browser = client_of(chief)
    page = browser.get("/people/me/")
    assert b"You have none yet" in page.content
    shown = send(browser, form_of(page, "access.unlock_code"), staff.key(chief.ref))
    assert re.search(rb"(?:[A-Z2-7]{4}-){5}[A-Z2-7]{4}", shown.content)
    assert b"You have none yet" not in browser.get("/people/me/").content
    his = client_of(operator)
    assert b"access.unlock_code" not in his.get("/people/me/").content
    assert his.post("/people/me/unlock-code/").status_code == 404
