"""Names and regions on real files. They are not ours to commit: `just test-real` names the folder."""

import random

import pytest

from safeconduct.geo import Point
from safeconduct.ways.gazetteer import SETTLEMENTS
from safeconduct.ways.naming import read_names
from safeconduct.ways.regions import UKRAINE, read_shapes, region_of
from safeconduct.ways.spelling import words_of
from safeconduct.ways.tests.test_real import SHARED, extract

__all__ = ["extract"]
pytestmark = pytest.mark.real
CAPITALS = {
    "UA-05": (49.23, 28.47), "UA-07": (50.75, 25.33), "UA-09": (48.57, 39.31), "UA-12": (48.46, 35.05),
    "UA-14": (48.00, 37.80), "UA-18": (50.25, 28.66), "UA-21": (48.62, 22.29), "UA-23": (47.84, 35.14),
    "UA-26": (48.92, 24.71), "UA-30": (50.45, 30.52), "UA-32": (49.80, 30.12), "UA-35": (48.51, 32.26),
    "UA-40": (44.60, 33.54), "UA-43": (44.95, 34.10), "UA-46": (49.84, 24.03), "UA-48": (46.97, 32.00),
    "UA-51": (46.48, 30.73), "UA-53": (49.59, 34.55), "UA-56": (50.62, 26.25), "UA-59": (50.91, 34.80),
    "UA-61": (49.55, 25.59), "UA-63": (49.99, 36.23), "UA-65": (46.64, 32.62), "UA-68": (49.42, 26.99),
    "UA-71": (49.44, 32.06), "UA-74": (51.50, 31.29), "UA-77": (48.29, 25.94),
}  # fmt: skip


def test_every_region_of_the_file_with_wrong_ids_holds_its_own_chief_town():
    text = (SHARED / "regions/ukraine-admin1.topo.json").read_text("utf-8")
    regions = read_shapes(text, country="UA")
    assert {each.code for each in regions} == set(UKRAINE) == set(CAPITALS)
    found = {code: region_of(Point(*at), regions) for code, at in CAPITALS.items()}
    assert {code: each and each.code for code, each in found.items()} == {c: c for c in CAPITALS}


def test_every_settlement_is_found_in_each_language_and_with_one_letter_wrong(extract):
    names, chance, tried, found = read_names(extract), random.Random(1), 0, 0
    settled = [n for n, kind in enumerate(names.kind) if names.kinds[kind] in SETTLEMENTS]
    for thing in settled:
        here = names.point(thing)
        for name in {part for told in names.names[thing].values() for part in told.split(";")}:
            assert here in [each.point for each in names.search(name, near=here)]
            if len(name) > 5 and "".join(words_of(name)).isascii():
                at = chance.randrange(1, len(name))
                slip = name[:at] + chance.choice(("", name[at] * 2)) + name[at + 1 :]
                hits = [each.point for each in names.search(slip, near=here)]
                tried, found = tried + 1, found + (here in hits)
    assert found >= 0.97 * tried
