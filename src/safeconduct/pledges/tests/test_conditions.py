"""On what a reward may hang, in three languages, however it is spelled."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.pledges import actions
from safeconduct.pledges.conditions import hangs_on_him, may_hang_on
from safeconduct.pledges.tests.conftest import LANGUAGES, NOON, REWARD, STANDARD
from safeconduct.refusal import Refused

GOOD = """
came of his own will
the vehicle is handed over and fit for use
vehicle handed over
the tank is intact and unloaded
прийшов добровільно
техніка передана в робочому стані
зброя здана
пришёл по своей воле
техника передана и исправна
оружие разряжено и сдано
"""
ENLIST = """
he joins the legion
he serves with our army
come and fight for us
служит в нашей армии
вступ до легіону
воюватиме проти ворога
подписал контракт и принял присягу
слyжит в apмии
сл ужб а
вс-ту-пит в батальон
ѕerves
"""
TELL = """
he tells what he knows
he gives names and positions
the vehicle is handed over with its maps and codes
интервью для прессы
передає розвіддані
координаты позиций
техника передана, и расскажет о части
відео для преси
кoopдинaты
p о з и ц и и
"""
UNKNOWN = """
obedience
he brings two others
позывной командира
he is grateful
"""


def lines(text):
    return [line for line in text.splitlines() if line]


@given(st.lists(st.sampled_from(lines(GOOD)), max_size=4))
def test_a_thing_handed_over_and_his_own_will_are_conditions_in_three_languages(said):
    assert may_hang_on("\n".join(said)) is None


@given(
    st.sampled_from(
        [("enlist", each) for each in lines(ENLIST)] + [("tell", e) for e in lines(TELL)]
    ),
    st.sampled_from(lines(GOOD)),
    st.sampled_from([str.lower, str.upper, str.title]),
)
def test_no_promise_hangs_on_serving_or_telling_whatever_stands_beside_it(said, beside, case):
    (kind, line) = said
    for text in (case(line), f"{beside}\n{line}", f"{beside}, {line}"):
        assert may_hang_on(text).code in {f"offer.hangs_on_{kind}", "offer.condition"}


@pytest.mark.parametrize("line", lines(UNKNOWN))
def test_a_condition_in_words_that_are_not_known_is_refused_and_the_words_are_named(line):
    assert may_hang_on(line).code == "offer.condition"


def test_neither_the_promise_nor_its_text_is_a_price_for_it_and_ordinary_ones_pass():
    said = [
        *REWARD.texts.values(),
        *STANDARD.texts.values(),
        *REWARD.items,
        "new papers",
        "secrecy",
    ]
    assert hangs_on_him(said) is None
    for text in ("10 000 долларов за сведения о позициях", "if you tell us where", "в легион"):
        assert hangs_on_him([*said, text])


@pytest.mark.parametrize(
    "wrong",
    [
        {"conditions": "he tells what he knows"},
        {"conditions": "служит в нашей армии"},
        {"items": ("USD 10,000", "a place in the legion")},
        {"texts": {**REWARD.texts, "uk": "10 000 доларів за координати."}},
        {"name": "Money for information"},
    ],
)
def test_no_offer_is_put_up_that_hangs_on_serving_or_telling(officer, wrong):
    author = officer(Duty.OFF)
    with pytest.raises(Refused, match="A promise hangs here"):
        actions.propose(author, replace(REWARD, **wrong), languages=LANGUAGES, now=NOON)
    assert actions.propose(author, REWARD, languages=LANGUAGES, now=NOON)
