"""Limits that were met: written down, and kept until a worker has called a supervisor about them.

The keeper has no way out of its own; whoever asks it does not matter for what is on record.
"""

from typing import Any

from safeconduct.keeper.house import House, Told

_AGAIN_S = 60  # one meter is written down at most so often: the log is no door for a flood
_HIT, _TOLD = "limits met", "limits told"


class Alarms:
    """How often limits were met, and up to where somebody was called."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._noted: dict[str, int] = {}

    def note(self, who: str, meter: str) -> None:
        """Write down that a limit was met: who asked, and which meter stood at its end."""
        wall = self._house.wall()
        if wall - self._noted.get(meter, 0) < _AGAIN_S:
            return
        self._noted[meter] = wall
        self._house.write_down(who, f"met the limit of {meter}", [who])
        self._house.store.set_mark(_HIT, self._house.store.mark(_HIT) + 1)

    def alarms(self, told: Told) -> dict[str, Any]:
        """Tell the clocks how often a limit was met, and take up to where a call went out."""
        self._house.worker(told, "clocks")
        store, called = self._house.store, int(told["called"])
        if store.mark(_TOLD) < called <= store.mark(_HIT):
            store.set_mark(_TOLD, called)
        return {"met": store.mark(_HIT), "called": store.mark(_TOLD)}
