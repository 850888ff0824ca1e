"""The drawing of time against danger: points in a box of 736 × 196, computed, never eyed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LEFT, RIGHT, TOP, BOTTOM = 56, 706, 8, 168
STEPS = 4


@dataclass(frozen=True, slots=True)
class Dot:
    """One way: where it stands, and its figures in words."""

    name: str
    x: int
    y: int
    minutes: int
    p: str
    chosen: bool
    to_the_left: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Guides, the limit's line, and the ways."""

    dots: Sequence[Dot]
    front: str
    limit_y: int
    limit: str
    over_height: int
    across: Sequence[tuple[int, str]]
    up: Sequence[tuple[int, str]]


def drawn(figures: Sequence[dict[str, Any]], chosen: str, *, limit_milli: int) -> Drawing:
    """Return the drawing of these ways; times in whole minutes, figures in hundredths."""
    minutes = [figure["time_s"] / 60 for figure in figures]
    least, most = min(minutes), max(minutes)
    span = max(most - least, 4.0)
    start = max(least - span * 0.15, 0.0)
    wide = span * 1.3
    high = max(limit_milli * 2, *(figure["p_milli"] for figure in figures)) * 1.1

    def x(value: float) -> int:
        return int(LEFT + (value - start) / wide * (RIGHT - LEFT))

    def y(milli: float) -> int:
        return int(BOTTOM - milli / high * (BOTTOM - TOP))

    seen: dict[tuple[int, int], Dot] = {}
    for figure, each in zip(figures, minutes, strict=True):
        at = (x(each), y(figure["p_milli"]))
        dot = Dot(
            figure["name"], *at, round(each), f"{figure['p_milli'] / 1000:.2f}",
            figure["name"] == chosen, at[0] > (LEFT + RIGHT) // 2,
        )  # fmt: skip
        if at not in seen or dot.chosen:
            seen[at] = dot
    dots = sorted(seen.values(), key=lambda dot: dot.x)
    return Drawing(
        dots=dots,
        front=" ".join(f"{'M' if n == 0 else 'L'}{dot.x} {dot.y}" for n, dot in enumerate(dots)),
        limit_y=y(limit_milli),
        limit=f"{limit_milli / 1000:.2f}",
        over_height=y(limit_milli) - TOP,
        across=[
            (x(start + wide * n / STEPS), f"{start + wide * n / STEPS:.0f}")
            for n in range(STEPS + 1)
        ],
        up=[(y(milli), f"{milli / 1000:.1f}") for milli in range(0, int(high), 100)],
    )
