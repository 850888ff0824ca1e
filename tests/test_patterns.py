"""No text that somebody sends keeps us reading: what is read of it takes a moment, whatever it repeats."""

import time
from datetime import UTC, datetime

import pytest

from safeconduct.conversations import rules as conversations
from safeconduct.conversations.reading import reader
from safeconduct.conversations.reading.language import language_of
from safeconduct.conversations.reading.times import read_times
from safeconduct.passage import rules as passage
from safeconduct.post import rules as post
from safeconduct.ways.written import read_places

# What patterns stumble over: one letter, quotes, blanks, words that nearly match, figures, signs.
REPEATED = ("a", "a'", " ", "мне ", "1 ", "1.", "a b ", "$@", "берё ", "id:", "50.1, ", "С Т О П ")
SENT = datetime(2026, 3, 2, 9, tzinfo=UTC)
LONG = 16_000  # letters; a text of a telephone has at most 255 parts of 67
MOST_S = 2.0  # of CPU; a quarter of a second was measured on a busy core
READ = {
    "says": lambda text: conversations.says(text, "берёза"),
    "language": lambda text: language_of(text, languages=("ru", "uk", "en")),
    "words": reader.read,
    "places": read_places,
    "times": lambda text: read_times(text, sent_at=SENT, zones=("Europe/Kyiv", "Europe/Moscow")),
    "withdraws": lambda text: conversations.withdraws(text, ("все хорошо мне ничего не нужно",)),
    "stop": lambda text: post.is_stop(text, ("STOP", "СТОП")),
    "answer": passage.answer_of,
    "facts": lambda text: passage.facts_in(text, {}),
}


@pytest.mark.parametrize("name", READ)
def test_a_text_of_sixteen_thousand_letters_is_read_at_once_whatever_it_repeats(name):
    for part in REPEATED:
        began = time.process_time()
        READ[name]((part * LONG)[:LONG])
        assert time.process_time() - began < MOST_S, part
