"""The judge of a passage that was watched over: what it holds against, and what it finds."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct.exercise import judge, sightings, strangers
from safeconduct.exercise.fleet import along, tapped
from safeconduct.exercise.strangers import US, Pymavlink, Unread
from safeconduct.geo import Point, moved

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HIM = Point(43.5, 34.0)


class Passage:
    """A play that is over, as far as these checks look at it."""

    def __init__(self, folder):
        self.records, self.stage, self.fleet = folder, self, self
        self.tapped, self.lines = {}, []

    def heard(self, name, system, *messages):
        """Let a machine have received these, by its wiretap."""
        self.tapped[name] = system
        writer = codec.MAVLink(None, srcSystem=US[0], srcComponent=US[1])
        lines = [{"hex": bytes(each.pack(writer)).hex()} for each in messages]
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (self.records / tapped(name)).write_text(text)

    def looks(self, count, *, sees=True, to_him_m=60.0, hunters_m=500.0):
        """Let so many seconds pass."""
        for _ in range(count):
            at = NOON + timedelta(seconds=len(self.lines))
            there = moved(HIM, east_m=hunters_m, north_m=0)
            places = {"his": [*_pair(HIM)], "hunters": [*_pair(there)]}
            flying = {"aircraft": {"to_him_m": to_him_m, "height_m": 60.0, "sees": sees}}
            self.lines.append({"at": at.isoformat(), "places": places, "flying": flying})
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (self.records / sightings.RECORD).write_text(text)

    def verdict(self, kind, **given):
        return judge.check(kind, given, self)


def _pair(point):
    return point.lat_deg, point.lon_deg


def command(number, *, target=1):
    return codec.MAVLink_command_long_message(target, 1, number, 0, 0, 0, 0, 0, 0, 0, 0)


def moves(target=1):
    return codec.MAVLink_command_int_message(target, 1, 6, 192, 0, 0, -1, 0, 0, 0, 1, 2, 60)


@pytest.fixture
def passage(tmp_path):
    return Passage(tmp_path)


def test_what_the_pilots_list_has_is_held_and_a_servo_or_a_mode_for_a_tracker_is_found(passage):
    passage.heard("aircraft", 1, command(511), moves(), command(176))
    passage.heard("vehicle", 2, command(511, target=2))
    verdict = passage.verdict("aircraft_within_the_list", moved=["aircraft"])
    assert verdict.held, verdict
    assert not passage.verdict("aircraft_only_asked").held
    passage.heard("vehicle", 2, command(176, target=2))
    assert not passage.verdict("aircraft_within_the_list", moved=["aircraft"]).held
    passage.heard("vehicle", 2, command(511, target=2))
    passage.heard("aircraft", 1, command(511), moves(), command(183))
    found = passage.verdict("aircraft_within_the_list", moved=["aircraft"])
    assert found.evidence["outside"] == [("aircraft", "COMMAND_LONG", 183)]


def test_an_aircraft_that_was_never_moved_or_heard_nothing_at_all_is_found(passage):
    passage.heard("aircraft", 1, command(511))
    assert not passage.verdict("aircraft_within_the_list", moved=["aircraft"]).held
    assert passage.verdict("aircraft_only_asked").held
    passage.heard("aircraft", 1)
    assert not passage.verdict("aircraft_only_asked").held


def test_where_mavsdk_is_not_installed_the_other_library_reads_the_same(passage, monkeypatch):
    def lacking(*, to):
        raise ImportError(to)

    passage.heard("aircraft", 1, command(511), moves())
    ours = passage.verdict("aircraft_within_the_list", moved=["aircraft"])
    monkeypatch.setattr(strangers, "Reader", lacking)
    other = passage.verdict("aircraft_within_the_list", moved=["aircraft"])
    assert ours.held
    assert other.held
    assert (ours.evidence["read_by"], other.evidence["read_by"]) == ("MAVSDK", "pymavlink")
    with pytest.raises(Unread):
        Pymavlink().read([b"\xfd" + b"\0" * 20])


def test_in_sight_counts_from_the_first_look_and_a_gap_or_one_who_came_too_near_is_found(passage):
    passage.looks(30, sees=False)
    passage.looks(80)
    passage.looks(10, sees=False)
    passage.looks(10)
    given = {"share": 0.9, "gap_s": 10, "nearer_m": 20}
    assert passage.verdict("kept_in_sight", **given).held
    assert not passage.verdict("kept_in_sight", **given | {"share": 0.95}).held
    assert not passage.verdict("kept_in_sight", **given | {"gap_s": 5}).held
    assert not passage.verdict("kept_in_sight", **given | {"least_gap_s": 30}).held
    passage.looks(20, sees=False)
    assert passage.verdict("kept_in_sight", share=0.5, gap_s=20, stood_m=10).held
    passage.lines[-1]["places"]["his"] = [*_pair(moved(HIM, east_m=60, north_m=0))]
    passage.looks(1)
    assert not passage.verdict("kept_in_sight", share=0.5, gap_s=20, stood_m=10).held
    given |= {"share": 0.5, "gap_s": 20}
    passage.looks(1, to_him_m=8.0)
    assert not passage.verdict("kept_in_sight", **given).held


def test_two_who_met_are_found_and_two_who_never_moved_prove_nothing(passage):
    given = {"one": "his", "other": "hunters", "metres": 150}
    assert not passage.verdict("kept_away", **given).held
    passage.looks(5)
    assert passage.verdict("kept_away", **given).held
    passage.looks(1, hunters_m=149.0)
    assert not passage.verdict("kept_away", **given).held


def test_a_place_along_a_line_is_its_next_corner_and_behind_its_end_its_end():
    line = [HIM, moved(HIM, east_m=100, north_m=0), moved(HIM, east_m=300, north_m=0)]
    assert along(line, 0) == line[0]
    assert along(line, 50) == line[1]
    assert along(line, 1000) == line[2]
