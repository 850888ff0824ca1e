"""What may change on the way, by one word agreed before, and who may change it. Pure.

Stopping needs one: hold and abort are one person's press. Going needs several: to lead him to the
other place takes a commander and the lead of the unit that must stand there.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from safeconduct.access.rules import Given, shares_duty
from safeconduct.conversations import rules as talk
from safeconduct.passage.rules import LETTERS, folded
from safeconduct.post import rules as door
from safeconduct.refusal import Refusal

SWITCH, SWITCHERS = door.SWITCH, door.SWITCHERS
TO_OTHER, HOLD, ABORT = "switch", "hold", "abort"
WORDS = (TO_OTHER, HOLD, ABORT)
UNDER_WAY = frozenset({"MOVING", "SIGHTED"})  # nobody is turned while nobody knows where he is


@dataclass(frozen=True, slots=True)
class Course:
    """The way he is led now.

    Attributes:
        letter: of the place at its end.
        line_e7: from his start; after a turn, along the old way up to where he waits, then on.
        at_ms: when each point of it is reached, after his start.
        holds, checkpoints, texts: of this course, as a plan writes them.
        readings: part and words of what may be read to him by voice, each once its text has left.
    """

    letter: str
    line_e7: Sequence[Sequence[int]]
    at_ms: Sequence[int]
    holds: Sequence[Mapping[str, Any]]
    checkpoints: Sequence[Sequence[int]]
    texts: Sequence[Any]
    readings: Sequence[tuple[str, str]]


def may_use(words: Mapping[str, str]) -> Refusal | None:
    """Judge the words of a plan: all three or none, one word each, and nobody confuses them."""
    if not words:
        return None
    if set(words) != set(WORDS) or not all(words.values()):
        return Refusal(
            "passage.words_lacking",
            "One word each is needed for the other place, for hold and for abort, or none at all.",
            "Write the three words as agreed with him, or leave all three empty.",
        )
    if any(len(folded(word).split()) != 1 for word in words.values()):
        return Refusal(
            "passage.not_one_word",
            "What is sent on the way is one word, and one of these is more or none.",
            "Choose one plain word each.",
        )
    for one, other in permutations(words.values(), 2):
        if no := talk.may_agree(one, other=other, common=False):
            return no
    return None


def course_of(
    content: Mapping[str, Any], *, letter: str, leg: int | None, at: datetime | None
) -> Course:
    """Return the way he is led: the agreed one, or from where he waits on it to the other place.

    Args:
        letter: as he chose.
        leg: on which he was turned, `at` when; None while he was not.
    """
    way = content["ways"][letter]
    if leg is None or at is None:
        line, at_ms = way["line_e7"], way["at_ms"]
        return Course(
            letter, line, at_ms, way["holds"], way["checkpoints"], way["texts"], _readings(way)
        )
    hold, switch = of_leg(way["holds"], leg), of_leg(way["switches"], leg)
    along, cut = hold["along_m"], _cut_at(way["line_e7"], hold)
    waits_ms = way["at_ms"][cut]
    before = [point for point in way["checkpoints"] if point[1] <= along]
    return Course(
        switch["to"],
        [*way["line_e7"][:cut], *switch["line_e7"]],
        [*way["at_ms"][:cut], *(waits_ms + at_ms for at_ms in switch["at_ms"])],
        [each for each in way["holds"] if each["along_m"] <= along],
        [*before, *_checkpoints(way, switch, along_m=along, first=len(before) + 1, at=at)],
        switch["texts"],
        [_word_read(content["words"][TO_OTHER], hold["texts"][0]), *_readings(switch)],
    )


def _readings(way: Mapping[str, Any]) -> list[tuple[str, str]]:
    # a plan that was put up by an older version has no such words of the way to the other place
    parts = [text["part"] for text in way["texts"]]
    return list(zip(parts, way.get("spoken", parts[:0]), strict=False))


def _word_read(word: str, waits: Mapping[str, Any]) -> tuple[str, str]:
    return waits["part"], f"{word[:1].upper()}{word[1:]}. {waits['text']}."


def as_driven(
    content: Mapping[str, Any], *, letter: str, leg: int | None, at: datetime | None
) -> dict[str, Any]:
    """Return a plan's content with the ways that may still be driven; see `course_of`.

    After a turn that is one: the old way up to where he waits and the piece from there to the other place, which
    neither way of the plan has. He starts anew from where he waits.
    """
    if leg is None or at is None:
        return dict(content)
    course = course_of(content, letter=letter, leg=leg, at=at)
    hold = of_leg(content["ways"][letter]["holds"], leg)
    return {
        **content,
        "start_e7": [hold["lat_e7"], hold["lon_e7"]],
        "places": {course.letter: content["places"][course.letter]},
        "ways": {course.letter: {"line_e7": course.line_e7, "at_ms": course.at_ms, "switches": []}},
    }


def of_leg(found: Sequence[Mapping[str, Any]], leg: int) -> Mapping[str, Any]:
    """Return the entry of a leg.

    Raises:
        KeyError: there is none.
    """
    for each in found:
        if each["leg"] == leg:
            return each
    raise KeyError(leg)


def _cut_at(line: Sequence[Sequence[int]], hold: Mapping[str, Any]) -> int:
    """Return at which point of the line he waits; it lies on it, and the way on begins there."""
    here = [hold["lat_e7"], hold["lon_e7"]]
    return min(
        range(len(line)), key=lambda n: abs(line[n][0] - here[0]) + abs(line[n][1] - here[1])
    )


def _checkpoints(
    way: Mapping[str, Any], switch: Mapping[str, Any], *, along_m: int, first: int, at: datetime
) -> list[list[int]]:
    """Return half and end of the new part: by when he should be there, as late as is no alarm.

    Nobody knows here how far he had come, so he is given the time of all that led to the turn.
    """
    start = int(at.timestamp()) + round(way["time_s"] * along_m / max(way["length_m"], 1))
    return [
        [
            first + n,
            along_m + round(switch["length_m"] * share),
            start + round(switch["time_s"] * share * 1.3) + 900,
        ]
        for n, share in enumerate((0.5, 1.0))
    ]


def may_turn(
    content: Mapping[str, Any],
    *,
    case_state: str,
    gone: bool,
    turned: bool,
    letter: str,
    leg: int,
) -> Refusal | None:
    """Judge whether he may be led to the other place, from where he waits on one leg.

    Args:
        gone: GO was given, and the plan lives; `turned` that he was turned already.
        letter: of the place he is on his way to.
    """
    if not gone or case_state not in UNDER_WAY:
        return Refusal(
            "passage.not_on_the_way",
            "He has not set out, or he is on the way no longer.",
            "Before GO the plan is taken back; afterwards HOLD or ABORT.",
        )
    if turned:
        return Refusal(
            "passage.turned",
            "He was led to the other place already, and there is no third.",
            "HOLD or ABORT.",
        )
    if TO_OTHER not in content["words"]:
        return Refusal(
            "passage.no_word",
            "No word for the other place was agreed with him, and no text may say it plainly.",
            "HOLD or ABORT.",
        )
    found = [each for each in content["ways"][letter]["switches"] if each["leg"] == leg]
    if not found or found[0]["why"]:
        return Refusal(
            "passage.no_turn",
            "From this leg no way to the other place was approved.",
            "Choose another leg, or HOLD.",
        )
    return None


def asked_too_long_ago(asked_at: datetime, *, now: datetime, limit: timedelta) -> Refusal | None:
    """Refuse a yes to what was asked for so long ago that he is elsewhere by now."""
    if now - asked_at <= limit:
        return None
    return Refusal(
        "passage.asked_long_ago",
        "The other place was asked for too long ago; he is elsewhere by now.",
        "Ask for it anew, from the leg he is on.",
    )


def turns(given: Collection[Given]) -> bool:
    """Return whether a commander and another as receiving lead have said yes."""
    return shares_duty(given, SWITCHERS)


def other_than(letter: str) -> str:
    """Return the letter of the other place."""
    return next(each for each in LETTERS if each != letter)
