"""What the tags of an OpenStreetMap road, barrier or relation say. Strings in, our own facts out.

Sources: the OpenStreetMap wiki's pages Key:access, Key:maxweight, Key:maxwidth, Key:surface,
Key:tracktype, Key:barrier and Relation:restriction, as they stood in 2026. What cannot be read is
"not told".
"""

import re
from collections.abc import Iterable, Mapping

from safeconduct.ways.drawn import NOTHING_TOLD, Facts
from safeconduct.ways.roads import SURFACES, VEHICLES

Tags = Mapping[str, str]
SPEED_KM_H = {
    "motorway": 110, "trunk": 90, "primary": 80, "secondary": 70, "tertiary": 60,
    "unclassified": 50, "road": 40, "residential": 30, "living_street": 15, "track": 20,
    "service": 15, "motorway_link": 60, "trunk_link": 50, "primary_link": 50,
    "secondary_link": 45, "tertiary_link": 40,
}  # fmt: skip
FERRY = "ferry"
WALK_KM_H, STEPS_KM_H, FERRY_KM_H = 4.5, 2.0, 10.0
PATHS = ("footway", "path", "pedestrian", "steps", "cycleway", "bridleway")
KINDS = (*SPEED_KM_H, *PATHS, FERRY)
NOT_ON_FOOT = frozenset({"motorway", "motorway_link"})
CLOSED = frozenset({"private", "no", "use_sidepath"})
OPEN = frozenset({"yes", "permissive", "designated", "destination", "customers", "delivery"})
CIRCLES = frozenset({"roundabout", "circular"})
ONE_WAY = {"yes": 1, "1": 1, "true": 1, "-1": -1, "reverse": -1}
# The nearer key decides: "access=no, motor_vehicle=yes" is open to cars.
ACCESS = {
    "foot": ("foot", "access"),
    "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    "lorry": ("hgv", "motor_vehicle", "vehicle", "access"),
    "tracked": ("motor_vehicle", "vehicle", "access"),
}
STOPS_WHEELS = frozenset({
    "block", "bollard", "chain", "cycle_barrier", "debris", "full-height_turnstile",
    "jersey_barrier", "kissing_gate", "log", "motorcycle_barrier", "planter", "stile", "turnstile",
    "wicket_gate",
})  # fmt: skip
_SURFACE_OF = {
    "paved": (
        "paved", "asphalt", "concrete", "concrete:plates", "concrete:lanes", "paving_stones",
        "sett", "cobblestone", "unhewn_cobblestone", "metal", "wood", "bricks", "grade1",
    ),
    "gravel": (
        "gravel", "fine_gravel", "compacted", "pebblestone", "unpaved", "rock", "stone", "grade2",
        "grade3",
    ),
    "earth": (
        "ground", "dirt", "earth", "grass", "grass_paver", "woodchips", "clay", "grade4", "grade5",
    ),
    "mud": ("mud", "sand", "snow", "ice"),
}  # fmt: skip
_SURFACES = {
    value: SURFACES.index(name) for name, values in _SURFACE_OF.items() for value in values
}
_NUMBER = re.compile(r"\s*(\d{1,6}(?:[.,]\d{1,4})?)\s*([a-z'\"]*)\s*(?:(\d{1,2})\s*(?:\"|in))?\s*")
_KG = {"": 1000, "t": 1000, "tonnes": 1000, "kg": 1, "st": 907.185, "lt": 1016.05,
       "lb": 0.453592, "lbs": 0.453592}  # fmt: skip
_MM = {"": 1000, "m": 1000, "cm": 10, "mm": 1, "ft": 304.8, "'": 304.8, '"': 25.4, "in": 25.4}
_WEIGHTS_KG, _SIZES_MM = (100, 200_000), (300, 60_000)  # beyond these it is a slip of the pen
_DURATION = re.compile(r"(?:(\d{1,3}):)?(\d{1,3})(?::\d\d)?|PT(?:(\d{1,3})H)?(?:(\d{1,4})M)?")


def weight_kg(told: str) -> int:
    """Return a weight in kilograms, 0 when none can be read; tonnes without a unit."""
    return _read(told, _KG, _WEIGHTS_KG)


def size_mm(told: str) -> int:
    """Return a length in millimetres, 0 when none can be read; metres without a unit."""
    return _read(told, _MM, _SIZES_MM)


def _read(told: str, units: Mapping[str, float], bounds: tuple[int, int]) -> int:
    found = _NUMBER.fullmatch(told.lower())
    if not found or found[2] not in units:
        return 0
    value = float(found[1].replace(",", ".")) * units[found[2]] + 25.4 * int(found[3] or 0)
    return round(value) if bounds[0] <= value <= bounds[1] else 0


def duration_s(told: str) -> int:
    """Return the seconds of a ferry's `duration`: "20", "1:20" or "PT1H20M"; 0 for none."""
    found = _DURATION.fullmatch(told.strip())
    if not found:
        return 0
    hours, minutes = found[1] or found[3] or 0, found[2] or found[4] or 0
    return int(hours) * 3600 + int(minutes) * 60


def _least(values: Iterable[int]) -> int:
    return min((value for value in values if value), default=0)


def access(tags: Tags, vehicle: str) -> str:
    """Return what the nearest key says of a vehicle, "" when none does."""
    return next((tags[key] for key in ACCESS[vehicle] if key in tags), "")


def facts_of(tags: Tags) -> Facts:
    """Return what a way or a barrier lets pass, and what it is made of."""
    closed = sum(
        1 << VEHICLES.index(vehicle)
        for vehicle in ("lorry", "tracked")
        if access(tags, vehicle) in CLOSED
    )
    surface = _SURFACES.get(tags.get("surface", "")) or _SURFACES.get(tags.get("tracktype", ""), 0)
    facts = Facts(
        surface=surface,
        weight_kg=weight_kg(tags.get("maxweight", "")),
        width_mm=_least(
            size_mm(tags.get(key, ""))
            for key in ("maxwidth", "maxwidth:physical", "width", "est_width")
        ),
        height_mm=_least(size_mm(tags.get(key, "")) for key in ("maxheight", "maxheight:physical")),
        closed=closed,
        bridge=tags.get("bridge", "no") != "no",
        circle=tags.get("junction") in CIRCLES,
    )
    return NOTHING_TOLD if facts == NOTHING_TOLD else facts


def kind_of(tags: Tags) -> str:
    """Return which of `KINDS` a way is, "" for none."""
    if tags.get("route") == FERRY:
        return FERRY
    kind = tags.get("highway", "")
    return kind if kind in SPEED_KM_H or kind in PATHS else ""


def drives(tags: Tags, kind: str) -> bool:
    """Return whether a car may use this way at all. A ferry takes cars only where it says so."""
    if kind == FERRY:
        return next((tags[key] for key in ACCESS["car"][:-1] if key in tags), "") in OPEN
    return kind in SPEED_KM_H and access(tags, "car") not in CLOSED and tags.get("area") != "yes"


def walks(tags: Tags, kind: str) -> bool:
    """Return whether a man on foot may use this way."""
    own_road = kind in NOT_ON_FOOT or tags.get("motorroad") == "yes"
    if own_road and tags.get("foot") not in OPEN:
        return False
    return bool(kind) and access(tags, "foot") not in CLOSED and tags.get("area") != "yes"


def direction(tags: Tags, kind: str) -> int:
    """Return 1 for along the way only, -1 for against it only, 0 for both."""
    told = tags.get("oneway", "")
    if told in ONE_WAY:
        return ONE_WAY[told]
    implied = kind == "motorway" or tags.get("junction") in CIRCLES
    return 1 if implied and told != "no" else 0


def stops(tags: Tags, vehicle: str) -> bool:
    """Return whether a barrier stops a car, or a man on foot, for good: locked, or too narrow."""
    told = access(tags, vehicle)
    if told in CLOSED or (tags.get("locked") == "yes" and told not in OPEN):
        return True
    return vehicle == "car" and tags.get("barrier") in STOPS_WHEELS and told not in OPEN
