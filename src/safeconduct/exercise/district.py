"""A district that is nowhere: villages, two rivers with bridges, roads, a quarry, a yard. By seed.

It lies in the middle of the Black Sea, so that no real village is meant. The same seed draws the
same district, byte for byte; `write` makes an .osm.pbf of it that any importer reads. Names are
invented; their three forms are drafts (N).
"""

# ruff: noqa: PLR2004  a drawing's proportions are named by where they stand
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path

import osmium

from safeconduct.geo import Point, moved

ORIGIN = Point(43.40, 33.80)  # south-west corner
WIDE_M, HIGH_M = 30_000.0, 24_000.0
VILLAGES = 38
APART_M = 2_700.0
RIVER_FREE_M = 900.0
SIDE_EVERY_M = 650.0

_FIRST = (
    ("Верхня", "Верхняя", "Verkhnia"), ("Нижня", "Нижняя", "Nyzhnia"), ("Стара", "Старая", "Stara"),
    ("Нова", "Новая", "Nova"), ("Тиха", "Тихая", "Tykha"), ("Соснова", "Сосновая", "Sosnova"),
    ("Біла", "Белая", "Bila"), ("Зелена", "Зелёная", "Zelena"), ("Довга", "Долгая", "Dovha"),
    ("Світла", "Светлая", "Svitla"), ("Вільхова", "Ольховая", "Vilkhova"),
)  # fmt: skip
_LAST = (
    ("Калинка", "Калинка", "Kalynka"), ("Лозна", "Лозна", "Lozna"),
    ("Криниця", "Криница", "Krynytsia"), ("Гребля", "Гребля", "Hreblia"),
    ("Левада", "Левада", "Levada"), ("Діброва", "Дубрава", "Dibrova"),
    ("Долина", "Долина", "Dolyna"), ("Балка", "Балка", "Balka"), ("Рудка", "Рудка", "Rudka"),
    ("Поляна", "Поляна", "Poliana"),
)  # fmt: skip
_BRIDGES = (
    ("Млиновий", "Мельничный", "Mlynovyi"), ("Нижній", "Нижний", "Nyzhnii"),
    ("Старий", "Старый", "Staryi"), ("Дубовий", "Дубовый", "Dubovyi"),
    ("Вербовий", "Вербный", "Verbovyi"), ("Новий", "Новый", "Novyi"),
    ("Верхній", "Верхний", "Verkhnii"), ("Довгий", "Долгий", "Dovhyi"),
    ("Тихий", "Тихий", "Tykhyi"), ("Білий", "Белый", "Bilyi"),
)  # fmt: skip
_RURAL = (
    {"historic": "wayside_cross"}, {"historic": "memorial"}, {"man_made": "mast"},
    {"amenity": "parking"}, {"highway": "bus_stop"},
)  # fmt: skip

Spot = tuple[float, float]  # metres east and north of the origin
Tags = dict[str, str]
Names = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """A named place of the district that an exercise may speak of."""

    kind: str
    name: str
    point: Point


@dataclass
class District:
    """All nodes and ways, in the order they were drawn; node n has id n + 1."""

    seed: int
    nodes: list[tuple[Spot, Tags]] = field(default_factory=list)
    ways: list[tuple[list[int], Tags]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def node(self, spot: Spot, tags: Tags | None = None) -> int:
        """Draw a node; return its id."""
        self.nodes.append((spot, tags or {}))
        return len(self.nodes)

    def way(self, ids: Sequence[int], tags: Tags) -> None:
        """Draw a way along nodes."""
        self.ways.append((list(ids), tags))

    def at(self, node: int) -> Spot:
        """Return where a node lies."""
        return self.nodes[node - 1][0]

    def name_place(self, kind: str, name: str, spot: Spot) -> None:
        """Note a place by name, for those who write exercises."""
        self.places.append(Place(kind, name, point_of(spot)))

    def of_kind(self, kind: str) -> list[Place]:
        """Return the noted places of one kind, in the order they were drawn."""
        return [place for place in self.places if place.kind == kind]


def point_of(spot: Spot) -> Point:
    """Return the place on the globe of metres in the district."""
    return moved(ORIGIN, east_m=spot[0], north_m=spot[1])


def corners() -> tuple[Point, ...]:
    """Return the corners of the ground that all districts lie on."""
    return tuple(point_of(spot) for spot in ((0, 0), (WIDE_M, 0), (WIDE_M, HIGH_M), (0, HIGH_M)))


def build(seed: int) -> District:
    """Return the district of `seed`; the same seed gives the same district."""
    chance = random.Random(seed)
    district = District(seed)
    rivers = [_river(chance, share) for share in (0.34, 0.70)]
    centres = _centres(chance, rivers)
    names = chance.sample([(a, b) for a in _FIRST for b in _LAST], len(centres))
    for river, name in zip(
        rivers, (("Лозна", "Лозна", "Lozna"), ("Стир", "Стырь", "Styr")), strict=True
    ):
        _draw_river(district, river, name)
    gates = [
        _village(district, chance, centre, _joined(pair), town=number == 0)
        for number, (centre, pair) in enumerate(zip(centres, names, strict=True))
    ]
    bridges = iter(_BRIDGES * 5)
    for a, b in _links(chance, centres, rivers):
        _road(district, chance, gates[a], gates[b], rivers=rivers, bridges=bridges)
    _works(district, chance)
    return district


def _joined(pair: tuple[Names, Names]) -> Names:
    return (
        f"{pair[0][0]} {pair[1][0]}",
        f"{pair[0][1]} {pair[1][1]}",
        f"{pair[0][2]} {pair[1][2]}",
    )


def _named(names: Names, *, key: str = "name") -> Tags:
    uk, ru, en = names
    return {key: uk, f"{key}:uk": uk, f"{key}:ru": ru, f"{key}:en": en}


def _river(chance: random.Random, share: float) -> list[Spot]:
    """Return a river from west to east, about `share` of the way up."""
    phase, bend = chance.uniform(0, math.tau), chance.uniform(900, 1600)
    steps = 60
    return [
        (
            WIDE_M * n / steps,
            HIGH_M * share
            + bend * math.sin(phase + math.tau * 1.6 * n / steps)
            + chance.gauss(0, 60),
        )
        for n in range(steps + 1)
    ]


def _draw_river(district: District, river: list[Spot], name: Names) -> None:
    ids = [district.node(spot) for spot in river]
    district.way(ids, {"waterway": "river"} | _named(name))


def _centres(chance: random.Random, rivers: list[list[Spot]]) -> list[Spot]:
    """Return village centres, apart from each other and from the rivers; the first is the town."""
    found: list[Spot] = []
    while len(found) < VILLAGES:
        spot = (chance.uniform(1200, WIDE_M - 1200), chance.uniform(1200, HIGH_M - 1200))
        dry = all(math.dist(spot, bank) > RIVER_FREE_M for river in rivers for bank in river)
        apart = all(math.dist(spot, other) > APART_M for other in found)
        if dry and apart:
            found.append(spot)
    return found


def _links(
    chance: random.Random, centres: list[Spot], rivers: list[list[Spot]]
) -> list[tuple[int, int]]:
    """Return which villages a road joins: neighbours with nobody between, fewer over water."""
    pairs = [
        (math.dist(centres[a], centres[b]), a, b)
        for a, b in combinations(range(len(centres)), 2)
        if _neighbours(centres, a, b)
    ]
    group = list(range(len(centres)))
    kept = []
    for _length, a, b in sorted(pairs):
        wet = any(_crossing(centres[a], centres[b], river) for river in rivers)
        joins = group[a] != group[b]
        if joins or not wet or chance.random() < 0.35:
            kept.append((a, b))
            group = [group[a] if g == group[b] else g for g in group]
    return kept


def _neighbours(centres: list[Spot], a: int, b: int) -> bool:
    middle = _between(centres[a], centres[b], 0.5)
    reach = math.dist(centres[a], centres[b]) / 2
    return all(
        math.dist(centre, middle) >= reach for n, centre in enumerate(centres) if n not in (a, b)
    )


def _between(a: Spot, b: Spot, share: float) -> Spot:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _crossing(a: Spot, b: Spot, river: list[Spot]) -> float | None:
    """Return the share of a→b at which it crosses the river, or None."""
    for c, d in pairwise(river):
        (px, py), (qx, qy) = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
        cross = px * qy - py * qx
        if cross == 0:
            continue
        along = ((c[0] - a[0]) * qy - (c[1] - a[1]) * qx) / cross
        beside = ((c[0] - a[0]) * py - (c[1] - a[1]) * px) / cross
        if 0 < along < 1 and 0 <= beside <= 1:
            return along
    return None


def _village(
    district: District, chance: random.Random, centre: Spot, name: Names, *, town: bool
) -> list[int]:
    """Draw a village's streets and landmarks; return the nodes a road may enter by."""
    rows, columns = (13, 15) if town else (chance.randint(5, 8), chance.randint(6, 9))
    spacing, turn = chance.uniform(80, 115), chance.uniform(0, math.pi)
    grid = {
        (r, c): district.node(
            _on_grid(chance, centre, (r - rows / 2, c - columns / 2), spacing, turn)
        )
        for r in range(rows)
        for c in range(columns)
    }
    for r in range(rows):
        _street(district, chance, [grid[r, c] for c in range(columns)], main=r == rows // 2)
    for c in range(columns):
        _street(district, chance, [grid[r, c] for r in range(rows)], main=c == columns // 2)
    kind = "town" if town else "village"
    district.node(centre, {"place": kind} | _named(name))
    district.name_place(kind, name[2], centre)
    church = district.at(grid[rows // 2, columns // 2])
    district.node((church[0] + 25, church[1] + 20), {"amenity": "place_of_worship"})
    gates = [
        grid[rows // 2, 0], grid[rows // 2, columns - 1], grid[0, columns // 2],
        grid[rows - 1, columns // 2],
    ]  # fmt: skip
    _edge_of_village(district, chance, gates, name)
    return gates


def _on_grid(
    chance: random.Random, centre: Spot, cell: tuple[float, float], spacing: float, turn: float
) -> Spot:
    east, north = cell[1] * spacing + chance.gauss(0, 9), cell[0] * spacing + chance.gauss(0, 9)
    return (
        centre[0] + east * math.cos(turn) - north * math.sin(turn),
        centre[1] + east * math.sin(turn) + north * math.cos(turn),
    )


def _street(district: District, chance: random.Random, ids: list[int], *, main: bool) -> None:
    """Draw a street whole if it is the main one, else with gaps."""
    if main:
        district.way(ids, {"highway": "tertiary"})
        return
    for a, b in pairwise(ids):
        if chance.random() < 0.82:
            district.way([a, b], {"highway": "residential"})


def _edge_of_village(
    district: District, chance: random.Random, gates: list[int], name: Names
) -> None:
    for number, gate in enumerate(gates):
        east, north = district.at(gate)
        if number == 0 and chance.random() < 0.55:
            district.node((east + 30, north), {"amenity": "fuel"})
            district.name_place("fuel", name[2], (east, north))
        elif chance.random() < 0.4:
            district.node((east, north + 15), {"highway": "bus_stop"})
        elif chance.random() < 0.3:
            district.node((east - 20, north), {"man_made": "water_tower"})


def _road(
    district: District,
    chance: random.Random,
    here: list[int],
    there: list[int],
    *,
    rivers: list[list[Spot]],
    bridges: Iterator[Names],
) -> None:
    """Draw a road between the two nearest gates, with bridges and tracks that turn off it."""
    a, b = min(
        ((g, h) for g in here for h in there),
        key=lambda pair: math.dist(district.at(pair[0]), district.at(pair[1])),
    )
    length = math.dist(district.at(a), district.at(b))
    kind = {"highway": "secondary" if length > 4200 else "tertiary"}
    steps = max(round(length / SIDE_EVERY_M), 2)
    bend = chance.uniform(-0.05, 0.05) * length
    last = a
    for n in range(1, steps + 1):
        spot = _bent(district.at(a), district.at(b), n / steps, bend)
        following = b if n == steps else district.node(spot)
        _stretch(district, last, following, kind, rivers=rivers, bridges=bridges)
        if n < steps:
            _side_track(district, chance, last, following)
        last = following


def _bent(a: Spot, b: Spot, share: float, bend: float) -> Spot:
    straight, length = _between(a, b, share), math.dist(a, b)
    off = bend * math.sin(math.pi * share)
    return straight[0] - (b[1] - a[1]) / length * off, straight[1] + (b[0] - a[0]) / length * off


def _stretch(
    district: District,
    a: int,
    b: int,
    kind: Tags,
    *,
    rivers: list[list[Spot]],
    bridges: Iterator[Names],
) -> None:
    """Draw one stretch; where it crosses water, a bridge of 80 m in the middle of three pieces."""
    start, end = district.at(a), district.at(b)
    share = next((s for s in (_crossing(start, end, river) for river in rivers) if s), None)
    if share is None:
        district.way([a, b], kind)
        return
    half = min(40 / math.dist(start, end), share / 2, (1 - share) / 2)
    banks = [district.node(_between(start, end, share + side)) for side in (-half, half)]
    name = next(bridges)
    district.way([a, banks[0]], kind)
    bridge = kind | {"bridge": "yes", "layer": "1"} | _named(_bridge(name), key="bridge:name")
    district.way(banks, bridge)
    district.way([banks[1], b], kind)
    district.name_place("bridge", _bridge(name)[2], _between(start, end, share))
    bank = district.at(banks[0])  # a path along the bank, so that the bridge ends at a junction
    path = district.node((bank[0] + 260, bank[1] - 60))
    district.way([banks[0], path], {"highway": "track"})


def _bridge(name: Names) -> Names:
    return f"{name[0]} міст", f"{name[1]} мост", f"{name[2]} bridge"


def _side_track(district: District, chance: random.Random, before: int, here: int) -> None:
    """Draw a track that turns off at `here`, sometimes forked; sometimes something stands there."""
    (x0, y0), (x, y) = district.at(before), district.at(here)
    side = chance.choice((-1, 1))
    heading = math.atan2(y - y0, x - x0) + side * chance.uniform(1.2, 1.9)
    reach = chance.uniform(300, 900)
    bend = district.node((x + math.cos(heading) * reach / 2, y + math.sin(heading) * reach / 2))
    heading += chance.uniform(-0.4, 0.4)
    bx, by = district.at(bend)
    far = district.node((bx + math.cos(heading) * reach / 2, by + math.sin(heading) * reach / 2))
    district.way([here, bend, far], {"highway": "track"})
    if chance.random() < 0.6:
        fork = heading + chance.choice((-1.1, 1.1))
        end = district.node((bx + math.cos(fork) * 250, by + math.sin(fork) * 250))
        district.way([bend, end], {"highway": "track"})
    if chance.random() < 0.4:
        district.node((x + 12, y + 12), dict(chance.choice(_RURAL)))


def _works(district: District, chance: random.Random) -> None:
    """Draw a quarry and three farm yards, each beside a road by a track of its own."""
    roads = [ids for ids, tags in district.ways if tags.get("highway") in {"secondary", "tertiary"}]
    rural = [ids[0] for ids in roads if len(ids) == 2]
    kinds = ("quarry", "farmyard", "farmyard", "farmyard")
    for kind, gate in zip(kinds, chance.sample(rural, len(kinds)), strict=True):
        x, y = district.at(gate)
        heading = chance.uniform(0, math.tau)
        cx, cy = x + math.cos(heading) * 420, y + math.sin(heading) * 420
        mouth = district.node((cx, cy))
        inside = [district.node((cx + dx, cy + dy)) for dx, dy in ((70, 30), (60, 90), (-20, 80))]
        district.way([gate, mouth], {"highway": "unclassified"})
        district.way([mouth, *inside, mouth], {"landuse": kind})
        district.way([mouth, inside[0]], {"highway": "service"})
        district.way([mouth, inside[2]], {"highway": "service"})
        district.name_place("quarry" if kind == "quarry" else "yard", "", (cx, cy))


def write(district: District, path: Path) -> None:
    """Write the district as an OpenStreetMap extract; the suffix of `path` chooses the form."""
    with osmium.SimpleWriter(str(path), overwrite=True) as out:
        for number, (spot, tags) in enumerate(district.nodes, start=1):
            point = point_of(spot)
            where = (point.lon_deg, point.lat_deg)
            out.add_node(osmium.osm.mutable.Node(id=number, version=1, location=where, tags=tags))
        for number, (ids, tags) in enumerate(district.ways, start=1):
            out.add_way(osmium.osm.mutable.Way(id=number, version=1, nodes=ids, tags=tags))
