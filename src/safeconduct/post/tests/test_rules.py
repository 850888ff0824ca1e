import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.post import rules
from safeconduct.post.rules import (
    JUST_WROTE,
    REPLY_OPEN,
    HoldKind,
    Kind,
    Opening,
    Outcome,
    Piece,
    Standing,
    Usual,
    WindowKind,
)
from safeconduct.programme import load, profile

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROFILES = [profile.read(tomllib.loads(p.read_text())) for p in sorted(load.SHIPPED.glob("*.toml"))]
STOPS = next(p for p in PROFILES if p.key == "ukraine").stop_words
TO_HIM = [kind for kind in Kind if kind not in {Kind.CAMPAIGN, Kind.CONFIRM}]


def may(kind, standing, now=NOON):
    return rules.may_send(kind, standing, now=now, reply_after_stop=DAY)


moments = st.just(NOON).flatmap(lambda at: st.timedeltas(-300 * DAY, 300 * DAY).map(at.__add__))
minutes = st.integers(0, 1439)
dailies = st.builds(
    Opening,
    kind=st.just(WindowKind.DAILY),
    opens_at=st.just(datetime(2025, 1, 1, tzinfo=UTC)),
    closes_at=st.none(),
    zone=st.sampled_from(["Europe/Moscow", "Europe/Kyiv", "UTC", "Africa/Kinshasa"]),
    from_minute=minutes,
    to_minute=minutes,
)


@given(st.sampled_from(TO_HIM), st.lists(dailies, min_size=1, max_size=3), moments, st.booleans())
def test_a_silent_person_outside_his_window_is_never_written_to(kind, openings, now, wrote):
    """Every sender: replies, scripts, instructions, aborts. He wrote long ago, or never."""
    standing = Standing(
        last_inbound_at=now - REPLY_OPEN - timedelta(minutes=1) if wrote else None,
        openings=tuple(openings),
    )
    if any(rules.open_until(opening, now=now) for opening in openings):
        return
    assert may(kind, standing, now) is not None
    verdict = rules.may_leave(kind, standing, now=now, reply_after_stop=DAY)
    assert verdict is not None


@given(st.sampled_from(list(Kind)), moments, st.lists(dailies, max_size=2))
def test_nothing_at_all_reaches_one_who_said_stop_and_kept_silent(kind, now, openings):
    way = Opening(WindowKind.WAY, now - DAY, None)
    standing = Standing(
        opted_out_at=now - timedelta(hours=1),
        last_inbound_at=now - timedelta(hours=1),
        openings=(*openings, way),
        confirmed=True,
    )
    assert may(kind, standing, now) is not None


@given(moments, st.timedeltas(timedelta(), timedelta(hours=24)))
def test_after_a_stop_his_own_new_text_opens_a_day_for_replies_and_never_for_campaigns(now, ago):
    standing = Standing(opted_out_at=now - 3 * DAY, last_inbound_at=now - ago)
    if ago < REPLY_OPEN:
        assert may(Kind.REPLY, standing, now) is None
    assert may(Kind.CAMPAIGN, standing, now) is not None


def test_a_freeze_stops_everything_but_the_abort_he_agreed_to():
    way = Opening(WindowKind.WAY, NOON - DAY, None)
    frozen = Standing(holds=frozenset({HoldKind.FREEZE}), last_inbound_at=NOON, openings=(way,))
    assert may(Kind.ABORT, frozen) is None
    for kind in (Kind.REPLY, Kind.SCRIPT, Kind.INSTRUCTION, Kind.CAMPAIGN):
        refusal = may(kind, frozen)
        assert refusal is not None
        assert refusal.code == "post.frozen"


def test_a_silent_hold_is_seen_at_the_claim_and_never_at_the_door():
    held = Standing(holds=frozenset({HoldKind.SILENT}), last_inbound_at=NOON)
    assert may(Kind.REPLY, held) is None
    leave = rules.may_leave(Kind.REPLY, held, now=NOON, reply_after_stop=DAY)
    assert leave is not None
    assert rules.may_leave(Kind.SCRIPT, held, now=NOON, reply_after_stop=DAY) is None


def test_texts_of_the_way_leave_only_while_he_has_agreed_to_them():
    asked = Standing(last_inbound_at=NOON)
    assert may(Kind.INSTRUCTION, asked) is not None
    way = Opening(WindowKind.WAY, NOON, None)
    assert may(Kind.INSTRUCTION, Standing(openings=(way,))) is None
    closed = Opening(WindowKind.WAY, NOON - DAY, NOON)
    assert may(Kind.ABORT, Standing(openings=(closed,))) is not None


@given(st.sampled_from([k for k in TO_HIM if k not in {Kind.INSTRUCTION, Kind.ABORT}]), moments)
def test_the_way_he_agreed_to_opens_no_door_for_any_other_text(kind, now):
    way = Opening(WindowKind.WAY, now - timedelta(hours=1), None)
    silent = Standing(last_inbound_at=now - REPLY_OPEN, openings=(way,))
    assert may(Kind.ABORT, silent, now) is None
    assert may(kind, silent, now) is not None
    assert rules.window_left(silent, now=now) is None
    asked = Standing(last_inbound_at=now, openings=(way,))
    assert may(kind, asked, now) is None


def test_a_daily_window_is_his_own_clocks_and_may_run_over_midnight():
    late = Opening(WindowKind.DAILY, NOON - DAY, None, "Europe/Moscow", 23 * 60, 60)
    at = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)  # half past midnight of his
    assert rules.open_until(late, now=at) == datetime(2026, 11, 22, 22, tzinfo=UTC)
    assert rules.open_until(late, now=at + timedelta(minutes=30)) is None
    assert rules.open_until(late, now=at - timedelta(minutes=91)) is None


def test_he_may_be_answered_while_the_phone_is_in_his_hand():
    shut = Opening(WindowKind.DAILY, NOON - DAY, None, "UTC", 60, 120)
    assert may(Kind.REPLY, Standing(last_inbound_at=NOON, openings=(shut,))) is None
    later = NOON + JUST_WROTE
    assert may(Kind.REPLY, Standing(last_inbound_at=NOON, openings=(shut,)), later) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "Stop", "stop.", "STOP!!!", "s t o p", "stp", "stopp", "СТОП", "стоп", "Стоп.", "с т о п"),
        *("CTОП", "cтoп", "стоп\n", "0", " 0 ", "0.", "Отписка", "отпискa", "ВІДПИСКА", "unsubscribe"),
        *("توقف", "تَوَقَّفْ", "تـوقـف", "ت و ق ف", "توقف!", "قف؟", "ايقاف", "اوقف", "الغاء", "٠", "۰", "0️⃣"),
    ],
)  # fmt: skip
def test_a_stop_word_is_known_in_every_alphabet_and_with_one_slip(text):
    assert rules.is_stop(text, STOPS)


@pytest.mark.parametrize(
    "text",
    [
        *("стоп, они идут", "не стоп", "стой", "стол", "step", "00", "10", "да", "", "…", "стоп кто там"),
        *("Не пишите", "stop it they come", "остановите их", "0 людей", "стою", "٠٠", "١٠", "stow"),
        *("توقف، إنهم قادمون", "متوقف", "توقعت", "يتوقف", "وقف", "لا تتوقف", "قف هنا"),
    ],
)  # fmt: skip
def test_a_stop_word_with_more_behind_it_is_a_person_talking(text):
    assert not rules.is_stop(text, STOPS)


# What may lie over, in or around a word without being another word.
MARKS = [*map(chr, range(0x300, 0x370)), *map(chr, range(0x64B, 0x653)), "\u20e3", "\ufe0f"]
UNSEEN = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u200e",
    "\u200f",
    "\u061c",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u3164",
]
AROUND = [" ", "\n", "\t", "\u00a0", "\u2028", *".,!?…«»\"'()*-_/;:#", "،", "؟", "؛", "。", "👍"]
ORDINARY = (
    *("они", "идут", "людей", "помогите", "не", "там", "вони", "йдуть", "мене", "help", "they", "come"),
    *("nous", "sommes", "ici", "wanakuja", "niko", "peke", "إنهم", "قادمون", "نحن", "هنا", "12:30", "15"),
)  # fmt: skip
stop_words = st.sampled_from([(word, p.stop_words) for p in PROFILES for word in p.stop_words])


@st.composite
def dressed(draw, word):
    """Return `word` as somebody may write it: any case, marks, stretched, spaced, unseen signs."""
    letters = []
    for letter in word:
        shown = draw(st.sampled_from([letter.lower(), letter.upper(), letter.title()]))
        shown += draw(st.text(st.sampled_from(MARKS), max_size=2))
        shown += "\u0640" * draw(st.integers(0, 2)) * ("\u0620" <= letter <= "\u064a")
        letters.append(shown + draw(st.text(st.sampled_from(UNSEEN), max_size=2)))
    around = st.text(st.sampled_from(AROUND), max_size=4)
    return draw(around) + draw(st.sampled_from(["", " "])).join(letters) + draw(around)


@given(stop_words.flatmap(lambda told: st.tuples(dressed(told[0]), st.just(told[1]))))
def test_a_stop_word_is_heard_however_it_is_written(told):
    text, words = told
    assert rules.is_stop(text, words)


@given(
    stop_words.flatmap(lambda told: st.tuples(dressed(told[0]), st.just(told[1]))),
    st.lists(st.sampled_from(ORDINARY), min_size=1, max_size=4),
    st.integers(0, 4),
    st.sampled_from([" ", ", ", ". ", "\n", "! "]),
)
def test_a_sentence_with_a_stop_word_in_it_is_a_person_talking(told, others, at, between):
    text, words = told
    said = between.join([*others[:at], text, *others[at:]])
    assert not rules.is_stop(said, words)


def test_the_first_shipped_programme_hears_stop_in_three_scripts_and_as_a_digit():
    scripts = {unicodedata.name(word[0]).split()[0] for word in STOPS}
    assert {"LATIN", "CYRILLIC", "ARABIC", "DIGIT"} <= scripts


@given(st.permutations([1, 2, 3]), st.integers(0, 2))
def test_parts_are_put_together_in_order_and_a_redelivered_one_stands_apart(order, again):
    pieces = [Piece(f"k{n}", n, 3) for n in order]
    pieces.append(Piece("again", order[again], 3))
    groups = rules.groups_of(pieces)
    assert [piece.number for piece in groups[0]] == [1, 2, 3]
    assert [piece.key for piece in groups[1]] == ["again"]


@given(st.lists(st.sampled_from(list(Outcome)), min_size=1))
def test_every_text_ends_in_exactly_one_outcome(outcomes):
    final = rules.final(outcomes)
    assert final in outcomes
    assert (final is Outcome.UNKNOWN) == (set(outcomes) == {Outcome.UNKNOWN})


def test_a_campaign_is_tried_once_whatever_happened():
    assert not rules.may_repeat(Kind.CAMPAIGN, attempts=1)
    assert rules.may_repeat(Kind.REPLY, attempts=1)
    assert not rules.may_repeat(Kind.REPLY, attempts=rules.MAX_ATTEMPTS)


def test_a_window_that_opens_now_is_open_to_whoever_read_the_clock_before_it_was_stored():
    """He waited for the row meanwhile; one that opens tomorrow is shut."""

    def may_be_led(ahead):
        standing = Standing(openings=(Opening(WindowKind.WAY, NOON + ahead, None),))
        return may(Kind.INSTRUCTION, standing)

    assert may_be_led(timedelta()) is None
    assert may_be_led(timedelta(milliseconds=70)) is None
    assert may_be_led(timedelta(minutes=2)) is not None


def test_a_claim_that_read_the_clock_before_his_text_was_stored_still_answers_him():
    """It waited for the lock meanwhile; a text truly ahead of the clock opens nothing."""

    def leaves(ahead):
        standing = Standing(last_inbound_at=NOON + ahead)
        return rules.may_leave(Kind.SCRIPT, standing, now=NOON, reply_after_stop=DAY)

    assert leaves(timedelta(milliseconds=70)) is None
    assert leaves(timedelta(minutes=2)) is not None


fates = st.builds(
    dict,
    truth=st.none() | st.sampled_from(Outcome),
    arrived=st.booleans(),
    held=st.booleans(),
    again=st.booleans(),
)


@given(fates)
def test_to_others_a_held_text_seems_arrived_unless_somebody_must_write_again(fate):
    truth, held, again = fate["truth"], fate["held"], fate["again"]
    arrived = fate["arrived"] and truth is Outcome.SENT
    seems = rules.veil_covers(truth, arrived=arrived, held=held, again=again) or arrived
    never_left = truth is Outcome.SKIPPED and not held
    nobody_tries = truth is Outcome.UNKNOWN and not held and not again
    assert seems is not (truth is Outcome.REFUSED or never_left or nobody_tries)


@given(st.sampled_from([None, Outcome.SKIPPED, Outcome.UNKNOWN]), st.booleans())
def test_while_the_hold_lasts_no_page_of_others_tells_a_held_text_from_another(truth, again):
    assert rules.veil_covers(truth, arrived=False, held=True, again=again)


usuals = st.lists(
    st.builds(
        Usual,
        st.timedeltas(timedelta(), timedelta(minutes=1)),
        st.none() | st.timedeltas(timedelta(), timedelta(days=1)),
    ),
    max_size=20,
)


@given(usuals)
def test_a_veil_takes_delays_that_have_been_and_none_of_the_slower_half(known):
    taken = rules.veil_may_take(known)
    assert taken
    if not known:
        assert list(taken) == [rules.FIRST_USUAL]
        return
    assert set(taken) <= set(known)
    arrivals = sorted(each.arrived for each in known if each.arrived is not None)
    if arrivals:
        assert max(each.arrived for each in taken) <= arrivals[len(arrivals) // 2]
