"""The words of a text, each in one form, whatever letters it was typed in. Pure.

Russian and Ukrainian in Latin letters, on the other keyboard, with letters that only look like ours,
and as they are heard ("памагите") become one spelling that no dictionary has and all of ours share.
Own, for every language guesser that was tried took Latin-script Russian for another language
(docs/decisions/0107-triage.md). Which alphabet it was is a hint for reading, never a route.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

from safeconduct.pledges.folding import normal

_UNSEEN = "\u00ad\u200b-\u200f\u2060-\u2064\ufeff\u0301"
_WORD = re.compile(rf"[^\W_](?:[{_UNSEEN}]*[^\W_]+)*(?:['’ʼ`ʹ][^\W\d_]+)*[ьъ']?|[?!]+|…|\.{{3}}")
_HIDDEN = re.compile(f"[{_UNSEEN}]")
_SINGLE = 3  # letters said one by one from which on they are one word: "с т о п"
# One pass from the left, the longest first: "zavtra", "4to", "shcho", "zdes'", "pishu".
_ROADS = {
    "shch": "щ", "sch": "щ", "tch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "tz": "ц",
    "ch": "ч", "sh": "ш", "yu": "ю", "iu": "ю", "ju": "ю", "ya": "я", "ia": "я", "ja": "я",
    "yo": "е", "jo": "е", "ye": "е", "ie": "е", "je": "е", "yi": "и", "iy": "и", "yy": "и", "ij": "и",
    "a": "а", "b": "б", "c": "ц", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "и", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р",
    "s": "с", "t": "т", "u": "у", "v": "в", "w": "в", "x": "х", "y": "и", "z": "з",
    "4": "ч", "6": "ш", "'": "", "`": "", "’": "", "ʼ": "",
}  # fmt: skip
_ROAD = re.compile("|".join(sorted(map(re.escape, _ROADS), key=len, reverse=True)))
_KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_KEYS_RU, _KEYS_UK = "йцукенгшщзхъфывапролджэячсмитьбюё", "йцукенгшщзхїфівапролджєячсмитьбю'"
_FROM_KEYS = {
    keys: str.maketrans(_KEYS + _KEYS.upper(), keys + keys.upper()) for keys in (_KEYS_RU, _KEYS_UK)
}
_TO_KEYS = str.maketrans(_KEYS_RU + _KEYS_RU.upper(), _KEYS + _KEYS.upper())
_SEEN_CYRILLIC = str.maketrans("abcehkmoptxyiu", "авсенкмортхуіи")
_SEEN_LATIN = str.maketrans("авсенкмортхуі", "abcehkmoptxyi")
_ALIKE_LATIN, _ALIKE_CYRILLIC = frozenset("abcehkmoptxyi"), frozenset("авсенкмортхуіь")
# As it is heard: unstressed vowels, the ending of "to give oneself up", voice at the beginning.
_HEARD = (
    (re.compile("т[сц]я|т[сц]а|ця|тс"), "ца"), (re.compile("сч"), "щ"),
    (re.compile("(?<=[жшчщ])ю"), "у"),
)  # fmt: skip
_VOWELS = str.maketrans("оегз", "аихс")
_DOUBLED = frozenset({"soon"})  # with no letter twice it is another word of ours, "son"
_TWICE = re.compile(r"(.)\1+")


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


# Small words. Those of a language stand in any text of it; those of another by chance at most.
ABROAD = _words(
    "a an the i you we he she it is are am was were will would can could do does did have has had not my your our his her"
    " they them this that there here what when where how who and or but if for with from to of in on at by as be been"
    " want need help please us me him so just know get got let tell take out hello hi all no any yes one two are"
    " je tu il nous vous ils est suis pas une les des dans pour avec que qui sur mon ma mes bonjour oui non"
    " mimi sisi wewe yeye kwa nina tuna nataka habari sana hapa leo kesho"
)
_HOME = _words(
    "я мы вы ты он она оно они нас вас меня мне мной тебя тебе его ее их нам вам ним не нет да на в во с со из к ко у за"
    " до от по о об и а но что чё шо как когда где куда тут там здесь уже еще если или для без про при есть быть будет"
    " буду был была было были можно может могу надо нужно хочу хотим сегодня завтра сейчас скоро только очень много"
    " мало два две три один одна пять привет здравствуйте добрый день вечер утро спасибо пожалуйста свои свой мой моя"
    " мои наш ваш кто это то все всё так же бы ли больше меньше лучше жить дом плен командир"
    " ми ви він вона воно вони мене мені його її їх нам це цей та й що як коли де куди тут там вже ще якщо або чи для"
    " є бути буде був була було були можна може можу треба хочу хочемо сьогодні завтра зараз тільки дуже багато два дві"
    " три один одна привіт добрий день вечір ранок дякую прошу будь ласка свої мій моя мої наш ваш хто щоб до від з із зі"
    " полон додому більше краще жити нема немає лиш аби"
)


@dataclass(frozen=True, slots=True)
class Heard:
    """One word, or a run of question or exclamation marks.

    Attributes:
        shown: as it stands in his text; `start` and `end` say where.
        form: folded; compare it with folded forms only.
    """

    shown: str
    start: int
    end: int
    form: str


def cyrillic_of(word: str) -> str:
    """Return a word in Latin letters as Cyrillic ones would have it; other signs stay."""
    return _ROAD.sub(lambda found: _ROADS[found.group()], word.lower())


def fold(word: str) -> str:
    """Return a word in the one spelling: lower case, as it is heard, no letter twice."""
    seen = _HIDDEN.sub("", unicodedata.normalize("NFKC", word))
    if seen.lower() in _DOUBLED:
        return seen.lower()
    folded = normal(seen)
    if not folded or not "а" <= folded[0] <= "я":
        return folded
    for pattern, instead in _HEARD:
        folded = pattern.sub(instead, folded)
    return _TWICE.sub(r"\1", folded.translate(_VOWELS))


_HOME_FOLDED = frozenset(map(fold, _HOME))


def heard(text: str, *, known: Collection[str] = (), slavic: bool = True) -> list[Heard]:
    """Return the words of a text in order, folded.

    Args:
        known: folded forms of the lexicon; they help to tell which alphabet was meant.
        slavic: Latin letters may stand for Cyrillic ones, and the other keyboard may be on.
    """
    as_meant, by_keys = _ways(text) if slavic else ([_as_it_is], [])
    ways = [way(text) for way in as_meant]
    typed = [way(text) for way in by_keys]
    ways += [words for words in typed if len(words) <= len(ways[0])]  # else a word fell in pieces
    best = max(ways, key=lambda words: _at_home(words, known)) if len(ways) > 1 else ways[0]
    return _spelt_out(best)


def is_read_back(text: str, words: list[Heard]) -> bool:
    """Return whether Latin letters of a text were read as Cyrillic ones."""
    latin, cyrillic = _letters(text)
    read_so = sum("а" <= word.form[:1] <= "я" for word in words)
    return latin > cyrillic and 2 * read_so > len(words)


Way = Callable[[str], list[Heard]]


def _ways(text: str) -> tuple[list[Way], list[Way]]:
    """Return how its letters may be meant, and how if the other keyboard was on."""
    latin, cyrillic = _letters(text)
    if latin > cyrillic:
        keys = [_by_keys(_FROM_KEYS[_KEYS_RU]), _by_keys(_FROM_KEYS[_KEYS_UK])]
        return [_as_it_is, _read_back], keys
    return [_as_it_is], [] if latin else [_by_keys(_TO_KEYS)]


def _letters(text: str) -> tuple[int, int]:
    """Return how many letters are Latin and Cyrillic; of those that look alike, none counts twice."""
    lowered = text.lower()
    latin = sum("a" <= sign <= "z" for sign in lowered)
    cyrillic = sum("а" <= sign <= "я" or sign in "іїєґё" for sign in lowered)
    sure_latin = sum("a" <= sign <= "z" and sign not in _ALIKE_LATIN for sign in lowered)
    sure_cyrillic = cyrillic - sum(sign in _ALIKE_CYRILLIC for sign in lowered)
    if latin and cyrillic:
        return sure_latin, sure_cyrillic
    return latin, cyrillic


def _at_home(words: list[Heard], known: Collection[str]) -> float:
    """Return how much of it some language of ours has, by letters; small words and the known ones."""
    said = [word.form for word in words if word.form[:1].isalpha()]
    hits = sum(
        len(form) for form in said if form in _HOME_FOLDED or form in ABROAD or form in known
    )
    return hits / sum(map(len, said)) if said else 0.0


def _as_it_is(text: str) -> list[Heard]:
    latin, cyrillic = _letters(text)
    return [
        Heard(found.group(), *found.span(), fold(_one_alphabet(found.group(), cyrillic >= latin)))
        for found in _WORD.finditer(text)
    ]


def _read_back(text: str) -> list[Heard]:
    return [
        Heard(found.group(), *found.span(), fold(cyrillic_of(found.group())))
        for found in _WORD.finditer(text)
    ]


def _by_keys(keys: dict[int, int]) -> Way:
    def way(text: str) -> list[Heard]:
        typed = text.translate(keys)
        return [
            Heard(text[found.start() : found.end()], *found.span(), fold(found.group()))
            for found in _WORD.finditer(typed)
        ]

    return way


def _one_alphabet(word: str, cyrillic: bool) -> str:
    """Return a word of two alphabets, or all of look-alikes, in the one it was meant in."""
    lowered = word.lower()
    latin = [sign for sign in lowered if "a" <= sign <= "z"]
    ours = [sign for sign in lowered if "а" <= sign <= "я" or sign in "іїєґё"]
    if not latin or (not ours and not (cyrillic and set(latin) <= _ALIKE_LATIN)):
        return word
    if set(ours) <= _ALIKE_CYRILLIC and not (cyrillic and set(latin) <= _ALIKE_LATIN):
        return lowered.translate(_SEEN_LATIN)
    return lowered.translate(_SEEN_CYRILLIC)


def _spelt_out(words: list[Heard]) -> list[Heard]:
    """Put letters said one by one together: "с т о п"."""
    found: list[Heard] = []
    run: list[Heard] = []
    for word in [*words, Heard("", 0, 0, "")]:
        if len(word.form) == 1 and word.form.isalpha():
            run.append(word)
            continue
        found += [_joined(run)] if len(run) >= _SINGLE else run
        run = []
        found.append(word)
    return found[:-1]


def _joined(run: list[Heard]) -> Heard:
    shown = " ".join(word.shown for word in run)
    return Heard(shown, run[0].start, run[-1].end, fold("".join(word.form for word in run)))
