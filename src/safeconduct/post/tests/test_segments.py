import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.post.segments import cost_of, size_of
from safeconduct.smpp import segments


@pytest.mark.parametrize(
    ("text", "parts", "room"),
    [
        ("a" * 160, 1, 160),
        ("a" * 161, 2, 306),
        ("а" * 70, 1, 70),
        ("а" * 71, 2, 134),
        ("€" * 80, 1, 160),
    ],
)
def test_a_text_takes_as_many_messages_as_the_specification_says(text, parts, room):
    size = size_of(text)
    assert (size.parts, size.room) == (parts, room)


def test_one_odd_letter_is_named():
    assert size_of("a" * 80 + "ç").odd == "ç"
    assert size_of("abc").odd == ""


@given(st.text(alphabet="ab€^ыЯ😀", max_size=400))
def test_the_composer_counts_as_the_gateway_cuts(text):
    made = segments.cut(text)
    assert size_of(text).parts == len(made.parts)


def test_a_text_costs_what_each_of_its_parts_does_to_the_cent():
    assert cost_of(3, "0.045 EUR") == "0.135 EUR"
    assert cost_of(1, "") == ""
