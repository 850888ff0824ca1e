"""What reports that came after a plan mean for its ways: priced anew, judged, and whom it calls. Pure.

Both prices are of this moment, by what the plan was made with and by what stands now, so that ageing
alone never hides a new report. Nothing here stops anybody: a person decides, and is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from safeconduct.passage.reports import danger_of, line_of
from safeconduct.passage.rules import too_dangerous
from safeconduct.passage.verdicts import Verdict
from safeconduct.ways.danger import Danger, Drive
from safeconduct.ways.stored import Strewn, probability


@dataclass(frozen=True, slots=True)
class Repriced:
    """What a plan's ways cost now.

    Attributes:
        p_milli, before_milli: per letter, by what stands now and by what the plan was made with.
        mined: a way enters mined ground.
        near: refs of the reports that cost something on its ways, or between them, sorted.
        turns: letter and leg → figure and mined ground of the way from there to the other place.
    """

    p_milli: Mapping[str, int]
    before_milli: Mapping[str, int]
    mined: bool
    near: tuple[str, ...]
    turns: Mapping[str, Sequence[int]]

    @property
    def worst_milli(self) -> int:
        """Return the larger of the ways' figures."""
        return max(self.p_milli.values(), default=0)


def drive_of(content: Mapping[str, Any]) -> Drive | None:
    """Return when a plan's ways may be driven, as it was priced for."""
    told = content["driven"]
    return (_moment(told[0]), _moment(told[1])) if told else None


def _moment(second: int) -> datetime:
    return datetime.fromtimestamp(second, UTC)


def turns_of(content: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the ways from one place's to the other's that were approved, by letter and leg: "A2"."""
    return [
        (f"{letter}{switch['leg']}", switch)
        for letter, way in content["ways"].items()
        for switch in way["switches"]
        if not switch["why"]
    ]


class Pricing:
    """The reports of one moment, as many plans are priced with them.

    A report never changes, so what a plan knew and what stands now are told apart by their refs, and
    each is priced once.
    """

    def __init__(self, standing: Sequence[Danger], *, now: datetime) -> None:
        self._now, self._standing = now, {each.ref for each in standing}
        self._strewn = Strewn(standing)

    def of(self, content: Mapping[str, Any]) -> Repriced:
        """Return what a plan's ways cost now, beside what they cost by what it knew of."""
        drive, knew = drive_of(content), {each["ref"] for each in content["dangers"]}
        gone = [danger_of(each) for each in content["dangers"] if each["ref"] not in self._standing]
        stands, ended = self._strewn, Strewn(gone)
        known = np.array([each.ref in knew for each in stands.dangers], dtype=np.bool_)
        now_milli, before_milli, near, mined = {}, {}, set(), False
        for letter, way in content["ways"].items():
            line = line_of(way)
            cost = stands.cost(line, at=self._now, drive=drive)
            then = ended.cost(line, at=self._now, drive=drive).hazard.sum()
            now_milli[letter] = _milli(float(cost.hazard.sum()))
            before_milli[letter] = _milli(float(cost.hazard[known].sum() + then))
            near |= {stands.dangers[n].ref for n in np.flatnonzero(cost.hazard > 0).tolist()}
            mined = mined or bool(cost.mined.any())
        turns = {}
        for at, switch in turns_of(content):
            cost = stands.cost(line_of(switch), at=self._now, drive=drive)
            turns[at] = [_milli(float(cost.hazard.sum())), int(cost.mined.any())]
            near |= {stands.dangers[n].ref for n in np.flatnonzero(cost.hazard > 0).tolist()}
        return Repriced(now_milli, before_milli, mined, tuple(sorted(near)), turns)


def _milli(hazard: float) -> int:
    """Return P in thousandths, rounded up: a figure is never flattered."""
    return -int(-probability(hazard) * 1000 // 1)


def verdict(told: Repriced, *, most_p_milli: int) -> Verdict:
    """Judge what the reports of now make of a plan's ways.

    Args:
        most_p_milli: the programme's limit, "exposed" in the profile.
    """
    if too_dangerous(mined=told.mined, p_milli=told.worst_milli, most_p_milli=most_p_milli):
        return Verdict.BARRED
    changes = [told.p_milli[at] - before for at, before in told.before_milli.items()]
    if any(change > 0 for change in changes):
        return Verdict.WORSE
    return Verdict.EASED if any(change < 0 for change in changes) else Verdict.SAME
