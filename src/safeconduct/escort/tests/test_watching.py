"""What the watch remembers of a machine: the newest fix stands last, whatever comes late."""

from datetime import timedelta

from conftest import NOON

from safeconduct.envelope import Position
from safeconduct.escort.watching import Watched


def fix(seconds, **health):
    at = NOON + timedelta(seconds=seconds)
    place = (at, at, 504500000, 305200000, 0, 0, 0)
    return Position("mavlink", seconds, "vehicle", "own", *place, health)


def test_a_fix_that_waited_for_an_upgrade_is_not_taken_for_where_he_is_now():
    watched = Watched(escort=None, keys=None, agreed=None)
    watched.add([fix(60), fix(62)])
    watched.add([fix(2, satellites=9), fix(61, satellites=4), fix(64)])
    assert [each.arrival for each in watched.fixes["vehicle"]] == [60, 62, 61, 64]
