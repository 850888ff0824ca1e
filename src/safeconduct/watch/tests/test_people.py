"""What people said, and daylight: told in time, ended by a word and by no clock."""

from dataclasses import replace

import pytest

from safeconduct.watch.alerts import watch
from safeconduct.watch.known import Unit
from safeconduct.watch.tests.test_alerts import LIMITS, NOON, ROUTE, causes, drive, timedelta


def test_failing_light_is_told_half_an_hour_before_dark_and_grave_once_it_is_dark():
    route = replace(ROUTE, dusk=NOON + timedelta(seconds=1860))
    assert causes(route, drive(60), 59.5) == set()
    told = {}
    for second in (60, 1859, 1860, 4000):
        (told[second],) = [
            alert
            for alert in watch(route, [], now=NOON + timedelta(seconds=second), limits=LIMITS)
            if alert.key == "LIGHT"
        ]
    assert [told[second].measured for second in told] == [1800, 1, 0, 0]
    assert [told[second].grave for second in told] == [False, False, True, True]
    assert causes(ROUTE, drive(60), 59.5) == set()  # where it never is dark, or nobody said


@pytest.mark.parametrize("ready", [True, False])
def test_a_unit_that_is_not_ready_is_told_at_once_and_one_that_says_nothing_after_an_hour(ready):
    unit = Unit(NOON, ready)
    assert causes(replace(ROUTE, unit=unit), drive(60), 59.5) == (set() if ready else {"UNIT"})
    assert "UNIT" in causes(replace(ROUTE, unit=unit), [], 3600)
    again = Unit(NOON + timedelta(seconds=3600), ready=True)
    assert "UNIT" not in causes(replace(ROUTE, unit=again), [], 3601, standing={"UNIT"})
    assert "UNIT" not in causes(ROUTE, [], 9999)
