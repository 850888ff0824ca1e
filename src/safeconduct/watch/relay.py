"""When the next aircraft must start so that he is never alone, and how long this one can stay. Pure: seconds.

Launch B when what A has left is what the hand-over takes: B's making ready and way there, the overlap in
which both see him, A's way back and landing, and the reserve that is never planned away. A leaves when B's
pilot says "I see him", or at its own limit: then he stops and waits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.watch.fixes import Judged

SLOWEST_M_S = 2.0  # over ground, against the wind: an aircraft that makes less does not come home
FIT_S = 120.0  # a drain measured over less than this tells nothing: percents are whole
FIT_PERCENT = 2


@dataclass(frozen=True, slots=True)
class Times:
    """What a relief takes, in seconds; the programme's limits, and the way there and back."""

    prepare_s: float
    transit_s: float
    overlap_s: float
    return_s: float
    land_s: float
    reserve_s: float

    @property
    def leave_s(self) -> float:
        """Return what the aircraft on station must have left when it leaves."""
        return self.return_s + self.land_s + self.reserve_s

    @property
    def relief_s(self) -> float:
        """Return what it must have left when the next one is ordered to start."""
        return self.prepare_s + self.transit_s + self.overlap_s + self.leave_s


def over_ground_s(distance_m: float, *, airspeed_m_s: float, headwind_m_s: float) -> float:
    """Return the seconds a way takes in the wind; `headwind_m_s` is negative with it."""
    return distance_m / max(SLOWEST_M_S, airspeed_m_s - headwind_m_s)


def endurance_s(
    fixes: Sequence[Judged],
    *,
    flight_s: float,
    now: datetime,
    most: timedelta = timedelta(minutes=10),
) -> float | None:
    """Return how long the aircraft can still fly, never more than its papers say; None untold.

    Args:
        fixes: the aircraft's, oldest first, with `battery_percent` where it is told.
        flight_s: a full battery's time in the air by the aircraft's papers.
        most: of the past that the drain is measured over.
    """
    told = [
        (fix.at, fix.fix.health["battery_percent"])
        for fix in fixes
        if "battery_percent" in fix.fix.health
    ]
    if not told:
        return None
    at, percent = told[-1]
    papers = flight_s * percent / 100
    since, first = next((each for each in told if at - each[0] <= most), told[-1])
    span_s, spent = (at - since).total_seconds(), first - percent
    measured = papers
    if span_s >= FIT_S and spent >= FIT_PERCENT:
        measured = percent * span_s / spent
    gone_s = max(0.0, (now - at).total_seconds())
    return max(0.0, min(papers, measured) - gone_s)


def link_s(fixes: Sequence[Judged], *, weak_percent: float, over: timedelta) -> float | None:
    """Return in how long the link will be weak if it wanes as it did `over` this time; None if it does not."""
    told = [(f.at, f.fix.health["link_percent"]) for f in fixes if "link_percent" in f.fix.health]
    last = [each for each in told if told[-1][0] - each[0] <= over]
    half = len(last) // 2
    if not half:
        return None
    early, late = last[:half], last[-half:]
    fallen = sum(p for _at, p in early) / half - sum(p for _at, p in late) / half
    span_s = (late[0][0] - early[0][0]).total_seconds()
    if fallen <= 1 or span_s <= 0:
        return None
    return max(0.0, (told[-1][1] - weak_percent) * span_s / fallen)


@dataclass(frozen=True, slots=True)
class Relief:
    """What the time left says.

    Attributes:
        left_s: of the aircraft on station, until it is on the ground with nothing.
        stays_s: until it must leave.
        launch_s: until the next one must be ordered to start; negative: that moment has passed.
    """

    left_s: float
    stays_s: float
    launch_s: float


def relief(left_s: float, times: Times) -> Relief:
    """Return when the next one must start, and when this one must leave."""
    return Relief(left_s, left_s - times.leave_s, left_s - times.relief_s)


# ---- a whole passage ----


@dataclass(frozen=True, slots=True)
class Craft:
    """An aircraft for the plan: how long it flies on a full battery, and when it is first ready."""

    name: str
    flight_s: float
    ready_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One aircraft's turn overhead, seconds from the start; `left_s` is what it has when it leaves."""

    name: str
    order_s: float
    from_s: float
    until_s: float
    left_s: float


def schedule(
    crafts: Sequence[Craft],
    *,
    length_s: float,
    times: Callable[[float], Times],
    swap_s: float,
    overhead_s: float = 0.0,
) -> list[Turn]:
    """Return the turns that keep somebody overhead as long as batteries allow, and none they do not.

    No turn is planned that would leave an aircraft less than its way back, its landing and the reserve,
    or that could not hold its own overlap: then there is a gap, and he must be told where he waits.

    Args:
        times: of a relief that is ordered at this second.
        swap_s: on the ground, to change a battery.
        overhead_s: when the first one is over him; it has used its way there.
    """
    ready = {each.name: each.ready_s for each in crafts}
    turns: list[Turn] = []
    arrives_s = overhead_s
    while arrives_s < length_s:
        need = times(arrives_s)
        craft = min(crafts, key=lambda each: ready[each.name])
        begins_s = max(arrives_s - need.transit_s, ready[craft.name])  # in the air
        from_s = begins_s + need.transit_s
        stays_s = craft.flight_s - need.transit_s - need.leave_s
        if stays_s < need.overlap_s or from_s >= length_s:
            return turns
        until_s = min(length_s, from_s + stays_s)
        order_s = begins_s - need.prepare_s
        turns.append(
            Turn(craft.name, order_s, from_s, until_s, need.leave_s + from_s + stays_s - until_s)
        )
        ready[craft.name] = until_s + need.return_s + need.land_s + swap_s + need.prepare_s
        arrives_s = until_s - need.overlap_s if until_s < length_s else length_s
    return turns


def covered_s(turns: Sequence[Turn], *, length_s: float) -> float:
    """Return for how many seconds of the passage somebody is overhead."""
    total, done = 0.0, 0.0
    for turn in sorted(turns, key=lambda each: each.from_s):
        since, until = max(turn.from_s, done), min(turn.until_s, length_s)
        total += max(0.0, until - since)
        done = max(done, until)
    return total
