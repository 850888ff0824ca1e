"""How good the link to one system is, in percent: by the radio's own word, and by frames that were lost.

The worse of the two counts, so that a radio's word, which nobody signs, can never make a link better.
Pure; the time is an argument, seconds of one clock that only goes forward.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

WINDOW_S = 5.0
ENOUGH = 20  # frames of a window: fewer tell nothing of a share
RADIO_S = 5.0  # a SiK radio tells once a second; older is no word
FULL_DB = 20.0  # above the noise: as good as it gets (proposed)
STEPS_A_DB = 1.9  # of rssi and noise, by SiK's documentation
UNKNOWN = 255
ROUND = 5  # percent: a figure that trembles would make every fix news
_WRAP = 256
RADIO = (51, 68)  # system and component under which a SiK radio speaks for itself: "3D"


@dataclass(slots=True)
class Quality:
    """One system over one way."""

    _frames: deque[tuple[float, int]] = field(default_factory=deque)  # when, and lost before it
    _last: dict[int, int] = field(default_factory=dict)  # component → its last number
    _lost: int = 0
    _radio: tuple[float, float] | None = None

    def took(self, component: int, number: int, *, now_s: float) -> None:
        """Take the running number of one believed frame; the numbers of each component are its own."""
        last = self._last.get(component, number)
        lost = 0 if last == number else (number - last - 1) % _WRAP  # equal: heard twice
        self._last[component] = number
        self._frames.append((now_s, lost))
        self._lost += lost
        while now_s - self._frames[0][0] > WINDOW_S:
            self._lost -= self._frames.popleft()[1]

    def radio(self, told: Any, *, now_s: float) -> None:
        """Take RADIO_STATUS: the weaker end's height above its noise."""
        ends = [(told.rssi, told.noise), (told.remrssi, told.remnoise)]
        known = [(signal - noise) / STEPS_A_DB for signal, noise in ends if signal != UNKNOWN]
        if known:
            self._radio = (now_s, max(0.0, min(1.0, min(known) / FULL_DB)))

    def percent(self, *, now_s: float) -> int | None:
        """Return how good it is, to `ROUND`; None while nothing tells."""
        shares = []
        if len(self._frames) >= ENOUGH:
            shares.append(len(self._frames) / (len(self._frames) + self._lost))
        if self._radio is not None and now_s - self._radio[0] <= RADIO_S:
            shares.append(self._radio[1])
        return round(min(shares) * 100 / ROUND) * ROUND if shares else None
