"""The sheets that follow him: the same twice, in his language first, and naming him only where law asks."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.documents import sheets
from safeconduct.documents.card import three
from safeconduct.documents.words import LANGUAGES, WORDS, each, label, value

DAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
THREE = ("ru", "uk", "en")
HIM = {
    "names": "Иванов Иван",
    "rank": "refused",
    "birth_date": "1998-07-03",
    "kin_address": "Курск",
}


def made():
    """Return one of each sheet."""
    promise = ["a house", "O-1 v2", "2026-01-01", "", "DUE", ""]
    return {
        "equipment": sheets.equipment("CASE-1", [{"what": "BMP-2", "serial": "A1"}]),
        "medical": sheets.medical("CASE-1", {"injuries": "none", "fit": "yes", "names": "Иванов"}),
        "notice": sheets.notice("CASE-1", {**HIM, "kind": "bureau_notice"}),
        "transfer": sheets.transfer("CASE-1", HIM, why="move", at=DAY),
        "release": sheets.release("CASE-1", HIM, {"choice": "stay", "papers": "pass"}),
        "statement": sheets.statement("CASE-1", [promise]),
        "evacuees": sheets.evacuees([{"case": "CASE-1", **HIM}, {"case": "CASE-2"}]),
        "death": sheets.death("CASE-1", HIM, {"died_at": "2026-03-01", "cause": "unknown"}),
        "inspection": sheets.inspection("CASE-1", [["telephone", "met", "2026-03-01", "K 1"]]),
    }


NAMES = tuple(made())


def keys_of(sheet):
    return [key for key, _text in sheet.rows]


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_is_one_pdf_and_the_same_twice_whatever_the_hour(name):
    once, again = (
        sheets.printed(made()[name], case="CASE-1", languages=THREE, on=DAY) for _ in range(2)
    )
    assert once.startswith(b"%PDF")
    assert once == again


def test_another_word_is_another_sheet():
    other = sheets.medical("CASE-1", {"injuries": "left hand"})
    assert sheets.printed(other, case="CASE-1", languages=THREE, on=DAY) != sheets.printed(
        made()["medical"], case="CASE-1", languages=THREE, on=DAY
    )


def test_only_what_law_asks_to_name_him_names_him():
    every = made()
    for name in ("notice", "transfer", "release"):
        assert {"names", "birth_date"} <= set(keys_of(every[name])), name
    for name in ("equipment", "medical", "statement", "inspection"):
        assert not set(keys_of(every[name])) & set(sheets.NAMED), name


def test_no_sheet_says_how_he_was_taken_nor_what_was_not_asked():
    told = {**HIM, "kind": "bureau_notice", "how": "surrendered", "circumstances": "by drone"}
    assert not {"how", "circumstances", "state"} & set(keys_of(sheets.notice("CASE-1", told)))


def test_what_he_refused_stands_there_as_his_right_and_what_he_did_not_say_does_not_stand_there():
    assert "право" in value("rank", "refused", THREE)
    assert "birthplace" not in keys_of(made()["notice"])


def test_a_code_is_told_in_his_languages_and_what_somebody_wrote_stays():
    assert value("why", "move", ("en", "fr")) == "moved / transféré"
    assert value("injuries", "moved by hand", ("en", "fr")) == "moved by hand"
    assert each("camp", ("en", "fr")) == ["Camp"]


def test_every_word_stands_in_every_language():
    for key, said in WORDS.items():
        assert set(said) == set(LANGUAGES), key
        assert all(said.values()), key
    assert label("notice", three(["fr", "sw"], his="sw")).startswith("Taarifa")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60))
def test_whatever_he_is_called_is_printed_as_it_was_said(name):
    assert value("names", name, THREE) == name or name in WORDS


def test_signs_of_the_layouts_own_language_are_printed_and_not_obeyed():
    told = {**HIM, "names": "#pagebreak() $x$ *bold* @ref \\"}
    sheet = sheets.notice("CASE-1", {**told, "kind": "bureau_notice"})
    raw = sheets.printed(sheet, case="CASE-1", languages=THREE, on=DAY)
    assert raw.count(b"/Type/Page\n") <= 1
    assert raw.startswith(b"%PDF")
