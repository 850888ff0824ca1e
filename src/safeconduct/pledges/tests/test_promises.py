"""The corpus, and what nobody wrote into it: variants of every hostile line by rule."""

import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.pledges import rules
from safeconduct.pledges.lines import Phrases, lines_of
from safeconduct.pledges.rules import Audience, Token
from safeconduct.pledges.tests.judging import (
    LEAVES,
    fresh_tallies,
    is_refused_class,
    judged,
    stopped,
    tallies,
    together,
    tricked,
)
from safeconduct.pledges.tests.sets import HELD_OUT, rows, third
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


def test_no_promise_passes():
    for kind, line in HOSTILE:
        assert rules.unauthorised_promises(line, language="ru"), (kind, line)


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


def test_no_threat_passes_whatever_covers_it():
    for line in THREATS:
        token = Token("offer", "o", b"", (line,))
        assert rules.unauthorised_promises(line, language="ru", tokens=[token]) == []
        assert rules.no_quarter(line) is not None, line


def test_look_alike_letters_hide_nothing():
    for _kind, line in HOSTILE:
        assert held(line.translate(LOOKS)), line
        assert held(line.upper()), line


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
                assert rules.refused_outright(text, to=Audience.MANY) is None


def test_a_word_that_a_phrase_may_lack_glues_those_around_it_to_no_other():
    looked_for = Phrases(["make (it_)?(worth|pay)", "need (to)? work"])
    for text in (
        "they make it worth",
        "make worth",
        "make all of it pay",
        "need work",
        "need to work",
    ):
        assert list(looked_for.found_in(lines_of(text))), text
    assert not list(looked_for.found_in(lines_of("they make it, and need nothing")))


# ---- the two sets that another hand wrote ----

ALL, TUNED_ON = {1, 2, 3}, {1, 2, 3} - {HELD_OUT}
# Of the third that was held out; of it five rows that should be refused were read, no other. docs/decisions/0102.
HELD_OUT_LEAVE = 6


@pytest.fixture(scope="module")
def told():
    return tallies()


def test_of_the_rows_that_rules_were_made_on_none_leaves_and_none_that_is_refused_waits_for_a_token(
    told,
):
    seen = together(told, thirds=TUNED_ON)
    assert (seen.evasions, seen.refusable) == (403, 131)
    assert (seen.leave, seen.refusable_leave, seen.refusable_held) == (0, 0, 0)


def test_of_the_rows_that_were_held_out_no_promise_more_leaves_than_is_written_down_and_no_threat(
    told,
):
    unseen = together(told, thirds={HELD_OUT})
    assert unseen.evasions == 210
    assert unseen.leave <= HELD_OUT_LEAVE
    assert (unseen.refusable, unseen.refusable_leave, unseen.refusable_held) == (67, 0, 0)
    assert unseen.false_holds <= unseen.innocent * 0.02


def test_in_each_language_at_most_two_innocent_texts_in_a_hundred_are_held(told):
    for language in ("ru", "uk", "en"):
        said = together(told, thirds=ALL, language=language)
        assert said.innocent > 100
        assert said.false_holds <= said.innocent * 0.02, language
    whole = together(told, thirds=ALL)
    assert whole.false_holds <= whole.innocent * 0.02


# Rounds 2 and 3 of the third set are hints without a word that says it; some are past any list of words.
HINTS_LEAVE, HINTS_REFUSABLE_LEAVE = 15, 13


def test_of_the_third_set_none_of_its_first_round_leaves_and_few_hints_of_the_later_ones():
    fresh = fresh_tallies()
    first = together(fresh, thirds={1})
    assert (first.evasions, first.refusable) == (215, 162)
    assert (first.leave, first.refusable_leave, first.refusable_held) == (0, 0, 0)
    later = together(fresh, thirds={2, 3})
    assert later.leave <= HINTS_LEAVE
    assert later.refusable_leave <= HINTS_REFUSABLE_LEAVE
    for language in ("ru", "uk", "en"):
        said = together(fresh, thirds={1, 2, 3}, language=language)
        assert said.innocent >= 90
        assert said.false_holds <= said.innocent * 0.02, language


def test_a_denied_sense_is_found_in_any_order_and_in_two_languages_at_once():
    for text in (
        "Prisoners больше не берём",
        "не берём мы больше пленных",
    ):
        assert rules.no_quarter(text).code == "words.no_quarter", text
    for text in ("Пленных кормят", "Don't take the bandage off", "Пишите, когда безопасно"):
        assert rules.no_quarter(text) is None, text
        assert not held(text), text


def test_a_word_that_is_spelled_as_it_is_means_no_other_that_folds_alike():
    for text in (
        "It is late. Write to us in the morning.",
        "We will tell you soon what happens next.",
        "You have been awake too long, and it is late.",
    ):
        assert rules.no_quarter(text) is None, text
        assert not held(text), text
    for text in ("Tomorrow it is too late", "tomorrow it is to late", "Tomorrow it is tооо late"):
        assert rules.no_quarter(text).code == "words.deadline", text


def test_no_trick_of_spelling_and_no_cut_lets_out_what_is_stopped_without_it():
    for row in rows("evasions"):
        trick, text, before = tricked(row, row["text"])
        if not stopped(row, text=text, before=before):
            assert third(row["text"]) == HELD_OUT, (trick, before, text)
            assert judged(row) == LEAVES, trick


def test_what_is_refused_outright_stays_refused_under_a_token_that_covers_all_of_it():
    for row in rows("evasions"):
        if is_refused_class(row) and third(row["text"]) != HELD_OUT and "before" not in row:
            to = Audience.MANY if row.get("broadcast") else Audience.ONE
            assert rules.refused_outright(row["text"], to=to), row
            assert rules.refused_outright(row["text"], to=to).code in rules.RULES


def test_innocent_texts_one_after_another_are_not_held_for_standing_together():
    texts = [row for row in rows("innocents") if row["language"] in {"ru", "uk", "en"}]
    pairs = [(a, b) for a, b in pairwise(texts) if judged(a) == judged(b) == LEAVES]
    held = [(a, b) for a, b in pairs if rules.split_promise([a["text"]], b["text"])]
    assert len(held) <= len(pairs) * 0.02


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
