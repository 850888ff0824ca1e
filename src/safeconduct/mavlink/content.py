"""What a listed message may hold: each number of a frame that could move an aircraft. Pure.

A field that a list has no use for must be what the codec writes for "nothing": zero, or NaN where
MAVLink says so. What is in no table here carries nothing but what the list already named.
"""

import math
from collections.abc import Callable, Iterable, Mapping

from safeconduct.geo import Point
from safeconduct.mavlink import lists
from safeconduct.mavlink.fence import CORNERS, WIDEST_M
from safeconduct.mavlink.frame import Seen
from safeconduct.mavlink.lists import Bounds, Listed

# SET_POSITION_TARGET's type_mask: bits of what is ignored; never the force bit 512.
POSITION, VELOCITY, BOTH = 0xDF8, 0xDC7, 0xDC0
LOCAL_NED, RELATIVE, RELATIVE_INT = 1, 3, 6  # MAV_FRAME; heights above home
CUSTOM_MODE = 1  # base_mode: the custom mode counts. 128 beside it would arm
GROUND_SPEED, NO_CHANGE = 1, -1  # DO_CHANGE_SPEED
LOCKS = (
    4 + 8 + 16
)  # gimbal flags: roll, pitch and yaw stay where told; none takes it from the pilot
DONE, CANCELLED = 0, 15  # MAV_MISSION_RESULT
MOST_ITEMS = 100  # of one fence or rally upload (proposed)
FASTEST_M_S = 30.0  # what a vehicle that is followed may do: 108 km/h (proposed)
VERTICAL_M_S = 3.0  # up or down by velocity (proposed)
_NORTH_E7, _EAST_E7 = 90 * 10**7, 180 * 10**7
_E7 = 10_000_000

Fields = Mapping[str, float]


def amiss(seen: Seen, listed: Listed) -> str:
    """Return what in a listed message may not leave, "" if all of it may."""
    if seen.command is not None:
        check = _COMMANDS.get(seen.command)
        if seen.command in _ASKING:
            return "" if seen.fields["param1"] in listed.telemetry else _NO_TELEMETRY
        return check(seen.fields, listed.bounds) if check else ""
    message = _MESSAGES.get(seen.message)
    return message(seen.fields, listed.bounds) if message else ""


_ASKING = frozenset({lists.SET_MESSAGE_INTERVAL, lists.REQUEST_MESSAGE})
_NO_TELEMETRY = "it asks for a message that is not telemetry of ours"


# ---- commands ------------------------------------------------------------------------------------


def _mode(fields: Fields, _bounds: Bounds) -> str:
    plain = fields["param1"] == CUSTOM_MODE and not _any(fields, "param3 param4 x y z")
    named = fields["param2"] in lists.MODES
    return "" if plain and named else "a mode is one of GUIDED, LOITER, RTL and LAND, and no more"


def _speed(fields: Fields, bounds: Bounds) -> str:
    plain = fields["param1"] == GROUND_SPEED and fields["param3"] == NO_CHANGE
    if not plain or _any(fields, "param4 x y z"):
        return "a speed is over the ground, and changes nothing else"
    return _too_fast(fields["param2"], bounds)


def _too_fast(speed_m_s: float, bounds: Bounds) -> str:
    if 0 < speed_m_s <= bounds.fastest_m_s:
        return ""
    return f"a speed lies above 0 and up to {bounds.fastest_m_s:g} m/s"


def _reposition(fields: Fields, bounds: Bounds) -> str:
    if fields["param2"] != 0:
        return "a new place may not change the mode: that is the pilot's right"
    if fields["frame"] not in (RELATIVE, RELATIVE_INT) or _any(fields, "param3 current"):
        return "a new place is given above home, and says no more"
    slow = "" if fields["param1"] == NO_CHANGE else _too_fast(fields["param1"], bounds)
    heading = fields["param4"]
    if not (math.isnan(heading) or 0 <= heading <= 2 * math.pi):
        return "a heading is none, or an angle"
    return slow or _outside(fields, bounds)


def _outside(fields: Fields, bounds: Bounds) -> str:
    at = _point(fields["x"], fields["y"])
    if bounds.fence is None or at is None or not bounds.fence.holds(at):
        return "its target lies in no fence of ours that the aircraft has acknowledged"
    if not bounds.lowest_m <= fields["z"] <= bounds.highest_m:
        return f"its height lies outside {bounds.lowest_m:g} to {bounds.highest_m:g} m"
    return ""


def _look_at(fields: Fields, _bounds: Bounds) -> str:
    plain = fields["frame"] in (RELATIVE, RELATIVE_INT) and math.isfinite(fields["z"])
    placed = _point(fields["x"], fields["y"]) is not None
    if plain and placed and not _any(fields, "param1 param2 param3 param4 current"):
        return ""
    return "a place to look at is a place above home, and says no more"


def _look_ahead(fields: Fields, _bounds: Bounds) -> str:
    return "it holds more than the end of a look" if _any(fields, _NUMBERS) else ""


def _gimbal(fields: Fields, _bounds: Bounds) -> str:
    turned = abs(fields["param1"]) <= 90 and abs(fields["param2"]) <= 180  # noqa: PLR2004  degrees
    still = math.isnan(fields["param3"]) and math.isnan(fields["param4"])
    flags = fields["x"]
    locked = flags == int(flags) and not int(flags) & ~LOCKS if math.isfinite(flags) else False
    plain = turned and still and locked and not _any(fields, "y z")
    return "" if plain else "a gimbal is given two angles, and is taken from nobody"


def _fence_part(fields: Fields, _bounds: Bounds) -> str:
    command, first = fields["command"], fields["param1"]
    if fields["mission_type"] != lists.FENCE:
        return "a part of a fence goes into a fence and nowhere else"
    if command in (lists.INCLUSION, lists.EXCLUSION):
        sized = CORNERS[0] <= first <= CORNERS[1] and first == int(first)
    else:
        sized = 0 < first <= WIDEST_M
    return _item(fields, "param2 param3 param4 z") if sized else "a part of a fence has no size"


def _rally_point(fields: Fields, bounds: Bounds) -> str:
    if fields["mission_type"] != lists.RALLY:
        return "a rally point goes among rally points and nowhere else"
    if not 0 < fields["z"] <= bounds.highest_m:
        return "a rally point lies above the ground, and not above the limit"
    return _item(fields, "param1 param2 param3 param4")


def _item(fields: Fields, empty: str) -> str:
    placed = _point(fields["x"], fields["y"]) is not None
    framed = fields["frame"] in (
        0,
        RELATIVE,
        5,
        RELATIVE_INT,
    )  # global, its int forms, or above home
    counted = fields["seq"] < MOST_ITEMS and fields["autocontinue"] <= 1
    if placed and framed and counted and not _any(fields, f"current {empty}"):
        return ""
    return "an item holds more than its own place and size"


# ---- messages ------------------------------------------------------------------------------------


def _beat(fields: Fields, _bounds: Bounds) -> str:
    """A heartbeat of ours says that a computer is here: no autopilot, no mode, nothing armed."""
    onboard, invalid = 18, 8  # MAV_TYPE_ONBOARD_CONTROLLER, MAV_AUTOPILOT_INVALID
    plain = (fields["type"], fields["autopilot"]) == (onboard, invalid)
    return "" if plain and not _any(fields, "custom_mode base_mode") else "it claims to be another"


def _transfer(fields: Fields, _bounds: Bounds) -> str:
    if fields["mission_type"] not in (lists.FENCE, lists.RALLY):
        return "only a fence or rally points are read or written, never a mission and never all"
    if fields.get("count", 1) not in range(1, MOST_ITEMS + 1):
        return f"an upload has 1 to {MOST_ITEMS} items"
    if fields.get("result", DONE) not in (DONE, CANCELLED):
        return "an answer to an upload is its end"
    return ""


def _to_velocity(fields: Fields, bounds: Bounds) -> str:
    """The local frame takes velocities alone: its places count from where we cannot look."""
    if fields["type_mask"] != VELOCITY or fields["frame"] != LOCAL_NED:
        return "in the local frame only a velocity may be told"
    if _any(fields, f"time x y z {_UNUSED}"):
        return "it holds more than a velocity"
    return "" if bounds.fence is not None and _flies(fields, bounds) else _velocity_wrong(bounds)


def _to_place(fields: Fields, bounds: Bounds) -> str:
    if fields["type_mask"] not in (POSITION, BOTH) or fields["frame"] not in (
        RELATIVE,
        RELATIVE_INT,
    ):
        return "a target is a place above home, with or without a velocity"
    if _any(fields, f"time {_UNUSED}"):
        return "it holds more than a place and a velocity"
    if fields["type_mask"] == POSITION and _any(fields, "vx vy vz"):
        return "it holds more than a place"
    return _outside(fields, bounds) or ("" if _flies(fields, bounds) else _velocity_wrong(bounds))


def _flies(fields: Fields, bounds: Bounds) -> bool:
    return (
        math.hypot(fields["vx"], fields["vy"]) <= bounds.fastest_m_s
        and abs(fields["vz"]) <= VERTICAL_M_S
    )


def _velocity_wrong(bounds: Bounds) -> str:
    return (
        f"a velocity needs a fence, and lies within {bounds.fastest_m_s:g} m/s, "
        f"{VERTICAL_M_S:g} m/s up or down"
    )


def _follow(fields: Fields, bounds: Bounds) -> str:
    offset = bounds.follow_offset_m
    if bounds.fence is None or offset is None or not offset >= bounds.nearest_m:
        return "the stand-off of the aircraft's own FOLLOW was not read, or brings it too near"
    if _point(fields["x"], fields["y"]) is None:
        return "whom it follows is nowhere"
    fast = math.hypot(fields["vx"], fields["vy"], fields["vz"]) <= FASTEST_M_S
    plain = not _any(fields, "custom_state afx afy afz r1 r2 r3 c1 c2 c3 q2 q3 q4")
    known = (
        fields["capabilities"] in (1, 3) and fields["q1"] in (0, 1) and math.isfinite(fields["z"])
    )
    return "" if fast and plain and known else "it holds more than his place and how he moves"


_NUMBERS = "param1 param2 param3 param4 x y z"
_UNUSED = "afx afy afz yaw yaw_rate"


def _any(fields: Fields, names: str) -> bool:
    """Return whether any of them is not zero; NaN is not."""
    return any(fields[name] != 0 for name in names.split())


def _point(lat_e7: float, lon_e7: float) -> Point | None:
    """Return the place; None where there is none, and for 0, 0, which is a place that was left out."""
    if abs(lat_e7) > _NORTH_E7 or abs(lon_e7) > _EAST_E7 or (lat_e7 == 0 and lon_e7 == 0):
        return None
    return Point(lat_e7 / _E7, lon_e7 / _E7)


Check = Callable[[Fields, Bounds], str]


def _each(numbers: Iterable[int], check: Check) -> dict[int, Check]:
    return dict.fromkeys(numbers, check)


_COMMANDS: dict[int, Check] = {
    lists.DO_SET_MODE: _mode,
    lists.DO_CHANGE_SPEED: _speed,
    lists.DO_REPOSITION: _reposition,
    lists.DO_SET_ROI_LOCATION: _look_at,
    lists.DO_SET_ROI_NONE: _look_ahead,
    lists.GIMBAL_PITCHYAW: _gimbal,
    lists.RALLY_POINT: _rally_point,
    **_each(lists.FENCE_ITEMS, _fence_part),
}
_MESSAGES: dict[int, Check] = {
    lists.HEARTBEAT: _beat,
    lists.TARGET_LOCAL: _to_velocity,
    lists.TARGET_GLOBAL: _to_place,
    lists.FOLLOW_TARGET: _follow,
    **_each(
        (
            lists.MISSION_REQUEST_LIST,
            lists.MISSION_COUNT,
            lists.MISSION_CLEAR_ALL,
            lists.MISSION_ACK,
            lists.MISSION_REQUEST_INT,
        ),
        _transfer,
    ),
}
