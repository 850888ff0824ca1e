"""Tiles of heights: what is read, what is filled and marked, what is refused, and who sees whom."""

import math
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, moved
from safeconduct.ways.screening import Screening, screening
from safeconduct.ways.terrain import Relief, Terrain, WrongTile, bring_in, filled, read_tile
from safeconduct.ways.tests.grids import danger
from safeconduct.ways.viewshed import BENT_RADIUS_M, SCREENED, SEEN, UNKNOWN, lines, viewshed

VOID = -32768
HERE = Point(43.5, 33.9)  # where the drawn roads of these tests begin


def tile(path, heights=None, *, side=1201):
    """Write a tile; heights in metres, all 100 unless told."""
    told = np.full((side, side), 100, dtype=">i2") if heights is None else heights.astype(">i2")
    path.write_bytes(told.tobytes())
    return path


def zipped(path):
    with zipfile.ZipFile(f"{path}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, path.name)
    path.unlink()
    return Path(f"{path}.zip")


def ground(height_m, known=None, *, step_m=100.0):
    height_m = np.asarray(height_m, dtype=np.float32)
    known = np.ones(height_m.shape, dtype=bool) if known is None else known
    return Relief(height_m, known, step_m, step_m)


# ---- tiles ----


def test_a_tile_is_read_from_its_file_or_its_archive_with_the_north_up(tmp_path):
    heights = np.zeros((1201, 1201))
    heights[0, :] = 700
    heights[:, 1200] = 30
    for packed in (False, True):
        path = tile(tmp_path / "S07W064.hgt", heights)
        read = read_tile(zipped(path) if packed else path)
        assert (read.south_deg, read.west_deg, read.steps) == (-7, -64, 1200)
        assert read.height_m[0, 5] == 700
        assert read.height_m[600, 1200] == 30
    terrain = Terrain(tmp_path)
    assert terrain.names == ("S07W064",)
    north = terrain.relief(Point(-6.0001, -63.5), radius_m=50)
    assert north is not None
    assert north.height_m.max() == 700


def test_a_void_is_filled_from_its_neighbours_and_marked(tmp_path):
    heights = np.tile(np.arange(1201), (1201, 1))
    heights[3, 10:20] = VOID
    heights[700, 700] = 32000
    read = read_tile(tile(tmp_path / "N43E033.hgt", heights))
    assert not read.known[3, 10:20].any()
    assert not read.known[700, 700]
    assert read.known.sum() == 1201 * 1201 - 11
    assert read.height_m[3, 10:20].tolist() == list(range(10, 20))


def test_a_tile_of_voids_alone_is_filled_with_nothing_and_known_nowhere():
    known = np.zeros((5, 5), dtype=bool)
    assert not filled(np.full((5, 5), VOID, dtype=np.float32), known).any()


def test_what_is_no_tile_is_refused_with_what_to_do(tmp_path):
    nameless, short = tile(tmp_path / "heights.hgt"), tmp_path / "N43E033.hgt"
    short.write_bytes(b"1234")
    broken = tmp_path / "N43E034.hgt.zip"
    broken.write_bytes(b"PK but not really")
    other = zipped(tile(tmp_path / "N43E035.hgt", np.zeros((10, 10))))
    for path in (nameless, short, broken, other):
        with pytest.raises(WrongTile, match=r"Fetch it again|own name"):
            read_tile(path)
    with pytest.raises(WrongTile):
        bring_in(short, folder=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


def test_a_tile_brought_in_is_kept_unpacked_in_place_of_an_older_one(tmp_path):
    folder = tmp_path / "terrain"
    bring_in(zipped(tile(tmp_path / "N43E033.hgt")), folder=folder)
    bring_in(tile(tmp_path / "N43E033.hgt", np.zeros((3601, 3601)), side=3601), folder=folder)
    assert [path.name for path in folder.iterdir()] == ["N43E033.hgt"]
    kept = Terrain(folder).tile(43, 33)
    assert kept is not None
    assert kept.steps == 3600
    assert not kept.height_m.any()


def test_ground_goes_on_over_the_rim_of_a_tile_and_ends_unknown_where_none_lies(tmp_path):
    tile(tmp_path / "N43E033.hgt", np.full((1201, 1201), 10))
    tile(tmp_path / "N43E034.hgt", np.full((3601, 3601), 20), side=3601)
    found = Terrain(tmp_path).relief(Point(43.999, 33.9999), radius_m=500)
    assert found is not None
    row, column = (side // 2 for side in found.height_m.shape)
    assert found.known[row, column]
    assert found.height_m[row, 0] == 10
    assert found.height_m[row, -1] == 20
    assert found.known[row, -1]
    assert not found.known[0].any()
    assert Terrain(tmp_path).relief(Point(45.5, 33.5), radius_m=500) is None
    assert Terrain(tmp_path / "none").names == ()


# ---- who sees whom ----


def plain_sight(told, end, *, eye_m=2.0, target_m=2.0):
    """One line of sight, step by step, and by how much it clears what lies between, as a slope."""
    middle = [side // 2 for side in told.height_m.shape]
    eye = told.height_m[tuple(middle)] + eye_m
    steps = max(map(abs, end))

    def slope(height, row, column):
        far = math.hypot(row * told.north_m, column * told.east_m)
        return (height - far**2 / (2 * BENT_RADIUS_M) - eye) / far

    target = told.height_m[middle[0] + end[0], middle[1] + end[1]] + target_m
    clear = math.inf
    for step in range(1, steps):
        row, column = end[0] * step / steps, end[1] * step / steps
        cells = [
            (middle[0] + r, middle[1] + c)
            for r in {math.floor(row), math.ceil(row)}
            for c in {math.floor(column), math.ceil(column)}
        ]
        if all(told.known[cell] for cell in cells):
            share = (row - math.floor(row)) + (column - math.floor(column))
            low, high = told.height_m[min(cells)], told.height_m[max(cells)]
            clear = min(clear, slope(target, *end) - slope(low + share * (high - low), row, column))
    return clear


def others(told):
    rows, columns = (side // 2 for side in told.height_m.shape)
    return [
        (row, column)
        for row in range(-rows, rows + 1)
        for column in range(-columns, columns + 1)
        if (row, column) != (0, 0)
    ]


@st.composite
def grounds(draw, voids=True):
    rows, columns = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    shape = (2 * rows + 1, 2 * columns + 1)
    cells = shape[0] * shape[1]
    heights = draw(st.lists(st.integers(0, 30), min_size=cells, max_size=cells))
    missing = draw(st.sets(st.integers(0, cells - 1), max_size=4)) if voids else set()
    known = np.ones(cells, dtype=bool)
    known[sorted(missing - {cells // 2})] = False
    return ground(np.reshape(heights, shape), known.reshape(shape), step_m=90.0)


@given(grounds())
@settings(max_examples=60)
def test_lines_of_sight_are_what_a_walk_along_each_of_them_finds(told):
    rows, columns = (side // 2 for side in told.height_m.shape)
    cells = others(told)
    states, all_round = lines(told, cells), viewshed(told)
    for (row, column), state in zip(cells, states, strict=True):
        clear = plain_sight(told, (row, column))
        if not told.known[row + rows, column + columns]:
            assert state == UNKNOWN
            assert all_round[row + rows, column + columns] == UNKNOWN
        elif abs(clear) > 1e-4:
            assert state == (SEEN if clear > 0 else SCREENED)
            if abs(row) == rows or abs(column) == columns:
                assert all_round[row + rows, column + columns] >= state, "a rim cell has its line"


@given(grounds(voids=False), st.integers(0, 80))
@settings(max_examples=40)
def test_what_nobody_measured_screens_nothing(told, hidden):
    """Forget the height of one cell: what was seen stays seen, but for the cell itself."""
    before = viewshed(told)
    known = told.known.copy()
    at = hidden % known.size
    if at != known.size // 2:
        known.reshape(-1)[at] = False
    after = viewshed(Relief(told.height_m, known, told.north_m, told.east_m))
    assert (after[known & (before == SEEN)] == SEEN).all()
    assert (after[~known] == UNKNOWN).all()


def test_flat_ground_is_seen_a_hill_hides_what_is_behind_it_and_the_earth_is_round():
    flat = np.zeros((41, 41))
    assert (viewshed(ground(flat)) == SEEN).all()
    hill = flat.copy()
    hill[20, 25] = 50
    seen = viewshed(ground(hill))
    assert seen[20, 24] == seen[20, 25] == SEEN
    assert (seen[20, 26:] == SCREENED).all()
    assert (seen[20, :20] == SEEN).all()
    far = ground(np.zeros((1, 201)), step_m=200.0)
    assert lines(far, [(0, 50)]).tolist() == [SEEN]
    assert lines(far, [(0, 70)]).tolist() == [SCREENED], "two men at 14 km are below the horizon"


def test_from_a_place_nobody_measured_nothing_is_known():
    known = np.ones((5, 5), dtype=bool)
    known[2, 2] = False
    told = ground(np.zeros((5, 5)), known)
    assert (viewshed(told) == UNKNOWN).all()
    assert lines(told, [(0, 1)]).tolist() == [UNKNOWN]
    assert lines(told, []).tolist() == []


# ---- the words ----


@pytest.fixture(scope="module")
def hollow(tmp_path_factory):
    """Flat ground at 200 m; a pit 100 m deep about HERE, a void 30 km west, one tile alone."""
    folder = tmp_path_factory.mktemp("terrain")
    heights = np.full((1201, 1201), 200)
    row, column = round((44 - HERE.lat_deg) * 1200), round((HERE.lon_deg - 33) * 1200)
    heights[row - 2 : row + 3, column - 3 : column + 4] = 100
    heights[row - 30 : row + 31, 700:801] = VOID
    tile(folder / "N43E033.hgt", heights)
    return Terrain(folder)


def test_terrain_screens_the_pit_and_not_the_plain_and_the_void_is_not_known(hollow):
    plain, void = moved(HERE, east_m=0, north_m=9000), Point(HERE.lat_deg, 33 + 750 / 1200)
    assert screening(hollow, HERE, []) is Screening.SCREENS
    assert screening(hollow, plain, []) is Screening.DOES_NOT
    assert screening(hollow, void, []) is Screening.NOT_KNOWN
    assert screening(None, HERE, []) is Screening.NOT_KNOWN
    assert screening(hollow, Point(10, 10), []) is Screening.NOT_KNOWN


def test_whoever_is_reported_in_the_pit_sees_it_and_mines_do_not_look(hollow):
    behind, beside = danger(2500, 0, kind="watchers"), danger(150, 0, kind="watchers")
    assert screening(hollow, HERE, [behind]) is Screening.SCREENS
    assert screening(hollow, HERE, [behind, beside]) is Screening.DOES_NOT
    assert screening(hollow, HERE, [danger(0, 0, kind="checkpoint")]) is Screening.DOES_NOT
    assert screening(hollow, HERE, [danger(150, 0, kind="mines")]) is Screening.SCREENS


@pytest.mark.real
def test_on_a_real_tile_lines_to_the_rim_agree_with_a_line_to_each_cell():
    root = Path(os.environ.get("SAFECONDUCT_SHARED", Path(__file__).parents[5] / "shared/data"))
    read = read_tile(root / "dem" / "N50E011.hgt.zip")
    assert (~read.known).sum() == 8
    told = ground(read.height_m[400:801, 400:801], read.known[400:801, 400:801], step_m=75.0)
    all_round = viewshed(told)
    cells = others(told)[::7]
    states = lines(told, cells)
    found = np.array([all_round[row + 200, column + 200] for row, column in cells])
    assert (found == states).mean() >= 0.995
    assert (found[states == SEEN] == SEEN).mean() >= 0.999, "what sees it is not told as screened"
