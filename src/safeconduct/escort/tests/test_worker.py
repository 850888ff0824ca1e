"""From a sealed fix in the spool to an alert: the loops, with the core's own key from the keeper."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import sealing
from safeconduct.access import client, corekeys, workers
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.envelope import FlightLog, MapHeard
from safeconduct.escort import actions, heard, worker
from safeconduct.escort.models import FlightPiece, Kit, Stretch
from safeconduct.escort.tests.conftest import evidence
from safeconduct.escort.tests.field import NAME, Field, drive, given
from safeconduct.mavlink import tlog
from safeconduct.notices.loops import SOON
from safeconduct.passage import actions as passages
from safeconduct.passage.tests.test_turning import says_yes
from safeconduct.spool import certificates, core_end
from safeconduct.spool.carried import Sealer
from safeconduct.spool.certificates import write_key
from safeconduct.spool.lanes import Arrived, Sending


@pytest.fixture
def signing():
    """Return a gateway's own signing keys, private and public."""
    return sealing.new_sign_keys()


@pytest.fixture
def lane(under_way, signing, monkeypatch):
    """Return a gateway's sending end that lands in the core's in-mavlink queue."""
    core_box = client.gateway_keys(workers.me(Purpose.INGEST), "core").box_public
    private, public = signing
    link = settings.DATA / "link"
    link.mkdir(exist_ok=True)
    write_key(link / "mavlink-sign.pub", public)
    worker._lane.clear()
    worker._watched.clear()
    monkeypatch.setattr(worker.clock, "now", lambda: under_way.now)
    queue = core_end.incoming(settings.DATA, worker.INTO)
    yield Sending(queue, Sealer("mavlink", to=core_box, sign=private, direction="in"))
    queue.acknowledge(10**9)
    queue.path.unlink()
    worker._lane.clear()
    worker._watched.clear()


def test_a_fix_goes_from_the_spool_to_its_row_and_silence_after_it_to_an_alert(lane, under_way):
    worker._judge()
    for _second in range(3):
        under_way.journey.wait(seconds=1)
        fix = under_way.fix(under_way.on_way(50))
        lane.put(f"mavlink:{fix.arrival}", fix.to_bytes())
    worker._intake()
    assert Stretch.objects.filter(subject="vehicle").count() == 1
    worker._judge()
    assert "SILENT" not in under_way.open_alerts()
    under_way.journey.wait(seconds=20)
    worker._judge()
    assert "SILENT" in under_way.open_alerts()
    assert not worker._intake()


def test_the_flight_log_is_stored_once_sealed_and_pymavlinks_own_reader_opens_the_whole_of_it(
    lane, under_way, tmp_path
):
    worker._judge()
    writer = codec.MAVLink(None, srcSystem=2, srcComponent=1)
    for number in (1, 2, 2):  # the lane delivers at least once
        began = under_way.now + timedelta(seconds=2 * number)
        piece = tlog.Piece()
        for step in range(3):
            fix = codec.MAVLink_global_position_int_message(step, 510_000_000, 0, 0, 0, 0, 0, 0, 0)
            piece.add(bytes(fix.pack(writer)), at=began + timedelta(milliseconds=step))
        told = FlightLog("mavlink", number, "vehicle", piece.began, piece.ended, piece.content())
        lane.put(f"mavlink:{number}:{lane.queue.path}:{len(piece.content())}", told.to_bytes())
        worker.take_in(  # once more, as after a death between store and done
            [Arrived(0, "mavlink", "again", told.to_bytes())]
        )
    worker._intake()
    assert FlightPiece.objects.count() == 2
    watched = worker._watched[under_way.ref]
    whole = actions.flight_log(watched.escort, keys=watched.keys, subject="vehicle")
    for row in FlightPiece.objects.all():
        assert b"\xfd" + bytes([24]) not in bytes(row.log)
    file = tmp_path / "flight.tlog"
    file.write_bytes(whole)
    read, reader = [], mavutil.mavlink_connection(str(file), dialect="ardupilotmega")
    while (message := reader.recv_match()) is not None:
        read.append((message.get_type(), round(message._timestamp - under_way.now.timestamp(), 3)))
    reader.close()
    assert [kind for kind, _at in read] == ["GLOBAL_POSITION_INT"] * 6
    assert [at for _kind, at in read] == [2.0, 2.001, 2.002, 4.0, 4.001, 4.002]


def test_what_the_units_maps_said_comes_by_a_lane_of_its_own_and_what_is_none_hides_nothing(
    lane, signing, under_way
):
    core_box = client.gateway_keys(workers.me(Purpose.INGEST), "core").box_public
    queue = core_end.incoming(settings.DATA, heard.INTO)
    by = Sending(queue, Sealer("mavlink", to=core_box, sign=signing[0], direction="in"))
    area, now = under_way.row().areas.get(), under_way.now
    by.put("no word", b'{"is":"Position"}')
    by.put(
        "far",
        MapHeard("tak", 1, "contact", "", "s", now, now, 89)
        .to_bytes()
        .replace(b":89,", b":9000000089,"),
    )
    by.put("a word", MapHeard("tak", 1, "read", area.marker, "s", now, now).to_bytes())
    worker._map_lane.clear()
    try:
        worker._judge()
        assert not worker._map_intake()
    finally:
        worker._map_lane.clear()
        queue.path.unlink()
    area.refresh_from_db()
    assert (area.map_read_at, area.ended_at) == (now, None)


@pytest.mark.parametrize(
    "other", [b'{"is":"Receipt"}', b'{"is":"Position"}', b"\xff no json", b"[1]", b"7"]
)
def test_a_thing_in_the_lane_that_is_no_fix_does_not_hide_the_next_one(lane, under_way, other):
    worker._judge()
    lane.put("other", other)
    fix = under_way.fix(under_way.on_way(50))
    lane.put("fix", fix.to_bytes())
    worker._intake()
    assert Stretch.objects.count() == 1


def test_the_watch_follows_him_to_the_other_place_as_soon_as_two_have_said_so(lane, under_way):
    worker._judge()
    watched = worker._watched[under_way.ref]
    before, journey = watched.agreed, under_way.journey
    content = journey.content()
    leg = next(each["leg"] for each in content["ways"]["A"]["switches"] if not each["why"])
    passages.ask_switch(journey[Duty.PIL], ref=journey.plan().ref, leg=leg, now=journey.now)
    says_yes(journey, Duty.DPC)
    worker._judge()
    assert watched.agreed == before
    says_yes(journey, Duty.RCV)
    worker._judge()
    after = worker._watched[under_way.ref].agreed
    assert (before.letter, after.letter) == ("A", "B")
    assert after.line[0] == before.line[0]
    assert after.meeting_place == after.line[-1] != before.line[-1]
    assert [hold.planned for hold in after.holds]  # where he was told to wait for it


def test_while_the_keeper_is_away_the_watch_goes_on_with_the_keys_it_holds(
    lane, under_way, monkeypatch
):
    worker._judge()
    monkeypatch.setattr(client, "_ask", lambda *_a, **_k: pytest.fail("the keeper was asked"))
    worker._lane.append(under_way_lane := _receiving(under_way))
    assert under_way_lane.take() == []
    under_way.journey.wait(seconds=40)
    worker._judge()
    assert "SILENT" in under_way.open_alerts()


def test_a_keeper_that_is_away_at_the_start_is_asked_again(lane, under_way, monkeypatch):
    def away(*_a, **_k):
        raise client.KeeperAway

    Kit.objects.all().delete()  # GO was a moment ago
    with monkeypatch.context() as closed:
        closed.setattr(client, "_ask", away)
        assert worker._judge() == SOON
        assert worker._watched == {}
    worker._judge()
    assert set(worker._watched) == {under_way.ref}


@pytest.mark.usefixtures("lane")
@pytest.mark.parametrize("fault", [client.KeeperAway, DatabaseError])
def test_a_watch_begins_though_its_keys_cannot_be_sealed_for_the_next_start(
    under_way, monkeypatch, fault
):
    def away():
        raise fault

    Kit.objects.all().delete()
    monkeypatch.setattr(client, "ping", away)  # after the keys were opened
    assert worker._judge() == SOON
    assert set(worker._watched) == {under_way.ref}
    assert not Kit.objects.exists()


@pytest.fixture
def field(under_way, settings, tmp_path, monkeypatch):
    """Return a station's laptop, enrolled in a folder of its own."""
    settings.DATA = tmp_path
    started_anew()
    monkeypatch.setattr(worker.clock, "now", lambda: under_way.now)
    yield Field(under_way, tmp_path)
    started_anew()


@pytest.mark.enable_socket
def test_cut_off_for_an_hour_it_watches_alone_and_joins_again_with_nothing_lost_or_doubled(field):
    under_way, station = field.under_way, field.station
    row = given(field)
    assert (row.turn, row.held_turn, row.number) == (1, 1, 1)
    fixes = drive(field, 120)
    station = field.starts()  # it was killed: what it knew it knows again
    fixes += drive(field, 60, speed=0.0)  # he stands, and is heard
    fixes += drive(field, 60)
    worker._judge()  # nothing has come here for four minutes
    assert {a.station for a in under_way.row().alerts.filter(key="SILENT")} == {""}
    under_way.journey.wait(minutes=56)  # nobody tells anything there either
    station.judge()
    fixes += drive(field, 40)
    assert not Stretch.objects.exists()
    field.brings(fixes[: len(fixes) // 2])  # the gateway's own link is back first, for some
    field.comes_home()
    field.brings(fixes[len(fixes) // 2 :])
    row.refresh_from_db()
    watched = worker._watched[under_way.ref]
    stored = actions.stored_track(watched.escort, keys=watched.keys)
    assert sorted(f.arrival for f in stored) == [f.arrival for f in fixes]
    assert (row.broken_at, row.number, bytes(row.head)) == (None, *station.under.head.told())
    told = under_way.row().alerts
    assert told.filter(key="SILENT").count() == 1  # of one cause, there and here
    assert [a.station for a in told.filter(key="STOPPED").exclude(cleared_at=None)] == [NAME] * 2
    worker._judge()
    assert not under_way.open_alerts() & {"SILENT", "STOPPED"}


@pytest.mark.usefixtures("lane", "under_way")
def test_with_somebody_under_way_it_waits_for_no_wake_up():
    assert worker._judge() == SOON


def _receiving(_under_way):
    private, _public = sealing.new_box_keys()
    return core_end.receiving(settings.DATA, keys=lambda: (private,), into=worker.INTO)


def started_anew():
    """Forget what a worker's process holds in memory, as its end does."""
    worker._lane.clear()
    worker._station_lane.clear()
    worker._watched.clear()
    corekeys._held.clear()


def assert_heard_and_stopped(under_way):
    """Assert that a call says that there is an alert, and no more, and that the pilot's abort is told."""
    called = Call.objects.filter(answered_at=None)
    assert called.filter(kind__startswith="escort.").exists()
    pilot = under_way.journey[Duty.PIL]
    case = under_way.journey.ref
    actions.abort(pilot, passage=under_way.ref, case_ref=case, now=under_way.now)
    worker._tell()
    assert "abort_order" in evidence(under_way.journey)
    assert Call.objects.filter(kind="escort.abort", duty="RCV").exists()


@pytest.mark.parametrize("how", ["killed", "locked", "killed, worker too", "locked, worker killed"])
def test_a_passage_under_way_keeps_its_track_its_alerts_and_its_abort_without_the_keeper(
    lane, under_way, request, keeper, how
):
    lock = request.getfixturevalue("lock_keeper")
    worker._judge()
    worker._intake()  # the lane's key is in memory from here on
    (lock if how.startswith("locked") else keeper.kill)()
    try:
        if "worker" in how:
            started_anew()
            worker._judge()
        for _second in range(3):
            under_way.journey.wait(seconds=1)
            fix = under_way.fix(under_way.on_way(50))
            lane.put(f"mavlink:{how}{fix.arrival}", fix.to_bytes())
        worker._intake()
        assert Stretch.objects.filter(subject="vehicle").exists()
        under_way.journey.wait(seconds=40)
        worker._judge()
        assert "SILENT" in under_way.open_alerts()
        worker._call()
        under_way.journey.wait(minutes=2)
        worker._call()
        assert_heard_and_stopped(under_way)
    finally:
        if how.startswith("killed"):
            keeper.start()


@pytest.mark.usefixtures("lane")
def test_an_area_renewed_under_the_panic_lock_is_told_to_the_units_maps(
    under_way, lock_keeper, settings, tmp_path
):
    worker._judge()
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    certificates.enrol(tmp_path, "tak", box_public=sealing.new_box_keys()[1])
    settings.DATA = tmp_path
    assert worker.publish_marker()
    lock_keeper()
    under_way.journey.wait(minutes=60)
    assert worker._renew()
    assert worker.publish_marker()
    assert core_end.outgoing(tmp_path, "tak").waiting() == 2
    worker._watched.clear()  # nobody here holds his keys: it waits for the keeper
    under_way.journey.wait(minutes=60)
    assert worker._renew()
    assert not worker.publish_marker()


def test_by_a_kit_what_does_not_open_waits_for_the_keeper_who_may_have_turned_the_keys(
    lane, signing, under_way, keeper
):
    worker._judge()
    keeper.kill()
    started_anew()
    try:
        worker._judge()
        other = Sealer("mavlink", to=sealing.new_box_keys()[1], sign=signing[0], direction="in")
        Sending(lane.queue, other).put("turned", under_way.fix(under_way.on_way(50)).to_bytes())
        with pytest.raises(client.KeeperAway):
            worker._intake()
        assert lane.queue.waiting() == 1
    finally:
        keeper.start()


def test_a_kit_opens_with_its_workers_token_alone_and_is_gone_when_the_watch_ends(lane, under_way):
    worker._judge()
    me = workers.me(Purpose.ESCORT)
    [kit] = Kit.objects.all()
    assert actions.from_kit(me, kit.escort) is not None
    later = WorkerId(me.ref, "the token of another start")
    assert actions.from_kit(later, kit.escort) is None
    assert actions.core_from_kits(later) == ()
    worker._watched.clear()
    worker._judge()  # sealed once: nothing new to seal
    assert Kit.objects.get().armed_at == kit.armed_at
    under_way.journey.goes("ABORTED", "DECLINED")
    worker._judge()
    assert not Kit.objects.exists()


def test_the_loops_are_named_after_the_room():
    assert all(loop.name.startswith("escort.") for loop in worker.loops())
