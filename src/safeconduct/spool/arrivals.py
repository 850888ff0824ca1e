"""Numbers what a channel brings and stores it, sealed, before anybody is told that it came.

A provider's own id is kept as a keyed hash, for a day, and marks what may have come before; it is
never a key, for providers leave it out and repeat it.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from safeconduct import clock
from safeconduct.envelope import Carried, InboundText
from safeconduct.spool.edge import Edge
from safeconduct.spool.queue import Change, Queue

_ARRIVAL, _SEEN, _SEEN_KEY = "arrival", "seen:", "seen-key"
FORGET_EVERY_S = 3600.0
SEEN_FOR = timedelta(hours=24)  # a provider's usual longest wait before it gives a text up


def store(edge: Edge, change: Change, make: Callable[[int], Carried], *, key: str = "") -> bool:
    """Give one thing the route's next arrival number and store it in the caller's transaction.

    Args:
        make: from the number to the thing.
        key: the channel's own, where it has one that never comes twice; else route and number.

    Returns:
        Whether it was new; what is known by its key changes nothing.
    """
    if key and change.knows(key):
        return False
    arrival = 1 + int.from_bytes(change.note(_ARRIVAL) or b"", "big")
    change.set_note(_ARRIVAL, arrival.to_bytes(8, "big"))
    name = key or f"{edge.config.name}:{arrival}"
    edge.to_core.put_within(change, [(name, make(arrival).to_bytes())])
    return True


def text_of(
    edge: Edge,
    arrival: int,
    *,
    sender: str,
    text: str,
    recipient: str = "",
    raw: bytes = b"",
    maybe_again: bool = False,
    edited: bool = False,
) -> InboundText:
    """Return one whole text as this gateway brings it, with its own time."""
    return InboundText(
        route=edge.config.name,
        arrival=arrival,
        arrived_at=clock.wall(),
        sender=_whole(sender),
        recipient=_whole(recipient),
        text=_whole(text),
        reference=0,
        part=1,
        parts=1,
        raw=raw,
        maybe_again=maybe_again,
        edited=edited,
    )


def _whole(text: str) -> str:
    """Return `text` with half a surrogate pair shown as what cannot be read: JSON can bring one."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def came_before(change: Change, provider_id: bytes, *, now: datetime) -> bool:
    """Return whether a text with this id of the provider's came within a day, and remember it."""
    key = change.note(_SEEN_KEY)
    if key is None:
        key = secrets.token_bytes(32)
        change.set_note(_SEEN_KEY, key)
    name = _SEEN + hmac.new(key, provider_id, hashlib.sha256).hexdigest()[:32]
    before = change.note(name)
    change.set_note(name, int((now + SEEN_FOR).timestamp()).to_bytes(8, "big"))
    return before is not None and int.from_bytes(before, "big") > now.timestamp()


def forget(queue: Queue, *, now: datetime) -> None:
    """Forget the ids that came more than a day ago."""
    old = [
        name
        for name, until in queue.notes(_SEEN).items()
        if int.from_bytes(until, "big") < now.timestamp()
    ]
    if old:
        with queue.change() as change:
            for name in old:
                change.set_note(name, None)


async def forget_hourly(edge: Edge) -> None:
    """Forget them every hour, for ever."""
    while True:
        await asyncio.to_thread(forget, edge.to_core.queue, now=clock.wall())
        await asyncio.sleep(FORGET_EVERY_S)
