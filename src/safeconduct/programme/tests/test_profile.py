"""A profile is whole, or the start is refused with the name of what is missing."""

import re
import tomllib

import pytest

from safeconduct.programme import load
from safeconduct.programme.profile import AT, BOUNDS, SAID, WrongProfile, read

SHIPPED = sorted(load.SHIPPED.glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_shipped_profile_is_whole(path):
    profile = read(tomllib.loads(path.read_text()))
    assert profile.stop_words
    assert len(profile.signs) >= 2


def test_the_shipped_profiles_have_the_same_limits_and_texts():
    one, other = (read(tomllib.loads(p.read_text())) for p in SHIPPED[:2])
    assert set(one.limits_s) == set(other.limits_s)
    assert set(one.limits_m) == set(other.limits_m)
    assert set(one.limits_milli) == set(other.limits_milli)
    assert set(one.duties) == set(other.duties)
    assert set(one.texts) == set(other.texts)


@pytest.mark.parametrize(
    "entry",
    ["languages", "stop_words", "limits_s", "limits_milli", "signs", "law", "duties", "states"],
)
def test_a_profile_without_an_entry_is_refused_by_its_name(entry):
    told = tomllib.loads(SHIPPED[0].read_text())
    del told[entry]
    with pytest.raises(WrongProfile, match=entry):
        read(told)


def test_a_text_that_lacks_a_language_is_refused():
    told = tomllib.loads(SHIPPED[0].read_text())
    del told["texts"]["abort"][told["languages"][0]]
    with pytest.raises(WrongProfile, match="abort"):
        read(told)


def test_an_unknown_limit_or_text_names_where_to_add_it():
    profile = read(tomllib.loads(SHIPPED[0].read_text()))
    with pytest.raises(WrongProfile, match=r"\[limits_s\]"):
        profile.limit("coffee")
    with pytest.raises(WrongProfile, match=r"\[limits_m\]"):
        profile.metres("coffee")
    with pytest.raises(WrongProfile, match=r"\[texts\]"):
        profile.text("coffee", "fr")
    with pytest.raises(WrongProfile, match=r"\[limits_milli\]"):
        profile.milli("coffee")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda p: p.stem)
def test_a_console_of_a_shipped_programme_speaks_only_what_it_was_translated_into(path):
    assert load.reviewed(path).console


@pytest.mark.parametrize(
    ("console", "named"), [(["fr", "en"], "fr"), (["en", "tlh"], "tlh"), ([], "")]
)
def test_a_console_in_a_language_without_a_catalogue_is_refused_by_name(tmp_path, console, named):
    path = tmp_path / "programme.toml"
    told = SHIPPED[0].read_text(encoding="utf-8")
    path.write_text(re.sub(r"console = \[.*?\].*", f"console = {console}", told), encoding="utf-8")
    with pytest.raises(WrongProfile, match=rf"console.*{named}.*en, ru, uk"):
        load.reviewed(path)


def changed(table, name, value):
    told = tomllib.loads(SHIPPED[0].read_text())
    assert name in told[table]
    told[table][name] = value
    return told


@pytest.mark.parametrize(("at", "bound"), BOUNDS.items(), ids=lambda at: str(at[-1]))
def test_a_limit_may_be_stricter_and_never_laxer_than_its_bound(at, bound):
    least, most, _why = bound
    for value in (least, most):
        read(changed(*at, value))
    for value in (least - 1, most + 1):
        with pytest.raises(WrongProfile, match=f"{at[1]}.*from {least} to {most}"):
            read(changed(*at, value))


@pytest.mark.parametrize("value", [0, -5, 1.5, True, "60"])
def test_a_limit_is_a_whole_number_above_nought(value):
    with pytest.raises(WrongProfile, match="first_reply"):
        read(changed("limits_s", "first_reply", value))


@pytest.mark.parametrize("value", [0.05, "5 cents", "0.05", "EUR 0.05", "-1 EUR"])
def test_a_cost_is_an_amount_and_a_currency_or_left_out(value):
    told = tomllib.loads(SHIPPED[0].read_text())
    with pytest.raises(WrongProfile, match="part_cost"):
        read({**told, "part_cost": value})
    del told["part_cost"]
    assert read(told).part_cost == ""


@pytest.mark.parametrize("key", SAID)
def test_a_text_that_the_programme_says_by_itself_is_not_left_out(key):
    told = tomllib.loads(SHIPPED[0].read_text())
    del told["texts"][key]
    with pytest.raises(WrongProfile, match=rf"texts.*lacks {key}"):
        read(told)


@pytest.mark.parametrize("key", ["tracing_call_at", "tracing_call_none"])
def test_a_text_has_one_place_for_a_time_or_none_in_each_language(key):
    told = tomllib.loads(SHIPPED[0].read_text())
    text = told["texts"][key]
    one = next(iter(text))
    text[one] = text[one].replace(AT, "") if AT in text[one] else f"{text[one]} {AT}"
    with pytest.raises(WrongProfile, match=rf"{key}.*takes (one|no)"):
        read(told)


def test_a_duty_or_state_without_a_name_in_each_language_of_the_console_is_refused():
    for table, entry in (("duties", "RCV"), ("states", "RECEIVED")):
        told = tomllib.loads((load.SHIPPED / "rivers.toml").read_text())
        del told[table][entry]["en"]
        with pytest.raises(WrongProfile, match=rf"\[{table}.{entry}\] lacks en"):
            read(told)


def test_a_sign_that_the_staff_cannot_read_is_refused():
    told = tomllib.loads((load.SHIPPED / "rivers.toml").read_text())
    assert read(told).signs[0].text["en"]
    del told["signs"]["white_cloth"]["en"]
    with pytest.raises(WrongProfile, match="sign 'white_cloth' lacks en"):
        read(told)


def test_the_second_programme_keeps_two_more_duties_apart_and_names_its_own_states():
    told = read(tomllib.loads((load.SHIPPED / "rivers.toml").read_text()))
    assert told.apart == (frozenset({"OP", "VER"}),)
    assert told.states["RECEIVED"]["en"] == "At the transit site"
