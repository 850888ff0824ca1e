"""The drawing of time against danger: points in a box of 736 × 196, computed, never eyed.

Each named way has a sign of its own beside its shape, so that it reads without colour; the table
below the drawing says the same to whoever does not see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LEFT, RIGHT, TOP, BOTTOM = 56, 706, 8, 168
STEPS = 4
LEAST_SPAN_MIN = 4.0  # a front narrower than this is not drawn as if it were wide


@dataclass(frozen=True, slots=True)
class Dot:
    """One named way: where it stands, its sign, and its figures in words.

    Attributes:
        names: every name it bears; two names may be one way.
        sign: "1", "2" …, the sooner the less, as in the table.
    """

    names: tuple[str, ...]
    sign: str
    x: int
    y: int
    minutes: int
    open_min: int
    p_milli: int
    chosen: bool
    to_the_left: bool

    @property
    def p(self) -> str:
        """Return its figure in hundredths."""
        return f"{self.p_milli / 1000:.2f}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Guides, the limit's line, the whole front, and the ways that have a name.

    Attributes:
        unnamed: minutes and figure of every other way of the front, for whoever does not see its points.
    """

    dots: Sequence[Dot]
    points: Sequence[tuple[int, int]]
    unnamed: Sequence[tuple[int, str]]
    front: str
    limit_y: int
    limit: str
    over_height: int
    across: Sequence[tuple[int, str]]
    up: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class _Box:
    start: float
    wide: float
    high: float

    def x(self, minutes: float) -> int:
        return int(LEFT + (minutes - self.start) / self.wide * (RIGHT - LEFT))

    def y(self, milli: float) -> int:
        return int(BOTTOM - milli / self.high * (BOTTOM - TOP))


def drawn(
    figures: Sequence[dict[str, Any]],
    chosen: str,
    *,
    limit_milli: int,
    front: Sequence[Sequence[int]] = (),
) -> Drawing:
    """Return the drawing of these ways; times in whole minutes, figures in hundredths.

    Args:
        figures: the named ways: name, time_s, open_s, p_milli.
        chosen: name of the one that is taken.
        front: (time_s, p_milli) of every way that no other beats in both; the named ones are drawn
            with or without it.
    """
    named = {(f["time_s"], f["p_milli"]) for f in figures}
    told = sorted(named | {(t, p) for t, p in front})
    minutes = [time_s / 60 for time_s, _p in told]
    span = max(max(minutes) - min(minutes), LEAST_SPAN_MIN)
    start = max(min(minutes) - span * 0.15, 0.0)
    highest = max(limit_milli * 2, *(p for _t, p in told))
    box = _Box(start, span * 1.3, highest * 1.1)
    line = sorted({(t, p) for t, p in front}) or told
    points = [(box.x(time_s / 60), box.y(p)) for time_s, p in line]
    step = 100 if highest <= 600 else 200  # noqa: PLR2004  thousandths: at most seven guides
    return Drawing(
        dots=_dots(figures, chosen, box),
        points=points,
        unnamed=_unnamed(figures, front),
        front=" ".join(f"{'M' if n == 0 else 'L'}{x} {y}" for n, (x, y) in enumerate(points)),
        limit_y=box.y(limit_milli),
        limit=f"{limit_milli / 1000:.2f}",
        over_height=box.y(limit_milli) - TOP,
        across=[
            (box.x(start + box.wide * n / STEPS), f"{start + box.wide * n / STEPS:.0f}")
            for n in range(STEPS + 1)
        ],
        up=[(box.y(milli), f"{milli / 1000:.1f}") for milli in range(0, int(box.high), step)],
    )


def minutes_up(seconds: int) -> int:
    """Return minutes begun: a little time in the open is not none."""
    return -(-seconds // 60)


def _unnamed(
    figures: Sequence[dict[str, Any]], front: Sequence[Sequence[int]]
) -> list[tuple[int, str]]:
    """Return the ways of the front without a name, the soonest first; what reads alike stands once."""
    named = {(f["time_s"], f["p_milli"]) for f in figures}
    others = sorted({(t, p) for t, p in front} - named)
    return list(dict.fromkeys((round(t / 60), f"{p / 1000:.2f}") for t, p in others))


def _dots(figures: Sequence[dict[str, Any]], chosen: str, box: _Box) -> list[Dot]:
    """Return one dot for each way that differs, the soonest first; equal ones share theirs."""
    same: dict[tuple[int, int, int], list[str]] = {}
    for figure in figures:
        alike = (figure["time_s"], figure["p_milli"], figure["open_s"])
        same.setdefault(alike, []).append(figure["name"])
    return [
        Dot(
            names=tuple(names),
            sign=str(n),
            x=box.x(time_s / 60),
            y=box.y(p_milli),
            minutes=round(time_s / 60),
            open_min=minutes_up(open_s),
            p_milli=p_milli,
            chosen=chosen in names,
            to_the_left=box.x(time_s / 60) > (LEFT + RIGHT) // 2,
        )
        for n, ((time_s, p_milli, open_s), names) in enumerate(sorted(same.items()), start=1)
    ]
