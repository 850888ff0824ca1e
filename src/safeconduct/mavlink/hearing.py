"""What comes from aircraft: whole frames out of bytes, each believed or not. Pure but for the codec.

Each way has its own reader, for a stream may end in the middle of a frame. What is proven is proven
for a system over all its ways.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.mavlink.quality import RADIO
from safeconduct.mavlink.signing import Proof


class Hearing:
    """Reads frames of the systems that are ours; strangers may not fill the memory.

    Attributes:
        on_radio: told of what a radio says of its own link, which nobody signs.
    """

    def __init__(self, proofs: Mapping[int, Proof | None]) -> None:
        """Hold each system of ours and its proof; None believes it unsigned.

        Args:
            proofs: system id → its key and what was heard of it.
        """
        self._proofs = dict(proofs)
        self._readers: dict[object, Any] = {}
        self.unbelieved = 0
        self.on_radio: Callable[[Any, object], None] = lambda _message, _way: None

    def frames(self, data: bytes, way: object) -> Iterator[tuple[Any, bytes]]:
        """Yield each message that is ours and believed, with its bytes as they came."""
        for message in self._reader(way).parse_buffer(data) or []:
            if message.get_type() == "BAD_DATA":
                continue
            if message.get_type() == "RADIO_STATUS" and _by_radio(message):
                self.on_radio(message, way)
            if message.get_srcSystem() not in self._proofs:
                continue
            raw = bytes(message.get_msgbuf())
            proof = self._proofs[message.get_srcSystem()]
            if proof is None or proof.believes(raw):
                yield message, raw
            else:
                self.unbelieved += 1

    def _reader(self, way: object) -> Any:
        if way not in self._readers:
            if len(self._readers) > 2 * len(self._proofs) + 8:
                self._readers.clear()
            reader = codec.MAVLink(None)
            reader.robust_parsing = True
            self._readers[way] = reader
        return self._readers[way]


def _by_radio(message: Any) -> bool:
    return (message.get_srcSystem(), message.get_srcComponent()) == RADIO
