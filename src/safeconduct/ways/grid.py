"""Grids on paper maps to WGS 84 and back. Pure: metres of a grid or a point; standard library only.

Transverse Mercator by Krüger's series to the fourth order (Karney 2011, eqs. 35 and 36, and the
fourth-order latitude series): below a millimetre inside a zone. Two libraries of others judge it
in the tests.
"""

import math
from dataclasses import dataclass

from safeconduct.geo import Point

UTM_SCALE, UTM_EAST_M, UTM_SOUTH_M = 0.9996, 500_000, 10_000_000
# False eastings of a Gauss zone, and how far from its middle it is drawn.
GAUSS_ZONE_M, GAUSS_EAST_M, GAUSS_WIDE_M = 1_000_000, 500_000, 400_000
# A lettered square; its row letters come again each 2,000 km.
SQUARE_M, CYCLE_M = 100_000, 2_000_000
ROUND_DEG = 360
BAND_DEG, FIRST_BAND_DEG, LAST_BAND_DEG = 8, -80, 72
_BANDS = "CDEFGHJKLMNPQRSTUVWX"
_COLUMNS = ("STUVWXYZ", "ABCDEFGH", "JKLMNPQR")  # by zone mod 3
_ROWS = "ABCDEFGHJKLMNPQRSTUV"
_ROWS_EVEN = "FGHJKLMNPQRSTUVABCDE"


class NoPlace(ValueError):
    """Letters or metres that name no place of the grid."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """The figure of the earth a grid is drawn on: half its greater axis, and its flattening."""

    a_m: float
    f: float

    @property
    def e2(self) -> float:
        """Return the first eccentricity squared."""
        return self.f * (2 - self.f)


WGS84 = Ellipsoid(6_378_137.0, 1 / 298.257223563)
KRASSOVSKY = Ellipsoid(6_378_245.0, 1 / 298.3)

# EPSG:5044, "Pulkovo 1942 to WGS 84 (20)", after GOST R 51794-2008; its own stated error is 3 m. Of
# the operations PROJ lists one says 44 m and one 999 m, so the one used is named with each point.
SK42_NAME, SK42_ERROR_M = "SK-42, EPSG:5044", 3.0
_SHIFT_M = (23.57, -140.95, -79.8)
_TURN_RAD = tuple(math.radians(second / 3600) for second in (0.0, -0.35, -0.79))
_STRETCH = 1 - 0.22e-6


def from_transverse(
    east_m: float, north_m: float, *, meridian_deg: float, scale: float, on: Ellipsoid
) -> tuple[float, float]:
    """Return latitude and longitude in degrees, on the same ellipsoid.

    Args:
        east_m: from the central meridian, without any false easting.
        north_m: from the equator.
    """
    n = on.f / (2 - on.f)
    unit_m = scale * on.a_m / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    xi, eta = north_m / unit_m, east_m / unit_m
    beta = (
        n / 2 - 2 * n**2 / 3 + 37 * n**3 / 96 - n**4 / 360,
        n**2 / 48 + n**3 / 15 - 437 * n**4 / 1440,
        17 * n**3 / 480 - 37 * n**4 / 840,
        4397 * n**4 / 161280,
    )
    xi_ = xi - sum(b * math.sin(2 * j * xi) * math.cosh(2 * j * eta) for j, b in enumerate(beta, 1))
    eta_ = eta - sum(
        b * math.cos(2 * j * xi) * math.sinh(2 * j * eta) for j, b in enumerate(beta, 1)
    )
    chi = math.asin(math.sin(xi_) / math.cosh(eta_))
    delta = (
        2 * n - 2 * n**2 / 3 - 2 * n**3 + 116 * n**4 / 45,
        7 * n**2 / 3 - 8 * n**3 / 5 - 227 * n**4 / 45,
        56 * n**3 / 15 - 136 * n**4 / 35,
        4279 * n**4 / 630,
    )
    lat = chi + sum(d * math.sin(2 * j * chi) for j, d in enumerate(delta, 1))
    lon = math.atan2(math.sinh(eta_), math.cos(xi_))
    return math.degrees(lat), meridian_deg + math.degrees(lon)


def to_transverse(
    lat_deg: float, lon_deg: float, *, meridian_deg: float, scale: float, on: Ellipsoid
) -> tuple[float, float]:
    """Return metres east of the central meridian and north of the equator, on the same ellipsoid."""
    n, e = on.f / (2 - on.f), math.sqrt(on.e2)
    unit_m = scale * on.a_m / (1 + n) * (1 + n**2 / 4 + n**4 / 64)
    sine, aside = math.sin(math.radians(lat_deg)), math.radians(lon_deg - meridian_deg)
    tangent = math.sinh(math.atanh(sine) - e * math.atanh(e * sine))
    xi_ = math.atan2(tangent, math.cos(aside))
    eta_ = math.asinh(math.sin(aside) / math.hypot(tangent, math.cos(aside)))
    alpha = (
        n / 2 - 2 * n**2 / 3 + 5 * n**3 / 16 + 41 * n**4 / 180,
        13 * n**2 / 48 - 3 * n**3 / 5 + 557 * n**4 / 1440,
        61 * n**3 / 240 - 103 * n**4 / 140,
        49561 * n**4 / 161280,
    )
    xi = xi_ + sum(
        a * math.sin(2 * j * xi_) * math.cosh(2 * j * eta_) for j, a in enumerate(alpha, 1)
    )
    eta = eta_ + sum(
        a * math.cos(2 * j * xi_) * math.sinh(2 * j * eta_) for j, a in enumerate(alpha, 1)
    )
    return unit_m * eta, unit_m * xi


def _geocentric(lat_deg: float, lon_deg: float, on: Ellipsoid) -> tuple[float, float, float]:
    lat, lon = math.radians(lat_deg), math.radians(lon_deg)
    across = on.a_m / math.sqrt(1 - on.e2 * math.sin(lat) ** 2)
    return (
        across * math.cos(lat) * math.cos(lon),
        across * math.cos(lat) * math.sin(lon),
        across * (1 - on.e2) * math.sin(lat),
    )


def _geodetic(x: float, y: float, z: float, on: Ellipsoid) -> Point:
    flat = math.hypot(x, y)
    lat = math.atan2(z, flat * (1 - on.e2))
    for _ in range(5):  # each step wins three digits
        across = on.a_m / math.sqrt(1 - on.e2 * math.sin(lat) ** 2)
        lat = math.atan2(z + on.e2 * across * math.sin(lat), flat)
    return Point(math.degrees(lat), math.degrees(math.atan2(y, x)))


def from_sk42(north_m: float, east_m: float) -> Point:
    """Return where SK-42's X (`north_m`) and Y (`east_m`, its zone in the first digits) lie.

    Raises:
        NoPlace: Y has no zone, or lies beside it.
    """
    zone, within = divmod(east_m, GAUSS_ZONE_M)
    beside_m = within - GAUSS_EAST_M
    if not 1 <= zone <= ROUND_DEG // 6 or not -GAUSS_WIDE_M <= beside_m < GAUSS_WIDE_M:
        raise NoPlace("Y begins with its zone; the rest lies within 400 km of its middle")
    meridian = 6 * zone - 3 if zone <= ROUND_DEG // 12 else 6 * zone - 3 - ROUND_DEG
    old = from_transverse(beside_m, north_m, meridian_deg=meridian, scale=1.0, on=KRASSOVSKY)
    (x, y, z), (rx, ry, rz) = _geocentric(*old, KRASSOVSKY), _TURN_RAD
    return _geodetic(  # Helmert, the frame turned (EPSG 9607)
        _SHIFT_M[0] + _STRETCH * (x + rz * y - ry * z),
        _SHIFT_M[1] + _STRETCH * (y - rz * x + rx * z),
        _SHIFT_M[2] + _STRETCH * (z + ry * x - rx * y),
        WGS84,
    )


def from_utm(zone: int, band: str, east_m: float, north_m: float) -> Point:
    """Return where UTM metres lie.

    Args:
        band: its letter, C to X; before N the south.

    Raises:
        NoPlace: no such zone or band, or the metres lie outside of it.
    """
    if not 1 <= zone <= ROUND_DEG // 6 or band not in _BANDS:
        raise NoPlace("a UTM zone is 1 to 60 and its band a letter from C to X, without I and O")
    north = north_m if band >= "N" else north_m - UTM_SOUTH_M
    lat, lon = from_transverse(
        east_m - UTM_EAST_M, north, meridian_deg=6 * zone - 183, scale=UTM_SCALE, on=WGS84
    )
    low = FIRST_BAND_DEG + BAND_DEG * _BANDS.index(band)
    high = low + (BAND_DEG if low < LAST_BAND_DEG else 3 * BAND_DEG // 2)
    if not low - 1 <= lat <= high + 1 or not -ROUND_DEG // 2 <= lon <= ROUND_DEG // 2:
        raise NoPlace("these metres lie in another band")
    return Point(lat, lon)


def from_mgrs(zone: int, band: str, square: str, east: str, north: str) -> tuple[Point, float]:
    """Return the middle of an MGRS square, and the length of its side in metres.

    Args:
        square: two letters, column and row.
        east, north: as many digits each, 1 to 5.

    Raises:
        NoPlace: the letters name no square of this zone and band.
    """
    columns, rows = _COLUMNS[zone % 3], _ROWS if zone % 2 else _ROWS_EVEN
    if square[0] not in columns or square[1] not in rows:
        raise NoPlace("no such square in this zone")
    side_m = float(10 ** (5 - len(east)))
    east_m = (columns.index(square[0]) + 1) * SQUARE_M + int(east) * side_m + side_m / 2
    row_m = rows.index(square[1]) * SQUARE_M + int(north) * side_m + side_m / 2
    for cycle in range(UTM_SOUTH_M // CYCLE_M):
        try:
            return from_utm(zone, band, east_m, row_m + cycle * CYCLE_M), side_m
        except NoPlace:
            continue
    raise NoPlace("no such square in this band")


def _zone_of(point: Point) -> int:
    """Return the UTM zone, with Norway's wide one and the four of Svalbard."""
    lat, lon = point.lat_deg, point.lon_deg
    zone = min(int((lon + ROUND_DEG / 2) // 6) + 1, ROUND_DEG // 6)
    if 56 <= lat < 64 and 3 <= lon < 12:  # noqa: PLR2004  south-west Norway
        return 32
    if lat >= LAST_BAND_DEG and 0 <= lon < 42:  # noqa: PLR2004  Svalbard
        return 31 + 2 * int((lon + 3) // 12)
    return zone


def to_mgrs(point: Point, *, digits: int = 5) -> str:
    """Return the MGRS square that holds a point, as "36T VS 70686 67467".

    Args:
        digits: of each half: 5 is a square of 1 m, 4 of 10 m, 2 of 1 km.

    Raises:
        NoPlace: beyond 84° north or 80° south, where MGRS has another grid.
    """
    if not FIRST_BAND_DEG <= point.lat_deg <= LAST_BAND_DEG + 1.5 * BAND_DEG:
        raise NoPlace("MGRS squares end at 84 degrees north and 80 south")
    zone = _zone_of(point)
    east_m, north_m = to_transverse(
        point.lat_deg, point.lon_deg, meridian_deg=6 * zone - 183, scale=UTM_SCALE, on=WGS84
    )
    east_m, north_m = east_m + UTM_EAST_M, north_m + (UTM_SOUTH_M if north_m < 0 else 0)
    band = _BANDS[min(int((point.lat_deg - FIRST_BAND_DEG) // BAND_DEG), len(_BANDS) - 1)]
    rows = _ROWS if zone % 2 else _ROWS_EVEN
    square = _COLUMNS[zone % 3][int(east_m // SQUARE_M) - 1]
    square += rows[int(north_m % CYCLE_M // SQUARE_M)]
    told = (f"{int(metres % SQUARE_M):05}"[:digits] for metres in (east_m, north_m))
    return f"{zone:02}{band} {square} {' '.join(told)}"
