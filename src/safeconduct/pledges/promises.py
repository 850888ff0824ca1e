"""What in a text is a promise, and what is a threat. Pure: text in, findings out.

Deny by default: money, numbers, status, guarantees, times and places leave only inside the literal
words of a token (`rules.Token`), and a text in letters nobody here can read does not leave at all.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from safeconduct.pledges import broadcast, framing, hints, lexicon, outright
from safeconduct.pledges.folding import ORDINARY, Word, clean, joined, words_of
from safeconduct.pledges.lines import Line, Phrases, lines_of
from safeconduct.pledges.stems import Stems

_STOP_ZERO = re.compile(
    r"(?i)(?:\b(?:стоп|stop|отписк\w*|відписк\w*|ответьте|надішліть|reply|send|répondez|tuma|acha|arrêt)\W{1,3})"
    r"(?P<zero>0)(?![\w.,:])"
)
_LETTERS = re.compile(r"LATIN|CYRILLIC")
_HARMLESS_SIGNS = frozenset("№%&*+-=<>/\\|~^`°")
# Written with a capital, and neither a person nor a place nor a unit of his.
_PROPER = re.compile(
    r"i(?:['’](?:m|ll|ve|d))?|sms|смс|icrc|мккк|un|оон|stop|стоп|a|b|а|б|в|с|вы|вам|вас|ваш\w*|вами|ви"
    r"|(?:красн|червон)\w+|крест\w*|хрест\w*|red|cross|crescent|півмісяц\w*|полумесяц\w*"
    r"|женев\w+|geneva|zhenev\w+|convention\w*|конвенци\w+|конвенці\w+|konvenc\w+"
    r"|ok|ок|no|yes|нет|да|так|ні|gps|жпс|wi|fi|bluetooth|блютуз\w*|sim|сим|сім|qr|pin|пин|пін|vpn|впн|faq"
    r"|usb|google|гугл\w*|signal|сигнал\w*|telegram\w*|телеграм\w*|whatsapp|вотсап\w*|viber|вайбер\w*|android|iphone"
    r"|app|bot|id|usd|eur|rub|uah|english|russian|ukrainian|god|бог\w*|господ\w*"
)
_COORDINATES = re.compile(
    r"\d{1,3}[.,]\d{3,}\D{1,4}\d{1,3}[.,]\d{3,}|\d{1,3}\s*[°º]|\b\d{2}\s*[A-Z]\s*[A-Z]{2}\s*\d{2,}"
)
_LETTERED = re.compile(r"\b[A-ZА-Я]\w{3,}-[A-ZА-Я]\b")  # "Storm-Z"
_SET_APART = 5  # letters in a row; "A or B" has three words
_NEAR = 12  # words; no phrase is longer, and a word sent letter by letter is shorter


# Most words are of no kind: each is held against all kinds at once, and against each only if it is of one.
_WHOLE = frozenset().union(*(whole for whole, _stems in lexicon.KINDS.values()))


@cache  # put together for the first text: a start needs none
def _stems() -> Stems:
    return Stems(stem for _whole, stems in lexicon.KINDS.values() for stem in stems)


def _begins(head: str) -> bool:
    """Return whether a word of a promise or a threat begins so."""
    return _stems().begun(head) or lexicon.THREAT_STEMS.begun(head)


@dataclass(frozen=True, slots=True)
class Promise:
    """One piece of a text that may not leave without a token.

    Attributes:
        kind: money, number, status, guarantee, safety, time, place, unread or threat.
        words: as they stand in the text, to be highlighted.
    """

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class _Read:
    """A text as it was read: once for all that is looked for in it."""

    cleaned: str
    words: list[Word]
    spelled: list[Word]  # what neighbours spell together
    lines: list[Line]
    framed: list[Promise]


@lru_cache(maxsize=4)  # the text that is weighed just now is asked for threats, then for promises
def _read(text: str) -> _Read:
    cleaned = "\x00".join(clean(part) for part in text.split("\x00"))
    cleaned = lexicon.FORECAST.sub(". ", cleaned)
    words = words_of(cleaned)
    lines = lines_of(cleaned)
    framed = [Promise(kind, shown) for kind, shown in framing.found_in(lines)]
    return _Read(cleaned, words, list(joined(words, cleaned, begins=_begins)), lines, framed)


def forget() -> None:
    """Forget the texts that were read just now, so that the next one is read anew."""
    _read.cache_clear()


def found(text: str) -> list[Promise]:
    """Return every piece of `text` that promises something, in order of kinds, without doubles.

    `\\x00` stands where a token's words were: nothing is read across it.
    """
    read = _read(text)
    words = _without_innocent(read.words, read.cleaned)
    hits = [
        *_signs(read.cleaned),
        *_set_apart(words),
        *_by_words(words, read.spelled),
        *_counted(words),
        *_said(read.lines, _HINTS),
        *(hit for hit in read.framed if hit.kind in _HINTS),
        *(Promise("place", hit.words) for hit in _names(words, read.cleaned)),
    ]
    return list(dict.fromkeys(hits))


def across(before: Sequence[str], text: str) -> list[Promise]:
    """Return what is said only by the end of earlier texts and the beginning of this one together.

    Each alone was read already. They are read with a space between them and without one; a capital
    letter counts for nothing here, for every text begins with one.
    """
    tail, head = _outer(before, last=True), _outer([text], last=False)
    if not tail or not head:
        return []
    ends = (" ".join(tail), " ".join(head))
    whole = [" ".join(ends)]
    if tail[-1][-1].isalpha() and head[0][0].isalpha():  # the nought after "stop" is no number
        whole.append(" ".join([*tail[-5:-1], tail[-1] + head[0], *head[1:5]]))
    hits = [hit for each in whole for hit in [*found(each), *outright_in(each)]]
    return [hit for hit in dict.fromkeys(hits) if not any(_within(hit, end) for end in ends)]


def end_of(before: Sequence[str]) -> str:
    """Return the last words of earlier texts, as many as `across` reads, up to what a token covered."""
    return " ".join(_outer(before, last=True))


def _within(hit: Promise, text: str) -> bool:
    return all(part in text for part in hit.words.split(" … "))


def _outer(texts: Sequence[str], *, last: bool) -> list[str]:
    """Return the outer words of texts in small letters, up to what a token covered."""
    whole = " ".join(texts).casefold()
    parts = whole.split("\x00")
    words = parts[-1 if last else 0].split()
    return words[-_NEAR:] if last else words[:_NEAR]


def _without_innocent(words: list[Word], cleaned: str) -> list[Word]:
    """Leave out words that promise nothing beside the ones that stand by them."""
    small = cleaned.casefold()
    spans = [match.span() for match in lexicon.INNOCENT_BESIDE.finditer(small)]
    if not spans or len(cleaned) != len(small):
        return words
    return [
        word
        for word in words
        if not any(first <= word.start and word.end <= last for first, last in spans)
    ]


def outright_in(text: str) -> list[Promise]:
    """Return what no text says: threats, no quarter, deadlines (AP I Article 40, L); no token covers it."""
    read, stems = _read(text), lexicon.THREAT_STEMS
    threats = [word for word in read.words if _has_stem(word, stems)]
    threats += [word for word in read.spelled if _spelled_apart(word, frozenset(), stems)]
    hits = [
        *(Promise("threat", word.shown) for word in threats),
        *_said(read.lines, _OUTRIGHT),
        *(hit for hit in read.framed if hit.kind in OUTRIGHT),
    ]
    return list(dict.fromkeys(hits))


def named_in(text: str) -> list[Promise]:
    """Return the units, people and places that a text names; a broadcast names none."""
    read = _read(text)
    words = _without_innocent(read.words, read.cleaned)
    hits = [
        *_said(read.lines, _NAMED),
        *(hit for hit in read.framed if hit.kind in _NAMED),
        *(Promise("place", match.group()) for match in _COORDINATES.finditer(read.cleaned)),
        *(Promise("unit", match.group()) for match in _LETTERED.finditer(read.cleaned)),
        *(hit for hit in _by_words(words, read.spelled) if hit.kind == "place"),
        *_names(words, read.cleaned),
    ]
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


def _set_apart(words: list[Word]) -> Iterator[Promise]:
    """Single letters in a row: whatever they spell, nobody writes so who means no harm."""
    run: list[str] = []
    for word in [*words, None]:
        if word is not None and len(word.shown) == 1 and word.shown.isalpha():
            run.append(word.shown)
            continue
        if len(run) >= _SET_APART:
            yield Promise("unread", " ".join(run))
        run = []


def _by_words(words: list[Word], spelled: list[Word]) -> Iterator[Promise]:
    any_stem = _stems()
    loud = [word for word in words if _is_whole(word, _WHOLE) or _has_stem(word, any_stem)]
    apart = [word for word in spelled if _spelled_apart(word, _WHOLE, any_stem)]
    for kind, (whole, stems) in lexicon.KINDS.items() if loud or apart else ():
        for word in loud:
            if _is_whole(word, whole) or _has_stem(word, stems):
                yield Promise(kind, word.shown)
        for word in apart:
            if _spelled_apart(word, whole, stems):
                yield Promise(kind, word.shown)


def _is_whole(word: Word, whole: frozenset[str]) -> bool:
    return bool(word.readings & whole) and word.shown.casefold() not in ORDINARY


def _has_stem(word: Word, stems: Stems) -> bool:
    if word.shown.casefold() in ORDINARY:
        return False
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


def _blocks(module: Mapping[str, str]) -> dict[str, Phrases]:
    return {kind: Phrases(block.strip().splitlines()) for kind, block in module.items()}


_HINTS = _blocks(
    {
        "money": hints.MONEY,
        "status": hints.STATUS,
        "safety": hints.SAFETY,
        "time": hints.TIME,
        "future": hints.FUTURE,
        "place": hints.PLACE,
    }
)
_OUTRIGHT = _blocks(
    {
        "threat": outright.THREAT,
        "no_quarter": outright.NO_QUARTER,
        "deadline": outright.DEADLINE,
    }
)


OUTRIGHT = frozenset(_OUTRIGHT)  # kinds that no token covers
_NAMED = _blocks({"unit": broadcast.UNIT, "name": broadcast.NAME, "place": broadcast.PLACE})


def _said(lines: list[Line], phrases: Mapping[str, Phrases]) -> Iterator[Promise]:
    for kind, looked_for in phrases.items():
        for words in looked_for.found_in(lines):
            yield Promise(kind, words)


def _names(words: list[Word], cleaned: str) -> Iterator[Promise]:
    """A capital letter inside a sentence is a name of a person, a place or a unit."""
    for before, word in pairwise(words):
        between = cleaned[before.end : word.start]
        if re.search(r"[.!?:;\n\x00«\"“„(—–-]", between) or not word.shown[0].isupper():
            continue
        if not _PROPER.fullmatch(word.shown.casefold()):
            yield Promise("name", word.shown)
