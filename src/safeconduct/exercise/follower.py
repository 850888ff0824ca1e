"""A man who drives by what he was sent: one string, the roads before him, and nothing else.

He knows neither who composed the words nor by which rules. He is wrong about distances by up to a
fifth, about angles and the compass by some degrees; he may count a lane or a road of no entry for a
turning or not, and he looks at a junction in his own way. Where the words fit nothing that he sees
he stands still and is lost: he never guesses.
"""

from dataclasses import dataclass, replace

from safeconduct.exercise.driver import Driver
from safeconduct.exercise.eyes import ALIKE_DEG, DOUBT_DEG, PAVED, Arm, Arms, Eyes, Lost, One
from safeconduct.exercise.heard import NotUnderstood, Order, heard
from safeconduct.exercise.streets import Spot, Streets, point_along, streets, turned
from safeconduct.ways.roads import Roads

MOST_EDGES = 600  # driven in all: then he has gone astray
NOWHERE = -1
UNSAID = "no place was said"
FAR_OFF_DEG = 60.0  # a compass word fits nothing
TWO = 2  # roads of a fork
AHEAD_DEG, FORK_DEG = 52.0, 125.0  # a road ahead; the widest fork
SHARP_DEG = 138.0  # from here on a road leads back
ON_BRIDGE_M = 30.0
LOOKS = 0.8  # of a distance he is told: from there on he looks
SOME_M, NEARLY, TOO_FAR = 60.0, 0.6, 1.5  # times the distance: then he knows that he has missed it


@dataclass(frozen=True, slots=True)
class Journey:
    """Where he came: the edges he drove, the place where he stands, why he gave up ("" if not).

    `onto` is the edge he has turned into, NOWHERE for none; with words that name no place he is `UNSAID`
    at their end.
    """

    edges: tuple[int, ...]
    spot: Spot
    lost: str
    onto: int = NOWHERE


def follow(
    roads: Roads, start: int, text: str, *, language: str, driver: Driver, coming: int = NOWHERE
) -> Journey:
    """Return where a man comes who stands at junction `start` and reads `text`.

    Args:
        coming: the edge by which he came there, where he waited; NOWHERE where he sets out.
    """
    trip = _Trip(streets(roads), driver, start, coming)
    lost = ""
    try:
        for order in heard(text, language=language):
            trip.do(order)
        if not trip.there:
            lost = UNSAID
    except (Lost, NotUnderstood) as why:
        lost = str(why) or type(why).__name__
    onto = NOWHERE if trip.there else trip.following
    return Journey(tuple(trip.edges), trip.spot, lost, onto)


class _Trip:
    """One drive: where he is, what he has passed since he last did something."""

    def __init__(self, known: Streets, driver: Driver, start: int, coming: int) -> None:
        roads = known.roads
        self.known, self.driver, self.eyes = known, driver, Eyes(known, driver)
        self.at, self.there = start, False
        self.edges: list[int] = []
        self.following, self.waits_after = NOWHERE, coming
        self.spot = known.spot(int(roads.junction_lat_e7[start]), int(roads.junction_lon_e7[start]))
        self._forget(Order("leave"))

    def _forget(self, order: Order) -> None:
        """Begin to count anew: metres, turnings, and what is to lie behind him."""
        self.metres, self.counted = 0.0, 0
        self.beyond = order.beyond

    def do(self, order: Order) -> None:
        """Do one thing he was told.

        Raises:
            Lost: nothing he sees fits the words.
        """
        if order.does == "leave":
            self._leave(order.number, order.side)
            return
        self._forget(order)
        if self._sets_out(order):
            return
        while not self._halts(order, self.following):
            edge = self.following
            if order.does == "circle" and not order.circles and (ring := self.known.circle(edge)):
                self._round(order, NOWHERE, ring)  # he stands in it
                return
            self._drive(edge)
            if ring := self._ring_before(edge):
                if self._round(order, edge, ring):
                    return
                order = replace(order, circles=order.circles - 1)
                self._forget(order)
            elif self._at_junction(order, edge):
                return

    def _at_junction(self, order: Order, edge: int) -> bool:
        """Do what he was told if this is the place, else go on; return whether it was."""
        arms = self.eyes.arms(edge)
        on = self.eyes.habit(arms, edge, keeps=order.keeps)
        begun = not self.beyond and self.metres >= LOOKS * order.skips
        if begun and not order.circles and self._obeys(order, arms, on, edge):
            return True
        if on is not None:
            self.following = on.mouth.edge
            return False
        if self._nearly(order):
            return True
        raise Lost("the road goes on two ways, or none, and no word says which")

    def _nearly(self, order: Order) -> bool:
        """Stop where no word says how to go on, if he has nearly come as far as the place lies."""
        here_or_nowhere = order.stop and order.does == "after" and not order.side
        short_m = order.metres - self.metres
        self.there = here_or_nowhere and short_m <= max(SOME_M, (1 - NEARLY) * order.metres)
        return self.there

    def _sets_out(self, order: Order) -> bool:
        """Set out where he has not; return whether he did at once, where he waited, what he was told."""
        edge, self.waits_after = self.waits_after, NOWHERE
        if edge == NOWHERE:
            if self.following == NOWHERE:
                self._leave(None)
            return False
        on = self.eyes.habit(self.eyes.arms(edge), edge, keeps=order.keeps)
        if self.driver.overshoots and on is not None and order.does != "at":
            self.following = on.mouth.edge
            return False
        return self._at_junction(order, edge)

    def _leave(self, point: int | None, side: str = "") -> None:
        mouths = [m for m in self.known.mouths(self.at) if m.edge >= 0]
        if point is None:
            if len(mouths) != 1:
                raise Lost("no word says by which road to leave")
            self.following = mouths[0].edge
            return
        said = point + self.driver.compass_deg
        seen = sorted((Arm(m, turned(said, m.bearing)) for m in mouths), key=lambda a: abs(a.angle))
        meant, others = (seen[:2], seen[2:]) if side else (seen[:1], seen[1:])
        far = abs(meant[-1].angle)
        if far > FAR_OFF_DEG or (others and abs(others[0].angle) - far < ALIKE_DEG):
            raise Lost("no road leads that way, or too many do")
        if side and len(meant) == 1:
            raise Lost("one road alone leads that way")
        two = sorted(meant, key=lambda arm: arm.angle)
        self.following = (self.eyes.outer(two, side) if side else meant[0]).mouth.edge

    def _drive(self, edge: int) -> None:
        if len(self.edges) > MOST_EDGES:
            raise Lost("he drives in rounds")
        self.edges.append(edge)
        roads = self.known.roads
        self.metres += float(roads.segment_length_m[roads.segment[edge]]) * self.driver.reckons
        self.at, self.spot = int(roads.head[edge]), self.known.line(edge)[-1]
        near_m = ON_BRIDGE_M if self.beyond == "bridge" else self.driver.sees_m
        passed = self.known.passed(edge) if self.beyond else ()
        if any(kind == self.beyond and off <= near_m for kind, _m, off in passed):
            self.beyond = ""

    # ---- what the words make him do there ----

    def _obeys(self, order: Order, arms: list[Arm], on: Arm | None, edge: int) -> bool:
        """Do what he was told if this is the place; return whether it was."""
        side = self.eyes.beside(arms, on, order.side)
        wanted = getattr(self, f"_{order.does}")(order, arms, on, side, edge)
        if wanted is None:
            return False
        if order.stop:
            self.there = True
            return True
        if not isinstance(wanted, Arm) or wanted.mouth.edge < 0:
            raise Lost("he may not enter where he was to turn")
        self.following = wanted.mouth.edge
        return True

    def _nth(self, order: Order, counting: list[Arm]) -> Arm | None:
        for arm in counting:
            self.counted += 1
            if self.counted == order.number:
                return arm
        return None

    def _turn(self, order: Order, _arms: Arms, _on: One, side: Arms, edge: int) -> One:
        own = self.known.width(edge)
        found = self._nth(order, [arm for arm in side if self.eyes.counts(arm, own)])
        if found and order.metres and not 0.7 * order.metres < self.metres < 1.35 * order.metres:
            raise Lost("the distance he was told is another")
        return found

    def _road(self, order: Order, _arms: Arms, _on: One, side: Arms, _edge: int) -> One:
        found = [arm for arm in side if arm.mouth.width >= PAVED]
        return self._nth(order, [a for a in found if self.driver.no_entry or a.mouth.edge >= 0])

    def _lane(self, order: Order, _arms: Arms, _on: One, side: Arms, _edge: int) -> One:
        narrow = (0, 1) if self.driver.lanes else (1,)
        return self._nth(order, [arm for arm in side if arm.mouth.width in narrow])

    def _track(self, order: Order, _arms: Arms, _on: One, side: Arms, _edge: int) -> One:
        rough = (0, 1) if self.driver.lanes else (0,)
        return self._nth(order, [arm for arm in side if arm.mouth.width in rough])

    def _after(self, order: Order, _arms: Arms, _on: One, side: Arms, _edge: int) -> One:
        if self.metres > TOO_FAR * order.metres + SOME_M:
            raise Lost("he has come too far")
        return side[0] if side and order.side and self.metres >= LOOKS * order.metres else None

    def _at(self, order: Order, _arms: Arms, _on: One, side: Arms, _edge: int) -> One:
        seen = order.mark in self.known.near(self.spot, within_m=self.driver.sees_m)
        return side[0] if side and seen else None

    def _end(
        self, order: Order, arms: Arms, _on: Arm | None, _side: Arms, _edge: int
    ) -> "Arm | bool | None":
        if any(abs(arm.angle) < AHEAD_DEG for arm in arms):
            return None
        if order.stop:
            return True if len(arms) != 1 else None
        if len(arms) == 1:
            return None  # a sharp bend
        there = [arm for arm in arms if arm.side == order.side and arm.mouth.edge >= 0]
        if not there:
            raise Lost("at the end no road leads that way")
        return min(there, key=lambda arm: abs(abs(arm.angle) - 90))

    def _fork(self, order: Order, arms: Arms, _on: One, _side: Arms, _edge: int) -> One:
        ways = [arm for arm in arms if arm.mouth.edge >= 0]
        ahead = [arm for arm in ways if abs(arm.angle) <= AHEAD_DEG]
        if len(ahead) == TWO:
            return self.eyes.outer(ahead, order.side)
        parts = all(self.driver.fork_deg <= abs(arm.angle) <= FORK_DEG for arm in ways)
        return self.eyes.outer(ways, order.side) if len(ways) == TWO and parts else None

    def _back(self, order: Order, arms: Arms, on: One, _side: Arms, _edge: int) -> One:
        back = (a for a in arms if a is not on and a.side == order.side)
        return next((arm for arm in back if abs(arm.angle) >= SHARP_DEG), None)

    def _next(
        self, order: Order, arms: Arms, _on: Arm | None, _side: Arms, edge: int
    ) -> "Arm | bool | None":
        least = 0 if self.driver.lanes else min(self.known.width(edge), PAVED)
        ways = [arm for arm in arms if arm.mouth.edge >= 0 and arm.mouth.width >= least]
        if len(ways) < TWO:
            return None
        self.counted += 1
        if self.counted < order.number or order.stop:
            return self.counted == order.number or None
        return self.eyes.outer(ways[:2] if order.side == "left" else ways[-2:], order.side)

    def _onto(self, order: Order, arms: Arms, on: One, _side: Arms, edge: int) -> One:
        narrow = {"lane": (0, 1) if self.driver.lanes else (1,),
                  "track": (0, 1) if self.driver.lanes else (0,)}  # fmt: skip
        looks = narrow.get(order.mark, (2, 3))
        alike = self.known.width(edge) in looks  # then the road he is on is none to turn onto
        fit = [
            arm for arm in arms
            if arm.mouth.edge >= 0 and arm.mouth.width in looks and not (alike and arm is on)
        ]  # fmt: skip
        if len(fit) > 1:
            raise Lost("two such roads lead on")
        return fit[0] if fit else None

    def _circle(self, *_seen: object) -> None:
        """No circle is here: he drives on until he sees one."""

    # ---- circles, and where he stops ----

    def _ring_before(self, edge: int) -> tuple[int, ...]:
        if self.known.circle(edge):
            return ()
        inwards = [m.edge for m in self.known.mouths(self.at) if m.edge >= 0]
        return next((ring for each in inwards if (ring := self.known.circle(each))), ())

    def _round(self, order: Order, edge: int, ring: tuple[int, ...]) -> bool:
        """Drive into a circle and out of it; return whether that was what he was told to do.

        Args:
            edge: by which he comes; NOWHERE where he stands in it.
        """
        own = int(self.known.roads.segment[edge]) if edge != NOWHERE else NOWHERE
        exits = [
            (number, mouth)
            for number, piece in enumerate(ring, start=1)
            for mouth in self.known.mouths(int(self.known.roads.head[piece]))
            if mouth.edge >= 0
            and mouth.segment != own
            and not any(self.known.same(mouth.edge, each) for each in ring)
        ]
        if order.circles:
            coming = self.known.coming(edge)
            off = sorted((abs(turned(coming, m.bearing)), n) for n, (_p, m) in enumerate(exits))
            doubt = ALIKE_DEG if order.keeps == "straight" else DOUBT_DEG
            if len(off) > 1 and off[1][0] - off[0][0] < doubt:
                raise Lost("no exit goes straight on, or two do")
            number, out = exits[off[0][1]]
        elif order.does == "circle" and order.number <= len(exits):
            number, out = exits[order.number - 1]
        elif self._nearly(order):
            return True
        else:
            raise Lost("no word says how to leave the circle")
        for piece in ring[:number]:
            self._drive(piece)
        self.following = out.edge
        return not order.circles

    def _halts(self, order: Order, edge: int) -> bool:
        """Stop on a road between two junctions, if the place lies there; return whether he did."""
        if not order.stop or order.circles or self.beyond:
            return False
        line, reckons = self.known.line(edge), self.driver.reckons
        long_m = float(self.known.roads.segment_length_m[self.known.roads.segment[edge]])
        if order.does == "after" and not order.side:
            left = order.metres / reckons - self.metres / reckons
            if left > long_m:
                return False
        elif order.does == "at":
            seen = (m for kind, m, off in self.known.passed(edge)
                    if kind == order.mark and off <= self.driver.sees_m
                    and self.metres + m * reckons >= LOOKS * order.skips)  # fmt: skip
            left = next(seen, -1.0)
            if left < 0:
                return False
        else:
            return False
        self.edges.append(edge)
        self.spot, self.there = point_along(line, max(left, 0.0)), True
        return True
