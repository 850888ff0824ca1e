"""An ABORT that a station told past the core joins what the core knows: one stop, with the time at which it was pressed."""

from datetime import timedelta

import pytest

from safeconduct import sealing
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.escort import actions, mapped, stationing
from safeconduct.escort.models import Mark
from safeconduct.escort.rules import Order
from safeconduct.escort.tests.conftest import LIMITS
from safeconduct.escort.tests.test_watching import assign, notes
from safeconduct.spool import certificates
from safeconduct.stationed import Records, StationWord
from safeconduct.watch import chain

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def there(under_way, made):
    """Return a passage that was given to a station, on the units' maps."""
    certificates.enrol(made.data, "station1", box_public=sealing.new_box_keys()[1])
    with (made.data / "gateways.toml").open("a") as file:
        file.write(
            '[[gateway]]\nname = "station1"\naddress = "127.0.0.1:7310"\ninto = "in-station"\n'
        )
    return assign(under_way)


def briefed(under_way, row):
    under_way.watched.escort = under_way.row()
    return stationing.briefing_of(under_way.watched, ref=row.ref, limits=LIMITS)


def pressed(under_way, told):
    """Return the words of a stop pressed now, as the station notes them, and its name on the maps."""
    name, to = told.maps["stop"]
    at = under_way.now
    return name, [
        StationWord("abort", at, name, {}, to),
        StationWord("told", at, "maps", {}, ""),
        StationWord("told", at, "pilot", {}, ""),
    ]


def test_joined_again_it_is_the_same_stop_on_the_maps_with_its_time_and_nobody_is_called_twice(
    under_way, there, maps
):
    under_way.drives(3)
    maps.draws()
    told = briefed(under_way, there)
    assert {"vehicle", "drone", "way", "stop"} == told.maps.keys()
    assert briefed(under_way, there).maps == told.maps
    mapped.forget()  # its worker starts anew meanwhile
    assert briefed(under_way, there).maps == told.maps
    name, words = pressed(under_way, told)
    began = under_way.now
    under_way.journey.wait(minutes=50)
    notes(under_way, there, *words)
    instruction = under_way.row().instructions.get(order=Order.ABORT)
    assert instruction.at == began
    case = Entry.objects.filter(verb="case.ABORTED").last()
    began_us = round(began.timestamp() * 1e6)
    assert (case.who, case.at_us) == (there.person, began_us)
    reached = Entry.objects.filter(verb__startswith="escort.abort_reached.")
    assert [each.at_us for each in reached] == [began_us] * 2
    stop = Mark.objects.get(what="stop")
    assert (stop.marker, stop.began_at, stop.shown_at) == (name, began, began)
    maps.draws()
    maps.draws(now=under_way.now + timedelta(seconds=30))
    assert Mark.objects.filter(what="stop").count() == 1
    assert not Mark.objects.filter(what__in=["vehicle", "drone", "way"], ended_at=None).exists()
    assert Call.objects.filter(kind="escort.abort", duty=Duty.FCO).count() == 1


def test_pressed_at_both_it_is_one_stop_of_the_earlier_time(under_way, there, maps):
    under_way.drives(3)
    maps.draws()
    name, words = pressed(under_way, briefed(under_way, there))
    began = under_way.now
    under_way.journey.wait(seconds=20)
    case, dpc = under_way.row().case_ref, under_way[Duty.DPC]
    actions.abort(dpc, passage=under_way.ref, case_ref=case, now=under_way.now)
    maps.draws()
    assert [mark.marker for mark in Mark.objects.filter(what="stop")] == [name]
    notes(under_way, there, *words)
    assert under_way.row().instructions.get(order=Order.ABORT).at == began
    assert Mark.objects.get(what="stop").began_at == began


def test_a_stop_behind_an_hour_of_fixes_waits_for_none_of_them_and_in_its_turn_is_the_same_stop(
    under_way, there, maps
):
    under_way.drives(3)
    maps.draws()
    name, words = pressed(under_way, briefed(under_way, there))
    began, fix = under_way.now, under_way.fix(under_way.on_way(90))
    under_way.journey.wait(minutes=20)
    head = chain.follow(chain.BEGIN, [fix.to_bytes()], first=1)
    behind = Records(there.ref, 2, head, [each.to_bytes().decode() for each in words])
    here = {"station": "station1", "records": behind, "now": under_way.now}
    actions.stop_now(under_way.me, **here | {"station": "station2"})  # not its passage
    assert under_way.journey.case().state == "MOVING"
    actions.stop_now(under_way.me, **here)
    assert under_way.journey.case().state == "ABORTED"
    there.refresh_from_db()
    assert (there.number, there.broken_at) == (0, None)  # the chain is followed later
    called = Call.objects.count()
    notes(under_way, there, fix)
    notes(under_way, there, *words, first=2, before=head)
    assert there.broken_at is None
    assert under_way.row().instructions.get(order=Order.ABORT).at == began
    assert Mark.objects.get(what="stop").marker == name
    assert Entry.objects.filter(verb="case.ABORTED").count() == 1
    assert Call.objects.count() == called
    actions.stop_now(under_way.me, **here)  # said again by the lane: it was taken in its turn
    assert Entry.objects.filter(verb="case.ABORTED").count() == 1


def test_a_stop_of_somebody_who_is_here_by_now_is_over_on_the_maps(under_way, there, maps):
    under_way.drives(3)
    maps.draws()
    name, words = pressed(under_way, briefed(under_way, there))
    under_way.journey.goes("SIGHTED", "CONTACT")
    notes(under_way, there, *words)
    assert Call.objects.filter(kind="escort.station_abort", duty=Duty.DPC).exists()
    assert Mark.objects.get(what="stop").ended_at is not None
    assert [(each.marker, each.ended) for each in maps.draws() if each.marker == name] == [
        (name, True)
    ]


def test_what_no_station_would_say_of_a_stop_is_put_on_no_map(under_way, there):
    for name, to in (("x|y", "fires"), ("st4p", "everybody"), ("", ""), ("s" * 30, "fires")):
        word = StationWord("abort", under_way.now, name, {}, to)
        notes(under_way, there, word, first=there.number + 1, before=bytes(there.head) or bytes(32))
    assert not Mark.objects.filter(what="stop").exists()
    assert under_way.journey.case().state == "ABORTED"
