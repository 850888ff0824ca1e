"""Place, time and sign in one text, where others can read it."""

import pytest

from safeconduct.pledges.rules import Token
from safeconduct.post import facts
from safeconduct.post.channels import OPEN_CHANNELS, Channel
from safeconduct.programme import load

TOGETHER = {
    "48.5231, 37.9012 в 21:30": {"place", "time"},
    "Я буду на 37U DQ 12345 67890, белый флаг": {"place", "sign"},
    "квадрат 45-12, выйду в 5 утра": {"place", "time"},
    "Вийду о 4 годині, біла ганчірка": {"time", "sign"},
    "geo:48.52,37.90 at 5 pm": {"place", "time"},
    "Nitafika saa tano usiku, kitambaa cheupe": {"time", "sign"},
    "48.5231, 37.9012 saa 8:30": {"place", "time"},
    "À 20h, tissu blanc": {"time", "sign"},
    "maps.google.com/?q=1 с белой повязкой в 4:15": {"place", "time", "sign"},
}
APART = [
    "Ждите у моста до темноты, берегите себя",
    "48.5231, 37.9012",
    "в 21:30",
    "Белый флаг",
    "Нас трое, один ранен",
    "Мы получили ваше сообщение. Вам ответит человек. Стоп: 0",
    "Башня течёт, 200 патронов",
    "Baada ya saa mbili, silaha yangu sina",
]
SIGNS = [
    text
    for path in sorted(load.SHIPPED.glob("*.toml"))
    for sign in load.reviewed(path).signs
    for text in sign.text.values()
]


@pytest.mark.parametrize("text", TOGETHER)
def test_two_of_the_three_together_are_found_and_only_where_others_read(text):
    for channel in Channel:
        expected = TOGETHER[text] if channel in OPEN_CHANNELS else set()
        assert facts.at_once(text, channel=channel) == expected
        refused = facts.may_tell(text, tokens=(), channel=channel)
        assert (refused is not None) == bool(expected)


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_of_a_programme_is_known_for_one_beside_an_hour(sign):
    assert facts.at_once(f"{sign}. 21:30", channel=Channel.SMS) == {"time", "sign"}


@pytest.mark.parametrize("text", APART)
def test_one_of_them_alone_and_ordinary_words_leave(text):
    assert facts.may_tell(text, tokens=(), channel=Channel.SMS) is None


def test_an_approved_place_by_sms_takes_no_sign_in_plain_words_beside_it():
    token = Token("plan", "P1", b"x", ("у мельницы",), fact="place")
    text = "Идите к месту у мельницы"
    assert facts.may_tell(text, tokens=[token], channel=Channel.SMS) is None
    assert facts.may_tell(text + ", белый флаг", tokens=[token], channel=Channel.SMS) is not None
    assert facts.may_tell(text + ", белый флаг", tokens=[token], channel=Channel.SIGNAL) is None
