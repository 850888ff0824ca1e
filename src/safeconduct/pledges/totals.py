"""Numbers about promises that may leave the room; small cells are hidden by whoever publishes."""

from datetime import datetime

from safeconduct.pledges import queries
from safeconduct.pledges.rules import Kept


def kept(*, now: datetime) -> Kept:
    """Return how promises were kept as of `now`, over everybody."""
    return queries.kept(now=now)
