"""The map of a release: MapLibre draws the ground from tiles. Run by `just test-wheel`, in the wheel's own environment."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from PIL import Image, ImageColor
from playwright.sync_api import Page, expect

from safeconduct.exercise import district
from safeconduct.passage import roads
from tests.browser.looking import HAND, WIDE
from tests.browser.test_map import (
    PATIENCE_MS,
    country,
    db,
    draws_by_keys,
    draws_by_mouse,
    house,
    journey,
    ready,
    seen_by,
)

__all__ = ["country", "db", "house", "journey", "ready"]  # fixtures
pytestmark = [pytest.mark.wheel, pytest.mark.usefixtures("time_stands")]
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
INK = """(map, name) => {
    map.style.color = `var(${name})`;
    const told = getComputedStyle(map).color;
    map.style.color = "";
    return told;
}"""
LABELS = """(map) => map.ground.queryRenderedFeatures({ layers: ["road-symbol", "place-symbol"] })
    .map((each) => each.properties.name || "")"""


@pytest.fixture(scope="session")
def tiled(country, data_folder, tmp_path_factory):
    """The fictional district's tiles, beside its graph."""
    path = tmp_path_factory.mktemp("tiles") / "district.osm.pbf"
    district.write(country, path)
    assert "MB" in roads.import_tiles(path, folder=data_folder / "roads")
    return country


def picture(page: Page, name: str) -> None:
    if "TOUR_PICTURES" in os.environ:
        page.screenshot(path=Path(os.environ["TOUR_PICTURES"]) / f"map-{name}.png")


def stands_on_tiles(page: Page) -> list[str]:
    """Wait until the ground is drawn, see its colours beneath the layer, and return its labels."""
    panel = page.locator("[data-ground=tiles]")
    expect(panel).to_be_visible(timeout=PATIENCE_MS)
    page.wait_for_function("() => document.querySelector('[data-ground]').ground.loaded()")
    drawn = Image.open(BytesIO(panel.screenshot())).convert("RGB")
    colours = {colour for _count, colour in drawn.getcolors(2**24)}
    assert {
        ImageColor.getrgb(panel.evaluate(INK, name)) for name in ("--road", "--water")
    } <= colours
    return panel.evaluate(LABELS)


def test_the_wheel_brought_maplibre_and_a_browser_draws_cyrillic_names_with_it(journey, tiled):
    assert finders.find("maplibre/maplibre-gl-worker.mjs")
    journey.drafts()
    seen = []

    def see(page: Page) -> None:
        seen.extend(stands_on_tiles(page))
        picture(page, "day")
        page.emulate_media(color_scheme="dark")
        page.wait_for_function("() => !document.querySelector('[data-ground]').ground.loaded()")
        stands_on_tiles(page)
        picture(page, "night")

    assert seen_by(journey, see, *WEBGL, size=WIDE) == []
    assert any("а" <= letter <= "я" for name in seen for letter in name.lower())


def test_dangers_are_drawn_on_tiles_as_on_roads_alone(journey, tiled):
    journey.drafts()

    def by_keys(page: Page) -> None:
        stands_on_tiles(page)
        draws_by_keys(page)
        picture(page, "drawn")

    def by_mouse(page: Page) -> None:
        stands_on_tiles(page)
        picture(page, "hand")
        draws_by_mouse(page)

    assert seen_by(journey, by_keys, *WEBGL) == []
    assert seen_by(journey, by_mouse, *WEBGL, scheme="dark", size=HAND) == []


def test_a_browser_without_webgl_gets_the_roads_alone(journey, tiled):
    journey.drafts()

    def see(page: Page) -> None:
        expect(page.locator("[data-ground=roads]")).to_be_visible(timeout=PATIENCE_MS)
        expect(page.locator(".map-ground")).to_have_count(0)
        picture(page, "roads")

    assert seen_by(journey, see, "--disable-gpu", "--disable-3d-apis") == []
