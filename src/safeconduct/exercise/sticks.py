"""The pilot of an exercise at the sticks of his aircraft: he flies as the exercise's file tells him.

He has his own radio, so nothing of this passes the link on which the product listens. While he is
there his station beats, and its failsafe does nothing.
"""

import math
from collections.abc import Callable
from typing import Any

from safeconduct.exercise.copter import GUIDED, RTL, Copter
from safeconduct.geo import Point, moved

HEIGHT_M, BESIDE_M = 60.0, 30.0
GREETING_M, GREETING_S = 5.0, 12.0  # "I see you": it rises and sinks a few metres, twice
MODES = {"guided": GUIDED, "loiter": 5, "home": RTL, "land": 9, "stabilize": 0, "brake": 17}


class Sticks:
    """One pilot's hands. `fly` is called again and again."""

    def __init__(self, copter: Copter) -> None:
        self._copter = copter
        self._over: Callable[[], Point] | None = None
        self._there = True
        self._up = False  # he wants it in the air
        self._greets_until_s = -math.inf

    def over(self, him: Callable[[], Point]) -> None:
        """Take off and keep over somebody."""
        self._over, self._up = him, True

    def obey(self, told: dict[str, Any]) -> bool:
        """Do one order; return whether there is such a one.

        {"does": "greet"} rises and sinks twice, "up" takes off and leaves it in GUIDED for whoever may
        tell it more, "gone" and "there" end and begin his station's heartbeat, "mode" with `to` turns
        his switch: he flies on by himself then.
        """
        does = told.get("does")
        if does == "greet":
            self._greets_until_s = self._copter.at_s + GREETING_S
        elif does == "up":
            self._up = True
        elif does in {"gone", "there"}:
            self._there = does == "there"
        elif does == "mode":
            self._over, self._up = None, False
            self._copter.set_mode(MODES[told["to"]])
        else:
            return False
        return True

    def fly(self, *, link_s: float) -> None:
        """Do what his hands do now."""
        craft = self._copter
        if self._there and (self._up or self._over):
            craft.beat(link_s=link_s)
        if self._up and not craft.flying and craft.placed:
            self._lift()
        elif (
            self._over is not None and craft.mode == GUIDED and craft.frame.height_m > HEIGHT_M / 2
        ):
            beside = moved(self._over(), east_m=0, north_m=BESIDE_M)
            craft.reposition(beside, height_m=HEIGHT_M + self._greeting_m())

    def _lift(self) -> None:
        craft = self._copter
        if craft.mode not in {GUIDED, MODES["stabilize"]} or not craft.set_mode(GUIDED):
            return
        told = craft.goal.place is not None and craft.goal.place[2] > 0
        if (craft.armed or craft.arm(on=True)) and not told:
            craft.take_off(HEIGHT_M)

    def _greeting_m(self) -> float:
        left_s = self._greets_until_s - self._copter.at_s
        return GREETING_M * math.sin(left_s / GREETING_S * 4 * math.pi) if left_s > 0 else 0.0
