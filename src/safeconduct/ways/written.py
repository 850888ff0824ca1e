"""Coordinates as people write them in a text. Pure: points with their words, datum and error out.

What could as well be a clock, a price or a telephone number is no place: refused, not guessed. A
link is read as the text it is. A town's name is never a place: four in ten Ukrainian names repeat.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from safeconduct.geo import ANTIMERIDIAN_DEG, POLE_DEG, Point
from safeconduct.ways import grid

METRES_PER_DEG = 111_320  # of latitude, and of longitude on the equator
LEAST_DECIMALS = 4  # of two bare numbers; fewer are sums, sizes and scores
LEAST_DIGITS = 6  # of the shortest form: an MGRS square of 1 km
WGS = "WGS 84"


@dataclass(frozen=True, slots=True)
class Area:
    """Where places are looked for: south, west, north, east, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Point) -> bool:
        """Return whether a point lies in it."""
        return self.south <= point.lat_deg <= self.north and self.west <= point.lon_deg <= self.east


@dataclass(frozen=True, slots=True)
class Place:
    """One place as he wrote it.

    Attributes:
        words: his own, exactly; `start` and `end` say where they stand.
        form: slug of the written form.
        datum: what the numbers were read on, with the operation where there was one.
        error_m: how far off the writing itself may be: its last digit, its square, its datum.
        outside: the point lies outside the programme's area.
        swapped: the point with the two numbers exchanged, where only that lies inside.
    """

    words: str
    start: int
    end: int
    form: str
    point: Point
    datum: str
    error_m: float
    outside: bool
    swapped: Point | None


@dataclass(frozen=True, slots=True)
class _Found:
    lat: float
    lon: float
    error_m: float
    datum: str = WGS
    sure: bool = True  # False: taken only where it, or its numbers exchanged, lies inside the area


_Reader = Callable[[re.Match[str]], _Found]

# Words and signs made one, length kept, so that every span is one of his own text.
_SIGNS: tuple[tuple[str, str], ...] = (
    (r"пн\.?\s?ш\.?|північної широти|северной широты|с\.?\s?ш\.?(?![а-яіїє])|north\b", "N"),
    (r"пд\.?\s?ш\.?|південної широти|южной широты|ю\.?\s?ш\.?(?![а-яіїє])|south\b", "S"),
    (r"сх\.?\s?д\.?|східної довготи|восточной долготы|в\.?\s?д\.?(?![а-яіїє])|east\b", "E"),
    (r"зх\.?\s?д\.?|західної довготи|западной долготы|з\.?\s?д\.?(?![а-яіїє])|west\b", "W"),
    (r"(?<=\d)\s?(?:градус\w*|град\.?|гр\.?|degrees?|deg\.?)|[º˚∘]", "°"),
    (r"(?<=\d)\s?(?:минут\w*|хвилин\w*|мин\.?|хв\.?|minutes?|min\.?)(?![а-яіїєa-z])|[′’‘`´ʹʼ]", "'"),
    (r"(?<=\d)\s?(?:секунд\w*|сек\.?|seconds?|sec\.?)(?![а-яіїєa-z])|[″”“„ʺ]", '"'),
    (r"''", '" '),
    (r"[−–—](?=\d)", "-"),
    (r"\b(?:широта|latitude|lat)\b\.?\s?[:=]?", "N"),
    (r"\b(?:довгота|долгота|longitude|long|lon|lng)\b\.?\s?[:=]?", "E"),
)  # fmt: skip
_ALL_SIGNS = re.compile("|".join(f"({pattern})" for pattern, _sign in _SIGNS), re.IGNORECASE)
_LINK = re.compile(r"(?:https?://|www\.|geo:)\S+|(?<![\w-])[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.(?:ru|com|org|net|gl|ua|app|me|info)/\S+", re.IGNORECASE)  # fmt: skip
_DIGITS = re.compile(r"\d")

_D = r"(?P<{0}d>\d{{1,3}})(?:[.,](?P<{0}f>\d{{1,9}}))?\s*°"
_M = r"\s*(?P<{0}m>[0-5]?\d)(?:[.,](?P<{0}mf>\d{{1,6}}))?\s*'"
_S = r"\s*(?P<{0}s>[0-5]?\d)(?:[.,](?P<{0}sf>\d{{1,4}}))?(?:\s*\")?"
_BETWEEN, _BARE = (
    r"[\s,;/|]{0,24}(?:[иiіtaй]\s)?",
    r"[\s,;/|]{1,24}",
)  # a word made a sign leaves blanks
_BEFORE, _AFTER = r"(?P<{0}h>[NSEWСЮВЗ])\s*", r"\s*(?P<{0}k>[NSEWСЮВЗ](?![а-яіїєa-z]))?"
_EDGE, _END = r"(?<![\d.,+-])", r"(?![\d])(?![.,]\d)"
_ALONE, _NO_LETTER = (
    r"(?<![\w])",
    r"(?!\s?[NSEWСЮВЗ](?![а-яіїєa-z]))",
)  # a letter at one of two numbers


def _pair(part: str, between: str = _BETWEEN) -> re.Pattern[str]:
    return re.compile(
        f"{_EDGE}{part.format('a')}(?:{between}){part.format('o')}{_END}", re.IGNORECASE
    )


_MARKS = r"(?P<{0}n>-?)" + _D + f"(?:{_M}(?:{_S})?)?"
_MARKED_BEFORE, _MARKED = _pair(_BEFORE + _MARKS), _pair(_MARKS + _AFTER)
_FIGURES = (
    r"(?P<{0}d>\d{{1,3}})\s(?P<{0}m>[0-5]?\d)"
    r"(?:[.,](?P<{0}mf>\d{{1,6}})|\s(?P<{0}s>[0-5]?\d)(?:[.,](?P<{0}sf>\d{{1,4}}))?)"
)
_SPACED_BEFORE = _pair(r"(?P<{0}h>[NSEWСЮВЗ])\s?" + _FIGURES)
_SPACED_AFTER = _pair(_FIGURES + r"\s?(?P<{0}k>[NSEWСЮВЗ])(?![а-яіїєa-z])")
_LETTERED = _pair(r"(?P<{0}h>[NSEWСЮВЗ])\s*(?P<{0}n>-?)(?P<{0}d>\d{{1,3}})[.,](?P<{0}f>\d{{3,9}})")
_LETTERED_AFTER = _pair(
    r"(?P<{0}d>\d{{1,3}})[.,](?P<{0}f>\d{{3,9}})\s?(?P<{0}k>[NSEWСЮВЗ])(?![а-яіїєa-z])"
)
_DOTTED = _pair(
    _ALONE + r"(?P<{0}n>-?)(?P<{0}d>\d{{1,3}})\.(?P<{0}f>\d{{4,9}})" + _NO_LETTER, _BARE
)
_COMMAED = _pair(
    _ALONE + r"(?P<{0}n>-?)(?P<{0}d>\d{{1,3}}),(?P<{0}f>\d{{4,9}})" + _NO_LETTER,
    r"\s?[,;/|]?\s{1,24}|;",
)
_PACKED = re.compile(
    r"(?<!\w)(?P<ad>\d\d)(?P<am>[0-5]\d)(?P<as>[0-5]\d)(?P<ak>[NSСЮ])\s?(?P<od>[01]\d\d)(?P<om>[0-5]\d)(?P<os>[0-5]\d)(?P<ok>[EWВЗ])(?!\w)"
)

_NORTHS, _SOUTHS, _EASTS, _WESTS = "NС", "SЮ", "EВ", "WЗ"


def _angle(found: re.Match[str], which: str) -> tuple[float, str, float]:
    """Return degrees, the letter beside them, and half the last digit's worth in degrees."""
    told = found.groupdict()

    def part(name: str) -> str:
        return told.get(which + name) or ""

    letter = (part("h") or part("k")).upper()
    size, last = 1.0, ""
    degrees = 0.0
    for whole, rest, worth in (("d", "f", 1.0), ("m", "mf", 60.0), ("s", "sf", 3600.0)):
        if part(whole):
            degrees += float(f"{part(whole)}.{part(rest) or 0}") / worth
            size, last = worth, part(rest)
    minus = part("n") == "-" or letter in set(_SOUTHS + _WESTS)
    return -degrees if minus else degrees, letter, 0.5 / size / 10 ** len(last)


def _of_angles(found: re.Match[str]) -> _Found:
    (a, a_letter, a_off), (o, o_letter, o_off) = _angle(found, "a"), _angle(found, "o")
    if bool(a_letter) != bool(o_letter):
        raise grid.NoPlace("a letter at one number and none at the other")
    if a_letter and (a_letter in _EASTS + _WESTS) == (o_letter in _EASTS + _WESTS):
        raise grid.NoPlace("two letters of one axis")
    if a_letter and a_letter in _EASTS + _WESTS:
        a, o = o, a
    bare = not a_letter and "°" not in found.group()
    few = min(len(found[name] or "") for name in ("af", "of")) <= LEAST_DECIMALS if bare else False
    return _Found(a, o, max(a_off, o_off) * METRES_PER_DEG, sure=not few)


_GRID_LETTERS = str.maketrans("АВСЕНКМРТХУ", "ABCEHKMPTXY")  # typed in Cyrillic, the same to see
_L = "A-HJ-NP-ZАВСЕНКМРТХУ"
_MGRS = re.compile(
    rf"(?<!\w)(?P<zone>[0-6]?\d)\s?(?P<band>[{_L}])\s?(?P<square>[{_L}]{{2}})\s?"
    r"(?P<digits>\d{5}\s?\d{5}|\d{4}\s?\d{4}|\d{3}\s?\d{3}|\d{2}\s?\d{2})(?!\d)",
    re.IGNORECASE,
)
_UTM = re.compile(
    rf"(?<!\w)(?P<zone>[0-6]?\d)\s?(?P<band>[{_L}])\s(?P<east>[1-8]\d{{5}})(?:[.,]\d+)?\s?[mм]?[EВ]?[\s,;]{{1,3}}(?P<north>\d{{6,7}})(?:[.,]\d+)?(?!\d)",
    re.IGNORECASE,
)
_SK42 = re.compile(
    r"(?<![\d+])(?P<x>(?:[xх]\s?[:=-]?\s?)?)(?P<north>\d\d?\s?\d{2,3}\s?\d{3})(?:[.,]\d+)?[\s,;/]{1,4}"
    r"(?P<y>(?:[yуu]\s?[:=-]?\s?)?)(?P<east>\d\d?\s?\d{2,3}\s?\d{3})(?:[.,]\d+)?(?!\d)",
    re.IGNORECASE,
)
_NAMED_SK = re.compile(r"[сcs][кk]\s?-?\s?42|пулково|pulkovo|гаусс?|gauss|прямоугольн|прямокутн|координат|coord|квадрат", re.IGNORECASE)  # fmt: skip
_SEVEN = 7


def _of_mgrs(found: re.Match[str]) -> _Found:
    digits = "".join(found["digits"].split())
    half = len(digits) // 2
    square = found["square"].upper().translate(_GRID_LETTERS)
    band = found["band"].upper().translate(_GRID_LETTERS)
    point, side_m = grid.from_mgrs(int(found["zone"]), band, square, digits[:half], digits[half:])
    return _Found(point.lat_deg, point.lon_deg, side_m * 2**0.5 / 2)


def _of_utm(found: re.Match[str]) -> _Found:
    band = found["band"].upper().translate(_GRID_LETTERS)
    point = grid.from_utm(int(found["zone"]), band, float(found["east"]), float(found["north"]))
    return _Found(point.lat_deg, point.lon_deg, 1.0)


def _of_sk42(found: re.Match[str]) -> _Found:
    north, east = ("".join(found[name].split()) for name in ("north", "east"))
    if len(north) != _SEVEN or len(east) != _SEVEN:
        raise grid.NoPlace("SK-42 is written with seven digits each")
    alone = not found.string[: found.start()].strip() and not found.string[found.end() :].strip()
    named = bool(found["x"] and found["y"]) or _NAMED_SK.search(found.string) is not None
    if not (named or alone):
        raise grid.NoPlace("two numbers of seven digits may be two telephones")
    point = grid.from_sk42(float(north), float(east))
    return _Found(
        point.lat_deg, point.lon_deg, grid.SK42_ERROR_M + 1, f"{grid.SK42_NAME}", sure=named
    )


_N = r"(-?\d{1,3}\.\d+)"
_COMMA = r"(?:,|%2C|%2c|/)"
# Host, pattern, form, longitude first. In a link with a pin and a view the pin stands above.
_LINKS = tuple(
    (re.compile(host, re.IGNORECASE), re.compile(pattern, re.IGNORECASE), form, lon_first)
    for host, pattern, form, lon_first in (
        (r"google|goo\.gl", rf"!3d{_N}!4d{_N}", "google_pin", False),
        (r"google", rf"[?&](?:q|query|ll|destination|daddr|center)=(?:loc:)?{_N}{_COMMA}\+?{_N}", "google_q", False),
        (r"google", rf"/(?:place|search|dir)/{_N}{_COMMA}\+?{_N}", "google_q", False),
        (r"google", rf"@{_N},{_N}", "google_view", False),
        (r"yandex", rf"(?:whatshere(?:\[|%5B)point(?:\]|%5D)|[?&]pt)={_N}{_COMMA}{_N}", "yandex_pin", True),
        (r"yandex", rf"[?&]text={_N}{_COMMA}(?:%20|\+)?{_N}", "yandex_text", False),
        (r"yandex", rf"[?&]ll={_N}{_COMMA}{_N}", "yandex_ll", True),
        (r"2gis", rf"(?:[?&]m=|/geo/){_N}{_COMMA}{_N}", "2gis", True),
        (r"openstreetmap|osm\.org", rf"[?&]mlat={_N}&mlon={_N}", "osm_pin", False),
        (r"openstreetmap|osm\.org", rf"map=\d{{1,2}}/{_N}/{_N}", "osm_view", False),
        (r"apple|waze", rf"[?&](?:ll|q)={_N}{_COMMA}{_N}", "apple", False),
        (r"^geo:", rf"^geo:{_N},{_N}", "geo", False),
    )
)  # fmt: skip
VIEW_ERROR_M = 1_000.0  # a view's middle is where he looked, not where he is


def _of_link(link: str) -> tuple[str, _Found] | None:
    for host, pattern, form, lon_first in _LINKS:
        found = pattern.search(link) if host.search(link) else None
        if found:
            texts = found.groups()[::-1] if lon_first else found.groups()
            digits = min(len(text.partition(".")[2]) for text in texts)
            error_m = METRES_PER_DEG * 0.5 / 10**digits
            if form.endswith(("view", "_ll")):
                error_m = max(error_m, VIEW_ERROR_M)
            return form, _Found(float(texts[0]), float(texts[1]), error_m)
    return None


_READERS: tuple[tuple[str, re.Pattern[str], _Reader], ...] = (
    ("mgrs", _MGRS, _of_mgrs),
    ("utm", _UTM, _of_utm),
    ("packed", _PACKED, _of_angles),
    ("marked", _MARKED_BEFORE, _of_angles),
    ("marked", _MARKED, _of_angles),
    ("spaced", _SPACED_BEFORE, _of_angles),
    ("spaced", _SPACED_AFTER, _of_angles),
    ("lettered", _LETTERED, _of_angles),
    ("lettered", _LETTERED_AFTER, _of_angles),
    ("decimal_dot", _DOTTED, _of_angles),
    ("decimal_comma", _COMMAED, _of_angles),
    ("sk42", _SK42, _of_sk42),
)


def _plain(text: str) -> str:
    """Return the text with signs made one, letter for letter as long as it was."""

    def one(found: re.Match[str]) -> str:
        sign = next(sign for (_, sign), group in zip(_SIGNS, found.groups(), strict=True) if group)
        blank = " " * (len(found.group()) - len(sign))
        return blank + sign if found.group()[0].isspace() else sign + blank

    return _ALL_SIGNS.sub(one, text)


def links_of(text: str) -> list[tuple[int, int]]:
    """Return where links stand. Nobody opens one: whoever sent it would see us."""
    return [found.span() for found in _LINK.finditer(text)]


def read_places(text: str, *, area: Area | None = None) -> list[Place]:
    """Return the places a text names by numbers, in the order they stand.

    Args:
        area: where the programme works. Numbers that only look like a place count if they lie
            inside; a place outside is told as such, and with its numbers exchanged where that lies
            inside. Without one, nothing is outside and nothing doubtful is a place.
    """
    if len(_DIGITS.findall(text)) < LEAST_DIGITS:
        return []
    return sorted((place for place in _read(text, area) if place), key=lambda each: each.start)


def _read(text: str, area: Area | None) -> Iterator[Place | None]:
    taken = bytearray(len(text))
    for start, end in links_of(text):
        taken[start:end] = b"\x01" * (end - start)
        if told := _of_link(text[start:end]):
            yield _place(text, (start, end), told[0], told[1], area)
    plain = _plain(text)
    for form, pattern, reader in _READERS:
        for found in pattern.finditer(plain):
            start, end = found.span()
            if any(taken[start:end]):
                continue
            try:
                place = _place(text, (start, end), form, reader(found), area)
            except grid.NoPlace:
                continue
            if place:
                taken[start:end] = b"\x01" * (end - start)
                yield place


def _place(
    text: str, span: tuple[int, int], form: str, found: _Found, area: Area | None
) -> Place | None:
    if abs(found.lat) > POLE_DEG or abs(found.lon) > ANTIMERIDIAN_DEG:
        return _turned(text, span, form, found, area)
    point = Point(found.lat, found.lon)
    outside = area is not None and not area.holds(point)
    swapped = None
    if area is not None and outside and abs(found.lon) <= POLE_DEG:
        other = Point(found.lon, found.lat)
        swapped = other if area.holds(other) else None
    if not found.sure and (area is None or (outside and swapped is None)):
        return None
    start, end = span
    return Place(
        text[start:end].strip(), start, end, form, point, found.datum,
        max(found.error_m, 1.0), outside, swapped,
    )  # fmt: skip


def _turned(
    text: str, span: tuple[int, int], form: str, found: _Found, area: Area | None
) -> Place | None:
    """No latitude is beyond 90 degrees: then longitude stood first, and the area must agree."""
    if area is None or abs(found.lon) > POLE_DEG or abs(found.lat) > ANTIMERIDIAN_DEG:
        return None
    turned = _Found(found.lon, found.lat, found.error_m, found.datum, sure=False)
    return _place(text, span, form, turned, area)
