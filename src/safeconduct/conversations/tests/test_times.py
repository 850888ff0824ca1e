"""What he says of a time is kept with every reading it may have, and what must be asked."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.conversations.reading.times import read_times

ZONES = ("Europe/Moscow", "Europe/Kyiv")
WINTER = datetime(2026, 11, 29, 10, tzinfo=UTC)  # a Sunday
SUMMER = datetime(2026, 7, 5, 10, tzinfo=UTC)  # a Sunday


def told(text, *, sent_at=WINTER):
    """Return (words, the Kyiv readings as day and clock, what to ask) of each time."""
    return [
        (
            each.words,
            [
                f"{reading.at.astimezone(ZoneInfo('Europe/Kyiv')):%d %H:%M}"
                for reading in each.readings
                if reading.zone == "Europe/Kyiv"
            ],
            set(each.ask),
        )
        for each in read_times(text, sent_at=sent_at, zones=ZONES)
    ]


SAID = {
    "завтра в 5 утра": (["30 05:00"], {"zone"}),
    "zavtra v 5 utra": (["30 05:00"], {"zone"}),
    "завтра о п'ятій ранку": (["30 05:00"], {"zone"}),
    "tomorrow at 5 am": (["30 05:00"], {"zone"}),
    "завтра в 17:30": (["30 17:30"], {"zone"}),
    "в 18.30": (["29 18:30"], {"zone", "day"}),
    "в 1830": (["29 18:30"], {"zone", "day"}),
    "к 18 часам": (["29 18:00"], {"zone", "day"}),
    "18 ч 30 мин": (["29 18:30"], {"zone", "day"}),
    "завтра в 5": (["30 05:00", "30 17:00"], {"zone", "half"}),
    "tomorrow at five": (["30 05:00", "30 17:00"], {"zone", "half"}),
    "завтра в полшестого утра": (["30 05:30"], {"zone"}),
    "завтра о пів на шосту ранку": (["30 05:30"], {"zone"}),
    "завтра утром без четверти шесть": (["30 05:45"], {"zone"}),
    "завтра вранці за чверть шоста": (["30 05:45"], {"zone"}),
    "tomorrow morning at quarter to six": (["30 05:45"], {"zone"}),
    "завтра вранці чверть на шосту": (["30 05:15"], {"zone"}),
    "5 декабря в 6 утра": (["05 06:00"], {"zone"}),
    "05.12 в 06:00": (["05 06:00"], {"zone"}),
    "December 5 at 06:00": (["05 06:00"], {"zone"}),
    "післязавтра о 20:15": (["01 20:15"], {"zone"}),
    "в пятницу в 8 вечера": (["04 20:00"], {"zone"}),
    "у неділю о 14 годині": (["29 14:00", "06 14:00"], {"zone", "day"}),
    "завтра в 2 ночи": (["30 02:00", "01 02:00"], {"zone", "day"}),
    "через 2 часа": (["29 14:00"], set()),
    "за півгодини": (["29 12:30"], set()),
    "in an hour": (["29 13:00"], set()),
    "две минуты назад": (["29 11:58"], set()),
    "завтра вечером": ([], {"hour"}),
    "tonight": ([], {"hour"}),
}
NO_TIMES = (
    *("Добрый день", "доброго ранку", "good evening", "в 5 роте", "мы в 5 км от вас", "мне 17 лет"),
    *(
        "нас 5 человек",
        "ждём час",
        "я за вас",
        "у нас 2 раненых",
        "31.02 я не знаю",
        "48.12, 37.65",
    ),
)


@pytest.mark.parametrize("text", SAID)
def test_a_time_is_read_in_three_languages_and_asks_for_what_it_lacks(text):
    (found,) = told(f"Мы выйдем {text}")
    assert found[1:] == SAID[text]
    assert text.endswith(found[0].split()[-1])


@pytest.mark.parametrize("text", NO_TIMES)
def test_greetings_units_and_numbers_are_no_time(text):
    assert not [each for each in told(text) if each[1]]


@pytest.mark.parametrize(
    "text", ["0001-01-01 в 00:30", "9999-12-31 в 2 ночи", "31.12.9999 в 12 ночи", "05.12.1990 в 5"]
)
def test_a_date_out_of_all_reach_is_no_time_and_stops_no_reading(text):
    assert not [each for each in told(text) if each[1]]
    assert not any(each.is_ahead for each in read_times(text, sent_at=WINTER, zones=ZONES))


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([*SAID, "29.02", "29 февраля", "0001-01-01", "9999-12-31", "999 недель"])
    ),
    st.integers(0, 1500),
)
def test_no_text_of_times_stops_the_reading_on_any_day(texts, days):
    read_times(" ".join(texts), sent_at=WINTER + timedelta(days=days), zones=ZONES)


def test_the_leap_day_of_a_year_that_has_none_is_no_day():
    autumn = datetime(2028, 9, 1, tzinfo=UTC)
    (found,) = read_times("29 февраля в 5", sent_at=autumn, zones=ZONES)
    assert found.days == ()


def test_kyiv_and_moscow_agree_in_summer_and_in_winter_one_must_ask():
    (winter,) = read_times("завтра в 17:30", sent_at=WINTER, zones=ZONES)
    (summer,) = read_times("завтра в 17:30", sent_at=SUMMER, zones=ZONES)
    assert {reading.zone for reading in winter.readings} == set(ZONES)
    assert winter.readings[1].at - winter.readings[0].at == timedelta(hours=1)
    assert winter.ask == ("zone",)
    assert summer.readings[1].at == summer.readings[0].at
    assert summer.ask == ()


@settings(max_examples=40)
@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from([WINTER, SUMMER]))
def test_a_full_clock_is_never_moved_and_stands_in_both_zones(hour, minute, sent_at):
    (found,) = read_times(f"завтра в {hour:02}:{minute:02}", sent_at=sent_at, zones=ZONES)
    clocks = {
        reading.at.astimezone(ZoneInfo(reading.zone)).strftime("%H:%M")
        for reading in found.readings
    }
    assert ("zone" in found.ask) == (sent_at is WINTER)
    assert (f"{hour:02}:{minute:02}" in clocks) or 1 <= hour <= 12
    assert found.words == f"завтра в {hour:02}:{minute:02}"


@pytest.mark.parametrize(
    ("text", "clocks", "ask"),
    [
        ("kesho saa tano usiku", ["23:00", "05:00", "05:00"], {"count", "day"}),
        ("kesho saa mbili asubuhi", ["08:00", "02:00"], {"count"}),
        ("kesho saa sita mchana", ["12:00", "18:00"], {"count"}),
        ("kesho saa kumi na moja na nusu jioni", ["17:30", "23:30"], {"count"}),
        ("kesho saa 5:30", ["11:30", "23:30", "05:30", "17:30"], {"count", "half"}),
        ("kesho saa 20:15", ["20:15"], set()),
        ("demain à 8h30 du soir", ["20:30"], set()),
        ("demain soir à huit heures", ["20:00"], set()),
        ("demain vers 20 heures", ["20:00"], set()),
    ],
)
def test_in_swahili_an_hour_counts_from_sunrise_or_from_midnight_and_one_must_ask(
    text, clocks, ask
):
    (found,) = read_times(f"Ni mimi, {text}", sent_at=SUMMER, zones=("Africa/Lubumbashi",))
    here = ZoneInfo("Africa/Lubumbashi")
    assert [f"{each.at.astimezone(here):%H:%M}" for each in found.readings] == clocks
    assert set(found.ask) == ask
    assert found.is_ahead


def test_how_many_hours_or_none_is_no_hour_in_swahili():
    for text in ("baada ya saa mbili", "saa hii", "kila saa 2", "saa ngapi", "kwa saa 3"):
        assert not [each for each in told(text) if each[1]]


def test_two_times_of_one_text_are_two():
    assert [each[0] for each in told("Выйдем завтра в 05:00, будем 5 декабря в 21:00")] == [
        "завтра в 05:00",
        "5 декабря в 21:00",
    ]
