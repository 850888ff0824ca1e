"""Which ground sees a place: a line of sight to each cell of the rim, and the steepest so far on it.

Bare ground of cells some 30 or 90 metres wide: it knows no house and no tree, and whoever looks from
the air is screened by nothing. So the words are "terrain screens it", "terrain does not screen it"
and "not known here". A height that nobody measured never screens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from safeconduct.geo import EARTH_RADIUS_M
from safeconduct.ways.terrain import Relief

EYE_M = 2.0  # of whoever looks, and of what he looks at: a man standing, or a car
# Light bends towards the ground; over land by day the earth looks about 1.13 times its size.
BENT_RADIUS_M = 1.13 * EARTH_RADIUS_M
SCREENED, SEEN, UNKNOWN = 0, 1, 2
_NO_GROUND_M = -1e9  # so deep that it hides nothing, mixed with a known height as well

States = npt.NDArray[np.int8]
_Cells = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Rays:
    """Lines from the middle cell, one a row, one step a column.

    Attributes:
        one, other, share: the two cells between which the line passes, and how far towards `other`.
        row, column: of the line, in cells from the middle.
        cell, cell_row, cell_column: the cell that it passes nearest to.
    """

    one: _Cells
    other: _Cells
    share: npt.NDArray[np.float32]
    row: npt.NDArray[np.float32]
    column: npt.NDArray[np.float32]
    cell: _Cells
    cell_row: npt.NDArray[np.float32]
    cell_column: npt.NDArray[np.float32]


def viewshed(relief: Relief, *, eye_m: float = EYE_M, target_m: float = EYE_M) -> States:
    """Return for each cell whether it is SEEN from the middle one, SCREENED, or UNKNOWN.

    A cell between two lines counts as seen when either sees it. All is unknown when the middle is.

    Args:
        eye_m, target_m: above the ground, at the middle and at each cell. Equal ones make it
            the same to see and to be seen.
    """
    states = np.full(relief.height_m.shape, UNKNOWN, dtype=np.int8)
    rows, columns = relief.height_m.shape[0] // 2, relief.height_m.shape[1] // 2
    if not relief.known[rows, columns]:
        return states
    rays = _to_the_rim(rows, columns)
    seen = _seen(relief, rays, eye_m=eye_m, target_m=target_m)
    states[relief.known] = SCREENED
    flat = states.reshape(-1)
    flat[rays.cell[seen]] = SEEN
    states[~relief.known] = UNKNOWN
    states[rows, columns] = SEEN
    return states


def lines(
    relief: Relief,
    cells: Sequence[tuple[int, int]],
    *,
    eye_m: float = EYE_M,
    target_m: float = EYE_M,
) -> States:
    """Return for single cells, rows south and columns east of the middle, what `viewshed` does.

    Each by a line of its own, which passes over its very middle.
    """
    rows, columns = (side // 2 for side in relief.height_m.shape)
    if not len(cells):
        return np.zeros(0, dtype=np.int8)
    rays = _rays(np.asarray(cells, dtype=np.int64), rows, columns)
    seen = _seen(relief, rays, eye_m=eye_m, target_m=target_m)[:, -1]
    known = relief.known.reshape(-1)[rays.cell[:, -1]] & relief.known[rows, columns]
    return np.where(known, seen, UNKNOWN).astype(np.int8)


@lru_cache(maxsize=8)  # a grid's lines are those of every grid of its shape
def _to_the_rim(rows: int, columns: int) -> _Rays:
    across = np.arange(-columns, columns + 1)
    down = np.arange(-rows + 1, rows)
    rim = [
        *((row, column) for row in (-rows, rows) for column in across.tolist()),
        *((row, column) for column in (-columns, columns) for row in down.tolist()),
    ]
    return _rays(np.array(rim, dtype=np.int64), rows, columns)


def _rays(ends: _Cells, rows: int, columns: int) -> _Rays:
    """Return the lines to these cells. A shorter one stays at its end for the rest of its steps."""
    steps = np.maximum(np.abs(ends).max(axis=1), 1)
    share = np.minimum(np.arange(1, int(steps.max()) + 1) / steps[:, None], 1.0)
    row, column = (np.round(ends[:, axis, None] * share, 9) for axis in (0, 1))
    steep = (np.abs(ends[:, 0]) >= np.abs(ends[:, 1]))[:, None]
    minor = np.where(steep, column, row)
    low = np.floor(minor)
    width = 2 * columns + 1

    def cell(beside: npt.NDArray[np.float64]) -> _Cells:
        down = np.where(steep, row, beside) + rows
        right = np.where(steep, beside, column) + columns
        number: _Cells = (np.rint(down) * width + np.rint(right)).astype(np.int64)
        return number

    near = np.rint(minor)
    return _Rays(
        one=cell(low),
        other=cell(np.ceil(minor)),
        share=(minor - low).astype(np.float32),
        row=row.astype(np.float32),
        column=column.astype(np.float32),
        cell=cell(near),
        cell_row=np.where(steep, row, near).astype(np.float32),
        cell_column=np.where(steep, near, column).astype(np.float32),
    )


def _seen(relief: Relief, rays: _Rays, *, eye_m: float, target_m: float) -> npt.NDArray[np.bool_]:
    """Return for each step of each line whether the cell it passes nearest to is seen.

    What lies at the cell's own distance or further hides it not: the steepest of the steps before.
    """
    middle = tuple(side // 2 for side in relief.height_m.shape)
    eye = np.float32(relief.height_m[middle] + eye_m)
    height = relief.height_m.reshape(-1)
    ground_m = np.where(relief.known.reshape(-1), height, np.float32(_NO_GROUND_M))
    one = ground_m[rays.one]
    between = one + rays.share * (ground_m[rays.other] - one)
    steepest = np.maximum.accumulate(
        _slope(between, rays.row, rays.column, relief, eye_m=eye), axis=1
    )
    target = height[rays.cell] + np.float32(target_m)
    to_cell = _slope(target, rays.cell_row, rays.cell_column, relief, eye_m=eye)
    before = np.full_like(steepest, -np.inf)
    before[:, 1:] = steepest[:, :-1]
    seen: npt.NDArray[np.bool_] = to_cell >= before
    return seen


def _slope(
    height_m: npt.NDArray[np.float32],
    row: npt.NDArray[np.float32],
    column: npt.NDArray[np.float32],
    relief: Relief,
    *,
    eye_m: np.float32,
) -> npt.NDArray[np.float32]:
    """Return how steeply one looks up to these heights, over a round earth."""
    squared = (row * np.float32(relief.north_m)) ** 2 + (column * np.float32(relief.east_m)) ** 2
    fall = squared * np.float32(0.5 / BENT_RADIUS_M)
    return np.asarray((height_m - fall - eye_m) / np.sqrt(squared), dtype=np.float32)
