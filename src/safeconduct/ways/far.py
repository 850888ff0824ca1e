"""Ways over a country: a hierarchy that is ordered once per map, then weighed anew in moments.

RoutingKit's customisable contraction hierarchy, by pyroutingkit. The order of a map's junctions
takes minutes for a country and is kept beside the map; a new price of its edges takes less than a
second; a question thousandths of one. It answers with one way, never with a front. Times are whole
milliseconds inside, so what it finds is exact to half a millisecond an edge.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyroutingkit import INF_WEIGHT, CCHMetric, CCHTopology

from safeconduct.ways.roads import E7, Column, Floats, Roads

MOST_MS = 2**31 - 2  # INF_WEIGHT is the next number; 24 days
STAMP = "digest"  # of the graph that the order was made for


@dataclass(frozen=True, eq=False)
class Far:
    """The order of a map's junctions, ready to be weighed.

    Attributes:
        edge: per arc of the hierarchy, the edge of the map; roads that end where they begin
            are on no way, and have none.
    """

    roads: Roads
    topology: CCHTopology
    edge: npt.NDArray[np.int64]

    def weighed(self, time_s: Floats) -> "Weighed":
        """Return the hierarchy under one price per edge, seconds; what is not finite is closed.

        Raises:
            ValueError: a price below nothing, or above 24 days for one edge.
        """
        metric = CCHMetric(self.topology)
        metric.customize(self._weights(time_s))
        return Weighed(self, metric)

    def _weights(self, time_s: Floats) -> npt.NDArray[np.uint32]:
        told = np.asarray(time_s, dtype=np.float64)[self.edge] * 1000
        closed = ~np.isfinite(told)
        whole = np.rint(np.where(closed, 0, told))
        if len(whole) and (whole.min() < 0 or whole.max() > MOST_MS):
            raise ValueError("a price of an edge is at least 0 and at most 24 days")
        return np.where(closed, INF_WEIGHT, whole).astype(np.uint32)


@dataclass(frozen=True, eq=False)
class Weighed:
    """A hierarchy under one price."""

    far: Far
    metric: CCHMetric

    def again(self, time_s: Floats) -> None:
        """Weigh the same hierarchy by another price, in place of the one before.

        Raises:
            ValueError: as `Far.weighed`.
        """
        self.metric.customize(self.far._weights(time_s))  # noqa: SLF001  its own other half

    def way(self, start: int, end: int) -> tuple[float, tuple[int, ...]] | None:
        """Return seconds and edges of the best way between two places, or None if all are closed."""
        roads = self.far.roads
        begin = int(roads.junction_place[start])
        if begin == int(roads.junction_place[end]):
            return 0.0, ()
        ends = roads.junctions_at(end)
        best = int(self.metric.distances_many_to_many(_ids([begin]), _ids(ends))[0].argmin())
        cost_ms, _junctions, arcs = self.metric.query(begin, ends[best])
        if cost_ms >= INF_WEIGHT:
            return None
        return cost_ms / 1000, tuple(self.far.edge[np.asarray(arcs, dtype=np.int64)].tolist())


def _ids(junctions: Sequence[int]) -> npt.NDArray[np.uint32]:
    return np.asarray(junctions, dtype=np.uint32)


def far(roads: Roads, *, beside: Path | None = None) -> Far:
    """Return the hierarchy of a map: read from the folder `beside` it, or made and kept there.

    Args:
        roads: of one vehicle.
        beside: a folder of its own, complete or absent; None keeps nothing.
    """
    edge = np.flatnonzero(roads.tail != roads.head)
    topology = CCHTopology()
    digest = _digest(roads, edge)
    if beside is not None and _is_of(beside, digest):
        topology.load(str(beside))
        return Far(roads, topology, edge)
    topology.build(
        roads.tail[edge].astype(np.uint32),
        roads.head[edge].astype(np.uint32),
        (roads.junction_lat_e7 / E7).astype(np.float32),
        (roads.junction_lon_e7 / E7).astype(np.float32),
        roads.junctions,
    )
    if beside is not None:
        _keep(topology, beside, digest)
    return Far(roads, topology, edge)


def _digest(roads: Roads, edge: Column) -> str:
    """Return sha256 of the graph alone: prices, names and shapes do not change its order."""
    told = hashlib.sha256(f"far 1 {roads.junctions}\n".encode())
    for array in (roads.tail[edge], roads.head[edge]):
        told.update(np.ascontiguousarray(array).data)
    return told.hexdigest()


def _is_of(beside: Path, digest: str) -> bool:
    stamp = beside / STAMP
    return stamp.is_file() and stamp.read_text() == digest


def _keep(topology: CCHTopology, beside: Path, digest: str) -> None:
    """Write the order into a folder that is put into its place whole."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{beside.name}.", dir=beside.parent))
    topology.save(str(fresh))
    (fresh / STAMP).write_text(digest)
    if beside.exists():
        shutil.rmtree(beside)
    fresh.replace(beside)
