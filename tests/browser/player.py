"""Plays an exercise as `safeconduct demo` does, and looks at every page that somebody presses on.

It is started in the place of the ordinary player. What it finds goes into the world's folder:
`looked.json`, and a picture of every kind of page, light and dark, where TOUR_PICTURES names one.
"""

import argparse
import json
import os
from collections import Counter
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as BrowserError

from safeconduct.exercise import staging
from safeconduct.exercise.console import Browser as Staff
from safeconduct.exercise.kills import Kills
from safeconduct.exercise.play import Play
from safeconduct.exercise.report import Report
from safeconduct.exercise.staging import Stage
from safeconduct.exercise.story import Act, Story, read
from tests.browser import house
from tests.browser.looking import SCHEMES, WIDE, Looked, watched
from tests.browser.staff import shape_of

LOOKS = {1, 3, 9}  # the visits of a page on which it is looked at: it fills as time goes on


class Tour(Play):
    """One exercise, seen."""

    def __init__(
        self, story: Story, stage: Stage, report: Report, kills: Kills, chrome: Browser
    ) -> None:
        super().__init__(story, stage, report, kills)
        self._tabs = {
            scheme: watched(chrome.new_context(viewport=WIDE, color_scheme=scheme))  # type: ignore[arg-type]
            for scheme in SCHEMES
        }
        self._visits: Counter[str] = Counter()
        self._pictures = os.environ.get("TOUR_PICTURES", "")
        self.faults: dict[str, list[str]] = {}
        self.shapes: set[str] = set()

    def perform(self, act: Act) -> None:
        """Play one act; then look at the page it was done on."""
        super().perform(act)
        if act.at and act.who:
            path = self.fill(act.at)
            self._visits[shape_of(path)] += 1
            if self._visits[shape_of(path)] in LOOKS:
                self._look(self.stage.staff[act.who[-1]], path)

    def _look(self, person: Staff, path: str) -> None:
        shape = shape_of(path)
        self.shapes.add(shape)
        for scheme, looked in self._tabs.items():
            context = looked.page.context
            context.clear_cookies()
            context.add_cookies(
                [
                    {"name": cookie.name, "value": cookie.value or "", "url": self.stage.base}
                    for cookie in person._http.cookies.jar
                ]
            )
            try:
                self._see_page(looked, urljoin(self.stage.base, path), shape, scheme)
            except BrowserError as broken:
                self.faults.setdefault(f"{shape} {scheme}", []).append(str(broken)[:300])
            looked.faults.clear()

    def _see_page(self, looked: Looked, url: str, shape: str, scheme: str) -> None:
        page: Page = looked.page
        page.goto(url)
        page.wait_for_timeout(150)
        foreign = {host for host in looked.asked if host not in url}
        found = [
            *looked.faults,
            *looked.found_by_axe(),
            *(f"under 13 px: {text}" for text in looked.small_text()),
            *(["stands out of its sheet"] if looked.cut_off() else []),
            *(f"asks {host}" for host in foreign),
        ]
        if found:
            self.faults.setdefault(f"{shape} {scheme}", []).extend(found)
        if self._pictures:
            name = shape.strip("/").replace("/", "-").replace("*", "one") or "for-you"
            page.screenshot(path=Path(self._pictures) / f"{name}-{scheme}.png")


def main() -> int:
    """Play, look, and write down what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--story", type=Path, required=True)
    args = parser.parse_args()
    world = json.loads(args.world.read_text())
    story = read(args.story)
    report = Report(story, world)
    stage = staging.set_up(story, world, report.says)
    kills = Kills(Path(world["data"]), count=0, seed=world["seed"], acts=len(story.acts))
    try:
        with house.browser() as chrome:
            tour = Tour(story, stage, report, kills, chrome)
            held = tour.go()
    finally:
        stage.take_down()
    told = {
        "held": held,
        "trouble": report.trouble,
        "shapes": sorted(tour.shapes),
        "faults": tour.faults,
    }
    Path(world["world"], "looked.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
