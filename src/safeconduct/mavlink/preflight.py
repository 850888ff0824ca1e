"""Whether an aircraft may watch over anybody, by its own parameters. Pure.

An aircraft that could let something fall is refused. What did not answer was not checked, whatever
the reason, and a person signs for it by name; so does a person for what no parameter shows. Meanings
and names by ArduPilot's parameter text; names differ by version, and a name that did not answer is
never "fine". Nothing here writes a parameter: the pilot does.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from safeconduct.refusal import Refusal, listed, said

RELEASES = {
    22: "a sprayer's pump", 23: "a sprayer's spinner", 27: "a parachute", 28: "a gripper",
    88: "a winch", 133: "a winch's clutch", 1: "a stick passed through",
    **dict.fromkeys(range(94, 110), "a script"),
    **dict.fromkeys((*range(51, 67), *range(140, 156)), "a stick passed through"),
}  # fmt: skip
PARACHUTE = 27
HARMLESS = frozenset({6, 7, 8, 12, 13, 14, *range(33, 41), *range(82, 86)})  # mounts and motors
OUTPUTS = range(1, 17)
MORE_OUTPUTS = range(17, 33)  # only with SERVO_32_ENABLE
RELAYS = range(1, 7)
ENABLES = {"GRIP_ENABLE": "a gripper", "SPRAY_ENABLE": "a sprayer", "WINCH_TYPE": "a winch"}
KEEPS_UP = 1.5  # times his planned speed: 1.0 failed and 1.9 held, in simulation
POLYGON = 4  # bit of FENCE_TYPE
_OLD_RELAYS = {1: "RELAY_PIN", **{n: f"RELAY_PIN{n}" for n in range(2, 7)}}


class Mark(StrEnum):
    """What one look came to."""

    FINE = "fine"
    SIGN = "not checked: a person signs"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One look at one thing.

    Attributes:
        key: what a signature names: a parameter, or "hook", "home".
        read: what was read, as the aircraft said it; "no answer" where it said nothing.
        why: one sentence for whoever signs or refuses.
    """

    key: str
    mark: Mark
    read: str
    why: str


UNREAD = "unread"  # key of the one finding of an aircraft that was never read
_HOOK = Finding(
    "hook", Mark.SIGN, "no parameter", "no parameter shows a hook made by hand: look, and sign"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the flight is for, as far as an aircraft must be fit for it.

    Attributes:
        vehicle_m_s: how fast he will drive or walk at most.
        our_system: our own system id: never the one by which the aircraft counts its pilot.
        parachute_excepted: a rescue parachute was looked at, and its exception is recorded.
        home_known: HOME_POSITION was heard.
    """

    vehicle_m_s: float
    our_system: int
    parachute_excepted: bool = False
    home_known: bool = False


def wanted() -> list[str]:
    """Return every parameter to ask for, in the order of asking."""
    return [
        *(f"SERVO{n}_FUNCTION" for n in (*OUTPUTS, *MORE_OUTPUTS)), "SERVO_32_ENABLE",
        *ENABLES, "CHUTE_ENABLED",
        *(f"RELAY{n}_FUNCTION" for n in RELAYS), *_OLD_RELAYS.values(),
        "FS_GCS_ENABLE", "BATT_FS_LOW_ACT", "FENCE_ENABLE", "FENCE_TYPE", "FENCE_ACTION",
        "WPNAV_SPEED", "WP_SPD", "WP_SPEED", "MAV_GCS_SYSID", "SYSID_MYGCS",
        "FOLL_OFS_X", "FOLL_OFS_Y", "FOLL_OFS_Z",
    ]  # fmt: skip


def findings(values: Mapping[str, float], plan: Plan) -> list[Finding]:
    """Return what each look came to.

    Args:
        values: what answered, by name; a name that is not there did not answer.
        plan: what the flight is for.
    """
    known = {name: value for name, value in values.items() if math.isfinite(value)}
    return [
        *_outputs(known, plan),
        *(_enabled(known, name, what) for name, what in ENABLES.items()),
        _chute(known, plan),
        *(_relay(known, n) for n in RELAYS),
        *_failsafes(known),
        _speed(known, plan),
        _station(known, plan),
        _home(plan),
        _HOOK,
    ]


def unread() -> list[Finding]:
    """Return what is to be signed for an aircraft that was never read: somebody has looked at all of it."""
    return [Finding(UNREAD, Mark.SIGN, "no answer", "it was never read: look at all of it"), _HOOK]


def may_fly(found: Iterable[Finding], *, signed: Mapping[str, str]) -> Refusal | None:
    """Return None where nothing is refused and a named person has signed for all that was not checked.

    Args:
        found: all findings of one aircraft.
        signed: finding's key → who signed for it.
    """
    looks = list(found)
    refused = [each.key for each in looks if each.mark is Mark.REFUSED]
    if refused:
        return Refusal("preflight.refused", said("This aircraft is refused: {looks}.", looks=listed(refused)),
                       "Take another, or let the pilot change it and read it again.")  # fmt: skip
    open_ = [each.key for each in looks if each.mark is Mark.SIGN and not signed.get(each.key)]
    if open_ or not looks:
        what = listed(open_) or said("anything")
        return Refusal("preflight.unsigned", said("Not checked: {looks}.", looks=what),
                       "Look at it, and sign for it by name; else it does not fly.")  # fmt: skip
    return None


def follow_offset_m(values: Mapping[str, float]) -> float | None:
    """Return the stand-off of the aircraft's own FOLLOW over the ground; None: it was not read."""
    east, north = values.get("FOLL_OFS_X", math.nan), values.get("FOLL_OFS_Y", math.nan)
    offset = math.hypot(east, north)
    return offset if math.isfinite(offset) else None


def _read(known: Mapping[str, float], name: str) -> str:
    return f"{name} = {known[name]:g}" if name in known else "no answer"


def _unanswered(name: str, what: str) -> Finding:
    return Finding(name, Mark.SIGN, "no answer", f"{what} did not answer, so it was not checked")


def _outputs(known: Mapping[str, float], plan: Plan) -> list[Finding]:
    more = known.get("SERVO_32_ENABLE")
    found = [_output(known, n, plan) for n in OUTPUTS]
    told = [n for n in MORE_OUTPUTS if f"SERVO{n}_FUNCTION" in known]
    if more == 0:
        return found + [_output(known, n, plan) for n in told]
    if more is None and not told:
        return [*found, _unanswered("SERVO_32_ENABLE", "whether there are outputs 17 to 32")]
    return found + [_output(known, n, plan) for n in MORE_OUTPUTS]


def _output(known: Mapping[str, float], n: int, plan: Plan) -> Finding:
    name = f"SERVO{n}_FUNCTION"
    function = known.get(name)
    if function is None:
        return _unanswered(name, f"output {n}")
    read = _read(known, name)
    if function == PARACHUTE and plan.parachute_excepted:
        return Finding(name, Mark.SIGN, read, "a rescue parachute with a recorded exception")
    if function in RELEASES:
        return Finding(name, Mark.REFUSED, read, f"output {n} drives {RELEASES[int(function)]}")
    if function in HARMLESS:
        return Finding(name, Mark.FINE, read, f"output {n} drives a motor or a mount")
    empty = "is left to missions and servo commands" if function == 0 else "drives something else"
    loose = "is a plain pin" if function == -1 else empty
    return Finding(name, Mark.SIGN, read, f"output {n} {loose}: look that nothing is wired to it")


def _enabled(known: Mapping[str, float], name: str, what: str) -> Finding:
    if name not in known:
        return _unanswered(name, what)
    mark = Mark.FINE if known[name] == 0 else Mark.REFUSED
    return Finding(
        name, mark, _read(known, name), f"{what} is {'off' if mark is Mark.FINE else 'on'}"
    )


def _chute(known: Mapping[str, float], plan: Plan) -> Finding:
    found = _enabled(known, "CHUTE_ENABLED", "a parachute")
    if found.mark is Mark.REFUSED and plan.parachute_excepted:
        return Finding(
            found.key, Mark.SIGN, found.read, "a rescue parachute with a recorded exception"
        )
    return found


def _relay(known: Mapping[str, float], n: int) -> Finding:
    """Judge one relay by its function, or by its pin where the version is older."""
    name, old = f"RELAY{n}_FUNCTION", _OLD_RELAYS[n]
    if name in known:
        mark = Mark.FINE if known[name] == 0 else Mark.REFUSED
        return Finding(name, mark, _read(known, name), f"relay {n} {_has(mark)} a function")
    if old in known:
        mark = Mark.FINE if known[old] == -1 else Mark.REFUSED
        return Finding(name, mark, _read(known, old), f"relay {n} {_has(mark)} a pin")
    return _unanswered(name, f"relay {n}")


def _has(mark: Mark) -> str:
    return "has not" if mark is Mark.FINE else "has"


def _failsafes(known: Mapping[str, float]) -> list[Finding]:
    looks: tuple[tuple[str, Callable[[float], bool], str], ...] = (
        ("FS_GCS_ENABLE", lambda value: value > 0, "what it does when its station falls silent"),
        ("BATT_FS_LOW_ACT", lambda value: value > 0, "what it does when its battery runs low"),
        ("FENCE_ENABLE", lambda value: value == 1, "whether its fence is on"),
        (
            "FENCE_TYPE",
            lambda value: value > 0 and bool(int(value) & POLYGON),
            "whether the drawn fence counts",
        ),
        ("FENCE_ACTION", lambda value: value > 0, "what it does at the fence"),
    )
    return [_failsafe(known, *look) for look in looks]


def _failsafe(
    known: Mapping[str, float], name: str, good: Callable[[float], bool], what: str
) -> Finding:
    if name not in known:
        return _unanswered(name, what)
    if good(known[name]):
        return Finding(name, Mark.FINE, _read(known, name), what)
    return Finding(name, Mark.SIGN, _read(known, name), f"{what}: nothing. Set it, or sign for it")


def _speed(known: Mapping[str, float], plan: Plan) -> Finding:
    """Judge by WPNAV_SPEED, in cm/s. The unit under another name was not tried: a person signs."""
    name = "WPNAV_SPEED"
    if name not in known:
        other = next((each for each in ("WP_SPD", "WP_SPEED") if each in known), "")
        why = "its speed limit has another name, whose unit was never tried" if other else ""
        read = _read(known, other) if other else "no answer"
        return Finding(name, Mark.SIGN, read, why or "its speed limit did not answer")
    limit_m_s = known[name] / 100
    if limit_m_s >= KEEPS_UP * plan.vehicle_m_s:
        return Finding(name, Mark.FINE, _read(known, name), "it can keep up with him")
    slower = max(0.0, limit_m_s / KEEPS_UP)
    why = f"it cannot keep up: let him be planned at {slower:.1f} m/s at most, or raise its limit"
    return Finding(name, Mark.REFUSED, _read(known, name), why)


def _station(known: Mapping[str, float], plan: Plan) -> Finding:
    """Judge by which id it counts its pilot: ours would hide that he is gone."""
    name = next((each for each in ("MAV_GCS_SYSID", "SYSID_MYGCS") if each in known), "")
    if not name:
        return _unanswered("MAV_GCS_SYSID", "the id by which it counts its pilot's station")
    if known[name] == plan.our_system:
        return Finding(
            "MAV_GCS_SYSID", Mark.REFUSED, _read(known, name), "it counts us as its pilot"
        )
    return Finding("MAV_GCS_SYSID", Mark.FINE, _read(known, name), "it counts another as its pilot")


def _home(plan: Plan) -> Finding:
    if plan.home_known:
        return Finding("home", Mark.FINE, "HOME_POSITION", "it knows where to return to")
    return Finding("home", Mark.SIGN, "no answer", "it has not said where it would return to")
