"""The no-fire area as a case sees it: what its acknowledgement puts on record, and when it is over. Pure."""

from collections.abc import Iterable
from datetime import datetime

# Acknowledging a no-fire area that is in force records these, and nothing else does. With the area
# they end: an acknowledgement of one that no longer stands protects nobody.
OF_AN_AREA = frozenset({"no_fire_ack", "no_fire_again"})
AREA_ENDED = "no_fire_ended"


def area_is_over(evidence: Iterable[tuple[str, datetime]]) -> bool:
    """Return whether a named person ended the no-fire area, and fires acknowledged none after it.

    Args:
        evidence: kinds on record, each with the time it came about.
    """
    last = dict(sorted(evidence, key=lambda each: each[1]))
    ended = last.get(AREA_ENDED)
    return ended is not None and all(last.get(kind, ended) <= ended for kind in OF_AN_AREA)
