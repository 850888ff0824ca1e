"""What a list and a campaign's text may be, and what is refused beside it."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.outreach import rules
from safeconduct.outreach.rules import Line, State, Statement

TODAY = date(2026, 3, 1)
STATED = Statement(
    "Ministry of Example", "Article 12 of the Example Act", "a" * 64, date(2026, 6, 1)
)
ZONES = {"Europe/Kyiv", "Europe/Moscow"}


def lines(count: int, language: str = "ru", zone: str = "Europe/Moscow") -> list[Line]:
    return [Line(f"+3806700{n:05d}", language, zone) for n in range(count)]


def test_a_whole_statement_is_taken():
    assert rules.may_state(STATED, today=TODAY) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"holder": " "}, "list.statement"),
        ({"basis": ""}, "list.statement"),
        ({"document_sha256": "not a hash"}, "list.document"),
        ({"term_ends": TODAY}, "list.term"),
        ({"term_ends": date(2030, 1, 1)}, "list.term"),
    ],
)
def test_a_statement_with_a_gap_is_refused(changed, code):
    told = {name: getattr(STATED, name) for name in Statement.__slots__} | changed
    refusal = rules.may_state(Statement(**told), today=TODAY)
    assert refusal is not None
    assert refusal.code == code


@pytest.mark.parametrize("extra", ["name", "unit", "place", "last_seen", "imsi"])
def test_a_list_with_anything_beside_number_language_and_zone_is_refused(extra):
    assert rules.may_take_columns(rules.COLUMNS) is None
    refusal = rules.may_take_columns([*rules.COLUMNS, extra])
    assert refusal is not None
    assert extra in refusal.why
    assert rules.may_take_columns(["number", "language"]) is not None


@given(st.integers(1, 99), st.integers(100, 150))
def test_a_segment_in_which_one_could_be_picked_out_is_refused(few, many):
    whole = lines(many)
    assert rules.may_import(whole, languages={"ru", "uk"}, zones=ZONES) is None
    refusal = rules.may_import([*whole, *lines(few, "uk")], languages={"ru", "uk"}, zones=ZONES)
    assert refusal is not None
    assert refusal.code == "list.segment"


def test_an_empty_list_an_unknown_language_and_an_unknown_zone_are_refused():
    assert rules.may_import([], languages={"ru"}, zones=ZONES) is not None
    strange = rules.may_import(lines(100, "xx"), languages={"ru"}, zones=ZONES)
    assert strange is not None
    assert strange.code == "list.language"
    nowhere = rules.may_import(lines(100, zone="Mars/Base"), languages={"ru"}, zones=ZONES)
    assert nowhere is not None
    assert nowhere.code == "list.zone"


def test_a_text_says_in_every_language_how_to_stop():
    texts = {"ru": "Сдаться можно живым. Стоп: 0", "uk": "Здатися можна живим. Стоп: 0"}
    assert rules.may_write(texts, languages=["ru", "uk"], stop="0") is None
    missing = rules.may_write(texts, languages=["ru", "en"], stop="0")
    assert missing is not None
    assert missing.code == "text.language"
    mute = rules.may_write(texts | {"uk": "Здатися можна живим."}, languages=["uk"], stop="0")
    assert mute is not None
    assert mute.code == "text.stop"


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("to", list(State))
def test_a_campaign_changes_only_along_its_way(state, to):
    assert (rules.may_go(state, to) is None) == (to in rules.NEXT[state])


def test_nobody_is_reached_at_night():
    assert rules.open_now(datetime(2026, 3, 1, 8, 0, tzinfo=UTC))
    assert not rules.open_now(datetime(2026, 3, 1, 21, 0, tzinfo=UTC))
    assert not rules.open_now(datetime(2026, 3, 1, 3, 0, tzinfo=UTC))
