"""The fence of a passage's drone: it holds the whole plan, and draws none of it."""

import tomllib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.escort import rules
from safeconduct.escort.fencing import SIDES, fence_around
from safeconduct.escort.tests.test_rules import START, lines
from safeconduct.geo import distance_m, foot_on_line, inside, moved
from safeconduct.mavlink.fence import CORNERS, Fence, ring_of, typed
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.programme import load
from safeconduct.programme.profile import BOUNDS, WrongProfile, read


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)  # other work shares the cores
@given(lines, st.integers(*BOUNDS["limits_m", "fence_margin"][:2]))
def test_every_place_of_every_way_lies_well_inside_and_no_side_is_near_it(drawn, margin_m):
    ways = [[moved(START, east_m=x, north_m=y) for x, y in way] for way in drawn]
    ring = fence_around(ways, margin_m=margin_m)
    assert len(ring) == SIDES < CORNERS[1]
    fence = Fence(inclusions=(ring_of(typed(ring)),))  # as the pilot's own station takes it
    for point in (point for way in ways for point in way):
        assert fence.holds(point)
        assert foot_on_line(point, [*ring, ring[0]]).beside_m > margin_m * 0.9


def test_a_long_bent_way_has_no_more_corners_than_a_straight_one_and_none_of_its_own():
    bent = [moved(START, east_m=x, north_m=x * x / 9000) for x in range(0, 9000, 30)]
    ring = fence_around([bent], margin_m=1000)
    assert len(ring) == SIDES
    assert min(distance_m(corner, point) for corner in ring for point in bent) > 900
    assert all(inside(point, ring) for point in bent)


def test_a_profile_of_before_has_a_margin_and_none_is_so_narrow_that_it_draws_the_way():
    older = {key: value for key, value in PROFILE.limits_m.items() if key != "fence_margin"}
    assert rules.limits_of(PROFILE.limits_s, older).fence_margin_m == 1000
    told = tomllib.loads((load.SHIPPED / "ukraine.toml").read_text(encoding="utf-8"))
    told["limits_m"]["fence_margin"] = 100
    with pytest.raises(WrongProfile, match="from 300 to 20000"):
        read(told)
