"""What the benchmark of watching injects, whom it compares, and that its drill spends no reserve."""

# ruff: noqa: S311, TID251  by seed, so that a figure can be had again

import random

from safeconduct.bench import relief, watch


def test_a_stop_is_told_within_its_goal_under_noise_and_a_silent_track_has_no_fix():
    known = watch.limits()
    silence, stop = watch.KINDS[:2]
    track = list(watch.driven(stop, random.Random(1)))
    told = watch.delay_s(watch.Ours(known), stop, track, random.Random(1))
    assert told - watch.left_at_s(stop, track, known.off_route_m) <= stop.goal_s
    assert all(
        fix is None
        for second, fix in watch.driven(silence, random.Random(1))
        if second > watch.QUIET_S
    )


def test_the_bare_threshold_is_told_the_same_fixes_and_rings_where_ours_does_not():
    known = watch.limits()
    line = (watch.START, watch.moved(watch.START, east_m=20_000, north_m=0))
    ours, fixed = (
        watch.false_alarms(judge(known, line), 0.2) for judge in (watch.Ours, watch.Fixed)
    )
    assert ours <= fixed
    assert ours == 0


def test_a_passage_is_drawn_by_its_number_and_no_aircraft_lands_below_its_reserve():
    assert relief.drawn(7) == relief.drawn(7)
    drills = [each for each in map(relief.drawn, range(30)) if relief.accepted(each)][:3]
    for drill in drills:
        share, least_s, _late = relief.flown(drill, planned=True)
        assert share >= relief.flown(drill, planned=False)[0]
        assert least_s >= relief.TIMES.reserve_s
