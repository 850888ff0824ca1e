"""The page itself: small, whole in each language, and nothing he or anybody wrote breaks out of it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.pages import contact
from safeconduct.pages.serving import SIZE, padded

LANGUAGES = list(contact.words())
ADDRESS = re.compile(r"(?:href|src|action)=\"(?!\?|data:,)")


def page(language="ru"):
    return contact.Page(language, LANGUAGES, "f" * 32)


def test_five_languages_say_the_same_things():
    assert len(LANGUAGES) == 5
    keys = {language: set(words) for language, words in contact.words().items()}
    assert all(each == keys["en"] for each in keys.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_fits_one_size_of_answer_and_leads_nowhere_else(language):
    longest = "ф" * 5 + " "
    pieces = [("29.11 06:12 UTC", text) for text in contact.pieces_of("ж" * 5000)]
    for raw in (
        page(language).start(),
        page(language).code(longest * 6),
        page(language).answers(pieces, at=0, session="s" * 32),
        page(language).answers([], at=0, session="s" * 32),
        page(language).told("busy", then="again"),
    ):
        assert len(raw) <= SIZE < 14 * 1024
        assert len(padded(raw)) == SIZE
        assert not ADDRESS.search(raw.decode())
        assert b"<script" not in raw
    assert padded(b"") == b" " * SIZE


@given(st.lists(st.text(min_size=1, max_size=3000), max_size=5))
def test_whatever_was_answered_is_all_shown_and_stays_text(texts):
    pieces = [("now", piece) for text in texts for piece in contact.pieces_of(text)]
    at, shown = 0, 0
    while True:
        raw = page().answers(pieces, at=at, session="s" * 32)
        assert len(raw) <= SIZE
        told = raw.decode(errors="strict")
        assert set(re.findall(r"<(\w+)", told.partition("<main>")[2])) <= {
            *("h1", "p", "form", "input", "button", "label", "textarea", "blockquote", "time"),
        }
        shown += told.count("<blockquote>")
        more = re.search(r'name="at" value="(\d+)"', told)
        if more is None:
            break
        assert int(more[1]) > at
        at = int(more[1])
    assert shown == len(pieces)
    assert "".join(text for _, text in pieces) == "".join(texts)
