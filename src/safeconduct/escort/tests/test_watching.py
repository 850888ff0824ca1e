"""What the watch remembers of a machine: the newest fix stands last, whatever comes late."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import NOON

from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty
from safeconduct.audit.models import Entry
from safeconduct.envelope import Position
from safeconduct.escort import actions, queries, stationing, watching
from safeconduct.escort.models import Escort
from safeconduct.escort.rules import Order
from safeconduct.escort.tests.conftest import LIMITS
from safeconduct.escort.watching import Watched, dusk_of
from safeconduct.geo import Point, distance_m, inside, moved
from safeconduct.mavlink.fence import ring_of
from safeconduct.passage import queries as passages
from safeconduct.passage.outlook import plain
from safeconduct.passage.plan import point_of
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.post import actions as post
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.stationed import Records, StationWord
from safeconduct.watch import chain, limits
from safeconduct.watch.aircraft import CRUISE_M_S
from safeconduct.ways.coordinates import decimal


def fix(seconds, **health):
    at = NOON + timedelta(seconds=seconds)
    place = (at, at, 504500000, 305200000, 0, 0, 0)
    return Position("mavlink", seconds, "vehicle", "own", *place, health)


def test_a_fix_that_waited_for_an_upgrade_is_not_taken_for_where_he_is_now():
    watched = Watched(Escort(tracker="vehicle"), keys=None, agreed=None)
    watched.add([fix(60), fix(62)])
    watched.add([fix(2, satellites=9), fix(61, satellites=4), fix(64)])
    assert [each.fix.arrival for each in watched.vehicle.fixes] == [60, 61, 62, 64]


def test_a_unit_that_says_it_is_not_ready_is_an_alert_until_it_says_that_it_is(under_way):
    lead, ref = under_way[Duty.RCV], under_way.ref
    under_way.drives(3)
    assert under_way.open_alerts() == set()
    actions.not_ready(lead, ref=ref, duty=Duty.RCV, now=under_way.now)
    assert Call.objects.filter(duty=Duty.DPC, kind="escort.unit").exists()
    assert under_way.drives(2) == ["UNIT"]
    alert = under_way.row().alerts.get(key="UNIT")
    assert (alert.owner, alert.grave) == ("RCV", True)
    actions.unit_on_station(lead, ref=ref, now=under_way.now)
    under_way.drives(2)
    assert under_way.open_alerts() == set()


def test_a_unit_that_was_relieved_and_says_nothing_for_an_hour_is_an_alert(under_way):
    under_way.journey.wait(minutes=61)
    assert "UNIT" in under_way.drives(2)
    with pytest.raises(Absent):
        actions.not_ready(
            under_way.journey._hire(Duty.RCV), ref=under_way.ref, duty=Duty.RCV, now=NOON
        )


def test_the_light_fails_by_the_sun_where_he_is_met(under_way):
    agreed, dusk = under_way.watched.agreed, under_way.watched.dusk
    assert timedelta(0) < dusk - under_way.now < timedelta(hours=12)
    away = dusk - timedelta(minutes=29) - under_way.now
    under_way.journey.wait(seconds=round(away.total_seconds()))
    assert "LIGHT" in under_way.drives(2)
    pole = replace(agreed, meeting_place=Point(80.0, 20.0), checkpoints=())
    june, winter = (agreed.since.replace(month=month, day=15) for month in (6, 12))
    assert dusk_of(replace(pole, since=june)) is None
    assert dusk_of(replace(pole, since=winter)) == winter


def test_a_relief_is_reckoned_from_where_the_drone_starts_where_the_planner_said_so(under_way):
    line, watch = under_way.watched.agreed.line, LIMITS.watch
    assert under_way.watched.agreed.drone_m is None
    assert under_way.watched.limits(LIMITS) == watch
    base = moved(line[0], east_m=-6000, north_m=0)
    request = passages.request_in(under_way.keys(), under_way.journey.passage)
    told = replace(
        request, drone_lat_e7=round(base.lat_deg * 1e7), drone_lon_e7=round(base.lon_deg * 1e7)
    )
    store(under_way.journey.passage, told, under_way.keys())
    begun = watching.begin(under_way.me, under_way.row(), profile=PROFILE, now=under_way.now)
    far_m = max(distance_m(base, point) for point in line)
    assert begun.agreed.drone_m == pytest.approx(far_m, abs=1)
    relay = begun.limits(LIMITS).relay
    assert relay.transit_s == relay.return_s == pytest.approx(far_m / CRUISE_M_S, abs=0.1)
    assert relay.reserve_s == watch.relay.reserve_s
    sent = stationing.briefing_of(begun, ref="x", limits=LIMITS).limits
    assert sent["relay.transit_s"] == round(relay.transit_s * 1000)


def store(passage, request, keys):
    """Write another request of the planner's into the row, as he would have typed it."""
    text = json.dumps(plain(request))
    passage.request = keys.seal(
        text, field=passages.REQUEST, kind="pos", compartment=passage.compartment, ref=passage.ref
    )
    passage.save(update_fields=["request"])


def test_a_drone_that_falls_behind_is_an_alert_with_words(under_way):
    under_way.drives(30)
    raised = []
    for second in range(16):
        under_way.journey.wait(seconds=1)
        under_way.along += 8
        here = under_way.on_way(under_way.along)
        behind = under_way.on_way(under_way.along, 20.0 * second)
        under_way.hears(under_way.fix(here), under_way.fix(behind, "aircraft:1"))
        raised += under_way.judges()
    assert raised == ["CANNOT_KEEP_UP"]


def test_the_page_says_when_the_drone_leaves_and_the_next_that_sees_him_ends_the_alert(under_way):
    here = under_way.on_way(0)
    under_way.drives(5, aircraft=False)
    under_way.hears(under_way.fix(here, "aircraft:1", battery_percent=20))
    assert "RELIEF" in under_way.judges()
    row = under_way.row()
    assert row.relief_at < under_way.now < row.leaves_at
    actions.on_station(
        under_way[Duty.PIL], ref=under_way.ref, aircraft="aircraft:2", now=under_way.now
    )
    under_way.watched.escort = under_way.row()
    for _second in range(3):
        under_way.journey.wait(seconds=1)
        under_way.hears(under_way.fix(here, "aircraft:2", battery_percent=95))
        under_way.judges()
    assert "RELIEF" not in under_way.open_alerts()
    assert under_way.row().leaves_at > under_way.now


def test_what_a_person_sees_reaches_the_judge_and_the_map_and_his_words_are_no_news(under_way):
    under_way.drives(20)
    pilot, ref = under_way[Duty.PIL], under_way.ref
    there = under_way.on_way(400, 900)
    told = {"ref": ref, "place": decimal(there), "minutes_ago": 0}
    before = under_way.row().news_at
    under_way.journey.wait(seconds=5)
    actions.place_told(pilot, source="text", now=under_way.now, **told)
    assert under_way.row().news_at == before
    actions.place_told(pilot, source="map", now=under_way.now, **told)
    assert under_way.row().news_at == under_way.now
    watching.hear_people(under_way.watched, queries.newest_by_people())
    mine = under_way.watched.vehicle.fixes[-2:]
    assert [each.fix.source for each in mine] == ["tracker", "map"]  # words are no track
    for _second in range(8):
        under_way.journey.wait(seconds=1)
        actions.place_told(pilot, source="map", now=under_way.now, **told)
    watching.hear_people(under_way.watched, queries.newest_by_people())
    assert "OFF_ROUTE" in under_way.judges()  # seen beside the way, by eyes alone


def test_a_place_that_cannot_be_read_or_that_nobody_tells_so_is_refused(under_way):
    pilot, ref = under_way[Duty.PIL], under_way.ref
    told = {"ref": ref, "minutes_ago": 0, "now": under_way.now}
    with pytest.raises(Refused, match="place"):
        actions.place_told(pilot, place="by the church", source="map", **told)
    with pytest.raises(Refused, match="Nobody tells"):
        actions.place_told(pilot, place="51.1, 34.2", source="stars", **told)
    stranger = under_way.journey._hire(Duty.PIL)
    with pytest.raises(Absent):
        actions.place_told(stranger, place="51.12345, 34.23456", source="map", **told)
    assert not under_way.row().track.exists()


def test_a_hold_of_which_no_text_could_leave_to_him_is_an_alarm_until_it_ends(under_way):
    post.opt_out(
        under_way[Duty.OP],
        person_ref=under_way.journey.plan().passage.person_ref,
        now=under_way.now,
    )
    actions.hold(under_way[Duty.PIL], ref=under_way.ref, profile=PROFILE, now=under_way.now)
    assert "HOLD_UNTOLD" in under_way.open_alerts()
    actions.end_hold(under_way[Duty.DPC], ref=under_way.ref, order=Order.HOLD, now=under_way.now)
    assert "HOLD_UNTOLD" not in under_way.open_alerts()


def assign(under_way, station="station1", person=Duty.PIL):
    who = under_way[person].ref if isinstance(person, Duty) else person
    return actions.assign(
        under_way[Duty.DPC], ref=under_way.ref, station=station, person=who, now=under_way.now
    )


@pytest.mark.usefixtures("enrolled")
def test_a_passage_is_given_to_one_station_by_one_act_and_to_whoever_is_let_in(under_way):
    before = Entry.objects.count()
    for other in ("station9", "air1"):  # a gateway that is no station is told nobody's way
        with pytest.raises(Refused, match="no such station"):
            assign(under_way, other)
    with pytest.raises(
        Refused, match="as pilot or commander"
    ):  # he receives: he never sees the way
        assign(under_way, person=Duty.RCV)
    with pytest.raises(Refused, match="let into the case"):
        assign(under_way, person="somebody")
    row = assign(under_way)
    assert Entry.objects.count() == before + 1
    with pytest.raises(Refused, match="one passage at a time"):
        assign(under_way, "station2")
    assert row.ref not in {under_way.ref, under_way.row().case_ref}
    actions.withdraw(under_way[Duty.DPC], ref=under_way.ref, now=under_way.now)
    assert assign(under_way, "station2").ref != row.ref


def test_a_station_is_told_the_way_once_anew_when_it_changes_and_nothing_of_him(
    under_way, enrolled
):
    row, watched = assign(under_way), under_way.watched
    lane = core_end.outgoing(enrolled, "station1")
    watched.escort = under_way.row()
    told = stationing.briefing_of(watched, ref=row.ref, limits=LIMITS)
    assert actions.brief(under_way.me, row, told, now=under_way.now)
    assert not actions.brief(under_way.me, row, told, now=under_way.now)
    assert actions.brief(under_way.me, row, replace(told, aircraft="aircraft:2"), now=under_way.now)
    assert lane.waiting() == 2
    said = told.to_bytes().decode()
    journey = under_way.journey
    for secret in (under_way.ref, journey.ref, journey.compartment, "+380501234567"):
        assert secret not in said
    assert told.advice["uk:STOPPED"] != told.advice["en:STOPPED"]
    assert limits.read(told.limits) == LIMITS.watch
    fence = ring_of(told.fence)
    plan = journey.content()
    ways = [line for way in plan["ways"].values() for line in (way, *way["switches"])]
    assert len(plan["ways"]) == 2
    assert all(inside(point_of(pair), fence) for way in ways for pair in way["line_e7"])
    actions.hold(under_way[Duty.PIL], ref=under_way.ref, profile=PROFILE, now=under_way.now)
    held = stationing.briefing_of(watched, ref=row.ref, limits=LIMITS)
    assert (held.held, held.stopped) == (int(under_way.now.timestamp()), 0)


def notes(under_way, row, *things, first=1, before=chain.BEGIN):
    """Have the core take records of a station."""
    records = Records(row.ref, first, before, [thing.to_bytes().decode() for thing in things])
    new = actions.take_records(
        under_way.me, station="station1", records=records, keys=under_way.watched.keys, now=under_way.now,
    )  # fmt: skip
    row.refresh_from_db()
    return new


def word(under_way, what, about="", unit="", **numbers):
    return StationWord(what, under_way.now, about, numbers, unit)


@pytest.mark.usefixtures("enrolled")
def test_what_a_station_notes_is_taken_once_and_a_chain_that_does_not_fit_calls_two(under_way):
    row, fix = assign(under_way), under_way.fix(under_way.on_way(30))
    assert notes(under_way, row, fix) == [fix]
    assert notes(under_way, row, fix) == []
    assert row.broken_at is None
    head = bytes(row.head)
    other = under_way.fix(under_way.on_way(40))
    assert notes(under_way, row, other, first=2, before=bytes(32)) == [other]
    assert row.broken_at == under_way.now
    assert bytes(row.head) != head
    called = Call.objects.filter(kind="escort.station_broken")
    assert {call.duty for call in called} == {"DPC", "SUP"}
    strange = word(under_way, "alert", "NO SUCH CAUSE", grave=1)
    notes(under_way, row, strange, word(under_way, "no word of ours"), first=3, before=row.head)
    assert under_way.open_alerts() == set()


@pytest.mark.usefixtures("enrolled")
def test_a_stations_abort_stops_in_the_name_of_who_sits_there_and_a_sighting_waits_for_a_person(
    under_way,
):
    row = assign(under_way)
    notes(under_way, row, word(under_way, "sighted", heads=2), word(under_way, "here", heads=1))
    assert under_way.journey.case().state == "MOVING"
    assert list(under_way.row().heads.order_by("pk").values_list("gate", "count", "by")) == [
        ("sight", 2, row.person),
        ("contact", 1, row.person),
    ]
    area = under_way.row().areas.get()
    under_way.journey.wait(minutes=40)
    fires = word(under_way, "fires", area.marker)
    notes(under_way, row, fires, word(under_way, "abort"), first=3, before=bytes(row.head))
    assert under_way.journey.case().state == "ABORTED"
    assert Entry.objects.filter(verb="case.ABORTED").last().who == row.person
    assert under_way.row().areas.get().acked_at == under_way.now
    kinds = set(Call.objects.values_list("kind", flat=True))
    assert {"escort.station_sighted", "escort.station_here", "escort.abort"} <= kinds
