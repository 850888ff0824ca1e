"""One place as a tired person types it into one field. Pure: a text in; what was understood, or why not.

Degrees with points or commas, degrees and minutes with Latin or Cyrillic letters, MGRS, UTM, SK-42,
a link of a map, a plus code, a short one too where a map says near what. What can be read in two
ways is not guessed, and the answer says why.
"""

import re
from dataclasses import dataclass

from openlocationcode import openlocationcode as plus

from safeconduct.geo import ANTIMERIDIAN_DEG, POLE_DEG, Point
from safeconduct.refusal import Refusal, Refused
from safeconduct.ways import grid
from safeconduct.ways.written import METRES_PER_DEG, Area, read_places

PLUS_DIGITS = 10  # 1/8000 of a degree: 14 m by 14 m at the equator
TEN_METRES = 4  # digits of each half of an MGRS square
_NUMBER = r"[-+−–]?\d{1,3}"
_POINTED = re.compile(rf"({_NUMBER}(?:\.\d+)?)°?\s*(?:[,;/|]|\s)\s*({_NUMBER}(?:\.\d+)?)°?")
_COMMAED = re.compile(rf"({_NUMBER},\d+)°?(?:\s*[;/|]\s*|,?\s+|,)({_NUMBER},\d+)°?")
_LONE = re.compile(r"\d{1,3},\d+")
_PLUS_LETTERS = str.maketrans("СРМХсрмх", "CPMXCPMX")  # typed in Cyrillic, the same to see
_PLUS = re.compile(r"([23456789CFGHJMPQRVWX0]{2,8}\+[23456789CFGHJMPQRVWX]{0,5})(?:[\s,].*)?", re.I)


NONE = Refusal(
    "place.unread", "A place could not be read.",
    "Write it as 43.50120, 33.90210, as 43°30'04\"N 33°54'08\"E, as 36T WP 7292 1686, or as 8GMMGW22+FR.",
)  # fmt: skip
EMPTY = Refusal("place.empty", "No place was written.", "Write one, or find it by its name.")
ROUGH = Refusal(
    "place.rough", "Two whole numbers are no place: a degree is 111 km.",
    "Write the minutes too, or at least two digits behind the point.",
)  # fmt: skip
ONE_OR_TWO = Refusal(
    "place.one_or_two", "This may be one number with a comma, or two numbers.",
    "Put a space between the two numbers.",
)  # fmt: skip
BEYOND = Refusal(
    "place.beyond", "A latitude is at most 90 degrees, and a longitude at most 180.",
    "Write the latitude first.",
)  # fmt: skip
EXCHANGED = Refusal(
    "place.exchanged",
    "This place lies outside of the map; with its two numbers exchanged it lies inside.",
    "Write the latitude first.",
)
SHORT = Refusal(
    "place.short", "A short plus code is short for a place on a map, and there is no map.",
    "Write the code whole.",
)  # fmt: skip
MANY = Refusal("place.many", "More than one place is written here.", "Write one alone.")


@dataclass(frozen=True, slots=True)
class Understood:
    """What a text names.

    Attributes:
        form: slug of the written form ("decimal", "marked", "mgrs", "plus" …).
        error_m: how far off the writing itself may be: its last digit, its square, its datum.
    """

    point: Point
    form: str
    error_m: float


def understood(text: str, *, near: Point | None = None, area: Area | None = None) -> Understood:
    """Return the place that a field names.

    Args:
        near: what a short plus code is short for: the middle of the map.
        area: of the map; where only the exchanged numbers lie in it, that is asked, not done.

    Raises:
        Refused: it names none, or two; without the text, which is somebody's place.
    """
    text = " ".join(text.split())
    if not text:
        raise Refused(EMPTY)
    found = _plus(text, near) or _numbers(text) or _written(text)
    if found is None:
        raise Refused(NONE)
    _not_exchanged(found.point, area)
    return found


def _plus(text: str, near: Point | None) -> Understood | None:
    told = _PLUS.fullmatch(text.translate(_PLUS_LETTERS))
    if told is None or not plus.isValid(code := told[1].upper()):
        return None
    if plus.isShort(code):
        if near is None:
            raise Refused(SHORT)
        code = plus.recoverNearest(code, near.lat_deg, near.lon_deg)
    square = plus.decode(code)
    point = Point(square.latitudeCenter, square.longitudeCenter)
    side_m = (square.latitudeHi - square.latitudeLo) * METRES_PER_DEG
    return Understood(point, "plus", side_m * 2**0.5 / 2)


def _numbers(text: str) -> Understood | None:
    """Read two bare numbers: in a field of its own they are no clock and no price."""
    if _LONE.fullmatch(text):
        raise Refused(ONE_OR_TWO)
    told = _COMMAED.fullmatch(text) or _POINTED.fullmatch(text)
    if told is None:
        return None
    halves = [half.replace(",", ".").replace("−", "-").replace("–", "-") for half in told.groups()]
    lat, lon = map(float, halves)
    if abs(lat) > POLE_DEG or abs(lon) > ANTIMERIDIAN_DEG:
        raise Refused(BEYOND)
    digits = min(len(half.partition(".")[2]) for half in halves)
    if not digits:
        raise Refused(ROUGH)
    return Understood(Point(lat, lon), "decimal", max(METRES_PER_DEG * 0.5 / 10**digits, 1.0))


def _written(text: str) -> Understood | None:
    """Read what also stands in messages: marks and letters, grids, links."""
    places = read_places(text)
    if len(places) > 1:
        raise Refused(MANY)
    if not places:
        return None
    (place,) = places
    return Understood(place.point, place.form, place.error_m)


def _not_exchanged(point: Point, area: Area | None) -> None:
    if area is None or area.holds(point) or abs(point.lon_deg) > POLE_DEG:
        return
    if area.holds(Point(point.lon_deg, point.lat_deg)):
        raise Refused(EXCHANGED)


def decimal(point: Point) -> str:
    """Return "43.50120, 33.90210": five digits, a metre."""
    return f"{point.lat_deg:.5f}, {point.lon_deg:.5f}"


def marked(point: Point) -> str:
    """Return degrees, minutes and seconds to the tenth: "43°30'04.3"N 33°54'07.6"E", three metres."""
    return f"{_dms(point.lat_deg, 'NS')} {_dms(point.lon_deg, 'EW')}"


def _dms(angle_deg: float, letters: str) -> str:
    tenths = round(abs(angle_deg) * 36_000)
    whole, rest = divmod(tenths, 36_000)
    minutes, seconds = divmod(rest, 600)
    return f"{whole}°{minutes:02}'{seconds / 10:04.1f}\"{letters[angle_deg < 0]}"


def mgrs(point: Point, *, digits: int = TEN_METRES) -> str:
    """Return the MGRS square that holds a point, "" near the poles; 10 m unless told."""
    try:
        return grid.to_mgrs(point, digits=digits)
    except grid.NoPlace:
        return ""


def plus_code(point: Point) -> str:
    """Return the whole plus code of ten digits."""
    code: str = plus.encode(point.lat_deg, point.lon_deg, PLUS_DIGITS)
    return code


def every_form(point: Point) -> dict[str, str]:
    """Return a place in each form that `understood` reads back, by the form's name."""
    told = {"decimal": decimal(point), "marked": marked(point), "plus": plus_code(point)}
    square = mgrs(point)
    return {**told, "mgrs": square} if square else told
