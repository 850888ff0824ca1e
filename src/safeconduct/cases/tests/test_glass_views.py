"""The glass of a case: a supervisor outside it breaks it with his key, and its page opens to him."""

import pytest

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access import glass
from safeconduct.access.rules import Duty
from safeconduct.access.tests.test_views import form_of, send

pytestmark = pytest.mark.django_db
WHY = "nobody of the case answers"


@pytest.fixture(autouse=True)
def at_noon(monkeypatch, crew):
    """World time of the pages is that of the crew; what the keeper was told is ended after it."""
    monkeypatch.setattr(clock, "now", lambda: crew.now)
    yield
    for left in glass.to_tell(crew.clocks):
        glass.end(crew.clocks, glass=left.glass)


def asks(browser, ref, reason=WHY):
    return browser.post("/cases/glass/ask/", {"case": ref, "reason": reason})


def test_page_by_page_from_the_reason_to_the_open_case(crew, client_of, officer, staff):
    crew.opened()
    crew.brings("his_wish", note="I want to live")
    chief = officer(Duty.SUP)
    browser, member = client_of(chief), client_of(crew["OP"])
    assert browser.get(f"/cases/{crew.ref}/").status_code == 404
    form = form_of(browser.get("/cases/glass/"), "cases.ask_glass")
    exactly = send(browser, form, case=crew.ref, reason=WHY)
    assert f"Open case {crew.ref} to you for an hour".encode() in exactly.content
    broken = send(browser, form_of(exactly, "cases.break_glass"), staff.key(chief.ref))
    page = browser.get(broken.headers["Location"]).content
    assert b"The members are being told" in page
    assert browser.get(f"/cases/{crew.ref}/").status_code == 404
    assert access.tell_glasses(crew.clocks, now=crew.now)
    assert b"It is open, for reading" in browser.get(broken.headers["Location"]).content
    opened = browser.post(f"/cases/{crew.ref}/unseal/", {"reason": WHY})
    assert b"I want to live" in opened.content
    theirs = member.get(f"/cases/{crew.ref}/").content.decode()
    assert f"{chief.name} broke the glass." in theirs
    assert WHY in theirs
    form = form_of(member.get(f"/cases/{crew.ref}/"), "access.end_glass")
    assert send(member, form).status_code == 303
    assert browser.get(f"/cases/{crew.ref}/").status_code == 404
    assert b"It is closed again" in member.get(f"/cases/{crew.ref}/").content


def test_he_reads_and_puts_nothing_sealed_on_record(crew, client_of, officer, staff):
    crew.opened()
    chief = officer(Duty.SUP)
    browser = client_of(chief)
    exactly = asks(browser, crew.ref)
    send(browser, form_of(exactly, "cases.break_glass"), staff.key(chief.ref))
    access.tell_glasses(crew.clocks, now=crew.now)
    refused = browser.post(f"/cases/{crew.ref}/record/", {"kind": "checkin_missed", "note": "x"})
    assert b'data-refusal="open.not_a_member"' in refused.content


def test_no_reason_and_no_case_break_nothing(crew, client_of, officer):
    crew.opened()
    browser = client_of(officer(Duty.SUP))
    assert b'data-refusal="access.no_reason"' in asks(browser, crew.ref, reason=" ").content
    assert asks(browser, "nothing").status_code == 404
    assert b'data-refusal="glass.member"' in asks(client_of(crew["SUP"]), crew.ref).content
    assert client_of(crew["OP"]).get("/cases/glass/").status_code == 404
    assert glass.to_tell(crew.clocks) == []
