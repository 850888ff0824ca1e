"""Turns that may not be taken, kept in the graph itself: a junction has a copy for who came by one.

For a banned turn from edge e at v into f, e leads to a copy of v that has every leaving edge but f.
Edges with the same bans share a copy. A ban that runs over ways between (from e by w into f) makes
a copy at each of its junctions. So a search knows nothing of turns, and still takes none of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from safeconduct.ways.contract import Segments
from safeconduct.ways.drawn import Ban
from safeconduct.ways.roads import Column

# A driven edge is a number: twice its segment, and one more when driven against its shape.
Path = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Split:
    """A graph whose junctions are split where a turn is banned.

    Attributes:
        node: per junction, the place it is at; the first ones are the places themselves.
        tail, head, edge: per edge of the graph, its junctions and the driven edge it stands for.
    """

    node: npt.NDArray[np.int64]
    tail: npt.NDArray[np.int64]
    head: npt.NDArray[np.int64]
    edge: npt.NDArray[np.int64]


class Driven:
    """The edges that may be driven, by the nodes and ways that are asked for."""

    def __init__(self, segments: Segments) -> None:
        self.segments = segments
        open_ = np.column_stack([segments.told["ahead"], segments.told["back"]]).ravel()
        self.edges = np.flatnonzero(open_)
        ends = np.column_stack([segments.a, segments.b])
        self.tail = ends.ravel()
        self.head = ends[:, ::-1].ravel()
        way_a, way_b = segments.way[segments.way_at[:-1]], segments.way[segments.way_at[1:] - 1]
        self.first_way = np.column_stack([way_a, way_b]).ravel()
        self.last_way = np.column_stack([way_b, way_a]).ravel()

    def leaving(self, nodes: Iterable[int]) -> dict[int, list[int]]:
        """Return, for each of the nodes, the edges that may be driven away from it."""
        return self._by_node(self.tail, nodes)

    def arriving(self, nodes: Iterable[int]) -> dict[int, list[int]]:
        """Return, for each of the nodes, the edges that may be driven to it."""
        return self._by_node(self.head, nodes)

    def _by_node(self, ends: Column, nodes: Iterable[int]) -> dict[int, list[int]]:
        wanted = np.zeros(len(self.segments.node_ref), dtype=np.bool_)
        wanted[list(nodes)] = True
        found: dict[int, list[int]] = defaultdict(list)
        for edge in self.edges[wanted[ends[self.edges]]].tolist():
            found[int(ends[edge])].append(edge)
        return found


def banned(driven: Driven, bans: Iterable[Ban]) -> tuple[list[Path], int]:
    """Return the paths that may not be driven, and how many bans could not be understood.

    A ban is not understood when it leaves open which road it means: its way passes the junction
    instead of ending there. One whose roads nobody may drive forbids nothing.
    """
    at_nodes = [ban for ban in bans if ban.via]
    over_ways = [ban for ban in bans if not ban.via]
    paths, left_out = _at_nodes(driven, at_nodes)
    more, more_left_out = _over_ways(driven, over_ways)
    return list(dict.fromkeys([*paths, *more])), left_out + more_left_out


def _at_nodes(driven: Driven, bans: list[Ban]) -> tuple[list[Path], int]:
    node_ref = driven.segments.node_ref[: driven.segments.drawn]
    vias = np.array([ban.via for ban in bans], dtype=np.int64)
    node_of = np.minimum(np.searchsorted(node_ref, vias), max(len(node_ref) - 1, 0))
    known = node_ref[node_of] == vias if len(node_ref) else np.zeros(len(bans), dtype=np.bool_)
    leaving, arriving = driven.leaving(node_of[known]), driven.arriving(node_of[known])
    paths: list[Path] = []
    left_out = 0
    for ban, node in zip(np.array(bans, dtype=object)[known], node_of[known].tolist(), strict=True):
        into = [e for e in arriving.get(node, ()) if driven.last_way[e] == ban.from_way]
        out = [e for e in leaving.get(node, ()) if driven.first_way[e] == ban.to_way]
        left_out += len(into) > 1 or len(out) > 1
        if len(into) == 1 and len(out) == 1:
            paths.extend(_forbidden((into[0],), out[0], leaving[node], only=ban.only))
    return paths, left_out


def _forbidden(path: Path, out: int, leaving: list[int], *, only: bool) -> Iterator[Path]:
    """Yield what a ban forbids after `path`: one turn, or all but one."""
    for edge in leaving:
        if (edge == out) != only:
            yield (*path, edge)


def _over_ways(driven: Driven, bans: list[Ban]) -> tuple[list[Path], int]:
    """Return the forbidden paths over ways between: each must be the only one that fits its ban."""
    segments = driven.segments
    between = np.array([way for ban in bans for way in ban.via_ways], dtype=np.int64)
    of_via = np.flatnonzero(np.isin(segments.way, between))
    owner = np.searchsorted(segments.way_at, of_via, side="right") - 1
    ways_of: dict[int, set[int]] = {
        s: set(segments.way[segments.way_at[s] : segments.way_at[s + 1]].tolist())
        for s in set(owner.tolist())
    }
    nodes = {int(end[s]) for s in ways_of for end in (segments.a, segments.b)}
    leaving, arriving = driven.leaving(nodes), driven.arriving(nodes)
    paths: list[Path] = []
    left_out = 0
    for ban in bans:
        via = {s for s, ways in ways_of.items() if ways <= set(ban.via_ways)}
        starts = [
            (edge,) for s in via for node in (int(segments.a[s]), int(segments.b[s]))
            for edge in arriving.get(node, ()) if driven.last_way[edge] == ban.from_way
        ]  # fmt: skip
        found = {
            (path, out) for start in set(starts)
            for path, out in _through(driven, start, via, leaving, to_way=ban.to_way)
        }  # fmt: skip
        left_out += len(found) != 1
        if len(found) == 1:
            path, out = next(iter(found))
            paths.extend(_forbidden(path, out, leaving[int(driven.head[path[-1]])], only=ban.only))
    return paths, left_out


def _through(
    driven: Driven, path: Path, via: set[int], leaving: Mapping[int, list[int]], *, to_way: int
) -> Iterator[tuple[Path, int]]:
    """Yield the paths on from `path` over all the segments between, and the edge they turn into."""
    for edge in leaving.get(int(driven.head[path[-1]]), ()):
        if edge // 2 in via:
            yield from _through(driven, (*path, edge), via - {edge // 2}, leaving, to_way=to_way)
        elif not via and driven.first_way[edge] == to_way:
            yield path, edge


class _Copies:
    """The copies of junctions that bans call for, numbered as they are met."""

    def __init__(self, driven: Driven, paths: list[Path]) -> None:
        self.driven = driven
        self.starting: dict[int, set[Path]] = defaultdict(set)
        for path in paths:
            self.starting[path[0]].add(path[1:])
        self.places = len(driven.segments.node_ref)
        self.known: list[tuple[int, frozenset[Path]]] = []
        self._number: dict[tuple[int, frozenset[Path]], int] = {}

    def after(self, edge: int, begun: frozenset[Path] = frozenset()) -> int:
        """Return the junction `edge` leads to for who had `begun` those forbidden paths."""
        still = {path[1:] for path in begun if path[0] == edge} | self.starting.get(edge, set())
        place = int(self.driven.head[edge])
        if not still:
            return place
        key = (place, frozenset(still))
        if key not in self._number:
            self._number[key] = self.places + len(self.known)
            self.known.append(key)
        return self._number[key]


def split(driven: Driven, paths: list[Path]) -> Split:
    """Return the graph in which no search can drive one of the forbidden paths to its end."""
    copies = _Copies(driven, paths)
    tail, head = driven.tail[driven.edges].copy(), driven.head[driven.edges].copy()
    for at in np.flatnonzero(np.isin(driven.edges, list(copies.starting))).tolist():
        head[at] = copies.after(int(driven.edges[at]))
    leaving = driven.leaving({int(driven.head[edge]) for path in paths for edge in path[:-1]})
    more: list[tuple[int, int, int]] = []
    done = 0
    while done < len(copies.known):
        place, begun = copies.known[done]
        onward = (edge for edge in leaving.get(place, ()) if (edge,) not in begun)
        more.extend((copies.places + done, copies.after(edge, begun), edge) for edge in onward)
        done += 1
    added = np.array(more, dtype=np.int64).reshape(-1, 3)
    return Split(
        node=np.concatenate([
            np.arange(copies.places), np.array([p for p, _ in copies.known], dtype=np.int64)
        ]),
        tail=np.concatenate([tail, added[:, 0]]),
        head=np.concatenate([head, added[:, 1]]),
        edge=np.concatenate([driven.edges, added[:, 2]]),
    )  # fmt: skip
