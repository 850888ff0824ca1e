"""What a MAVLink 2 frame carries, read from its own bytes. Pure, standard library only.

The wall does not ask the codec that wrote a frame what is in it: it looks for itself.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

MAGIC = 0xFD  # MAVLink 2. MAVLink 1 (0xFE) is never sent: there a fence upload means a mission
SIGNED = 0x01
HEAD, CHECKSUM, SIGNATURE = 10, 2, 13
HEADER = struct.Struct("<BBBBBBB3s")

# How the payload of each message that any list names lies on the wire, and of the two old carriers
# of commands (MAVLink common.xml: by size, then as written; `mission_type` is an extension).
_PARAMS = "param1 param2 param3 param4 x y z"
_ITEM = f"{_PARAMS} seq command target component frame current autocontinue mission_type"
_WANTED = "vx vy vz afx afy afz yaw yaw_rate type_mask target component frame"
_LAYOUTS = {
    0: ("<IBBBBB", "custom_mode type autopilot base_mode status version"),
    20: ("<hBB16s", "index target component name"),
    21: ("<BB", "target component"),
    39: ("<7fHHBBBBBB", _ITEM),
    43: ("<BBB", "target component mission_type"),
    44: ("<HBBB", "count target component mission_type"),
    45: ("<BBB", "target component mission_type"),
    47: ("<BBBB", "target component result mission_type"),
    51: ("<HBBB", "seq target component mission_type"),
    73: ("<4fiifHHBBBBBB", _ITEM),
    75: ("<4fiifHBBBBB", f"{_PARAMS} command target component frame current autocontinue"),
    76: ("<7fHBBB", f"{_PARAMS} command target component confirmation"),
    84: ("<I11fHBBB", f"time x y z {_WANTED}"),
    86: ("<Iii9fHBBB", f"time x y z {_WANTED}"),
    144: (
        "<QQii17fB",
        "time custom_state x y z vx vy vz afx afy afz q1 q2 q3 q4 r1 r2 r3 c1 c2 c3 capabilities",
    ),
}
_SHAPES = {
    number: (struct.Struct(form), names.split()) for number, (form, names) in _LAYOUTS.items()
}


class NoFrame(ValueError):
    """The bytes are not exactly one MAVLink 2 frame whose every byte is known."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one frame carries.

    Attributes:
        system, component: whose name it bears.
        command: the command inside a carrier message, else None.
        target: system id it is for; None where the message names none.
        fields: the payload by name, as the wire has it; empty for a message that no list names.
    """

    message: int
    system: int
    component: int
    signed: bool
    command: int | None
    target: int | None
    fields: Mapping[str, float] = field(default_factory=dict)


def look(raw: bytes) -> Seen:
    """Return what exactly one MAVLink 2 frame carries.

    Raises:
        NoFrame: another protocol version, a wrong length, bytes left over, or bytes behind the
            fields that are known of its message.
    """
    if len(raw) < HEAD + CHECKSUM or raw[0] != MAGIC:
        raise NoFrame("only whole MAVLink 2 frames may leave; MAVLink 1 never does")
    _, length, flags, _, _, system, component, number = HEADER.unpack_from(raw)
    signed = flags == SIGNED
    if flags not in (0, SIGNED) or len(raw) != HEAD + length + CHECKSUM + SIGNATURE * signed:
        raise NoFrame("the frame is shorter or longer than it says; send one frame at a time")
    message = int.from_bytes(number, "little")
    fields = _fields(message, raw[HEAD : HEAD + length])
    command, target = fields.get("command"), fields.get("target")
    return Seen(message, system, component, signed, _id(command), _id(target), fields)


def _fields(message: int, payload: bytes) -> dict[str, float]:
    if message not in _SHAPES:
        return {}
    shape, names = _SHAPES[message]
    if len(payload) > shape.size:
        raise NoFrame("bytes lie behind the fields that are known of this message")
    values = shape.unpack(payload.ljust(shape.size, b"\0"))  # MAVLink 2 cuts trailing zeros
    return dict(zip(names, values, strict=True))


def _id(value: float | None) -> int | None:
    return None if value is None else int(value)
