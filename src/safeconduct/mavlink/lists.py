"""What may leave for an aircraft, as data. What is not listed is refused.

WATCH is the gateway's list: it asks for telemetry and reads parameters, and commands nothing.
The movement commands of the pilot's station are not in this version, so no list names them.
"""

from dataclasses import dataclass
from types import MappingProxyType

HEARTBEAT = 0
PARAM_REQUEST_READ = 20
PARAM_REQUEST_LIST = 21
COMMAND_LONG = 76
SET_MESSAGE_INTERVAL = 511
REQUEST_MESSAGE = 512

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
class Listed:
    """One allow-list.

    Attributes:
        messages: message ids that may leave.
        commands: carrier message id → command ids it may carry. A carrier that is not named here
            may carry none, so it must not stand in `messages` either.
        telemetry: message ids that 511 and 512 may ask for.
    """

    name: str
    messages: frozenset[int]
    commands: MappingProxyType[int, frozenset[int]]
    telemetry: frozenset[int]


WATCH = Listed(
    name="WATCH",
    messages=frozenset({PARAM_REQUEST_READ, PARAM_REQUEST_LIST, COMMAND_LONG}),
    commands=MappingProxyType({COMMAND_LONG: frozenset({SET_MESSAGE_INTERVAL, REQUEST_MESSAGE})}),
    telemetry=frozenset(TELEMETRY),
)
