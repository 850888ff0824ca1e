"""What in a text is a promise, and what is a threat. Pure: text in, findings out.

Deny by default: money, numbers, status, guarantees, times and places leave only inside the literal
words of a token (`rules.Token`), and a text in letters nobody here can read does not leave at all.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from safeconduct.pledges import lexicon
from safeconduct.pledges.folding import Word, clean, joined, one_apart, words_of

_LEAST_FUZZY = 6  # letters; shorter stems have too many innocent neighbours
_STOP_ZERO = re.compile(
    r"(?i)(?:\b(?:стоп|stop|отписк\w*|відписк\w*|ответьте|надішліть|reply|send|répondez|tuma)\W{1,3})"
    r"(?P<zero>0)(?![\w.,:])"
)
_LETTERS = re.compile(r"LATIN|CYRILLIC")
_HARMLESS_SIGNS = frozenset("№%&*+-=<>/\\|~^`°")
_PROPER = frozenset(
    "i sms icrc stop стоп a b а б в с вы вам вас ваш ваша ви ваші красный крест креста червоний хрест "
    "red cross ok ок no yes нет да так ні".split()
)


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
    words = words_of(cleaned)
    hits = [
        *_signs(cleaned),
        *_by_words(words, cleaned),
        *_counted(words),
        *_phrases(words, "safety"),
        *_names(words, cleaned),
    ]
    return list(dict.fromkeys(hits))


def threats(text: str) -> list[Promise]:
    """Return every threat of no survivors, and every deadline put as one (AP I Article 40, L)."""
    cleaned = clean(text)
    words = words_of(cleaned)
    every = [*words, *joined(words, cleaned)]
    hits = [
        Promise("threat", word.shown) for word in every if _has_stem(word, lexicon.THREAT_STEMS)
    ]
    hits += _phrases(words, "threat")
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
        elif category in {"So", "Co", "Cn", "Nl", "No"} and sign not in _HARMLESS_SIGNS:
            yield Promise("unread", sign)
        elif category[0] == "L" and not _LETTERS.search(unicodedata.name(sign, "")):
            yield Promise("unread", sign)


def _by_words(words: list[Word], cleaned: str) -> Iterator[Promise]:
    for kind, (whole, stems) in lexicon.KINDS.items():
        for word in words:
            if word.readings & whole or _has_stem(word, stems):
                yield Promise(kind, word.shown)
        for word in joined(words, cleaned):
            if _spelled_apart(word, whole, stems):
                yield Promise(kind, word.shown)


def _has_stem(word: Word, stems: Iterable[str]) -> bool:
    if any(reading.startswith(lexicon.INNOCENT) for reading in word.readings):
        return any(r.startswith(stem) for r in word.readings for stem in stems)
    return any(_matches(reading, stem) for reading in word.readings for stem in stems)


def _matches(reading: str, stem: str) -> bool:
    if reading.startswith(stem):
        return True
    if len(stem) < _LEAST_FUZZY or reading[:1] != stem[:1]:
        return len(stem) >= _LEAST_FUZZY and (
            stem in reading or one_apart(reading[: len(stem)], stem)
        )
    return any(one_apart(reading[: len(stem) + more], stem) for more in (-1, 0, 1))


def _spelled_apart(word: Word, whole: frozenset[str], stems: Iterable[str]) -> bool:
    """Whether neighbours together spell a word that none of them is alone."""
    first = re.split(r"[\W_]+", word.shown)[0]
    pieces = [piece for piece in re.split(r"[\W_]+", word.shown) if piece]
    if all(len(piece) <= 2 for piece in pieces) and len(pieces) > 2:
        return bool(word.readings & whole) or any(
            _matches(reading, stem) for reading in word.readings for stem in stems if len(stem) > 3
        )
    return any(
        reading.startswith(stem) and len(first) < len(stem)
        for reading in word.readings
        for stem in stems
        if len(stem) >= _LEAST_FUZZY - 1
    )


def _counted(words: list[Word]) -> Iterator[Promise]:
    """A small number or "in" before a unit: "two days", "через час", "in an hour"."""
    whole, stems = lexicon.UNIT
    for i, word in enumerate(words):
        near = words[i + 1 : i + 3]
        if not word.readings & lexicon.SMALL:
            continue
        for unit in near:
            if unit.readings & whole or any(r.startswith(stems) for r in unit.readings):
                yield Promise("time", f"{word.shown} … {unit.shown}")


def _phrases(words: list[Word], kind: str) -> list[Promise]:
    return [
        Promise(kind, " ".join(word.shown for word in words[i : i + 5]))
        for phrase in lexicon.PHRASES[kind]
        for i in range(len(words))
        if _phrase_at(words, i, phrase)
    ]


def _phrase_at(words: list[Word], start: int, phrase: tuple[str, ...]) -> bool:
    at = start
    for n, part in enumerate(phrase):
        test = _is_part(part)
        reach = words[at : at + (1 if n == 0 else 3)]
        step = next((k for k, word in enumerate(reach) if test(word)), None)
        if step is None:
            return False
        at += step + 1
    return True


def _is_part(part: str) -> Callable[[Word], bool]:
    if part.startswith("="):
        return lambda word: part[1:] in word.readings
    return lambda word: any(_matches(reading, part) for reading in word.readings)


def _names(words: list[Word], cleaned: str) -> Iterator[Promise]:
    """A capital letter inside a sentence is a name of a person, a place or a unit."""
    for before, word in zip(words, words[1:], strict=False):
        between = cleaned[before.end : word.start]
        if re.search(r"[.!?:;\n\x00«\"“„(—–-]", between) or not word.shown[0].isupper():
            continue
        if word.shown.casefold() not in _PROPER:
            yield Promise("place", word.shown)
