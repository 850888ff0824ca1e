"""The table of moments, held against the story it is looked at in: no browser is needed to misspell."""

import re

from safeconduct.exercise.story import SHIPPED, Act, read
from tests.browser.moments import MOMENTS, after

STORY = read(SHIPPED / "story.toml")


def come() -> list[tuple[str, str, set[str]]]:
    """Return name, address and the names kept by then, of each moment in the story's order."""
    kept = {f"{one.key}.ref" for one in STORY.staff}
    seen: list[tuple[str, str, set[str]]] = []
    for act in STORY.acts:
        kept |= set(act.keep)
        now = after(act, {name for name, _at, _kept in seen})
        seen += [(moment.name, moment.at, set(kept)) for moment in now]
    return seen


def test_every_moment_comes_in_the_story_once():
    names = [name for name, _at, _kept in come()]
    assert sorted(names) == sorted(moment.name for moment in MOMENTS)


def test_no_moment_asks_for_what_the_story_has_not_kept_by_then():
    for name, at, kept in come():
        assert set(re.findall(r"\{([^{}]+)\}", at)) <= kept, name


def test_whoever_looks_is_in_the_cast():
    cast = {one.key for one in STORY.staff} | {"admin", ""}
    assert {moment.who for moment in MOMENTS} <= cast


def test_a_moment_that_was_looked_at_does_not_come_again():
    act = Act(step=1, does="", press="pledges.propose")
    first = after(act, set())
    assert first
    assert after(act, {moment.name for moment in first}) == []
