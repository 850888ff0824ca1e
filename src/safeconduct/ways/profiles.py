"""Who drives: what each vehicle may use, and how fast. Speeds and sizes are first defaults.

What nobody has told stops nobody, and is counted along a way, so that a person can ask before a
tank stands before a bridge. None of the numbers was ever calibrated.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from safeconduct.ways.roads import SURFACES, VEHICLES, Flags, Floats, Roads, WrongMap, strongest

CAR_SURFACE_KM_H = (130.0, 130.0, 60.0, 30.0, 15.0)  # in the order of SURFACES, as all below


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of vehicle, or a man on foot.

    Attributes:
        vehicle: one of `VEHICLES`.
        weight_kg, width_mm, height_mm: its own; 0 where it does not matter.
        surface_km_h: the fastest it goes, one for each of `SURFACES`; never faster than a car.
        barred: kinds of road it does not take at all.
    """

    vehicle: str
    weight_kg: int
    width_mm: int
    height_mm: int
    surface_km_h: tuple[float, ...]
    barred: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.vehicle not in VEHICLES:
            raise ValueError(f"a vehicle is one of {', '.join(VEHICLES)}")
        if len(self.surface_km_h) != len(SURFACES) or min(self.surface_km_h) <= 0:
            raise ValueError(f"a speed above 0 for each of {len(SURFACES)} surfaces")


FOOT = Profile("foot", 0, 0, 0, (4.5, 4.5, 4.5, 4.0, 3.0))
CAR = Profile("car", 0, 0, 0, CAR_SURFACE_KM_H)
LORRY = Profile("lorry", 16_000, 2_550, 4_000, (70.0, 80.0, 40.0, 20.0, 8.0))
# 46 t and 3.6 m: a main battle tank of the Soviet line with its skirts, rounded up.
TRACKED = Profile("tracked", 46_000, 3_600, 2_900, (35.0, 40.0, 35.0, 25.0, 15.0))
PROFILES = {profile.vehicle: profile for profile in (FOOT, CAR, LORRY, TRACKED)}
# 20 t and 3.2 m: an infantry fighting vehicle of that line (BMP-3: 18.7 t, 3.15 m), rounded up.
ARMOURED = replace(TRACKED, weight_kg=20_000, width_mm=3_200, height_mm=2_500)
# He walks where a car may drive: of these roads a way can be told, of footpaths it was never tried.
ON_FOOT = Profile("car", 0, 0, 0, FOOT.surface_km_h, frozenset({"motorway", "motorway_link"}))


@dataclass(frozen=True, slots=True)
class NotTold:
    """What nobody has told of a way: bridges without a weight, metres without a width."""

    bridges: int
    width_m: float


def sized(profile: Profile, *, weight_kg: int, width_mm: int, height_mm: int = 0) -> Profile:
    """Return the profile of one vehicle whose weight and width are known."""
    height = height_mm or profile.height_mm
    return replace(profile, weight_kg=weight_kg, width_mm=width_mm, height_mm=height)


def allowed(roads: Roads, profile: Profile) -> Flags:
    """Return, per segment, whether this vehicle may use it. What is not told lets it pass."""
    bit = 1 << VEHICLES.index(profile.vehicle)
    may: Flags = (roads.segment_closed & bit) == 0
    for own, limit in (
        (profile.weight_kg, roads.segment_weight_kg),
        (profile.width_mm, roads.segment_width_mm),
        (profile.height_mm, roads.segment_height_mm),
    ):
        may &= (limit == 0) | (limit >= own)
    barred = [number for number, kind in enumerate(roads.kinds) if kind in profile.barred]
    return may & ~np.isin(roads.segment_kind, barred)


def times_s(roads: Roads, profile: Profile) -> Floats:
    """Return seconds per edge: the map's own, or what the vehicle needs on that surface if longer."""
    fastest_m_s = np.asarray(profile.surface_km_h)[roads.segment_surface] / 3.6
    return np.maximum(roads.time_s, (roads.segment_length_m / fastest_m_s)[roads.segment])


def for_vehicle(roads: Roads, profile: Profile) -> Roads:
    """Return the roads this vehicle may use: the largest part where it comes from all to all.

    Segments, their numbers and their shapes are those of `roads`; places have numbers of their
    own. Two maps of one extract know the same place by `place_key`. Who walks needs the map of
    the footpaths, which is `roads.afoot`.

    Raises:
        WrongMap: no two places are joined for it, or the map has no footpaths.
    """
    whole = roads
    if profile.vehicle == "foot" != roads.vehicle:
        if roads.afoot is None:
            raise WrongMap("This map has no footpaths. Import the extract again.")
        roads = roads.afoot
    if profile == CAR and roads.vehicle == "car":
        return roads  # its times are the map's own
    part = narrowed(
        roads,
        allowed(roads, profile)[roads.segment],
        time_s=times_s(roads, profile),
        vehicle=profile.vehicle,
    )
    return replace(part, part_of=whole.part_of or whole.digest)


def narrowed(roads: Roads, edge_in: Flags, *, time_s: Floats, vehicle: str) -> Roads:
    """Return the largest part of `roads` that holds together by the edges of `edge_in` alone."""
    kept = strongest(roads.tail[edge_in], roads.head[edge_in], roads.junction_place)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    edges = np.flatnonzero(edge_in & kept[roads.tail] & kept[roads.head])
    place = np.append(number[: roads.places], -1)  # -1 stays -1
    lat, lon = roads.junction_lat_e7[kept], roads.junction_lon_e7[kept]
    return replace(
        roads,
        junction_lat_e7=lat,
        junction_lon_e7=lon,
        junction_place=number[roads.junction_place[kept]].astype(np.int32),
        tail=number[roads.tail[edges]].astype(np.int32),
        head=number[roads.head[edges]].astype(np.int32),
        segment=roads.segment[edges],
        forward=roads.forward[edges],
        time_s=time_s[edges],
        segment_from=place[roads.segment_from].astype(np.int32),
        segment_to=place[roads.segment_to].astype(np.int32),
        vehicle=vehicle,
    )


def not_told(roads: Roads, edges: Collection[int]) -> NotTold:
    """Return what nobody has told of the way along these edges."""
    along = roads.segment[np.asarray(list(edges), dtype=np.int64)]
    return NotTold(
        bridges=int(roads.segment_untold_bridges[along].sum()),
        width_m=float(roads.segment_untold_width_m[along].sum()),
    )
