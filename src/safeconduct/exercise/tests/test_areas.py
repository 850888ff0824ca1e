"""What the judge of the units' map finds wrong with an area, or with what is his: each lie is told once, and found."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from safeconduct.exercise import judge, staging

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRUE = [(0, 60), (1, 60), (50, 110), (70, 70)]  # minutes: said at, stale at; the last is the end


def stamp(minutes):
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def event(
    said_at,
    stale_at,
    *,
    uid="aaaaaaaaaaaa",
    kind="u-d-f",
    remarks="valid",
    at=(50.0, 34.0),
    more="",
):
    lat, lon = at
    return (
        f'<event version="2.0" uid="{uid}" type="{kind}" how="h-e" time="{stamp(said_at)}" '
        f'start="{stamp(0)}" stale="{stamp(stale_at)}"><point lat="{lat}" lon="{lon}" hae="0" '
        f'ce="0" le="0"/><detail><remarks>{remarks}</remarks>{more}</detail></event>\n'
    )


@pytest.fixture
def found(tmp_path):
    """Return a way to judge what the map was told."""

    def judged(*events, ended=True, validities=2, **more):
        (tmp_path / staging.MAP_RECORD).write_text("".join(events))
        play = SimpleNamespace(
            fill=lambda text: text, stage=SimpleNamespace(records=tmp_path), kept={}
        )
        given = {"validities": validities, "ended": ended, "never": ["case7"], **more}
        return judge.check("map_shows", given, play)

    return judged


def test_an_area_that_was_renewed_in_time_and_then_ended_holds(found):
    assert found(*(event(*each) for each in TRUE)).held
    assert found(*(event(*each) for each in TRUE[:3]), ended=False).held


@pytest.mark.parametrize(
    "told",
    [
        [],
        [TRUE[0], TRUE[1], TRUE[3]],  # never renewed
        TRUE[:3],  # never ended
        [(0, 60), (61, 110), TRUE[3]],  # it was gone for a minute
        [*TRUE, (71, 120)],  # it came back
        [*TRUE, (71, 120), (72, 72)],  # it came back, and went again
    ],
    ids=str,
)
def test_an_area_that_fell_off_the_map_stayed_or_came_back_is_found(found, told):
    assert not found(*(event(*each) for each in told)).held


def test_protection_that_was_taken_off_is_found_where_none_should_be(found):
    assert not found(*(event(*each) for each in TRUE), ended=False).held


def test_each_area_is_judged_by_itself(found):
    first = [event(*each) for each in TRUE]
    assert found(*first, *(event(*each, uid="cccccccccccc") for each in TRUE)).held
    assert not found(
        *first, event(0, 60, uid="cccccccccccc"), event(70, 70, uid="cccccccccccc")
    ).held


def test_a_name_and_another_kind_of_mark_are_found(found):
    first = [event(*each) for each in TRUE]
    assert not found(*first, event(71, 71, remarks="case7")).held
    assert not found(*first, event(5, 60, uid="eeeeeeeeeeee", kind="a-f-G")).held


HE, FIRES, UNIT = "a-n-G-E-V", "FDC1", "RCV1"


def his(said_at, stale_at, *to, kind=HE, uid="dddddddddddd", ends=False, line=()):
    dests = "".join(f'<dest callsign="{each}"/>' for each in to)
    links = "".join(f'<link uid="x" point="{each}"/>' for each in line)
    at = (0.0, 0.0) if ends else (50.1, 34.1)
    told = {"uid": uid, "kind": kind, "at": at, "more": f"<marti>{dests}</marti>{links}"}
    return event(said_at, stale_at, **told)


def test_he_is_shown_to_who_is_named_and_is_gone_when_it_is_over(found):
    area = [event(*each) for each in TRUE]
    he, over = his(2, 9, FIRES, UNIT), his(9, 9, FIRES, UNIT, ends=True)
    told = {"shows": [HE], "over": True}
    assert found(*area, he, over, **told).held
    assert not found(*area, **told).held  # never shown
    assert not found(*area, he, **told).held  # never ended
    assert not found(*area, he, over, his(10, 19, FIRES), **told).held  # back after his end
    assert not found(*area, his(2, 9), over, **told).held  # for everybody
    assert not found(*area, his(2, 9, "OTHER"), over, **told).held
    assert not found(*area, he, his(9, 9, FIRES), **told).held  # his place in an end
    assert not found(*area, he, over, his(2, 2, FIRES, uid="case-of-his", ends=True), **told).held


def test_a_unit_that_is_shown_where_his_way_begins_is_found(found):
    area = [event(*each) for each in TRUE]
    whole = his(2, 9, FIRES, kind="b-m-r", line=("50,34", "50.1,34", "50.2,34"))
    last = {"kind": "b-m-r", "uid": "ffffffffffff"}
    assert found(*area, whole, his(2, 9, UNIT, line=("50.15,34", "50.2,34"), **last)).held
    assert not found(*area, whole, his(2, 9, UNIT, line=("50,34", "50.2,34"), **last)).held
