"""What a gateway sent and may not have sent: noted beside the queue it would have landed in.

A gap, a replay, a foreign signature: one of them is a stolen key, a copied disk or a restored one. The
bytes are set aside, the link ends, and what was refused stands here until a person has looked into it.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from safeconduct import clock
from safeconduct.spool.queue import Change, Queue

_NOTE = "refused:"


@dataclass(frozen=True, slots=True)
class Refusals:
    """All that was refused of one sender since somebody last looked into it.

    Attributes:
        kinds: why → how often: Gap, Replay, Foreign, CarriedRefused, LinkBroken.
        since: wall time of the first.
        told: a supervisor was called about these kinds.
    """

    sender: str
    kinds: dict[str, int]
    since: datetime
    told: bool = False

    def to_bytes(self) -> bytes:
        """Return the form kept as a note."""
        told = {"kinds": self.kinds, "since": self.since.isoformat(), "told": self.told}
        return json.dumps(told).encode()

    @classmethod
    def from_bytes(cls, sender: str, raw: bytes) -> Self:
        """Read a note."""
        told = json.loads(raw)
        since = datetime.fromisoformat(told["since"])
        return cls(sender, dict(told["kinds"]), since, bool(told["told"]))


def note(change: Change, sender: str, *, kind: str) -> None:
    """Count one refusal; a kind that is new calls anew."""
    raw = change.note(_NOTE + sender)
    known = Refusals(sender, {}, clock.wall()) if raw is None else Refusals.from_bytes(sender, raw)
    kinds = {**known.kinds, kind: known.kinds.get(kind, 0) + 1}
    told = known.told and kind in known.kinds
    change.set_note(_NOTE + sender, replace(known, kinds=kinds, told=told).to_bytes())


def of(queue: Queue) -> list[Refusals]:
    """Return what was refused, by sender."""
    return [
        Refusals.from_bytes(name.removeprefix(_NOTE), raw)
        for name, raw in queue.notes(_NOTE).items()
    ]


def mark_told(queue: Queue, refusals: Refusals) -> None:
    """Note that a supervisor was called; what came meanwhile keeps its count."""
    with queue.change() as change:
        raw = change.note(_NOTE + refusals.sender)
        if raw is None:
            return
        now = Refusals.from_bytes(refusals.sender, raw)
        told = now.kinds.keys() == refusals.kinds.keys()
        change.set_note(_NOTE + refusals.sender, replace(now, told=told).to_bytes())


def look_into(queue: Queue, sender: str) -> bool:
    """Say that a person has looked into it, and drop its bytes; return whether there was anything."""
    with queue.change() as change:
        there = change.note(_NOTE + sender) is not None
        change.set_note(_NOTE + sender, None)
        change.forget_quarantined(sender)
    return there
