"""The pilot's leave: movement commands exist while he has switched them on, and no moment longer.

His own mode switch always wins: a change of mode that we did not command switches the leave off and
says so; what caused it (his switch, a failsafe, another station) is not asked. Pure: the time is an
argument, seconds of one clock that only goes forward.
"""

from dataclasses import dataclass, field

from safeconduct.mavlink.lists import MODES
from safeconduct.refusal import Refusal, said

OBEYED_S = 5.0  # within which a mode we commanded must have come (proposed)
HEARD_S = 3.0  # since the last heartbeat: older, and we would not see his switch (proposed)
ARMED = 128  # MAV_MODE_FLAG_SAFETY_ARMED


@dataclass(slots=True)
class Leave:
    """One aircraft's leave. Begins switched off.

    Attributes:
        said: why it was last switched off, in words for the pilot.
    """

    system: int
    on: bool = False
    mode: int | None = None
    armed: bool = False
    said: str = "the pilot has not switched it on"
    _heard_at: float | None = field(default=None, repr=False)
    _wanted: int | None = field(default=None, repr=False)
    _wanted_at: float = field(default=0.0, repr=False)

    def switch_on(self, *, now_s: float) -> Refusal | None:
        """Switch it on, by the pilot's own hand; refused while the aircraft is not heard."""
        silent = self._silent(now_s)
        if silent is None:
            self.on, self.said, self._wanted = True, "", None
        return silent

    def switch_off(self, why: str = "the pilot has switched it off") -> None:
        """Switch it off."""
        self.on, self.said, self._wanted = False, why, None

    def heartbeat(self, *, custom_mode: int, base_mode: int, now_s: float) -> str:
        """Take one heartbeat of the aircraft; return what is to be said, "" for nothing.

        An aircraft that was silent may have changed its mode back and forth meanwhile; that a mode
        is the same says nothing of that, so silence of more than `HEARD_S` switches off as well.
        """
        before, gap = self.mode, self._silent(now_s)
        self.mode, self.armed = custom_mode, bool(base_mode & ARMED)
        self._heard_at = now_s
        if not self.on:
            return ""
        if gap is not None:
            self.switch_off("the aircraft was not heard for a while: nothing more is sent to it")
            return self.said
        if custom_mode == before:
            return ""
        return self._changed(custom_mode, now_s)

    def _changed(self, mode: int, now_s: float) -> str:
        if mode == self._wanted and now_s - self._wanted_at <= OBEYED_S:
            self._wanted = None
            return ""
        named = MODES.get(mode, f"number {mode}")
        self.switch_off(f"the mode changed to {named} without our command: the pilot has it")
        return self.said

    def commanded(self, mode: int, *, now_s: float) -> None:
        """Note a mode that we have just commanded: its coming is no switch of his."""
        self._wanted, self._wanted_at = mode, now_s

    def allows(self, *, now_s: float) -> Refusal | None:
        """Return None while a movement command may be made, else why not."""
        if not self.on:
            return _refused("mavlink.leave", self.said)
        return self._silent(now_s)

    def _silent(self, now_s: float) -> Refusal | None:
        if self._heard_at is not None and 0 <= now_s - self._heard_at <= HEARD_S:
            return None
        return _refused(
            "mavlink.unheard", "the aircraft is not heard, so its pilot's switch is not seen"
        )


def _refused(code: str, why: str) -> Refusal:
    return Refusal(
        code, said("Nothing was sent: {why}.", why=why), "Only the pilot commands the aircraft."
    )
