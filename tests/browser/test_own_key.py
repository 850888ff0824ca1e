"""What names a person, on a receiver's screen: opened by his own words, and gone when he is let out."""

import os
import time

from playwright.sync_api import Browser, Page, expect

from tests.browser.house import House
from tests.browser.looking import HAND, SCHEMES, Looked, tab
from tests.browser.staff import administrator, enrol, hire

NAME = "Zimorodkov"
GONE_S = 3.0
MOST_ASKED = 20  # one page, with its styles and scripts
SHOTS = os.environ.get("SHOTS")


def look(looked: Looked, name: str) -> list[str]:
    """Return what is wrong with the page on a telephone, light and dark."""
    page, found = looked.page, []
    before = page.viewport_size
    page.emulate_media(reduced_motion="reduce")  # between two schemes a button fades for a moment
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(HAND)
        found += [*looked.found_by_axe(), *looked.cut_off(), *looked.small_text()]
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(before)
    return [f"{name}: {each}" for each in (*found, *looked.faults)]


def make_key(page: Page, origin: str) -> str:
    page.goto(f"{origin}/people/me/")
    page.click("form[data-act='access.make_own_key'] button.first")
    words = page.locator("[data-kind='access.own_words'] .digest")
    expect(words).to_be_visible()
    return words.inner_text()


def write_who_he_is(page: Page, origin: str) -> str:
    """Open a walk-in and write the four items; return the page's address."""
    page.goto(f"{origin}/reception/")
    page.click("form[data-act='reception.walk_in'] button")
    expect(page.locator("#do-four")).to_be_attached()
    page.wait_for_timeout(1500)  # what his own act nudges has been asked for anew
    page.click("a[href='#do-four']")
    for field, told in (("names", NAME), ("rank", "refused"), ("birth_date", "unknown")):
        page.fill(f"#{field}", told)
    page.fill("#service_number", "refused")
    page.press("#service_number", "Enter")
    expect(page.locator("#names >> nth=0")).to_be_attached()
    return page.url


def test_he_opens_it_by_his_words_with_keys_alone_and_let_out_it_leaves_his_screen(
    chrome: Browser, here: House
):
    with administrator(chrome, here) as admin:
        link = hire(admin.page, here, name="Receiver 1", duties=("RCP",))
        with tab(chrome) as looked:
            page, faults = looked.page, []
            enrol(page, link)
            words = make_key(page, here.origin)
            assert len(words.split()) == 6
            faults += look(looked, "words")
            address = write_who_he_is(page, here.origin)
            assert NAME in page.content()
            faults += look(looked, "open")
            page.click("form[data-act='access.shut_own_key'] button")
            expect(page.locator("#own-words")).to_be_visible()
            assert NAME not in page.content()
            faults += look(looked, "shut")
            page.focus("#own-words")
            page.keyboard.type(words.upper())
            page.keyboard.press("Enter")
            expect(page.locator("form[data-act='access.shut_own_key']")).to_be_visible()
            assert (page.url, NAME in page.content()) == (address, True)
            page.goto(f"{here.origin}/people/me/")
            faults += look(looked, "mine")
            page.goto(address)
            page.wait_for_timeout(700)  # its stream is open
            end_duty(admin.page, here.origin)
            gone_and_quiet(page)
            assert faults == []


def gone_and_quiet(page: Page) -> None:
    """See what names him leave the screen in time, and the page fall silent: nothing is its any more."""
    ended = time.monotonic()
    while page.locator("#names").count():
        assert time.monotonic() - ended < GONE_S, "his page still shows who he is"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(1500)
    assert len(asked) < MOST_ASKED, asked


def end_duty(admin: Page, origin: str) -> None:
    """End the receiver's duty, as an administrator does."""
    admin.goto(f"{origin}/people/")
    admin.click("text=Receiver 1")
    form = admin.locator("form[data-act='access.end_duty']")
    form.locator("input[name=reason]").fill("he leaves")
    form.locator("button").click()
