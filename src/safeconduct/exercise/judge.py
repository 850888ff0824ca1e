"""Judges from outside: the carrier's and the map's records, the aircraft's, pages, bytes, the log.

A check is a function of what the file gives and of the play; it answers with a verdict. What it
reads it decodes with other authors' libraries (exercise/wire.py).
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from safeconduct import clock
from safeconduct.exercise import diskgrep, mapped, said, staging, watched, wire
from safeconduct.exercise.console import Stuck
from safeconduct.exercise.report import Verdict
from safeconduct.geo import Point

if TYPE_CHECKING:
    from safeconduct.exercise.play import Play

_TELLING = 15  # letters; a shorter text ("да", "СТОП") may stand in the programme's own templates
MEETING = "meeting:"  # before the names under which meeting places are kept
TAKEN = "heads"  # below the records, where nobody of the product writes
Check = Callable[[dict[str, Any], "Play"], Verdict]


def check(kind: str, given: dict[str, Any], play: "Play") -> Verdict:
    """Run one check by its name; an unreadable record or page is a finding, not a fault."""
    if kind not in CHECKS:
        return Verdict(held=False, found=f"there is no check {kind!r}; known: {', '.join(CHECKS)}")
    try:
        return CHECKS[kind](given, play)
    except (wire.Unreadable, Stuck) as wrong:
        return Verdict(held=False, found=str(wrong))
    except KeyError as lacking:
        return Verdict(held=False, found=f"the check {kind} is not given {lacking}")


def looks_the_same(given: dict[str, Any], play: "Play") -> Verdict:
    """A page's forms, cards, states and marks are those it had when `first` was looked at.

    The first look under a name is kept; the second is held against it. Texts and refs are not
    compared, for those differ from any message to the next.
    """
    page = play.stage.staff[given["who"]].open(given["at"])
    marks = ("class", "data-act", "data-kind", "data-state", "data-refusal", "data-reason")
    look = {
        " ".join([str(each.tag), *(f"{mark}={each.get(mark)}" for mark in marks if each.get(mark))])
        for each in page.tree.iter("*")
    }
    name = f"look:{given['first']}"
    before = set(play.kept.setdefault(name, "\n".join(sorted(look))).split("\n"))
    changed = sorted(before ^ look)
    told = {"marks": len(look), "changed": changed[:10], "status": page.status}
    return Verdict(not changed and page.status < 400, f"changed: {changed[:5]}", told)  # noqa: PLR2004  HTTP


def page_shows(given: dict[str, Any], play: "Play") -> Verdict:
    """A page shows something to somebody (kind, state, says, count), or does not (`not = true`).

    Either way the page itself must be there: a refusal or the door shows nothing of it.
    """
    from safeconduct.exercise.play import seen  # noqa: PLC0415  play knows judge, judge looks once

    at = play.fill(given["at"])
    page = play.stage.staff[given["who"]].open(at)
    if page.status != 200 or urlsplit(page.url).path != urlsplit(at).path:  # noqa: PLR2004  HTTP OK
        return Verdict(held=False, found="the page is not there", evidence={"status": page.status})
    wanted = {k: v for k, v in given.items() if k not in {"who", "at", "not", "cards"}}
    if "cards" in given:
        wanted["kind"] = given["cards"]
    there = seen(page, wanted)
    held = there != bool(given.get("not", False))
    return Verdict(held, "it is there" if there else "it is not there", {"status": page.status})


def same_pdf_twice(given: dict[str, Any], play: "Play") -> Verdict:
    """A document is a PDF, and asking twice gives the same bytes."""
    browser = play.stage.staff[given["who"]]
    first, second = (browser.fetch(given["at"]).content for _ in range(2))
    same = first == second and first.startswith(b"%PDF")
    return Verdict(
        same, f"{len(first)} bytes, the same twice: {first == second}", {"bytes": len(first)}
    )


def exactly_once(given: dict[str, Any], play: "Play") -> Verdict:
    """A page shows exactly `count` cards with these marks: an alert was raised once."""
    page = play.stage.staff[given["who"]].open(given["at"])
    marks = {k: v for k, v in given.items() if k not in {"who", "at", "cards", "count"}}
    cards = page.cards(given["cards"])
    cards = [c for c in cards if all(c.get(f"data-{k}") == v for k, v in marks.items())]
    wanted = int(given.get("count", 1))
    return Verdict(len(cards) == wanted, f"{len(cards)} of them", {"cards": len(cards)})


def absent(given: dict[str, Any], play: "Play") -> Verdict:
    """No page of `at` is there for anybody of `who`, exactly as one that never was: status and words.

    The frame round it is left out: calls and counts in it come and go with the minute.
    """
    there, looked = [], 0
    for who in _many(given["who"]):
        browser = play.stage.staff[who]
        for told in _many(given["at"]):
            path = play.fill(told)
            room, _, rest = path.strip("/").partition("/")
            end = "/".join(["nosuchthing2", *rest.split("/")[1:]])
            never = browser.open(f"/{room}/{end}{'/' * path.endswith('/')}")
            page, looked = browser.open(path), looked + 1
            same = page.status == never.status == 404  # noqa: PLR2004  HTTP not found
            if not same or page.middle() != never.middle():
                there.append(f"{who} {told} {page.status}")
    found = f"{looked} looked for, there: {there}"
    return Verdict(looked > 0 and not there, found, {"looked_for": looked, "there": there})


def seen_within_picks(given: dict[str, Any], play: "Play") -> Verdict:
    """Whoever takes the next conversation, and the next, finds a text within `most` picks."""
    browser, most = play.stage.staff[given["who"]], int(given["most"])
    for pick in range(1, most + 1):
        page = browser.press(browser.open("/conversations/"), "conversations.take", {})
        if given["text"] in page.text():
            return Verdict(True, f"pick {pick} of {most}", {"pick": pick})
    return Verdict(False, f"not among {most} picks", {"pick": 0})


def _many(told: str | list[str]) -> list[str]:
    return [told] if isinstance(told, str) else told


def log_is_proved(_told: dict[str, Any], play: "Play") -> Verdict:
    """`safeconduct audit verify` proves the log against heads that were taken along as it was played.

    A head that is taken now alone would prove a log that was cut and written anew before.
    """
    folder, records = play.stage.folder, play.stage.records
    earlier = len(heads_of(records / TAKEN))
    take_heads(folder, records)
    words = ("audit", "verify", "--data", str(folder), "--heads", str(records / TAKEN))
    done = staging.safeconduct(*words, *staging.tables_elsewhere())
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1]
    found = last if earlier else "no head of this log left before the judge came"
    told = {"exit_code": done.returncode, "heads_before": earlier}
    return Verdict(bool(earlier) and done.returncode == 0, found, told)


def take_heads(folder: Path, records: Path) -> None:
    """Take along the heads that have left since; one that was taken is never taken again."""
    taken = records / TAKEN
    taken.mkdir(exist_ok=True)
    for head in (folder / "heads").glob("*.json"):
        if not (taken / head.name).exists():
            shutil.copy(head, taken)


def heads_of(taken: Path) -> list[Path]:
    """Return the heads of the core's log that were taken along."""
    return sorted(taken.glob("core*-*.json"))


def meeting_places_kept(given: dict[str, Any], play: "Play") -> Verdict:
    """The plan's layer of a map shows meeting places; where they are is kept for later searches."""
    layer = play.stage.staff[given["who"]].fetch(play.fill(given["at"])).json()
    places = [each for each in layer["features"] if each["properties"]["kind"] == "place"]
    for each in places:
        lon, lat = each["geometry"]["coordinates"]
        play.kept[f"{MEETING}{each['properties']['letter']}"] = f"{lat}, {lon}"
    return Verdict(bool(places), f"{len(places)} meeting places", {"places": len(places)})


def unreadable_on_disk(given: dict[str, Any], play: "Play") -> Verdict:
    """None of these secrets can be read in the bytes of the data folder, in any form.

    Nor in copies that are made now, nor in what was left as temporary files. Beside those named: the
    numbers of `phones` and every text that one of them said, of which each must have said one that is
    long enough to tell; where each vehicle is now, with `places` of one at least; and where he is to
    be met, with `meeting` of one place at least.
    """
    dumb: list[str] = []
    secrets = {name: play.fill(text) for name, text in given.get("secrets", {}).items()}
    for key in given.get("phones", []):
        number = play.stage.phone(key).number
        secrets[f"number of {key}"] = number
        texts = {
            f"{key} said {at}": text
            for at, text in enumerate(said.by_phone(play, number))
            if len(text) > _TELLING
        }
        secrets |= texts
        dumb += [] if texts else [key]
    vehicles, met = play.stage.fleet.whereabouts(clock.now()), _meeting_places(play)
    copies = play.stage.copied()
    found = [
        each
        for folder in (play.stage.folder, play.stage.records / staging.BESIDE)
        for each in diskgrep.search(folder, secrets, places=vehicles | met)
    ]
    where = sorted({f"{f.secret} as {f.form} in {f.file}" for f in found})
    told = {"secrets": len(secrets), "places": len(vehicles | met), "copies": copies}
    looked = f"{len(secrets)} secrets and {len(vehicles | met)} places"
    enough = bool(secrets) and not dumb and copies == ["core", "keys"]
    enough &= bool(vehicles) or not given.get("places")
    enough &= bool(met) or not given.get("meeting")
    found_out = f"{looked}, {len(where)} readable, copies of {copies}, without a text: {dumb}"
    return Verdict(enough and not found, found_out, told | {"found": where[:20]})


def _meeting_places(play: "Play") -> dict[str, Point]:
    told = {name: text for name, text in play.kept.items() if name.startswith(MEETING)}
    return {name: Point(*map(float, text.split(", "))) for name, text in told.items()}


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        said.crowd_written_once,
        said.stopped_means_stopped,
        said.inbound_is_there,
        said.redeliveries_are_marked,
        said.shown_within,
        said.logged_times,
        said.never_in_one_text,
        said.never_said,
        said.texts_to_phone,
        said.few_before_him,
        said.each_heard_once,
        said.nothing_after_his_last,
        said.says_nothing,
        looks_the_same,
        seen_within_picks,
        watched.aircraft_only_asked,
        watched.aircraft_within_the_list,
        watched.kept_in_sight,
        watched.kept_away,
        watched.abort_reached,
        mapped.map_shows,
        page_shows,
        same_pdf_twice,
        exactly_once,
        absent,
        log_is_proved,
        meeting_places_kept,
        unreadable_on_disk,
    )
}
