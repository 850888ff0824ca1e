"""Two press at the same moment, and one tells while another burns."""

from functools import partial

import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import YES, at_once
from safeconduct.cases import actions, seized
from safeconduct.cases.models import BurnedPlace, Seizure
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
