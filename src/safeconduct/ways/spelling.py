"""One spelling for a name that is written in many: letters of Ukrainian, Russian and Latin made few.

Not a transliteration for people: "Харків", "Харьков", "Kharkiv" and "Charkiw" come within one letter
of each other, and that is all it is for. Pure.
"""

import re
import unicodedata

_CYRILLIC = dict(
    zip("абвгґдеєжзиіїйклмнопрстуфхцчшщыэюяўѣ", "abvhhdeezziiiiklmnoprstufhcqxxieuaue", strict=True)
)
_LATIN = re.compile(r"shch|šč|sch|sh|š|zh|ž|kh|gh|ch|cz|č|ts|tz|ck|ph|ß|[gjqwxy]")
_SOUNDS = {
    **dict.fromkeys(("shch", "šč", "sch", "sh", "š"), "x"),
    **dict.fromkeys(("zh", "ž"), "z"),
    **dict.fromkeys(("kh", "gh", "g"), "h"),
    **dict.fromkeys(("ch", "cz", "č"), "q"),
    **dict.fromkeys(("ts", "tz"), "c"),
    **dict.fromkeys(("ck", "q"), "k"),
    **dict.fromkeys(("j", "y"), "i"),
    "ph": "f",
    "ß": "s",
    "w": "v",
    "x": "ks",
}
_MARKS = re.compile(r"[ьъ'’ʼ`´\u0300-\u036f]")
_TWICE = re.compile(r"(.)\1+")
_SOFT = re.compile(r"i(?=[aeou])")  # я, ia, ya; є, ie, ye: one sound however it is written
_WORD = re.compile(r"[^\W_]+")
# What says what a thing is, and not which: left out while anything else is left.
_GENERIC = frozenset((
    "вулиця", "вул", "улица", "ул", "провулок", "пров", "переулок", "пер", "проспект", "просп", "пр",
    "площа", "площадь", "пл", "село", "с", "деревня", "дер", "д", "селище", "смт", "поселок",
    "посёлок", "пгт", "місто", "м", "город", "г", "хутір", "хутор", "х", "street", "st", "road", "rd",
    "square", "village", "town", "city", "strasse", "straße", "vulytsia", "vulitsa", "ulitsa",
    "ulica", "provulok", "prospekt", "selo",
))  # fmt: skip


def words_of(name: str) -> list[str]:
    """Return a name's words, each in the one spelling; letters of other scripts stay as they are."""
    words = _words(name)
    telling = [word for word in words if word not in _GENERIC] or words
    return [spelled for word in telling if (spelled := _spelled(word))]


def whole(name: str) -> str:
    """Return a name in the one spelling with every word of it: "Kiev City" is not "Kiev"."""
    return " ".join(map(_spelled, _words(name)))


def _words(name: str) -> list[str]:
    return _WORD.findall(_MARKS.sub("", unicodedata.normalize("NFC", name.casefold())))


def _spelled(word: str) -> str:
    word = _LATIN.sub(lambda found: _SOUNDS[found.group()], word)
    word = _MARKS.sub("", unicodedata.normalize("NFKD", "".join(_CYRILLIC.get(c, c) for c in word)))
    return _TWICE.sub(r"\1", _SOFT.sub("", _TWICE.sub(r"\1", word)))
