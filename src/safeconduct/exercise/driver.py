"""Men who differ in what they make of a metre, an angle, north, a lane."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Driver:
    """How one man sees the road.

    Attributes:
        reckons: what he takes a metre for, 0.8 to 1.2.
        wavers_deg, compass_deg: how wrong he is about an angle, and about north.
        turning_deg, back_deg: between these a road beside him is a turning.
        lanes, no_entry: whether he counts lanes and tracks from a better road; roads of no entry.
        sees_m: how near a landmark must be to a junction to be at it.
        fork_deg: where both roads of a place lie further off than this, it is a fork to him.
        parts_m: two roads that lie so far from each other further in, he sees on which hand each is.
        main: how many degrees more he bends to stay on the wider road, when nothing is said.
        overshoots: where he is to wait, he stands past the roads of the place.
    """

    seed: int = 0
    reckons: float = 1.0
    wavers_deg: float = 0.0
    compass_deg: float = 0.0
    turning_deg: float = 35.0
    back_deg: float = 160.0
    lanes: bool = True
    no_entry: bool = False
    sees_m: float = 80.0
    main: float = 15.0
    fork_deg: float = 24.0
    parts_m: float = 7.0
    overshoots: bool = False


def drivers(count: int, *, seed: int) -> list[Driver]:
    """Return `count` different men; the first two are the ends of the scale of distances."""
    chance = random.Random(seed)
    return [
        Driver(
            seed=chance.randrange(2**30),
            reckons=(0.8, 1.2)[n] if n < 2 else chance.uniform(0.8, 1.2),  # noqa: PLR2004  two ends
            wavers_deg=7.0,
            compass_deg=chance.uniform(-12, 12),
            turning_deg=chance.uniform(32, 40),
            back_deg=chance.uniform(155, 163),
            lanes=bool(n % 2) if n < 2 else chance.choice((False, True)),  # noqa: PLR2004  the same
            no_entry=chance.choice((False, True)),
            sees_m=chance.uniform(65, 110),
            fork_deg=chance.uniform(20, 28),
            main=chance.choice((0.0, 15.0, 30.0)),
            overshoots=n % 2 == 1,
            parts_m=chance.uniform(5, 9),
        )
        for n in range(count)
    ]
