"""The card and the receipt as bytes."""

from datetime import UTC, datetime

from safeconduct.documents import card

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HIM = {"power": "РФ", "name": "Иванов", "first_names": "Иван", "health": "good"}
THREE = ("ru", "uk", "en")


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


def test_a_receipt_is_made_also_when_nothing_was_taken():
    assert card.receipt_pdf([], taker="Reception 1", languages=THREE, on=DAY).startswith(b"%PDF")
