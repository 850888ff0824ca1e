"""A town drawn by seed, of what a plain grid has not: carriageways, slip roads, narrow forks."""

import math
import random
from itertools import pairwise

from safeconduct.ways.tests.grids import mark, road, roads

WIDE, EAST_M, NORTH_M = 7, 190, 170  # crossings each way; how far apart
HALF_M, ISLE_M = 9, 28  # half of what parts two carriageways; how long a slip road is
MARKS = ("fuel", "church", "parking", "memorial", "bus_stop", "crossing")


def town(seed):
    """Blocks; two avenues of two carriageways each; one-way triangles; forks of 8 to 30 degrees."""
    chance = random.Random(seed)
    spot = {
        (i, j): (i * EAST_M + chance.randint(-25, 25), j * NORTH_M + chance.randint(-25, 25))
        for i in range(WIDE) for j in range(WIDE)
    }  # fmt: skip
    avenues = {2, 5}
    for (i, j), (east, _north) in list(spot.items()):
        if j in avenues:
            spot[i, j] = (east, j * NORTH_M)
    pieces = []
    for i in range(WIDE):
        for j in range(WIDE):
            pieces += _street(chance, spot, (i, j), (i + 1, j), avenues)
            pieces += _street(chance, spot, (i, j), (i, j + 1), avenues)
    for j in avenues:
        pieces += _avenue(spot, j)
    for _ in range(5):
        pieces += _branch(chance, spot, avenues)
    marks = [
        mark(chance.choice(MARKS), at[0] + chance.randint(-20, 20), at[1] + chance.randint(-20, 20))
        for at in chance.sample(sorted(spot.values()), 24)
    ]
    return roads(*pieces, marks=marks)


def _end(spot, at, towards, avenues):
    """Where a street ends: at an avenue on the carriageway it comes to."""
    east, north = spot[at]
    if at[1] in avenues and towards[1] != at[1]:
        return (east, north + (HALF_M if towards[1] > at[1] else -HALF_M))
    return (east, north)


def _street(chance, spot, one, other, avenues):
    if other not in spot or (one[1] == other[1] and one[1] in avenues):
        return []
    if chance.random() < 0.08:
        return []
    kind = chance.choice(("tertiary", "residential", "residential", "service"))
    a, b = _end(spot, one, other, avenues), _end(spot, other, one, avenues)
    draw = chance.random()
    if draw < 0.12:
        return [road(a, b, kind=kind, one_way=True)]
    if draw < 0.3 and one[1] not in avenues and other[1] not in avenues:
        return _triangle(chance, a, b, kind)
    return [road(a, b, kind=kind)]


def _triangle(chance, a, b, kind):
    """A street that comes to its end by two slip roads, each of them one-way."""
    long_m = math.dist(a, b)
    ux, uy = (b[0] - a[0]) / long_m, (b[1] - a[1]) / long_m
    parts = (round(b[0] - ux * ISLE_M), round(b[1] - uy * ISLE_M))
    side = ISLE_M * 0.5
    left = (round(b[0] - uy * side - ux * 6), round(b[1] + ux * side - uy * 6))
    right = (round(b[0] + uy * side - ux * 6), round(b[1] - ux * side - uy * 6))
    return [
        road(a, parts, kind=kind),
        road(parts, right, b, kind=kind, one_way=True),
        road(b, left, parts, kind=kind, one_way=True),
    ]


def _avenue(spot, j):
    at = [spot[i, j] for i in range(WIDE)]
    found = []
    for (x, y), (u, v) in pairwise(at):
        found.append(road((x, y - HALF_M), (u, v - HALF_M), kind="secondary", one_way=True))
        found.append(road((u, v + HALF_M), (x, y + HALF_M), kind="secondary", one_way=True))
    found += [road((x, y - HALF_M), (x, y + HALF_M), kind="secondary") for x, y in at[1:-1]]
    for (x, y), away in ((at[0], -90), (at[-1], 90)):
        ins = (x + away // 3, y)
        turned = ((x, y + HALF_M), ins) if away < 0 else (ins, (x, y + HALF_M))
        found.append(road(*turned, kind="secondary", one_way=True))
        turned = (ins, (x, y - HALF_M)) if away < 0 else ((x, y - HALF_M), ins)
        found.append(road(*turned, kind="secondary", one_way=True))
        found.append(road(ins, (x + away * 3, y), kind="secondary"))
        found.append(road((x + away * 3, y), (x + away * 3, y + 400), kind="tertiary"))
    return found


def _branch(chance, spot, avenues):
    """A road that parts from a street by a narrow angle and ends at the next crossing but one."""
    j = chance.choice([row for row in range(WIDE) if row not in avenues])
    i = chance.randrange(WIDE - 2)
    x, y = spot[i, j]
    angle = math.radians(chance.uniform(8, 30))
    mid = (round(x + 150 * math.cos(angle)), round(y + 150 * math.sin(angle)))
    end = spot[i + 2, j + 1] if j + 1 < WIDE and j + 1 not in avenues else spot[i + 2, j]
    return [road((x, y), mid, end, kind=chance.choice(("residential", "tertiary")))]
