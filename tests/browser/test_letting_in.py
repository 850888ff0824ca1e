"""Letting a colleague into a case: by keys alone, read once more, signed by one touch; and the page of a seizure."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looking import tab
from tests.browser.staff import administrator, enrol, hire
from tests.browser.test_own_key import look

WHY = "examines him"


def opens_a_case(page: Page, origin: str) -> str:
    """Open a walk-in; return the case's address."""
    page.goto(f"{origin}/reception/")
    page.click("form[data-act='reception.walk_in'] button")
    expect(page.locator("#do-four")).to_be_attached()
    return page.url.replace("/reception/", "/cases/")


def asks(page: Page) -> None:
    """Fill the form of the case and press Enter: nothing has changed yet."""
    page.select_option("#person", label="Medic 1")
    page.fill("#join-reason", WHY)
    page.fill("#join-hours", "12")
    page.press("#join-hours", "Enter")


def counts_all(page: Page, origin: str) -> None:
    """Ask what a seizure of everything would burn; no address says what was asked."""
    page.goto(f"{origin}/cases/seized/")
    page.select_option("select[name=kind]", "everything")
    page.locator("form[data-act='cases.count_seized'] button").focus()
    page.keyboard.press("Enter")
    expect(page.locator("form[data-act='cases.say_seized']")).to_be_visible()
    assert page.url == f"{origin}/cases/seized/count/"


def test_by_keys_alone_he_reads_what_it_means_and_lets_a_colleague_in_by_one_touch(
    chrome: Browser, here: House
):
    with administrator(chrome, here) as admin:
        links = [
            hire(admin.page, here, name=name, duties=duties)
            for name, duties in (("Receiver 1", ("RCP", "SUP")), ("Medic 1", ("MED",)))
        ]
        with tab(chrome) as his, tab(chrome) as medic:
            enrol(his.page, links[0])
            enrol(medic.page, links[1])
            page, faults = his.page, []
            address = opens_a_case(page, here.origin)
            assert medic.page.goto(address).status == 404
            page.goto(address)
            form = page.locator("form[data-act='cases.let_in']")
            with his.standing_still():  # what his own act nudges is not swapped under his fingers
                asks(page)
                expect(form).to_be_visible()
            told = page.locator("main").inner_text()
            assert all(each in told for each in ("Medic 1", WHY))
            assert re.search(r"\b11 \D+\d", told)  # hours and minutes left
            faults += look(his, "let-in")
            page.keyboard.press("y")
            page.wait_for_url(address)
            expect(page.locator("#people ~ dl")).to_contain_text("Medic 1")
            assert medic.page.goto(address).status == 200
            counts_all(page, here.origin)
            faults += look(his, "seized")
            assert faults == []
