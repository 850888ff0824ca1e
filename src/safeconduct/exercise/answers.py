"""What an aircraft of the exercise answers: commands, targets, parameters, and missions of all kinds.

Written by MAVLink's own pages and by what ArduCopter was seen to do, and by nobody who wrote the
product's encoder: it takes what any ground station may send, what is on no list of ours too.
"""

from collections.abc import Callable, Iterable
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.exercise import copter as flying
from safeconduct.exercise.copter import Copter
from safeconduct.exercise.keepout import Item, KeepOut
from safeconduct.geo import Point

Message = Any
ACCEPTED, DENIED = codec.MAV_RESULT_ACCEPTED, codec.MAV_RESULT_DENIED
UNSUPPORTED, FAILED = codec.MAV_RESULT_UNSUPPORTED, codec.MAV_RESULT_FAILED
ABSOLUTE = frozenset({codec.MAV_FRAME_GLOBAL, codec.MAV_FRAME_GLOBAL_INT})
NO_PLACE, NO_VELOCITY = 7, 56  # bits of SET_POSITION_TARGET's type_mask
MISSION, FENCE, RALLY, ALL = 0, 1, 2, 255
CHANGE_MODE = 1  # of DO_REPOSITION's param2
TOLD = frozenset({195, 197, 1000, 204, 205, 31000})  # of a camera: taken, and nothing moves
DROPS = {
    183: "servo",
    181: "relay",
    211: "gripper",
    208: "parachute",
    216: "sprayer",
    42600: "winch",
}


class Answers:
    """One aircraft's ear and mouth. `take` is the whole of it."""

    def __init__(
        self, copter: Copter, *, system: int, ground_m: float, link_s: Callable[[], float]
    ) -> None:
        """Hold what it flies.

        Args:
            copter: the aircraft.
            system: its system id.
            ground_m: height of its home above the sea.
            link_s: the clock by which its pilot's station beats.
        """
        self.copter, self._link_s, self._ground_m = copter, link_s, ground_m
        self._items: dict[int, list[Item]] = {MISSION: [], FENCE: [], RALLY: []}
        self._coming: tuple[int, int, list[Item]] | None = None  # kind, count, what came
        self._to = (system, 1)
        self._takes: dict[str, Callable[[Message], Iterable[Message]]] = {
            "HEARTBEAT": self._heartbeat,
            "COMMAND_LONG": self._command,
            "COMMAND_INT": self._command,
            "SET_MODE": self._mode_message,
            "SET_POSITION_TARGET_GLOBAL_INT": self._target,
            "SET_POSITION_TARGET_LOCAL_NED": self._local_target,
            "FOLLOW_TARGET": self._him,
            "PARAM_REQUEST_READ": self._read,
            "PARAM_REQUEST_LIST": self._list,
            "PARAM_SET": self._set,
            "MISSION_COUNT": self._count,
            "MISSION_ITEM_INT": self._item,
            "MISSION_REQUEST_LIST": self._told_count,
            "MISSION_REQUEST_INT": self._told_item,
            "MISSION_CLEAR_ALL": self._clear,
            "MISSION_SET_CURRENT": self._jump,
        }

    def take(self, message: Message) -> Iterable[Message]:
        """Take one message; return what is answered."""
        self._to = (message.get_srcSystem(), message.get_srcComponent())
        takes = self._takes.get(message.get_type())
        return takes(message) if takes else ()

    def _heartbeat(self, message: Message) -> Iterable[Message]:
        if message.get_srcSystem() == int(self.copter.params["MAV_GCS_SYSID"]):
            self.copter.beat(link_s=self._link_s())
        return ()

    # ---- commands ------------------------------------------------------------------------

    def _command(self, message: Message) -> Iterable[Message]:
        does = self._commands.get(message.command)
        if message.command in DROPS:
            self.copter.notes.append(f"{DROPS[message.command]} {message.param1:g}")
        if does is not None:
            result = ACCEPTED if does(message) else FAILED
        else:
            result = (
                ACCEPTED if message.command in TOLD or message.command in DROPS else UNSUPPORTED
            )
        return [codec.MAVLink_command_ack_message(message.command, result)]

    @property
    def _commands(self) -> dict[int, Callable[[Message], bool]]:
        craft = self.copter
        return {
            16: lambda _m: False,
            20: lambda _m: craft.set_mode(flying.RTL),
            21: lambda _m: craft.set_mode(flying.LAND),
            22: lambda m: craft.take_off(m.param7 if hasattr(m, "param7") else m.z),
            176: lambda m: craft.set_mode(int(m.param2)),
            178: self._speed,
            192: self._reposition,
            300: lambda _m: bool(craft.mission) and craft.set_mode(flying.AUTO),
            400: lambda m: craft.arm(on=m.param1 == 1),
        }

    def _speed(self, message: Message) -> bool:
        if message.param2 > 0:
            self.copter.params["WPNAV_SPEED"] = message.param2 * 100
        return True

    def _reposition(self, message: Message) -> bool:
        point = self._point(message)
        if point is None:
            return False
        if int(message.param2) & CHANGE_MODE and not self.copter.set_mode(flying.GUIDED):
            return False
        height_m = self._above_home(message, message.z if hasattr(message, "z") else message.param7)
        return self.copter.reposition(point, height_m=height_m, speed_m_s=message.param1)

    @staticmethod
    def _point(message: Message) -> Point | None:
        """Return the place of a COMMAND_INT, or of a COMMAND_LONG, which says it in degrees."""
        integers = hasattr(message, "x")
        lat = message.x / 1e7 if integers else message.param5
        lon = message.y / 1e7 if integers else message.param6
        try:
            return Point(lat, lon)
        except ValueError:
            return None

    def _above_home(self, message: Message, height_m: float) -> float:
        frame = getattr(message, "frame", getattr(message, "coordinate_frame", 0))
        return height_m - self._ground_m if frame in ABSOLUTE else height_m

    def _mode_message(self, message: Message) -> Iterable[Message]:
        self.copter.set_mode(message.custom_mode)
        return ()

    # ---- targets: none of these is answered ------------------------------------------------

    def _target(self, message: Message) -> Iterable[Message]:
        velocity = (0.0, 0.0, 0.0) if message.type_mask & NO_VELOCITY else _velocity(message)
        if message.type_mask & NO_PLACE:
            self.copter.drift(*velocity)
        else:
            target = Point(message.lat_int / 1e7, message.lon_int / 1e7)
            height_m = self._above_home(message, message.alt)
            self.copter.target(target, height_m=height_m, velocity=velocity)
        return ()

    def _local_target(self, message: Message) -> Iterable[Message]:
        if message.type_mask & NO_PLACE and not message.type_mask & NO_VELOCITY:
            self.copter.drift(*_velocity(message))
        return ()

    def _him(self, message: Message) -> Iterable[Message]:
        him = Point(message.lat / 1e7, message.lon / 1e7)
        self.copter.see_him(him, (message.vel[1], message.vel[0]))
        return ()

    # ---- parameters --------------------------------------------------------------------------

    def _read(self, message: Message) -> Iterable[Message]:
        names = list(self.copter.params)
        if 0 <= message.param_index < len(names):
            return [self._value(names[message.param_index])]
        return [self._value(message.param_id)] if message.param_id in self.copter.params else ()

    def _list(self, _message: Message) -> Iterable[Message]:
        return [self._value(name) for name in self.copter.params]

    def _set(self, message: Message) -> Iterable[Message]:
        if message.param_id not in self.copter.params:
            return ()
        self.copter.params[message.param_id] = message.param_value
        return [self._value(message.param_id)]

    def _value(self, name: str) -> Message:
        params = self.copter.params
        return codec.MAVLink_param_value_message(
            name.encode("ascii"), params[name], codec.MAV_PARAM_TYPE_REAL32,
            len(params), list(params).index(name),
        )  # fmt: skip

    # ---- missions, fences, rally points --------------------------------------------------------

    def _ack(self, kind: int, result: int = codec.MAV_MISSION_ACCEPTED) -> list[Message]:
        return [codec.MAVLink_mission_ack_message(*self._to, result, kind)]

    def _count(self, message: Message) -> Iterable[Message]:
        kind = message.mission_type
        if kind not in self._items:
            return self._ack(kind, codec.MAV_MISSION_UNSUPPORTED)
        if message.count == 0:
            return self._keep(kind, [])
        self._coming = (kind, message.count, [])
        return [codec.MAVLink_mission_request_int_message(*self._to, 0, kind)]

    def _item(self, message: Message) -> Iterable[Message]:
        if self._coming is None or message.mission_type != self._coming[0]:
            return self._ack(message.mission_type, codec.MAV_MISSION_INVALID_SEQUENCE)
        kind, count, came = self._coming
        if message.seq == len(came):
            came.append(self._item_of(message, kind))
        if len(came) < count:
            return [codec.MAVLink_mission_request_int_message(*self._to, len(came), kind)]
        self._coming = None
        return self._keep(kind, came)

    def _item_of(self, message: Message, kind: int) -> Item:
        params = (message.param1, message.param2, message.param3, message.param4)
        height_m = self._above_home(message, message.z) if kind == MISSION else message.z
        return Item(message.command, params, message.x, message.y, height_m, message.frame)

    def _keep(self, kind: int, items: list[Item]) -> Iterable[Message]:
        try:
            if kind == FENCE:
                self.copter.fence = KeepOut(items)
        except ValueError:
            return self._ack(kind, codec.MAV_MISSION_ERROR)
        self._items[kind] = items
        if kind == MISSION:
            self.copter.mission, self.copter.current = items, 0
        return self._ack(kind)

    def _told_count(self, message: Message) -> Iterable[Message]:
        kind = message.mission_type
        count = len(self._items.get(kind, ()))
        return [codec.MAVLink_mission_count_message(*self._to, count, kind)]

    def _told_item(self, message: Message) -> Iterable[Message]:
        kind, items = message.mission_type, self._items.get(message.mission_type, [])
        if message.seq >= len(items):
            return self._ack(kind, codec.MAV_MISSION_INVALID_SEQUENCE)
        item = items[message.seq]
        height_m = item.height_m
        if kind == MISSION and item.frame in ABSOLUTE:
            height_m += self._ground_m
        return [codec.MAVLink_mission_item_int_message(
            *self._to, message.seq, item.frame, item.command, 0, 1, *item.params,
            item.lat_e7, item.lon_e7, height_m, kind,
        )]  # fmt: skip

    def _clear(self, message: Message) -> Iterable[Message]:
        kinds = self._items if message.mission_type == ALL else [message.mission_type]
        for kind in list(kinds):
            self._keep(kind, [])
        return self._ack(message.mission_type)

    def _jump(self, message: Message) -> Iterable[Message]:
        self.copter.current = message.seq
        return [codec.MAVLink_mission_current_message(message.seq)]


def _velocity(message: Message) -> tuple[float, float, float]:
    """Return a velocity as east, north, up; the wire says north, east, down."""
    return message.vy, message.vx, -message.vz
