"""What a list and a campaign's text may be, and what is refused beside it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.outreach import rules
from safeconduct.outreach.rules import State, Statement

TODAY = date(2026, 3, 1)
STATED = Statement(
    "Ministry of Example", "Article 12 of the Example Act", "a" * 64, date(2026, 6, 1)
)
ZONES = {"Europe/Kyiv", "Europe/Moscow"}


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
    whole = {("ru", "Europe/Moscow"): many}
    assert rules.may_import(whole) is None
    for lacking, variants in (
        ({**whole, ("uk", "Europe/Moscow"): few}, {}),
        (whole, {"ru": 2}),  # by lot each text goes to half of them
    ):
        refusal = rules.may_import(lacking, variants=variants)
        assert refusal is not None
        assert refusal.code == "list.segment"
    assert rules.may_import({("ru", "Europe/Moscow"): 200}, variants={"ru": 2}) is None


def test_an_empty_list_one_too_long_an_unknown_language_and_an_unknown_zone_are_refused():
    assert rules.may_import({}) is not None
    long = rules.may_import({("ru", "UTC"): 600_000, ("uk", "UTC"): 400_001})
    assert long is not None
    assert long.code == "list.size"
    known = {"languages": {"ru"}, "zones": ZONES}
    assert rules.may_take_segment("ru", "Europe/Kyiv", **known) is None
    strange = rules.may_take_segment("xx", "Europe/Kyiv", **known)
    assert strange is not None
    assert strange.code == "list.language"
    nowhere = rules.may_take_segment("ru", "Mars/Base", **known)
    assert nowhere is not None
    assert nowhere.code == "list.zone"


def test_every_text_says_in_every_language_how_to_stop():
    texts = {"ru": ["Сдаться можно живым. Стоп: 0"], "uk": ["Здатися можна живим. Стоп: 0"]}
    assert rules.may_write(texts, languages=["ru", "uk"], stop="0") is None
    two = {"ru": [*texts["ru"], "Плен по закону. Стоп: 0"]}
    assert rules.may_write(two, languages=["ru"], stop="0") is None
    for changed, code in (
        ({"ru": texts["ru"]}, "text.language"),
        ({**texts, "uk": [""]}, "text.language"),
        ({**texts, "uk": ["Здатися можна живим."]}, "text.stop"),
        ({**texts, "ru": [*texts["ru"], "Плен по закону."]}, "text.stop"),
        ({**texts, "ru": texts["ru"] * 2}, "text.alike"),
    ):
        refusal = rules.may_write(changed, languages=["ru", "uk"], stop="0")
        assert refusal is not None
        assert refusal.code == code


def test_an_hours_limit_leaves_room_for_a_second():
    assert rules.may_leave_at(10, 0) is None
    assert rules.may_leave_at(10, 10) is None
    refusal = rules.may_leave_at(10, 9)
    assert refusal is not None
    assert refusal.code == "rate.hour"


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("to", list(State))
def test_a_campaign_changes_only_along_its_way(state, to):
    assert (rules.may_go(state, to) is None) == (to in rules.NEXT[state])
