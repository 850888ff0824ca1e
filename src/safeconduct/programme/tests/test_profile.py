"""A profile is whole, or the start is refused with the name of what is missing."""

import tomllib

import pytest

from safeconduct.programme import load
from safeconduct.programme.profile import WrongProfile, read

SHIPPED = sorted(load.SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_shipped_profile_is_whole(path):
    profile = read(tomllib.loads(path.read_text()))
    assert profile.stop_words
    assert len(profile.signs) >= 2


def test_the_shipped_profiles_have_the_same_limits_and_texts():
    one, other = (read(tomllib.loads(p.read_text())) for p in SHIPPED[:2])
    assert set(one.limits_s) == set(other.limits_s)
    assert set(one.limits_m) == set(other.limits_m)
    assert set(one.texts) == set(other.texts)


@pytest.mark.parametrize("entry", ["languages", "stop_words", "limits_s", "signs", "law"])
def test_a_profile_without_an_entry_is_refused_by_its_name(entry):
    told = tomllib.loads(SHIPPED[0].read_text())
    del told[entry]
    with pytest.raises(WrongProfile, match=entry):
        read(told)


def test_a_text_that_lacks_a_language_is_refused():
    told = tomllib.loads(SHIPPED[0].read_text())
    del told["texts"]["abort"][told["languages"][0]]
    with pytest.raises(WrongProfile, match="abort"):
        read(told)


def test_an_unknown_limit_or_text_names_where_to_add_it():
    profile = read(tomllib.loads(SHIPPED[0].read_text()))
    with pytest.raises(WrongProfile, match=r"\[limits_s\]"):
        profile.limit("coffee")
    with pytest.raises(WrongProfile, match=r"\[limits_m\]"):
        profile.metres("coffee")
    with pytest.raises(WrongProfile, match=r"\[texts\]"):
        profile.text("coffee", "fr")
