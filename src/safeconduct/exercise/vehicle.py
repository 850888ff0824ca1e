"""A vehicle in the exercise's world: drives a line in world time, stops, strays, turns back.

It is a place that moves. Who learns of it, and how, is somebody else's: its tracker speaks MAVLink
(exercise/autopilot.py), a pilot sees it and reports it by hand.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from safeconduct.geo import Point, distance_m, length_m, local_m, moved

_LONGEST_STEP_S = 60.0  # where the world jumps, a vehicle does not drive through the gap
_STRAY_M_S = 10.0  # how fast it leaves the line and comes back


@dataclass(slots=True)
class Order:
    """One thing the vehicle does when it has come `at_m` along its line.

    Attributes:
        does: "halt", "leave" (drive `beside_m` to the right of the line) or "turn".
        for_s: world seconds until it goes on as before; for a turn, until it turns again.
    """

    at_m: float
    does: str
    for_s: float = math.inf
    beside_m: float = 0.0


class Vehicle:
    """One vehicle. `where(now)` moves it on to world time `now` and says where it is.

    Args:
        line: where it drives.
        leads: returns that line, which may grow at its end while it drives; None where it never does.
    """

    def __init__(
        self,
        line: Sequence[Point],
        *,
        speed_m_s: float = 8.0,
        orders: Sequence[Order] = (),
        leads: Callable[[], Sequence[Point]] | None = None,
    ) -> None:
        self.line, self._leads = list(line), leads
        self.speed_m_s = speed_m_s
        self.along_m = 0.0
        self.beside_m = 0.0
        self.moving = False
        self.backward = False
        self._aside_m = 0.0  # where beside_m is heading
        self._orders = sorted(orders, key=lambda order: order.at_m)
        self._until: datetime | None = None
        self._left_s = 0.0
        self._doing: Order | None = None
        self._last: datetime | None = None
        self._lock = threading.Lock()

    # ---- orders ------------------------------------------------------------------------

    def obey(self, told: dict[str, Any]) -> None:
        """Do one order of an exercise file: {"does": "go" | "halt" | "leave" | "rejoin" | "turn"}.

        "go" takes `line` (points) and `speed_m_s` if they change; "leave" takes `beside_m`.

        Raises:
            ValueError: there is no such order.
        """
        does = told.get("does")
        with self._lock:
            if does == "go":
                self._go(told)
            elif does == "halt":
                self.moving = False
            elif does == "leave":
                self._aside_m = float(told.get("beside_m", 200.0))
            elif does == "rejoin":
                self._aside_m = 0.0
            elif does == "turn":
                self.backward = not self.backward
            else:
                raise ValueError(f"a vehicle cannot {does!r}; it can go, halt, leave, rejoin, turn")

    def _go(self, told: dict[str, Any]) -> None:
        if "line" in told:
            self.line, self.along_m = list(told["line"]), 0.0
        self.speed_m_s = float(told.get("speed_m_s", self.speed_m_s))
        self.moving = True

    # ---- the journey -------------------------------------------------------------------

    def where(self, now: datetime) -> Point:
        """Return where it is at world time `now`, having moved there."""
        with self._lock:
            step_s = (now - self._last).total_seconds() if self._last else 0.0
            self._last = now
            if self._leads is not None:
                self.line = list(self._leads())
            self._move(max(0.0, min(step_s, _LONGEST_STEP_S)))
            return self._place()

    def _move(self, step_s: float) -> None:
        while step_s > 0:
            slice_s = min(step_s, 0.5)  # orders are noticed to half a second of world time
            step_s -= slice_s
            self._next_order(slice_s)
            halted = self._doing is not None and self._doing.does == "halt"
            if self.moving and not halted:
                run = self.speed_m_s * slice_s * (-1 if self.backward else 1)
                self.along_m = min(max(0.0, self.along_m + run), length_m(self.line))
            gap = self._aside_m - self.beside_m
            self.beside_m += math.copysign(min(abs(gap), _STRAY_M_S * slice_s), gap)

    def _next_order(self, slice_s: float) -> None:
        if self._doing is not None:
            self._left_s -= slice_s
            if self._left_s <= 0:
                self._ended(self._doing)
                self._doing = None
        elif self.moving and self._orders and self.along_m >= self._orders[0].at_m:
            self._doing = self._orders.pop(0)
            self._left_s = self._doing.for_s
            if self._doing.does == "leave":
                self._aside_m = self._doing.beside_m
            elif self._doing.does == "turn":
                self.backward = True

    def _ended(self, order: Order) -> None:
        if order.does == "leave":
            self._aside_m = 0.0
        elif order.does == "turn":
            self.backward = False

    def _place(self) -> Point:
        start, end, run = self._leg()
        east, north = local_m(end, origin=start)
        length = math.hypot(east, north) or 1.0
        share = min(1.0, run / length)
        return moved(
            start,
            east_m=east * share + north / length * self.beside_m,
            north_m=north * share - east / length * self.beside_m,
        )

    def _leg(self) -> tuple[Point, Point, float]:
        left = self.along_m
        for start, end in zip(self.line, self.line[1:], strict=False):
            length = distance_m(start, end)
            if left <= length:
                return start, end, left
            left -= length
        return self.line[-2], self.line[-1], math.inf

    @property
    def heading_deg(self) -> float:
        """Return where it points, degrees clockwise from north."""
        start, end, _ = self._leg()
        east, north = local_m(end, origin=start)
        turned = 180.0 if self.backward else 0.0
        return (math.degrees(math.atan2(east, north)) + turned) % 360

    @property
    def arrived(self) -> bool:
        """Return whether it has come to the end of its line."""
        return self.along_m >= length_m(self.line) - 0.5
