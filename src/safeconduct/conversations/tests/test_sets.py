"""The sets themselves: whole, without doubles, split as their heads say."""

import unicodedata
from collections import Counter

from safeconduct.conversations.tests.sets import CLASSES, TIERS, rows, split

SCRIPTS = {"ru", "uk", "en", "ru-latn", "uk-latn", "mixed"}


def count(of):
    return Counter(kind for row in rows("inbound") for kind in of(row))


def alphabets(text):
    return {unicodedata.name(sign).split()[0] for sign in text if sign.isalpha()}


def test_there_are_enough_incoming_texts_in_each_language_and_of_each_class():
    assert len(rows("inbound")) >= 640
    spoken = count(lambda row: [row["language"]])
    assert set(spoken) == SCRIPTS
    assert min(spoken.values()) >= 40
    met = count(lambda row: row["classes"])
    assert set(met) == CLASSES
    assert min(met[kind] for kind in ("ready", "wounded", "duress", "relative")) >= 90


def test_what_a_figure_is_printed_for_is_met_in_each_language_of_what_is_held_back():
    met = Counter(
        (row["language"], kind)
        for row in rows("inbound")
        if row["set"] == "test"
        for kind in row["classes"]
    )
    urgent = ("ready", "wounded", "duress")
    assert not [(said, kind) for said in SCRIPTS for kind in urgent if not met[said, kind]]


def test_no_incoming_text_stands_twice():
    said = Counter((row.get("before"), row["text"]) for row in rows("inbound"))
    assert not [text for text, times in said.items() if times > 1]


def test_what_may_be_tuned_on_was_fixed_by_the_text_alone():
    for row in rows("inbound"):
        assert row["set"] == split(row["text"]), row
    assert 0.45 < sum(row["set"] == "test" for row in rows("inbound")) / len(rows("inbound")) < 0.55


def test_each_incoming_text_is_labelled_with_words_that_are_known():
    for row in rows("inbound"):
        assert row["tier"] in TIERS, row
        assert row["classes"], row
        assert set(row["classes"]) <= CLASSES, row
        assert ("duress" in row["classes"]) or not row.get("planned"), row
        assert (row.get("how") == "split") == ("before" in row), row
        if row.get("how") == "lookalike":
            assert "LATIN" in alphabets(row["text"]), row
            assert row["language"] == "en" or len(alphabets(row["text"])) == 2, row
