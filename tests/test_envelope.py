"""What crosses machines comes back as it went, and nothing else passes for it."""

import json
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.envelope import (
    KINDS,
    Carried,
    IdentityChanged,
    InboundText,
    Newer,
    Position,
    Receipt,
    SendResult,
    canonical,
    insist_known,
    kind_of,
)

AT = datetime(2026, 3, 1, 18, 0, 5, 250_000, tzinfo=UTC)


@given(st.text(), st.binary(), st.booleans())
def test_a_text_comes_back_as_it_went(text, raw, again):
    sent = InboundText("smpp", 7, AT, "+380670000001", "7007", text, 3, 1, 2, raw, again)
    assert InboundText.from_bytes(sent.to_bytes()) == sent
    assert kind_of(sent.to_bytes()) == "InboundText"


@given(st.text(), st.lists(st.text()), st.integers(), st.binary(), st.booleans())
def test_a_thing_is_written_as_canonical_content_is(text, ids, number, raw, again):
    result = SendResult(text, text, "SENT", ids, number, AT)
    plain = {"is": "SendResult", "attempt": text, "route": text, "outcome": "SENT"}
    told = {**plain, "carrier_ids": ids, "status": number, "at": AT.isoformat()}
    assert result.to_bytes() == canonical(told)
    sent = InboundText(text, number, AT, text, text, text, 1, 1, 1, raw, again)
    told = json.loads(sent.to_bytes())
    assert sent.to_bytes() == canonical(told)
    assert (told["maybe_again"], told["arrival"]) == (again, number)


@given(st.text())
def test_a_change_of_identity_comes_back_as_it_went_and_has_no_content(handle):
    told = IdentityChanged("signal", handle, AT)
    assert IdentityChanged.from_bytes(told.to_bytes()) == told
    assert set(IdentityChanged.__slots__) == {"route", "handle", "at"}


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


# What release 0.1 reads. A field that comes later has a default: else it reads none of the release before.
AT_FIRST = {
    "InboundText": "route arrival arrived_at sender recipient text reference part parts raw maybe_again",
    "OutboundText": "attempt route sender recipient text not_after",
    "SendResult": "attempt route outcome carrier_ids status at",
    "Receipt": "route arrival carrier_id recipient stat at",
    "Position": "route arrival subject source fixed_at received_at lat_e7 lon_e7 alt_mm speed_mm_s "
    "heading_cdeg health",
    "Marker": "marker shape ring_e7 radius_m valid_from valid_until ended",
    "Page": "attempt route recipient text",
}


@pytest.mark.parametrize("name", KINDS)
def test_a_field_that_came_after_the_first_release_has_a_default_and_none_went(name):
    known = AT_FIRST.get(name, "").split()
    there = {each.name: each.default for each in fields(KINDS[name])}
    assert set(known) <= set(there)
    assert all(there[late] is not MISSING for late in set(there) - set(known)) or not known


@dataclass(frozen=True, slots=True)
class Later(Carried):
    route: str
    mood: str = ""


def test_a_field_at_its_default_is_not_written_and_is_there_again_when_it_is_read():
    assert Later("smpp").to_bytes() == b'{"is":"Later","route":"smpp"}'
    assert Later.from_bytes(b'{"is":"Later","route":"smpp"}') == Later("smpp")
    said = Later("smpp", "afraid")
    assert Later.from_bytes(said.to_bytes()) == said


def test_what_only_a_newer_release_knows_is_told_from_what_nobody_wrote():
    known = Receipt("smpp", 1, "77", "+380670000001", "DELIVRD", AT).to_bytes()
    insist_known(known)
    for newer in (b'{"is":"Later","route":"smpp"}', known.replace(b"{", b'{"a":1,', 1)):
        with pytest.raises(Newer, match="bring this side up"):
            insist_known(newer)
    with pytest.raises(Newer):
        Receipt.from_bytes(known.replace(b"{", b'{"a":1,', 1))
    for nobodys in (b"", b"\xff", b"[]", b"{}", b'{"is":7}', b'{"is":""}', b"[" * 100_000):
        insist_known(nobodys)
    with pytest.raises(ValueError, match="other fields"):
        Receipt.from_bytes(known.replace(b'"arrival":1,', b""))
