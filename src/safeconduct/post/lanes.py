"""Which spool a text leaves by."""

from functools import lru_cache
from pathlib import Path

from safeconduct.spool import core_end
from safeconduct.spool.lanes import Sending


def gateway_of(route: str) -> str:
    """Return which gateway serves a route: "smpp" serves "smpp" and "smpp:second"."""
    return route.partition(":")[0]


def leaving_by(data: Path, route: str) -> str:
    """Return the route by which what is to leave by `route` leaves now.

    Its own; or that of the gateway in whose place another stands, where its own was struck out; or ""
    where nothing takes it.
    """
    gateway = gateway_of(route)
    served = core_end.serving(data, gateway)
    return route if served == gateway else served


@lru_cache(maxsize=16)
def _lane(data: Path, gateway: str) -> Sending:
    return core_end.sending_to(data, gateway)


def lane_to(data: Path, route: str) -> Sending:
    """Return the lane to the gateway of a route, opened once in a process."""
    return _lane(data, gateway_of(route))
