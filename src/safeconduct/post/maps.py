"""What may leave for the units' maps: shapes and places of a short list, each for somebody who is named. Pure."""

import re

from safeconduct.envelope import Carried, MapPoint, Marker
from safeconduct.refusal import Refusal

AREAS = frozenset({"no_fire", "restricted"})  # for whoever the gateway's own file says
CORRIDOR = "corridor"
POINTS = frozenset({"vehicle", "drone", "alert", "medical"})
_NAMED = re.compile(r"(?:fires|unit:[0-9]{1,3})(?: (?:fires|unit:[0-9]{1,3})){0,7}")


def may_stand(thing: Carried) -> Refusal | None:
    """Judge whether a thing may stand on somebody's map.

    There is no kind for a contact, a danger somebody reported, or a place out of a text: whatever is not
    listed here does not leave, whoever would send it. What is of one man is for somebody, never for all.
    """
    if isinstance(thing, Marker) and thing.says in AREAS:
        return None
    if isinstance(thing, Marker):
        drawn, to = thing.says == CORRIDOR, thing.to
    elif isinstance(thing, MapPoint):
        drawn, to = thing.what in POINTS, thing.to
    else:
        drawn, to = False, ""
    if not drawn:
        return Refusal(
            "post.not_for_maps",
            "This does not stand on a unit's map: it is none of the few kinds that may.",
            "Tell whoever must know by voice.",
        )
    if not _NAMED.fullmatch(to):
        return Refusal(
            "post.nobody_meant",
            "Nobody is named for it, and what is of one man never goes to everybody.",
            "Name the receiving unit on the escort's page.",
        )
    return None
