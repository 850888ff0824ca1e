"""The card and the receipt as bytes."""

import json
from datetime import UTC, datetime

import pytest

from safeconduct.documents import card, typeset

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HIM = {"power": "РФ", "name": "Иванов", "first_names": "Иван", "health": "good"}
THREE = ("ru", "uk", "en")
LINES = (
    *("power", "name", "first_names", "father", "birth_date", "birthplace", "rank"),
    *("service_number", "kin_address", "taken_on", "prisoner_number", "camp"),
)


@pytest.fixture
def told(monkeypatch):
    """Return what was handed to a layout, and how many pages came of it."""
    seen, compiled = [], typeset.typst.compile

    def counted(*given, **more):
        pages = compiled(*given, **more)
        data = json.loads(more["sys_inputs"]["data"])
        seen.append((data, len(pages) if isinstance(pages, list) else 1))
        return pages

    monkeypatch.setattr(typeset.typst, "compile", counted)
    return seen


def test_the_same_card_twice_is_the_same_bytes_and_another_is_not():
    first = card.card_pdf(HIM, languages=THREE, on=DAY)
    assert first.startswith(b"%PDF")
    assert card.card_pdf(HIM, languages=THREE, on=DAY) == first
    assert card.card_pdf({**HIM, "name": "Петров"}, languages=THREE, on=DAY) != first


def test_the_card_measures_15_by_10_5_centimetres():
    raw = card.card_pdf(HIM, languages=THREE, on=DAY)
    assert b"/MediaBox[0 0 425.1" in raw.replace(b" [", b"[")


def test_his_language_stands_first_and_two_more_follow():
    assert card.three(["ru", "uk", "en"], his="uk") == ["uk", "ru", "en"]
    assert card.three(["fr", "sw"], his="sw") == ["sw", "fr", "en"]
    assert len(card.three(["ru"], his="xx")) == 3


@pytest.mark.parametrize("letters", [5, 60, 300])
def test_the_card_is_one_side_with_its_signature_however_long_his_answers_are(told, letters):
    said = dict.fromkeys(LINES, ("Старый Оскол " * 30)[:letters])
    card.card_pdf({**said, "health": "sick"}, languages=THREE, on=DAY, form="png")
    assert [pages for _data, pages in told] == [1]


def test_what_he_refused_or_does_not_know_is_told_in_his_languages(told):
    said = {**HIM, "rank": "refused", "father": "unknown", "camp": "refused"}
    card.card_pdf({**said, "prisoner_number": "refused"}, languages=("sw", "fr"), on=DAY)
    lines = {row["number"]: row["value"] for row in told[0][0]["rows"]}
    assert lines[4] == "haijulikani / inconnu"
    assert lines[7] == lines[12] == "amekataa, ni haki yake / refusé, c’est son droit"


def test_a_receipt_is_made_also_when_nothing_was_taken():
    receipt = card.receipt_pdf([], case="C-1", taker="Reception 1", languages=THREE, on=DAY)
    assert receipt.startswith(b"%PDF")


def test_a_receipt_of_two_pages_says_on_each_whose_it_is_and_who_signs_by_name_rank_and_unit(told):
    things = [("", "3500 RUB"), *[(f"thing {n}", "") for n in range(60)]]
    who = {"case": "C-1", "taker": "Reception 1", "languages": THREE, "on": DAY}
    card.receipt_pdf(things, **who, form="png")
    ((data, pages),) = told
    assert pages > 1
    assert data["foot"].startswith("C-1")
    assert data["rows"][0]["what"] == "Деньги / Гроші / Money"
    assert "name, rank, unit" in data["by_hand"]
