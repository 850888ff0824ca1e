"""The station's page in a browser: at night and by day, wide and in the hand, by keys alone, locked and open."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from safeconduct.station.console import server
from safeconduct.station.tests.laptop import WORDS, Laptop
from tests.browser.looking import HAND, SCHEMES, WIDE, tab
from tests.ports import free_port


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """Run a station's page with a passage under way of which nothing has been heard for a while."""
    made = Laptop(tmp_path_factory.mktemp("station"), port=free_port)
    made.briefed(
        area_e7=[[503_900_000, 304_900_000], [504_200_000, 304_900_000], [504_200_000, 306_100_000]]
    )
    for step in range(4):
        made.now += timedelta(seconds=1)
        made.tells(made.fix(east_m=9 * step), made.fix("aircraft:1", east_m=9 * step))
    made.waits(40)
    stop: list[Callable[[], object]] = []

    async def served() -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(ended.set))
        async with await server(made.process.console).listen(("127.0.0.1", made.console)):
            await ended.wait()

    thread = threading.Thread(target=asyncio.run, args=(served(),))
    thread.start()
    yield made
    stop[0]()
    thread.join()


def opened(page: Page, laptop: Laptop) -> None:
    """Open a locked page by keys alone."""
    page.goto(f"http://127.0.0.1:{laptop.console}/")
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    page.keyboard.press("Enter")
    expect(page.locator(".alert").first).to_be_visible()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_locked_and_open_it_has_no_fault_and_asks_nobody_else(
    chrome: Browser, laptop: Laptop, scheme: str
) -> None:
    with tab(chrome, scheme=scheme, size=WIDE) as looked:
        looked.page.goto(f"http://127.0.0.1:{laptop.console}/")
        found = [*looked.found_by_axe(), *looked.lost_to_keys()]
        opened(looked.page, laptop)
        found += [*looked.found_by_axe(), *looked.small_text(), *looked.lost_to_keys()]
        for size in (WIDE, HAND):
            looked.page.set_viewport_size(size)  # type: ignore[arg-type]  # a dict of two numbers
            found += looked.cut_off()
        assert looked.faults + found == []
        assert looked.asked == {f"127.0.0.1:{laptop.console}"}


def test_one_key_locks_it_and_two_stop_everything_behind_the_lock_on_any_keyboard(
    chrome: Browser, laptop: Laptop
) -> None:
    with tab(chrome, scheme="dark", size=HAND) as looked:
        opened(looked.page, laptop)
        first = looked.page.locator(".alert").first
        looked.page.keyboard.press("t")
        expect(first).to_contain_text("Somebody here has it")
        expect(looked.page.locator('[data-key="t"]')).to_have_count(1)  # the next one's
        looked.page.keyboard.press("s")  # the mutual sign needs a number first
        expect(looked.page.locator("input[name=heads]").first).to_be_focused()
        looked.page.keyboard.press("Tab")
        looked.page.keyboard.press("l")
        expect(looked.page.locator("#words")).to_be_visible()
        assert "50.4000" not in looked.page.content()
        looked.page.keyboard.press("KeyA")
        expect(looked.page.locator("button.abort.once")).to_be_visible()
        assert laptop.station.under.aborted_at is None
        looked.page.keyboard.press("KeyA")
        expect(looked.page.locator(".aborted")).to_contain_text("NOT reached yet")
        assert laptop.station.under.aborted_at is not None
        assert looked.faults == []
