"""How soon a country's map can be used, beside MapLibre alone in the same run. Run by `just test-wheel`; prints, never judges.

Usable is the map when its view is set, so that keys and the mouse are answered, and the roads and names of
the view are drawn: MapLibre's `idle`. Then a key is pressed and a danger drawn, to see that it is true.
Each figure is of a browser that was just started: with nothing kept, and no graphics awake.
"""

import json
import os
import statistics
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from safeconduct.access.rules import Duty
from safeconduct.passage import roads
from tests.browser.house import browser
from tests.browser.looking import tab
from tests.browser.serving import cookies_of, served
from tests.browser.test_map import PATIENCE_MS, country, db, house, journey, ready
from tests.browser.test_tiles import WEBGL, stands_on_tiles

__all__ = ["country", "db", "house", "journey", "ready"]  # fixtures
pytestmark = [pytest.mark.wheel, pytest.mark.usefixtures("time_stands")]
OPENINGS = 3
MARKS = """() => Object.fromEntries([
    ...performance.getEntriesByType("mark").map((each) => [each.name, each.startTime]),
    ["page", performance.getEntriesByType("navigation")[0].responseStart]])"""
DRAWN = "() => performance.getEntriesByName('ground').length"
# What the map showed: the peers draw the same, at the same size.
SHOWN = """(panel) => ({ width: panel.clientWidth, height: panel.clientHeight, style: panel.ground.getStyle(),
    center: panel.ground.getCenter().toArray(), zoom: panel.ground.getZoom() })"""
EMPTY = {"version": 8, "sources": {}, "layers": []}
# As MapLibre's own pages begin: no console, no Leaflet, no layer above.
ALONE = """<!doctype html><link rel="stylesheet" href="/static/maplibre/maplibre-gl.css">
<div id="map"></div><script src="/static/maplibre/pmtiles.js"></script><script type="module">
  import { Map, addProtocol } from "/static/maplibre/maplibre-gl.mjs";
  const shown = SHOWN;
  Object.assign(document.getElementById("map").style, { width: `${shown.width}px`, height: `${shown.height}px` });
  addProtocol("pmtiles", new pmtiles.Protocol().tile);
  const map = new Map({ container: "map", attributionControl: false, fadeDuration: 0, ...shown });
  map.once("idle", () => performance.mark("ground"));
</script>"""


@pytest.fixture
def liechtenstein(country, data_folder):
    """The real extract as the map in use, with its tiles; afterwards the district is that again."""
    path = Path(os.environ.get("SAFECONDUCT_SHARED", "")) / "osm/liechtenstein-2022.osm.pbf"
    if not path.is_file():
        pytest.skip("needs the real extracts: set SAFECONDUCT_SHARED")
    kept = {"folder": data_folder / "roads", "name": "liechtenstein"}
    roads.import_roads(path, **kept)
    assert "MB" in roads.import_tiles(path, **kept)
    yield
    for file in (data_folder / "roads").glob("liechtenstein*"):
        file.unlink()


class Opened:
    """Opens pages in fresh browsers, and keeps when what happened, in ms from the opening."""

    def __init__(self, origin, cookies):
        self.origin, self.cookies, self.told = origin, cookies, defaultdict(list)

    def opens(self, name, path, *, html="", see=lambda _page: None):
        with browser(*WEBGL) as chrome, tab(chrome, cookies=self.cookies) as looked:
            page = looked.page
            page.set_default_timeout(PATIENCE_MS / 5)
            page.route("**/live*", lambda route: route.abort())
            if html:
                page.route(
                    f"**{path}", lambda route: route.fulfill(body=html, content_type="text/html")
                )
            page.goto(f"{self.origin}{path}")
            page.wait_for_function(DRAWN)
            self.told[name].append(page.evaluate(MARKS))
            see(page)

    def median_ms(self, name, mark="ground"):
        return statistics.median(told[mark] for told in self.told[name])


def keys_move(page: Page) -> None:
    """Press a key in the map, and see the ground go with it."""
    panel = page.locator("[data-map]")
    west = panel.evaluate("(panel) => panel.ground.getCenter().lng")
    panel.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "west => document.querySelector('[data-map]').ground.getCenter().lng > west", arg=west
    )


def a_danger_is_drawn(page: Page) -> None:
    page.fill("#place", "47.15, 9.53")
    page.keyboard.press("Tab")
    expect(page.locator(".map-middle")).to_be_visible()


def told(opened: Opened) -> str:
    """Return the figures in two lines: ours, and what of them is anybody's who draws with MapLibre."""
    page, view = (opened.median_ms("ours", mark) for mark in ("page", "view"))
    ours, alone, empty = (opened.median_ms(name) for name in ("ours", "alone", "empty"))
    return (
        f"the page comes after {page:.0f} ms, the view answers after {view:.0f}, all is drawn after {ours:.0f} (2000 are wanted).\n"
        f"  MapLibre alone with the same tiles {alone:.0f} ms (ours {ours / alone:.2f} of it),"
        f" with an empty style {empty:.0f} ms ({ours / empty:.2f});"
        f" medians of {OPENINGS}, {os.getloadavg()[0]:.0f} processes at work on {os.cpu_count()} cores\n"
    )


@pytest.mark.parametrize("begun", [False, True], ids=["a passage to begin", "a passage begun"])
def test_a_countrys_map_is_opened_and_the_figures_are_printed(
    journey, liechtenstein, capsys, begun
):
    if begun:
        journey.drafts(
            his_lat_e7=471400000, his_lon_e7=95200000, team_lat_e7=471950000, team_lon_e7=95050000
        )
    path = f"/passage/{journey.passage.ref}/" if begun else f"/passage/?case={journey.ref}"

    def works(origin: str) -> Opened:
        opened, shown = Opened(origin, cookies_of(journey[Duty.PLN], origin)), {}

        def is_used(page: Page) -> None:
            assert len(stands_on_tiles(page)) > 5
            shown.update(page.locator("[data-map]").evaluate(SHOWN))
            keys_move(page)
            if begun:
                a_danger_is_drawn(page)

        opened.opens("used", path, see=is_used)
        for _opening in range(OPENINGS):
            opened.opens("ours", path)
            for name, style in (("alone", shown["style"]), ("empty", EMPTY)):
                html = ALONE.replace("SHOWN", json.dumps({**shown, "style": style}))
                opened.opens(name, "/passage/alone/", html=html)
        return opened

    with served() as origin, ThreadPoolExecutor(1) as eyes:
        opened = eyes.submit(works, origin).result()
    with capsys.disabled():
        sys.stdout.write(
            f"\nLiechtenstein, {'a passage' if begun else 'where one is begun'}: {told(opened)}"
        )
