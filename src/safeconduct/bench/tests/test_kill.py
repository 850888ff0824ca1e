"""A kill test meets its targets only if nothing was lost, merged or doubled untold, and all were hit."""

from collections import Counter
from dataclasses import replace

import pytest

from safeconduct.bench import kill
from safeconduct.bench.kill import Outcome
from safeconduct.exercise import rounds
from safeconduct.exercise.tally import Tally

KILLS = Counter({f"{victim} {gap}".strip(): 3 for victim, gap in rounds.TURNS})
WELL = Tally(texts_in=90, texts_out=120, doubled_in=3, unknown=2)


def missed(tally, kills=KILLS, *, of=None):
    found = kill.figures(Outcome(of or kills.total(), kills, tally))
    return [figure.metric for figure in found if not figure.met]


def test_a_run_in_which_all_was_told_meets_every_target():
    assert missed(WELL) == []


@pytest.mark.parametrize("figure", ["lost", "merged", "untold", "untrue", "unaccounted"])
def test_one_text_amiss_misses_its_target(figure):
    assert len(missed(replace(WELL, **{figure: 1}))) == 1


def test_a_run_in_which_nothing_came_or_left_meets_none():
    assert {"lost", "merged", "UNKNOWN"} <= set(missed(Tally()))


def test_a_round_without_its_kill_and_a_gap_that_nobody_reached_are_told():
    assert missed(WELL, of=KILLS.total() + 1) == ["rounds, each with one kill"]
    one_less = Counter({name: times for name, times in KILLS.items() if name != "keeper"})
    assert missed(WELL, one_less) == ["processes and gaps hit"]
