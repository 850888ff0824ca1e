"""The panic lock on every open page: nothing of it is to be read two seconds after the press."""

from contextlib import ExitStack

from playwright.sync_api import Browser, expect

from tests.browser.house import House
from tests.browser.looking import tab
from tests.browser.staff import administrator, cookies, enrol, hire

PAGES = ("/", "/people/roster/", "/people/me/")
GONE_S = 2.0
WATCH = """() => new MutationObserver(() => {
  if (!document.querySelector("nav.rooms")) sessionStorage.setItem("gone", Date.now());
}).observe(document.body, { childList: true })"""
# When nothing was to be read any more: emptied, or at the latest when another page came.
GONE = """() => Number(sessionStorage.getItem("gone"))
  || performance.timeOrigin + performance.getEntriesByType("navigation")[0].responseStart"""
PRESS = "button => { const at = Date.now(); button.click(); return at; }"


def test_every_open_page_of_everybody_is_empty_within_two_seconds(chrome: Browser, here: House):
    with administrator(chrome, here) as admin:
        link = hire(admin.page, here, name="Operator 14", duties=("DPC",))
        with tab(chrome) as first, ExitStack() as tabs:
            enrol(first.page, link)
            his = [tabs.enter_context(tab(chrome, cookies=cookies(first.page))) for _ in PAGES]
            for looked, path in zip(his, PAGES, strict=True):
                with looked.page.expect_response("**/live*"):  # its stream is open
                    looked.page.goto(here.origin + path)
                expect(looked.page.locator("nav.rooms")).to_be_visible()
                looked.page.evaluate(WATCH)
            admin.page.goto(f"{here.origin}/people/me/")
            button = admin.page.locator("form[data-act='access.panic'] button")
            button.click()
            pressed = button.evaluate(PRESS)
            took = []
            for looked in his:  # one machine, one clock: told by the pages, not by when we look
                looked.page.wait_for_url("**/sign-in/")
                took.append((looked.page.evaluate(GONE) - pressed) / 1000)
            for looked in his:
                looked.page.go_back()
                expect(looked.page.locator("nav.rooms")).to_have_count(0)
        assert 0 < min(took) <= max(took) < GONE_S, took
