"""What a finished reading amounts to: how soon a person reads it, in which order, and why. Pure.

It only raises: a tier falls by a person's hand alone. Nothing here asks what a text means to the case.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from safeconduct.conversations.reading.heard import UNTOLD, Reading
from safeconduct.conversations.reading.language import language_of
from safeconduct.conversations.reading.times import TimeSaid
from safeconduct.conversations.rules import CONTEXT, RANK, Kind, Signal, Tier, Triage
from safeconduct.pledges.folding import clean, words_of
from safeconduct.post.rules import is_stop, stop_readings
from safeconduct.ways.written import Place

# What the lexicon found → how soon a person reads it. The model alone may raise to NOW as well.
_TIERS = {
    "comes": Tier.NOW,
    "despair": Tier.NOW,
    "hurt": Tier.NOW,
    "danger": Tier.NOW,
    "time": Tier.NOW,
    "child": Tier.NOW,
    "kin": Tier.TODAY,
    "press": Tier.TODAY,
}
_SAID = {"comes": "ready"}  # two lists of phrases under one reason
_BY_MODEL = {"ready": "ready", "wounded": "hurt", "place-time": "place"}
# Log-odds, set on what may be tuned on.
NOW_FROM, FORCED_FROM, RELATIVE_FROM, STOP_FROM = -1.0, -1.5, -1.0, -1.0
PLAIN_STOP = 0.5  # so much more like a stop than like force, it is a stop and nothing else
_MINOR_AGE = re.compile(  # "I am 15 minutes away" is no age
    r"(?i)\b(?:мне|мені|i am|i'm|j'ai)\s+(1[0-7])\b(?!\s*(?:мин|хв|час|годин|метр|килом|кілом|км|min|hour|met|km))"
)
_PLANNED = frozenset({"in_passage", "approved"})
# Of `Triage.weight`: one of the log-odds; what is sure.
ODDS, CERTAIN, BY_CASE, WEIGHT_MOST = 40, 10, 500, 1000


def triage(
    text: str,
    reading: Reading,
    *,
    known: bool,
    context: str,
    stop_words: Collection[str],
    languages: Sequence[str],
    times: Sequence[TimeSaid] = (),
    places: Sequence[Place] = (),
    guess: str = "",
) -> Triage:
    """Judge one text that was read: what it is, how soon, in which order, and why.

    Args:
        reading: what the lexicon and the model found in it.
        known: he has written before.
        context: what the case told us ("in_passage"); such a person is urgent whatever he says.
        times, places: what it names of them; a time gone by raises nothing.
        guess: the language he wrote in before.
    """
    reading = _answered_for(reading)
    hard = [*_by_case(context), *_by_form(text, stop_words), *_by_facts(times, places)]
    bare = is_stop(text, stop_words)  # then there is nothing to ask: the post shut the door
    signals = _once([*hard, *_by_reading(reading), *([] if bare else _by_stop(reading))])
    kind = _kind(reading, known=known)
    tiers = [signal.tier for signal in signals]
    later = bool(tiers) and all(tier is Tier.TODAY for tier in tiers)
    tier = Tier.TODAY if later else min([*tiers, Tier.SOON], key=RANK.__getitem__)
    language = language_of(text, languages=languages, guess=guess, read_back=reading.read_back)
    weight = round(reading.urgent * ODDS) + CERTAIN * bool(hard) + BY_CASE * (context in CONTEXT)
    return Triage(
        tier, kind, language, tuple(signals),
        weight=max(-WEIGHT_MOST, min(WEIGHT_MOST, weight)),
        forced=tuple(_forced(reading, bare=bare, asks="?" in text, context=context)),
    )  # fmt: skip


def _answered_for(reading: Reading) -> Reading:
    """Return the reading without what no word answers for: nobody could be shown why.

    So texts of words that nothing was learned from are all alike, and an agreed word among them as
    well: it moves no list.
    """
    urgent = reading.urgent if reading.urgent_words or reading.found else UNTOLD
    forced = reading.forced if reading.forced_words or reading.has("forced") else UNTOLD
    return replace(reading, urgent=urgent, forced=forced)


def _by_case(context: str) -> list[Signal]:
    return [Signal(context, CONTEXT[context])] if context in CONTEXT else []


def _by_facts(times: Sequence[TimeSaid], places: Sequence[Place]) -> list[Signal]:
    ahead = [each.words for each in times if each.is_ahead]
    found = [Signal("time", Tier.NOW, ", ".join(dict.fromkeys(ahead)))] if ahead else []
    if places:
        found.append(Signal("place", Tier.NOW, "; ".join(each.words for each in places)))
    return found


def _by_reading(reading: Reading) -> list[Signal]:
    """Return what was read in his words: phrases of the lexicon, and what the model raised."""
    found = [
        Signal(_SAID.get(each.reason, each.reason), _TIERS[each.reason], ", ".join(each.words))
        for each in reading.found
        if each.reason in _TIERS
    ]
    if reading.urgent >= NOW_FROM:
        reason = _BY_MODEL[reading.likest]
        words = reading.words_for(reason) or reading.urgent_words
        found.append(Signal(reason, Tier.NOW, ", ".join(words)))
    return found


def _by_stop(reading: Reading) -> list[Signal]:
    """Return that he asks for no more in other words than the stop words: a person ends it."""
    words = reading.words_for("stop") or reading.stop_words
    if reading.stop < STOP_FROM or not words:
        return []
    return [Signal("asks_stop", Tier.SOON, ", ".join(words))]


def _once(signals: Iterable[Signal]) -> list[Signal]:
    """Return one signal for each reason, the most urgent first, with all its words."""
    found: dict[str, Signal] = {}
    for signal in sorted(signals, key=lambda each: RANK[each.tier]):
        before = found.get(signal.reason, signal)
        told = [word for each in (before, signal) for word in each.words.split(", ") if word]
        found[signal.reason] = replace(before, words=", ".join(dict.fromkeys(told)))
    return list(found.values())


def _kind(reading: Reading, *, known: bool) -> Kind:
    if reading.has("press") and reading.urgent < NOW_FROM:
        return Kind.PRESS
    asks = reading.relative >= RELATIVE_FROM or (reading.has("kin") and reading.urgent < NOW_FROM)
    if asks:
        return Kind.RELATIVE
    return Kind.REPLY if known else Kind.NEW


def _forced(reading: Reading, *, bare: bool, asks: bool, context: str) -> list[Signal]:
    """Return what hints that he is forced or watched. For one supervisor: it moves nothing else.

    A stop word and nothing beside it (`bare`) tells nothing. In mid-plan a calm goodbye is such a hint, for nothing in its words tells it from any other. Who
    asks something takes no leave.
    """
    found = []
    if not bare and reading.forced >= max(FORCED_FROM, reading.stop - PLAIN_STOP):
        words = reading.words_for("forced") or reading.forced_words
        found.append(Signal("forced", Tier.NOW, ", ".join(words)))
    if context in _PLANNED and not asks and reading.has("goodbye"):
        found.append(Signal("goodbye", Tier.NOW, ", ".join(reading.words_for("goodbye"))))
    return found


def _by_form(text: str, stop_words: Collection[str]) -> list[Signal]:
    found = []
    if age := _MINOR_AGE.search(text):
        found.append(Signal("child", Tier.NOW, age.group()))
    words = words_of(clean(text))
    stops = stop_readings([word for word in stop_words if len(word) > 1])
    said = [word.shown for word in words if word.readings & stops]
    if said and len(words) > 1:
        # A stop with more behind it is a person talking, and perhaps one who was found out.
        found.append(Signal("stop_and_more", Tier.NOW, ", ".join(said)))
    return found
