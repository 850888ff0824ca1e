"""What may leave for the units' maps at all: a short list, each for somebody named, through one door."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import safeconduct
from safeconduct.envelope import MapHeard, MapPoint, Marker
from safeconduct.post.maps import may_stand

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SRC = Path(safeconduct.__file__).parent
# Who opens the lane to a gateway: for texts and maps the one door, for pagers the roster.
# A station's lane leads to a station alone: what it is told, no map's gateway and no telephone hears.
DOORS = {"post/lanes.py", "access/worker.py", "spool/core_end.py", "escort/actions/stations.py"}


def point(what, to="fires unit:1"):
    return MapPoint("aaaa", what, NOON, 1, 1, to=to)


def line(says="corridor", to="fires"):
    return Marker("aaaa", "line", [[0, 0], [1, 1]], 0, NOON, NOON, False, says, to)


@pytest.mark.parametrize("what", ["vehicle", "drone", "alert", "medical"])
def test_he_the_aircraft_a_stop_and_a_casualty_stand_there_for_who_is_named(what):
    assert may_stand(point(what)) is None
    for nobody in ("", "everybody", "unit", "fires,unit:1", "FDC1", "unit:1 "):
        assert may_stand(point(what, nobody)).code == "post.nobody_meant"


def test_no_danger_report_contact_or_place_out_of_a_text_is_of_a_kind_that_stands_there():
    for thing in (
        MapHeard("tak", 1, "contact", "", "x", NOON, NOON, 1, 1),
        *(point(what) for what in ("contact", "danger", "mine", "text", "place", "hold", "")),
        *(line(says) for says in ("mined", "danger", "way", "")),
    ):
        assert may_stand(thing).code == "post.not_for_maps"
    assert may_stand(line()) is None
    assert may_stand(line(to="")).code == "post.nobody_meant"
    assert may_stand(line("no_fire", to="")) is None  # for whom, the gateway's own file says


def test_nothing_of_ours_but_the_one_door_puts_anything_into_the_lane_to_a_gateway():
    opening = {
        path.relative_to(SRC).as_posix()
        for path in SRC.rglob("*.py")
        if not {"tests", "bench"} & set(path.parts) and "sending_to(" in path.read_text()
    }
    assert opening == DOORS
