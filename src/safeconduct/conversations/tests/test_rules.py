from hypothesis import given
from hypothesis import strategies as st

from safeconduct.conversations.rules import Tier, triage
from safeconduct.programme import load

STOPS = load.current().stop_words
MORE = ("они рядом", "вони тут", "they are here", "إنهم قادمون", "не могу", "بسرعة")


def read(text):
    return triage(text, known=True, context="", stop_words=STOPS, languages=("ru", "uk", "en"))


@given(st.sampled_from([w for w in STOPS if len(w) > 1]), st.sampled_from(MORE), st.booleans())
def test_a_stop_word_with_more_behind_it_is_read_at_once_in_every_alphabet(word, more, first):
    found = read(f"{word.upper()}, {more}" if first else f"{more}. {word}!")
    assert found.tier is Tier.NOW
    assert "stop_and_more" in {signal.reason for signal in found.signals}


@given(st.sampled_from(STOPS))
def test_a_bare_stop_word_is_no_alarm_in_any_alphabet(word):
    assert not read(f"{word}!").signals
