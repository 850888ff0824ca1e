"""The sets themselves: whole, without doubles, split as their heads say."""

import hashlib
import json
import unicodedata
from collections import Counter

from safeconduct.conversations.tests.sets import CLASSES, TIERS, rows, split

# What was held back at first, as it stood before any tuning. Rows that others add have `by`.
AS_FIRST_WRITTEN = "d0cd9475fa113afd"
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


def test_what_is_held_back_stands_as_it_was_first_written():
    first = [row for row in rows("inbound") if row["set"] == "test" and "by" not in row]
    written = json.dumps(first, sort_keys=True, ensure_ascii=True)
    assert hashlib.sha256(written.encode()).hexdigest()[:16] == AS_FIRST_WRITTEN


def test_there_are_two_hundred_pairs_and_each_has_a_name_and_two_labels():
    pairs = rows("confusable")
    assert len(pairs) >= 200
    assert len({pair["name"] for pair in pairs}) == len(pairs)
    for pair in pairs:
        assert pair["language"] in SCRIPTS, pair
        assert len({"optout", "duress", "neither"} & set(pair)) == 2, pair
        assert "optout" in pair, pair
    assert sum("duress" in pair for pair in pairs) >= 80
    assert sum("neither" in pair for pair in pairs) >= 80


def test_no_text_of_the_pairs_stands_twice():
    texts = Counter(
        pair[label]
        for pair in rows("confusable")
        for label in ("optout", "duress", "neither")
        if label in pair
    )
    assert not [text for text, times in texts.items() if times > 1]


def test_pairs_and_incoming_texts_do_not_contradict_each_other():
    said = {row["text"]: row["classes"] for row in rows("inbound") if "before" not in row}
    for pair in rows("confusable"):
        assert "optout" in said.get(pair["optout"], ["optout"]), pair
        assert "duress" in said.get(pair.get("duress"), ["duress"]), pair
        assert not {"optout", "duress"} & set(said.get(pair.get("neither"), [])), pair
