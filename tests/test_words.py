"""Every word of the console exists in each of its languages, and says the same placeholders."""

import re

import pytest
from babel.messages.catalog import Catalog, Message
from tools.words import LANGUAGES, collect, missing, read

from safeconduct.web.settings import LANGUAGES as CONSOLE

_HOLE = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|</?\w+[^>]*>")
_FORMS = 3  # Ukrainian and Russian: 1 case, 2 cases, 5 cases


@pytest.fixture(scope="module")
def marked() -> Catalog:
    return collect()


def texts(message: Message) -> tuple[list[str], list[str]]:
    """Return the English forms of a message and its translations."""
    if isinstance(message.id, tuple):
        return [message.id[1]], list(message.string)
    return [message.id], [message.string]


def test_the_console_offers_no_language_that_has_no_words():
    assert {"en", *LANGUAGES} == {code for code, _name in CONSOLE}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_text_is_in_the_catalogue_and_translated(marked, language):
    there = read(language)
    absent = [message.id for message in marked if message.id and there.get(first(message)) is None]
    assert absent == [], "run `just words`, then translate what it names"
    assert missing(there) == []


def first(message: Message) -> str:
    """Return the singular of a message: the catalogue's key."""
    return message.id[0] if isinstance(message.id, tuple) else message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_hole_of_its_text(language):
    wrong = []
    for message in read(language):
        if message.id:
            english, told = texts(message)
            holes = sorted(_HOLE.findall(english[0]))
            wrong += [each for each in told[-1:] if sorted(_HOLE.findall(each)) != holes]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_has_all_the_forms_of_its_language(language):
    plural = [m for m in read(language) if isinstance(m.id, tuple)]
    assert plural
    assert all(len(m.string) == _FORMS and all(m.string) for m in plural)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_button_says_ok_or_oops(language):
    never = {"ок", "ok", "ой", "ви впевнені?", "вы уверены?"}
    assert not [m.string for m in read(language) if str(m.string).strip().lower() in never]


def test_a_text_without_translation_would_be_found(marked):
    catalogue = Catalog(locale="uk")
    catalogue.add("A text nobody translated", "")
    assert missing(catalogue) == ["A text nobody translated"]
