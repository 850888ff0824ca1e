"""A passage made into an exercise: what happened is in it, and nothing of where, when and who."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from safeconduct.command import record
from safeconduct.command.trouble import Trouble
from safeconduct.exercise import diskgrep, retold, story
from safeconduct.geo import Point, moved

GO = datetime(2031, 5, 17, 3, 41, 9, tzinfo=UTC)
START = Point(50.4517263, 30.5234881)
SAID = [["HOLD", 95, 160], ["STOPPED", 40, 77], ["LATE", 300, None], ["GNSS_DOUBT", 411, 455]]


@pytest.fixture
def opened(tmp_path):
    """Return a folder as `record open` lays it out: he drove 9 m/s, stood, and drove on."""
    folder = tmp_path / "opened"
    folder.mkdir()
    places, east = [], 0.0
    for second in range(0, 600, 5):
        east += 0.0 if 40 <= second < 80 else 9.0 * 5
        places.append((GO + timedelta(seconds=second), moved(START, east_m=east, north_m=0)))
    feature = {
        "geometry": {
            "type": "LineString",
            "coordinates": [[p.lon_deg, p.lat_deg] for _, p in places],
        },
        "properties": {"subject": "vehicle", "times": [at.isoformat() for at, _ in places]},
    }
    (folder / "track.geojson").write_text(json.dumps({"features": [feature]}))
    (folder / "said.json").write_text(json.dumps({"said": SAID}))
    return folder, [p for _, p in places]


def test_what_happened_is_told_in_order_and_can_be_played(opened, tmp_path):
    folder, _places = opened
    made = tmp_path / "again.toml"
    record.retell(folder, to=made)
    read = story.read(made)
    assert {each.kind for each in read.expectations} >= {"aircraft_only_asked", "log_is_proved"}
    seen = [act.see["cause"] for act in read.acts if "cause" in act.see and "state" not in act.see]
    assert seen == ["STOPPED", "GNSS_DOUBT"]
    pressed = [act.press for act in read.acts]
    assert pressed.index("escort.hold") > next(
        n for n, a in enumerate(read.acts) if a.see.get("cause")
    )
    (fast,) = [act.drive["speed_m_s"] for act in read.acts if "speed_m_s" in act.drive and act.drive["does"] == "go"]  # fmt: skip
    assert fast == 9.0
    assert "{left_out}" not in made.read_text()
    assert "no telling here: 1." in made.read_text()


def test_no_place_no_time_and_no_reference_of_it_is_in_any_byte(opened, tmp_path):
    folder, places = opened
    into = tmp_path / "made"
    into.mkdir()
    record.retell(folder, to=into / "again.toml")
    where = {f"place {n}": place for n, place in enumerate(places[::7])}
    secrets = {"day": "2031-05-17", "hour": "03:41:09", "year": "2031"}
    assert diskgrep.search(into, secrets, places=where) == []
    (into / "leak.toml").write_text(f"{places[7].lat_deg:.5f}, {places[7].lon_deg:.5f}")
    assert diskgrep.search(into, secrets, places=where)  # it would be found


def test_an_abort_ends_it_and_is_measured_and_two_drives_are_on_two_grounds(opened, tmp_path):
    folder, _places = opened
    (folder / "said.json").write_text(json.dumps({"said": [["ABORT", 50, None], ["HOLD", 60, 70]]}))
    record.retell(folder, to=tmp_path / "a.toml")
    read = story.read(tmp_path / "a.toml")
    pressed = [act.press for act in read.acts]
    assert "escort.abort" in pressed
    assert "escort.hold" not in pressed
    assert any(act.judge.get("kind") == "abort_reached" for act in read.acts)
    assert retold.retold([], 8.0, seed=1) != retold.retold([], 8.0, seed=2)


def test_what_is_no_opened_record_is_refused_and_nothing_is_written(opened, tmp_path):
    folder, _places = opened
    (folder / "said.json").write_text('{"said": [["HOLD"]]}')
    with pytest.raises(Trouble, match="no opened record"):
        record.retell(folder, to=tmp_path / "x.toml")
    with pytest.raises(Trouble, match="no opened record"):
        record.retell(tmp_path / "nowhere", to=tmp_path / "x.toml")
    assert not (tmp_path / "x.toml").exists()
