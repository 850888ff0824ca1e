"""Forced to sign in, in a real browser on the whole product: the worker's own loops call the supervisor."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looking import tab
from tests.browser.staff import administrator, enrol, hire

OWN, FORCE = "4817", "9052"
CALLED_MS = 60_000


def signs_in(page: Page, number: str) -> None:
    """Sign out, type a number at the sign-in page, and press Enter; the key answers by itself."""
    page.locator("form[data-act='access.sign_out'] button").first.click()
    page.wait_for_url("**/sign-in/")
    expect(page.locator("form[data-act='access.sign_in'] input[name=number]")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    expect(page.locator("nav.rooms")).to_be_visible()


def said(page: Page) -> str:
    """Return what the first page says, but for the minute it was said in."""
    return re.sub(r"\b\d\d:\d\d\b", "--:--", page.locator("main").inner_text())


def test_a_forced_sign_in_looks_like_any_and_calls_a_supervisor_within_a_minute(
    chrome: Browser, here: House
):
    with administrator(chrome, here) as admin:
        links = [
            hire(admin.page, here, name=f"Person {n}", duties=(duty,))
            for n, duty in enumerate(("OP", "SUP"), start=14)
        ]
        with tab(chrome) as his, tab(chrome) as chief:
            enrol(his.page, links[0])
            enrol(chief.page, links[1])
            his.page.goto(f"{here.origin}/people/me/")
            form = his.page.locator("form[data-act='access.set_numbers']")
            form.locator("input[name=own]").fill(OWN)
            form.locator("input[name=force]").fill(FORCE)
            form.locator("button.first").click()
            his.page.wait_for_url("**/people/me/numbers/")
            his.page.goto(f"{here.origin}/people/me/")
            signs_in(his.page, OWN)
            ordinary = said(his.page)
            call = chief.page.locator("[data-about='keeper.noted']")
            expect(call).to_have_count(0)
            his.page.goto(f"{here.origin}/people/me/")
            signs_in(his.page, FORCE)
            assert said(his.page) == ordinary
            expect(call).to_be_visible(timeout=CALLED_MS)
            chief.page.goto(f"{here.origin}/people/noted/")
            line = chief.page.locator("[data-kind='keeper.noted'][data-state='FORCED']")
            expect(line).to_contain_text("Person 14")
            for looked in (his, chief):
                assert looked.faults == []
                assert looked.found_by_axe() == []
