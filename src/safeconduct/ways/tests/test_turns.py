"""Turns that may not be taken: the split graph against a search that remembers how it came."""

import heapq
import random
from collections import Counter
from itertools import product

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.geo import Point, length_m
from safeconduct.ways.danger import price
from safeconduct.ways.drawn import Ban
from safeconduct.ways.roads import E7, WrongMap
from safeconduct.ways.route import Web, snap
from safeconduct.ways.tests.grids import NOON, at, danger, road, roads

CROSS = (
    road((0, 0), (1000, 0), way=1), road((1000, 0), (2000, 0), way=2),
    road((1000, 0), (1000, 1000), way=3), road((2000, 0), (1000, 1000), way=4),
    road((0, 0), (0, 2000), (1000, 1000), way=5, speed_m_s=5.0),
    road((0, 0), (-300, 0), way=6), road((2000, 0), (2300, 0), way=7),
)  # fmt: skip


def there(told, east_m, north_m):
    point = at(east_m, north_m)
    return snap(told, lat_deg=point.lat_deg, lon_deg=point.lon_deg)[0]


def way(told, start, end):
    web = Web(told, price(told, [], at=NOON))
    return web.tree(there(told, *start), hazard_s=0.0).way(there(told, *end))


def lengths(told, found):
    return [round(told.segment_length_m[told.segment[e]], -2) for e in found.edges]


def test_a_banned_turn_is_not_taken_and_the_way_leads_round():
    free = roads(*CROSS)
    bound = roads(*CROSS, bans=[Ban(1, 3, via=hash((1000, 0)))])
    assert lengths(free, way(free, (0, 0), (1000, 1000))) == [1000, 1000]
    assert lengths(bound, way(bound, (0, 0), (1000, 1000))) == [1000, 1000, 1400]
    assert lengths(bound, way(bound, (2000, 0), (1000, 1000))) == [1400]
    assert lengths(bound, way(bound, (1000, 0), (1000, 1000))) == [1000]
    assert (bound.counts["turns_banned"], bound.counts["bans_left_out"]) == (1, 0)


def test_where_one_turn_is_the_only_one_no_other_is_taken():
    bound = roads(*CROSS, bans=[Ban(1, 2, via=hash((1000, 0)), only=True)])
    assert lengths(bound, way(bound, (0, 0), (1000, 1000))) == [1000, 1000, 1400]


def test_a_ban_over_a_way_between_forbids_the_whole_and_not_its_parts():
    bound = roads(*CROSS, bans=[Ban(1, 4, via_ways=(2,))])
    assert lengths(bound, way(bound, (0, 0), (2000, 0))) == [1000, 1000]
    assert lengths(bound, way(bound, (1000, 0), (1000, 1000))) == [1000]
    told = way(bound, (0, 0), (1000, 1000))
    assert lengths(bound, told) == [1000, 1000]
    assert bound.counts == {"turns_banned": 1, "bans_left_out": 0, "blocked": 0}


def test_a_ban_that_leaves_open_which_road_it_means_is_counted_and_left_out():
    passing = road((0, 0), (1000, 0), (2000, 0), way=1)
    told = roads(passing, *CROSS[2:], bans=[Ban(1, 3, via=hash((1000, 0)))])
    assert told.counts["bans_left_out"] == 1
    assert told.junctions == told.places


def test_copies_are_no_places_and_lie_where_their_place_lies():
    bound = roads(*CROSS, bans=[Ban(1, 3, via=hash((1000, 0)))])
    assert bound.places == roads(*CROSS).places
    copy = bound.junctions - 1
    place = int(bound.junction_place[copy])
    assert copy >= bound.places > place
    assert bound.junctions_at(copy) == bound.junctions_at(place) == (place, copy)
    assert bound.junction_lat_e7[copy] == bound.junction_lat_e7[place]
    leaving = np.diff(bound.indptr)
    assert leaving[copy] == leaving[place] - 1


def test_a_way_passes_places_and_never_tells_a_copy():
    bound = roads(*CROSS, bans=[Ban(1, 3, via=hash((1000, 0)))])
    assert all(place < bound.places for place in way(bound, (0, 0), (1000, 1000)).junctions)


def bound_tangle(seed):
    """A random graph whose roads are ways of their own, and some random bans."""
    chance = random.Random(seed)
    spots = [(chance.randrange(4000), chance.randrange(4000)) for _ in range(6)]
    pairs = list(zip(spots, spots[1:] + spots[:1], strict=True))
    pairs += [tuple(chance.sample(spots, 2)) for _ in range(6)]
    pieces = [
        road(
            a,
            b,
            way=n,
            speed_m_s=chance.choice((5.0, 10.0, 20.0)),
            one_way=n > len(spots) and chance.random() < 0.2,
        )
        for n, (a, b) in enumerate(pairs, start=1)
    ]
    touching = [
        (m, n, set(pairs[m - 1]) & set(pairs[n - 1]))
        for m in range(1, len(pairs) + 1) for n in range(1, len(pairs) + 1)
    ]  # fmt: skip
    bans = [
        Ban(m, n, via=hash(sorted(shared)[0]), only=chance.random() < 0.2)
        for m, n, shared in touching if shared and chance.random() < 0.15
    ]  # fmt: skip
    bans += [
        Ban(m, o, via_ways=(n,))
        for m, n, one in touching for n_, o, other in touching
        if n == n_ and one and other and one != other and m != n != o and chance.random() < 0.03
    ]  # fmt: skip
    return pieces, bans


def onward(edges, never, bends):
    """What may be driven after what: for the last one or two roads driven, those that may follow.

    Who is in a state from which he never comes back to where all others come is left out: he may
    not be sent there.
    """
    pairs = [
        (m, n) for m, n in product(range(len(edges)), repeat=2)
        if edges[m][1] == edges[n][0] and not {(m, n), (m,), (n,)} & never
        and not (edges[n][0] in bends and edges[m][2] == edges[n][2])
    ]  # fmt: skip
    after = {(m, n): [(n, o) for n_, o in pairs if n_ == n and (m, n, o) not in never]
             for m, n in pairs}  # fmt: skip
    number = {state: k for k, state in enumerate(after)}
    joined = scipy.sparse.lil_matrix((len(after), len(after)))
    for state, following in after.items():
        joined[number[state], [number[next_] for next_ in following]] = 1
    _count, part = scipy.sparse.csgraph.connected_components(joined, connection="strong")
    root = int((part == np.bincount(part).argmax()).argmax())
    back = scipy.sparse.csgraph.breadth_first_order(joined.T.tocsr(), root)[0].tolist()
    free = {state for state, k in number.items() if k in set(back)}
    return {state: [n for n in after[state] if n in free] for state in free}


def remembering(edges, after, *, start):
    """The least seconds from one corner to all, by a search that remembers the last two roads."""
    best: dict[tuple[int, int], float] = {}
    firsts = {m for m, _n in after if edges[m][0] == start}
    found = {start: 0.0}
    open_ = [(edges[m][3] + edges[n][3], (m, n)) for m, n in after if m in firsts]
    for m in firsts:
        found[edges[m][1]] = min(edges[m][3], found.get(edges[m][1], edges[m][3]))
    heapq.heapify(open_)
    while open_:
        time_s, state = heapq.heappop(open_)
        if state not in best:
            best[state] = time_s
            for following in after[state]:
                heapq.heappush(open_, (time_s + edges[following[1]][3], following))
    for (_m, n), time_s in best.items():
        found[edges[n][1]] = min(time_s, found.get(edges[n][1], time_s))
    return found


def edges_of(pieces):
    edges = []
    for piece in pieces:
        a, b = (Point(la / E7, lo / E7) for la, lo in zip(piece.lat_e7, piece.lon_e7, strict=True))
        time_s = length_m([a, b]) / piece.speed_m_s
        if piece.ahead:
            edges.append((piece.refs[0], piece.refs[1], piece.way, time_s))
        if piece.back:
            edges.append((piece.refs[1], piece.refs[0], piece.way, time_s))
    return edges


def forbidden(edges, bans):
    """The paths that bans forbid, each two or three edges long."""
    never = set()
    for ban in bans:
        ways = (ban.from_way, *ban.via_ways, ban.to_way)
        paths: list[tuple[int, ...]] = [()]
        for way_ in ways:
            paths = [
                (*path, n) for path in paths for n, edge in enumerate(edges)
                if edge[2] == way_ and (not path or edges[path[-1]][1] == edge[0])
            ]  # fmt: skip
        paths = [path for path in paths if not ban.via or edges[path[-1]][0] == ban.via]
        if len(paths) == 1:
            *before, out = paths[0]
            others = [n for n, edge in enumerate(edges) if edge[0] == edges[out][0] and n != out]
            never |= {(*before, n) for n in (others if ban.only else [out])}
    return never


def bends_of(pieces, bans):
    """Corners where two roads meet and nothing else: no junction, so nobody turns back there."""
    meets = Counter(ref for piece in pieces for ref in piece.refs)
    over = {way_ for ban in bans for way_ in ban.via_ways}
    kept = {ban.via for ban in bans}
    kept |= {ref for piece in pieces if piece.way in over for ref in piece.refs}
    return {ref for ref, count in meets.items() if count == 2 and ref not in kept}


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_splitting_and_contracting_change_no_way_that_may_be_driven(seed):
    pieces, bans = bound_tangle(seed)
    try:
        told = roads(*pieces, bans=bans)
    except WrongMap:
        return
    places = {
        (int(told.junction_lat_e7[n]), int(told.junction_lon_e7[n])): n for n in range(told.places)
    }
    spots = {
        ref: places[spot]
        for piece in pieces
        for ref, *spot_ in zip(piece.refs, piece.lat_e7, piece.lon_e7, strict=True)
        if (spot := tuple(spot_)) in places
    }
    bends = bends_of(pieces, bans)
    every = edges_of(pieces)
    outside = {n for n, edge in enumerate(every) if not {edge[0], edge[1]} <= {*spots, *bends}}
    never = forbidden(every, bans) | {(n,) for n in outside}
    after = onward(every, never, bends)
    web = Web(told, price(told, [], at=NOON))
    for start in sorted(spots)[:2]:
        tree = web.tree(spots[start], hazard_s=0.0)
        brute = remembering(every, after, start=start)
        for end, place in spots.items():
            assert tree.way(place).time_s == pytest.approx(brute[end], rel=1e-5)
    back = web.tree(spots[end], hazard_s=0.0, reverse=True)
    assert back.way(spots[start]).time_s == pytest.approx(brute[end], rel=1e-5)


def test_a_danger_on_a_road_prices_it_for_whoever_came_to_it_by_any_way():
    bound = roads(*CROSS, bans=[Ban(1, 3, via=hash((1000, 0)))])
    priced = price(bound, [danger(1500, 0)], at=NOON)
    web = Web(bound, priced)
    same = bound.segment == bound.segment[int(np.argmax(web.hazard))]
    assert same.sum() == 3
    assert len(set(web.hazard[same].tolist())) == 1
