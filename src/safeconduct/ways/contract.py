"""From ways as drawn to segments: cut where roads meet, join where nothing turns off.

Contracting changes no distance and no time: a chain's seconds are the sum of its pieces', its
limits the tightest of theirs, its kind, surface and name those of its longest piece.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from safeconduct.ways.drawn import Drawn, Facts
from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Column

_TWO = 2  # roads that meet where nothing turns off
_LIMITS = ("weight_kg", "width_mm", "height_mm")
_NO_LIMIT = np.iinfo(np.int32).max


@dataclass(frozen=True, eq=False)
class Pieces:
    """Stretches of one way between two cuts, each a run of the drawn points.

    Attributes:
        begin, end: first and last point; a, b: the nodes there, numbers in `node_ref`.
        drawn: how many of the nodes are the extract's.
        told: what is known of it, a column for each name.
    """

    begin: Column
    end: Column
    a: Column
    b: Column
    length_m: Column
    node_ref: Column
    drawn: int
    told: dict[str, Column]

    def __len__(self) -> int:
        return len(self.begin)


@dataclass(frozen=True, eq=False)
class Segments:
    """Roads between junctions, in columns.

    Attributes:
        a, b: the nodes at both ends, numbers in `node_ref`.
        drawn: how many nodes are the extract's, in order; ends at a block follow, each its own.
        told: length_m, time_s, ahead, back, kind, name, surface, limits and what is not known.
        way_at, way: the ways that segment s is made of, `way[way_at[s]:way_at[s + 1]]`, in order.
        shape_at, lat_e7, lon_e7: its shape.
    """

    a: Column
    b: Column
    node_ref: Column
    drawn: int
    told: dict[str, Column]
    way_at: Column
    way: Column
    shape_at: Column
    lat_e7: Column
    lon_e7: Column


def contracted(drawn: Drawn, *, apart: Collection[int] = ()) -> Segments:
    """Return the segments of what is drawn.

    Args:
        drawn: ways, and the nodes that stop or limit who passes.
        apart: kinds that are never joined with another kind: a ferry is no road.
    """
    keep = {ban.via for ban in drawn.bans} | _ends_between(drawn) | drawn.kept
    pieces = _limited(_cut(drawn, keep), drawn)
    entered, chain_at = _chains(pieces, _mates(pieces, keep, apart=apart))
    return _joined(drawn, pieces, entered, chain_at)


def _ends_between(drawn: Drawn) -> set[int]:
    """Return the end nodes of ways that a ban runs over: they stay junctions, bend or not."""
    over = np.array([way for ban in drawn.bans for way in ban.via_ways], dtype=np.int64)
    row = np.flatnonzero(np.isin(drawn.column("way"), over))
    ref, _lat, _lon = drawn.points
    return {*ref[drawn.at[row]].tolist(), *ref[drawn.at[row + 1] - 1].tolist()}


def _cut(drawn: Drawn, keep: Collection[int]) -> Pieces:
    """Cut ways at nodes that more than one way, or one way twice, passes, and at those kept."""
    ref, _lat, _lon = drawn.points
    node_ref, node = np.unique(ref, return_inverse=True)
    first, last = np.zeros((2, len(ref)), dtype=np.bool_)
    first[drawn.at[:-1]] = True
    last[drawn.at[1:] - 1] = True
    kept = np.array([*keep, *drawn.blocked, *drawn.limits], dtype=np.int64)
    special = np.isin(node_ref, kept) | (np.bincount(node) > 1)
    here = np.flatnonzero(first | last | special[node])
    goes_on = ~last[here[:-1]]
    begin, end = here[:-1][goes_on], here[1:][goes_on]
    of = np.searchsorted(drawn.at, begin, side="right") - 1
    length_m = np.add.reduceat(_steps_m(drawn, last), begin)
    told = {name: drawn.column(name)[of] for name in drawn.columns}
    told["time_s"] = length_m / told["speed_m_s"]
    return Pieces(begin, end, node[begin], node[end], length_m, node_ref, len(node_ref), told)


def _steps_m(drawn: Drawn, last: Column) -> Column:
    """Return metres from each drawn point to the next of its way, 0 after the last."""
    _ref, lat_e7, lon_e7 = drawn.points
    lat, lon = lat_e7 / E7, lon_e7 / E7
    east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
    steps = np.append(np.hypot(np.diff(lat), east) * np.radians(1) * EARTH_RADIUS_M, 0.0)
    steps[last] = 0.0
    return steps


def _meeting(pieces: Pieces) -> Column:
    """Return, per node, how many ends of pieces meet there."""
    ends = np.concatenate([pieces.a, pieces.b])
    return np.bincount(ends, minlength=len(pieces.node_ref))


def _limited(pieces: Pieces, drawn: Drawn) -> Pieces:
    """Return the pieces with what stands on them: a block parts them, a narrow gate narrows them.

    Only where no more than two ends meet: at a true junction nobody can tell which road is meant.
    """
    few = _meeting(pieces) <= _TWO
    limited = few & np.isin(pieces.node_ref, np.array([*drawn.limits], dtype=np.int64))
    for piece in np.flatnonzero(limited[pieces.a] | limited[pieces.b]).tolist():
        for node in {int(pieces.a[piece]), int(pieces.b[piece])}:
            if limited[node]:
                _narrow(pieces.told, piece, drawn.limits[int(pieces.node_ref[node])])
    blocked = few & np.isin(pieces.node_ref, np.array([*drawn.blocked], dtype=np.int64))
    ends = np.concatenate([pieces.a, pieces.b])
    stopped = np.flatnonzero(blocked[ends])
    ends[stopped] = len(pieces.node_ref) + np.arange(len(stopped))
    own = np.iinfo(np.int64).min + np.arange(len(stopped))  # refs no extract uses
    a, b = ends[: len(pieces)], ends[len(pieces) :]
    return replace(pieces, a=a, b=b, node_ref=np.concatenate([pieces.node_ref, own]))


def _narrow(told: dict[str, Column], piece: int, facts: Facts) -> None:
    for name in _LIMITS:
        limit, here = getattr(facts, name), int(told[name][piece])
        told[name][piece] = min(limit or here, here or limit)
    told["closed"][piece] |= facts.closed


def _mates(pieces: Pieces, keep: Collection[int], *, apart: Collection[int]) -> Column:
    """Return, per end of a piece, the end that goes on from it where nothing turns off, else -1.

    End n is the beginning of piece n, end `len(pieces) + n` its end.
    """
    ends = np.concatenate([pieces.a, pieces.b])
    through = _meeting(pieces) == _TWO
    through[pieces.a[pieces.a == pieces.b]] = False
    through[np.isin(pieces.node_ref, np.array([*keep], dtype=np.int64))] = False
    order = np.argsort(ends, kind="stable")
    order = order[through[ends[order]]]
    one, other = order[::2], order[1::2]
    kinds = np.tile(pieces.told["kind"], 2)
    same = kinds[one] == kinds[other]
    joined = same | ~np.isin(kinds[one], [*apart]) & ~np.isin(kinds[other], [*apart])
    mate = np.full(len(ends), -1, dtype=np.int64)
    mate[one[joined]], mate[other[joined]] = other[joined], one[joined]
    return mate


def _chains(pieces: Pieces, mates: Column) -> tuple[Column, Column]:
    """Return the ends by which pieces are entered, chain after chain, and where chains begin.

    A ring that no other road touches is in no chain: nobody comes there.
    """
    count, mate = len(pieces), mates.tolist()
    entered: list[int] = []
    chain_at: list[int] = []
    done = bytearray(2 * count)
    for start in np.flatnonzero(mates < 0).tolist():
        if done[start]:
            continue
        chain_at.append(len(entered))
        end = far = start
        while end >= 0:
            entered.append(end)
            far = end - count if end >= count else end + count
            end = mate[far]
        done[start] = done[far] = True
    return np.array(entered, dtype=np.int64), np.array([*chain_at, len(entered)], dtype=np.int64)


def _joined(drawn: Drawn, pieces: Pieces, entered: Column, chain_at: Column) -> Segments:
    """Return each chain as one segment."""
    begin = chain_at[:-1]
    turned = entered >= len(pieces)
    piece = entered - turned * len(pieces)
    told = {name: column[piece] for name, column in pieces.told.items()}
    told["length_m"] = pieces.length_m[piece]
    ahead = np.where(turned, told["back"], told["ahead"])
    back = np.where(turned, told["ahead"], told["back"])
    longest = _longest(told["length_m"], chain_at)
    summed = {name: np.add.reduceat(told[name], begin) for name in ("length_m", "time_s")}
    last = chain_at[1:] - 1
    shape_at, points = _shapes(pieces, piece, turned, chain_at)
    _ref, lat_e7, lon_e7 = drawn.points
    return Segments(
        a=np.where(turned, pieces.b[piece], pieces.a[piece])[begin],
        b=np.where(turned, pieces.a[piece], pieces.b[piece])[last],
        node_ref=pieces.node_ref,
        drawn=pieces.drawn,
        told=summed
        | {name: told[name][longest] for name in ("kind", "name", "surface")}
        | {
            "ahead": np.bitwise_and.reduceat(ahead, begin).astype(np.bool_),
            "back": np.bitwise_and.reduceat(back, begin).astype(np.bool_),
        }
        | _tightest(told, begin),
        way_at=chain_at,
        way=told["way"],
        shape_at=shape_at,
        lat_e7=lat_e7[points],
        lon_e7=lon_e7[points],
    )


def _longest(length_m: Column, chain_at: Column) -> Column:
    """Return the row of each chain's longest piece, the first of equals."""
    chain = np.repeat(np.arange(len(chain_at) - 1), np.diff(chain_at))
    longest: Column = np.lexsort((np.arange(len(chain)), -length_m, chain))[chain_at[:-1]]
    return longest


def _tightest(told: dict[str, Column], begin: Column) -> dict[str, Column]:
    """Return each chain's limits, what it is closed to, and how much of it nobody has told."""
    found: dict[str, Column] = {}
    for name in _LIMITS:
        least = np.minimum.reduceat(np.where(told[name] > 0, told[name], _NO_LIMIT), begin)
        found[name] = np.where(least == _NO_LIMIT, 0, least)
    untold_bridge = (told["bridge"] != 0) & (told["weight_kg"] == 0)
    untold_m = np.where(told["width_mm"] == 0, told["length_m"], 0.0)
    return found | {
        "closed": np.bitwise_or.reduceat(told["closed"], begin),
        "circle": np.bitwise_and.reduceat(told["circle"], begin),
        "untold_bridges": np.add.reduceat(untold_bridge.astype(np.int32), begin),
        "untold_width_m": np.add.reduceat(untold_m, begin),
    }


def _shapes(
    pieces: Pieces, piece: Column, turned: Column, chain_at: Column
) -> tuple[Column, Column]:
    """Return where each chain's shape begins, and the drawn points it is made of, in order."""
    first_of_chain = np.zeros(len(piece), dtype=np.bool_)
    first_of_chain[chain_at[:-1]] = True
    skipped = np.where(first_of_chain, 0, 1)  # where two pieces meet, the point is told once
    count = pieces.end[piece] - pieces.begin[piece] + 1 - skipped
    at = np.concatenate([[0], np.cumsum(count)])
    along = np.arange(at[-1]) - np.repeat(at[:-1], count) + np.repeat(skipped, count)
    start = np.repeat(np.where(turned, pieces.end[piece], pieces.begin[piece]), count)
    return at[chain_at], start + np.where(np.repeat(turned, count), -along, along)
