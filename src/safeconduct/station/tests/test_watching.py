"""What a station does alone: it judges, notes, outlives its death, refuses a second passage, and forgets in order."""

import contextlib
from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct.envelope import Position
from safeconduct.spool.queue import SpoolFull
from safeconduct.station import lock
from safeconduct.station.tests.laptop import WORDS, Laptop, briefing
from safeconduct.stationed import BriefingEnded
from safeconduct.watch import chain


@pytest.fixture
def laptop(tmp_path):
    return Laptop(tmp_path)


@pytest.fixture
def full(monkeypatch):
    """Return `full(laptop)`: its disk takes nothing any more."""

    def filled(laptop):
        queue = laptop.process.edge.to_core.queue
        (pages,) = queue._db.execute("PRAGMA page_count").fetchone()
        queue._db.execute(f"PRAGMA max_page_count={pages}")
        filling = 0
        with contextlib.suppress(SpoolFull):
            while queue.put(f"filling:{filling}", b"x" * 64):
                filling += 1
        return lambda: queue._db.execute("PRAGMA max_page_count=1000000")

    return filled


def test_silence_is_noted_once_and_cleared_by_fixes_and_the_chain_holds(laptop):
    laptop.briefed()
    laptop.waits(20)
    laptop.waits(1)
    laptop.waits(20)  # it is grave now
    for second in range(4):
        laptop.now += timedelta(seconds=1)
        laptop.tells(laptop.fix(east_m=8 * second), laptop.fix("aircraft:1", east_m=8 * second))
    assert laptop.words() == [
        ("briefed", ""),
        ("alert", "SILENT"),
        ("alert", "AIRCRAFT_SILENT"),
        ("alert", "SILENT"),
        ("cleared", "AIRCRAFT_SILENT"),
        ("cleared", "SILENT"),
    ]


def test_killed_at_any_moment_it_knows_again_what_it_knew_and_takes_no_fix_twice(laptop):
    laptop.briefed()
    laptop.tells(laptop.fix(), laptop.fix("aircraft:1"))
    laptop.waits(40)
    standing = laptop.station.under.standing
    lane = laptop.process.lane
    laptop.beside().say([("mavlink:9", replace(laptop.fix(), arrival=9))])
    arrived = lane.take()
    laptop.station._follow([arrived[0].read(Position)], row=arrived[0].row)  # killed before `done`
    station = laptop.starts()
    assert station.under.standing == standing
    assert station.under.briefing == briefing()
    assert [fix.arrival for fix in station.under.his] == [1, 9]
    while station.follow(laptop.process.lane):
        pass
    fixes = [each.arrival for each in laptop.records() if isinstance(each, Position)]
    assert fixes == [1, 2, 9]


def test_a_second_passage_is_refused_while_one_is_held_and_taken_once_it_is_over(laptop):
    laptop.briefed()
    laptop.hears(briefing("p2"))
    laptop.hears(briefing("p2", turn=2))
    assert laptop.station.under.briefing.passage == "p1"
    laptop.hears(BriefingEnded("p2"))
    assert laptop.station.under is not None
    laptop.hears(BriefingEnded("p1"))
    assert laptop.station.under is None
    laptop.hears(briefing("p3"))
    assert laptop.station.under.briefing.passage == "p3"
    assert [what for what, _ in laptop.words()] == ["briefed", "refused", "forgotten", "briefed"]


def test_without_a_limit_that_its_rules_need_it_takes_no_passage(laptop):
    laptop.starts()
    lacking = {name: value for name, value in briefing().limits.items() if name != "stopped"}
    laptop.hears(briefing(limits=lacking))
    assert laptop.station.under is None
    assert laptop.words() == [("refused", "")]


def test_a_turned_way_is_followed_and_an_older_briefing_changes_nothing(laptop):
    laptop.briefed()
    north = [[504_000_000, 305_000_000], [505_000_000, 305_000_000]]
    laptop.hears(briefing(turn=3, line_e7=north))
    laptop.hears(briefing(turn=2))
    assert laptop.station.under.pair.vehicle.line[-1].lat_deg == 50.5


def test_nothing_that_it_knows_lies_readable_on_the_disk_and_no_other_words_open_it(laptop):
    laptop.briefed()
    laptop.tells(laptop.fix(east_m=77), laptop.fix("aircraft:1"))
    laptop.waits(40)
    files = [path for path in laptop.folder.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files if path.suffix != ".toml")
    for told in (b"504000000", b"305010857", b"SILENT", b"m4rk", b"vehicle", WORDS.encode()):
        assert told not in kept, told
    with pytest.raises(lock.NotOpened, match="not the station's passphrase"):
        laptop.starts("six words that somebody guesses")
    with pytest.raises(lock.NotOpened, match="20 letters"):
        lock.choose(laptop.process.edge.to_core.queue, "short")


def test_an_abort_stands_on_the_screen_though_the_disk_takes_nothing_and_is_noted_when_it_does(
    laptop, full
):
    station = laptop.briefed()
    freed = full(laptop)
    assert station.abort()
    assert station.under.aborted_at == laptop.now
    assert (station.book.full, station.under.abort_key) == (True, "")
    with pytest.raises(SpoolFull):
        laptop.waits(40)
    assert {alert.key for alert in station.under.alerts} == {"SILENT", "AIRCRAFT_SILENT"}
    freed()
    laptop.waits(1)
    assert not station.book.full
    assert ("abort", "") in laptop.words()
    assert not station.abort_arrived()
    queue = laptop.process.edge.to_core.queue
    queue.acknowledge(queue.take(limit=100)[-1].id)
    assert station.abort_arrived()
    assert laptop.starts().abort_arrived()  # and after a restart it is known still


def test_what_the_core_has_acknowledged_is_gone_from_the_file_and_nothing_before(laptop):
    laptop.briefed()
    laptop.tells(laptop.fix(), laptop.fix("aircraft:1"))
    queue = laptop.process.edge.to_core.queue
    first, *rest = queue.take(limit=100)
    queue.acknowledge(first.id)
    laptop.hears(BriefingEnded("p1"))
    assert [item.id for item in queue.take(limit=100)][: len(rest)] == [item.id for item in rest]
    assert queue.notes("station:").keys() == {"station:beside-key"}


def test_a_pilots_mark_is_a_fix_of_him_under_the_drone_and_without_a_drone_there_is_none(laptop):
    station = laptop.briefed()
    assert not station.mark()
    laptop.tells(laptop.fix("aircraft:1", east_m=300))
    assert station.mark()
    mark = laptop.records()[-1]
    assert (mark.source, mark.subject, mark.route) == ("pilot", "vehicle", "station1")
    assert station.under.pair.vehicle.fixes[-1].fix == mark


def test_whoever_changes_drops_or_swaps_a_record_breaks_the_chain():
    records = [b"one", b"two", b"three"]
    head = chain.follow(chain.BEGIN, records, first=1)
    assert (
        chain.follow(chain.follow(chain.BEGIN, records[:1], first=1), records[1:], first=2) == head
    )
    for other in (records[:2], records[1:], [b"one", b"three", b"two"], [*records, b""]):
        assert chain.follow(chain.BEGIN, other, first=1) != head
