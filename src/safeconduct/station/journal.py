"""The station's own file: what it knows lies sealed beside what waits for the core, changed in one transaction.

A record is done once it is here. It is sealed to the core, numbered and chained; what the core has
acknowledged loses its bytes (spool/queue.py), and nothing before. The station itself cannot read it again.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from safeconduct import sealing
from safeconduct.canonical import Carried, canonical
from safeconduct.spool.lanes import Sending
from safeconduct.spool.queue import Change
from safeconduct.stationed import Records
from safeconduct.watch import chain

_KEPT, _ROW, _FIRST = "station:", "station-row", "station-records:"
BESIDE_KEY = "beside-key"  # by which fixes from the gateway beside open; it outlives a passage
_HEAD, _TRACK = "head", "track:"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the chain of a passage has come."""

    number: int = 0
    head: bytes = chain.BEGIN

    def told(self) -> tuple[int, bytes]:
        """Return both."""
        return self.number, self.head


class Journal:
    """Reads and writes the station's file.

    Args:
        lane: to the core.
        key: the station's own; what lies here opens with it alone.
    """

    def __init__(self, lane: Sending, *, key: bytes) -> None:
        self._lane, self._key = lane, key
        self.queue = lane.queue

    def get(self, name: str) -> Any:
        """Return what is kept under a name, None without.

        Raises:
            Tampered: somebody changed it.
        """
        return self._opened(name, self.queue.note(_KEPT + name))

    def _opened(self, name: str, box: bytes | None) -> Any:
        if box is None:
            return None
        return json.loads(sealing.unseal_field(self._key, box, _place(name)))

    def keep(self, change: Change, name: str, value: Any) -> None:
        """Keep plain content under a name in a transaction; None removes it."""
        box = None
        if value is not None:
            box = sealing.seal_field(self._key, canonical(value), _place(name))
        change.set_note(_KEPT + name, box)

    def write(self, change: Change, passage: str, things: Sequence[Carried], *, head: Head) -> Head:
        """Record things of a passage for the core in a transaction; return the chain's head behind them.

        Args:
            head: as `head` returned it for this passage before.
        """
        raws = [thing.to_bytes() for thing in things]
        first = head.number + 1
        records = Records(passage, first, head.head, [raw.decode() for raw in raws])
        self._lane.put_within(change, [(key_of(passage, first), records.to_bytes())])
        after = Head(head.number + len(raws), chain.follow(head.head, raws, first=first))
        self.keep(change, _HEAD, {"number": after.number, "head": after.head.hex(), "of": passage})
        return after

    def refuse(self, change: Change, passage: str, word: Carried) -> None:
        """Tell the core that a passage was not taken, once; it has no chain here."""
        records = Records(passage, 1, chain.BEGIN, [word.to_bytes().decode()])
        self._lane.put_within(change, [(f"{_FIRST}{passage}:refused", records.to_bytes())])

    def head(self, passage: str) -> Head:
        """Return how far the chain of a passage has come; its beginning for another one."""
        told = self.get(_HEAD)
        if told is None or told["of"] != passage:
            return Head()
        return Head(told["number"], bytes.fromhex(told["head"]))

    def keep_track(
        self, change: Change, row: int, fixes: Sequence[Carried], *, forget: Sequence[str] = ()
    ) -> str:
        """Keep fixes to judge by after a restart, and up to which row of the lane beside they were taken.

        Args:
            forget: what is dropped in their place; the core's copy waits in its lane until it is acknowledged.

        Returns:
            Under what name they are kept; "" when there are none.
        """
        name = f"{_TRACK}{row:012}" if fixes else ""
        if name:
            self.keep(change, name, [fix.to_bytes().decode() for fix in fixes])
        change.drop_notes(_KEPT + each for each in forget)
        change.set_note(_ROW, str(row).encode())
        return name

    def taken(self) -> int:
        """Return the last row of the lane beside that was taken."""
        return int(self.queue.note(_ROW) or b"0")

    def track(self) -> dict[str, list[bytes]]:
        """Return the fixes kept, oldest first, by the name under which they are."""
        found = {}
        for full, box in self.queue.notes(_KEPT + _TRACK).items():
            name = full.removeprefix(_KEPT)
            found[name] = [raw.encode() for raw in self._opened(name, box)]
        return found

    def wipe(self, change: Change) -> None:
        """Drop all that is known of the passage. Only what waits for the core stays, sealed to it."""
        gone = [name for name in change.notes(_KEPT) if name != _KEPT + BESIDE_KEY]
        change.drop_notes(gone)
        change.emptied = True

    def waiting(self) -> int:
        """Return how many records the core has not acknowledged."""
        return self.queue.waiting()


def key_of(passage: str, first: int) -> str:
    """Return the key under which records wait for the core, by the number of the first of them."""
    return f"{_FIRST}{passage}:{first}"


def _place(name: str) -> bytes:
    return sealing.address("station", name.replace(":", "."))
