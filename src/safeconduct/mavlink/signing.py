"""MAVLink 2 signing: the time of each signature of ours, and the check of each of theirs.

The codec's own check notes a frame's time before it looks at the signature, so that anybody could
deafen us by one forged frame from the future. Ours looks first. Signing is not encryption.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from safeconduct.mavlink.frame import CHECKSUM, HEAD, MAGIC, SIGNATURE, SIGNED

KEY_BYTES = 32
AHEAD = 6_000_000  # noted as used before they are: a minute of stamps, one note for so many frames
LATE = 6_000_000  # a stream that is new to us may lag a minute, as MAVLink's page on signing says
_EPOCH_S = 1_420_070_400  # 2015-01-01, where signing counts from
_STEPS_S = 100_000  # 10 µs


def stamp_of(unix_s: float) -> int:
    """Return the stamp of an instant: 10 µs steps since 2015."""
    return max(0, int((unix_s - _EPOCH_S) * _STEPS_S))


class Stamps:
    """Gives each frame of ours its own stamp: later than any before, across restarts too.

    A machine whose clock went back while it was off would else be refused by the aircraft, or sign
    twice with one stamp. What may have been used is noted before it is.
    """

    def __init__(
        self, *, noted: int, note: Callable[[int], None], unix_s: Callable[[], float] | None = None
    ) -> None:
        """Begin behind what was noted.

        Args:
            noted: what `note` was last told, 0 at the first start.
            note: keeps a number durably; called before a stamp up to it is given out.
            unix_s: real time, seconds since 1970.
        """
        self._last = self._noted = noted
        self._note = note
        self._unix_s = unix_s or (lambda: time.time_ns() / 1e9)

    def next(self) -> int:
        """Return a stamp that was never given out before."""
        self._last = max(self._last + 1, stamp_of(self._unix_s()))
        if self._last >= self._noted:
            self._noted = self._last + AHEAD
            self._note(self._noted)
        return self._last


@dataclass(slots=True)
class Proof:
    """One aircraft's key, and the newest stamp of each of its streams, over whatever link it came.

    Attributes:
        floor: a stream that is new may not begin before it.
    """

    key: bytes = field(repr=False)
    floor: int = 0
    newest: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def believes(self, raw: bytes) -> bool:
        """Return whether one whole frame is signed by our key and was never heard before."""
        if len(raw) < HEAD + CHECKSUM + SIGNATURE or raw[0] != MAGIC or not raw[2] & SIGNED:
            return False
        told = hashlib.sha256(self.key + raw[:-6]).digest()[:6]
        if not hmac.compare_digest(told, raw[-6:]):
            return False
        stream, stamp = (raw[-SIGNATURE], raw[5], raw[6]), int.from_bytes(raw[-12:-6], "little")
        if stamp <= self.newest.get(stream, self.floor - LATE):
            return False
        self.newest[stream] = stamp
        self.floor = max(self.floor, stamp)
        return True
