"""What crosses machines comes back as it went, and nothing else passes for it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.envelope import InboundText, Position, Receipt, SendResult, canonical, kind_of

AT = datetime(2026, 3, 1, 18, 0, 5, 250_000, tzinfo=UTC)


@given(st.text(), st.binary(), st.booleans())
def test_a_text_comes_back_as_it_went(text, raw, again):
    sent = InboundText("smpp", 7, AT, "+380670000001", "7007", text, 3, 1, 2, raw, again)
    assert InboundText.from_bytes(sent.to_bytes()) == sent
    assert kind_of(sent.to_bytes()) == "InboundText"


def test_a_fix_comes_back_with_its_health():
    fix = Position(
        "mavlink",
        1,
        "vehicle",
        "own",
        AT,
        AT,
        504501000,
        305234000,
        180000,
        8000,
        9000,
        {"satellites": 9},
    )
    assert Position.from_bytes(fix.to_bytes()) == fix


def test_one_kind_is_never_read_as_another():
    receipt = Receipt("smpp", 1, "77", "+380670000001", "DELIVRD", AT)
    with pytest.raises(ValueError, match="SendResult"):
        SendResult.from_bytes(receipt.to_bytes())


def test_canonical_bytes_do_not_depend_on_the_order_of_keys():
    assert canonical({"b": 1, "a": [1, {"d": 2, "c": 3}]}) == canonical(
        {"a": [1, {"c": 3, "d": 2}], "b": 1}
    )


@pytest.mark.parametrize("content", [1.5, {"a": 0.1}, [{"a": [2.0]}]])
def test_a_float_has_no_canonical_form(content):
    with pytest.raises(TypeError, match="integers only"):
        canonical(content)
