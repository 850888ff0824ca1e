"""Reported dangers as a cost on roads. A report ages, a standing one does not, mines are a wall.

Per segment s and danger i: `C[s, i]` = ∫ exp(−d² / 2r²) ds in metres, cut at 3.5 r; the hazard is
`C @ (rate · 2^(−age / half-life))`, and a way's `P = 1 − exp(−Σ hazard)`. It counts
dangers as independent (Poisson); rates are a planner's judgement, never calibrated.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.roads import E7, Floats, Roads, metres

MINES = "mines"
STANDING = frozenset({"checkpoint", MINES})
KINDS = ("checkpoint", "patrol", MINES, "watchers", "shelling")
CUT_RADII = 3.5  # exp(−3.5² / 2) is 0.002 of the rate at the centre
STEP_M = 100.0
FLOOR = 0.05  # of its first rate an ageing report keeps, however old: old is not gone


@dataclass(frozen=True, slots=True)
class Danger:
    """One report.

    Attributes:
        ref: who may look finds the report by it.
        kind: one of `KINDS`.
        radius_m: the gaussian's r; for mines the ground not to be driven.
        rate_per_m: hazard per metre driven at its centre, when seen.
        seen_at: when somebody last saw it.
        half_life: after it an ageing report counts half.
    """

    ref: str
    kind: str
    lat_deg: float
    lon_deg: float
    radius_m: float
    rate_per_m: float
    seen_at: datetime
    half_life: timedelta

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a danger is one of {', '.join(KINDS)}")
        if self.radius_m <= 0 or self.rate_per_m < 0 or self.half_life <= timedelta(0):
            raise ValueError("a danger has a radius and half-life above 0 and a rate of 0 or more")

    def share(self, at: datetime) -> float:
        """Return the part of its rate that still counts at `at`, from `FLOOR` to 1."""
        if self.kind in STANDING:
            return 1.0
        age = max((at - self.seen_at) / self.half_life, 0.0)
        return float(max(2.0**-age, FLOOR))


@dataclass(frozen=True, slots=True)
class Priced:
    """What a map costs under known dangers.

    Attributes:
        hazard: per segment and danger, dimensionless.
        mined: per segment, whether it enters mined ground.
    """

    dangers: tuple[Danger, ...]
    hazard: "scipy.sparse.csr_matrix"
    mined: npt.NDArray[np.bool_]

    def per_segment(self) -> Floats:
        """Return the summed hazard of each segment."""
        return np.asarray(self.hazard.sum(axis=1), dtype=np.float64).ravel()


def price(roads: Roads, dangers: Sequence[Danger], *, at: datetime) -> Priced:
    """Return what each segment costs at the instant `at`."""
    exposure = exposure_m(roads, dangers)
    rates = np.array([d.rate_per_m * d.share(at) for d in dangers], dtype=np.float64)
    hazard = scipy.sparse.csr_matrix(exposure.multiply(rates)) if len(dangers) else exposure
    return Priced(tuple(dangers), hazard, _mined(roads, dangers))


def exposure_m(roads: Roads, dangers: Sequence[Danger]) -> "scipy.sparse.csr_matrix":
    """Return C, metres, one row per segment and one column per danger; geometry only."""
    shape = (roads.segments, len(dangers))
    if not dangers:
        return scipy.sparse.csr_matrix(shape, dtype=np.float64)
    step = min(STEP_M, *(d.radius_m for d in dangers))
    segment, lat_e7, lon_e7, length_m = samples(roads, step_m=step)
    rows, columns, values = [], [], []
    for column, danger in enumerate(dangers):
        near, squared = _near(lat_e7, lon_e7, danger, reach_m=CUT_RADII * danger.radius_m)
        rows.append(segment[near])
        columns.append(np.full(len(near), column))
        values.append(np.exp(-squared / (2 * danger.radius_m**2)) * length_m[near])
    told = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_matrix(scipy.sparse.coo_matrix(told, shape=shape))


def samples(
    roads: Roads, *, step_m: float = STEP_M
) -> tuple[npt.NDArray[np.int64], Floats, Floats, Floats]:
    """Return sample points of all shapes: segment, lat and lon (1e-7 degrees), length in metres.

    Each stretch between two shape points is cut into equal parts of at most `step_m`, each told by
    its middle.
    """
    owner = np.repeat(np.arange(roads.segments), np.diff(roads.shape_at))
    inside = owner[1:] == owner[:-1]
    lat, lon = roads.shape_lat_e7.astype(np.float64), roads.shape_lon_e7.astype(np.float64)
    lat_a, lon_a = lat[:-1][inside], lon[:-1][inside]
    lat_by, lon_by = np.diff(lat)[inside], np.diff(lon)[inside]
    middle_deg = float(lat.mean()) / E7 if len(lat) else 0.0
    flat = metres(lat_by, lon_by, at_lat_deg=middle_deg)
    length = np.hypot(flat[:, 0], flat[:, 1])
    parts = np.maximum(np.ceil(length / step_m), 1).astype(np.int64)
    which = np.repeat(np.arange(len(parts)), parts)
    first = np.repeat(np.cumsum(parts) - parts, parts)
    share = (np.arange(len(which)) - first + 0.5) / parts[which]
    return (
        owner[:-1][inside][which],
        lat_a[which] + share * lat_by[which],
        lon_a[which] + share * lon_by[which],
        (length / parts)[which],
    )


def _near(
    lat_e7: Floats, lon_e7: Floats, danger: Danger, *, reach_m: float
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return which samples lie within `reach_m` of a danger, and their squared distances."""
    here = metres(
        np.array([danger.lat_deg * E7]), np.array([danger.lon_deg * E7]), at_lat_deg=danger.lat_deg
    )
    flat = metres(lat_e7, lon_e7, at_lat_deg=danger.lat_deg)
    squared = ((flat - here) ** 2).sum(axis=1)
    near = np.flatnonzero(squared <= reach_m**2)
    return near, squared[near]


def _mined(roads: Roads, dangers: Sequence[Danger]) -> npt.NDArray[np.bool_]:
    """Return which segments come within the radius of a mine report, measured along the shape."""
    mined = np.zeros(roads.segments, dtype=np.bool_)
    for danger in dangers:
        if danger.kind == MINES:
            step = min(STEP_M, danger.radius_m) / 2
            segment, lat_e7, lon_e7, _length = samples(roads, step_m=step)
            near, _squared = _near(lat_e7, lon_e7, danger, reach_m=danger.radius_m + step / 2)
            mined[segment[near]] = True
    return mined


def nearest_m(
    lat_e7: npt.NDArray[np.int32], lon_e7: npt.NDArray[np.int32], danger: Danger
) -> float:
    """Return how near a line of shape points comes to a danger's centre, metres (±50)."""
    flat = metres(lat_e7, lon_e7, at_lat_deg=danger.lat_deg)
    here = metres(
        np.array([danger.lat_deg * E7]), np.array([danger.lon_deg * E7]), at_lat_deg=danger.lat_deg
    )
    pieces = []
    for a, b in pairwise(flat):
        count = max(int(np.ceil(np.hypot(*(b - a)) / STEP_M)), 1)
        pieces.append(a + np.linspace(0, 1, count + 1)[:, None] * (b - a))
    points = np.concatenate(pieces) if pieces else flat
    distance, _index = scipy.spatial.cKDTree(points).query(here[0])
    return float(distance)
