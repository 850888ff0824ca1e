import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.ways.drawn import NOTHING_TOLD, Facts
from safeconduct.ways.roads import VEHICLES
from safeconduct.ways.tags import drives, duration_s, facts_of, size_mm, stops, walks, weight_kg


@pytest.mark.parametrize(
    ("told", "kg"),
    [
        ("10", 10_000), ("7.5", 7_500), ("3,5 t", 3_500), ("12000 kg", 12_000),
        ("10 st", 9_072), ("20000 lbs", 9_072), ("none", 0), ("", 0), ("unsigned", 0),
        ("-5", 0), ("0", 0), ("999999", 0), ("10;20", 0),
    ],
)  # fmt: skip
def test_a_weight_is_read_in_the_units_people_write(told, kg):
    assert weight_kg(told) == kg


@pytest.mark.parametrize(
    ("told", "mm"),
    [
        ("2.5", 2_500), ("2,5 m", 2_500), ("250 cm", 2_500), ("12'6\"", 3_810), ("7 ft", 2_134),
        ("default", 0), ("", 0), ("0.1", 0), ("900", 0),
    ],
)  # fmt: skip
def test_a_length_is_read_in_the_units_people_write(told, mm):
    assert size_mm(told) == mm


@given(st.text("0123456789.,-tkgmc'\" PTHM:xé", max_size=12))
def test_whatever_is_written_gives_a_number_that_fits_and_no_error(told):
    assert 0 <= weight_kg(told) <= 200_000
    assert 0 <= size_mm(told) <= 60_000
    assert duration_s(told) >= 0


def test_a_ferrys_time_is_read_in_both_forms():
    assert [duration_s(told) for told in ("20", "1:20", "PT1H20M", "PT45M", "soon")] == [
        1200, 4800, 4800, 2700, 0,
    ]  # fmt: skip


def test_the_nearer_key_decides_who_may_use_a_road():
    assert drives({"access": "no", "motor_vehicle": "yes"}, "service")
    assert not drives({"access": "yes", "motorcar": "no"}, "service")
    assert not walks({"foot": "no"}, "residential")
    assert walks({"access": "private", "foot": "yes"}, "service")
    lorry = 1 << VEHICLES.index("lorry")
    assert facts_of({"hgv": "no"}) == Facts(closed=lorry)
    assert facts_of({"access": "no", "motorcar": "yes"}).closed == lorry | 1 << VEHICLES.index(
        "tracked"
    )


def test_a_road_of_which_nothing_is_told_shares_one_word_for_it():
    assert facts_of({"highway": "primary", "name": "x"}) is NOTHING_TOLD
    assert facts_of({"surface": "asphalt"}).surface == 1
    assert facts_of({"surface": "unknown", "tracktype": "grade5"}).surface == 3


def test_a_gate_stops_nobody_unless_it_is_locked_or_private():
    assert not stops({"barrier": "gate"}, "car")
    assert stops({"barrier": "gate", "locked": "yes"}, "foot")
    assert stops({"barrier": "stile"}, "car")
    assert not stops({"barrier": "stile"}, "foot")
