"""Words in any letters, phrases of the lexicon, and a model whose every word is answerable."""

import tomllib
from dataclasses import replace
from importlib import resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.conversations.reading import judging, reader
from safeconduct.conversations.reading.heard import Found, Reading
from safeconduct.conversations.reading.language import language_of
from safeconduct.conversations.reading.script import fold, heard
from safeconduct.conversations.rules import Kind, Tier, Waiting, next_pick
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.conversations.tests.sets import rows
from safeconduct.programme import load

PROFILE, RIVERS = load.current(), load.reviewed(load.SHIPPED / "rivers.toml")


def judged(text, *, context="", known=True, profile=PROFILE):
    return reader.triage(text, known=known, context=context, profile=profile, sent_at=NOON)


def by_rules(reading, text="Здравствуйте", *, context=""):
    return judging.triage(
        text, reading, known=True, context=context, stop_words=PROFILE.stop_words,
        languages=PROFILE.languages,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        *("хочу сдаться", "ХОЧУ СДАТЬСЯ", "xoчy cдaтьcя", "hochu sdatsya", "khochu sdat'sya"),
        *(
            "[jxe clfnmcz",
            "х о ч у сдаться",
            "хо\u200bчу сда\u00adться",
            "хачу здаца",
            "hochu sdatsa",
        ),
    ],
)
def test_one_wish_is_one_spelling_in_any_letters(text):
    assert [word.form for word in heard(text)] == [fold("хочу"), fold("сдаться")]


def test_a_strange_word_is_not_read_by_the_other_keyboard_when_it_falls_in_pieces():
    assert [word.form for word in heard("рябинуха", known={"bye"})] == [fold("рябинуха")]


def test_where_nobody_speaks_a_slavic_language_latin_letters_are_never_read_as_one():
    swahili = "Habari. Hatujapata chakula siku tatu. Nataka kutoka nikiwa hai na kurudi nyumbani."
    assert language_of(swahili, languages=("fr", "sw"), read_back=True) == "sw"
    assert language_of("hochu sdatsya", languages=("uk", "ru"), read_back=True) == "uk"


def test_where_the_model_learned_from_no_language_of_theirs_only_phrases_speak():
    plain = ("Habari", "Non", "Ok", "Nina miaka kumi na sita", "Il pleut ici", "Papa, uko wapi?")
    for text in (*plain, "niko pembeni ya mto na rafiki yangu", "Je ne sais pas où aller"):
        read = judged(text, profile=RIVERS)
        assert not read.signals + read.forced, text
        assert read.tier is Tier.SOON
    for text, reason in (
        ("Je suis blessé à la jambe", "hurt"),
        ("Nimejeruhiwa mguu", "hurt"),
        ("Nataka kujisalimisha", "ready"),
        ("Kuna hatari hapa", "danger"),
    ):
        found = {each.reason for each in judged(text, profile=RIVERS).signals}
        assert found == {reason}, text
    assert judged("Adieu", context="approved", profile=RIVERS).forced


def test_english_and_french_stay_themselves():
    for text in ("help me please", "je suis ici avec deux hommes", "Dave, bring milk"):
        assert all(word.form.isascii() for word in heard(text))


@settings(max_examples=50)
@given(st.text(max_size=80))
def test_any_text_is_read_and_its_words_stand_where_they_stood(text):
    for word in heard(text):
        assert word.start < word.end <= len(text)
    reading = reader.read(text)
    assert all(isinstance(each, str) for each in reading.urgent_words)


def test_the_lexicon_is_the_one_that_was_inflected():
    here = resources.files("safeconduct.conversations.reading")
    told = tomllib.loads(here.joinpath("lexicon.toml").read_text())
    topics = tomllib.loads(here.joinpath("topics.toml").read_text())
    book = reader._learned().book
    for reason, lines in (told | {name: [block] for name, block in topics.items()}).items():
        for line in lines:
            for slot in line.split():
                for word in slot.removeprefix("=").split("|"):
                    assert fold(word) in book.forms, f"{reason}: {word}; run tools/train_triage.py"


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("мы сдаёмся", "ready", "сдаёмся"),
        ("поранених двоє", "hurt", "поранених"),
        ("у нас нет второй день воды", "hurt", "нет, воды"),
        ("krov ne ostanavlivaetsya", "hurt", "krov"),
        ("нас скоро перебрасывают", "time", "скоро, перебрасывают"),
        ("я журналистка", "press", "журналистка"),
    ],
)
def test_each_reason_shows_his_own_words_in_every_form_of_the_dictionary(text, reason, words):
    found = {signal.reason: signal.words for signal in judged(text).signals}
    assert found[reason] == words


def test_no_reason_of_his_words_stands_without_them():
    for row in rows("inbound"):
        if row["set"] == "dev":
            read = judged(row["text"])
            told = [*read.signals, *read.forced]
            assert all(each.words for each in told), row["text"]


def test_a_slip_of_one_letter_is_forgiven_in_a_long_word_only():
    assert "despair" in {signal.reason for signal in judged("я застрелюьс").signals}
    book = reader._learned().book
    assert not book.hits(heard("кроп"), usual=())


def test_the_model_is_added_up_and_each_word_answers_for_its_part():
    learned = reader._learned()
    words = heard("сдаюсь, не стреляйте", known=learned.known)
    hits = learned.book.hits(words, usual=learned.usual)
    bare, told = (learned.model.scores(words, found) for found in ([], hits))
    assert {"ready", "of:war"} <= {hit.reason for hit in hits}
    for number, name in enumerate(learned.model.classes):
        bias = learned.model._bias[number]
        found = [learned.model.weights[f"r:{hit}"] for hit in {hit.reason for hit in hits}]
        brought = sum(weights[1 + number] for weights in found)
        assert told.sums[name] == pytest.approx(sum(told.by_word[name]) + bias)
        assert told.sums[name] == pytest.approx(bare.sums[name] + brought)
    assert told.odds({"ready"}) > 0 > told.odds({"relative"})


def test_what_a_word_is_about_is_learned_once_for_all_its_kin_in_three_languages():
    """None of these stands in a text that was learned from."""
    usual = reader._learned().usual
    for strange, text in (
        ("полковнику", "полковнику показали мой смартфон"),
        ("полковнику", "полковнику показали мій смартфон"),
        ("lieutenants", "the lieutenants confiscated my handset"),
    ):
        assert fold(strange) not in usual
        assert judged(text).forced, text


readings = st.builds(
    Reading,
    found=st.lists(
        st.builds(Found, st.sampled_from(["hurt", "kin", "press", "ready"]), st.just(("x",))),
        max_size=3, unique_by=lambda each: each.reason,
    ).map(tuple),
    urgent=st.floats(-9, 9), urgent_words=st.just(("x",)), stop=st.floats(-9, 9), relative=st.floats(-9, 9),
)  # fmt: skip


@given(readings, st.floats(0, 9))
def test_no_list_of_the_operators_tells_of_a_hint_of_force(reading, forced):
    hint = by_rules(replace(reading, forced=forced + 9, forced_words=("y",)))
    none = by_rules(replace(reading, forced=-9.0))
    assert hint.forced
    assert not none.forced
    assert replace(hint, forced=()) == none


@given(readings, st.floats(-9, 9))
def test_what_no_word_answers_for_raises_nothing_and_weighs_alike(reading, urgent):
    told = [
        by_rules(Reading(urgent=urgent, forced=urgent, stop=reading.stop)),
        by_rules(Reading(urgent=-9.0, stop=reading.stop)),
    ]
    assert told[0] == told[1]


@given(readings, st.sampled_from(["in_passage", "approved", "silent"]))
def test_the_state_of_his_case_makes_him_urgent_whatever_he_says(reading, context):
    assert by_rules(reading, context=context).tier is Tier.NOW


@given(readings)
def test_what_the_model_finds_only_raises(reading):
    calm = by_rules(replace(reading, urgent=-9.0))
    stirred = by_rules(replace(reading, urgent=5.0))
    assert stirred.tier is Tier.NOW
    assert stirred.weight > calm.weight
    assert {signal.reason for signal in calm.signals} <= {s.reason for s in stirred.signals}


def test_a_calm_goodbye_is_a_hint_in_mid_plan_and_nothing_before():
    goodbye = Reading(found=(Found("goodbye", ("прощайте",)),))
    assert not by_rules(goodbye).forced
    assert [each.reason for each in by_rules(goodbye, context="approved").forced] == ["goodbye"]
    assert judged("Прощайте, спасибо за всё", context="approved").forced


def test_a_stop_that_hints_at_discovery_is_a_hint_and_a_bare_one_is_none():
    assert judged("стоп, они нашли телефон").forced
    assert not judged("стоп").forced
    assert not judged("не присылайте мне больше").forced


def test_who_says_that_he_is_there_calls_no_supervisor_and_who_is_there_with_a_commander_does():
    for plain in ("Я здесь", "Я тут, чекаю", "Мы на месте", "I am here", "Я один"):
        assert not judged(plain, context="in_passage").forced, plain
    for watched in ("Здесь командир, он читает", "они здесь", "I am here with my commander"):
        assert judged(watched).forced, watched


def test_a_stop_in_other_words_is_told_to_the_operator_and_a_relative_is_kept_apart():
    assert "asks_stop" in {each.reason for each in judged("уберите мой номер из списка").signals}
    relative = judged("Ищу сына, пропал в марте, есть ли он в списках?")
    assert (relative.kind, relative.tier) == (Kind.RELATIVE, Tier.TODAY)
    assert judged("Я ранен").kind is Kind.REPLY


def test_an_age_under_eighteen_is_told_and_so_many_minutes_or_metres_are_none():
    for text in ("мне 16 лет", "мені 15 років", "I am 17", "j'ai 16 ans", "мне 15, мне страшно"):
        assert "child" in judged(text).reasons, text
    for text in ("I am 15 minutes away", "мне 15 минут идти", "мені 10 км до вас", "мне 19 лет"):
        assert "child" not in judged(text).reasons, text


def test_a_son_is_no_time_and_soon_is_no_son():
    sought = judged("Where is my son Ivan", known=False)
    assert (sought.kind, sought.tier, sought.reasons) == (Kind.RELATIVE, Tier.TODAY, ["kin"])
    assert "kin" not in judged("I will write soon").reasons


def test_a_time_gone_by_raises_nothing_and_one_to_come_does():
    assert "time" in {each.reason for each in judged("будем завтра в 5").signals}
    assert "time" not in {each.reason for each in judged("вчера в 05:00 стояли").signals}


def test_of_equal_urgency_who_weighs_more_comes_first_and_every_fourth_is_the_oldest():
    light, heavy = Waiting("a", Tier.NOW, NOON, weight=5), Waiting("b", Tier.NOW, NOON, weight=50)
    calm = Waiting("c", Tier.SOON, NOON.replace(hour=1), weight=900)
    picked = [next_pick([light, heavy, calm], taken_before=n).ref for n in range(4)]
    assert picked == ["b", "b", "b", "c"]
