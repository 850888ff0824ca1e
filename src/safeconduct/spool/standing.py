"""How each gateway stood when it was linked last: its release, and what it had to set aside.

The dialler notes it beside the queue in which that gateway's things land; Settings shows it, and a
supervisor is called when one end must be brought up, or when something waits there for a person.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from safeconduct import clock
from safeconduct.spool.protocol import Speech
from safeconduct.spool.queue import Change, Queue

_NOTE = "standing:"
_MOST_KINDS, _LONGEST = 20, 40  # of what a gateway says, which may be anybody's by now


@dataclass(frozen=True, slots=True)
class Standing:
    """One gateway.

    Attributes:
        speaks: its protocol; release: of what.
        beyond: OLD, NEW, or "": see `protocol.beyond`.
        aside: why it set things aside → how many lie there.
        at: wall time when it was linked last, to a minute.
        told: a supervisor was called about all this.
    """

    gateway: str
    speaks: int
    release: str
    beyond: str
    at: datetime
    aside: Mapping[str, int]
    told: bool = False

    @property
    def worries(self) -> bool:
        """Return whether somebody must see to it."""
        return bool(self.beyond or self.aside)

    def to_bytes(self) -> bytes:
        """Return the form kept as a note."""
        told = {"speaks": self.speaks, "release": self.release, "beyond": self.beyond}
        more = {"at": self.at.isoformat(), "aside": dict(self.aside), "told": self.told}
        return json.dumps({**told, **more}).encode()

    @classmethod
    def from_bytes(cls, gateway: str, raw: bytes) -> Self:
        """Read a note."""
        told = json.loads(raw)
        at = datetime.fromisoformat(told.pop("at"))
        return cls(gateway, at=at, **told)


def met(queue: Queue, gateway: str, speech: Speech, *, beyond: str) -> None:
    """Note what a gateway said of itself; a supervisor who was called about the same is not called again."""
    with queue.change() as change:
        known = _known(change, gateway)
        aside = known.aside if known else {}
        fresh = Standing(gateway, speech.speaks, speech.release, beyond, clock.wall(), aside)
        same = known is not None and (known.beyond, known.speaks) == (beyond, speech.speaks)
        _keep(change, replace(fresh, told=known.told if known and same else False))


def still_linked(queue: Queue, gateway: str) -> None:
    """Note that a gateway is linked at this moment."""
    with queue.change() as change:
        known = _known(change, gateway)
        if known is not None:
            _keep(change, replace(known, at=clock.wall()))


def set_aside(queue: Queue, gateway: str, raw: bytes) -> None:
    """Note what a gateway says it set aside; another kind, or more of one, calls anew."""
    aside = _read(raw)
    with queue.change() as change:
        known = _known(change, gateway)
        if known is None:
            return
        more = any(count > known.aside.get(kind, 0) for kind, count in aside.items())
        _keep(change, replace(known, aside=aside, told=known.told and not more))


def _read(raw: bytes) -> dict[str, int]:
    """Return counts by kind; a gateway that says something else says nothing."""
    try:
        told = json.loads(raw)
        kinds = list(told.items())[:_MOST_KINDS]
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {
        kind[:_LONGEST]: count
        for kind, count in kinds
        if kind.isidentifier() and type(count) is int and 0 < count < 2**31
    }


def _known(change: Change, gateway: str) -> Standing | None:
    raw = change.note(_NOTE + gateway)
    return None if raw is None else Standing.from_bytes(gateway, raw)


def _keep(change: Change, standing: Standing) -> None:
    change.set_note(_NOTE + standing.gateway, standing.to_bytes())


def of(queue: Queue) -> list[Standing]:
    """Return how each stood whose things land in this queue."""
    return [
        Standing.from_bytes(name.removeprefix(_NOTE), raw)
        for name, raw in queue.notes(_NOTE).items()
    ]


def mark_told(queue: Queue, standing: Standing) -> None:
    """Note that a supervisor was called; what came meanwhile calls anew."""
    with queue.change() as change:
        known = _known(change, standing.gateway)
        if known is not None and (known.beyond, known.aside) == (standing.beyond, standing.aside):
            _keep(change, replace(known, told=True))
