"""How each intent is said in MAVLink. The wall looks at what comes out; nothing here decides."""

import math
from collections.abc import Callable
from functools import singledispatch

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.geo import Point
from safeconduct.mavlink import intents, lists
from safeconduct.mavlink.content import (
    BOTH,
    CANCELLED,
    CUSTOM_MODE,
    DONE,
    GROUND_SPEED,
    LOCAL_NED,
    LOCKS,
    NO_CHANGE,
    POSITION,
    RELATIVE_INT,
    VELOCITY,
)

_AUTOPILOT = codec.MAV_COMP_ID_AUTOPILOT1
_NONE = math.nan
_SEEN_AND_MOVING = 3  # FOLLOW_TARGET: place and velocity are told


@singledispatch
def message_of(intent: object) -> codec.MAVLink_message:
    """Return the message of one intent.

    Raises:
        TypeError: it is no intent of ours.
    """
    raise TypeError(f"{type(intent).__name__} is no intent; there is no other way to an aircraft")


_says: Callable[..., Callable[..., object]] = message_of.register


def _command(system: int, command: int, *params: float) -> codec.MAVLink_message:
    filled = (*params, *[0.0] * (7 - len(params)))
    return codec.MAVLink_command_long_message(system, _AUTOPILOT, command, 0, *filled)


def _placed(
    system: int, command: int, at: Point, *, height_m: float, first: float, heading: float
) -> codec.MAVLink_message:
    return codec.MAVLink_command_int_message(
        system, _AUTOPILOT, RELATIVE_INT, command, 0, 0, first, 0, 0, heading, *_e7(at), height_m
    )


def _e7(point: Point) -> tuple[int, int]:
    return round(point.lat_deg * 1e7), round(point.lon_deg * 1e7)


# ---- WATCH ---------------------------------------------------------------------------------------


@_says
def _(asked: intents.AskRate) -> codec.MAVLink_message:
    return _command(asked.system, lists.SET_MESSAGE_INTERVAL, asked.message, 1e6 / asked.rate_hz)


@_says
def _(asked: intents.AskOnce) -> codec.MAVLink_message:
    return _command(asked.system, lists.REQUEST_MESSAGE, asked.message)


@_says
def _(asked: intents.ReadParameter) -> codec.MAVLink_message:
    name = asked.name.encode("ascii")
    return codec.MAVLink_param_request_read_message(asked.system, _AUTOPILOT, name, -1)


@_says
def _(asked: intents.ListParameters) -> codec.MAVLink_message:
    return codec.MAVLink_param_request_list_message(asked.system, _AUTOPILOT)


@_says
def _(_beat: intents.Beat) -> codec.MAVLink_message:
    return codec.MAVLink_heartbeat_message(
        codec.MAV_TYPE_ONBOARD_CONTROLLER, codec.MAV_AUTOPILOT_INVALID, 0, 0,
        codec.MAV_STATE_ACTIVE, 3,
    )  # fmt: skip


# ---- PILOT ---------------------------------------------------------------------------------------


@_says
def _(told: intents.SetMode) -> codec.MAVLink_message:
    return _command(told.system, lists.DO_SET_MODE, CUSTOM_MODE, told.mode)


@_says
def _(told: intents.ChangeSpeed) -> codec.MAVLink_message:
    speed = (GROUND_SPEED, told.speed_m_s, NO_CHANGE)
    return _command(told.system, lists.DO_CHANGE_SPEED, *speed)


@_says
def _(told: intents.Reposition) -> codec.MAVLink_message:
    return _placed(
        told.system,
        lists.DO_REPOSITION,
        told.target,
        height_m=told.height_m,
        first=NO_CHANGE,
        heading=_NONE,
    )


@_says
def _(told: intents.Lead) -> codec.MAVLink_message:
    return _placed(
        told.system, lists.DO_REPOSITION, told.target,
        height_m=told.height_m, first=told.speed_m_s, heading=_NONE,
    )  # fmt: skip


@_says
def _(told: intents.GoTo) -> codec.MAVLink_message:
    moves = told.north_m_s or told.east_m_s
    return codec.MAVLink_set_position_target_global_int_message(
        0, told.system, _AUTOPILOT, RELATIVE_INT, BOTH if moves else POSITION, *_e7(told.target),
        told.height_m, told.north_m_s, told.east_m_s, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip


@_says
def _(told: intents.Drift) -> codec.MAVLink_message:
    return codec.MAVLink_set_position_target_local_ned_message(
        0, told.system, _AUTOPILOT, LOCAL_NED, VELOCITY, 0, 0, 0,
        told.north_m_s, told.east_m_s, told.down_m_s, 0, 0, 0, 0, 0,
    )  # fmt: skip


@_says
def _(told: intents.Follow) -> codec.MAVLink_message:
    return codec.MAVLink_follow_target_message(
        told.at_ms, _SEEN_AND_MOVING, *_e7(told.him), told.height_m,
        [told.north_m_s, told.east_m_s, 0], [0] * 3, [1, 0, 0, 0], [0] * 3, [0] * 3, 0,
    )  # fmt: skip


@_says
def _(told: intents.LookAt) -> codec.MAVLink_message:
    return _placed(
        told.system,
        lists.DO_SET_ROI_LOCATION,
        told.target,
        height_m=told.height_m,
        first=0,
        heading=0,
    )


@_says
def _(told: intents.LookAhead) -> codec.MAVLink_message:
    return _command(told.system, lists.DO_SET_ROI_NONE)


@_says
def _(told: intents.TurnCamera) -> codec.MAVLink_message:
    angles = (told.pitch_deg, told.yaw_deg, _NONE, _NONE, LOCKS)
    return _command(told.system, lists.GIMBAL_PITCHYAW, *angles)


@_says
def _(told: intents.UploadCount) -> codec.MAVLink_message:
    return codec.MAVLink_mission_count_message(told.system, _AUTOPILOT, told.count, told.kind)


@_says
def _(told: intents.UploadItem) -> codec.MAVLink_message:
    item = told.item
    return codec.MAVLink_mission_item_int_message(
        told.system, _AUTOPILOT, told.seq, codec.MAV_FRAME_GLOBAL_RELATIVE_ALT, item.command, 0, 1,
        item.first, 0, 0, 0, item.lat_e7, item.lon_e7, item.alt_m, told.kind,
    )  # fmt: skip


@_says
def _(told: intents.ReadItems) -> codec.MAVLink_message:
    return codec.MAVLink_mission_request_list_message(told.system, _AUTOPILOT, told.kind)


@_says
def _(told: intents.ReadItem) -> codec.MAVLink_message:
    return codec.MAVLink_mission_request_int_message(told.system, _AUTOPILOT, told.seq, told.kind)


@_says
def _(told: intents.EndItems) -> codec.MAVLink_message:
    result = CANCELLED if told.given_up else DONE
    return codec.MAVLink_mission_ack_message(told.system, _AUTOPILOT, result, told.kind)


@_says
def _(told: intents.ClearItems) -> codec.MAVLink_message:
    return codec.MAVLink_mission_clear_all_message(told.system, _AUTOPILOT, told.kind)
