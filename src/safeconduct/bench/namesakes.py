"""People who are nobody, for `bench names`: names of our own lists, written as people write them. Seeded."""

# ruff: noqa: TID251  by seed, so that a figure can be had again

import random
from dataclasses import dataclass
from datetime import date, timedelta

from safeconduct.names import Known

# First names, Ukrainian and Russian. Surnames: a stem and an ending, each in both.
FIRST = (
    *(("Олександр", "Александр"), ("Олексій", "Алексей"), ("Сергій", "Сергей"), ("Андрій", "Андрей")),
    *(("Дмитро", "Дмитрий"), ("Микола", "Николай"), ("Володимир", "Владимир"), ("Іван", "Иван")),
    *(("Євген", "Евгений"), ("Михайло", "Михаил"), ("Юрій", "Юрий"), ("Віктор", "Виктор")),
    *(("Василь", "Василий"), ("Максим", "Максим"), ("Роман", "Роман"), ("Ігор", "Игорь")),
    *(("Олег", "Олег"), ("Павло", "Павел"), ("Петро", "Пётр"), ("Григорій", "Григорий")),
    *(("Анатолій", "Анатолий"), ("Артем", "Артём"), ("Богдан", "Богдан"), ("Денис", "Денис")),
    *(("Костянтин", "Константин"), ("Кирило", "Кирилл"), ("Ілля", "Илья"), ("Федір", "Фёдор")),
    *(("В’ячеслав", "Вячеслав"), ("Тимофій", "Тимофей"), ("Матвій", "Матвей"), ("Микита", "Никита")),
)  # fmt: skip
STEMS = (
    *(("Кузьм", "Кузьм"), ("Бондар", "Бондар"), ("Коваль", "Коваль"), ("Щерб", "Щерб")),
    *(("Лис", "Лыс"), ("Хом", "Хом"), ("Гриц", "Гриц"), ("Ковпак", "Ковпак"), ("Жук", "Жук")),
    *(("Сидор", "Сидор"), ("Мельник", "Мельник"), ("Чорн", "Чёрн"), ("Білоус", "Белоус")),
    *(("Тарас", "Тарас"), ("Яким", "Яким"), ("Зінь", "Зинь"), ("Орл", "Орл"), ("Шевч", "Шевч")),
    *(("Гончар", "Гончар"), ("Юхим", "Ефим"), ("Дорош", "Дорош"), ("Пархом", "Пархом")),
    *(("Рибальч", "Рыбальч"), ("Савч", "Савч"), ("Цимбал", "Цымбал"), ("Волош", "Волош")),
    *(("Вітр", "Ветр"), ("Журавл", "Журавл"), ("Крив", "Крив"), ("Мороз", "Мороз")),
)
ENDS = (
    *(("енко", "енко"), ("ук", "ук"), ("ов", "ов"), ("ський", "ский"), ("ін", "ин"), ("ак", "ак")),
    *(("ик", "ик"), ("інов", "инов"), ("еєв", "еев"), ("анов", "анов"), ("чук", "чук")),
)
_BOTH = dict(
    zip(
        "абвдежзийклмнопрстуфхцчшщь",
        (*"abvde", "zh", *"ziiklmnoprstuf", "kh", "ts", "ch", "sh", "shch", ""),
        strict=True,
    )
)
_UK = {
    **_BOTH,
    "г": "h",
    "ґ": "g",
    "є": "ie",
    "и": "y",
    "і": "i",
    "ї": "i",
    "ю": "iu",
    "я": "ia",
    "’": "",
}
_RU = {**_BOTH, "г": "g", "ё": "yo", "й": "y", "ъ": "", "ы": "y", "э": "e", "ю": "yu", "я": "ya"}
FIRST_BORN, DAYS = date(1964, 1, 1), 15_000
MARKS = ("шрам на щеке", "татуировка якорь на руке", "родимое пятно на шее", "ожог на спине")


@dataclass(frozen=True, slots=True)
class Nobody:
    """One who was made up: his names in both languages, when he was born, and a mark."""

    first: tuple[str, str]
    last: tuple[str, str]
    father: tuple[str, str]
    born: date
    mark: str

    def known(self, language: int) -> Known:
        """Return what stands on his card: 0 in Ukrainian, 1 in Russian."""
        return Known(
            f"{self.last[language]} {self.first[language]}",
            self.father[language],
            self.born.isoformat(),
            self.mark,
        )


def people(count: int, dice: random.Random) -> list[Nobody]:
    """Return as many people; some have one name, and now and then one birth date too."""
    return [
        Nobody(
            dice.choice(FIRST),
            _joined(dice.choice(STEMS), dice.choice(ENDS)),
            dice.choice(FIRST),
            FIRST_BORN + timedelta(days=dice.randrange(DAYS)),
            dice.choice(MARKS) if dice.random() < 0.1 else "",  # noqa: PLR2004  one in ten tells one
        )
        for _ in range(count)
    ]


def _joined(stem: tuple[str, str], end: tuple[str, str]) -> tuple[str, str]:
    return stem[0] + end[0], stem[1] + end[1]


def latin(word: str, *, russian: bool = False) -> str:
    """Return a word in Latin letters, as a passport of either country writes it."""
    table = _RU if russian else _UK
    return "".join(table.get(letter, letter) for letter in word.lower()).title()


def asked(him: Nobody, way: str, dice: random.Random) -> Known:
    """Return how somebody asks after him; see `WAYS`."""
    uk, ru = him.known(0), him.known(1)
    return {
        "in the other Cyrillic": lambda: Known(ru.names, born=ru.born),
        "in Latin letters, as Ukraine writes": lambda: Known(latin(uk.names), born=uk.born),
        "in Latin letters, as Russia writes": lambda: Known(
            latin(ru.names, russian=True), born=ru.born
        ),
        "one digit of the date wrong, his father named": lambda: Known(
            ru.names, ru.father, _slipped(him.born, dice)
        ),
        "day and month changed about, his father named": lambda: Known(
            latin(uk.names), latin(uk.father), _turned(him.born)
        ),
        "one letter of the surname wrong, his father named": lambda: Known(
            f"{_mistyped(him.last[1], dice)} {him.first[1]}", ru.father, ru.born
        ),
    }[way]()


WAYS = (
    "in the other Cyrillic",
    "in Latin letters, as Ukraine writes",
    "in Latin letters, as Russia writes",
    "one digit of the date wrong, his father named",
    "day and month changed about, his father named",
    "one letter of the surname wrong, his father named",
)


def _slipped(born: date, dice: random.Random) -> str:
    while True:
        written = list(born.isoformat())
        written[dice.choice((3, 9))] = str(dice.randrange(10))
        told = "".join(written)
        try:
            if date.fromisoformat(told) != born:
                return told
        except ValueError:  # no such day
            continue


def _turned(born: date) -> str:
    swapped = f"{born.year}-{born.day:02}-{born.month:02}"
    return swapped if born.day <= 12 else born.isoformat()  # noqa: PLR2004  a month


def _mistyped(word: str, dice: random.Random) -> str:
    at = dice.randrange(1, len(word))
    return word[:at] + dice.choice("абвгдежзиклмнопрст") + word[at + 1 :]
