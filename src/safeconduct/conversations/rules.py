"""How texts are read before a person reads them, and who answers whom. Pure: values in, verdict out.

The machine only raises; people lower, close, or mark. Order is never hidden, language is a hint,
and nothing here knows or shows that a distress word was written: that is for one supervisor.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from safeconduct.pledges.folding import Word, clean, normal, one_apart, readings_of, words_of
from safeconduct.refusal import Refusal

OLDEST_EVERY = 4  # every fourth pick is the oldest, so that nobody waits for ever
SHORT = 4  # letters; up to here a word counts only whole, for too many others begin like it
LINE_LETTERS = 70  # with a letter of two bytes still in the 160 bytes of `sealing.BUCKETS`
READINGS_A_DAY = 3  # (P) conversations drawn for a second reading each day


class Tier(StrEnum):
    """How soon a person should answer. Raised by rules, lowered by people only."""

    NOW = "now"
    SOON = "soon"
    TODAY = "today"
    NONE = "none"


# What the case told the inbox, and how soon a person reads whatever he writes then.
CONTEXT = {"in_passage": Tier.NOW, "approved": Tier.NOW, "silent": Tier.NOW}
RANK = {Tier.NOW: 0, Tier.SOON: 1, Tier.TODAY: 2, Tier.NONE: 3}


class Kind(StrEnum):
    """What the queue may say about a conversation without a word of it."""

    NEW = "new"
    REPLY = "reply"
    RELATIVE = "relative"
    PRESS = "press"
    STOP = "stop"  # he said stop and nothing else; no answer is waited for


class Agreed(StrEnum):
    """What an agreed word means."""

    DISTRESS = "distress"
    ALL_CLEAR = "all_clear"


class Condition(StrEnum):
    """A hardship he reports, coded from this closed list, counted and never traced to him."""

    NO_FOOD = "no_food"
    NO_WATER = "no_water"
    NO_PAY = "no_pay"
    LOW_MORALE = "low_morale"
    BEATEN = "beaten"
    NO_DOCTOR = "no_doctor"
    NO_LEAVE = "no_leave"
    COLD = "cold"


class Finding(StrEnum):
    """What a supervisor found on a second reading."""

    NOTHING = "nothing"
    KEEP_HELD = "keep_held"
    LET_GO = "let_go"


@dataclass(frozen=True, slots=True)
class Signal:
    """One rule that fired, and his words where they are his."""

    reason: str
    tier: Tier
    words: str = ""


@dataclass(frozen=True, slots=True)
class Triage:
    """What was judged of one text.

    Attributes:
        weight: orders texts of one tier, the greater first; never shown, and no probability.
        forced: what one supervisor reads, and nobody else. Tier, kind, signals and weight are
            judged without it, so that no list of the operators tells of it.
    """

    tier: Tier
    kind: Kind
    language: str
    signals: tuple[Signal, ...]
    weight: int = 0
    forced: tuple[Signal, ...] = ()

    @property
    def reasons(self) -> list[str]:
        """Return the slugs, in order, without his words."""
        return list(dict.fromkeys(signal.reason for signal in self.signals))


def higher(a: Tier, b: Tier) -> Tier:
    """Return the more urgent of two."""
    return min(a, b, key=RANK.__getitem__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One conversation in the shared queue."""

    ref: str
    tier: Tier
    since: datetime
    wave: str = ""  # of many texts alike (`waves`)
    weight: int = 0  # of `Triage.weight`: within a tier the greater first


def line_of(text: str) -> str:
    """Return the beginning of a text as a list shows it, on one line: 70 letters at most."""
    line = " ".join(text.split())
    return line if len(line) <= LINE_LETTERS else f"{line[: LINE_LETTERS - 1]}…"


def tier_of(read: Triage, *, stopped: bool) -> Tier:
    """Return how soon his text wants a person; a bare stop wants one last, and no answer."""
    return Tier.NONE if stopped and not read.signals else read.tier


def next_pick(queue: Sequence[Waiting], *, taken_before: int) -> Waiting | None:
    """Return which conversation comes next; nobody chooses, and every fourth is the oldest.

    Whoever said stop comes after all who wait for an answer, however old. While many texts alike wait
    (`waves`), every second pick is of those who wrote otherwise, so that nobody waits behind a flood;
    the other picks are as ever, for many may write alike and mean it.

    Args:
        taken_before: how many were ever taken, by anybody.
    """
    if not queue:
        return None
    answers = [each for each in queue if each.tier is not Tier.NONE]
    if answers and taken_before % OLDEST_EVERY == OLDEST_EVERY - 1:
        return min(answers, key=lambda each: each.since)
    apart = [each for each in answers if not each.wave] if taken_before % 2 == 0 else []
    return min(apart or queue, key=lambda each: (RANK[each.tier], -each.weight, each.since))


def may_reply(*, state: str, holder: str, officer: str, seen: str, newest: str) -> Refusal | None:
    """Judge whether an officer's reply may go: it is his to answer, and he has read the newest text.

    Args:
        seen, newest: refs of the inbound text on his page, and of the newest there is.
    """
    if state != "open":
        return Refusal("conversation.closed", "This conversation is closed.")
    if holder != officer:
        return Refusal(
            "conversation.held",
            "Another operator answers here now.",
            "Leave him a note inside the conversation.",
        )
    if seen != newest:
        return Refusal(
            "conversation.newer",
            "He has written again since this page was drawn.",
            "Read it, then send; your text is still here.",
        )
    return None


HEARD_BACK = timedelta(hours=12)  # (P) how long afterwards a spoken word may be written down


def may_write_down(text: str, *, ago: timedelta) -> Refusal | None:
    """Judge what an officer writes down of a call: words there are, and of today."""
    if not text.strip():
        return Refusal("conversation.empty", "There is nothing to write down.", "Write his words.")
    if not timedelta() <= ago <= HEARD_BACK:
        return Refusal(
            "spoken.time",
            "This was said too long ago to be written down as if it were fresh.",
            "Leave a note instead, and say in it when it was.",
        )
    return None


def may_lower(reason: str) -> Refusal | None:
    """Urgency is taken off by a person with a reason, never by a rule."""
    if reason.strip():
        return None
    return Refusal("conversation.no_reason", "No reason was given.", "Write one line.")


def agreed_form(word: str) -> str:
    """Return the folded form in which an agreed word is kept and looked for."""
    return normal("".join(part.shown for part in words_of(clean(word))))


def are_alike(word: str, other: str) -> bool:
    """Return whether two words could be taken for one another: one in the other, or a letter apart."""
    form, against = agreed_form(word), agreed_form(other)
    return form in against or against in form or one_apart(form, against)


def may_agree(word: str, *, other: str, common: bool) -> Refusal | None:
    """Judge a word agreed with him: long enough, not common, not like the other one.

    Args:
        common: people in his place write it anyway (`reading.reader.is_common`).
    """
    form, against = agreed_form(word), agreed_form(other)
    if len(form) < SHORT:
        return Refusal(
            "word.short", "This word is too short; it comes up by chance.", "Choose a longer one."
        )
    if against and are_alike(word, other):
        return Refusal(
            "word.alike", "The two words are too alike.", "Choose two that nobody confuses."
        )
    if common:
        return Refusal(
            "word.common", "People in his place write this word anyway.", "Choose another."
        )
    return None


def says(text: str, form: str) -> bool:
    """Return whether an agreed word stands in a text, as a word of its own or one letter off."""
    for word in words_of(clean(text)):
        for reading in word.readings:
            if reading == form or (len(form) > SHORT + 1 and one_apart(reading, form)):
                return True
    return (
        form in normal("".join(word.shown for word in words_of(clean(text))))
        and len(form) > SHORT + 2
    )


def withdraws(text: str, phrases: Collection[str]) -> bool:
    """Return whether a text says that all is well and nothing is needed, and says nothing else.

    Word for word as one of `phrases` has it (profile), in any case and alphabet, whatever stands
    between the words. A word more, fewer or other is a person talking, and a person reads it.
    """
    words = words_of(clean(text))
    alike = [form for number, form in map(_form, phrases) if number == len(words)]
    readings = _run_together(words) if alike else frozenset()
    return any(readings & form for form in alike)


@lru_cache(maxsize=256)  # of the profile's phrases; his own words are kept nowhere
def _form(phrase: str) -> tuple[int, frozenset[str]]:
    words = words_of(clean(phrase))
    return len(words), _run_together(words)


def _run_together(words: Iterable[Word]) -> frozenset[str]:
    """Return the readings of all words as one: a short word in Latin letters has none by itself."""
    return readings_of("".join(word.shown for word in words))


def limit_for(tier: Tier, *, urgent: timedelta, other: timedelta) -> timedelta:
    """Return how long a conversation of this tier may wait for a person."""
    return urgent if tier is Tier.NOW else other


def week_of(at: datetime) -> date:
    """Return the Monday of the week of `at`, UTC."""
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
