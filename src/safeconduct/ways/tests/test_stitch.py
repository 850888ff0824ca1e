import numpy as np

from safeconduct.ways.danger import price, samples
from safeconduct.ways.drawn import Ban
from safeconduct.ways.roads import strongest
from safeconduct.ways.route import Web
from safeconduct.ways.stitch import stitched
from safeconduct.ways.tests.grids import NOON, mark, road, roads

SMALL = roads(
    *(road((x, y), (x + 900, y), way=x + y + 1) for x in range(0, 3600, 900) for y in (0, 900, 1800)),
    *(road((x, y), (x, y + 900), way=x + y + 7) for x in range(0, 4500, 900) for y in (0, 900)),
    marks=[mark("fuel", 10, 10, "Зірка")],
    bans=[Ban(1, 907, via=hash((900, 0)))],
)  # fmt: skip


def test_a_stitched_country_is_as_large_as_asked_and_holds_together():
    country = stitched(SMALL, junctions=400)
    assert 400 <= country.junctions < 400 + 3 * SMALL.junctions
    assert strongest(country.tail, country.head, country.junction_place).all()
    assert (np.diff(country.tail) >= 0).all()
    assert country.segments == len(country.shape_at) - 1
    web = Web(country, price(country, [], at=NOON))
    assert web.tree(0, hazard_s=0.0).way(country.places - 1).time_s > 0


def test_a_copy_has_the_roads_and_bans_of_what_it_was_made_from():
    country = stitched(SMALL, junctions=400)
    copies = country.places // SMALL.places
    assert country.junctions - country.places == copies * (SMALL.junctions - SMALL.places) > 0
    assert np.array_equal(country.time_s[:0], SMALL.time_s[:0])
    assert len(country.mark_kind) == copies
    far = slice(SMALL.segments * (copies - 1), SMALL.segments * copies)
    assert np.array_equal(country.segment_length_m[far], SMALL.segment_length_m)


def test_what_a_road_says_of_its_length_is_what_its_shape_measures_in_every_latitude():
    country = stitched(SMALL, junctions=2_000)
    owner, _lat, _lon, _length = samples(country)[:4]
    assert len(np.unique(owner)) == country.segments
    at = country.shape_at
    for segment in (0, country.segments // 2, country.segments - 1):
        lat, lon = country.shape(segment)
        flat_lat, flat_lon = (
            np.diff(lat / 1e7),
            np.diff(lon / 1e7) * np.cos(np.radians(lat[0] / 1e7)),
        )
        measured = np.hypot(flat_lat, flat_lon).sum() * 111_195
        assert abs(measured / country.segment_length_m[segment] - 1) < 0.005
    assert at[-1] == len(country.shape_lat_e7)
