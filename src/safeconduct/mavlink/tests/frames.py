"""Frames of every kind as pymavlink writes them, whoever would send such a thing."""

import itertools

from pymavlink.dialects.v20 import all as dialect
from pymavlink.dialects.v20 import ardupilotmega as codec

MISSION_TYPES = (0, 1, 2, 255)


def packed(message, *, system=245, **how):
    writer = codec.MAVLink(None, srcSystem=system, srcComponent=191)
    return bytes(message.pack(writer, **how))


def carriers(command, mission_type=0, first=33.0):
    """The same command in each of its four carriers."""
    yield codec.MAVLink_command_long_message(1, 1, command, 0, first, 0, 0, 0, 0, 0, 0)
    yield codec.MAVLink_command_int_message(1, 1, 3, command, 0, 0, first, 0, 0, 0, 1, 1, 50)
    yield codec.MAVLink_mission_item_message(
        1, 1, 0, 3, command, 0, 1, first, 0, 0, 0, 1, 1, 0, mission_type
    )
    yield codec.MAVLink_mission_item_int_message(
        1, 1, 0, 3, command, 0, 1, first, 0, 0, 0, 1, 1, 0, mission_type
    )


def sizes(kind):
    by_name = dict(zip(kind.ordered_fieldnames, kind.array_lengths, strict=True))
    return [by_name[name] for name in kind.fieldnames]


def filled(kind, value):
    """One message of a kind; `value(name, type)` gives each number."""
    values = []
    for name, type_, size in zip(kind.fieldnames, kind.fieldtypes, sizes(kind), strict=True):
        if type_ == "char":
            values.append(b"\0")
        else:
            values.append([value(name, type_) for _ in range(size)] if size else value(name, type_))
    return kind(*values)


def of_every_message():
    """Every message id of the largest dialect, addressed to the aircraft, else empty."""
    for number in sorted(dialect.mavlink_map):
        if number >= 0:
            kind = dialect.mavlink_map[number]
            yield number, filled(kind, lambda name, _type: 1 if name.startswith("target_") else 0)


def every_command(more=()):
    return sorted(set(dialect.enums["MAV_CMD"]) | set(more))


def leaking(unlisted, listed, commands, firsts=(33.0,)):
    """Every message id, and every command in four carriers and four mission types, that leaves."""
    through = {
        (number, None)
        for number, message in of_every_message()
        if unlisted(packed(message), listed=listed) is None
    }
    for command, mission_type, first in itertools.product(commands, MISSION_TYPES, firsts):
        for message in carriers(command, mission_type, first):
            if unlisted(packed(message), listed=listed) is None:
                through.add((message.get_msgId(), command))
    return through
