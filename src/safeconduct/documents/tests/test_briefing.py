"""The unit's page and the cards: one page, the same twice, no place on it, and nobody left out by a word."""

import re
from dataclasses import replace
from itertools import product

import pytest
import typst

from safeconduct.documents import briefing, typeset
from safeconduct.documents.briefing import Told, cards, drawing, spoken_in
from safeconduct.documents.tests.test_sheets import DAY
from safeconduct.documents.unit_words import CARDS, LINES, SPEAKS

TOLD = Told(
    "CASE-1",
    {"ru": "белая ткань в правой руке", "uk": "біла тканина в правій руці"},
    "как звали собаку",
    "Мухтар",
    4,
    ("Commander 2",),
    "ab12 cd34",
)
LONG = replace(TOLD, question="как звали собаку " * 17, answer="Мухтар " * 40)


@pytest.mark.parametrize("language", SPEAKS)
def test_the_units_page_is_the_same_bytes_twice(language):
    once, again = (briefing.briefing(TOLD, language=language, on=DAY) for _ in range(2))
    assert once.startswith(b"%PDF")
    assert once == again


def test_it_is_one_page_however_much_was_written(monkeypatch):
    made, compiled = [], typst.compile

    def counted(*given, **more):
        pages = compiled(*given, **more)
        made.append(len(pages) if isinstance(pages, list) else 1)
        return pages

    monkeypatch.setattr(typeset.typst, "compile", counted)
    for language, told in product(SPEAKS, (TOLD, LONG)):
        briefing.briefing(told, language=language, on=DAY, form="png")
    cards(language="en", on=DAY, form="png")
    assert made == [1] * 6 + [2]


def test_every_word_of_it_is_there_in_every_language_and_another_language_reads_english():
    for words in (*LINES.values(), *CARDS.values()):
        assert len(words) == len(SPEAKS)
        assert len({*words, ""}) > 1
    assert (spoken_in("uk"), spoken_in("fr")) == ("uk", "en")


def test_a_pictogram_is_a_drawing_of_our_own_in_the_colour_of_the_text_without_a_word_or_a_cross():
    for name in briefing.ON_CARDS:
        drawn = drawing(name)
        assert "currentColor" in drawn
        assert not re.search(r"<text|<image|href|script|#[0-9a-f]{3}", drawn), name
