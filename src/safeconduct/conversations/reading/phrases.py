"""What a word or a few of them say of a time: an hour, a day, a part of the day, a span. Pure."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from safeconduct.conversations.reading import clockwords as said
from safeconduct.conversations.reading.script import cyrillic_of
from safeconduct.pledges.folding import normal

NOON_H, DAY_H, WEEK = 12, 24, 7
HALF_HOUR, LAST_MINUTE, LAST_DAY = 30, 59, 31
TEN = 10  # "kumi na moja" is eleven
CENTURY_Y, MILLENNIUM_Y = 100, 2000  # "05.12.26" is of this one


@dataclass(frozen=True, slots=True)
class Atom:
    """What one or a few words say.

    Attributes:
        sure: said on the clock of 24 hours.
        from_six: the hour may count from sunrise and sunset, as in Swahili.
    """

    first: int
    last: int
    hour: int | None = None
    minute: int = 0
    sure: bool = False
    from_six: bool = False
    part: str = ""
    day: tuple[str, int, int, int] | None = None  # kind, and up to three numbers
    span: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """One word, figure or stop of a text, and how it may be read."""

    text: str
    start: int
    end: int
    ways: tuple[str, ...]  # folded: as it stands, and read back from Latin letters

    @property
    def begins(self) -> bool:
        """Return whether a time may begin here."""
        return self.text[0].isdigit() or any(
            way in said.FIRSTS or way.startswith("пол") for way in self.ways
        )


_TOKEN = re.compile(
    r"\d{4}-\d\d-\d\d|\d{1,2}h\d\d\b|\d{1,2}[:.\-]\d\d(?:[.\-]\d{2,4})?(?!\d)|\d+(?:-?(?:го|е|ого|му|й|st|nd|rd|th)\b)?"
    r"|[^\W\d_]+(?:['’ʼ`\-][^\W\d_]+)*|[.!?;\n,()/]",
    re.IGNORECASE,
)
_RUN = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")  # "в 1830"


def tokens_of(text: str) -> list[Token]:
    """Return words, figures and stops in order."""
    return [
        Token(found.group(), found.start(), found.end(), _ways(found.group()))
        for found in _TOKEN.finditer(text)
    ]


def _ways(word: str) -> tuple[str, ...]:
    folded = normal(word.replace(".", "") if word[0].isalpha() else word)
    return (folded, normal(cyrillic_of(word))) if "a" <= folded[0] <= "z" else (folded,)


def says(token: Token | None, words: Collection[str]) -> bool:
    """Return whether a word is one of `words`, in any way to read it."""
    return token is not None and any(way in words for way in token.ways)


def _of(token: Token | None, table: Mapping[str, int]) -> int | None:
    found = [table[way] for way in token.ways if way in table] if token else []
    return found[0] if found else None


class Reader:
    """Looks at the words from one place on; each method returns what begins there, or None.

    The examples in quotes are the whole of what each is for.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens

    def at(self, index: int) -> Token | None:
        """Return the word at a place, None beyond either end."""
        return self._tokens[index] if 0 <= index < len(self._tokens) else None

    def is_(self, index: int, words: Collection[str]) -> bool:
        """Return whether the word at a place is one of `words`."""
        return says(self.at(index), words)

    def number(self, index: int) -> int | None:
        """Return the number said at a place, in figures or as a word."""
        token = self.at(index)
        if token is None:
            return None
        if digits := re.fullmatch(r"(\d{1,3})(?:-?\D+)?", token.text):
            return int(digits[1])
        return _of(token, said.CARDINALS)

    def span(self, index: int) -> Atom | None:
        """ "через два часа", "за півгодини", "in an hour", "две минуты назад"."""
        first, index = index, index + 1 if self.is_(index, said.AHEAD) else index
        ahead = index > first
        amount, after = self._amount(index)
        if amount is None:
            return None
        if not ahead:
            if not self.is_(after, said.AGO):
                return None
            return Atom(first, after, span=-amount)
        if self.is_(after, said.AGO):
            return Atom(first, after, span=-amount)
        return Atom(first, after - 1, span=amount)

    def _amount(self, index: int) -> tuple[timedelta | None, int]:
        token = self.at(index)
        if says(token, said.HALF_HOURS):
            return timedelta(minutes=30), index + 1
        if says(token, said.HALVES):
            skip = index + 2 if self.is_(index + 1, frozenset({"an", "a"})) else index + 1
            if self.is_(skip, said.HOUR_WORDS):
                return timedelta(minutes=30), skip + 1
        if says(token, said.ONE_AND_HALF) and self.is_(index + 1, said.HOUR_WORDS):
            return timedelta(minutes=90), index + 2
        article = token is not None and token.text.lower() in {"a", "an"}
        many, unit = (1, index + 1) if article else (self.number(index), index + 1)
        if many is None:
            many, unit = 1, index
        return self._unit(unit, many)

    def _unit(self, index: int, many: int) -> tuple[timedelta | None, int]:
        for words, one in (
            (said.HOUR_WORDS, timedelta(hours=1)),
            (said.MINUTE_WORDS, timedelta(minutes=1)),
            (said.DAY_SPANS, timedelta(days=1)),
            (said.WEEK_SPANS, timedelta(days=WEEK)),
        ):
            if self.is_(index, words):
                return one * many, index + 1
        return None, index

    def day(self, index: int) -> Atom | None:
        """ "завтра", "в пятницу", "5 грудня", "05.12", "day after tomorrow"."""
        token = self.at(index)
        if token is None:
            return None
        words = [
            each.text.lower() if each else "" for each in map(self.at, range(index, index + 3))
        ]
        if words[:3] == ["day", "after", "tomorrow"]:
            return Atom(index, index + 2, day=("ahead", 2, 0, 0))
        ahead = _of(token, said.DAYS)
        if ahead is not None:
            return Atom(index, index, day=("ahead", ahead, 0, 0))
        if "tonight" in token.ways:
            return Atom(index, index, day=("ahead", 0, 0, 0), part=said.NIGHT)
        weekday = _of(token, said.WEEKDAYS)
        if weekday is not None:
            return Atom(index, index, day=("weekday", weekday, 0, 0))
        return self._month(index) or self._figures(index)

    def _month(self, index: int) -> Atom | None:
        first, second = self.at(index), self.at(index + 1)
        if first is None or second is None:
            return None
        month = _of(second, said.MONTHS)
        number = self.number(index)
        if month and number and 1 <= number <= LAST_DAY:
            return Atom(index, index + 1, day=("date", 0, month, number))
        month, number = _of(first, said.MONTHS), self.number(index + 1)
        latin = "a" <= first.text[0].lower() <= "z" and first.text.lower() != "may"
        if month and latin and number and 1 <= number <= LAST_DAY:
            return Atom(index, index + 1, day=("date", 0, month, number))
        return None

    def _figures(self, index: int) -> Atom | None:
        text = self._tokens[index].text
        if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            return _dated(index, int(found[1]), int(found[2]), int(found[3]))
        found = re.fullmatch(r"(\d{1,2})\.(\d\d)(?:\.(\d{2,4}))?", text)
        if found is None or (not found[3] and self.is_(index - 1, said.AT)):
            return None
        year = int(found[3] or 0)
        short = 0 < year < CENTURY_Y
        return _dated(index, year + MILLENNIUM_Y if short else year, int(found[2]), int(found[1]))

    def clock(self, index: int) -> Atom | None:
        """ "17:30", "в 5", "о п'ятій", "пол шестого", "без четверти шесть", "5 pm", "saa tano"."""
        return (
            self._saa(index) or self._digits(index) or self._half(index) or self._less(index) or self._past(index)
            or self._noon(index) or self._bare(index)
        )  # fmt: skip

    def _saa(self, index: int) -> Atom | None:
        """ "saa tano", "saa kumi na moja na nusu", "saa 5:30", "saa 20"."""
        if not self.is_(index, said.SAA) or self.is_(index - 1, said.SAA_SPANS):
            return None
        token, last, minute = self.at(index + 1), index + 1, 0
        if token and (found := re.fullmatch(r"(\d{1,2})[:.](\d\d)", token.text)):
            hour, minute = int(found[1]), int(found[2])
        else:
            hour, last = self._saa_hour(last)
        if self.is_(last + 1, said.SAA_AND) and (more := _of(self.at(last + 2), said.SAA_MORE)):
            minute, last = more, last + 2
        if hour >= DAY_H or minute > LAST_MINUTE:
            return None
        sure = hour > NOON_H or hour == 0
        return Atom(index, last, hour, minute, sure=sure, from_six=not sure)

    def _saa_hour(self, index: int) -> tuple[int, int]:
        """Return the hour said at a place and where it ends; one that is none without a number."""
        token = self.at(index)
        hour = int(token.text) if token and re.fullmatch(r"\d{1,2}", token.text) else None
        hour = _of(token, said.SAA_HOURS) if hour is None else hour
        if hour is None:
            return DAY_H, index
        more = _of(self.at(index + 2), said.SAA_HOURS) if hour == TEN else None
        if more and self.is_(index + 1, said.SAA_AND):
            return hour + more, index + 2
        return hour, index

    def _digits(self, index: int) -> Atom | None:
        token, before = self.at(index), self.at(index - 1)
        if token is None:
            return None
        asked = says(before, said.AT)
        if found := re.fullmatch(r"(\d{1,2})([:.\-h])(\d\d)", token.text.lower()):
            hour, minute = int(found[1]), int(found[3])
            if (
                hour >= DAY_H
                or minute > LAST_MINUTE
                or (found[2] not in ":h" and not asked and minute <= NOON_H)
            ):
                return None
            if found[2] == "-" and not asked:
                return None
            return Atom(index, index, hour, minute, sure=_of_24(found[1], hour))
        if asked and _RUN.fullmatch(token.text) and not _not_hours(self.at(index + 1)):
            return Atom(index, index, int(token.text[:2]), int(token.text[2:]), sure=True)
        return self._spelt(index, token)

    def _spelt(self, index: int, token: Token) -> Atom | None:
        """ "18 ч 30 мин", "17 годин", "5 o'clock"."""
        if not re.fullmatch(r"\d{1,2}", token.text) or int(token.text) >= DAY_H:
            return None
        unit = self.at(index + 1)
        if not says(unit, said.HOUR_WORDS) or self.is_(index - 1, said.AHEAD - said.AT):
            return None
        hour, last, minute = int(token.text), index + 1, 0
        if self.is_(index + 3, said.MINUTE_WORDS) and (told := self.number(index + 2)):
            minute, last = told, index + 3
        if not (self.is_(index - 1, said.AT) or minute or self._near(last)):
            return None  # "5 часов" alone is how long, not when
        return Atom(index, last, hour, minute % 60, sure=_of_24(token.text, hour))

    def _near(self, last: int) -> bool:
        return self.is_(last + 1, said.PARTS)

    def _half(self, index: int) -> Atom | None:
        token = self.at(index)
        if token is None:
            return None
        for way in token.ways:  # "полшестого", "пол-шестого"
            hour = (
                said.ORDINALS.get(way.removeprefix("пол").lstrip("-")) if way[:3] == "пол" else None
            )
            if hour:
                return Atom(index, index, (hour - 1) % NOON_H, 30)
        if not says(token, said.HALVES):
            return None
        after = index + 2 if self.is_(index + 1, said.MORE) else index + 1
        if (ordinal := _of(self.at(after), said.ORDINALS)) is not None:
            return Atom(index, after, (ordinal - 1) % NOON_H, 30)
        past = self.number(after)
        if token.text.lower() == "half" and after > index + 1 and past and past <= NOON_H:
            return Atom(index, after, past % NOON_H, 30)
        return None

    def _less(self, index: int) -> Atom | None:
        """ "без четверти шесть", "за чверть шоста", "без десяти шесть", "ten to six"."""
        english = self.is_(index + 1, frozenset({"to"}))
        if not (english or self.is_(index, said.LESS)):
            return None
        amount_at, hour_at = (index, index + 2) if english else (index + 1, index + 2)
        amount = 15 if self.is_(amount_at, said.QUARTERS) else self.number(amount_at)
        if not english and self.is_(hour_at, said.MINUTE_WORDS):
            hour_at += 1
        hour = self.number(hour_at) or _of(self.at(hour_at), said.ORDINALS)
        if not amount or not hour or amount > HALF_HOUR or hour > NOON_H:
            return None
        return Atom(index, hour_at, (hour - 1) % NOON_H, 60 - amount)

    def _past(self, index: int) -> Atom | None:
        """ "четверть шестого", "чверть на шосту", "десять минут шестого", "ten past five"."""
        amount = 15 if self.is_(index, said.QUARTERS) else self.number(index)
        if not amount or amount > HALF_HOUR:
            return None
        after = index + 1
        minutes = self.is_(after, said.MINUTE_WORDS)
        after += minutes
        joined = self.is_(after, said.MORE)
        after += joined
        quarter = self.is_(index, said.QUARTERS)
        ordinal = _of(self.at(after), said.ORDINALS)
        if ordinal is not None and (quarter or minutes):
            return Atom(index, after, (ordinal - 1) % NOON_H, amount)
        hour = self.number(after)
        if joined and hour and hour <= NOON_H and self.is_(after - 1, frozenset({"past"})):
            return Atom(index, after, hour % NOON_H, amount)
        return None

    def _noon(self, index: int) -> Atom | None:
        if self.is_(index, said.NOONS) and self._tokens[index].text.lower() != said.NO:
            return Atom(index, index, NOON_H, 0, sure=True)
        if self.is_(index, said.MIDNIGHTS):
            return Atom(index, index, 0, 0, sure=True, part=said.NIGHT)
        return None

    def _bare(self, index: int) -> Atom | None:
        """ "в 5", "о шостій", "5 утра", "at seven"; a number of something is no hour."""
        token = self.at(index)
        if token is None or (token.text[0].isdigit() and not token.text.isdigit()):
            return None
        hour = _of(token, said.ORDINALS)
        hour = self.number(index) if hour is None else hour
        asked, part = self.is_(index - 1, said.AT), self.is_(index + 1, said.PARTS)
        if hour is None or hour >= DAY_H or not (asked or part) or _not_hours(self.at(index + 1)):
            return None
        if self.is_(index + 1, said.HOUR_WORDS):
            return Atom(index, index + 1, hour, 0, sure=hour > NOON_H)
        if self.is_(index + 1, said.MINUTE_WORDS | said.DAY_SPANS - set(said.PARTS)) or (
            _of(self.at(index + 1), said.MONTHS) is not None
        ):
            return None
        if self.is_(index - 1, frozenset({"на", "with", "с", "з", "from", "за"})) and not part:
            return None
        return Atom(index, index, hour, 0, sure=_of_24(token.text, hour))


def _dated(index: int, year: int, month: int, day: int) -> Atom | None:
    if not (1 <= month <= NOON_H and 1 <= day <= LAST_DAY):
        return None
    return Atom(index, index, day=("date", year, month, day))


def _of_24(text: str, hour: int) -> bool:
    """A leading zero, or more than twelve, is the clock of 24 hours."""
    return hour > NOON_H or hour == 0 or (text[0] == "0" and len(text) > 1)


def _not_hours(token: Token | None) -> bool:
    return token is not None and any(way.startswith(said.NOT_HOURS) for way in token.ways)


def atoms_of(tokens: Sequence[Token]) -> list[Atom]:
    """Return what the words say of times, in order, one word in one of them only."""
    reader, found, index = Reader(tokens), [], 0
    while index < len(tokens):
        if not tokens[index].begins:
            index += 1
            continue
        atom = reader.span(index) or reader.day(index) or reader.clock(index)
        if atom is None and says(tokens[index], said.PARTS):
            part = next(said.PARTS[way] for way in tokens[index].ways if way in said.PARTS)
            atom = Atom(index, index, part=part)
        if atom:
            found.append(atom)
        index = atom.last + 1 if atom else index + 1
    return found
