"""Every language says the same of a step, and says no two steps alike: also those nobody follows yet."""

import re
from itertools import product

import pytest

from safeconduct.ways.certain import MODES
from safeconduct.ways.clearly import said_of, said_place
from safeconduct.ways.extract import MARK_KINDS
from safeconduct.ways.outset import COMPASS
from safeconduct.ways.places import VILLAGES
from safeconduct.ways.step import Step
from safeconduct.ways.stepwords import TABLES

SIDES, COUNTS = ("left", "right"), range(1, 6)
MARKS = [kind for kind in MARK_KINDS if kind not in VILLAGES]
BARE = [
    *(Step(kind, side, n) for kind in ("count", "road", "access", "track", "next", "next turn")
      for side in SIDES for n in COUNTS),
    *(Step(kind, side) for kind in ("end", "sharp", "fork") for side in SIDES),
    *(Step("mark", side, mark=mark) for side in SIDES for mark in MARKS),
    *(Step("distance", side, length_m=length) for side in SIDES for length in (150.0, 2300.0)),
    *(Step("onto", mark=mark) for mark in ("road", "access", "track")),
    *(Step("circle", number=n) for n in COUNTS),
]  # fmt: skip
FRAMES = [
    {"mode": mode, "past": past, "beyond": beyond, "after_m": after_m}
    for mode, past, beyond, after_m in product(MODES, (0, 1, 2), ("", "church"), (0, 400))
]
STEPS = [
    *(Step("start", point, mark=side) for point in COMPASS for side in ("", *SIDES)),
    *(
        step._replace(**frame)
        for step, frame in product(BARE, FRAMES)
        if step.kind != "distance" or not frame["after_m"]  # it has a distance of its own
    ),
]
PLACES = [
    *(Step(f"place {kind}", side, n) for kind in ("count", "road", "access", "track") for side in SIDES for n in COUNTS),
    *(Step("place next", number=n) for n in COUNTS), Step("place end"),
    Step("place distance", length_m=150.0), Step("place distance", "left", length_m=150.0),
    *(Step("place mark", mark=mark) for mark in MARKS),
]  # fmt: skip


def meaning(step):
    """Whether he bears or turns at the outer road, a language may leave to the road."""
    return step._replace(kind="next") if step.kind == "next turn" else step


@pytest.mark.parametrize("language", sorted(TABLES))
def test_no_two_steps_are_said_alike_in_any_language(language):
    table, said = TABLES[language], {}
    for step in STEPS:
        assert said.setdefault(said_of(step, table), meaning(step)) == meaning(step)
    places = [said_place(step, table, "") for step in PLACES]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("language", sorted(TABLES))
def test_every_language_tells_the_same_numbers_of_a_step(language):
    def numbers(words):
        return sorted(re.findall(r"\d+(?:,\d+)?", words))

    ours, first = TABLES[language], TABLES["ru"]
    for step in STEPS:
        assert numbers(said_of(step, ours)) == numbers(said_of(step, first))
