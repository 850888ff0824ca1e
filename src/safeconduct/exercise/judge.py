"""Judges from outside: the carrier's and the map's records, the aircraft's, pages, bytes, the log.

A check is a function of what the file gives and of the play; it answers with a verdict. What it
reads it decodes with other authors' libraries (exercise/wire.py).
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from safeconduct import clock
from safeconduct.exercise import diskgrep, staging, wire
from safeconduct.exercise.report import Verdict

if TYPE_CHECKING:
    from safeconduct.exercise.play import Play

ASKING = {"COMMAND_LONG", "PARAM_REQUEST_READ", "PARAM_REQUEST_LIST"}
_TELLING = 15  # letters; a shorter text ("да", "СТОП") may stand in the programme's own templates
TELEMETRY = {511, 512}  # SET_MESSAGE_INTERVAL, REQUEST_MESSAGE
Check = Callable[[dict[str, Any], "Play"], Verdict]


def check(kind: str, given: dict[str, Any], play: "Play") -> Verdict:
    """Run one check by its name; an unreadable record is a finding, not a fault."""
    if kind not in CHECKS:
        return Verdict(held=False, found=f"there is no check {kind!r}; known: {', '.join(CHECKS)}")
    try:
        return CHECKS[kind](given, play)
    except wire.Unreadable as wrong:
        return Verdict(held=False, found=str(wrong))


def _carrier(play: "Play") -> wire.Carrier:
    return wire.carrier(play.stage.records / staging.CARRIER_RECORD)


def _bare(number: str) -> str:
    return number.lstrip("+")


def _texts_to(play: "Play", number: str) -> list[wire.Text]:
    sent = [t for t in _carrier(play).submitted if _bare(t.recipient) == _bare(number)]
    return wire.whole(sent)


def crowd_written_once(given: dict[str, Any], play: "Play") -> Verdict:
    """Every number of a crowd got the campaign at most once; who did not is owned up to as UNKNOWN.

    A killed gateway leaves what it had in hand UNKNOWN, for ever: the page must say how many.
    """
    numbers = [_bare(p.number) for p in play.stage.crowd(given["crowd"])]
    texts = wire.whole(_carrier(play).submitted)
    got = [_bare(t.recipient) for t in texts if given["says"] in t.text]
    twice = len(got) - len(set(got))
    reached = len(set(got) & set(numbers))
    page = play.stage.staff[given["who"]].open(given["at"])
    unknown = sum(
        int(card.get("data-state", "0"))
        for card in page.cards("outreach.outcome")
        if card.get("data-ref") == "unknown"
    )
    told = {"numbers": len(numbers), "reached": reached, "unknown": unknown, "twice": twice}
    owned_up = reached + unknown >= int(given.get("least", len(numbers)))
    held = twice == 0 and owned_up and reached >= int(given["reached"])
    return Verdict(held, f"{reached} reached, {unknown} unknown, {twice} twice", told)


def stopped_means_stopped(given: dict[str, Any], play: "Play") -> Verdict:
    """After a number said stop, at most the one confirmation went there, and no campaign ever."""
    record = _carrier(play)
    words = {word.casefold() for word in given["words"]}
    stops = {
        _bare(t.sender): t.at
        for t in wire.whole(record.delivered)
        if t.text.strip().casefold() in words
    }
    grace = timedelta(seconds=float(given.get("grace_s", 5)))
    after: dict[str, int] = {}
    campaigns = 0
    for text in wire.whole(record.submitted):
        number = _bare(text.recipient)
        if number in stops and text.at > stops[number] + grace:
            campaigns += given["campaign"] in text.text
            after[number] = after.get(number, 0) + 1
    talkative = sum(count > 1 for count in after.values())
    held = len(stops) >= int(given.get("least", 1)) and not campaigns and not talkative
    told = {"said_stop": len(stops), "campaign_texts_after": campaigns, "more_than_one": talkative}
    return Verdict(held, f"{len(stops)} said stop, {campaigns} campaign texts after it", told)


def inbound_is_there(given: dict[str, Any], play: "Play") -> Verdict:
    """Every text of a phone for which the carrier holds our answer stands on the console's page."""
    record = _carrier(play)
    number = _bare(play.stage.phone(given["phone"]).number)
    held = [
        t
        for t in record.delivered
        if _bare(t.sender) == number and ("deliver_sm", t.sequence) in record.acknowledged
    ]
    whole = {t.text for t in wire.whole(held)}
    page = play.stage.staff[given["who"]].open(given["at"])
    shown = page.text()
    missing = [t for t in whole if " ".join(t.split()) not in shown]
    told = {"acknowledged": len(whole), "missing_on_page": len(missing)}
    return Verdict(
        bool(whole) and not missing, f"{len(whole)} acknowledged, {len(missing)} missing", told
    )


def _texts_from(play: "Play", number: str) -> list[wire.Text]:
    return [t for t in wire.whole(_carrier(play).delivered) if _bare(t.sender) == _bare(number)]


def never_in_one_text(given: dict[str, Any], play: "Play") -> Verdict:
    """No text in either direction tells two of place, time and sign."""
    record = _carrier(play)
    facts = {
        name: [play.fill(w).casefold() for w in words] for name, words in given["facts"].items()
    }
    worst, looked = 0, 0
    for text in wire.whole([*record.submitted, *record.delivered]):
        said = text.text.casefold()
        hits = sum(any(word in said for word in words) for words in facts.values())
        looked += 1
        worst = max(worst, hits)
    told = {"texts": looked, "most_facts_in_one": worst}
    return Verdict(looked > 0 and worst <= 1, f"{looked} texts, at most {worst} fact in one", told)


def never_said(given: dict[str, Any], play: "Play") -> Verdict:
    """None of these words ever left by text."""
    texts = wire.whole(_carrier(play).submitted)
    hits = sum(any(play.fill(w) in t.text for w in given["words"]) for t in texts)
    return Verdict(
        not hits, f"{len(texts)} texts looked at, {hits} with such words", {"texts": len(texts)}
    )


def texts_to_phone(given: dict[str, Any], play: "Play") -> Verdict:
    """How many texts went to a phone since a moment kept by `mark`, between `least` and `most`."""
    number = play.stage.phone(given["phone"]).number
    texts = _texts_to(play, number)
    if "says" in given:
        texts = [t for t in texts if given["says"] in t.text]
    count = len(texts)
    held = int(given.get("least", 0)) <= count <= int(given.get("most", 10**6))
    return Verdict(held, f"{count} texts", {"texts": count})


def nothing_after_his_last(given: dict[str, Any], play: "Play") -> Verdict:
    """No text left for a phone after the last one it sent: silence is no reason to write.

    With `since`, the last of its texts that says so counts: after that word nothing left.
    """
    phone = play.stage.phone(given["phone"])
    his = [
        text.at
        for text in wire.whole(_carrier(play).delivered)
        if _bare(text.sender) == _bare(phone.number) and given.get("since", "") in text.text
    ]
    late = [text for text in _texts_to(play, phone.number) if his and text.at > max(his)]
    told = {"his_texts": len(his), "texts_after": len(late)}
    return Verdict(bool(his) and not late, f"{len(late)} texts after his last", told)


def says_nothing(given: dict[str, Any], play: "Play") -> Verdict:
    """Whoever finds a pager learns nothing: every text to it is the same, with no digit in it."""
    texts = {t.text for t in _texts_to(play, play.stage.phone(given["phone"]).number)}
    bare = not any(character.isdigit() for text in texts for character in text)
    told = {"different_texts": len(texts)}
    return Verdict(len(texts) == 1 and bare, f"{len(texts)} different texts", told)


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


def aircraft_only_asked(_given: dict[str, Any], play: "Play") -> Verdict:
    """The aircraft and the tracker received requests for telemetry and parameters, nothing else."""
    found: list[tuple[str, int]] = []
    for name in (staging.AIRCRAFT_RECORD, staging.TRACKER_RECORD):
        found += wire.aircraft_commands(play.stage.records / name)
    other = [
        (name, command)
        for name, command in found
        if name not in ASKING or (name == "COMMAND_LONG" and command not in TELEMETRY)
    ]
    told = {"frames": len(found), "kinds": sorted({f"{n} {c}".strip(" 0") for n, c in found})}
    return Verdict(
        bool(found) and not other, f"{len(found)} requests, {len(other)} of anything else", told
    )


def map_shows_areas(given: dict[str, Any], play: "Play") -> Verdict:
    """Areas reached the units' map, were renewed, and name neither a person nor a case."""
    events = wire.map_events(play.stage.records / staging.MAP_RECORD)
    areas = [e for e in events if e.type in {"u-d-f", "u-d-c-c"}]
    words = [play.fill(w) for w in given.get("never", [])]
    named = sum(any(w and w in e.xml for w in words) for e in events)
    renewed = len({e.stale for e in areas}) >= int(given.get("validities", 1))
    strange = sorted({e.type for e in events} - {"u-d-f", "u-d-c-c"})
    told = {"events": len(events), "areas": len({e.uid for e in areas}), "naming": named}
    held = bool(areas) and renewed and not named and not strange
    return Verdict(held, f"{len(areas)} areas, {named} naming anybody, other types {strange}", told)


def page_shows(given: dict[str, Any], play: "Play") -> Verdict:
    """A page shows something to somebody (kind, state, says, count), or does not (`not = true`)."""
    from safeconduct.exercise.play import seen  # noqa: PLC0415  play knows judge, judge looks once

    page = play.stage.staff[given["who"]].open(given["at"])
    wanted = {k: v for k, v in given.items() if k not in {"who", "at", "not", "cards"}}
    if "cards" in given:
        wanted["kind"] = given["cards"]
    there = page.status == 200 and seen(page, wanted)  # noqa: PLR2004  HTTP OK
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
    """A page is not there for somebody, exactly as a page that never was."""
    browser = play.stage.staff[given["who"]]
    page, never = browser.open(given["at"]), browser.open("/cases/nosuchthing2/")
    held = page.status == never.status == 404  # noqa: PLR2004  HTTP not found
    return Verdict(held, f"status {page.status}", {"status": page.status})


def log_is_proved(_told: dict[str, Any], play: "Play") -> Verdict:
    """`safeconduct audit verify` proves the log against heads that its judge took along."""
    argv = [sys.executable, "-m", "safeconduct.command.main", "audit", "verify"]
    with tempfile.TemporaryDirectory() as taken:
        shutil.copytree(play.stage.folder / "heads", taken, dirs_exist_ok=True)
        given = ("--data", str(play.stage.folder), "--heads", taken)
        done = subprocess.run(  # noqa: S603  our own command, arguments of the exercise
            [*argv, *given], capture_output=True, text=True, check=False
        )
    last = (done.stdout.strip().splitlines() or [done.stderr.strip()])[-1]
    return Verdict(done.returncode == 0, last, {"exit_code": done.returncode})


def unreadable_on_disk(given: dict[str, Any], play: "Play") -> Verdict:
    """None of these secrets can be read in the bytes of the data folder, in any form.

    Beside those named: the numbers of `phones` and every text that one of them said, and where each
    vehicle is now.
    """
    secrets = {name: play.fill(text) for name, text in given.get("secrets", {}).items()}
    for key in given.get("phones", []):
        secrets[f"number of {key}"] = play.stage.phone(key).number
        said = [text.text for text in _texts_from(play, play.stage.phone(key).number)]
        secrets |= {
            f"{key} said {at}": text for at, text in enumerate(said) if len(text) > _TELLING
        }
    places = play.stage.whereabouts(clock.now())
    found = diskgrep.search(play.stage.folder, secrets, places=places)
    where = sorted({f"{f.secret} as {f.form} in {f.file}" for f in found})
    told = {"secrets": len(secrets), "places": len(places), "found": where[:20]}
    looked = f"{len(secrets)} secrets and {len(places)} places"
    return Verdict(bool(secrets) and not found, f"{looked}, {len(where)} readable", told)


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        crowd_written_once,
        stopped_means_stopped,
        inbound_is_there,
        never_in_one_text,
        never_said,
        texts_to_phone,
        nothing_after_his_last,
        says_nothing,
        looks_the_same,
        aircraft_only_asked,
        map_shows_areas,
        page_shows,
        same_pdf_twice,
        exactly_once,
        absent,
        log_is_proved,
        unreadable_on_disk,
    )
}
