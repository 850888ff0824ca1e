"""A refusal is told in the language of its reader, its values with it; and another process's is bounded."""

import copy

import pytest

from safeconduct.refusal import Refusal, Said, listed, said, told, word

WORDS = {
    "Ask someone on duty: {duties}.": "Зверніться: {duties}.",
    "Supervisor": "Старший",
    "At least {metres} m.": "Щонайменше {metres} м.",
    "Olena": "somebody is called as a word of ours",
}
DUTY = Said("{duty} ({code})", {"duty": word("Supervisor"), "code": "SUP"})
ASK = said("Ask someone on duty: {duties}.", duties=listed([DUTY, "Olena"]))


def ukrainian(text: str) -> str:
    return WORDS.get(text, text)


def test_a_sentence_with_values_is_its_english_text():
    assert ASK == "Ask someone on duty: Supervisor (SUP), Olena."
    assert str(Refusal("x", said("At least {metres} m.", metres=300))) == "At least 300 m."


def test_a_reader_is_told_sentence_and_words_in_his_language_and_names_as_they_are():
    assert told(ASK, ukrainian) == "Зверніться: Старший (SUP), Olena."
    assert told(said("At least {metres} m.", metres=300), ukrainian) == "Щонайменше 300 м."
    assert told("Supervisor", ukrainian) == "Старший"
    assert told("", lambda _text: "what a catalogue says of itself") == ""
    assert told(listed([]), lambda _text: "what a catalogue says of itself") == ""


@pytest.mark.parametrize("value", ["{why}", "{x.__class__}", "%(x)s", "{0}", "\\g<1>", "{{}}"])
def test_a_value_is_never_read_as_a_place_or_a_format(value):
    assert said("Not “{x}”.", x=value) == f"Not “{value}”."
    assert (
        told(said("Not “{x}”.", x=value), lambda text: f"{text} {{y}}") == f"Not “{value}”. {{y}}"
    )


@pytest.mark.parametrize("values", [{}, {"metres": 1, "more": 2}, {"meters": 1}])
def test_a_sentence_whose_places_are_not_its_values_is_not_made(values):
    with pytest.raises(ValueError, match="places"):
        said("At least {metres} m.", **values)


def test_a_refusal_crosses_to_another_process_with_its_parts():
    no = Refusal("a.b", ASK, "Wait.")
    crossed = Refusal.from_carried(no.carried())
    assert crossed == no
    assert told(crossed.why, ukrainian) == told(ASK, ukrainian)
    twin = copy.deepcopy(ASK)
    assert (twin, told(twin, ukrainian)) == (ASK, told(ASK, ukrainian))


@pytest.mark.parametrize(
    "why",
    [
        *(None, 3, ["no"], ["a", {}, {}], [3, {}], {"sentence": "x"}),
        *("x" * 501, ["x" * 501, {}], ["{x}", {"x": "x" * 501}]),
        *(["{x}", {}], ["", {"x": "y"}], ["{x}", {"x": None}]),
        ["".join(f"{{p{n}}}" for n in range(41)), {f"p{n}": "" for n in range(41)}],
        ["{x}", {"x": ["{x}", {"x": ["{x}", {"x": ["{x}", {"x": ["", {}]}]}]}]}],
    ],
)
def test_what_another_process_says_at_length_or_in_another_form_is_no_refusal(why):
    with pytest.raises(ValueError, match=r"refusal|places"):
        Refusal.from_carried({"code": "a.b", "why": why, "remedy": ""})


@pytest.mark.parametrize(
    "raw",
    [
        *(None, "no", {}, {"code": "a.b", "why": "x"}),
        {"code": "a.b", "why": "x", "remedy": "", "more": ""},
        *({"code": code, "why": "x", "remedy": ""} for code in (3, "", "a b", "<b>", "x" * 61)),
    ],
)
def test_what_has_no_code_of_ours_is_no_refusal(raw):
    with pytest.raises(ValueError, match="refusal"):
        Refusal.from_carried(raw)
