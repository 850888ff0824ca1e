"""`safeconduct bench ways`: what the roads cost, part by part, each beside a peer or a limit of one run.

A part is a file `bench/ways_<part>.py` with `run(quick=…, extract=…)`, which yields figures. The
extract is no part of the product: name it, or let SAFECONDUCT_SHARED name the folder it lies in.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from safeconduct.bench.figure import CannotMeasure, Figure

EXTRACT = Path("osm/liechtenstein-2022.osm.pbf")


class Part(Protocol):
    """What measures one part of the roads."""

    def __call__(self, *, quick: bool, extract: Path) -> Iterable[Figure]:
        """Yield the figures; `quick` times fewer pairs and smaller graphs."""


def _fronts(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_fronts

    return ways_fronts.run(quick=quick, extract=extract)


def _country(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_country

    return ways_country.run(quick=quick, extract=extract)


def _import(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_import

    return ways_import.run(quick=quick, extract=extract)


def _reprice(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_reprice

    return ways_reprice.run(quick=quick, extract=extract)


def _valhalla(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_valhalla

    return ways_valhalla.run(quick=quick, extract=extract)


def _places(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_places

    return ways_places.run(quick=quick, extract=extract)


def _telling(*, quick: bool, extract: Path) -> Iterable[Figure]:
    from safeconduct.bench import ways_telling

    return ways_telling.run(quick=quick, extract=extract)


PARTS: dict[str, Part] = {
    "places": _places,
    "import": _import,
    "country": _country,
    "fronts": _fronts,
    "reprice": _reprice,
    "telling": _telling,
    "valhalla": _valhalla,
}


def measure(*, quick: bool, part: str = "", extract: Path | None = None) -> Iterator[Figure]:
    """Yield the figures of one part, or of all.

    Raises:
        CannotMeasure: no such part, or no extract.
    """
    if part and part not in PARTS:
        raise CannotMeasure(f'There is no part "{part}". The parts are: {", ".join(PARTS)}.')
    found = extract_at(extract)
    for name in [part] if part else PARTS:
        yield from PARTS[name](quick=quick, extract=found)


def extract_at(named: Path | None) -> Path:
    """Return the extract that is measured on.

    Raises:
        CannotMeasure: it is not there.
    """
    path = named or Path(os.environ.get("SAFECONDUCT_SHARED", "../shared/data")) / EXTRACT
    if not path.is_file():
        raise CannotMeasure(f"{path.name} is not here. Name a road extract: --extract FILE.")
    return path
