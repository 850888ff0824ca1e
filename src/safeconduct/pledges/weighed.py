"""Texts that were weighed and found to say nothing are known again, by a hash. Pure but for that memory.

An approved text is weighed for each stranger who is answered with it and for each batch of a campaign;
its words do not change meanwhile, and the rules not while a process lives. What is kept is a hash of
exactly what was weighed: what tokens covered is taken out before, so other tokens make another text.
No text is kept. One in which anything was found is read anew each time.
"""

import hashlib
from collections.abc import Callable

from safeconduct.pledges.promises import Promise

KEPT = 1_000  # hashes at most in each of two sets; the older set goes whole
_sets: list[set[bytes]] = [set(), set()]  # younger, older


def once(weigh: Callable[[str], list[Promise]], text: str) -> list[Promise]:
    """Return what `weigh` finds in a text; one in which it found nothing lately is not read again.

    Args:
        weigh: a rule that depends on the text alone.
        text: what is weighed.
    """
    told = f"{weigh.__module__}.{weigh.__qualname__}\n{text}"
    mark = hashlib.sha256(told.encode("utf-8", "surrogatepass")).digest()
    younger, older = _sets
    if mark in younger or mark in older:
        return []
    found = weigh(text)
    if not found:
        younger.add(mark)
        if len(younger) >= KEPT:
            _sets[:] = set(), younger
    return found


def forget() -> None:
    """Forget all that was weighed, so that each text is weighed anew."""
    _sets[:] = set(), set()
