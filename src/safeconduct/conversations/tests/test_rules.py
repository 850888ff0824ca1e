import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.conversations.reading import reader
from safeconduct.conversations.rules import Tier, withdraws
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.pledges.folding import words_of
from safeconduct.programme import load, profile

STOPS = load.current().stop_words
PROFILES = [profile.read(tomllib.loads(path.read_text())) for path in load.SHIPPED.glob("*.toml")]
MORE = ("они рядом", "вони тут", "they are here", "إنهم قادمون", "не могу", "بسرعة")


WITHDRAWALS = [(text, profile.withdrawals) for profile in PROFILES for text in profile.withdrawals]
BETWEEN = (" ", ", ", "… ", " - ", "\n", "! ", " 👍 ")
# What people say anyway. None of it may hold back an answer that he waits for.
TALK = (
    *(
        "Всё хорошо",
        "Все добре",
        "All is well",
        "Спасибо, больше ничего",
        "Я передумал",
        "Не пишите",
    ),
    *("Больше ничего не нужно?", "Всё хорошо, больше ничего не знаю", "Всё плохо, ничего не нужно"),
    *("Всё хорошо, больше ничего не нужно, кроме еды", "Нам больше ничего не нужно, всё хорошо"),
    *("Все добре, більше нічого не треба боятися?", "I need nothing more", "Is all well?", "", "0"),
    *(
        "All is well, I need nothing more than water",
        "Tout va bien ?",
        "Kila kitu kiko sawa",
        "стоп",
    ),
)


def read(text):
    return reader.triage(text, known=True, context="", profile=load.current(), sent_at=NOON)


@given(st.sampled_from([w for w in STOPS if len(w) > 1]), st.sampled_from(MORE), st.booleans())
def test_a_stop_word_with_more_behind_it_is_read_at_once_in_every_alphabet(word, more, first):
    found = read(f"{word.upper()}, {more}" if first else f"{more}. {word}!")
    assert found.tier is Tier.NOW
    assert "stop_and_more" in {signal.reason for signal in found.signals}


@given(st.sampled_from(STOPS))
def test_a_bare_stop_word_is_no_alarm_in_any_alphabet(word):
    assert not read(f"{word}!").signals


@given(st.sampled_from(WITHDRAWALS), st.data())
def test_a_withdrawal_is_heard_in_any_case_and_whatever_stands_between_its_words(told, data):
    text, phrases = told
    words = [word.shown for word in words_of(text)]
    case = st.sampled_from([str.lower, str.upper, str.title])
    said = data.draw(st.sampled_from(BETWEEN)).join(data.draw(case)(word) for word in words)
    assert withdraws(said + data.draw(st.sampled_from(["", ".", " !", "…"])), phrases)


@given(st.sampled_from(WITHDRAWALS), st.data())
def test_a_word_more_fewer_or_moved_is_a_person_talking(told, data):
    text, phrases = told
    words = [word.shown for word in words_of(text)]
    at = data.draw(st.integers(0, len(words) - 1))
    more = data.draw(st.sampled_from(["кордон", "завтра", "хлеб", "tomorrow", "pourquoi", "12"]))
    for other in (
        [*words[:at], more, *words[at:]],
        [*words, more],
        [*words[:at], more, *words[at + 1 :]],
        words[::-1],
    ):
        assert not withdraws(" ".join(other), phrases)


@pytest.mark.parametrize("text", TALK)
def test_what_people_say_anyway_is_no_withdrawal(text):
    assert not any(withdraws(text, each.withdrawals) for each in PROFILES)


@pytest.mark.parametrize(
    "text",
    [
        *("vse horosho, bolshe nichego ne nuzhno", "Vsyo khorosho. Bolshe nichego ne nado"),
        *("Bcё xopoшo, больше ничeгo не нужно", "vse dobre, bilshe nichogo ne treba"),
    ],
)
def test_a_withdrawal_is_heard_in_latin_letters_too(text):
    assert withdraws(text, load.current().withdrawals)
