import re
import tomllib
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from safeconduct.passage.rules import Fact
from safeconduct.passage.words import area_in_words, offer_texts, wait_text
from safeconduct.pledges.rules import Token, no_quarter, one_fact_only, unauthorised_promises
from safeconduct.programme.load import SHIPPED
from safeconduct.programme.profile import read
from safeconduct.ways.clearly import TooLong
from safeconduct.ways.stepwords import TABLES, UNITS, units

PROFILES = [read(tomllib.loads(path.read_text())) for path in sorted(SHIPPED.glob("*.toml"))]
EACH = [(profile, language) for profile in PROFILES for language in profile.languages]
NIGHT = datetime(2026, 11, 23, 3, 50, tzinfo=ZoneInfo("Europe/Moscow"))


def texts(
    language, sign, *, place="мост «Мельничный мост», Тихая Левада", at=NIGHT, by_words=False
):
    return list(
        offer_texts(
            language=language, places={"A": place, "B": place}, starts_at=at, sign=sign,
            by_words=by_words,
        )
    )  # fmt: skip


@pytest.mark.parametrize(("profile", "language"), EACH, ids=lambda each: getattr(each, "key", each))
def test_every_programmes_signs_can_be_told_in_every_language_of_it(profile, language):
    assert language in TABLES
    for sign in profile.signs:
        told = texts(language, sign.text[language])
        assert all(units(text["text"]) <= UNITS for text in told)
        facts = [text["fact"] for text in told]
        assert [fact for fact in facts if fact] == [Fact.PLACE, Fact.PLACE, Fact.TIME, Fact.SIGN]


@pytest.mark.parametrize(("profile", "language"), EACH, ids=lambda each: getattr(each, "key", each))
def test_the_door_for_words_lets_a_plans_texts_out_by_its_token_and_not_without(profile, language):
    clock = next(t for t in texts(language, profile.signs[0].text[language]) if t["part"] == "time")
    token = Token("plan", "p", b"", (clock["text"],), clock["fact"])
    assert not unauthorised_promises(clock["text"], language=language, tokens=[token])
    assert unauthorised_promises(clock["text"], language=language)
    other = Token("plan", "p", b"", ("x",), "place")
    assert one_fact_only([token]) is None
    assert one_fact_only([token, other]) is not None


@pytest.mark.parametrize(("profile", "language"), EACH, ids=lambda each: getattr(each, "key", each))
def test_hold_and_abort_need_no_token_and_threaten_nobody(profile, language):
    for key in ("hold", "abort"):
        text = profile.text(key, language)
        assert not unauthorised_promises(text, language=language)
        assert no_quarter(text) is None


@pytest.mark.parametrize("language", sorted(TABLES))
def test_where_he_waits_and_that_words_may_come_is_told_in_one_text_each(language):
    told = wait_text("hold 1", language=language, place="мост «Мельничный», Тихая Левада")
    assert told["fact"] == Fact.PLACE
    assert units(told["text"]) <= UNITS
    names = {"A": "x", "B": "y"}
    by_words = offer_texts(
        language=language, places=names, starts_at=NIGHT, sign="x", by_words=True
    )
    plain = offer_texts(language=language, places=names, starts_at=NIGHT, sign="x")
    differs = [one for one, other in zip(by_words, plain, strict=True) if one != other]
    assert [text["part"] for text in differs] == ["stop"]
    assert all(units(text["text"]) <= UNITS for text in differs)


@pytest.mark.parametrize(("profile", "language"), EACH, ids=lambda each: getattr(each, "key", each))
def test_what_he_is_told_may_come_is_what_comes_and_is_no_word_that_stops_us(profile, language):
    def words(text):
        return set(re.findall(r"\w{4,}", text.lower()))

    for by_words in (False, True):
        told = words(texts(language, "x", by_words=by_words)[4]["text"])
        assert told & words(profile.texts["abort"][language])
        assert by_words or told & words(profile.texts["hold"][language])
        assert told.isdisjoint(profile.stop_words)


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (0, "00:50 (saa 6:50 usiku)"),
        (4, "04:50 (saa 10:50 alfajiri)"),
        (7, "07:50 (saa 1:50 asubuhi)"),
        (12, "12:50 (saa 6:50 mchana)"),
        (18, "18:50 (saa 12:50 jioni)"),
        (19, "19:50 (saa 1:50 usiku)"),
    ],
)
def test_in_swahili_his_hour_is_told_by_both_clocks(hour, told):
    assert told in texts("sw", "x", at=NIGHT.replace(hour=hour))[2]["text"]
    assert "saa" not in texts("fr", "x", at=NIGHT.replace(hour=hour))[2]["text"]


def test_a_text_that_does_not_fit_is_refused_and_never_cut():
    with pytest.raises(TooLong, match="fit into one"):
        texts("ru", "белая ткань " * 8)
    with pytest.raises(TooLong, match="no phrases"):
        texts("ps", "x")


@pytest.mark.parametrize("language", sorted(TABLES))
def test_an_area_is_told_by_as_many_villages_as_one_text_holds_and_else_on_the_way(language):
    many = [f"Верхній Посад-{n}" for n in range(4)]
    told = area_in_words(language, many)
    assert many[0] in told
    assert many[3] not in told
    later = area_in_words(language, [])
    assert later == area_in_words(language, ["Ж" * 80])
    for words in (told, later):
        offered = texts(language, "белая ткань" if language == "ru" else "x", place=words)
        assert units(offered[0]["text"]) <= UNITS
    with pytest.raises(TooLong):
        area_in_words("xx", many)
