"""A flood of texts alike is one party to the queue; who writes otherwise does not wait behind it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.conversations.rules import Tier, Waiting, next_pick
from safeconduct.conversations.tests.sets import rows
from safeconduct.conversations.waves import LEAST, WITHIN, Joined, Waves

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FALSE = (
    "Готов сдаться прямо сейчас, скажите куда ехать и кто меня встретит",
    "Ready to surrender now, tell me the place and who will meet me",
    "Готовий здатися просто зараз, скажіть куди їхати і хто мене зустріне",
)
REAL = "Нас двое, второй ранен в ногу. Сидим в подвале за школой, воды нет. Что нам делать?"
ALIKES = str.maketrans("аеорсух", "aeopcyx")


def disguised(text: str, n: int) -> str:
    """Return a text as a flood varies it: a word left out or doubled, look-alikes, capitals, a number."""
    words = text.split()
    at = n // 8 % len(words)
    ways = ([], [words[at]] * 2, [words[at].upper()], [words[at], "!"])
    words[at : at + 1] = ways[n % 4]
    told = " ".join(words)
    return f"{told.translate(ALIKES) if n // 4 % 2 else told} {n * 7919 % 1000}"


def wave_of(waves: Waves, text: str, n: int, *, at: datetime = NOON) -> str:
    return waves.of(text, ref=f"p{n}", key=f"{n} {at}", now=at).wave


def test_ten_thousand_disguised_texts_are_few_waves_and_the_real_one_is_in_none():
    waves, told = Waves(), []
    for n in range(10_000):
        at = NOON + n * timedelta(seconds=0.1)
        told.append(wave_of(waves, disguised(FALSE[n % 3], n), n, at=at))
        if n == 5_000:
            assert wave_of(waves, REAL, -1, at=at) == ""
    assert told.count("") < 10_000 / 100
    assert len(set(told)) <= 3 * len(FALSE)


def test_different_people_in_different_words_are_no_wave():
    waves = Waves()
    found = [wave_of(waves, row["text"], n) for n, row in enumerate(rows("inbound"))]
    assert sum(map(bool, found)) == 0


def test_a_few_who_write_alike_are_no_wave_one_more_makes_all_of_them_one_and_is_told_once():
    waves = Waves()
    assert [wave_of(waves, FALSE[0], n) for n in range(LEAST - 1)] == [""] * (LEAST - 1)
    joined = waves.of(FALSE[0], ref="last", key="last", now=NOON)
    assert joined.wave
    assert joined.others == tuple(f"p{n}" for n in range(LEAST - 1))
    assert waves.of(FALSE[0], ref="more", key="more", now=NOON) == Joined(joined.wave)


def test_what_a_failed_commit_brings_again_counts_once_and_tells_the_others_anew():
    waves = Waves()
    for tried in "abc":
        told = [
            waves.of(FALSE[0], ref=f"{tried}{n}", key=f"{n}", now=NOON) for n in range(LEAST - 1)
        ]
        assert told == [Joined()] * (LEAST - 1)
    for tried in "cd":
        last = waves.of(FALSE[0], ref=f"{tried}last", key="last", now=NOON)
        assert last.wave
        assert last.others == tuple(f"c{n}" for n in range(LEAST - 1))


def test_one_who_repeats_himself_is_one_and_many_in_a_day_are_no_wave():
    waves = Waves()
    assert all(wave_of(waves, FALSE[0], 1) == "" for _n in range(100))
    slow = Waves()
    assert all(wave_of(slow, FALSE[0], n, at=NOON + n * WITHIN / 8) == "" for n in range(100))


def test_what_has_no_letters_is_read_too():
    waves = Waves()
    assert [wave_of(waves, "+", n) for n in range(LEAST)][-1] != ""


@given(first=st.integers(0, 1000), ahead=st.integers(0, 200))
def test_whoever_writes_otherwise_is_one_of_the_next_two_picks_whatever_flood_waits_and_nobody_is_hidden(
    first, ahead
):
    flood = [
        Waiting(f"f{n}", Tier.NOW, NOON + timedelta(seconds=n), wave="w") for n in range(ahead)
    ]
    queue = [*flood, Waiting("he", Tier.TODAY, NOON + timedelta(days=1))]
    taken = []
    for n in range(len(queue)):
        pick = next_pick(queue, taken_before=first + n)
        queue.remove(pick)
        taken.append(pick.ref)
    assert "he" in taken[:2]
    assert len(taken) == ahead + 1
