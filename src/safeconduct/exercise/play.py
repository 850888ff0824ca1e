"""Plays one exercise from outside: `python -m safeconduct.exercise.play --world FILE --story FILE`.

Every act goes through a door the world has: a telephone's text over SMPP, a member of staff's
browser over HTTP, an aircraft's telemetry over UDP. Nothing here can reach the product's rooms.
"""

import argparse
import json
import re
import signal
import sys
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from safeconduct import clock
from safeconduct.exercise import costs, ground, judge, sightings, staffing, staging, watching
from safeconduct.exercise.console import Shown, Stuck
from safeconduct.exercise.kills import Kills
from safeconduct.exercise.report import Report
from safeconduct.exercise.staging import Stage
from safeconduct.exercise.story import Act, Story, read, span

_WRITERS = (
    ".writers"  # how many of a crowd wrote to us: whom a kill left without our text could not
)
_NAME = re.compile(r"\{([^{}]+)\}")
HEADINGS = {"his_heading_deg": 0, "his_rear_deg": 180}  # as a pilot who sees him reads them
HIS_PLACE = "his_place_now"  # where he truly is, for a pilot who sees him
SCREEN = "screen"  # in place of an order: the pilot leaves it open
WORDS_OF_SEE = {"kind", "state", "says", "count", "text", "gone", "form"}  # others are data-…
KILLED = "as many were killed as was asked for, and the gateway in each gap besides"
NEWER = "conversation.newer"  # something came while he wrote: he reads it, and sends what he wrote
LOOKS = 3
LOOKS_EACH_S = 0.5
FAILED = 400  # HTTP statuses from here on are refusals or faults
MAX_PACE = (
    5.0  # faster, five seconds of the world without a fix are over before a busy machine sends one
)


class Play:
    """One exercise being played; `go` returns when it is over."""

    def __init__(self, story: Story, stage: Stage, report: Report, kills: Kills) -> None:
        self.story = story
        self.stage = stage
        self.report = report
        self.kills = kills
        self.kept: dict[str, str] = story.given | {p.key: p.number for p in story.phones}
        self.kept |= {f"{one.key}.name": one.name for one in story.staff}
        self.kept |= ground.places(Path(stage.extract), language=story.his_language)
        self.kept |= staffing.refs_of(stage.staff["admin"], story.staff)
        self.marked: dict[str, datetime] = {}
        self._pages: dict[str, Shown] = {}

    # ---- names in the file -------------------------------------------------------------

    def fill(self, text: str) -> str:
        """Return `text` with {names} kept before, and {+40m} as the world's time from now."""

        def one(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("+"):
                return (clock.now() + span(name[1:])).strftime("%Y-%m-%dT%H:%M")
            if name.endswith(_WRITERS):
                crowd = self.stage.crowd(name.removesuffix(_WRITERS))
                return str(sum(bool(phone.said()) for phone in crowd))
            if name in HEADINGS:
                return str(
                    round(self.stage.fleet.vehicles["his"].heading_deg + HEADINGS[name]) % 360
                )
            if name == HIS_PLACE:
                here = self.stage.fleet.whereabouts(clock.now())["his"]
                return f"{here.lat_deg:.5f},{here.lon_deg:.5f}"
            if name not in self.kept:
                raise Stuck(f"the exercise uses {{{name}}}, which nothing has kept yet")
            return self.kept[name]

        while (filled := _NAME.sub(one, text)) != text:
            text = filled  # {{each}.ref} is filled from the inside out
        return text

    def _filled(self, given: dict[str, Any]) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for key, value in self._in_each_language(given):
            if isinstance(value, str) and value.startswith("file:"):
                filled[key] = self.stage.material(value.removeprefix("file:"))
            else:
                filled[key] = self.fill(value) if isinstance(value, str) else value
        return filled

    def _in_each_language(self, given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Yield what is given; with a `*` in its name once for each language of the programme."""
        for key, value in given.items():
            if "*" not in key:
                yield key, value
                continue
            for language in self.stage.languages:
                yield key.replace("*", language), value.replace("*", language)

    # ---- the verbs ---------------------------------------------------------------------

    def _press(self, act: Act) -> None:
        for who in act.who:
            if act.so_long:
                self._press_on(act, who)
                continue
            after = self._pressed(act, who)
            for _ in range(LOOKS):
                if act.refused or after.refusal() != NEWER:
                    break
                after = self._pressed(act, who)
            if act.signs and self._has_form(after, press=act.signs, within=""):
                after = self.stage.staff[who].press(after, act.signs, {})
            self._came_out(act, who, after)
            self._keep(act, after)
            self._shown_to_observer(act, who)

    def _press_on(self, act: Act, who: str) -> None:
        """Press a form again and again, for as long as the page shows what the act says."""
        page = self.stage.staff[who].open(self.fill(act.at))
        while seen(page, self._filled(act.so_long)):
            page = self._pressed(act, who)
            self._came_out(act, who, page)

    def _pressed(self, act: Act, who: str) -> Shown:
        browser, within = self.stage.staff[who], self.fill(act.within)
        ready = partial(self._has_form, press=act.press, within=within)
        if act.tab:
            page = self._pages[act.tab]
        else:
            page = browser.wait(self.fill(act.at), ready, patience_s=act.patience_s)
        words = dict(zip(act.split, self.kept["each"].split(), strict=False))
        given = self._filled(act.fill) | words
        if act.marks:
            self.marked[act.marks] = clock.wall()
        return browser.press(page, act.press, given, within=within)

    def _types(self, act: Act) -> None:
        for who in act.who:
            browser = self.stage.staff[who]
            browser.types(browser.open(self.fill(act.at)), act.types)

    @staticmethod
    def _has_form(page: Shown, *, press: str, within: str) -> bool:
        try:
            page.form(press, within=within)
        except Stuck:
            return False
        return True

    def _came_out(self, act: Act, who: str, after: Shown) -> None:
        said = after.refusal()
        if act.refused:
            if said != act.refused:
                raise Stuck(f"{who} should have been refused with {act.refused!r}, got {said!r}")
            return
        if after.status >= FAILED or said:
            raise Stuck(f"{who}: {act.press} came back {after.status} {said}: {after.why()}")

    def _keep(self, act: Act, page: Shown) -> None:
        for name, told in act.keep.items():
            how, *rest = told.split()
            found = page.said(*rest) if how == "said" else page.refs(told.removeprefix("last "))
            if not found:
                raise Stuck(
                    f"{act.does}: no {told} on the page to keep as {name}: {page.text()[:300]}"
                )
            self.kept[name] = found[-1 if how == "last" else 0]

    def _shown_to_observer(self, act: Act, who: str) -> None:
        for name, told in act.keep.items():
            if self.stage.observer and told == watching.CASE:
                self.stage.observer.let_in(self.stage.staff[who], self.kept[name])

    def _see(self, act: Act) -> None:
        wanted = self._filled(act.see)
        for who in act.who:
            page = self.stage.staff[who].wait(
                self.fill(act.at), lambda p: seen(p, wanted), patience_s=act.patience_s
            )
            self._keep(act, page)
            if act.leaves_open:
                self._pages[act.leaves_open] = page

    def _says(self, act: Act) -> None:
        self.stage.phone(act.phone).say(self.fill(act.says))

    def _hears(self, act: Act) -> None:
        wanted = re.compile(self.fill(act.hears), re.DOTALL)
        heard = self.stage.phone(act.phone).hear(wanted, patience_s=act.patience_s)
        if heard is None:
            had = self.stage.phone(act.phone).texts()
            raise Stuck(f"{act.phone} waited for {act.hears!r} in vain; it has {had[-3:]}")
        self.kept.update({k: v for k, v in heard.groupdict().items() if v})

    def _they_say(self, act: Act) -> None:
        for n, phone in enumerate(self.stage.crowd(act.phone)):
            phone.say(act.they_say[n % len(act.they_say)].replace("#", str(n)))

    def _jump(self, act: Act) -> None:
        clock.move(self.stage.folder, forward=span(act.jump), speed=self.stage.pace)

    def _pace(self, act: Act) -> None:
        self.stage.pace = min(MAX_PACE, max(1.0, act.pace * self.stage.speed))
        clock.move(self.stage.folder, speed=self.stage.pace)

    def _drive(self, act: Act) -> None:
        self.stage.fleet.drive(self._filled(act.drive))

    def _aircraft(self, act: Act) -> None:
        if act.aircraft["does"] in {"spots", "loses"}:
            self._looks(act)
        elif act.aircraft["does"] == "placed":
            self._waits_for_place(act)
        else:
            self.stage.fleet.fly(self._filled(act.aircraft))

    def _looks(self, act: Act) -> None:
        """Wait until a camera in the air can see a vehicle, and keep what its pilot reads off; or until none can."""
        name, until = act.aircraft["vehicle"], time.monotonic() + act.patience_s
        spots = act.aircraft["does"] == "spots"
        while ((found := sightings.seen(self.stage.fleet, name)) is None) == spots:
            if time.monotonic() > until:
                raise Stuck(f"{name!r} was {'never' if spots else 'always'} seen from the air")
            time.sleep(LOOKS_EACH_S)
        if found is not None:
            self.kept |= {f"{name}_{what}": str(value) for what, value in asdict(found).items()}

    def _waits_for_place(self, act: Act) -> None:
        """Wait until an aircraft knows where it is, as its pilot waits beside it: some 40 s after it was switched on."""
        name, until = act.aircraft.get("name", "aircraft"), time.monotonic() + act.patience_s
        while not self.stage.fleet.aircraft(name).copter.placed:
            if time.monotonic() > until:
                raise Stuck(f"the {name} never came to know where it is")
            time.sleep(LOOKS_EACH_S)

    def _pilot(self, act: Act) -> None:
        """Say an order at the pilot's station, again and again until it answers as the act says."""
        if act.pilot == SCREEN:
            self.stage.leave_screen_open()
            return
        wanted = re.compile(act.answers, re.MULTILINE)
        until = time.monotonic() + act.patience_s
        while not wanted.search(answer := self.stage.pilot(self.fill(act.pilot))):
            if time.monotonic() > until:
                raise Stuck(f"the pilot's station answers {answer!r} to {act.pilot!r}")
            time.sleep(LOOKS_EACH_S)

    def _station(self, act: Act) -> None:
        def marks() -> None:
            if act.marks:
                self.marked[act.marks] = clock.wall()

        if self.stage.laptop is None:
            raise Stuck("the escort team of this exercise has no laptop")
        self.stage.laptop.obey(act.station, patience_s=act.patience_s, marks=marks)

    def _telephone(self, act: Act) -> None:
        self.stage.field_phone(act.telephone["who"]).obey(self._filled(act.telephone))

    def _weather(self, act: Act) -> None:
        self.stage.fleet.weather.obey(act.weather)

    def _judge(self, act: Act) -> None:
        given = self._filled(act.judge)
        verdict = judge.check(given.pop("kind"), given, self)
        self.report.judged(act.step, act.does, verdict)
        if not verdict.held:
            raise Stuck(f"{act.does}: {verdict.found}")

    # ---- the play ----------------------------------------------------------------------

    def perform(self, act: Act) -> None:
        """Play one act, as often as it says."""
        verbs: dict[str, Callable[[Act], None]] = {
            "press": self._press,
            "types": self._types,
            "see": self._see,
            "says": self._says,
            "hears": self._hears,
            "they_say": self._they_say,
            "jump": self._jump,
            "pace": self._pace,
            "drive": self._drive,
            "aircraft": self._aircraft,
            "pilot": self._pilot,
            "station": self._station,
            "telephone": self._telephone,
            "weather": self._weather,
            "judge": self._judge,
        }
        for each in act.each or ("",) * act.repeat:
            self.kept["each"] = each
            verbs[act.verb()](act)
        time.sleep(act.pause_s / self.stage.speed)

    def go(self) -> bool:
        """Play everything, judge everything; return whether every expectation held."""
        for act in self.story.acts:
            self.report.begins(act.step, act.does)
            self.kills.perhaps(self.report.acts_done)
            try:
                self.perform(act)
                self.stage.fleet.insist_he_knows()
            except (Stuck, OSError) as stuck:
                self.report.stuck(act.step, act.does, str(stuck))
                break
            judge.take_heads(self.stage.folder, self.stage.records)
        else:
            self._kills_are_done()
            for expectation in self.story.expectations:
                verdict = judge.check(expectation.kind, self._filled(expectation.given), self)
                self.report.judged(expectation.step, expectation.why, verdict)
        return self.report.ends()

    def _kills_are_done(self) -> None:
        """Kill who is still due, and judge whether all that was asked for was done."""
        if self.kills.count:
            self.kills.finish()
            self.report.judged(len(self.story.steps), KILLED, self.kills.verdict())


def seen(page: Shown, wanted: dict[str, Any]) -> bool:
    """Return whether a page shows what an act waits for."""
    if "text" in wanted and wanted["text"] not in page.text():
        return False
    if "gone" in wanted and wanted["gone"] in page.text():
        return False
    if "form" in wanted and not page.tree.xpath("//form[@data-act=$a]", a=wanted["form"]):
        return False
    if "kind" in wanted:
        cards = page.cards(wanted["kind"], state=wanted.get("state", ""))
        marks = {k: str(v) for k, v in wanted.items() if k not in WORDS_OF_SEE}
        cards = [c for c in cards if all(c.get(f"data-{k}") == v for k, v in marks.items())]
        cards = [c for c in cards if wanted.get("says", "") in " ".join(c.text_content().split())]
        return len(cards) >= int(wanted.get("count", 1))
    return True


def main() -> int:
    """Read the world that was set up for us, play, and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, required=True)
    parser.add_argument("--story", type=Path, required=True)
    args = parser.parse_args()
    world = json.loads(args.world.read_text())
    story = read(args.story)
    report = Report(story, world)
    began: datetime = clock.wall()
    watch = costs.Watch(Path(world["data"]))
    watch.start()
    kills = Kills(
        Path(world["data"]), count=world["kills"], seed=world["seed"], acts=len(story.acts)
    )
    stage = staging.set_up(story, world, report.says)
    if stage.observer:
        _open_door(stage.observer, report, opens=not world["headless"])
    try:
        held = Play(story, stage, report, kills).go()
    finally:
        stage.take_down()
        cpu = costs.cpu(stage.folder, not_ours_s=world["drawn_cpu_s"])
        report.costs(watch.stop(), {**cpu, "yardstick_ms": watch.yardstick_ms()})
        report.kills = kills.done
        report.gaps = kills.gaps()
        report.write(began=began)
    if stage.observer:
        _stay(0 if held else 1, report)
    return 0 if held else 1


def _open_door(observer: watching.Observer, report: Report, *, opens: bool) -> None:
    """Print the watcher's link, and have his browser follow it."""
    link = watching.Door(observer, says=report.says).link
    report.says(f"   Watch as Observer, by a link that works once: {link}")
    if opens:  # in a thread: a browser of the terminal does not come back
        threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()


def _stay(code: int, report: Report) -> None:
    """Keep the watcher's door until we are ended; the exit code is the story's."""
    report.says("The console stays open; Ctrl-C ends it.")
    signal.signal(signal.SIGTERM, lambda *_told: sys.exit(code))
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
