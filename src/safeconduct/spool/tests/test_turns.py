"""How a gateway keeps up with turned keys: it is told of before it falls out, and never too late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.spool.protocol import BEFORE, OURS
from safeconduct.spool.turns import WARNS_BEFORE, Keeps, Turns, keeping

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)
WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)


def told_at(turned, *, linked, wall, speaks=OURS.speaks):
    """What is said at `wall`, of the turns that had been by then."""
    past = [at for at in turned if at <= wall]
    before = past[-2] if len(past) > 1 else None
    when = Turns(past[-1], before, past[-1] + WEEK)
    return keeping("smpp", speaks=speaks, linked=linked, turns=when, wall=wall)


weeks = st.lists(st.timedeltas(WEEK, 4 * WEEK), min_size=3, max_size=6)
parts = st.floats(0, 0.999)  # of the first week, and never its end


@given(weeks, parts)
def test_whoever_falls_out_was_told_of_for_days_before_and_so_was_nobody_who_did_not(gaps, part):
    turned = [NOON]  # the first keys were made
    for gap in gaps:
        turned.append(turned[-1] + gap)
    linked = turned[0] + (turned[1] - turned[0]) * part
    out = turned[2]  # the second turn that it missed
    for early in (SECOND, WARNS_BEFORE):
        assert told_at(turned, linked=linked, wall=out - early).keeps is Keeps.WANES
    assert told_at(turned[1:], linked=linked, wall=out).keeps is Keeps.OUT
    assert told_at(turned, linked=linked, wall=turned[1] - SECOND).keeps is Keeps.WELL
    assert told_at(turned, linked=linked, wall=turned[1] + timedelta(days=1)).keeps is Keeps.WELL


@given(weeks, parts, st.timedeltas(timedelta(), 20 * WEEK))
def test_what_lies_on_it_opens_until_the_day_that_is_told(gaps, part, since):
    turned = [NOON]
    for gap in gaps:
        turned.append(turned[-1] + gap)
    linked = turned[0] + (turned[1] - turned[0]) * part
    said = told_at(turned, linked=linked, wall=linked + since)
    if said.keeps is not Keeps.OUT:
        assert said.until <= max(turned[2], linked + since)


@pytest.mark.parametrize(("days", "calls"), [(6, False), (7, True)])
def test_a_release_that_hears_of_no_turn_holds_all_up_and_is_called_for_after_the_week(days, calls):
    wall = NOON + timedelta(days=days)
    said = told_at([NOON], linked=wall, wall=wall, speaks=BEFORE.speaks)
    assert (said.keeps, said.calls) == (Keeps.HOLDS, calls)


def test_one_that_is_linked_keeps_up_however_long_its_keys_were_not_turned():
    wall = NOON + 10 * WEEK
    assert told_at([NOON], linked=wall, wall=wall).keeps is Keeps.WELL
