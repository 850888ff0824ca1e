"""What became of a text, from what was told of its attempts; and whether a route's receipts fit. Pure."""

from collections.abc import Sequence

from safeconduct.post.rules import Outcome

ORPHANS_OF, ORPHANS_MOST = 1000, 10  # of a route's last receipts; more are an alarm: above 1 %


def hear(last: bytes, *, orphan: bool) -> bytes:
    """Return which of a route's last receipts were orphans, one bit for each, with one more heard.

    Args:
        last: of `ORPHANS_OF` receipts, the newest in the lowest bit; b"" before the first.
    """
    bits = (int.from_bytes(last, "big") << 1 | orphan) & ((1 << ORPHANS_OF) - 1)
    return bits.to_bytes(-(-ORPHANS_OF // 8), "big")


def too_many_orphans(last: bytes) -> bool:
    """Return whether more than one in a hundred of a route's last receipts belonged to nothing."""
    return int.from_bytes(last, "big").bit_count() > ORPHANS_MOST


def whole(attempts: Sequence[Outcome]) -> Outcome | None:
    """Return the one outcome of a text from those of its attempts, None while there is none.

    It was sent if one of them was. Else it may have been while one is UNKNOWN: the no that another
    attempt got says nothing of that one.
    """
    for best in (Outcome.SENT, Outcome.UNKNOWN, Outcome.REFUSED, Outcome.SKIPPED):
        if best in attempts:
            return best
    return None


def may_be_double(attempts: Sequence[Outcome | None]) -> bool:
    """Return whether a text may have arrived twice, from the outcomes of its attempts; None: not told yet.

    Two that were surely sent are a double no less than one of which nobody knows.
    """
    left = [each for each in attempts if each not in {Outcome.REFUSED, Outcome.SKIPPED}]
    return len(left) > 1
