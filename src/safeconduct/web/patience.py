"""Whoever connects in the open and then keeps us waiting is hung up on: he holds a place of others.

A head or a body that does not come on would otherwise be waited for without end. An answer
may last as long as it does: a live page's stream ends when its reader leaves.
"""

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_OWED = (h11.IDLE, h11.SEND_BODY)  # what is next comes from him


class Patient(H11Protocol):
    """One connection, looked at every ten seconds."""

    looks_every_s: ClassVar[float] = 10.0
    least_bytes: ClassVar[int] = 4096  # between two looks; a slower line carries no page either

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to look."""
        super().connection_made(transport)
        self._came, self._known = 0, self.cycle
        self._next = self.loop.call_later(self.looks_every_s, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Look no more."""
        self._next.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes."""
        self._came += len(data)
        super().data_received(data)

    def _look(self) -> None:
        same: Any = self._known is self.cycle  # no request was complete since
        if same and self.conn.their_state in _OWED and self._came < self.least_bytes:
            self.transport.abort()
            return
        self._came, self._known = 0, self.cycle
        self._next = self.loop.call_later(self.looks_every_s, self._look)
