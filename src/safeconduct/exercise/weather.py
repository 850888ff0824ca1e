"""The weather of an exercise: wind that carries aircraft, and air one sees through so far. Scripted."""

import math
import random
from dataclasses import dataclass
from typing import Any

CLEAR_M = 10_000.0
GUST_EACH_S = 5.0  # a gust stays for so long


@dataclass(slots=True)
class Weather:
    """One weather over all of an exercise.

    Attributes:
        wind_m_s, from_deg: steady wind, and whence it blows.
        gusts_m_s: how much it may rise and fall about that, by `seed`.
        seen_m: how far a camera sees a man.
    """

    wind_m_s: float = 0.0
    from_deg: float = 0.0
    gusts_m_s: float = 0.0
    seen_m: float = CLEAR_M
    seed: int = 0

    def obey(self, told: dict[str, Any]) -> None:
        """Take another weather: {"wind_m_s", "from_deg", "gusts_m_s", "seen_m"}, what is left out stays.

        Raises:
            ValueError: there is no such weather.
        """
        for name, value in told.items():
            if name not in {"wind_m_s", "from_deg", "gusts_m_s", "seen_m"}:
                raise ValueError(f"a weather has no {name!r}")
            setattr(self, name, float(value))

    def wind(self, at_s: float) -> tuple[float, float]:
        """Return where the air moves to at an instant, metres a second east and north."""
        gust = self._gust(int(at_s / GUST_EACH_S)) if self.gusts_m_s else 0.0
        speed = max(0.0, self.wind_m_s + self.gusts_m_s * gust)
        turn = math.radians(self.from_deg)
        return -speed * math.sin(turn), -speed * math.cos(turn)

    def _gust(self, number: int) -> float:
        return random.Random(self.seed * 1_000_003 + number).uniform(-1, 1)
