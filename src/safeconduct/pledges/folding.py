"""How a text is read despite tricks of spelling. Pure: text in, words out.

A promise written with a Latin letter among Cyrillic ones, a digit for a letter, a dot between
letters or an invisible sign is the same promise to the man who reads it. So each word is read in
every way a human eye might read it, and the promise check looks at all of them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

# Letters of other alphabets that look like ours, mapped before anything else.
_STRAY = str.maketrans(
    "αβεηικμνορτυχϲϳԁԛԝһӏјѕ" + "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ" + "ıłøđ",
    "abehikmvoptyxcjdqwhljs" + "abcdefghijklmnoprstuvwyz" + "ilod",
)
_TO_CYRILLIC = str.maketrans("abcehkmoptxyiurn03461@", "авсенкмортхуіигпозчбіа")
_TO_LATIN = str.maketrans("авсенкмортхуі013457@$", "abcehkmoptxyioieastas")
_TO_LATIN_L = str.maketrans("авсенкмортхуі013457@$", "abcehkmoptxyioleastas")
_CHAT_DIGITS = str.maketrans("34", "еа")  # "н3т", "п4роль"; a 3 looks like another letter
_LONE_H = re.compile(r"(?<![szkc])h")
# Roads from Latin letters back to Cyrillic, longest first ("amnistiya", "hromadianstvo").
_ROADS = (
    *(("shch", "щ"), ("sch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("tz", "ц"), ("ch", "ч")),
    *(("sh", "ш"), ("yu", "ю"), ("iu", "ю"), ("ju", "ю"), ("ya", "я"), ("ia", "я"), ("ja", "я")),
    *(("yo", "е"), ("ye", "е"), ("ie", "е"), ("yi", "и"), ("iy", "и"), ("a", "а"), ("b", "б")),
    *(("v", "в"), ("w", "в"), ("g", "г"), ("d", "д"), ("e", "е"), ("z", "з"), ("i", "и")),
    *(("j", "и"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п")),
    *(("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("f", "ф"), ("h", "х"), ("c", "ц")),
    *(("y", "и"), ("x", "кс"), ("q", "к")),
)
_LONG_ROADS = tuple(road for road in _ROADS if len(road[0]) > 1)
_SHORT_ROADS = str.maketrans(dict(road for road in _ROADS if len(road[0]) == 1))
# Typed for one another: Russian and Ukrainian vowels; Arabic and Persian ya, kaf, and final ha.
_ALIKE = str.maketrans("ёйіїєэыґ" + "ىیکة", "еиииееиг" + "ييكه")
_SILENT = re.compile("[ьъ'’ʼ`ʹ]")
_OWN = frozenset("йїёЙЇЁ")  # Cyrillic letters that Unicode spells as a letter and a mark
# Letters by their category that show nothing (Hangul fillers), or only stretch a word (tatweel).
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u0640")
_WORD = re.compile(r"[^\W_]+(?:['’ʼ`@$][^\W_]+)*[$@]?")
_ELIDED = re.compile(r"^(?:[a-z]|qu)['’](?=\w)", re.IGNORECASE)
_LEAST_TRANSLIT = 5  # letters; shorter Latin words are too many things in Cyrillic ("les", "may")
_LONGEST_WORD = 28  # letters
_LEAST_PIECE = 2  # letters; so short a piece begins too much
_SHORT = ({2}, {1, 2})  # single letters alone are never let out: `promises` holds them
_TWICE = re.compile(r"(.)\1+")


# English words that are spelled like a transliterated one of ours.
ORDINARY = frozenset([
    *("courtesy", "estate", "fed", "feed", "given", "habari", "non", "several", "severe", "state", "stated"),
    *("summer", "summit", "support", "teen", "trick", "tricks", "tricky", "zone"),
])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text.

    Attributes:
        shown: as it stands in the text.
        start, end: where, in the cleaned text.
        readings: every way it may be read, normalised; compare them with normalised stems only.
    """

    shown: str
    start: int
    end: int
    readings: frozenset[str]


def clean(text: str) -> str:
    """Return the text without invisible signs and marks, compatibility forms made plain.

    NFKC turns full-width, circled and mathematical letters into ordinary ones; marks are dropped,
    so that an accent or a stroke laid over a letter hides nothing.
    """
    plain = "".join(map(_bare, unicodedata.normalize("NFKC", text)))
    kept = (c for c in plain if _is_seen(c) or c == "\n")
    return "".join(kept).replace("\n", " \n ")


def _is_seen(sign: str) -> bool:
    return unicodedata.category(sign) not in {"Mn", "Me", "Cf", "Cc"} and sign not in _UNSEEN


def _bare(sign: str) -> str:
    """Return a letter without its accent; Cyrillic й, ї and ё are letters of their own and stay."""
    return sign if sign in _OWN else unicodedata.normalize("NFKD", sign)[0]


def normal(word: str) -> str:
    """Return a word in lower case, with letters that typists confuse made one."""
    lowered = _SILENT.sub("", word.casefold())
    return _TWICE.sub(r"\1", lowered.translate(_ALIKE))


def from_latin(word: str) -> str:
    """Return a word in Latin letters as it sounds in Cyrillic ones; "h" as in Russian."""
    for latin, cyrillic in _LONG_ROADS:
        word = word.replace(latin, cyrillic)
    return word.translate(_SHORT_ROADS)


def from_latin_with_g(word: str) -> str:
    """Return the same with "h" as in Ukrainian, where it stands for a letter of its own."""
    return from_latin(_LONE_H.sub("г", word))


def lowered(word: str) -> str:
    """Return a word in small letters of our alphabets, without silent ones."""
    return _SILENT.sub("", word.casefold()).translate(_STRAY)


def to_cyrillic(word: str) -> str:
    """Return a word with Latin letters and digits taken for the Cyrillic ones they look like."""
    return word.translate(_TO_CYRILLIC)


def to_cyrillic_by_sound(word: str) -> str:
    """Return a word with digits taken for the letters that chat puts them for."""
    return word.translate(_CHAT_DIGITS).translate(_TO_CYRILLIC)


def to_latin(word: str) -> str:
    """Return a word with Cyrillic letters and digits taken for the Latin ones they look like."""
    return word.translate(_TO_LATIN)


def to_latin_l(word: str) -> str:
    """Return the same with 1 for l."""
    return word.translate(_TO_LATIN_L)


def readings_of(shown: str) -> frozenset[str]:
    """Return every normalised way to read one word: as is, by look-alikes, by transliteration."""
    ways: set[str] = set()
    # "kiII": a capital I inside a word is read as l. "l'asile": the article is cut off.
    for shape in {shown, shown[:1] + shown[1:].replace("I", "l"), _ELIDED.sub("", shown)}:
        small = lowered(shape)
        latin = to_latin(small)
        ways |= {small, latin, to_cyrillic(small), to_cyrillic_by_sound(small), to_latin_l(small)}
        if len(latin) >= _LEAST_TRANSLIT and re.fullmatch(r"[a-z]+", latin):
            ways |= {from_latin(latin), from_latin_with_g(latin)}
    return frozenset(_TWICE.sub(r"\1", way.translate(_ALIKE)) for way in ways)


def words_of(cleaned: str) -> list[Word]:
    """Return the words of a cleaned text in order."""
    return [
        Word(m.group(), m.start(), m.end(), readings_of(m.group())) for m in _WORD.finditer(cleaned)
    ]


def heads_of(word: Word) -> set[str]:
    """Return every way to read a word that goes on in the next one: "s" may be half of "sh"."""
    latin = to_latin(lowered(word.shown))
    heads = {*word.readings}
    if latin.isascii():
        heads |= {
            normal(way(part))
            for part in (latin, latin[:-1])
            for way in (from_latin, from_latin_with_g)
        }
    return heads


def joined(
    words: list[Word], cleaned: str, *, begins: Callable[[str], bool], most: int = 4
) -> Iterator[Word]:
    """Yield what neighbouring words spell when read together.

    Pieces of two letters ("ам ни ст ия") are read as one word of any length that a word has; other
    neighbours two to `most` at a time, never across a line break or a covered span (\\x00).

    Args:
        begins: whether what is looked for begins so; words that begin nothing of it are passed over.
    """
    for first in range(len(words)):
        if len(words[first].shown) > _LEAST_PIECE and not any(map(begins, heads_of(words[first]))):
            continue
        for last in range(first + 1, min(len(words), first + _LONGEST_WORD // 2)):
            between = cleaned[words[last - 1].end : words[last].start]
            if "\x00" in between or "\n" in between:
                break
            run = words[first : last + 1]
            if last - first >= most and {len(word.shown) for word in run} not in _SHORT:
                break
            shown = "".join(word.shown for word in run)
            yield Word(
                cleaned[run[0].start : run[-1].end], run[0].start, run[-1].end, readings_of(shown)
            )


def one_apart(a: str, b: str) -> bool:
    """Return whether two words differ by at most one letter put in, left out, changed or swapped."""
    if abs(len(a) - len(b)) > 1:
        return False
    i = 0
    while i < min(len(a), len(b)) and a[i] == b[i]:
        i += 1
    rest_a, rest_b = a[i:], b[i:]
    return (
        rest_a[1:] == rest_b[1:]
        or rest_a == rest_b[1:]
        or rest_a[1:] == rest_b
        or (rest_a[:2] == rest_b[1::-1] and rest_a[2:] == rest_b[2:])
    )
