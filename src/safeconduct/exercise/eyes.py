"""What a driver sees of a junction as he comes to it: which roads lie where, and by which he goes on."""

import random
from dataclasses import dataclass

from safeconduct.exercise.driver import Driver
from safeconduct.exercise.streets import Mouth, Streets, turned

PAVED = 2
PLAINLY_DEG, ALIKE_DEG = 20.0, 6.0  # roads that part plainly; two that look like one
DOUBT_DEG, BEND_DEG = 12.0, 65.0  # nearer angles leave him in doubt; a sharper bend is no bend


class Lost(Exception):
    """He does not know where to go."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A road before him: its mouth, and by how much he thinks he must turn into it."""

    mouth: Mouth
    angle: float

    @property
    def side(self) -> str:
        """Return the hand on which it lies."""
        return "left" if self.angle < 0 else "right"


Arms = list[Arm]
One = Arm | None


class Eyes:
    """One man's eyes on one map."""

    def __init__(self, known: Streets, driver: Driver) -> None:
        self.known, self.driver = known, driver

    def arms(self, edge: int) -> list[Arm]:
        """Return the roads before him at the end of an edge, leftmost first, as he judges their angles."""
        roads = self.known.roads
        junction = int(roads.head[edge])
        coming, own = self.known.coming(edge), (int(roads.segment[edge]), not roads.forward[edge])
        found = []
        for mouth in self.known.mouths(junction):
            if (mouth.segment, mouth.away) != own:
                wrong = random.Random(self.driver.seed ^ (mouth.segment * 2_654_435_761))
                wavers = wrong.uniform(-self.driver.wavers_deg, self.driver.wavers_deg)
                found.append(Arm(mouth, turned(coming, mouth.bearing) + wavers))
        return sorted(found, key=lambda arm: arm.angle)

    def habit(self, arms: list[Arm], edge: int, *, keeps: str) -> Arm | None:
        """Return the road he takes when nothing is said, None where he would not know."""
        ways = [arm for arm in arms if arm.mouth.edge >= 0]
        own = self.known.width(edge)
        wide = [arm for arm in ways if arm.mouth.width >= own]
        if keeps == "main" and len(wide) == 1:
            return wide[0]
        if len(ways) <= 1:
            return ways[0] if ways else None

        straight = keeps == "straight"  # then no road is better for being wider

        def bends(arm: Arm) -> float:
            lesser = arm.mouth.width < own and not straight
            return abs(arm.angle) + (self.driver.main if lesser else 0.0)

        first, second = sorted(ways, key=bends)[:2]
        doubt = ALIKE_DEG if straight else DOUBT_DEG
        plain = bends(second) - bends(first) >= doubt and abs(first.angle) <= BEND_DEG
        return first if plain else None

    def beside(self, arms: list[Arm], on: Arm | None, side: str) -> list[Arm]:
        """Return the roads on one hand that he takes for turnings of some kind, nearest first."""
        low, high = self.driver.turning_deg, self.driver.back_deg
        found = [a for a in arms if a is not on and a.side == side and low <= abs(a.angle) <= high]
        return sorted(found, key=lambda arm: -abs(arm.angle))

    def counts(self, arm: Arm, own: int) -> bool:
        """Return whether a road beside him is one that he counts, who drives on one of width `own`."""
        lane = arm.mouth.width < min(own, PAVED)
        shut = arm.mouth.edge < 0
        return (self.driver.lanes or not lane) and (self.driver.no_entry or not shut)

    def outer(self, two: Arms, side: str) -> Arm:
        """Return which of two roads lies on a hand, as he sees them further in.

        Raises:
            Lost: he cannot tell one from the other.
        """
        if two[1].angle - two[0].angle < PLAINLY_DEG:
            apart_m, in_order = self.known.apart(two[0].mouth, two[1].mouth)
            if apart_m >= self.driver.parts_m:
                two = two if in_order else two[::-1]
            elif two[1].angle - two[0].angle < ALIKE_DEG:
                raise Lost("he cannot tell one road from the other")
        return two[0] if side == "left" else two[1]
