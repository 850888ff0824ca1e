"""What a MAVLink 2 frame carries, read from its own bytes. Pure, standard library only.

The wall does not ask the codec that wrote a frame what is in it: it looks for itself.
"""

import struct
from dataclasses import dataclass

MAGIC = 0xFD  # MAVLink 2. MAVLink 1 (0xFE) is never sent: there a fence upload means a mission
SIGNED = 0x01
_HEAD, _CHECKSUM, _SIGNATURE = 10, 2, 13
_HEADER = struct.Struct("<BBBBBBB3s")
# Where a carrier keeps the command id, and the receiver's ids (MAVLink common.xml, wire order).
_COMMAND_AT = {39: 30, 73: 30, 75: 28, 76: 28}
_TARGET_AT = {20: 2, 21: 0, 39: 32, 73: 32, 75: 30, 76: 30}


class NoFrame(ValueError):
    """The bytes are not exactly one MAVLink 2 frame."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame carries.

    Attributes:
        command: the command inside a carrier message, else None.
        first: the first parameter of that command, else 0.
        target: system id it is for; None where the message names none.
    """

    message: int
    system: int
    component: int
    signed: bool
    command: int | None
    first: float
    target: int | None


def look(raw: bytes) -> Seen:
    """Return what exactly one MAVLink 2 frame carries.

    Raises:
        NoFrame: another protocol version, a wrong length, or bytes left over.
    """
    if len(raw) < _HEAD + _CHECKSUM or raw[0] != MAGIC:
        raise NoFrame("only whole MAVLink 2 frames may leave; MAVLink 1 never does")
    _, length, incompat, _, _, system, component, number = _HEADER.unpack_from(raw)
    signed = bool(incompat & SIGNED)
    if len(raw) != _HEAD + length + _CHECKSUM + (_SIGNATURE if signed else 0):
        raise NoFrame("the frame is shorter or longer than it says; send one frame at a time")
    message = int.from_bytes(number, "little")
    payload = raw[_HEAD : _HEAD + length].ljust(255, b"\0")  # MAVLink 2 cuts trailing zeros
    command = first = None
    if message in _COMMAND_AT:
        (command,) = struct.unpack_from("<H", payload, _COMMAND_AT[message])
        (first,) = struct.unpack_from("<f", payload)
    target = payload[_TARGET_AT[message]] if message in _TARGET_AT else None
    return Seen(message, system, component, signed, command, first or 0.0, target)
