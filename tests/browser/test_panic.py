"""The panic lock on every open page: nothing of it is to be read two seconds after the press."""

import time
from contextlib import ExitStack

from playwright.sync_api import Browser, expect

from tests.browser import house
from tests.browser.looking import tab
from tests.browser.staff import administrator, cookies, enrol, hire

PAGES = ("/", "/people/roster/", "/people/me/")
GONE_S = 2.0


def test_every_open_page_of_everybody_is_empty_within_two_seconds(chrome: Browser, tmp_path):
    with house.running(tmp_path / "data") as here, administrator(chrome, here) as admin:
        link = hire(admin.page, here, name="Operator 14", duties=("DPC",))
        with tab(chrome) as first, ExitStack() as tabs:
            enrol(first.page, link)
            his = [tabs.enter_context(tab(chrome, cookies=cookies(first.page))) for _ in PAGES]
            for looked, path in zip(his, PAGES, strict=True):
                looked.page.goto(here.origin + path)
                expect(looked.page.locator("nav.rooms")).to_be_visible()
                looked.page.wait_for_timeout(700)  # its stream is open
            admin.page.goto(f"{here.origin}/people/me/")
            button = admin.page.locator("form[data-act='access.panic'] button")
            button.click()
            pressed = time.monotonic()
            button.click()
            for looked in his:
                while looked.page.locator("nav.rooms").count():
                    assert time.monotonic() - pressed < GONE_S, looked.page.url
            took = time.monotonic() - pressed
            for looked in his:
                looked.page.wait_for_url("**/sign-in/")
                looked.page.go_back()
                expect(looked.page.locator("nav.rooms")).to_have_count(0)
        assert took < GONE_S, f"{took:.2f} s"
