"""Plays the story as `safeconduct demo` does, and looks at the pages of the moments on the way.

It is started in the place of the ordinary player. What it finds goes into the world's folder as
`looked.json`, pictures to where TOUR_PICTURES names a folder. With TOUR_BRIEF it looks at the main
pages alone, wide, and asks axe in the light, axe's contrast in the dark, and nothing else. One page that fails is written down,
and the story goes on; the world stands still while we look.
"""

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as BrowserError

from safeconduct import clock
from safeconduct.exercise import staging
from safeconduct.exercise.console import Browser as Staff
from safeconduct.exercise.console import Stuck
from safeconduct.exercise.kills import Kills
from safeconduct.exercise.play import Play
from safeconduct.exercise.report import Report
from safeconduct.exercise.staging import Stage
from safeconduct.exercise.story import Act, Story, read
from tests.browser import house
from tests.browser.looking import HAND, PAPER, SCHEMES, WIDE, Looked, watched
from tests.browser.moments import MAIN, MOMENTS, Moment, after

PATIENCE = 6.0  # times what the story allows: a loaded machine is no fault of a page
STILL = 0.001  # how fast the world runs while we look: a watch of minutes takes no second of it
SLOW_MS = 60_000
DRAWN = ".map path.m-road"  # what a map shows last


class Tour(Play):
    """One exercise, seen."""

    def __init__(
        self, story: Story, stage: Stage, report: Report, kills: Kills, eyes: ThreadPoolExecutor
    ) -> None:
        super().__init__(story, stage, report, kills)
        self._eyes = eyes
        self._held_open = ExitStack()
        self._chrome: Browser = eyes.submit(self._held_open.enter_context, house.browser()).result()
        self._tabs: dict[str, Looked] = {}
        self._pictures = os.environ.get("TOUR_PICTURES", "")
        self._brief = bool(os.environ.get("TOUR_BRIEF"))
        self.wanted = MAIN if self._brief else tuple(moment.name for moment in MOMENTS)
        self.faults: dict[str, list[str]] = {}
        self.seen: set[str] = set()

    def perform(self, act: Act) -> None:
        """Play one act; then look at the pages whose moment it is."""
        super().perform(replace(act, patience_s=act.patience_s * PATIENCE))
        now = [moment for moment in after(act, self.seen) if moment.name in self.wanted]
        if now:
            clock.move(self.stage.folder, speed=STILL)
            for moment in now:
                self.seen.add(moment.name)
                self._eyes.submit(self._look, moment).result()
            clock.move(self.stage.folder, speed=self.stage.pace)

    def close(self) -> None:
        """Close the browser."""
        self._eyes.submit(self._held_open.close).result()

    def _look(self, moment: Moment) -> None:
        try:
            self._look_in_every_dress(moment)
        except (Stuck, OSError) as stuck:
            self.faults[moment.name] = [str(stuck)[:300]]

    def _look_in_every_dress(self, moment: Moment) -> None:
        url = urljoin(self.stage.base, self.fill(moment.at))
        person = self.stage.staff.get(moment.who)
        if person is not None:
            person.open("/")  # signs in again where ten idle minutes have let him out
        dresses = [(scheme, WIDE) for scheme in SCHEMES[: 1 if self._brief else None]]
        if moment.hand and not self._brief:
            dresses += [(f"hand-{scheme}", HAND) for scheme in SCHEMES]
        if moment.paper and not self._brief:
            dresses += [("paper", PAPER)]
        for dress, size in dresses:
            looked = self._tab(dress, size)
            self._dressed_as(looked.page.context, person)
            try:
                found = self._see_page(looked, url, dress, moment.name)
            except BrowserError as broken:
                found = [str(broken)[:300]]
            looked.page.goto("about:blank")  # whoever comes next is somebody else
            looked.faults.clear()
            if found:
                self.faults[f"{moment.name} {dress}"] = found

    def _tab(self, dress: str, size: dict[str, int]) -> Looked:
        if dress not in self._tabs:
            scheme = "dark" if "dark" in dress else "light"
            context = self._chrome.new_context(
                viewport=size,
                color_scheme=scheme,  # type: ignore[arg-type]
                reduced_motion="reduce",  # a button that fades is measured half way, on a busy machine
            )
            context.set_default_timeout(SLOW_MS)
            self._tabs[dress] = watched(context)
            if dress == "paper":
                self._tabs[dress].page.emulate_media(media="print")
        return self._tabs[dress]

    def _dressed_as(self, context: BrowserContext, person: Staff | None) -> None:
        context.clear_cookies()
        if person is None:
            return
        held = {c.name: c.value or "" for c in person._http.cookies.jar}
        held["django_language"] = person.language
        context.add_cookies(
            [{"name": n, "value": v, "url": self.stage.base} for n, v in held.items()]
        )

    def _see_page(self, looked: Looked, url: str, dress: str, name: str) -> list[str]:
        page = looked.page
        page.goto(url)
        if page.locator("[data-map]").count():
            page.wait_for_selector(DRAWN, state="attached")
        if self._pictures:
            self._photograph(page, f"{name}-{dress}")
        foreign = {host for host in looked.asked if host not in url}
        missing = " 404 " if name == "not-found" else "-"  # a page that is not there says so
        seen = [
            *(said for said in looked.faults if missing not in said),
            *(f"asks {host}" for host in foreign),
            *(looked.found_by_axe() if dress in SCHEMES else []),
        ]
        if self._brief:
            return seen + self._contrast_in_the_dark(page, looked)
        return [
            *seen,
            *(looked.lost_to_keys() if dress == SCHEMES[0] else []),
            *(f"under 13 px: {text}" for text in looked.small_text() if dress != "paper"),
            *(f"stands out of its sheet: {text}" for text in looked.cut_off()),
        ]

    def _contrast_in_the_dark(self, page: Page, looked: Looked) -> list[str]:
        """Return what cannot be read in the other scheme: it alone hangs on the scheme."""
        page.emulate_media(color_scheme="dark")
        found = [f"dark: {each}" for each in looked.found_by_axe("color-contrast")]
        page.emulate_media(color_scheme="light")
        return found

    def _photograph(self, page: Page, name: str) -> None:
        """Take the page as it opens, and, where more of it lies below, as a whole."""
        folder = Path(self._pictures)
        size = page.viewport_size or WIDE
        page.screenshot(path=folder / f"{name}.png")
        below: int = page.evaluate(
            """() => Math.max(0, ...[document.documentElement, ...document.querySelectorAll(
               ".page-body, .columns.flush > *, .messages")].map((e) => e.scrollHeight - e.clientHeight))"""
        )
        if below:
            page.set_viewport_size({"width": size["width"], "height": size["height"] + below})
            page.screenshot(path=folder / f"{name}-whole.png")
            page.set_viewport_size(size)


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
        # a thread of its own: the browser's event loop must not stay around the judge's
        with ThreadPoolExecutor(1) as eyes:
            tour = Tour(story, stage, report, kills, eyes)
            try:
                held = tour.go()
            finally:
                tour.close()
    finally:
        stage.take_down()
    told = {
        "held": held,
        "trouble": report.trouble,
        "unseen": [name for name in tour.wanted if name not in tour.seen],
        "faults": tour.faults,
    }
    Path(world["world"], "looked.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main())
