import pytest

from safeconduct.smpp.codec import Address, Message, Tag
from safeconduct.smpp.receipts import Report, canonical, is_receipt, read, write

HERE, THERE = Address("100"), Address("380501112233")


@pytest.mark.parametrize("stat", ["DELIVRD", "EXPIRED", "UNDELIV", "REJECTD", "UNKNOWN"])
@pytest.mark.parametrize("tlvs", [True, False])
def test_a_receipt_reads_back_in_either_form(stat, tlvs):
    message = write("7f-3", stat, source=THERE, destination=HERE, at="3105041200", tlvs=tlvs)
    assert is_receipt(message)
    assert read(message) == Report("7f-3", stat, "000")


def test_tlvs_win_over_text_and_the_difference_is_told():
    message = write("right", "DELIVRD", source=THERE, destination=HERE, at="3105041200")
    text = message.short.replace(b"id:right", b"id:wrong").replace(b"stat:DELIVRD", b"stat:EXPIRED")
    spoiled = Message(THERE, HERE, text, esm_class=4, tlvs=message.tlvs)
    assert read(spoiled) == Report("right", "DELIVRD", "000", forms_differ=True)


def test_a_text_that_looks_like_a_receipt_is_a_text():
    assert not is_receipt(Message(THERE, HERE, b"id:1 stat:DELIVRD"))
    assert is_receipt(Message(THERE, HERE, b"", esm_class=0x20))


def test_a_receipt_about_nothing_is_none_and_strange_states_do_not_break():
    assert read(Message(THERE, HERE, b"\xff\xfe hello", esm_class=4)) is None
    odd = Message(
        THERE, HERE, b"ID:9 stat:delivrd", esm_class=4, tlvs=((int(Tag.MESSAGE_STATE), b"\x63"),)
    )
    assert read(odd) == Report("9", "UNKNOWN", "", forms_differ=True)


@pytest.mark.parametrize(
    ("answered", "answer_base", "receipted", "receipt_base"),
    [
        ("0000002A", "hex", "42", "decimal"),
        ("2a", "hex", "0000000042", "decimal"),
        ("42", "decimal", "42", "text"),
        ("abc-7", "text", "abc-7", "text"),
        ("not-hex", "hex", "not-hex", "decimal"),
    ],
)
def test_an_id_in_two_bases_is_one_id(answered, answer_base, receipted, receipt_base):
    ours = canonical(answered, base=answer_base)
    assert ours == canonical(receipted, base=receipt_base)
    assert answer_base == "text" or ours in {"42", answered}


def test_the_wrong_base_gives_another_id_and_so_an_orphan():
    assert canonical("2a", base="hex") != canonical("2a", base="text")
    assert canonical("f" * 9000, base="hex") == "f" * 9000  # longer than any number is read
