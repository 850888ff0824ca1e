"""How a name, a birth date and a mark are told apart, in whichever letters somebody wrote them. Pure.

A name is one word for its sound: consonants of Russian, Ukrainian, English, German, French and Polish
spellings brought to one letter each, vowels left out but for a sign that the word begins with one. So
Олексій, Алексей, Oleksii and Aleksey are one. What is known of a person becomes *sentences*, each with
both names and what tells him from his namesakes; what is asked for becomes *questions*. A person is
meant when a question is one of his sentences, to the letter; so both may be hashed under a key, and
then compared by who can read neither (docs/decisions/0145).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

MOST_MARKS = 6  # of one person; more make him no better known, and each costs some 23 sentences
MOST = 192  # sentences of one person, or questions of one asker: a father read twice and six marks make 191
SHORT = 3  # letters of a sound; one with fewer is many names (Лис, Лось), and wants a third thing
# GC III 17: full answers, and no name: the console's two words, and how an officer or an asker writes them. (N)
UNSAID = frozenset(
    {
        *("refused", "unknown", "not known", "отказано", "отказался", "отказалась", "неизвестно"),
        *("не известно", "неизвестен", "неизвестна", "неизвестный", "не знаю", "відмовлено"),
        *("відмовився", "відмовилась", "відмовилася", "невідомо", "не відомо", "невідомий"),
        *("невідома", "inconnu", "inconnue", "refusé", "refuse", "haijulikani", "amekataa"),
    }
)

_BEFORE = str.maketrans(
    {
        **dict.fromkeys("čć", "ch"),
        **dict.fromkeys("šśş", "sh"),
        **dict.fromkeys("žż", "zh"),
        **dict(zip("źłığßđ", "zligsd", strict=True)),
        **dict.fromkeys("'’ʼ`´\"ьъ-‐‑–.", ""),  # a soft sign is no sound of its own
    }
)
_CYRILLIC = str.maketrans(
    {
        **dict(zip("бвгґдзклмнпрстфхўй", "bvhhdzklmnprstfhvy", strict=True)),
        **dict(zip("жцчшщ", "JCQWW", strict=True)),
        **dict.fromkeys("аеёиіїоуыэюяє", "a"),
    }
)
# Longer ones first. Capitals are sounds that have no letter of their own in English.
_LATIN = (
    *(("shch", "W"), ("schtsch", "W"), ("stch", "W"), ("tsch", "Q"), ("sch", "W"), ("tch", "Q")),
    *(("sh", "W"), ("ch", "Q"), ("cz", "Q"), ("sz", "W"), ("zh", "J"), ("kh", "h"), ("gh", "h")),
    *(("ts", "C"), ("tz", "C"), ("th", "t"), ("ph", "f"), ("ck", "k"), ("ff", "v"), ("x", "ks")),
)
_ONE = str.maketrans("gwcqj", "hvkky")
_VOWELS = "aeiouy"
_FATHER = re.compile(
    r"(?:[ои]вич|[еє]вич|[йиіь]ч|[оеєїіи]вна|[иі]чна|[oeyiu]vi?y?(?:ch|č|tch|cz)|[iy](?:ch|č|cz)|[oeyiu][vw]na|[iy]chna)$"
)
_DAUGHTER = re.compile(r"(?:вна|vna|wna)$")
# First names that are one and sound as two, and how a mother calls him. (N) our own list.
_SAME = {
    "николай": ("микола", "mykola", "коля", "kolya"),
    "никита": ("микита", "mykyta"),
    "филипп": ("пилип", "pylyp"),
    "иосиф": ("йосип", "yosyp", "осип", "osip"),
    "александр": ("саша", "sasha", "сашко", "шура"),
    "алексей": ("алёша", "лёша", "льоша", "альоша", "олекса", "lyosha", "alyosha"),
    "сергей": ("серёжа", "серёга", "сергійко", "seryozha"),
    "владимир": ("вова", "володя", "vova", "volodya"),
    "дмитрий": ("дима", "діма", "dima", "митя"),
    "евгений": ("женя", "zhenya"),
    "константин": ("костя", "kostya", "кость"),
    "михаил": ("миша", "мишко", "misha", "michael"),
    "павел": ("паша", "pasha"),
    "пётр": ("петя", "petya"),
    "иван": ("ваня", "vanya"),
    "анатолий": ("толя", "толик", "tolya"),
    "василий": ("вася", "vasya"),
    "виктор": ("витя", "вітя", "vitya"),
    "геннадий": ("гена", "gena"),
    "григорий": ("гриша", "grisha"),
}
# First names that women bear with a vowel behind. Others end so for men too: Никита, Данила. (N)
_BOTH_SEXES = (
    *("александр", "валентин", "валерий", "виктор", "владислав", "евгений", "станислав", "ярослав"),
    *("богдан", "руслан", "мирослав", "святослав", "константин"),
)
_WOMAN = re.compile(r"[аяa]$")
_KINDS = {
    "tattoo": ("тату", "наколк", "tatt"),
    "scar": ("шрам", "рубец", "рубц", "рубец", "scar", "порез", "поріз"),
    "mole": ("родим", "родин", "mole", "birthmark"),
    "burn": ("ожог", "опік", "burn"),
    "missing": ("нет", "нема", "без", "miss", "ампут", "amput"),
}
_PLACES = {
    "hand": ("рук", "руц", "кист", "ладон", "долон", "hand"),
    "arm": ("предплеч", "передпліч", "arm", "forearm"),
    "shoulder": ("плеч", "should"),
    "finger": ("пал", "finger"),
    "leg": ("ног", "ноз", "бедр", "стегн", "колен", "колін", "leg", "knee", "thigh"),
    "face": ("лиц", "облич", "щек", "щок", "щоц", "лоб", "брів", "бров", "face", "cheek", "brow"),
    "neck": ("шея", "шее", "шеи", "шиї", "шия", "neck"),
    "chest": ("груд", "chest", "breast"),
    "back": ("спин", "back"),
    "belly": ("живот", "живіт", "belly"),
    "ear": ("ухо", "ухе", "вух", "вус", "ear"),
}
_SIDES = ("лев", "прав", "лів", "left", "right", "the", "with", "сзади")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known, or asked, of a person: as it was written.

    Attributes:
        names: surname and first name in any order, with the father's or without.
        father: his father's first name, or as it stands in his own; "" for none.
        born: see `born_on`; "" for none.
        marks: what one would know him by, parted by commas; "" for none.
    """

    names: str
    father: str = ""
    born: str = ""
    marks: str = ""


def skeleton(word: str) -> str:
    """Return how one word sounds: capital letters; "" for a word without a letter."""
    plain = word.lower().translate(_BEFORE).translate(_CYRILLIC)
    plain = unicodedata.normalize("NFKD", plain)
    plain = "".join(letter for letter in plain if letter.isalpha())
    for written, sound in _LATIN:
        plain = plain.replace(written, sound)
    plain = plain.translate(_ONE)
    if not plain:
        return ""
    first = "A" if plain[0] in _VOWELS else ""
    once = re.sub(r"(.)\1", r"\1", plain).replace("WQ", "W")
    return first + "".join(letter for letter in once if letter not in _VOWELS).upper()


_ALIASES = {
    each.translate(_BEFORE): skeleton(name) for name, others in _SAME.items() for each in others
}


def sound(name: str) -> str:
    """Return how a name sounds, in the form that its other forms and its endearments share."""
    return _ALIASES.get(name.lower().translate(_BEFORE)) or skeleton(name)


def fathers_of(word: str) -> tuple[str, ...]:
    """Return how the father's first name sounds, from it or from what is made of it: Сергійович, Sergeevna.

    Two readings where one ending belongs to the name or to what is made of it: Савич is Сава's, Ілліч Ілля's.
    """
    found, plain = skeleton(word), word.lower().strip()
    if not _FATHER.search(plain):
        return (sound(word),)
    if _DAUGHTER.search(plain):
        whole, end = found.removesuffix("N"), "V"
    elif found.endswith("QN"):  # Ильинична of Илья, Никитична of Никита
        whole, end = found.removesuffix("QN"), "N"
    else:
        whole, end = found.removesuffix("Q"), "V"
    cut = whole.removesuffix(end)
    other = cut.removesuffix("L") if whole.endswith("VLV") else whole  # Яковлевич, beside Павлович
    return tuple(dict.fromkeys(_SOUNDS.get(each, each) for each in (cut or whole, other)))


_SOUNDS = {skeleton(each): sound for each, sound in _ALIASES.items()}
_FEMALE = frozenset(map(skeleton, _BOTH_SEXES))


def _word(name: str) -> str:
    """Return the sound of a surname or first name; a small f behind it where a woman's is told by its end."""
    found = sound(name)
    woman = skeleton(name) in _FEMALE and _WOMAN.search(name.lower())
    return f"{found}f" if woman else found


def born_on(written: str) -> date | None:
    """Return a birth date that is written as year-month-day or day.month.year; None for any other."""
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(written.strip(), form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None


def marks_of(written: str) -> list[str]:
    """Return what each mark says in words that both languages share: kind and where, or kind and what."""
    found: dict[str, None] = {}
    for mark in re.split(r"[,;\n]", written.lower()):
        words = [word for word in re.findall(r"[^\W\d_]+", mark) if len(word) > 2]  # noqa: PLR2004  на, on …
        kinds = [kind for word in words if (kind := _of(word, _KINDS))]
        if not kinds:
            continue
        rest = [word for word in words if not _of(word, _KINDS) and not word.startswith(_SIDES)]
        for word in rest:
            found[f"{kinds[0]} {_of(word, _PLACES) or skeleton(word)}"] = None
    return list(found)[:MOST_MARKS]


def _of(word: str, table: dict[str, tuple[str, ...]]) -> str:
    return next((name for name, stems in table.items() if word.startswith(stems)), "")


@dataclass(frozen=True, slots=True)
class _Read:
    both: str  # surname and first name, by their sounds, in an order that no writer chose
    born: str
    fathers: tuple[str, ...]
    marks: tuple[str, ...]

    @property
    def thirds(self) -> tuple[str, ...]:
        """Return what stands beside a name and a date that are not both exact."""
        return (*(f"father {each}" for each in self.fathers), *self.marks)

    @property
    def short(self) -> bool:
        """Return whether one of the names sounds as many others do."""
        return any(len(word.rstrip("f")) < SHORT for word in self.both.split())


def _unsaid(written: str) -> bool:
    return " ".join(written.split()).strip(" .,–-").casefold() in UNSAID


def _read(known: Known) -> _Read | None:
    written = dict.fromkeys(re.split(r"[\s,]+", known.names.strip()))
    words = [word for word in written if skeleton(word) and not _unsaid(word)]
    if _unsaid(known.names) or len(words) < 2:  # noqa: PLR2004  one name is no one
        return None
    father = "" if _unsaid(known.father) else known.father.strip()
    if len(words) > 2:  # noqa: PLR2004  his father's may stand among them
        among = next((word for word in words[1:] if _FATHER.search(word.lower())), "")
        words, father = [word for word in words if word != among], father or among
    born = born_on(known.born)
    return _Read(
        both=" ".join(sorted(_word(word) for word in words)),
        born=born.isoformat() if born else "",
        fathers=tuple(filter(None, fathers_of(father))),
        marks=tuple(marks_of(known.marks)),
    )


def sounds(known: Known) -> str:
    """Return how both names sound, in an order that no writer chose; "" for less than two names."""
    read = _read(known)
    return read.both if read else ""


def slips(one: date, other: date) -> bool:
    """Return whether two dates are one but for a digit, or for day and month changed about."""
    return bool(set(_dates(one.isoformat())) & set(_dates(other.isoformat())))


def _dates(born: str) -> Iterator[str]:
    """Yield a date with each of its later six digits unread, and with day and month in no order."""
    for place in (2, 3, 5, 6, 8, 9):
        yield f"{born[:place]}?{born[place + 1 :]}"
    year, month, day = born.split("-")
    yield " ".join((year, *sorted((month, day))))


def _near(both: str) -> list[str]:
    """Return a pair of names as it is, and without each of its letters in turn."""
    cut = {both[:at] + both[at + 1 :] for at in range(min(len(both), 14)) if both[at] not in " f"}
    return [both, *sorted(cut)]


def _shared(read: _Read) -> Iterator[str]:
    """Yield what a person's sentences and an asker's questions have alike: three things, one of them near."""
    for third in read.thirds:
        if read.born:
            yield from (f"slip|{read.both}|{each}|{third}" for each in _dates(read.born))
            yield from (f"near|{each}|{read.born}|{third}" for each in _near(read.both))
        if third in read.marks:
            yield from (f"undated|{read.both}|{each}|{third}" for each in read.fathers)


def _bounded(told: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(told))[:MOST]


def sentences(known: Known) -> list[str]:
    """Return the sentences that tell one person; none for whom one name alone is known.

    Both names and the whole birth date are enough, unless both sides name a father and he is another.
    A date with one wrong digit, or day and month changed about, and a name with one wrong sound, want
    the father's name or a mark beside them, and so does a name that sounds as many do; without a date, both.
    """
    read = _read(known)
    if read is None:
        return []
    exact = [f"exact|{read.both}|{read.born}|{each}" for each in read.fathers or ("",)]
    exact = [*exact, f"exact|{read.both}|{read.born}|*"] if not read.short else []
    return _bounded([*(exact if read.born else ()), *_shared(read)])


def questions(asked: Known) -> list[str]:
    """Return the questions by which somebody is sought; see `sentences`."""
    read = _read(asked)
    if read is None:
        return []
    exact = [f"exact|{read.both}|{read.born}|{each}" for each in read.fathers or ("*",)]
    exact += [f"exact|{read.both}|{read.born}|"] if read.fathers else []
    exact = exact if not read.short else []
    return _bounded([*(exact if read.born else ()), *_shared(read)])
