"""The pages of words with something on them, which the built-in story does not reach.

Desks, hand-over, search, channels, the spoken log, scripts, tracing, a campaign's progress and its
sheet: held against axe, keys, small text and what is cut off. With TOUR_PICTURES it takes pictures.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from tests.browser.held_scenes import *  # noqa: F403  pytest finds fixtures by name
from tests.browser.house import browser
from tests.browser.looking import HAND, PAPER, WIDE, Looked, tab
from tests.browser.scenes import *  # noqa: F403  pytest finds fixtures by name
from tests.browser.scenes import Sight
from tests.browser.serving import cookies_of, served

pytestmark = [pytest.mark.usefixtures("time_stands"), pytest.mark.story]
# said of a stream that is held off here, and of a refusal, which is an answer
EXPECTED = tuple(f"Failed to load resource: {why}" for why in (
    "net::ERR_FAILED", "the server responded with a status of 409",
))  # fmt: skip


def _picture(page: Page, name: str) -> None:
    """Take the page as it opens, and as a whole where more of it lies below; in the hand whole at once."""
    folder, wide = Path(os.environ["TOUR_PICTURES"]), page.viewport_size == WIDE
    page.screenshot(path=folder / f"words-{name}.png", full_page=not wide)
    below: int = page.evaluate(
        """() => Math.max(0, ...[...document.querySelectorAll(".page-body, .columns.flush > *, .messages")]
           .map((e) => e.scrollHeight - e.clientHeight))"""
    )
    if wide and below:
        page.set_viewport_size({"width": WIDE["width"], "height": WIDE["height"] + below})
        page.screenshot(path=folder / f"words-{name}-whole.png")
        page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # a dict of two numbers


def _see(looked: Looked, origin: str, sight: Sight) -> list[str]:
    """Look at one page: axe, its contrast in the dark, keys, small text, and what is cut off in the hand."""
    page = looked.page
    page.goto(f"{origin}{sight.at}")
    if sight.does:
        sight.does(page)
    found = [*looked.found_by_axe(), *looked.lost_to_keys()]
    for size in (HAND, WIDE):
        page.set_viewport_size(size)  # type: ignore[arg-type]  # as above
        found += [f"cut off at {size['width']} px: {out}" for out in looked.cut_off()]
    found += [f"under 13 px: {text}" for text in looked.small_text()]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in looked.found_by_axe("color-contrast")]
    if sight.paper:
        page.emulate_media(media="print", color_scheme="light")
        page.set_viewport_size(PAPER)  # type: ignore[arg-type]  # as above
        found += [f"cut off on paper: {out}" for out in looked.cut_off()]
    page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size(WIDE)  # type: ignore[arg-type]  # as above
    found += [said for said in looked.faults if not said.startswith(EXPECTED)]
    looked.faults.clear()
    return found


def _photograph(chrome: Browser, origin: str, sight: Sight) -> None:
    dresses = {"light": WIDE, "dark": WIDE, "hand-light": HAND, "hand-dark": HAND}
    for dress, size in {**dresses, **({"paper": PAPER} if sight.paper else {})}.items():
        scheme = "dark" if dress.endswith("dark") else "light"
        with tab(chrome, scheme=scheme, size=size, cookies=cookies_of(sight.who, origin)) as looked:
            looked.page.route("**/live*", lambda route: route.abort())
            looked.page.emulate_media(media="print" if dress == "paper" else "screen")
            looked.page.goto(f"{origin}{sight.at}")
            if sight.does and dress != "paper":
                sight.does(looked.page)
            _picture(looked.page, f"{sight.name}-{dress}")


def _look(origin: str, sights: list[Sight]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with browser() as chrome:
        with tab(chrome) as looked:
            page = looked.page
            page.route("**/live*", lambda route: route.abort())  # it would hold the server
            page.emulate_media(reduced_motion="reduce")
            for sight in sights:
                page.goto("about:blank")  # what it still asks is asked by whom it stood for
                page.context.clear_cookies()
                page.context.add_cookies(cookies_of(sight.who, origin))  # type: ignore[arg-type]
                try:
                    told = _see(looked, origin, sight)
                except BrowserError as broken:
                    told = [str(broken)[:300]]
                if told:
                    found[sight.name] = told
        if "TOUR_PICTURES" in os.environ:
            for sight in sights:
                _photograph(chrome, origin, sight)
    return found


def _all(sights: list[Sight]) -> dict[str, list[str]]:
    with served() as origin, ThreadPoolExecutor(1) as eyes:
        return eyes.submit(_look, origin, sights).result()


def test_pages_of_words_are_sound_while_they_are_empty(empty: list[Sight]) -> None:
    assert _all(empty) == {}


def test_the_shared_inbox_is_sound(
    talk: list[Sight], channels: list[Sight], scripts: list[Sight]
) -> None:
    assert _all([*talk, *channels, *scripts]) == {}


def test_a_hand_over_is_sound(shifts: list[Sight]) -> None:
    assert _all(shifts) == {}


def test_the_relatives_desk_is_sound(relatives: list[Sight]) -> None:
    assert _all(relatives) == {}


def test_promises_of_money_are_sound(money: list[Sight]) -> None:
    assert _all(money) == {}


def test_offers_that_contradict_one_another_are_sound(clash: list[Sight]) -> None:
    assert _all(clash) == {}


def test_a_commanders_list_is_sound(rolls: list[Sight]) -> None:
    assert _all(rolls) == {}


def test_the_pages_of_who_comes_from_outside_are_sound(outside: list[Sight]) -> None:
    assert _all(outside) == {}


def test_campaigns_are_sound(outreach: list[Sight]) -> None:
    assert _all(outreach) == {}
