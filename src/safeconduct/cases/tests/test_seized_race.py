"""Two press at the same moment, and one tells while another burns."""

import threading
from functools import partial

import pytest
from conftest import NOON
from django.db import OperationalError, connection, transaction

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import PATIENCE_S, YES, at_once, until_somebody_waits
from safeconduct.audit import actions as audit
from safeconduct.audit.models import Entry
from safeconduct.cases import actions, seized
from safeconduct.cases.models import BurnedPlace, Case, Seizure
from safeconduct.cases.seized import Kind, Thing
from safeconduct.geo import Point

pytestmark = pytest.mark.usefixtures("committed")


def test_of_two_who_press_and_one_who_tells_nothing_burns_twice_and_nothing_is_left(crew):
    crew.opened()
    told = {"ref": crew.ref, "radius_m": 500, "now": NOON}
    actions.tell(crew[Duty.OP], places=[Point(50, 30)], **told)
    press = [
        partial(
            actions.say_seized,
            crew.another(duty),
            Thing(Kind.CASE, crew.ref),
            now=NOON,
            wall=clock.wall(),
        )
        for duty in (Duty.SUP, Duty.DPC)
    ]
    tells = partial(actions.tell, crew[Duty.OP], places=[Point(51, 30)], **told)
    said = at_once([*press, tells])
    assert said[:2] == [YES, YES], said
    assert said[2] in {YES, "case.seized"}, said
    assert not BurnedPlace.objects.filter(burned_at=None).exists()
    assert BurnedPlace.objects.count() == (2 if said[2] == YES else 1)
    assert crew.case().owed.filter(kind=seized.LOOKED_AT).count() == 1
    assert Seizure.objects.count() == 2


class Journal:
    """One who writes into the journal first and takes a case's row then, as no act of ours does."""

    def __init__(self, row):
        self.row, self.has_journal = row, threading.Event()

    def writes_first(self):
        with transaction.atomic():
            audit.record("test", "test.journal_first", ref="x", now=NOON)
            self.has_journal.set()
            until_somebody_waits()  # the seizure, which has the row: so the server ends that one
            list(Case.objects.select_for_update().filter(pk=self.row))
        connection.close()

    def beside(self, act):
        """Return what `act` says, begun once the journal is locked."""
        other = threading.Thread(target=self.writes_first)
        other.start()
        assert self.has_journal.wait(PATIENCE_S)
        said = act()
        other.join(PATIENCE_S)
        assert Entry.objects.filter(verb="test.journal_first").count() == 1  # it gave way to nobody
        return said


@pytest.fixture
def journal(crew):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: no two acts wait for each other")
    crew.opened()
    told = {"ref": crew.ref, "radius_m": 500, "now": NOON}
    actions.tell(crew[Duty.OP], places=[Point(50, 30)], **told)
    return Journal(crew.case().pk)


def test_a_seizure_that_gives_way_blames_no_disk_and_leaves_nothing_behind(crew, journal):
    thing, says = Thing(Kind.CASE, crew.ref), crew[Duty.SUP]

    def press():
        with pytest.raises(OperationalError, match="deadlock"):
            actions.say_seized(says, thing, now=NOON, wall=clock.wall())

    journal.beside(press)
    assert not Seizure.objects.exists()
    assert not BurnedPlace.objects.exclude(burned_at=None).exists()


def test_a_press_that_gave_way_is_pressed_once_more_by_the_console(crew, journal, client_of):
    browser = client_of(crew[Duty.SUP])
    form = {"kind": "case", "name": crew.ref}
    assert journal.beside(lambda: browser.post("/cases/seized/burn/", form)).status_code == 303
    assert Seizure.objects.count() == 1
    assert not BurnedPlace.objects.filter(burned_at=None).exists()
