"""What in a text is a promise, and what is a threat. Pure: text in, findings out.

Deny by default: money, numbers, status, guarantees, times and places leave only inside the literal
words of a token (`rules.Token`), and a text in letters nobody here can read does not leave at all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from safeconduct.pledges import lexicon
from safeconduct.pledges.folding import Word, clean, joined, with_runs_joined, words_of
from safeconduct.pledges.stems import Stems

_STOP_ZERO = re.compile(
    r"(?i)(?:\b(?:стоп|stop|отписк\w*|відписк\w*|ответьте|надішліть|reply|send|répondez|tuma|acha|arrêt)\W{1,3})"
    r"(?P<zero>0)(?![\w.,:])"
)
_LETTERS = re.compile(r"LATIN|CYRILLIC")
_HARMLESS_SIGNS = frozenset("№%&*+-=<>/\\|~^`°")
_PROPER = frozenset(
    [
        "i",
        "sms",
        "icrc",
        "stop",
        "стоп",
        "a",
        "b",
        "а",
        "б",
        "в",
        "с",
        "вы",
        "вам",
        "вас",
        "ваш",
        "ваша",
        "ви",
        "ваші",
        "красный",
        "крест",
        "креста",
        "червоний",
        "хрест",
        "red",
        "cross",
        "ok",
        "ок",
        "no",
        "yes",
        "нет",
        "да",
        "так",
        "ні",
    ]
)

Test = Callable[[Word], bool]


@dataclass(frozen=True, slots=True)
class Promise:
    """One piece of a text that may not leave without a token.

    Attributes:
        kind: money, number, status, guarantee, safety, time, place, unread or threat.
        words: as they stand in the text, to be highlighted.
    """

    kind: str
    words: str


def found(text: str) -> list[Promise]:
    """Return every piece of `text` that promises something, in order of kinds, without doubles.

    `\\x00` stands where a token's words were: nothing is read across it.
    """
    cleaned = "\x00".join(clean(part) for part in text.split("\x00"))
    words = _without_alone(words_of(cleaned))
    hits = [
        *_signs(cleaned),
        *_by_words(words, cleaned),
        *_counted(words),
        *_phrases(words, "safety"),
        *_phrases(with_runs_joined(words, cleaned), "safety"),
        *_names(words, cleaned),
    ]
    return list(dict.fromkeys(hits))


def _without_alone(words: list[Word]) -> list[Word]:
    """Leave out Swahili's "peke" where it means alone; by itself it stays suspect."""
    peke, whose = lexicon.ALONE
    alone = {
        n
        for n, (word, after) in enumerate(pairwise(words))
        if word.shown.casefold() == peke and after.shown.casefold() in whose
    }
    return [word for n, word in enumerate(words) if n not in alone]


def threats(text: str) -> list[Promise]:
    """Return every threat of no survivors, and every deadline put as one (AP I Article 40, L)."""
    cleaned = clean(text)
    words = words_of(cleaned)
    every = [*words, *joined(words, cleaned)]
    hits = [
        Promise("threat", word.shown) for word in every if _has_stem(word, lexicon.THREAT_STEMS)
    ]
    hits += _phrases(words, "threat")
    hits += _phrases(with_runs_joined(words, cleaned), "threat")
    return list(dict.fromkeys(hits))


def _signs(cleaned: str) -> Iterator[Promise]:
    """Numbers, currency signs, and letters of an alphabet that nobody here reads."""
    free = {m.start("zero") for m in _STOP_ZERO.finditer(cleaned)}
    for match in re.finditer(r"\S*\d\S*", cleaned):
        digits = {match.start() + i for i, c in enumerate(match.group()) if c.isdigit()}
        if digits - free:
            yield Promise("number", match.group().strip("\x00"))
    for i, sign in enumerate(cleaned):
        category = unicodedata.category(sign)
        if category == "Sc":
            yield Promise("money", cleaned[max(0, i - 6) : i + 6].strip())
        elif (category in {"So", "Co", "Cn", "Nl", "No"} and sign not in _HARMLESS_SIGNS) or (
            category[0] == "L" and not _LETTERS.search(unicodedata.name(sign, ""))
        ):
            yield Promise("unread", sign)


def _by_words(words: list[Word], cleaned: str) -> Iterator[Promise]:
    for kind, (whole, stems) in lexicon.KINDS.items():
        for word in words:
            if word.readings & whole or _has_stem(word, stems):
                yield Promise(kind, word.shown)
        for word in joined(words, cleaned):
            if _spelled_apart(word, whole, stems):
                yield Promise(kind, word.shown)


def _has_stem(word: Word, stems: Stems) -> bool:
    if any(reading.startswith(lexicon.INNOCENT) for reading in word.readings):
        return any(map(stems.begins, word.readings))
    return any(map(stems.fits, word.readings))


def _spelled_apart(word: Word, whole: frozenset[str], stems: Stems) -> bool:
    """Whether neighbours together spell a word that none of them is alone."""
    pieces = [piece for piece in re.split(r"[\W_]+", word.shown) if piece]
    if all(len(piece) <= 2 for piece in pieces) and len(pieces) > 2:  # noqa: PLR2004  "а м н", "ам ни ст"
        return bool(word.readings & whole) or any(map(stems.fits, word.readings))
    return any(stems.spelled(reading, beyond=len(pieces[0])) for reading in word.readings)


def _counted(words: list[Word]) -> Iterator[Promise]:
    """A small number or "in" beside a unit: "two days", "через час", "in an hour", "siku mbili"."""
    whole, stems = lexicon.UNIT
    for i, word in enumerate(words):
        near = words[i + 1 : i + 3] + (
            words[max(0, i - 1) : i] if word.readings & lexicon.BEHIND else []
        )
        if not word.readings & lexicon.SMALL:
            continue
        for unit in near:
            if unit.readings & whole or any(map(stems.begins, unit.readings)):
                yield Promise("time", f"{word.shown} … {unit.shown}")


def _phrases(words: list[Word], kind: str) -> list[Promise]:
    return [
        Promise(kind, " ".join(word.shown for word in words[i : i + 5]))
        for phrase in _PHRASES[kind]
        for i in range(len(words))
        if _phrase_at(words, i, phrase)
    ]


def _phrase_at(words: list[Word], start: int, phrase: tuple[Test, ...]) -> bool:
    at = start
    for n, test in enumerate(phrase):
        reach = words[at : at + (1 if n == 0 else 3)]
        step = next((k for k, word in enumerate(reach) if test(word)), None)
        if step is None:
            return False
        at += step + 1
    return True


def _is_part(part: str) -> Test:
    if part.startswith("="):
        return lambda word: part[1:] in word.readings
    stems = Stems([part])
    return lambda word: any(map(stems.fits, word.readings))


_PHRASES = {
    kind: [tuple(map(_is_part, phrase)) for phrase in phrases]
    for kind, phrases in lexicon.PHRASES.items()
}


def _names(words: list[Word], cleaned: str) -> Iterator[Promise]:
    """A capital letter inside a sentence is a name of a person, a place or a unit."""
    for before, word in pairwise(words):
        between = cleaned[before.end : word.start]
        if re.search(r"[.!?:;\n\x00«\"“„(—–-]", between) or not word.shown[0].isupper():
            continue
        if word.shown.casefold() not in _PROPER:
            yield Promise("place", word.shown)
