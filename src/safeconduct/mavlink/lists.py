"""What may leave for an aircraft, as data. What is not listed is refused.

WATCH is the gateway's list: it asks for telemetry and reads parameters, and commands nothing.
PILOT is the list of the pilot's own station, and exists while he has switched it on (`leave.py`).
Neither names arming, take-off, or anything that could let something fall.
"""

from dataclasses import dataclass, replace
from types import MappingProxyType

from safeconduct.mavlink.fence import Fence

HEARTBEAT = 0
PARAM_REQUEST_READ = 20
PARAM_REQUEST_LIST = 21
MISSION_ITEM = 39
MISSION_REQUEST_LIST = 43
MISSION_COUNT = 44
MISSION_CLEAR_ALL = 45
MISSION_ACK = 47
MISSION_REQUEST_INT = 51
MISSION_ITEM_INT = 73
COMMAND_INT = 75
COMMAND_LONG = 76
TARGET_LOCAL = 84  # SET_POSITION_TARGET_LOCAL_NED
TARGET_GLOBAL = 86  # SET_POSITION_TARGET_GLOBAL_INT
FOLLOW_TARGET = 144

DO_SET_MODE = 176
DO_CHANGE_SPEED = 178
DO_REPOSITION = 192
DO_SET_ROI_LOCATION = 195
DO_SET_ROI_NONE = 197
SET_MESSAGE_INTERVAL = 511
REQUEST_MESSAGE = 512
GIMBAL_PITCHYAW = 1000

MISSION, FENCE, RALLY, ALL = 0, 1, 2, 255  # mission types
INCLUSION, EXCLUSION, CIRCLE_IN, CIRCLE_OUT, RALLY_POINT = 5001, 5002, 5003, 5004, 5100
FENCE_ITEMS = frozenset({INCLUSION, EXCLUSION, CIRCLE_IN, CIRCLE_OUT})

GUIDED, LOITER, RTL, LAND = 4, 5, 6, 9  # ArduCopter's numbers of its modes
MODES = MappingProxyType({GUIDED: "GUIDED", LOITER: "LOITER", RTL: "RTL", LAND: "LAND"})

# The telemetry that the watch judges by, with SYSTEM_TIME so that a fix has a true time.
TELEMETRY = MappingProxyType(
    {
        0: "HEARTBEAT",
        1: "SYS_STATUS",
        2: "SYSTEM_TIME",
        24: "GPS_RAW_INT",
        30: "ATTITUDE",
        33: "GLOBAL_POSITION_INT",
        62: "NAV_CONTROLLER_OUTPUT",
        74: "VFR_HUD",
        147: "BATTERY_STATUS",
        148: "AUTOPILOT_VERSION",
        162: "FENCE_STATUS",
        193: "EKF_STATUS_REPORT",
        242: "HOME_POSITION",
        441: "GNSS_INTEGRITY",
    }
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Within what the pilot's station may move an aircraft. Metres, metres a second.

    Attributes:
        fence: our copy of what was uploaded and read back; None: it may not be moved at all.
        lowest_m, highest_m: above home.
        fastest_m_s: ceiling of every speed. 15 held at 8 m/s of the vehicle (seen in simulation).
        follow_offset_m: the stand-off of the aircraft's own FOLLOW, as its parameters were read;
            None: it was not read, so nobody is given it to follow.
        nearest_m: the least distance to him of any target of ours (proposed).
    """

    fence: Fence | None = None
    lowest_m: float = 20.0
    highest_m: float = 120.0
    fastest_m_s: float = 15.0
    follow_offset_m: float | None = None
    nearest_m: float = 20.0


@dataclass(frozen=True, slots=True)
class Listed:
    """One allow-list.

    Attributes:
        messages: message ids that may leave.
        commands: carrier message id → command ids it may carry. A carrier that is not named here
            may carry none, so it must not stand in `messages` either.
        telemetry: message ids that 511 and 512 may ask for.
        bounds: within what a movement command may move; `content.py` looks.
    """

    name: str
    messages: frozenset[int]
    commands: MappingProxyType[int, frozenset[int]]
    telemetry: frozenset[int]
    bounds: Bounds = Bounds()

    def within(self, bounds: Bounds) -> "Listed":
        """Return this list with other bounds."""
        return replace(self, bounds=bounds)

    @property
    def beating(self) -> "Listed":
        """Return this list with our own heartbeat; it is never under a pilot's system id."""
        return replace(self, messages=self.messages | {HEARTBEAT})


WATCH = Listed(
    name="WATCH",
    messages=frozenset({PARAM_REQUEST_READ, PARAM_REQUEST_LIST, COMMAND_LONG}),
    commands=MappingProxyType({COMMAND_LONG: frozenset({SET_MESSAGE_INTERVAL, REQUEST_MESSAGE})}),
    telemetry=frozenset(TELEMETRY),
)
PILOT = Listed(
    name="PILOT",
    messages=WATCH.messages
    | {COMMAND_INT, TARGET_LOCAL, TARGET_GLOBAL, FOLLOW_TARGET}
    | {MISSION_REQUEST_LIST, MISSION_COUNT, MISSION_CLEAR_ALL, MISSION_ACK}
    | {MISSION_REQUEST_INT, MISSION_ITEM_INT},
    commands=MappingProxyType(
        {
            COMMAND_LONG: WATCH.commands[COMMAND_LONG]
            | {DO_SET_MODE, DO_CHANGE_SPEED, DO_SET_ROI_NONE, GIMBAL_PITCHYAW},
            COMMAND_INT: frozenset({DO_REPOSITION, DO_SET_ROI_LOCATION}),
            MISSION_ITEM_INT: FENCE_ITEMS | {RALLY_POINT},
        }
    ),
    telemetry=WATCH.telemetry,
)
