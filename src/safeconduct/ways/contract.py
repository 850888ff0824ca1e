"""From ways as drawn to junctions and segments: cut where roads meet, join where nothing turns off.

Contracting changes no distance and no time: a chain's seconds are the sum of its pieces', its kind
and name those of its longest piece.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import scipy

from safeconduct.ways.roads import E7, EARTH_RADIUS_M, Roads, WrongMap

Names = dict[str, str]
_NO_NAME: Names = {}
_TWO = 2  # roads that meet where nothing turns off


class Named(Protocol):
    """A landmark, however it was found."""

    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def names(self) -> Names: ...  # noqa: D102
    @property
    def lat_e7(self) -> int: ...  # noqa: D102
    @property
    def lon_e7(self) -> int: ...  # noqa: D102


@dataclass
class Piece:
    """A stretch of road between two nodes; 1e-7 degrees, `ahead` and `back` may be driven."""

    refs: list[int]
    lat_e7: list[int]
    lon_e7: list[int]
    kind: int
    speed_m_s: float
    ahead: bool
    back: bool
    names: Names
    length_m: float = 0.0
    time_s: float = 0.0

    def measured(self) -> "Piece":
        """Return itself with length and time filled in from its shape."""
        lat, lon = np.asarray(self.lat_e7) / E7, np.asarray(self.lon_e7) / E7
        north = np.diff(lat)
        east = np.diff(lon) * np.cos(np.radians((lat[1:] + lat[:-1]) / 2))
        self.length_m = float(np.hypot(north, east).sum() * np.radians(1) * EARTH_RADIUS_M)
        self.time_s = self.length_m / self.speed_m_s
        return self

    def turned(self) -> "Piece":
        """Return the same stretch drawn from its other end."""
        return Piece(
            self.refs[::-1], self.lat_e7[::-1], self.lon_e7[::-1], self.kind, self.speed_m_s,
            self.back, self.ahead, self.names, self.length_m, self.time_s,
        )  # fmt: skip


def contracted(
    ways: Sequence[Piece],
    marks: Sequence[Named],
    *,
    kinds: tuple[str, ...],
    mark_kinds: tuple[str, ...],
) -> Roads:
    """Return the junction graph of `ways`: its largest part where all junctions reach all others.

    Raises:
        WrongMap: no two junctions are joined in both directions.
    """
    chains = list(_chains([piece.measured() for piece in _cut(ways)]))
    return _as_arrays(chains, marks, kinds=kinds, mark_kinds=mark_kinds)


def _cut(ways: Iterable[Piece]) -> Iterator[Piece]:
    """Cut ways at nodes that more than one way, or one way twice, passes."""
    ways = list(ways)
    uses = Counter(ref for way in ways for ref in way.refs)
    for way in ways:
        begin = 0
        for here in range(1, len(way.refs)):
            if here == len(way.refs) - 1 or uses[way.refs[here]] > 1:
                part = slice(begin, here + 1)
                yield Piece(
                    way.refs[part], way.lat_e7[part], way.lon_e7[part], way.kind, way.speed_m_s,
                    way.ahead, way.back, way.names,
                )  # fmt: skip
                begin = here


def _chains(pieces: list[Piece]) -> Iterator[Piece]:
    """Join pieces through nodes where exactly two meet; loops keep one node as their junction."""
    at: dict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        at[piece.refs[0]].append(number)
        at[piece.refs[-1]].append(number)
    through = {ref for ref, here in at.items() if len(here) == _TWO and here[0] != here[1]}
    used: set[int] = set()
    starts = sorted(range(len(pieces)), key=lambda n: _both_through(pieces[n], through))
    for number in starts:
        if number in used:
            continue
        piece = pieces[number]
        if piece.refs[0] in through and piece.refs[-1] not in through:
            piece = piece.turned()
        yield _walked(piece, number, pieces=pieces, at=at, through=through, used=used)


def _both_through(piece: Piece, through: set[int]) -> bool:
    return piece.refs[0] in through and piece.refs[-1] in through


def _walked(
    piece: Piece,
    number: int,
    *,
    pieces: list[Piece],
    at: dict[int, list[int]],
    through: set[int],
    used: set[int],
) -> Piece:
    """Follow from the far end of `piece` until a junction, and return the whole as one piece."""
    chain, first = [piece], piece.refs[0]
    used.add(number)
    while (end := chain[-1].refs[-1]) in through and end != first:
        here = at[end]
        number = here[0] if here[1] == number else here[1]
        used.add(number)
        following = pieces[number]
        chain.append(following if following.refs[0] == end else following.turned())
    return _joined(chain)


def _joined(chain: list[Piece]) -> Piece:
    if len(chain) == 1:
        return chain[0]
    longest = max(chain, key=lambda piece: piece.length_m)

    def along(values: str) -> list[int]:
        told = list(getattr(chain[0], values))
        for piece in chain[1:]:
            told.extend(getattr(piece, values)[1:])
        return told

    return Piece(
        along("refs"), along("lat_e7"), along("lon_e7"), longest.kind, longest.speed_m_s,
        all(piece.ahead for piece in chain), all(piece.back for piece in chain), longest.names,
        sum(piece.length_m for piece in chain), sum(piece.time_s for piece in chain),
    )  # fmt: skip


def _as_arrays(
    chains: list[Piece],
    marks: Sequence[Named],
    *,
    kinds: tuple[str, ...],
    mark_kinds: tuple[str, ...],
) -> Roads:
    chains = [piece for piece in chains if piece.refs[0] != piece.refs[-1] and piece.length_m > 0]
    kept, numbers = _strongest(chains)
    names = _Names()
    edges = _edges(kept, numbers)
    shape_at = np.concatenate([[0], np.cumsum([len(piece.refs) for piece in kept])])
    where = {
        numbers[ref]: (lat, lon)
        for piece in kept
        for ref, lat, lon in (
            (piece.refs[0], piece.lat_e7[0], piece.lon_e7[0]),
            (piece.refs[-1], piece.lat_e7[-1], piece.lon_e7[-1]),
        )
    }
    places = np.array([where[n] for n in range(len(where))], dtype=np.int32)
    return Roads(
        junction_lat_e7=places[:, 0].copy(),
        junction_lon_e7=places[:, 1].copy(),
        **edges,
        segment_length_m=np.array([piece.length_m for piece in kept], dtype=np.float64),
        segment_kind=_ints(piece.kind for piece in kept),
        segment_name=_ints(names.number(piece.names) for piece in kept),
        shape_at=shape_at.astype(np.int32),
        shape_lat_e7=_ints(lat for piece in kept for lat in piece.lat_e7),
        shape_lon_e7=_ints(lon for piece in kept for lon in piece.lon_e7),
        mark_lat_e7=_ints(mark.lat_e7 for mark in marks),
        mark_lon_e7=_ints(mark.lon_e7 for mark in marks),
        mark_kind=_ints(mark_kinds.index(mark.kind) for mark in marks),
        mark_name=_ints(names.number(mark.names) for mark in marks),
        kinds=kinds,
        mark_kinds=mark_kinds,
        names=tuple(names.told),
    )


def _ints(values: Iterable[int]) -> Any:
    return np.fromiter(values, dtype=np.int32)


class _Names:
    """Numbers for names; 0 is "no name"."""

    def __init__(self) -> None:
        self.told: list[Names] = [_NO_NAME]
        self._known: dict[tuple[tuple[str, str], ...], int] = {(): 0}

    def number(self, names: Names) -> int:
        """Return the number of these names, a new one if they are new."""
        key = tuple(sorted(names.items()))
        if key not in self._known:
            self._known[key] = len(self.told)
            self.told.append(dict(names))
        return self._known[key]


def _strongest(chains: list[Piece]) -> tuple[list[Piece], dict[int, int]]:
    """Return the chains of the largest strongly connected part, and its nodes' new numbers."""
    refs = sorted({ref for piece in chains for ref in (piece.refs[0], piece.refs[-1])})
    number = {ref: n for n, ref in enumerate(refs)}
    tails = [number[p.refs[0]] for p in chains if p.ahead] + [
        number[p.refs[-1]] for p in chains if p.back
    ]
    heads = [number[p.refs[-1]] for p in chains if p.ahead] + [
        number[p.refs[0]] for p in chains if p.back
    ]
    graph = scipy.sparse.coo_matrix(
        (np.ones(len(tails)), (tails, heads)), shape=(len(refs), len(refs))
    )
    _count, part = scipy.sparse.csgraph.connected_components(
        graph, directed=True, connection="strong"
    )
    sizes = np.bincount(part, minlength=1)
    if len(refs) == 0 or sizes.max() < _TWO:
        raise WrongMap("No two junctions of this extract are joined both ways. Give a larger one.")
    best = int(sizes.argmax())
    inside = [ref for ref in refs if part[number[ref]] == best]
    fresh = {ref: n for n, ref in enumerate(inside)}
    kept = [p for p in chains if p.refs[0] in fresh and p.refs[-1] in fresh and (p.ahead or p.back)]
    return kept, fresh


def _edges(kept: list[Piece], numbers: dict[int, int]) -> dict[str, Any]:
    """Return the edge arrays, sorted by tail, then head, then segment."""
    told = []
    for segment, piece in enumerate(kept):
        a, b = numbers[piece.refs[0]], numbers[piece.refs[-1]]
        if piece.ahead:
            told.append((a, b, segment, True, piece.time_s))
        if piece.back:
            told.append((b, a, segment, False, piece.time_s))
    told.sort()
    tail, head, segment_of, forward, time_s = zip(*told, strict=True)
    return {
        "tail": np.array(tail, dtype=np.int32),
        "head": np.array(head, dtype=np.int32),
        "segment": np.array(segment_of, dtype=np.int32),
        "forward": np.array(forward, dtype=np.bool_),
        "time_s": np.array(time_s, dtype=np.float64),
    }
