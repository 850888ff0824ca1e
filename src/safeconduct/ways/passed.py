"""What he has passed since he last did something, and from where on he may be told to look.

A count is said where all that was passed counts to everybody or to nobody; the first of a kind where
nothing before could be taken for it. Where something could, he may be told to look only behind a
landmark, or after a distance: then nothing may lie where a man wrong by a fifth would begin to look.
"""

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from safeconduct.ways.certain import LEFT, RIGHT, Mode
from safeconduct.ways.sight import Kinds
from safeconduct.ways.step import Step

MOST_COUNT = 5  # turnings that a man in fear counts
COUNT_M = 1500.0  # further than this a count alone is not trusted: its distance is said with it
SHORT_M = 170.0  # a fifth of it is no more than a man sees
LEAST_M = 100.0  # nearer than this nobody measures
EARLY = 0.64  # of what is said: who is wrong by a fifth begins to look before four fifths of it
# What is said of a length: from each of these on, in steps of so many metres. From `COUNT_M` on never an
# eighth too little: who takes a metre for a fifth more has then not driven a third more than he was told.
_ROUNDED = ((10_000.0, 1000), (5000.0, 500), (1000.0, 100), (0.0, 50))
# How near a landmark stands that everybody sees who passes it; how far from it a road must lie so
# that nobody asks whether that is behind it.
_SURE_M = {"bridge": (25.0, 60.0)}
_SURE_ELSE_M = (55.0, 130.0)


class Road(NamedTuple):
    """A road beside him that he has passed.

    Attributes:
        turning: it was a turning to everybody.
        shut: it only led in.
        vague: its angle makes it a turning to some.
        marks: what may have stood there.
    """

    at_m: float
    turning: bool
    look: int
    shut: bool
    vague: bool
    marks: Kinds


class Beside(NamedTuple):
    """What lies beside him at a junction, as somebody who passes it remembers it; see `Passed`.

    Attributes:
        roads: the side, and of a `Road` all but where it was.
        back: sides on which somebody could see a road lead back.
        met: whether everybody has a choice there, None where nobody could think of one.
    """

    roads: tuple[tuple[str, tuple[bool, int, bool, bool, Kinds]], ...]
    back: tuple[str, ...]
    choice: bool
    met: bool | None
    looks: frozenset[bool]
    end: bool
    fork: bool


def _by_side() -> dict[str, list[float]]:
    return {LEFT: [], RIGHT: []}


@dataclass(slots=True)
class Passed:
    """What he has passed since the last decision or circle, and how many metres from it.

    Attributes:
        marks: kind, metres, metres from the road; `first` of each kind.
        forks, ends, back: where somebody could think that the road parts, or ends, or that a road
            leads back on a side.
        met: where somebody could think that he has a choice, and whether everybody does.
        choices: at how many of those he may drive more than one way.
        looks: where something leads on that looks like a road, or like none.
        shortest: of what can be said at once nothing longer is asked for.
    """

    mode: Mode
    circles: int = 0
    shortest: bool = False
    length_m: float = 0.0
    roads: dict[str, list[Road]] = field(default_factory=lambda: {LEFT: [], RIGHT: []})
    marks: list[tuple[str, float, float]] = field(default_factory=list)
    first: dict[str, tuple[float, float]] = field(default_factory=dict)
    forks: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    back: dict[str, list[float]] = field(default_factory=_by_side)
    met: list[tuple[float, bool]] = field(default_factory=list)
    choices: int = 0
    looks: dict[bool, list[float]] = field(default_factory=lambda: {True: [], False: []})
    anchors: list[tuple[str, float]] = field(default_factory=list)

    def drive(self, length_m: float, marks: Iterable[tuple[str, float, float]]) -> None:
        """Go on so many metres, with what stands beside them: kind, metres along, metres off."""
        for kind, along, off in marks:
            at = self.length_m + along, off
            self.marks.append((kind, *at))
            self.first[kind] = min(self.first.get(kind, at), at)
        self.length_m += length_m
        self.anchors = list(_anchors(self)) if self.first else []

    def copy(self) -> "Passed":
        """Return the same, for one view of two: what is said in both may be the longer of each."""
        return replace(
            self,
            shortest=False,
            roads={side: list(roads) for side, roads in self.roads.items()},
            marks=list(self.marks),
            first=dict(self.first),
            forks=list(self.forks),
            ends=list(self.ends),
            back={side: list(back) for side, back in self.back.items()},
            met=list(self.met),
            looks={looks: list(at) for looks, at in self.looks.items()},
        )

    def go_past(self, there: Beside) -> None:
        """Remember what lies beside him at a junction that he passes."""
        at_m = self.length_m
        for side, road in there.roads:
            self.roads[side].append(Road(at_m, *road))
        for side in there.back:
            self.back[side].append(at_m)
        self.choices += there.choice
        if there.met is not None:
            self.met.append((at_m, there.met))
        for looks in there.looks:
            self.looks[looks].append(at_m)
        if there.end:
            self.ends.append(at_m)
        if there.fork:
            self.forks.append(at_m)


class Frame(NamedTuple):
    """From where on he looks: behind a landmark, after a distance, at once; `from_m` is passed."""

    from_m: float = -1.0
    beyond: str = ""
    after_m: int = 0


AT_ONCE = Frame()


def said_m(length_m: float) -> int:
    """Return the metres that are said of a length: never more than there are, so that he looks early.

    In fifties, from a kilometre on in hundreds, from five on in five hundreds, from ten on in thousands.
    """
    for least_m, step in _ROUNDED:
        if length_m >= least_m:
            return max(int(length_m // step) * step, step)
    raise ValueError("no length is less than nothing")


def step_of(
    kind: str, passed: Passed, frame: Frame = AT_ONCE, *, side: str = "", number: int = 0,
    mark: str = "",
) -> Step:  # fmt: skip
    """Return a step here, so many metres and circles from where he last did something."""
    return Step(
        kind, side, number, passed.length_m, mark, passed.mode, passed.circles,
        frame.beyond, frame.after_m,
    )  # fmt: skip


def frames(
    passed: Passed, confusing: Sequence[float], least_m: float, *, before_m: float = 0.0,
    shortest: bool = False,
) -> Iterator[Frame]:  # fmt: skip
    """Yield from where on he may be told to look, so that all know which of the confusing are past.

    Args:
        confusing: metres at which something lies that is counted, or could be; in order.
        least_m: nothing is to be told that has him look before it.
        before_m: so far before this place he must look already.
        shortest: no other is asked for, where he may look at once.
    """
    if least_m < 0:
        yield AT_ONCE
        if shortest:
            return
    for kind, at_m in passed.anchors:
        if at_m < least_m:
            continue
        _sure, apart_m = _SURE_M.get(kind, _SURE_ELSE_M)
        for each in (*confusing, passed.length_m):
            if abs(each - at_m) <= apart_m:
                break
        else:
            yield Frame(at_m, beyond=kind)
    yield from _after(confusing, least_m, passed.length_m - before_m)


def _after(confusing: Sequence[float], least_m: float, until_m: float) -> Iterator[Frame]:
    """Yield the distances after which he may be told to look: in a gap of what is confusing."""
    before = max(least_m, 0.0)
    for first in (*confusing[bisect(confusing, least_m) :], until_m):
        # No more is said than there are: most gaps are too narrow whatever is said of them.
        if first >= LEAST_M and before < EARLY * first:
            away = said_m(first)
            if before < EARLY * away:
                yield Frame(before, after_m=away)
        before = first


def _anchors(passed: Passed) -> Iterator[tuple[str, float]]:
    """Yield landmarks that nobody passes unseen, the first of their kind, and where they stand."""
    for kind, (at_m, off_m) in sorted(passed.first.items()):
        sure_m, _apart = _SURE_M.get(kind, _SURE_ELSE_M)
        if off_m <= sure_m and at_m < passed.length_m:
            yield kind, at_m


def first_of(
    kind: str, passed: Passed, confusing: Sequence[float], *, side: str = "", mark: str = ""
) -> Iterator[Step]:
    """Yield what names the first of a kind, where nothing before could be taken for it."""
    least_m = max(confusing, default=-1.0)
    for frame in frames(passed, confusing, least_m, shortest=passed.shortest):
        yield step_of(kind, passed, frame, side=side, mark=mark)


def nth_of(
    kind: str, passed: Passed, before: Sequence[tuple[float, bool]], *, side: str
) -> Iterator[Step]:
    """Yield what names a count; of each before it: where, and whether all count it."""
    places = [at_m for at_m, _sure in before]
    unsure = next((at_m for at_m, sure in reversed(before) if not sure), -1.0)
    many = places[-MOST_COUNT] if len(places) >= MOST_COUNT else -1.0
    least_m = max(unsure, many)
    # A count alone is said with its distance from `COUNT_M` on, behind something without.
    if passed.shortest and least_m < 0 and not (kind == "count" and passed.length_m >= COUNT_M):
        yield step_of(kind, passed, side=side, number=len(places) + 1)
        if not places:
            return
        least_m = places[-1]  # shorter than a number is at most what has none
    for frame in frames(passed, places, least_m):
        counted = len(places) - bisect(places, frame.from_m)
        if counted or not frame.after_m or kind != "count":  # "distance" says the same
            yield step_of(kind, passed, frame, side=side, number=counted + 1)
