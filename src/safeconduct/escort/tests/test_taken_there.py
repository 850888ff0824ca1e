"""What the station is told of what is around its passage, and an alert that is taken there, at home, or at both."""

from datetime import timedelta

import pytest
from lxml import html

from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.escort import actions, around
from safeconduct.escort.actions.seeing import Report
from safeconduct.escort.actions.stations import MOST_WAITING
from safeconduct.escort.tests.test_watching import assign, notes
from safeconduct.spool import core_end
from safeconduct.stationed import StationWord


def taken_there(under_way, row, key, *, at):
    told = StationWord("taken", at, key, {}, "")
    notes(under_way, row, told, first=row.number + 1, before=bytes(row.head) or bytes(32))


@pytest.mark.usefixtures("enrolled")
def test_taken_there_while_cut_off_it_is_taken_here_with_its_time_and_at_both_both_are_told(
    under_way, client_of
):
    row = assign(under_way)
    under_way.silence(40)
    silent = under_way.row().alerts.get(key="SILENT")
    took = silent.raised_at + timedelta(seconds=12)
    under_way.journey.wait(minutes=10)
    taken_there(under_way, row, "SILENT", at=took)
    silent.refresh_from_db()
    assert (silent.taken_by, silent.taken_at, silent.there_at) == (row.person, took, took)
    line = Entry.objects.filter(verb="alert.taken").last()
    assert (line.who, line.at_us) == (row.person, round(took.timestamp() * 1e6))
    other = under_way.row().alerts.exclude(key="SILENT").filter(cleared_at=None).first()
    actions.take(under_way[Duty.DPC], alert=other.ref, now=under_way.now)
    under_way.watched.escort = under_way.row()
    told = around.around_of(under_way.watched, ref=row.ref, now=under_way.now)
    assert told.taken == {other.key: int(under_way.now.timestamp())}  # not what it took itself
    taken_there(under_way, row, other.key, at=under_way.now + timedelta(seconds=5))
    other.refresh_from_db()
    assert (other.taken_by, other.there_at) == (under_way[Duty.DPC].ref, under_way.now)
    page = client_of(under_way[Duty.PIL]).get(f"/escort/{under_way.ref}/").content.decode()
    assert html.fromstring(page).text_content().count("Taken at the station in the field") == 2
    taken_there(under_way, row, "NO SUCH", at=took)


@pytest.mark.usefixtures("enrolled")
def test_a_station_is_told_who_comes_the_wind_and_how_far_the_unit_is_and_not_where(
    under_way, enrolled
):
    row, watched = assign(under_way), under_way.watched
    under_way.drives(3)
    now, comes = under_way.now, Report(90, 1200, 270, 8)
    actions.report_contact(under_way[Duty.PIL], ref=under_way.ref, report=comes, now=now)
    actions.not_ready(under_way[Duty.RCV], ref=under_way.ref, duty=Duty.RCV, now=now)
    under_way.judges()
    watched.escort = under_way.row()
    told = around.around_of(watched, ref=row.ref, now=now)
    [[_lat, _lon, heading, speed, at]] = told.contacts.values()
    assert (heading, speed, at) == (270, 8000, int(now.timestamp()))
    assert (told.unit_said, told.unit_ready, told.unit_seen) == (int(now.timestamp()), False, 0)
    said = told.to_bytes().decode()
    for secret in (under_way.ref, under_way.journey.ref, under_way.journey.compartment):
        assert secret not in said
    lane = core_end.outgoing(enrolled, "station1")
    assert not around.tell(row, watched, now=now)  # before its briefing it is told nothing
    row.turn = 1
    assert around.tell(row, watched, now=now)
    assert not around.tell(row, watched, now=now)  # nothing new
    watched.contacts = ()
    assert not around.tell(row, watched, now=now)  # not every second
    around._told[row.ref] = (b"", {}, 0.0)
    for later in range(1, 9):  # its link is cut: what is old is not piled up
        around._told[row.ref] = (b"", {}, 0.0)
        around.tell(row, watched, now=now + timedelta(seconds=later))
    assert lane.waiting() == MOST_WAITING + 1
