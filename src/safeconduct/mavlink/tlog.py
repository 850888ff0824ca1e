"""The telemetry log that other programmes read: for each frame eight bytes of time, then the frame. Pure.

Microseconds since 1970, big-endian, then the bytes as they were on the link: MAVProxy, Mission
Planner and pymavlink open it. Both directions stand in one file, in the order of time.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

_AT = struct.Struct(">Q")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def entry(raw: bytes, *, at: datetime) -> bytes:
    """Return one frame as the log has it."""
    return _AT.pack((at - _EPOCH) // _MICROSECOND) + raw


@dataclass(slots=True)
class Piece:
    """Some seconds of one system's log, growing.

    Attributes:
        began, ended: when its first and its last frame passed; None while it has none.
        size: bytes so far.
    """

    began: datetime | None = None
    ended: datetime | None = None
    size: int = 0
    _entries: list[bytes] = field(default_factory=list)

    def add(self, raw: bytes, *, at: datetime) -> None:
        """Add one frame that came or left."""
        self.began = self.began or at
        self.ended = at
        self._entries.append(entry(raw, at=at))
        self.size += len(self._entries[-1])

    def content(self) -> bytes:
        """Return its bytes."""
        return b"".join(self._entries)


def joined(pieces: Iterable[tuple[datetime, bytes]]) -> bytes:
    """Return pieces as one file, the oldest first."""
    return b"".join(content for _began, content in sorted(pieces, key=lambda piece: piece[0]))
