"""Two presses of one key stop a passage that is under way, on the page of each who may stop it."""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, Request, expect

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.escort.rules import STOPPERS
from safeconduct.escort.tests.conftest import (  # noqa: F401  pytest finds fixtures by name
    Overwatch,
    country,
    db,
    house,
    under_way,
    world,
)
from tests.browser.house import browser
from tests.browser.looking import HAND, NARROW, WIDE, tab
from tests.browser.serving import cookies_of, served


@pytest.fixture
def origin(under_way, monkeypatch) -> Iterator[str]:
    """Serve the console over this test's own connection, at the passage's time; return where."""
    monkeypatch.setattr(clock, "now", lambda: under_way.now)
    with served() as where:
        yield where


@pytest.fixture(scope="module")
def eyes() -> Iterator[tuple[ThreadPoolExecutor, Browser]]:
    """Run Chromium in a thread of its own: its event loop must not stay around our database."""
    with ThreadPoolExecutor(1) as thread, ExitStack() as open_now:
        chrome = thread.submit(open_now.enter_context, browser()).result()
        yield thread, chrome
        thread.submit(open_now.close).result()


@dataclass
class Escort:
    """The page of one escort, and the forms it has sent."""

    page: Page
    sent: list[str]

    @property
    def state(self) -> Locator:
        return self.page.locator("[data-kind='escort.state']")

    def is_filled(self) -> None:
        """See that the button tells what one more press does."""
        expect(self.page.locator("button.abort")).to_have_class("abort once")
        expect(self.page.locator("button.abort")).to_contain_text("A again stops everything")

    def is_let_go(self) -> None:
        """See that the button is as it was, and nothing has been sent."""
        expect(self.page.locator("button.abort")).to_have_class("abort")
        expect(self.page.locator("button.abort")).to_contain_text("ABORT, stop everything")
        assert self.sent == []


@contextmanager
def escort_page(chrome: Browser, url: str, cookies: list[dict[str, str]]) -> Iterator[Escort]:
    """Open an escort under way, its clock in our hands, and count the forms that it sends."""
    with tab(chrome, cookies=cookies) as looked:
        page, sent = looked.page, []
        page.on("request", lambda asked: sent.append(asked.url) if is_a_form(asked) else None)
        page.route(re.compile("/live"), lambda route: route.abort())  # it would hold the server
        page.clock.install()
        page.goto(url)
        opened = Escort(page, sent)
        expect(opened.state).to_have_attribute("data-state", "MOVING")
        yield opened


def is_a_form(asked: Request) -> bool:
    """Return whether it is no GET, nor the map's own question, which names its square in no address."""
    return asked.method == "POST" and not asked.url.endswith("/roads.json")


def presses_a_twice(chrome: Browser, url: str, cookies: list[dict[str, str]]) -> list[int]:
    """Press A and A until the page shows what stopped; return the forms sent after each."""
    with escort_page(chrome, url, cookies) as escort:
        escort.page.keyboard.press("KeyA")
        escort.is_filled()
        after = [len(escort.sent)]
        escort.page.keyboard.press("KeyA")
        expect(escort.state).to_have_attribute("data-state", "ABORTED")
        expect(escort.page.locator("[data-kind='escort.instruction']")).to_contain_text(
            "is stopped"
        )
        return [*after, len(escort.sent)]


def presses_a_once_and_again(chrome: Browser, url: str, cookies: list[dict[str, str]]) -> None:
    """Press A once in each way that must not stop: let go, too late, held down, typed as a letter."""
    with escort_page(chrome, url, cookies) as escort:
        keys = escort.page.keyboard
        keys.press("KeyA")
        escort.is_filled()
        keys.press("Escape")
        escort.is_let_go()
        keys.press("KeyA")  # what was let go counts no more: this is a first press
        escort.is_filled()
        escort.page.clock.run_for(5_001)
        escort.is_let_go()
        keys.down("KeyA")
        keys.down("KeyA")  # held down: the keyboard repeats it
        keys.down("KeyA")
        keys.up("KeyA")
        escort.is_filled()
        keys.press("Escape")
        escort.page.locator("details:has(#direction) > summary").click()
        escort.page.locator("#direction").focus()
        keys.press("KeyA")
        keys.press("KeyA")
        expect(escort.page.locator("#direction")).to_have_value("aa")
        escort.is_let_go()


def presses_a_as_it_lies_on_a_cyrillic_keyboard(
    chrome: Browser, url: str, cookies: list[dict[str, str]]
) -> None:
    """Press the key where A is, twice, while it writes ф; then wait for what stopped."""
    with escort_page(chrome, url, cookies) as escort:
        devices = escort.page.context.new_cdp_session(escort.page)
        for _press in range(2):
            for kind in ("keyDown", "keyUp"):
                devices.send("Input.dispatchKeyEvent", {"type": kind, "key": "ф", "code": "KeyA"})
        expect(escort.state).to_have_attribute("data-state", "ABORTED")


@pytest.fixture
def seen_by(
    under_way: Overwatch,
    origin: str,
    eyes: tuple[ThreadPoolExecutor, Browser],
) -> Callable[..., object]:
    """Return what lets one who is on duty do something on the page of the escort."""

    def at_the_page(duty: Duty, does: Callable[..., object]) -> object:
        thread, chrome = eyes
        cookies = cookies_of(under_way[duty], origin)
        return thread.submit(does, chrome, f"{origin}/escort/{under_way.ref}/", cookies).result()

    return at_the_page


@pytest.mark.parametrize("duty", sorted(STOPPERS))
def test_a_and_a_stop_a_passage_under_way_for_each_who_may_stop_it(
    under_way: Overwatch,
    seen_by: Callable[..., object],
    duty: Duty,
) -> None:
    assert seen_by(duty, presses_a_twice) == [0, 1]
    case = under_way.journey.case()
    assert case.state == "ABORTED"
    assert case.steps.latest("seq").by == under_way[duty].ref


def test_one_press_stops_nothing_nor_does_a_key_held_down_or_typed_into_a_field(
    under_way: Overwatch,
    seen_by: Callable[..., object],
) -> None:
    seen_by(Duty.PIL, presses_a_once_and_again)
    assert under_way.journey.case().state == "MOVING"


def test_the_key_stops_by_where_it_lies_whatever_letter_it_writes(
    under_way: Overwatch,
    seen_by: Callable[..., object],
) -> None:
    seen_by(Duty.FCO, presses_a_as_it_lies_on_a_cyrillic_keyboard)
    assert under_way.journey.case().state == "ABORTED"


APART = """() => { const box = (name) => document.querySelector(name).getBoundingClientRect();
  const [lead, gauges] = [box(".page-head > .grow"), box("#gauges")];
  return lead.width > 200 && (lead.right <= gauges.left || lead.bottom <= gauges.top); }"""


def sees_the_head_whole(chrome: Browser, url: str, cookies: list[dict[str, str]]) -> list[str]:
    """Look at the head of the page in each width; return what is cut off, or lies on something else."""
    wrong = []
    with tab(chrome, cookies=cookies) as looked:
        looked.page.route(re.compile("/live"), lambda route: route.abort())
        looked.page.goto(url)
        for size in (WIDE, NARROW, HAND):
            looked.page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
            wrong += looked.cut_off()
            if not looked.page.evaluate(APART):
                wrong.append(f"the gauges lie on the lead at {size['width']} px")
    return wrong


def test_every_gauge_of_a_passage_under_way_has_room_in_every_width(
    under_way: Overwatch,
    seen_by: Callable[..., object],
) -> None:
    row = under_way.row()
    row.leaves_at, row.relief_at = (under_way.now + timedelta(minutes=m) for m in (86, 61))
    row.save()
    assert seen_by(Duty.PIL, sees_the_head_whole) == []
