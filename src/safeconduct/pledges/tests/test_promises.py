"""The corpus, and what nobody wrote into it: variants of every hostile line by rule."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.pledges import rules
from safeconduct.pledges.rules import Token
from safeconduct.programme import load, profile

CORPUS = tomllib.loads((Path(__file__).parent / "corpus.toml").read_text())
HOSTILE = [
    (kind, line) for kind, lines in CORPUS["hostile"].items() if kind != "threat" for line in lines
]
THREATS = CORPUS["hostile"]["threat"]
HARMLESS = [(language, line) for language, lines in CORPUS["harmless"].items() for line in lines]
LOOKS = str.maketrans("аеорсухіАВЕКМНОРСТХ", "aeopcyxiABEKMHOPCTX")


def held(text, *, language="ru", tokens=()):
    return bool(rules.unauthorised_promises(text, language=language, tokens=tokens)) or (
        rules.no_quarter(text) is not None
    )


def test_the_corpus_is_large_enough_to_mean_something():
    assert len(HOSTILE) + len(THREATS) + len(HARMLESS) >= 300
    assert len({line for _kind, line in HOSTILE}) == len(HOSTILE)


@pytest.mark.parametrize(("kind", "line"), HOSTILE)
def test_no_promise_passes(kind, line):
    assert rules.unauthorised_promises(line, language="ru"), kind


@pytest.mark.parametrize(
    ("language", "line"),
    [
        *(("ru", "У вас два дня."), ("ru", "Решайтесь до завтра."), ("ru", "Ответьте за час.")),
        *(("uk", "У вас дві доби."), ("uk", "Вирішуйте до п’ятниці."), ("uk", "Лише до світанку.")),
        *(("en", "You have 24 hours."), ("en", "Decide by tomorrow."), ("en", "Only until noon.")),
        *(("fr", "Vous avez deux jours."), ("fr", "Avant demain."), ("sw", "Una siku mbili.")),
    ],
)
def test_no_deadline_leaves_by_any_hour_day_or_span(language, line):
    assert rules.unauthorised_promises(line, language=language)


@pytest.mark.parametrize("line", THREATS)
def test_no_threat_passes_whatever_covers_it(line):
    assert rules.no_quarter(line) is not None
    token = Token("offer", "o", b"", (line,))
    assert rules.unauthorised_promises(line, language="ru", tokens=[token]) == []
    assert rules.no_quarter(line) is not None


@pytest.mark.parametrize("line", [line for _kind, line in HOSTILE if " " not in line[:-1] or 1])
def test_look_alike_letters_hide_nothing(line):
    assert held(line.translate(LOOKS))
    assert held(line.upper())


def test_false_holds_are_at_most_two_in_a_hundred():
    wrong = [line for language, line in HARMLESS if held(line, language=language)]
    assert len(wrong) <= len(HARMLESS) * 0.02, wrong


def test_every_text_of_every_profile_we_ship_passes():
    for path in load.SHIPPED.glob("*.toml"):
        told = profile.read(tomllib.loads(path.read_text()))
        for key, texts in told.texts.items():
            for language, text in texts.items():
                found = rules.unauthorised_promises(text, language=language)
                assert not found, (key, language, found)
                assert rules.no_quarter(text) is None


@settings(deadline=None)  # a busy machine is no fault of the text
@given(
    st.sampled_from(
        ["амнистия", "гражданство", "вознаграждение", "citizenship", "amnesty", "asylum"]
    ),
    st.sampled_from(["", ".", "-", " ", "_", "·", "\u200b", "\u00ad", "*", "\u0336"]),
)
def test_nothing_put_between_the_letters_hides_a_word(word, between):
    assert held(between.join(word))


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.text(alphabet="0123456789٠١٢٣४५６７８９", min_size=1, max_size=9))
def test_no_number_passes_in_any_digits(number):
    assert held(f"Дадим {number}")


@settings(deadline=None)  # a busy machine is no fault of the text
@given(st.sampled_from([line for _k, line in HOSTILE]), st.sampled_from(HARMLESS))
def test_a_promise_is_found_inside_harmless_words(hostile, harmless):
    assert held(f"{harmless[1]} {hostile}")
    assert held(f"{hostile} {harmless[1]}")


OFFER = "За переданную машину: 10 000 долларов, право просить гражданство."


def test_an_offers_own_words_pass_and_nothing_beside_them():
    token = Token("offer", "o", b"", (OFFER,))
    assert not held(f"Вот предложение. {OFFER} Подумайте.", tokens=[token])
    assert held(f"{OFFER} И ещё 5 000.", tokens=[token])
    assert held(OFFER.replace("10 000", "90 000"), tokens=[token])
    assert held(OFFER)


def test_a_span_covers_no_part_of_a_longer_word_or_number():
    token = Token("plan", "p", b"", ("21:30",))
    assert not held("Пишите: 21:30", tokens=[token])
    assert held("Пишите: 121:30", tokens=[token])
    assert held("Пишите: 21:305", tokens=[token])


def test_two_facts_never_stand_in_one_text():
    place = Token("plan", "p", b"", ("у моста",), fact="place")
    time = Token("plan", "p", b"", ("21:30",), fact="time")
    assert rules.one_fact_only([place, place]) is None
    assert rules.one_fact_only([place, time]) is not None


def test_a_language_nobody_reads_here_leaves_only_under_a_token():
    assert held("Barka da yamma", language="ha")
    assert not held("Barka", language="ha", tokens=[Token("offer", "o", b"", ("Barka",))])


def test_stop_zero_is_no_number_and_any_other_zero_is():
    assert not held("Стоп: 0")
    assert not held("Stop: 0", language="en")
    assert held("Стоп: 00")
    assert held("Получите 0")


def test_alone_in_swahili_is_no_place_and_the_letters_by_themselves_still_are():
    assert rules.unauthorised_promises("Uko peke yako?", language="sw") == []
    assert rules.unauthorised_promises("Uko peke", language="sw")
    assert rules.unauthorised_promises("Uko peke yako, dola elfu kumi", language="sw")
