"""What reports that came after a plan mean for its ways: priced anew, judged, and whom it calls. Pure.

Both prices are of this moment, by what the plan was made with and by what stands now, so that ageing
alone never hides a new report. Nothing here stops anybody: a person decides, and is called.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from safeconduct.passage.reports import danger_of, line_of
from safeconduct.passage.rules import too_dangerous
from safeconduct.passage.verdicts import Verdict
from safeconduct.ways.danger import Danger, Drive
from safeconduct.ways.stored import Cost, cost_along


@dataclass(frozen=True, slots=True)
class Repriced:
    """What a plan's ways cost now.

    Attributes:
        p_milli, before_milli: per letter, by what stands now and by what the plan was made with.
        mined: a way enters mined ground.
        near: refs of the reports that cost something on its ways, sorted.
    """

    p_milli: Mapping[str, int]
    before_milli: Mapping[str, int]
    mined: bool
    near: tuple[str, ...]

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


def repriced(content: Mapping[str, Any], dangers: Sequence[Danger], *, now: datetime) -> Repriced:
    """Return what a plan's ways cost under `dangers`, aged to `now`, beside what it knew of."""
    drive, knew = drive_of(content), [danger_of(each) for each in content["dangers"]]
    lines = {letter: line_of(way) for letter, way in content["ways"].items()}
    costs = {at: cost_along(line, dangers, at=now, drive=drive) for at, line in lines.items()}
    before = {at: cost_along(line, knew, at=now, drive=drive) for at, line in lines.items()}
    near = {
        dangers[n].ref for cost in costs.values() for n in (cost.hazard > 0).nonzero()[0].tolist()
    }
    return Repriced(
        {at: _milli(cost) for at, cost in costs.items()},
        {at: _milli(cost) for at, cost in before.items()},
        any(cost.mined for cost in costs.values()),
        tuple(sorted(near)),
    )


def _milli(cost: Cost) -> int:
    """Return P in thousandths, rounded up: a figure is never flattered."""
    return -int(-cost.probability * 1000 // 1)


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
