import dataclasses
import tomllib

import pytest
from django.utils import translation

from safeconduct.access.rules import Duty
from safeconduct.programme import load
from safeconduct.programme.profile import read
from safeconduct.web import limits
from safeconduct.web.tests.test_views import page


def shipped(name):
    return read(tomllib.loads((load.SHIPPED / f"{name}.toml").read_text(encoding="utf-8")))


def keys(profile):
    seconds = {(limits.S, key) for key in profile.limits_s}
    metres = {(limits.M, key) for key in profile.limits_m}
    return seconds | metres | {(limits.P, key) for key in profile.limits_milli}


def worded():
    return [at for _room, words in limits.WORDS for at in words]


@pytest.mark.parametrize("name", ["ukraine", "rivers"])
def test_every_limit_we_ship_has_words_once_and_no_words_stand_without_a_limit(name):
    assert sorted(worded()) == sorted(keys(shipped(name)))


@pytest.mark.parametrize("language", ["en", "uk", "ru"])
def test_no_two_limits_read_alike_in_any_language(language):
    with translation.override(language):
        said = [str(text) for _room, words in limits.WORDS for text in words.values()]
    assert len(set(said)) == len(said)
    assert not any("_" in text for text in said)


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_every_limit_is_translated(language):
    english = [text for _room, words in limits.WORDS for text in words.values()]
    told = [str(text) for text in english]
    with translation.override(language):
        assert all(str(text) != before for text, before in zip(english, told, strict=True))


def test_a_limit_that_nobody_gave_words_to_is_shown_by_its_key_rather_than_hidden():
    profile = load.current()
    strange = dataclasses.replace(profile, limits_m={**profile.limits_m, "moat": 7})
    *_known, (_room, rows) = limits.by_room(strange)
    assert [(row.words, row.value) for row in rows] == [("moat", 7)]
    assert len(list(limits.by_room(profile))) == len(limits.WORDS)


def test_the_page_shows_no_key_of_a_limit(officer, client_of):
    told = page(client_of(officer(Duty.OP)))
    assert not [key for _unit, key in worded() if "_" in key and key in told]
