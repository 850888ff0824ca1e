"""A danger is drawn on the map by keys, by mouse, and by a place that is typed; the form alone reports it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import mgrs
import pytest
from playwright.sync_api import Locator, Page, expect

from safeconduct.access.rules import Duty, Purpose
from safeconduct.passage import dangers, queries
from safeconduct.passage.tests.conftest import PROFILE, Journey, country, db, house, journey, ready
from safeconduct.passage.tests.test_addresses import tells_a_place
from safeconduct.ways.roads import E7
from tests.browser.house import browser
from tests.browser.looking import HAND, tab
from tests.browser.serving import cookies_of, served

__all__ = ["country", "db", "house", "journey", "ready"]  # fixtures
pytestmark = pytest.mark.usefixtures("time_stands")
PATIENCE_MS = (
    300_000  # a page that plans compiles its search first; a busy machine is no fault of it
)


def seen_by(
    journey: Journey, see: Callable[[Page], None], *flags: str, at: str = "", **dress: object
) -> list[str]:
    """Open the passage's page as its planner, look, and return what was wrong with it."""
    planner = journey[Duty.PLN]
    found: list[str] = []

    def works(origin: str) -> None:
        cookies = cookies_of(planner, origin)
        with browser(*flags) as chrome, tab(chrome, cookies=cookies, **dress) as looked:  # type: ignore[arg-type]
            looked.page.set_default_timeout(PATIENCE_MS)
            looked.page.route("**/live*", lambda route: route.abort())  # it would hold the server
            asked: list[str] = []
            looked.page.on("request", lambda each: asked.append(each.url.removeprefix(origin)))
            looked.page.goto(f"{origin}/passage/{at or journey.passage.ref + '/'}")
            see(looked.page)
            found.extend(said for said in looked.faults if "ERR_FAILED" not in said)
            found.extend(looked.found_by_axe())
            ours = [each for each in asked if each.startswith("/passage/")]
            found.extend(f"tells a place: {each}" for each in ours if tells_a_place(each))
            found.extend(f"asked {host}" for host in looked.asked if f"//{host}" not in origin)

    with served() as origin, ThreadPoolExecutor(1) as eyes:
        eyes.submit(works, origin).result()
    return found


def place_of(page: Page) -> tuple[float, float]:
    lat, lon = page.input_value("#place").split(", ")
    return float(lat), float(lon)


def looks_around_by_keys(page: Page) -> None:
    start, keys = page.locator("path.m-here"), page.keyboard
    (before, _y), _focus = middle_of(start), page.locator("[data-map]").focus()
    keys.press("ArrowRight")
    page.wait_for_function(
        "x => document.querySelector('path.m-here').getBoundingClientRect().right < x - 20",
        arg=before,
    )
    keys.press("ArrowLeft")


def draws_by_keys(page: Page) -> None:
    keys, middle = page.keyboard, page.locator(".map-middle")
    expect(page.locator("[data-ground]")).to_be_visible(timeout=PATIENCE_MS)
    looks_around_by_keys(page)
    page.fill("#place", "43.50000, 33.90000")
    page.get_by_role("button", name="Draw a danger").focus()
    keys.press("Enter")
    expect(middle).to_be_focused()
    keys.press("Escape")
    expect(middle).to_have_count(0)
    expect(page.locator("#place")).to_have_value("43.50000, 33.90000")
    page.get_by_role("button", name="Draw a danger").focus()
    keys.press("Enter")
    expect(middle).to_be_focused()
    keys.press("ArrowUp")
    keys.press("ArrowRight")
    for _grows in range(3):
        keys.press("+")
    keys.press("-")
    said = page.locator(".map-said").text_content()
    keys.press("Enter")
    expect(page.locator("#place")).to_be_focused()
    north, east = place_of(page)
    assert north > 43.5
    assert east > 33.9
    radius = int(page.input_value("#radius"))
    assert 300 < radius < 500
    assert said == f"Danger at {page.input_value('#place')}, radius {radius} m"


def middle_of(handle: Locator) -> tuple[float, float]:
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def draws_by_mouse(page: Page) -> None:
    expect(page.locator("[data-ground]")).to_be_visible(timeout=PATIENCE_MS)
    page.fill("#place", mgrs.MGRS().toMGRS(43.5, 33.9))  # written by another author's library
    page.keyboard.press("Tab")
    middle, rim = page.locator(".map-middle"), page.locator(".map-rim")
    expect(middle).to_be_visible()
    (mx, my), (rx, ry) = middle_of(middle), middle_of(rim)
    assert abs(my - ry) < 2
    assert rx - mx > 15, "one handle hides the other"
    for handle, east, north in ((middle, 60, 40), (rim, 50, 0)):
        x, y = middle_of(handle)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + east, y - north, steps=4)
        page.mouse.up()
    north, east = place_of(page)
    assert north > 43.5
    assert east > 33.9
    assert int(page.input_value("#radius")) > 300
    drawn = page.input_value("#radius")
    with page.expect_navigation():
        page.get_by_role("button", name="Report it").click()
    page.get_by_role("link", name="Change it").click()
    expect(middle).to_be_visible()
    expect(page.locator(".map-said")).to_contain_text(f"radius {drawn} m")


def draws(page: Page) -> None:
    """By keys on a wide screen by day; then by mouse in the hand at night."""
    draws_by_keys(page)
    page.set_viewport_size(HAND)  # type: ignore[arg-type]  # a dict of two numbers
    page.emulate_media(color_scheme="dark")
    page.reload()
    draws_by_mouse(page)


def test_a_danger_is_drawn_by_keys_and_by_mouse_every_step_is_said_and_the_form_reports_it(journey):
    journey.drafts()
    assert seen_by(journey, draws) == []
    keys = queries.keys_of(journey[Duty.PLN], Purpose.READ, journey.passage)
    (danger,) = dangers.near_passage(journey[Duty.PLN], keys, journey.passage, profile=PROFILE)
    assert danger.lat_deg > 43.5
    assert danger.radius_m > 300
    assert round(danger.lon_deg * E7) % 100 == 0  # as it was written, to a metre
