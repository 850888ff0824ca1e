"""What the judge of the units' map finds wrong with an area: each lie is told once, and found."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from safeconduct.exercise import judge, staging

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRUE = [(0, 60), (1, 60), (50, 110), (70, 70)]  # minutes: said at, stale at; the last is the end


def stamp(minutes):
    return (NOON + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def event(said_at, stale_at, *, uid="area2", kind="u-d-f", remarks="valid"):
    return (
        f'<event version="2.0" uid="{uid}" type="{kind}" how="h-e" time="{stamp(said_at)}" '
        f'start="{stamp(0)}" stale="{stamp(stale_at)}"><point lat="50.0" lon="34.0" hae="0" '
        f'ce="0" le="0"/><detail><remarks>{remarks}</remarks></detail></event>\n'
    )


@pytest.fixture
def found(tmp_path):
    """Return a way to judge what the map was told."""

    def judged(*events, ended=True, validities=2):
        (tmp_path / staging.MAP_RECORD).write_text("".join(events))
        play = SimpleNamespace(
            fill=lambda text: text, stage=SimpleNamespace(records=tmp_path), kept={}
        )
        given = {"validities": validities, "ended": ended, "never": ["case7"]}
        return judge.check("map_shows_areas", given, play)

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
    assert found(*first, *(event(*each, uid="area3") for each in TRUE)).held
    assert not found(*first, event(0, 60, uid="area3"), event(70, 70, uid="area3")).held


def test_a_name_and_another_kind_of_mark_are_found(found):
    first = [event(*each) for each in TRUE]
    assert not found(*first, event(71, 71, remarks="case7")).held
    assert not found(*first, event(5, 60, uid="man", kind="a-f-G")).held
