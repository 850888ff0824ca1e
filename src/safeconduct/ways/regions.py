"""Which region a place lies in. Shapes come from a file the operator gives, codes from ISO 3166-2. Pure.

A file's own ids are not believed: one that is widely used has one id for two regions. A shape is known
by its name, in the spelling of the standard, in ours, or in one that is written down here; a name that
is not known is refused, never guessed. P-codes come from an official file alone.
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct.geo import Point, foot_on_line, inside
from safeconduct.ways.spelling import whole

# Code → how we call it in Ukrainian, Russian and English, and how map files call it besides.
UKRAINE = {
    "UA-05": ("Вінницька область", "Винницкая область", "Vinnytsia", "Vinnytsya"),
    "UA-07": ("Волинська область", "Волынская область", "Volyn"),
    "UA-09": ("Луганська область", "Луганская область", "Luhansk", "Luhans'k"),
    "UA-12": ("Дніпропетровська область", "Днепропетровская область", "Dnipropetrovsk", "Dnipro"),
    "UA-14": ("Донецька область", "Донецкая область", "Donetsk", "Donets'k"),
    "UA-18": ("Житомирська область", "Житомирская область", "Zhytomyr"),
    "UA-21": ("Закарпатська область", "Закарпатская область", "Zakarpattia", "Transcarpathia"),
    "UA-23": ("Запорізька область", "Запорожская область", "Zaporizhzhia", "Zaporizhzhya"),
    "UA-26": ("Івано-Франківська область", "Ивано-Франковская область", "Ivano-Frankivsk"),
    "UA-30": ("місто Київ", "город Киев", "Kyiv City", "Kiev City"),
    "UA-32": ("Київська область", "Киевская область", "Kyiv oblast", "Kiev", "Kyiv"),
    "UA-35": ("Кіровоградська область", "Кировоградская область", "Kirovohrad"),
    "UA-40": ("місто Севастополь", "город Севастополь", "Sevastopol", "Sevastopol'"),
    "UA-43": ("Крим", "Крым", "Crimea", "Autonomous Republic of Crimea"),
    "UA-46": ("Львівська область", "Львовская область", "Lviv", "L'viv"),
    "UA-48": ("Миколаївська область", "Николаевская область", "Mykolaiv", "Mykolayiv"),
    "UA-51": ("Одеська область", "Одесская область", "Odesa", "Odessa"),
    "UA-53": ("Полтавська область", "Полтавская область", "Poltava"),
    "UA-56": ("Рівненська область", "Ровенская область", "Rivne"),
    "UA-59": ("Сумська область", "Сумская область", "Sumy"),
    "UA-61": ("Тернопільська область", "Тернопольская область", "Ternopil", "Ternopil'"),
    "UA-63": ("Харківська область", "Харьковская область", "Kharkiv"),
    "UA-65": ("Херсонська область", "Херсонская область", "Kherson"),
    "UA-68": ("Хмельницька область", "Хмельницкая область", "Khmelnytskyi", "Khmel'nyts'kyy"),
    "UA-71": ("Черкаська область", "Черкасская область", "Cherkasy"),
    "UA-74": ("Чернігівська область", "Черниговская область", "Chernihiv"),
    "UA-77": ("Чернівецька область", "Черновицкая область", "Chernivtsi"),
}
_OURS = ("uk", "ru", "en")
Ring = tuple[Point, ...]
_LEAST_RING = 3
COARSE_M = 3_000.0  # how far off a drawn border may be


class WrongRegions(ValueError):
    """A file of shapes or codes cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Region:
    """One region.

    Attributes:
        code: ISO 3166-2. pcode: of the official file, "" without one.
        rings: its outlines and holes; a point is inside by an odd number of them.
    """

    code: str
    names: Mapping[str, str]
    pcode: str
    rings: tuple[Ring, ...]

    def name(self, language: str) -> str:
        """Return its name in a language, else in English."""
        return self.names.get(language) or self.names["en"]

    def holds(self, point: Point) -> bool:
        """Return whether a place lies in it."""
        return sum(inside(point, ring) for ring in self.rings) % 2 == 1


def region_of(point: Point, regions: Sequence[Region]) -> Region | None:
    """Return the region that a place lies in, or of which alone it lies within 3 km; else None.

    Shores and borders of such files are drawn coarsely: on one of them Kherson lies 400 m at sea.
    """
    within = next((region for region in regions if region.holds(point)), None)
    if within is None:
        near = [region for region in regions if _beside_m(point, region) <= COARSE_M]
        return near[0] if len(near) == 1 else None
    return within


def _beside_m(point: Point, region: Region) -> float:
    return min(foot_on_line(point, ring).beside_m for ring in region.rings)


def known_names(country: str) -> dict[str, str]:
    """Return spelling → code of a country's regions: of the standard, and ours where we have some.

    Raises:
        WrongRegions: ISO 3166-2 has no such country, or it has no regions.
    """
    listed = _of_standard(country_code=country.upper()) or ()
    codes = {whole(each.name): each.code for each in listed if not each.parent_code}
    if not codes:
        raise WrongRegions(f"ISO 3166-2 has no regions of {country!r}. Write the country as UA.")
    own = UKRAINE if country.upper() == "UA" else {}
    return codes | {whole(name): code for code, names in own.items() for name in names}


def display_names(code: str) -> dict[str, str]:
    """Return how a region is called by language: our own names, else the standard's as "en"."""
    if code in UKRAINE:
        return dict(zip(_OURS, UKRAINE[code], strict=False))
    return {"en": str(_of_standard(code=code).name)}


def _of_standard(**key: str) -> Any:
    import pycountry  # noqa: PLC0415  half a megabyte of the world, read where a file is brought in

    return pycountry.subdivisions.get(**key)  # type: ignore[no-untyped-call]  # it brings no types here


def read_shapes(text: str, *, country: str, pcodes: str = "") -> list[Region]:
    """Return the regions of a GeoJSON or TopoJSON file, by their codes.

    Args:
        country: ISO 3166-1, two letters.
        pcodes: the official table as CSV: a column whose name ends in PCODE, one in EN or NAME.

    Raises:
        WrongRegions: a shape's name is not known, two bear one name, or a file cannot be read.
    """
    known, found = known_names(country), dict[str, Region]()
    official = _pcodes(pcodes, known) if pcodes else {}
    for name, rings in _shapes(text):
        code = known.get(whole(name))
        if code is None:
            raise WrongRegions(
                f"A shape is called {name!r}, and no region of {country} is. Mend the file: a shape "
                "is known by its property `name`, as ISO 3166-2 writes it."
            )
        if code in found:
            raise WrongRegions(f"Two shapes are {code}, the second called {name!r}. Mend the file.")
        found[code] = Region(code, display_names(code), official.get(code, ""), tuple(rings))
    return [found[code] for code in sorted(found)]


def _shapes(text: str) -> Iterator[tuple[str, list[Ring]]]:
    try:
        told = json.loads(text)
        if told["type"] == "Topology":
            yield from _of_topology(told)
            return
        for feature in told["features"]:
            yield _name_of(feature), list(_rings(feature["geometry"]))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as wrong:
        raise WrongRegions(
            f"This is no GeoJSON and no TopoJSON of regions ({type(wrong).__name__}). Give another file."
        ) from None


def _name_of(feature: Mapping[str, Any]) -> str:
    told = feature["properties"]
    return str(next(told[key] for key in ("name", "NAME", "shapeName", "ADM1_EN") if key in told))


def _rings(geometry: Mapping[str, Any]) -> Iterator[Ring]:
    """Yield outlines and holes of a Polygon or MultiPolygon."""
    many = geometry["type"] == "MultiPolygon"
    for polygon in geometry["coordinates"] if many else [geometry["coordinates"]]:
        for ring in polygon:
            yield _ring(ring)


def _ring(pairs: Sequence[Sequence[float]]) -> Ring:
    ring = tuple(Point(float(lat), float(lon)) for lon, lat, *_ in pairs)
    if len(ring) < _LEAST_RING:
        raise ValueError("a ring has three points or more")
    return ring


def _of_topology(told: Mapping[str, Any]) -> Iterator[tuple[str, list[Ring]]]:
    """Yield the shapes of a TopoJSON: borders are told once, as steps, and shared."""
    arcs = [list(_walked(arc, told.get("transform"))) for arc in told["arcs"]]
    for collection in told["objects"].values():
        for geometry in collection["geometries"]:
            many = geometry["type"] == "MultiPolygon"
            polygons = geometry["arcs"] if many else [geometry["arcs"]]
            rings = [_ring(_joined(ring, arcs)) for polygon in polygons for ring in polygon]
            yield _name_of(geometry), rings


def _walked(arc: Sequence[Sequence[float]], how: Any) -> Iterator[tuple[float, float]]:
    if how is None:
        yield from ((point[0], point[1]) for point in arc)
        return
    x = y = 0.0
    for step in arc:
        x, y = x + step[0], y + step[1]
        yield x * how["scale"][0] + how["translate"][0], y * how["scale"][1] + how["translate"][1]


def _joined(
    numbers: Sequence[int], arcs: Sequence[list[tuple[float, float]]]
) -> list[tuple[float, float]]:
    """Return the points along arcs; ~n is arc n from its end, and joints are told twice."""
    points: list[tuple[float, float]] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        points += arc[1:] if points else arc
    return points


def _pcodes(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return code → P-code of an official table; rows of other regions are left alone."""
    rows = csv.DictReader(text.splitlines())
    heads = rows.fieldnames or ()
    code = next((head for head in heads if head.upper().endswith("PCODE")), "")
    names = [head for head in heads if head.upper().endswith(("EN", "NAME"))]
    if not (code and names):
        raise WrongRegions("The table has no column …PCODE and none …EN or …NAME. Give another.")
    found = {}
    for row in rows:
        for name in names:
            if region := known.get(whole(row[name] or "")):
                found[region] = row[code]
    return found


def plain(regions: Sequence[Region]) -> str:
    """Return regions as the text that `of_plain` reads: what is kept beside a map."""
    told = [
        {
            "code": each.code,
            "pcode": each.pcode,
            "rings": [[(p.lat_deg, p.lon_deg) for p in ring] for ring in each.rings],
        }
        for each in regions
    ]
    return json.dumps({"version": 1, "regions": told})


def of_plain(text: str) -> list[Region]:
    """Return the regions that `plain` wrote.

    Raises:
        WrongRegions: it did not write them.
    """
    try:
        told = json.loads(text)["regions"]
        return [
            Region(
                each["code"], display_names(each["code"]), each["pcode"],
                tuple(tuple(Point(*pair) for pair in ring) for ring in each["rings"]),
            )
            for each in told
        ]  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WrongRegions("The regions are damaged. Import them again.") from None
