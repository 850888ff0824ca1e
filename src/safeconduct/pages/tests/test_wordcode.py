"""Six words: enough of them, alike in both alphabets, and everything hangs on them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct import sealing
from safeconduct.envelope import is_page_handle
from safeconduct.pages import wordcode

CODES = st.lists(st.sampled_from(wordcode.WORDS), min_size=6, max_size=6).map(" ".join)
SALT, OTHER = b"s" * 32, b"o" * 32


def test_six_words_are_at_least_77_bits():
    assert len(set(wordcode.WORDS)) == len(wordcode.WORDS)
    assert wordcode.WORDS_IN_CODE * math.log2(len(wordcode.WORDS)) >= 77


def test_fresh_codes_differ_and_are_read_back():
    codes = {wordcode.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert all(wordcode.read(code) == code for code in codes)


@given(CODES, st.sampled_from(["ru", "uk", "en", "fr", "sw"]))
def test_a_code_is_read_as_it_was_shown_whatever_case_and_marks_stand_between(code, language):
    shown = wordcode.shown(code, language)
    assert wordcode.read(shown) == code
    assert wordcode.read(f"  {shown.upper().replace(' ', ', ')}. ") == code


def test_russian_and_ukrainian_readers_see_letters_of_theirs():
    assert wordcode.shown("bado kurin", "uk") == "бадо курин"
    assert wordcode.read("бадо курін mosal фефек bado бадо") == "bado kurin mosal fefek bado bado"


@pytest.mark.parametrize("typed", ["", "шесть слов", "bado " * 5, "bado " * 7, "hello " * 6])
def test_what_is_no_code_is_none(typed):
    assert wordcode.read(typed) == ""


@given(st.text())
def test_anything_typed_is_read_without_fault(typed):
    assert wordcode.read(typed) in {"", wordcode.read(wordcode.read(typed))}


def test_handle_and_key_hang_on_the_code_and_on_the_gateways_own_salt():
    code = wordcode.new_code()
    one, same = wordcode.owner_of(code, salt=SALT), wordcode.owner_of(code, salt=SALT)
    other, elsewhere = wordcode.owner_of(code + "k", salt=SALT), wordcode.owner_of(code, salt=OTHER)
    assert one == same
    assert len({one.handle, other.handle, elsewhere.handle}) == 3
    assert len({one.private, other.private, elsewhere.private}) == 3
    assert is_page_handle(one.handle)
    assert one.index == wordcode.index_of(one.handle, salt=SALT)
    sealed = sealing.hpke_seal(sealing.box_public(one.private), b"answer", info=b"x")
    assert sealing.hpke_open(same.private, sealed, info=b"x") == b"answer"
    with pytest.raises(sealing.Tampered):
        sealing.hpke_open(other.private, sealed, info=b"x")


@pytest.mark.parametrize("sender", ["+380501112233", "web:1234567890", "web:" + "A" * 52, "7007"])
def test_no_number_and_no_name_a_carrier_can_bring_is_a_handle_of_the_page(sender):
    assert not is_page_handle(sender)
