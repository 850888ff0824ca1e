"""What ArduCopter does with an airframe: modes, targets, missions, failsafes. No message, no socket.

Each behaviour was seen in ArduCopter's own simulator or stands in its documentation; which, and with
which times, is said in docs/decisions/0134 and held by tests that name each row.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from safeconduct.exercise.airframe import LOW_M, SPOOL_S, TICK_S, TOUCH_M_S, Airframe
from safeconduct.exercise.keepout import Item, KeepOut
from safeconduct.exercise.weather import Weather
from safeconduct.geo import Point, local_m, moved

STABILIZE, AUTO, GUIDED, LOITER, RTL, LAND, BRAKE, FOLLOW = 0, 3, 4, 5, 6, 9, 17, 23
MODES = frozenset({STABILIZE, AUTO, GUIDED, LOITER, RTL, LAND, BRAKE, FOLLOW})
NEED_PLACE = MODES - {STABILIZE}
PLACED_S = 38.5  # absolute position after boot (seen: 38 to 39 s)
GCS_S = 5.0  # FS_GCS_TIMEOUT, from the last beat
GUIDED_S = 3.0  # GUID_TIMEOUT: so long a velocity goes on
OUT_S = 2.0  # outside its fence for so long, it says so
LOITER_S = 5.0  # RTL_LOIT_TIME
DISARM_S = 10.0  # on the ground
AGAIN = 0.94  # of its limit it makes good while its target is told anew (fitted: it fell behind at 10 m/s)
BRIEF_S = 2.0  # two targets no further apart in time are one that is told anew
WAYPOINT, LOITER_TIME, TAKE_OFF, LANDS, RETURNS, SPEED = 16, 19, 22, 21, 20, 178
FENCE_HIGH, FENCE_DRAWN = 1, 4  # bits of FENCE_TYPE
CRITICAL = 2
FAILED_ACTS = {1: LAND, 2: RTL}  # BATT_FS_LOW_ACT


@dataclass(slots=True)
class Goal:
    """What it flies to or with: a place, a velocity with an end, or both."""

    place: tuple[float, float, float] | None = None
    velocity: tuple[float, float, float] = (0.0, 0.0, 0.0)
    told_s: float = 0.0
    limit_m_s: float = math.inf
    again: bool = False


@dataclass(slots=True)
class Copter:
    """One aircraft. `step` moves it on; times are seconds of its own since boot.

    Attributes:
        params: ArduCopter's names; read at each use, as there.
        texts: what it says, (severity, text), for whoever sends it.
        notes: what it did by commands that move or drop something, for a judge.
    """

    home: Point
    params: dict[str, float]
    weather: Weather = field(default_factory=Weather)
    frame: Airframe = field(default_factory=Airframe)
    mode: int = STABILIZE
    armed: bool = False
    fence: KeepOut = field(default_factory=KeepOut)
    mission: Sequence[Item] = ()
    current: int = 0
    breached: bool = False
    breaches: int = 0
    texts: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    at_s: float = 0.0
    goal: Goal = field(default_factory=Goal)
    him: Goal | None = None  # whom it is to follow
    _left_s: float = 0.0
    _since: dict[str, float] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)
    _beat_s: float | None = None

    # ---- what it is told -----------------------------------------------------------------

    @property
    def placed(self) -> bool:
        """Return whether it knows where it is."""
        return self.at_s >= PLACED_S

    @property
    def place(self) -> Point:
        """Return where it truly is."""
        return moved(self.home, east_m=self.frame.east_m, north_m=self.frame.north_m)

    @property
    def flying(self) -> bool:
        """Return whether it is off the ground."""
        return self.frame.height_m > 0

    def beat(self, *, link_s: float) -> None:
        """Take a heartbeat of its pilot's station."""
        self._beat_s = link_s
        self._failed.discard("GCS")

    def arm(self, *, on: bool) -> bool:
        """Arm or disarm; refused without a place, in the air, and in a mode that lands or returns."""
        if on and (not self.placed or self.mode in {RTL, LAND}):
            self.say(
                "PreArm: Need Position Estimate" if not self.placed else "Arm: Mode not armable"
            )
            return False
        if not on and self.flying:
            return False
        self.armed = on
        self._since["armed"] = self.at_s
        return True

    def take_off(self, height_m: float) -> bool:
        """Climb to a height above home; only armed and in GUIDED."""
        if not (self.armed and self.mode == GUIDED and height_m > 0) or self.flying:
            return False
        self.goal = Goal((self.frame.east_m, self.frame.north_m, height_m), told_s=self.at_s)
        self._since["lifts"] = self.at_s + SPOOL_S
        return True

    def set_mode(self, mode: int) -> bool:
        """Change the mode; refused when it does not know it, or where it is."""
        if mode not in MODES or (mode in NEED_PLACE and not self.placed):
            return False
        if mode == FOLLOW and not self.params.get("FOLL_ENABLE"):
            return False
        if mode != self.mode:
            self.mode, self._left_s = mode, LOITER_S
            self.goal = Goal(self._here(), told_s=self.at_s)
        return True

    def reposition(self, target: Point, *, height_m: float, speed_m_s: float = -1.0) -> bool:
        """Fly to a place in GUIDED, DO_REPOSITION: outside the fence it is refused aloud."""
        if self.mode != GUIDED or not self._may_go(target, height_m):
            return False
        limit = speed_m_s if speed_m_s > 0 else math.inf
        self._go(self._local(target, height_m), limit_m_s=limit)
        return True

    def target(
        self, target: Point, *, height_m: float, velocity: tuple[float, float, float]
    ) -> None:
        """Fly to a place in passing, SET_POSITION_TARGET_GLOBAL_INT: outside the fence, silently nothing."""
        if self.mode == GUIDED and self.flying and self._may_go(target, height_m):
            self._go(self._local(target, height_m), velocity=velocity)

    def drift(self, east_m_s: float, north_m_s: float, up_m_s: float) -> None:
        """Fly with a velocity, which ends by itself. Its fence does not look ahead."""
        if self.mode == GUIDED and self.flying:
            self.goal = Goal(velocity=(east_m_s, north_m_s, up_m_s), told_s=self.at_s)

    def see_him(self, him: Point, velocity: tuple[float, float]) -> None:
        """Take whom it is to follow, FOLLOW_TARGET; it moves only once its pilot chooses FOLLOW."""
        self.him = Goal(self._local(him, 0.0), (*velocity, 0.0), self.at_s)

    def _go(
        self,
        place: tuple[float, float, float],
        *,
        velocity: tuple[float, float, float] = (0.0, 0.0, 0.0),
        limit_m_s: float = math.inf,
    ) -> None:
        again = self.goal.place not in {None, place} and self.at_s - self.goal.told_s <= BRIEF_S
        self.goal = Goal(place, velocity, self.at_s, limit_m_s, again)

    def _may_go(self, target: Point, height_m: float) -> bool:
        if not self.params["FENCE_ENABLE"]:
            return True
        kind = int(self.params["FENCE_TYPE"])
        high = bool(kind & FENCE_HIGH) and height_m > self.params["FENCE_ALT_MAX"]
        return not high and (not kind & FENCE_DRAWN or self.fence.holds(target))

    def _local(self, target: Point, height_m: float) -> tuple[float, float, float]:
        return (*local_m(target, origin=self.home), height_m)

    def _here(self) -> tuple[float, float, float]:
        return self.frame.east_m, self.frame.north_m, self.frame.height_m

    def say(self, text: str, severity: int = CRITICAL) -> None:
        """Say one text."""
        self.texts.append((severity, text))

    # ---- time goes on --------------------------------------------------------------------

    def step(self, to_s: float, *, link_s: float) -> None:
        """Move on to an instant since boot.

        Args:
            to_s: seconds since boot.
            link_s: seconds of the clock by which its pilot's station beats.
        """
        while self.at_s + TICK_S <= to_s:
            self.at_s += TICK_S
            self._failsafes(link_s)
            if self.armed:
                self._fly()

    def _fly(self) -> None:
        if not self.flying and self.mode not in {GUIDED, AUTO, FOLLOW}:
            self._rest()
        elif self.at_s >= self._since.get("lifts", 0.0):
            flies = {
                GUIDED: self._guided, AUTO: self._mission, RTL: self._return, LAND: self._land,
                FOLLOW: self._follow,
            }  # fmt: skip
            flies.get(self.mode, self._stand)()

    def _seek(
        self, place: tuple[float, float, float], *, limit_m_s: float = math.inf,
        moving: tuple[float, float] = (0.0, 0.0),
    ) -> None:  # fmt: skip
        limit = min(limit_m_s, self.params["WPNAV_SPEED"] / 100)
        wind = self.weather.wind(self.at_s)
        self.frame.seek(*place, limit_m_s=limit, wind=wind, moving=moving)

    def _guided(self) -> None:
        goal = self.goal
        if goal.place is None:
            late = self.at_s - goal.told_s > GUIDED_S
            velocity = (0.0, 0.0, 0.0) if late else goal.velocity
            self.frame.drift(*velocity, wind=self.weather.wind(self.at_s))
            return
        limit = min(goal.limit_m_s, self.params["WPNAV_SPEED"] / 100)
        limit *= AGAIN if goal.again and not any(goal.velocity) else 1.0
        self._seek(self._moved_on(goal), limit_m_s=limit, moving=self._moving(goal))

    def _stand(self) -> None:
        self._seek(self.goal.place or self._here())

    def _follow(self) -> None:
        if self.him is None:
            return self._stand()
        east, north, height = self._moved_on(self.him)
        names = ("FOLL_OFS_Y", "FOLL_OFS_X", "FOLL_OFS_Z")  # y is east, z is down
        by_east, by_north, down = (self.params.get(name, 0.0) for name in names)
        place = (east + by_east, north + by_north, height - down)
        return self._seek(place, moving=self._moving(self.him))

    def _moved_on(self, goal: Goal) -> tuple[float, float, float]:
        """Return a place that moves on with its velocity, as long as a velocity goes on."""
        east, north, height = goal.place or self._here()
        for_s = min(self.at_s - goal.told_s, GUIDED_S)
        return east + goal.velocity[0] * for_s, north + goal.velocity[1] * for_s, height

    def _moving(self, goal: Goal) -> tuple[float, float]:
        late = self.at_s - goal.told_s > GUIDED_S
        return (0.0, 0.0) if late else goal.velocity[:2]

    def _return(self) -> None:
        """Climb if it is low, fly home, wait, land."""
        lowest = self.params["RTL_ALT"] / 100
        height = max(self.frame.height_m, lowest)
        if self.frame.height_m < lowest - 1 and self._left_s == LOITER_S:
            self._seek((self.frame.east_m, self.frame.north_m, height))
        elif self.frame.away_m(0, 0) > 1 or self.frame.speed_m_s > 1:
            self._seek((0, 0, height))
        elif self._left_s > 0:
            self._left_s -= TICK_S
            self._seek((0, 0, height))
        else:
            self._sink(0, 0)

    def _land(self) -> None:
        self._sink(*(self.goal.place or self._here())[:2])

    def _sink(self, east_m: float, north_m: float) -> None:
        if self.frame.height_m > LOW_M:
            return self._seek((east_m, north_m, LOW_M - 2))  # it does not brake there
        wind = self.weather.wind(self.at_s)
        self.frame.drift(0.0, 0.0, -TOUCH_M_S, wind=wind)
        return self._rest() if self.frame.height_m <= 0 else None

    def _rest(self) -> None:
        """Stand on the ground, and disarm after a while there."""
        self.frame.settle()
        down = self._since.setdefault("down", self.at_s)
        armed = self._since.get("armed", 0.0)
        if self.at_s - max(down, armed) >= DISARM_S:
            self.armed = False
            self._since.pop("down", None)

    def _mission(self) -> None:
        """Fly the items one after the other; behind the last it stands."""
        if self.current >= len(self.mission):
            return self._stand()
        item = self.mission[self.current]
        does = {
            WAYPOINT: self._waypoint, LOITER_TIME: self._waypoint, TAKE_OFF: self._lift,
            LANDS: self._ends, RETURNS: self._ends,
        }  # fmt: skip
        return does.get(item.command, self._skip)(item)

    def _skip(self, item: Item) -> None:
        if item.command == SPEED and item.params[1] > 0:
            self.params["WPNAV_SPEED"] = item.params[1] * 100
        self.current += 1

    def _waypoint(self, item: Item) -> None:
        place = self._local(item.point, item.height_m)
        if self.current == 0 and item.frame == 0:
            return self._skip(item)  # item 0 is home
        self._seek(place)
        there = self.frame.away_m(*place[:2]) < 2 and abs(self.frame.height_m - place[2]) < 1  # noqa: PLR2004  metres, WPNAV_RADIUS
        if not there:
            self._left_s = item.params[0]
        elif self._left_s > 0:
            self._left_s -= TICK_S
        else:
            self.goal = Goal(place)
            self.current += 1
        return None

    def _lift(self, item: Item) -> None:
        east, north = (self.goal.place or self._here())[:2]
        self._seek((east, north, item.height_m))
        if abs(self.frame.height_m - item.height_m) < 1:
            self.current += 1

    def _ends(self, item: Item) -> None:
        self.set_mode(RTL if item.command == RETURNS else LAND)

    # ---- failsafes -----------------------------------------------------------------------

    def _failsafes(self, link_s: float) -> None:
        if not self.armed:
            return
        silent = self._beat_s is not None and link_s - self._beat_s > GCS_S
        if silent and self.params["FS_GCS_ENABLE"]:
            self._fails("GCS", "GCS Failsafe", RTL)
        low = self.frame.volts < self.params["BATT_LOW_VOLT"]
        if self._lasts("low", low, self.params["BATT_LOW_TIMER"]):
            act = FAILED_ACTS.get(int(self.params["BATT_FS_LOW_ACT"]), self.mode)
            self._fails("battery", "Battery Failsafe", act)
        self._look_at_fence()

    def _look_at_fence(self) -> None:
        if not self.params["FENCE_ENABLE"] or not self.flying:
            return
        kind = int(self.params["FENCE_TYPE"])
        drawn = bool(kind & FENCE_DRAWN) and not self.fence.holds(self.place)
        high = bool(kind & FENCE_HIGH) and self.frame.height_m > self.params["FENCE_ALT_MAX"]
        out = self._lasts("out", drawn or high, OUT_S)
        if out and not self.breached:
            self.breaches += 1
            act = RTL if self.params["FENCE_ACTION"] else self.mode
            what = "Polygon fence breached" if drawn else "Max Alt fence breached"
            self._failed.discard("fence")
            self._fails("fence", what, act)
        self.breached = out

    def _lasts(self, key: str, true: bool, for_s: float) -> bool:
        if not true:
            self._since.pop(key, None)
            return False
        return self.at_s - self._since.setdefault(key, self.at_s) >= for_s

    def _fails(self, key: str, text: str, mode: int) -> None:
        """Do once what a failsafe does, until its cause is gone."""
        if key in self._failed:
            return
        self._failed.add(key)
        self.say(text)
        if self.flying and self.mode not in {LAND, mode}:
            self.set_mode(mode)
