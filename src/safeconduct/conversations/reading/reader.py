"""One finished reading of a text, as the rules take it. What was learned is loaded once, when first asked.

`words.json` and `model.json` are data of this room, made by `tools/train_triage.py`. A process that
reads no text never loads them.
"""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import resources

from safeconduct.conversations.reading import judging
from safeconduct.conversations.reading.heard import Found, Reading
from safeconduct.conversations.reading.language import SLAVIC
from safeconduct.conversations.reading.lexicon import Lexicon
from safeconduct.conversations.reading.scoring import TOPIC_SIGN, Model, Scores
from safeconduct.conversations.reading.script import ABROAD, Heard, fold, heard, is_read_back
from safeconduct.conversations.reading.times import TimeSaid, read_times
from safeconduct.conversations.rules import Triage
from safeconduct.programme.profile import Profile
from safeconduct.ways.written import Area, Place, read_places

LEARNED_IN = SLAVIC | {"en"}  # languages of the texts that the model learned from
URGENT = frozenset({"ready", "wounded", "place-time"})
SHOWN = 3  # words that are shown for a class the model alone found
LEAST_SHARE = 0.15  # a word that brought less of a score is not shown for it


@dataclass(frozen=True, slots=True)
class _Learned:
    book: Lexicon
    model: Model
    known: frozenset[str]
    usual: frozenset[str]
    version: str


@cache
def _learned() -> _Learned:
    here = resources.files("safeconduct.conversations.reading")
    raw = {name: here.joinpath(f"{name}.json").read_bytes() for name in ("words", "model")}
    words, model = json.loads(raw["words"]), json.loads(raw["model"])
    usual = frozenset(name[2:] for name in model["weights"] if name[:2] == "w:" and " " not in name)
    return _Learned(
        Lexicon(words["forms"], words["phrases"]),
        Model(model["classes"], model["weights"], model["bias"]),
        usual.union(words["forms"]),
        usual | ABROAD,
        hashlib.sha256(raw["words"] + raw["model"]).hexdigest()[:8],
    )


def version() -> str:
    """Return which lexicon and model read, as eight letters; it is kept with what they raised."""
    return _learned().version


def is_common(word: str) -> bool:
    """Return whether people in his place write a word anyway: it is of the lexicon or the model."""
    return fold(word) in _learned().known


def triage(
    text: str,
    *,
    known: bool,
    context: str,
    profile: Profile,
    sent_at: datetime,
    guess: str = "",
) -> Triage:
    """Read one text whole and let `judging.triage` judge it; see there.

    Args:
        sent_at: world time it came in; what it says of times counts from there.
    """
    return judging.triage(
        text,
        read(text, languages=profile.languages),
        known=known,
        context=context,
        stop_words=profile.stop_words,
        languages=profile.languages,
        times=times_in(text, profile=profile, sent_at=sent_at),
        places=places_in(text, profile=profile),
        guess=guess,
    )


def times_in(text: str, *, profile: Profile, sent_at: datetime) -> list[TimeSaid]:
    """Return the times a text names, on his clock and on ours."""
    zones = tuple(dict.fromkeys((profile.his_zone, profile.zone)))
    return read_times(text, sent_at=sent_at, zones=zones)


def places_in(text: str, *, profile: Profile) -> list[Place]:
    """Return the places a text names by numbers, held against the programme's area."""
    return read_places(text, area=Area(*profile.area_deg))


def read(text: str, *, languages: Collection[str] = LEARNED_IN) -> Reading:
    """Read one text: phrases of the lexicon with his words, and what the model makes of it.

    Args:
        languages: of the programme; where the model learned from none of them only phrases count.
    """
    learned = _learned()
    words = heard(text, known=learned.known, slavic=not SLAVIC.isdisjoint(languages))
    hits = learned.book.hits(words, usual=learned.usual)
    places: dict[str, list[int]] = {}
    for hit in hits:
        if not hit.reason.startswith(TOPIC_SIGN):
            places.setdefault(hit.reason, []).extend(hit.words)
    found = tuple(Found(reason, _shown(words, where)) for reason, where in places.items())
    if LEARNED_IN.isdisjoint(languages):
        return Reading(found)
    scores = learned.model.scores(words, hits)
    return Reading(
        found=found,
        urgent=scores.odds(URGENT),
        forced=scores.odds({"duress"}),
        stop=scores.odds({"optout"}),
        relative=scores.odds({"relative"}),
        likest=max(URGENT, key=lambda name: scores.sums[name]),
        urgent_words=_brought(words, scores, URGENT),
        forced_words=_brought(words, scores, {"duress"}),
        stop_words=_brought(words, scores, {"optout"}),
        read_back=is_read_back(text, words),
    )


def _shown(words: list[Heard], places: list[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words[place].shown for place in sorted(places)))


def _brought(
    words: list[Heard], scores: Scores, classes: frozenset[str] | set[str]
) -> tuple[str, ...]:
    """Return his words that raised these classes most, in the order they stand."""
    known = _learned().known  # a word nobody has learned from is shown for nothing
    parts = [
        max(scores.by_word[name][place] for name in classes) if word.form in known else 0.0
        for place, word in enumerate(words)
    ]
    least = LEAST_SHARE * max(parts, default=0.0)
    best = sorted(range(len(words)), key=lambda place: -parts[place])[:SHOWN]
    return _shown(words, [place for place in best if parts[place] > least])
