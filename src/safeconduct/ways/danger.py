"""Reported dangers as a cost on roads. A report ages, a standing one does not, mines are a wall.

Per segment s and danger i: `C[s, i]` = ∫ exp(−d² / 2R²) ds in metres (`exposure`), cut at 3.5 R; the
hazard is `C @ (rate · share)`, and a way's `P = 1 − exp(−Σ hazard)`. Watchers harm per second: their
column is in seconds, C by the time a metre takes there. It counts dangers as independent (Poisson), so
two reports of one thing are merged by a person first; rates are a planner's judgement, never calibrated.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

import numpy as np
import numpy.typing as npt
import scipy

from safeconduct.ways.exposure import Ground, Spot, ground_of
from safeconduct.ways.roads import E7, Floats, Roads, metres

MINES, WATCHERS, CURFEW = "mines", "watchers", "curfew"
KINDS = ("checkpoint", "hunters", WATCHERS, "shelling", MINES, "fire", "water", CURFEW)
STANDING = frozenset({"checkpoint", MINES, CURFEW})  # they stand until a person ends them
STEP_M = 100.0
FLOOR = 0.05  # of its first rate an ageing report keeps, however old: old is not gone
# Of a place told give or take σ along each axis, 95 in 100 lie within this many σ (Rayleigh).
NEARLY_ALL = math.sqrt(-2 * math.log(0.05))
SOURCES = ("own", "unit", "person", "partner", "open")
RELIABLE, CREDIBLE = "ABCDEF", "123456"
DAY = timedelta(days=1)

Drive = tuple[datetime, datetime]  # from the first to the last moment at which a way may be driven


@dataclass(frozen=True, slots=True)
class Danger:
    """One report.

    Attributes:
        ref: who may look finds the report by it.
        kind: one of `KINDS`.
        radius_m: the gaussian's r; for mines the ground not to be driven.
        rate: hazard at its centre when seen, per metre driven; of watchers, per second in sight.
        seen_at: when somebody last saw it.
        half_life: after it an ageing report counts half.
        uncertainty_m: σ of its place along each axis; see `amplitude`.
        source: one of `SOURCES`.
        grade: how far the source is trusted (A to F) and how credible the report is (1 to 6), as
            intelligence staffs write it (NATO AJP-2.1); it is shown, and see `counted`.
        hours: of a curfew, from and until on the clocks of `zone`; over midnight where from is later.
    """

    ref: str
    kind: str
    lat_deg: float
    lon_deg: float
    radius_m: float
    rate: float
    seen_at: datetime
    half_life: timedelta
    uncertainty_m: float = 0.0
    source: str = "own"
    grade: str = "F6"
    hours: tuple[time, time] | None = None
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"a danger is one of {', '.join(KINDS)}")
        if self.radius_m <= 0 or self.rate < 0 or self.half_life <= timedelta(0):
            raise ValueError("a danger has a radius and half-life above 0 and a rate of 0 or more")
        if self.uncertainty_m < 0:
            raise ValueError("a place is told give or take 0 metres or more")
        if (self.kind == CURFEW) != (self.hours is not None):
            raise ValueError("a curfew has hours, and nothing else has")
        graded = len(self.grade) == len("A1") and self.grade[0] in RELIABLE
        if self.source not in SOURCES or not graded or self.grade[1] not in CREDIBLE:
            raise ValueError("a report has a known source, and a grade from A1 to F6")

    @property
    def spot(self) -> Spot:
        """Return the middle and R = √(r² + σ²), all that a column of C is made from."""
        return Spot(self.lat_deg, self.lon_deg, math.hypot(self.radius_m, self.uncertainty_m))

    @property
    def amplitude(self) -> float:
        """Return r² / R²: the gaussian is wider by its uncertainty, and its volume is the same.

        Over all places where it may lie (normal, σ along each axis) the mean of ∫ exp(−d² / 2r²) ds
        is this times ∫ exp(−d² / 2R²) ds, exactly. P of a mean hazard is never below the mean of P
        (1 − exp(−x) is concave), so the figure that is stated does not flatter the way.
        """
        return (self.radius_m / self.spot.spread_m) ** 2

    @property
    def wall_m(self) -> float:
        """Return within how many metres of its middle ground counts as mined: never too near."""
        return self.radius_m + NEARLY_ALL * self.uncertainty_m

    def share(self, at: datetime, drive: Drive | None = None) -> float:
        """Return the part of its rate that counts, from 0 to 1.

        Args:
            at: to which it has aged; from `FLOOR` to 1, and standing ones do not age.
            drive: when a way may be driven. A curfew counts wholly if one moment of it lies in its
                hours: the worst hour of the drive, so an upper bound. Without `drive` it counts.
        """
        if self.hours is not None:
            return float(drive is None or _meets(self.hours, self.zone, drive))
        if self.kind in STANDING:
            return 1.0
        age = max((at - self.seen_at) / self.half_life, 0.0)
        return float(max(2.0**-age, FLOOR))

    def counted(self, at: datetime, drive: Drive | None = None) -> float:
        """Return the rate that is priced: its grade is shown and changes nothing of it.

        A doubtful report costs as much as a sure one: to price it lower would flatter every way past
        it, by a number nobody has measured. Who does not believe a report takes it back.
        """
        return self.rate * self.amplitude * self.share(at, drive)


def _meets(hours: tuple[time, time], zone: tzinfo, drive: Drive) -> bool:
    """Return whether a drive has a moment in common with these hours of any day."""
    begins, ends = (moment.astimezone(zone) for moment in drive)
    day = begins.date() - DAY
    while day <= ends.date():
        opens = datetime.combine(day, hours[0], zone)
        closes = datetime.combine(day if hours[1] > hours[0] else day + DAY, hours[1], zone)
        if opens <= ends and begins < closes:
            return True
        day += DAY
    return False


@dataclass(frozen=True, slots=True)
class Priced:
    """What a map costs under known dangers.

    Attributes:
        hazard: per segment and danger, dimensionless.
        mined: per segment, whether it enters mined ground.
    """

    dangers: tuple[Danger, ...]
    hazard: "scipy.sparse.csc_matrix"
    mined: npt.NDArray[np.bool_]

    def per_segment(self) -> Floats:
        """Return the summed hazard of each segment."""
        summed = np.bincount(self.hazard.indices, self.hazard.data, self.hazard.shape[0])
        return summed.astype(np.float64)


def price(
    roads: Roads, dangers: Sequence[Danger], *, at: datetime, drive: Drive | None = None
) -> Priced:
    """Return what each segment costs; see `Danger.share` for the two times.

    A watched segment costs by the slower of its two directions, so neither is flattered.
    """
    exposure = exposure_m(roads, dangers)
    rates = np.array([each.counted(at, drive) for each in dangers], dtype=np.float64)
    data = exposure.data * np.repeat(rates, np.diff(exposure.indptr))
    if any(each.kind == WATCHERS for each in dangers):
        per_second = np.array([each.kind == WATCHERS for each in dangers])
        seconds = np.repeat(per_second, np.diff(exposure.indptr))
        data[seconds] *= slowest_s_per_m(roads)[exposure.indices[seconds]]
    parts = (data, exposure.indices, exposure.indptr)
    hazard = scipy.sparse.csc_matrix(parts, shape=exposure.shape)
    return Priced(tuple(dangers), hazard, _mined(ground_of(roads), roads.segments, dangers))


def exposure_m(roads: Roads, dangers: Sequence[Danger]) -> "scipy.sparse.csc_matrix":
    """Return C, metres, one row per segment and one column per danger; geometry only, and kept."""
    ground = ground_of(roads)
    columns = [ground.column(each.spot) for each in dangers]
    shape = (roads.segments, len(columns))
    if not columns:
        return scipy.sparse.csc_matrix(shape, dtype=np.float64)
    ends = np.cumsum([0, *(len(each.segment) for each in columns)])
    rows = np.concatenate([each.segment for each in columns])
    told = np.concatenate([each.metres for each in columns])
    return scipy.sparse.csc_matrix((told, rows, ends), shape=shape)


def slowest_s_per_m(roads: Roads) -> Floats:
    """Return per segment how long a metre takes in its slower direction, seconds."""
    slowest = np.zeros(roads.segments)
    length = np.maximum(roads.segment_length_m[roads.segment], 1e-9)
    np.maximum.at(slowest, roads.segment, roads.time_s / length)
    return slowest


def _mined(ground: Ground, segments: int, dangers: Sequence[Danger]) -> npt.NDArray[np.bool_]:
    """Return which segments enter the ground of a mine report, measured along the shape."""
    mined = np.zeros(segments, dtype=np.bool_)
    for danger in dangers:
        if danger.kind == MINES:
            mined[ground.within(danger.spot, reach_m=danger.wall_m)] = True
    return mined


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
