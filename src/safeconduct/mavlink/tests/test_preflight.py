"""An aircraft that could let something fall is refused; what did not answer is signed for by name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.mavlink.preflight import (
    HARMLESS,
    RELEASES,
    Mark,
    Plan,
    findings,
    follow_offset_m,
    may_fly,
    wanted,
)

PLAN = Plan(vehicle_m_s=8.0, our_system=245, home_known=True)
GOOD = {
    **{f"SERVO{n}_FUNCTION": 32.0 + n for n in range(1, 9)},
    **{f"SERVO{n}_FUNCTION": 82.0 for n in range(9, 17)},
    "SERVO_32_ENABLE": 0.0,
    **dict.fromkeys(("GRIP_ENABLE", "SPRAY_ENABLE", "WINCH_TYPE", "CHUTE_ENABLED"), 0.0),
    **{f"RELAY{n}_FUNCTION": 0.0 for n in range(1, 7)},
    "FS_GCS_ENABLE": 1.0,
    "BATT_FS_LOW_ACT": 2.0,
    "FENCE_ENABLE": 1.0,
    "FENCE_TYPE": 7.0,
    "FENCE_ACTION": 1.0,
    "WPNAV_SPEED": 1500.0,
    "MAV_GCS_SYSID": 255.0,
}
HOOK = {"hook": "Iryna"}


def marks(values=GOOD, plan=PLAN):
    return {each.key: each.mark for each in findings(values, plan)}


def test_a_plain_aircraft_flies_once_a_person_has_looked_for_a_hook():
    found = findings(GOOD, PLAN)
    assert [each.key for each in found if each.mark is not Mark.FINE] == ["hook"]
    assert "hook" in may_fly(found, signed={}).why
    assert may_fly(found, signed=HOOK) is None
    assert "SERVO1_FUNCTION = 33" in {each.read for each in found}
    assert may_fly([], signed=HOOK) is not None


@pytest.mark.parametrize("function", sorted(RELEASES))
def test_any_output_with_a_release_function_refuses_the_aircraft(function):
    for output in (1, 16):
        found = findings({**GOOD, f"SERVO{output}_FUNCTION": float(function)}, PLAN)
        assert f"SERVO{output}_FUNCTION" in may_fly(found, signed=HOOK).why


@pytest.mark.parametrize(
    ("name", "value"),
    [("GRIP_ENABLE", 1), ("SPRAY_ENABLE", 1), ("WINCH_TYPE", 2), ("CHUTE_ENABLED", 1),
     ("RELAY1_FUNCTION", 1), ("RELAY6_FUNCTION", 5), ("SERVO20_FUNCTION", 28)],
)  # fmt: skip
def test_whatever_releases_by_another_name_refuses_it_too(name, value):
    assert marks({**GOOD, name: float(value)})[name] is Mark.REFUSED


def test_zero_is_not_safe_and_minus_one_is_a_pin_and_what_is_unknown_is_looked_at():
    for function in (0, -1, 10, 999):
        found = findings({**GOOD, "SERVO9_FUNCTION": float(function)}, PLAN)
        assert "SERVO9_FUNCTION" in may_fly(found, signed=HOOK).why
        assert may_fly(found, signed={**HOOK, "SERVO9_FUNCTION": "Iryna"}) is None
        assert may_fly(found, signed={**HOOK, "SERVO9_FUNCTION": ""}) is not None


def test_a_rescue_parachute_needs_a_recorded_exception_and_a_signature_then():
    chute = {**GOOD, "SERVO9_FUNCTION": 27.0, "CHUTE_ENABLED": 1.0}
    keys = {"SERVO9_FUNCTION", "CHUTE_ENABLED"}
    assert {marks(chute)[key] for key in keys} == {Mark.REFUSED}
    excepted = marks(chute, replace(PLAN, parachute_excepted=True))
    assert {excepted[key] for key in keys} == {Mark.SIGN}


@given(st.sets(st.sampled_from(sorted(GOOD))))
def test_whatever_does_not_answer_is_never_fine(silent):
    """Any part of the parameters may stay silent, or answer with what is no number."""
    left = {name: value for name, value in GOOD.items() if name not in silent}
    nonsense = {**GOOD, **dict.fromkeys(silent, float("nan"))}
    assert findings(left, PLAN) == findings(nonsense, PLAN)
    unsigned = {each.key for each in findings(left, PLAN) if each.mark is Mark.SIGN}
    assert silent <= unsigned
    assert not [each for each in findings(left, PLAN) if each.mark is Mark.REFUSED]


@given(st.dictionaries(st.sampled_from(wanted()), st.integers(-2, 200).map(float)))
def test_whatever_is_read_an_output_is_fine_only_with_a_harmless_function(values):
    for each in findings(values, PLAN):
        if each.mark is Mark.FINE and each.key.endswith("_FUNCTION"):
            allowed = HARMLESS if each.key.startswith("SERVO") else {0, -1}
            assert float(each.read.rpartition("= ")[2]) in allowed


def test_an_older_version_names_relays_by_their_pins_and_another_names_the_speed_otherwise():
    old = {name: value for name, value in GOOD.items() if not name.startswith("RELAY")}
    pins = {"RELAY_PIN": -1.0, **{f"RELAY_PIN{n}": -1.0 for n in range(2, 7)}}
    assert marks({**old, **pins})["RELAY1_FUNCTION"] is Mark.FINE
    assert marks({**old, **pins, "RELAY_PIN2": 54.0})["RELAY2_FUNCTION"] is Mark.REFUSED
    assert marks(old)["RELAY3_FUNCTION"] is Mark.SIGN
    other = {name: value for name, value in GOOD.items() if name != "WPNAV_SPEED"}
    (speed,) = [e for e in findings({**other, "WP_SPD": 15.0}, PLAN) if e.key == "WPNAV_SPEED"]
    assert (speed.mark, speed.read) == (Mark.SIGN, "WP_SPD = 15")


def test_an_aircraft_that_cannot_keep_up_is_refused_with_the_speed_at_which_it_could():
    assert marks({**GOOD, "WPNAV_SPEED": 1200.0})["WPNAV_SPEED"] is Mark.FINE
    (slow,) = [e for e in findings({**GOOD, "WPNAV_SPEED": 900.0}, PLAN) if e.key == "WPNAV_SPEED"]
    assert slow.mark is Mark.REFUSED
    assert "6.0 m/s" in slow.why


def test_it_must_not_count_us_as_its_pilot():
    assert marks({**GOOD, "MAV_GCS_SYSID": 245.0})["MAV_GCS_SYSID"] is Mark.REFUSED
    old = {**{k: v for k, v in GOOD.items() if k != "MAV_GCS_SYSID"}, "SYSID_MYGCS": 245.0}
    assert marks(old)["MAV_GCS_SYSID"] is Mark.REFUSED


@pytest.mark.parametrize(
    ("name", "value"),
    [("FS_GCS_ENABLE", 0), ("BATT_FS_LOW_ACT", 0), ("FENCE_ENABLE", 0), ("FENCE_TYPE", 3),
     ("FENCE_ACTION", 0)],
)  # fmt: skip
def test_a_failsafe_that_is_off_needs_a_signature(name, value):
    assert marks({**GOOD, name: float(value)})[name] is Mark.SIGN
    assert marks(GOOD, replace(PLAN, home_known=False))["home"] is Mark.SIGN


def test_the_stand_off_of_follow_is_read_or_unknown():
    assert follow_offset_m({"FOLL_OFS_X": 30.0, "FOLL_OFS_Y": 40.0}) == 50
    assert follow_offset_m({"FOLL_OFS_X": 30.0}) is None
