"""The page before a flight: what each aircraft said of itself, and what needs a person's name."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safeconduct.access.rules import Officer, Purpose
from safeconduct.escort import readings
from safeconduct.escort.models import Reading
from safeconduct.mavlink.preflight import Finding, Mark
from safeconduct.passage import queries as passages

# What a finding is about, by how its key begins; the first that fits.
ABOUT: tuple[tuple[str, Promise], ...] = (
    ("SERVO", _("an output: nothing that could let something fall may be wired to it")),
    ("RELAY", _("a relay: it may switch nothing")),
    ("GRIP", _("a gripper: there may be none")),
    ("SPRAY", _("a sprayer: there may be none")),
    ("WINCH", _("a winch: there may be none")),
    ("CHUTE", _("a parachute: only a rescue parachute with a recorded exception")),
    ("FS_GCS", _("what it does when its pilot's station falls silent")),
    ("BATT", _("what it does when its battery runs low")),
    ("FENCE", _("its fence: on, drawn, and flown home from")),
    ("WP", _("its speed limit: one and a half times his")),
    ("MAV_GCS", _("whom it counts as its pilot: never us")),
    ("home", _("where it would return to")),
    ("unread", _("all of it: no parameter was read, so somebody looks at each of these things")),
    ("hook", _("a hook made by hand, which no parameter shows")),
)
MARKS: dict[Mark, tuple[str, Promise]] = {
    Mark.REFUSED: ("REFUSED", _("refused")),
    Mark.SIGN: ("OPEN", _("not checked")),
    Mark.FINE: ("FINE", _("fine")),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as the page shows it; `by` signed for it, "" where nobody has."""

    key: str
    read: str
    about: Promise | str
    state: str
    name: Promise
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Craft:
    """One aircraft; `unread` is one of which nothing was ever read."""

    subject: str
    letter: str
    at: datetime
    lines: list[Line]
    refused: bool
    open: int
    unread: bool


@dataclass(frozen=True, slots=True)
class Page:
    """All there are, and whether this officer may sign."""

    ref: str
    craft: list[Craft]
    may_sign: bool


def preflight_for(officer: Officer, *, ref: str, may_sign: bool, now: datetime) -> Page:
    """Return the page of one passage: each aircraft that was read, and those that were not.

    Raises:
        Absent: there is no such passage for `officer`.
    """
    passages.passage_for(officer, Purpose.READ, ref=ref)
    known = {reading.subject: reading for reading in readings.readings()}
    names = sorted({*known, *readings.AIRCRAFT})
    each = [
        readings.reading_of(name, now=now) or readings.unread_at(name, now=now) for name in names
    ]
    return Page(ref, [_craft(reading) for reading in each], may_sign)


def _craft(reading: Reading) -> Craft:
    signed = {each.key: each for each in reading.signatures.all()} if reading.pk else {}
    lines = []
    for found in sorted(readings.findings_of(reading), key=_order):
        state, name = MARKS[found.mark]
        word = signed.get(found.key) if found.mark is Mark.SIGN else None
        by, at = (word.by, word.at) if word else ("", None)
        state, name = ("SIGNED", _("signed for")) if word else (state, name)
        lines.append(Line(found.key, found.read, _about(found.key), state, name, by, at))
    number = int(reading.subject.partition(":")[2] or 0)
    return Craft(
        reading.subject,
        chr(ord("A") + number - 1) if 0 < number <= 26 else str(number),  # noqa: PLR2004  letters
        reading.at,
        lines,
        refused=any(line.state == "REFUSED" for line in lines),
        open=sum(line.state == "OPEN" for line in lines),
        unread=readings.is_by_hand(reading),
    )


def _order(found: Finding) -> tuple[int, str]:
    return list(MARKS).index(found.mark), found.key


def _about(key: str) -> Promise | str:
    return next((about for begins, about in ABOUT if key.startswith(begins)), "")
