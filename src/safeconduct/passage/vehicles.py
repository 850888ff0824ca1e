"""By what he comes, and which roads carry it: a tank does not cross a bridge of ten tonnes."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.utils.translation import gettext as _

from safeconduct.refusal import N_, Refusal, Refused
from safeconduct.ways.profiles import (
    ARMOURED,
    CAR,
    LORRY,
    ON_FOOT,
    TRACKED,
    Profile,
    for_vehicle,
)
from safeconduct.ways.roads import Roads, WrongMap

# As forms and plans write them: the first is meant where nobody says more.
PROFILES: Mapping[str, Profile] = {
    "car": CAR, "lorry": LORRY, "armoured vehicle": ARMOURED, "tank": TRACKED,
    "motorcycle": CAR, "on foot": ON_FOOT,
}  # fmt: skip
VEHICLES = tuple(PROFILES)
WORDS = {
    "car": N_("by car"), "lorry": N_("by lorry"), "armoured vehicle": N_("by armoured vehicle"),
    "tank": N_("by tank"), "motorcycle": N_("by motorcycle"), "on foot": N_("on foot"),
}  # fmt: skip


@lru_cache(maxsize=len(VEHICLES))  # one map is in use
def driven_by(roads: Roads, vehicle: str) -> Roads:
    """Return the roads of a map that carry a vehicle, in its own times.

    Raises:
        Refused: no two places of the map are joined for it.
    """
    try:
        return for_vehicle(roads, PROFILES[vehicle])
    except WrongMap:
        raise Refused(
            Refusal(
                "passage.no_road",
                "No two places of this map are joined by roads that carry his vehicle.",
                "Plan for another vehicle, or import a larger extract.",
            )
        ) from None


def size_of(vehicle: str) -> tuple[int, int]:
    """Return weight (kg) and width (mm) that keep a vehicle off roads; noughts where none does."""
    return PROFILES[vehicle].weight_kg, PROFILES[vehicle].width_mm


def named(vehicle: str, size: Sequence[int]) -> str:
    """Return by what he comes in the reader's words, with its size where that keeps it off roads."""
    if not size[0]:
        return _(WORDS[vehicle])
    told = {"by": _(WORDS[vehicle]), "t": size[0] // 1000, "m": f"{size[1] / 1000:.2f}"}
    return _("%(by)s of %(t)s t, %(m)s m wide") % told
