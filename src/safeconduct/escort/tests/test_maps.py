"""Escort and the units' maps: what of him stands there and for whom, that a stop arrives, what comes back.

The gateway is the product's own process; the units' server is a bare socket that answers pings.
"""

import contextlib
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from conftest import NOON
from django.db import DatabaseError
from lxml import html
from tests.dead_database import garbage

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.envelope import MapHeard, MapPoint, Marker
from safeconduct.escort import actions, heard, mapped, mapping, queries, watching, worker
from safeconduct.escort.models import Contact, Mark
from safeconduct.escort.tests.conftest import LIMITS, evidence
from safeconduct.escort.tests.map_world import Site
from safeconduct.geo import distance_m, moved
from safeconduct.passage import actions as passages
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused
from safeconduct.spool import stops

pytestmark = pytest.mark.enable_socket


def by_kind(things):
    return {getattr(each, "what", "") or each.says: each for each in things}


def at_e7(point):
    return {"lat_e7": round(point.lat_deg * 1e7), "lon_e7": round(point.lon_deg * 1e7)}


def test_who_holds_fires_sees_his_way_and_the_unit_that_was_named_its_last_stretch_alone(
    maps, under_way
):
    under_way.drives(3)
    drawn = by_kind(maps.draws())
    assert {each.to for each in drawn.values()} == {"fires"}  # no unit was named yet
    actions.name_unit(under_way[Duty.RCV], ref=under_way.ref, unit="unit:1", now=under_way.now)
    drawn = maps.draws()
    assert {e.what for e in drawn if isinstance(e, MapPoint) and not e.ended} == {
        "vehicle",
        "drone",
    }
    assert {e.to for e in drawn if isinstance(e, MapPoint) and not e.ended} == {"fires unit:1"}
    assert not [
        e for e in drawn if isinstance(e, Marker) and "unit:1" in e.to
    ]  # not told the place
    assert Mark.objects.filter(what="arrival").count() == 0
    told = {"ref": under_way.journey.plan().ref, "profile": PROFILE, "now": under_way.now}
    with contextlib.suppress(Refused):  # once he was told the place, nothing is left
        while True:
            passages.tell_next(under_way[Duty.PIL], **told)
    watching.follow_turn(under_way.me, under_way.watched, profile=PROFILE)
    [arrival] = [each for each in maps.draws() if isinstance(each, Marker)]
    assert arrival.to == "unit:1"
    line = under_way.line()
    start = [[round(line[0].lat_deg * 1e7), round(line[0].lon_deg * 1e7)]]
    end = [[round(line[-1].lat_deg * 1e7), round(line[-1].lon_deg * 1e7)]]
    assert (arrival.ring_e7[-1:], arrival.ring_e7[:1] == start) == (end, False)
    assert len(arrival.ring_e7) <= 101


def test_no_name_that_leaves_is_any_ref_of_ours_and_each_passage_has_names_of_its_own(
    maps, under_way
):
    under_way.drives(3)
    names = {each.marker for each in maps.draws()}
    ours = {under_way.ref, under_way.journey.ref, under_way.journey.compartment}
    assert len(names) >= 3
    assert not {name for name in names for ref in ours if name in ref or ref in name}


def test_what_is_over_bears_no_place_and_needs_no_key(maps, under_way):
    under_way.drives(3)
    stood = {each.marker for each in maps.draws()}
    actions.abort(
        under_way[Duty.FCO],
        passage=under_way.ref,
        case_ref=under_way.journey.ref,
        now=under_way.now,
    )
    left = maps.draws()
    over = [each for each in left if each.ended]
    assert {each.marker for each in over} == stood
    places = [e.ring_e7 for e in over if isinstance(e, Marker)]
    assert places == [[[0, 0], [0, 0]]]
    assert {(e.lat_e7, e.lon_e7) for e in over if isinstance(e, MapPoint)} == {(0, 0)}
    assert left[0].what == "alert"  # it goes first
    assert maps.draws() == []  # and a second look repeats nothing at once


def test_with_no_table_that_can_be_read_a_stop_still_takes_him_off(maps, under_way, tmp_path):
    under_way.drives(3)
    stood = {each.marker for each in maps.draws()}
    watched = {under_way.ref: under_way.watched}
    stop = stops.Stop("s1", "case", under_way.journey.ref, "ABORTED", "x", NOON.isoformat(), "")
    with garbage(tmp_path):
        with pytest.raises(DatabaseError):
            maps.looks(watched, now=under_way.now)
        assert maps.left() == []  # nobody has stopped him
        stops.put(maps.made.data, stop)
        for _look in range(2):
            with pytest.raises(DatabaseError):
                maps.looks(watched, now=under_way.now)
    left = maps.left()
    assert {each.marker for each in left if each.ended} == stood
    assert [each.what for each in left if not each.ended] == ["alert"]
    assert len(left) == len(stood) + 1  # each once


def test_a_worker_that_was_started_anew_takes_him_off_as_well(maps, under_way):
    under_way.drives(3)
    stood = {each.marker for each in maps.draws()}
    mapped.forget()  # as its end does
    stops_him(under_way)
    alert, *over = maps.draws()
    assert {each.marker for each in over} == stood
    assert all(each.ended for each in over)
    met = under_way.watched.agreed.meeting_place  # not where he is now
    assert (alert.lat_e7, alert.lon_e7) == tuple(at_e7(met).values())


def test_a_stop_of_one_of_whom_nothing_but_an_area_stands_there_is_shown_in_the_middle_of_it(
    maps, under_way
):
    centre = mapping.centre_of([[510_000_000, 340_000_000], [510_200_000, 340_200_000]])
    stops_him(under_way)
    queries.NoFireArea.objects.update(published="stands|1")
    maps.looks({}, now=under_way.now)
    assert maps.left() == []  # nobody here knows a place that is no secret
    mapped.area_stands(under_way.ref, under_way.journey.ref, centre)
    maps.looks({}, now=under_way.now)
    [alert] = maps.left()
    assert (alert.what, alert.lat_e7, alert.lon_e7) == ("alert", 510_100_000, 340_100_000)
    assert "STOP_UNREACHED" not in under_way.open_alerts()
    maps.looks({}, now=under_way.now + timedelta(seconds=5))  # no watch judges him
    assert "STOP_UNREACHED" in under_way.open_alerts()
    maps.says("shown", about=alert.marker)
    maps.looks({}, now=under_way.now + timedelta(seconds=6))
    assert "STOP_UNREACHED" not in under_way.open_alerts()


def test_one_tracker_is_one_passages(under_way):
    taken = actions.name_tracker
    with pytest.raises(Refused, match="no such tracker"):
        taken(under_way[Duty.PIL], ref=under_way.ref, tracker="his", now=under_way.now)
    other = queries.Escort.objects.create(
        passage="other", case_ref="c", compartment="x", opened_at=under_way.now,
        began_at=under_way.now, tracker="vehicle:2",
    )  # fmt: skip
    with pytest.raises(Refused, match="another passage"):
        taken(under_way[Duty.PIL], ref=under_way.ref, tracker="vehicle:2", now=under_way.now)
    other.delete()
    taken(under_way[Duty.PIL], ref=under_way.ref, tracker="vehicle:2", now=under_way.now)
    assert under_way.row().tracker == "vehicle:2"


def test_a_word_from_the_map_is_shown_and_raises_alarms_and_is_evidence_of_nothing(maps, under_way):
    area = under_way.row().areas.get()
    before = evidence(under_way.journey)
    under_way.journey.wait(seconds=5)
    assert maps.says("shown", about=area.marker) == 1
    assert maps.says("acknowledged", about=area.marker) == 1
    assert maps.says("acknowledged", about="nosuchmarker") == 0
    area.refresh_from_db()
    assert (area.map_acked_at, area.ended_at) == (under_way.now, None)
    assert evidence(under_way.journey) == before
    assert area.acked_at != area.map_acked_at


def test_an_area_that_nobody_there_acknowledged_and_a_map_that_is_silent_are_alarms_and_no_end(
    maps, under_way
):
    under_way.drives(3)
    maps.draws()
    area = under_way.row().areas.get()
    queries.NoFireArea.objects.filter(pk=area.pk).update(published_at=under_way.now)
    maps.says("answers")
    maps.says("shown", about=area.marker)

    def stands():
        under_way.watched.maps = queries.maps_in(under_way.row(), keys=under_way.watched.keys)
        under_way.judges()
        return under_way.open_alerts() & {"MAP_SILENT", "AREA_UNHEARD"}

    assert stands() == set()
    under_way.journey.wait(minutes=1)
    assert stands() == {"MAP_SILENT"}
    under_way.journey.wait(minutes=9)
    assert stands() == {"MAP_SILENT", "AREA_UNHEARD"}
    maps.says("answers")
    maps.says("acknowledged", about=area.marker)
    assert stands() == set()
    area.refresh_from_db()
    assert area.ended_at is None


def test_the_units_place_comes_from_its_own_map_and_one_elsewhere_is_an_alarm(
    maps, under_way, client_of
):
    lead = under_way[Duty.RCV]
    under_way.drives(3)
    actions.unit_on_station(lead, ref=under_way.ref, now=under_way.now)
    there = under_way.watched.agreed.meeting_place
    far = at_e7(moved(there, east_m=900, north_m=0))
    assert maps.says("position", unit="unit:1", **far) == 0  # no unit was named
    actions.name_unit(lead, ref=under_way.ref, unit="unit:1", now=under_way.now)
    under_way.watched.escort = under_way.row()
    assert maps.says("position", unit="unit:2", **far) == 0
    assert maps.says("position", unit="unit:1", **far) == 1
    assert maps.says("position", unit="unit:1", **far) == 0  # the same instant says nothing more
    page = client_of(lead).get(f"/escort/{under_way.ref}/").content.decode()
    assert 'data-kind="escort.unit_place"' in page
    assert "never counts for GO" in page
    layer = client_of(lead).get(f"/escort/{under_way.ref}/layer.json").json()
    by_map = [f for f in layer["features"] if "by its map" in f["properties"].get("label", "")]
    assert len(by_map) == 1
    desk = client_of(under_way[Duty.OP]).get(f"/escort/{under_way.ref}/").content.decode()
    assert 'data-kind="escort.unit_place"' not in desk
    maps.draws()
    under_way.watched.maps = queries.maps_in(under_way.row(), keys=under_way.watched.keys)
    under_way.judges()
    assert "UNIT_AWAY" in under_way.open_alerts()
    under_way.journey.wait(seconds=11)
    assert maps.says("position", unit="unit:1", **at_e7(there)) == 1
    under_way.watched.maps = queries.maps_in(under_way.row(), keys=under_way.watched.keys)
    under_way.judges()
    assert "UNIT_AWAY" not in under_way.open_alerts()


def test_somebody_coming_near_him_is_kept_and_closes_and_one_far_off_is_not_written_down(
    maps, under_way
):
    under_way.drives(3)
    here = under_way.on_way(under_way.along)
    off = moved(here, east_m=30_000, north_m=30_000)
    assert maps.says("contact", **at_e7(off)) == 0
    assert not Contact.objects.exists()
    near = moved(here, east_m=200, north_m=0)
    assert maps.says("contact", course_cdeg=27_000, speed_mm_s=20_000, **at_e7(near)) == 1
    under_way.judges()
    assert {key.partition(":")[0] for key in under_way.open_alerts()} >= {"CLOSING"}
    for n in range(30):
        maps.says("contact", speaker=f"flood{n}", **at_e7(near))
    living = Contact.objects.filter(ended_at=None)
    assert living.count() == actions.MOST_CONTACTS
    assert {row.by.partition(":")[0] for row in living} == {"map"}
    flood = [MapHeard("tak", 1, "contact", "", f"s{n}", maps.now, maps.now) for n in range(400)]
    assert len(heard.newest(flood)) == actions.MOST_CONTACTS


def test_a_casualty_is_fetched_by_a_persons_word_and_says_how_many_and_not_who(maps, under_way):
    under_way.drives(3)
    maps.draws()
    with pytest.raises(Refused, match="Nobody"):
        actions.ask_for_casualty(
            under_way[Duty.PIL], ref=under_way.ref, lying=0, walking=0, now=under_way.now
        )
    actions.ask_for_casualty(
        under_way[Duty.PIL], ref=under_way.ref, lying=1, walking=2, now=under_way.now
    )
    [asked] = [e for e in maps.draws() if isinstance(e, MapPoint) and e.what == "medical"]
    assert (asked.lying, asked.walking, asked.to) == (1, 2, "fires")
    here = under_way.on_way(under_way.along)
    assert distance_m(here, mapping.Point(asked.lat_e7 / 1e7, asked.lon_e7 / 1e7)) < 60
    actions.casualty_fetched(under_way[Duty.PIL], ref=under_way.ref, now=under_way.now)
    [over] = [e for e in maps.draws() if isinstance(e, MapPoint) and e.what == "medical"]
    assert over.ended


# ---- through the gateway itself, over sockets ----


@pytest.fixture
def site(made):
    with Site(made) as site:
        yield site


def until(told, *, each=lambda: None, within_s=30.0):
    began = time.monotonic()
    while not told():
        assert time.monotonic() - began < within_s
        each()
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture
def looks(site, under_way):
    """Return one look of the worker: what it tells the maps, and what came back."""

    def look():
        worker._tell()
        watched = {under_way.ref: under_way.watched}
        told = {"data": site.made.data, "now": clock.now(), "limits": LIMITS}
        mapped.draw_all(under_way.me, watched, **told)
        site.hears(under_way)
        under_way.watched.escort = under_way.row()

    under_way.drives(3)
    actions.name_unit(under_way[Duty.RCV], ref=under_way.ref, unit="unit:1", now=under_way.now)
    until(lambda: Mark.objects.filter(what="way", shown_at__isnull=False).exists(), each=look)
    return look


def mark_of(what):
    return Mark.objects.filter(what=what).latest("pk")


def stops_him(world):
    actions.abort(world[Duty.OP], passage=world.ref, case_ref=world.journey.ref, now=world.now)


def reached(client_of, world):
    page = html.fromstring(client_of(world[Duty.FCO]).get(f"/escort/{world.ref}/").content.decode())
    [line] = page.xpath("//li[@data-heard='map']")
    return "do not have it" not in line.text_content(), line.text_content()


def test_an_abort_is_on_the_units_maps_within_five_seconds_as_an_alert_and_he_is_off_them(
    site, looks, under_way, client_of
):
    way = mark_of("way").marker
    began = time.monotonic()
    stops_him(under_way)  # no reason was given, and none is waited for
    until(lambda: b"b-a-o-tbl" in site.raw and site.types(f"{way}.over"), each=looks)
    assert time.monotonic() - began < 5
    assert site.types(f"{way}.over") == [b"t-x-d-d"]
    until(lambda: mark_of("stop").shown_at, each=looks)
    assert reached(client_of, under_way)[0]
    alert = site.raw[site.raw.index(b"b-a-o-tbl") :].partition(b"</event>")[0]
    assert b'"FDC1"' in alert
    assert b'"RCV1"' in alert
    assert b"RCV2" not in site.raw


def test_with_the_link_cut_the_page_names_whom_an_abort_did_not_reach_and_it_is_sent_when_it_is_back(
    site, looks, under_way, client_of
):
    site.cuts()
    time.sleep(0.1)
    before = len(site.raw)
    stops_him(under_way)
    for _look in range(5):
        looks()
    there, words = reached(client_of, under_way)
    assert (there, "fires" in words, "unit 1" in words) == (False, True, True)
    under_way.watched.maps = replace(
        queries.maps_in(under_way.row(), keys=under_way.watched.keys), stopped_at=under_way.now
    )
    under_way.judges()
    assert "STOP_UNREACHED" not in under_way.open_alerts()
    under_way.journey.wait(seconds=6)
    under_way.judges()
    assert "STOP_UNREACHED" in under_way.open_alerts()
    assert len(site.raw) == before
    site.mends()
    until(lambda: mark_of("stop").shown_at and mark_of("way").withdrawn_at, each=looks)
    assert b"b-a-o-tbl" in site.raw[before:]
    assert reached(client_of, under_way)[0]
