"""An operator's night by keys alone: take, answer, link, give back, sleep, search, hand over.

No pointer is used, and the test clicks and fills nothing. The touch of a passkey is tried elsewhere.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.conversations import actions, queries
from safeconduct.conversations.tests.conftest import takes, writes
from safeconduct.post.models import Link, Message
from tests.browser.house import browser
from tests.browser.looking import tab
from tests.browser.serving import cookies_of, served

__all__ = ["takes", "writes"]  # fixtures
pytestmark = pytest.mark.usefixtures("time_stands")


def _goes(page: Page, key: str) -> None:
    """Press one key, and wait for the page it leads to."""
    with page.expect_navigation():
        page.keyboard.press(key)


def _takes_and_answers(page: Page) -> None:
    """Take the next, type, put a ready text behind it, see what it weighs, send."""
    keys = page.keyboard
    _goes(page, "KeyN")
    keys.press("KeyR")
    keys.type("Здравствуйте")
    keys.press("Tab")  # out of the field: keys rest while one types
    keys.press("KeyT")
    for _down in range(3):
        keys.press("KeyJ")
    keys.press("Enter")
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value("Здравствуйте\n" + _ready(page))
    expect(page.locator("#weighed .checks")).to_be_visible()
    _goes(page, "Control+Enter")
    expect(page.locator("[data-direction=out]").last).to_contain_text("Здравствуйте")


def _links_and_gives_back(page: Page) -> None:
    """Say that another conversation of his is the same man's; then give this one back."""
    waits = page.locator("[data-kind='conversations.link']")
    _goes(page, "KeyD")
    page.keyboard.press("KeyL")
    _goes(page, "Control+Enter")
    expect(waits).to_have_attribute("data-state", "waits")
    _goes(page, "KeyO")
    _goes(page, "KeyG")
    expect(page.locator(".thread")).to_have_count(1)


def _sleeps_searches_and_hands_over(page: Page) -> None:
    """Let the other one sleep, find it by a word, and come as far as the signature of a hand-over."""
    keys = page.keyboard
    keys.press("KeyJ")
    _goes(page, "Enter")
    _goes(page, "KeyZ")
    expect(page.locator("[data-asleep]")).to_be_visible()
    _goes(page, "KeyF")
    keys.type("перебросят")
    _goes(page, "Enter")
    keys.press("KeyJ")
    _goes(page, "Enter")
    expect(page.locator(".conversation")).to_be_visible()
    _goes(page, "KeyS")
    keys.press("KeyT")
    _goes(page, "Control+Enter")
    expect(page.locator("form[data-challenge] button[data-key=y]")).to_be_visible()


def _ready(page: Page) -> str:
    told = page.locator("[data-canned]").nth(3).text_content()
    assert told
    return told.strip()


def test_a_night_is_worked_by_keys_alone(
    writes: Callable[..., object],
    takes: Callable[..., object],
    officer: Callable[..., object],
) -> None:
    now = clock.now()
    long_ago = now - timedelta(hours=30)
    operator, _other = officer(Duty.OP), officer(Duty.OP)
    silent = writes("Завтра нас перебросят", sender="+380501110001", now=long_ago)
    takes(operator, now=now)
    begins, ends = (
        (now + timedelta(hours=hours)).time().replace(microsecond=0) for hours in (2, 3)
    )
    actions.set_window(operator, ref=silent.ref, begins=begins, ends=ends, zone="UTC", now=now)
    first = writes("Здравствуйте, как к вам перейти?", sender="+380501110002", now=now)

    def works(origin: str) -> None:
        with browser() as chrome, tab(chrome, cookies=cookies_of(operator, origin)) as looked:
            looked.page.route("**/live*", lambda route: route.abort())  # it would hold the server
            looked.page.goto(f"{origin}/conversations/")
            _takes_and_answers(looked.page)
            _links_and_gives_back(looked.page)
            _sleeps_searches_and_hands_over(looked.page)
            assert [said for said in looked.faults if "ERR_FAILED" not in said] == []

    with served() as origin, ThreadPoolExecutor(1) as eyes:
        eyes.submit(works, origin).result()
    for row in (silent, first):
        row.refresh_from_db()
    assert (first.holder, silent.holder) == ("", operator.ref)
    assert silent.asleep_until is not None
    assert Message.objects.filter(person_ref=first.person_ref, kind="reply").count() == 1
    assert Link.objects.get().follows in {silent.person_ref, first.person_ref}
    assert not queries.hand_overs_of(operator)
