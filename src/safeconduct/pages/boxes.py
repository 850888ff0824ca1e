"""Where answers lie on the gateway until somebody brings the code: sealed to a key made from it.

The disk holds the public half of that key, the answers sealed to it, and days. With the disk alone
nothing opens, and no handle can be read off it.
"""

import json
import secrets
import struct
from dataclasses import dataclass

from safeconduct import sealing
from safeconduct.envelope import canonical
from safeconduct.pages.wordcode import SALT_BYTES, Owner, index_of
from safeconduct.spool.queue import Change, Queue

_SALT, _BOX, _ANSWER = "contact-salt", "box:", "answer:"
_DAY = struct.Struct(">I")  # the box was last used, or answered into, as date.toordinal() has it
_HEAD = struct.Struct(">IB")  # number of the answer in its box; 1 once it was seen


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, opened.

    Attributes:
        attempt: as the core knows it.
        at: when it came here, as it is shown.
        fresh: nobody has seen it before.
    """

    attempt: str
    at: str
    text: str
    fresh: bool


class Boxes:
    """The boxes of one gateway, as notes of a queue of its own: what it stores is stored whole."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        with queue.change() as change:
            self.salt = change.note(_SALT) or secrets.token_bytes(SALT_BYTES)
            change.set_note(_SALT, self.salt)

    def make(self, owner: Owner, *, today: int) -> None:
        """Make a box for whoever has just written, or note that it is in use."""
        public = sealing.box_public(owner.private)
        with self._queue.change() as change:
            change.set_note(_BOX + owner.index, _DAY.pack(today) + public)

    def put(self, handle: str, *, attempt: str, at: str, text: str, today: int) -> bool:
        """Seal an answer into the box of a handle; False when there is none. Twice is once.

        From this day on the box stays as long as one that was used today.

        Raises:
            SpoolFull: nothing was stored.
        """
        index = index_of(handle, salt=self.salt)
        known = sealing.blind_index(self.salt, "attempt", attempt).hex()
        name = f"{_ANSWER}{index}:{known}"
        with self._queue.change() as change:
            box = change.note(_BOX + index)
            if box is None or change.note(name) is not None:
                return box is not None
            plain = sealing.pad(canonical({"attempt": attempt, "at": at, "text": text}))
            sealed = sealing.hpke_seal(box[_DAY.size :], plain, info=_info(index, known))
            number = 1 + max((n for n, _ in _numbers(change, index)), default=0)
            change.set_note(name, _HEAD.pack(number, 0) + sealed)
            change.set_note(_BOX + index, _DAY.pack(today) + box[_DAY.size :])
        return True

    def answers(self, owner: Owner, *, today: int) -> list[Answered]:
        """Open what lies in a box, newest first, and mark it as seen. No box is an empty one."""
        opened: list[tuple[int, Answered]] = []
        with self._queue.change() as change:
            box = change.note(_BOX + owner.index)
            if box is not None:
                change.set_note(_BOX + owner.index, _DAY.pack(today) + box[_DAY.size :])
            for name, raw in change.notes(f"{_ANSWER}{owner.index}:").items():
                number, seen = _HEAD.unpack_from(raw)
                opened.append((number, _opened(owner, name, raw, fresh=not seen)))
                change.set_note(name, _HEAD.pack(number, 1) + raw[_HEAD.size :])
        return [each for _, each in sorted(opened, key=lambda pair: -pair[0])]

    def erase(self, owner: Owner) -> None:
        """Erase the answers in a box; the box stays."""
        with self._queue.change() as change:
            _empty(change, owner.index)

    def expire(self, *, before: int) -> int:
        """Erase the boxes last used or answered into before a day, with all in them; how many."""
        gone = 0
        with self._queue.change() as change:
            for name, raw in change.notes(_BOX).items():
                if _DAY.unpack_from(raw)[0] < before:
                    _empty(change, name.removeprefix(_BOX))
                    change.set_note(name, None)
                    gone += 1
        return gone


def _numbers(change: Change, index: str) -> list[tuple[int, int]]:
    return [_HEAD.unpack_from(raw) for raw in change.notes(f"{_ANSWER}{index}:").values()]


def _opened(owner: Owner, name: str, raw: bytes, *, fresh: bool) -> Answered:
    info = _info(owner.index, name.rpartition(":")[2])
    plain = sealing.hpke_open(owner.private, raw[_HEAD.size :], info=info)
    return Answered(**json.loads(sealing.unpad(plain)), fresh=fresh)


def _info(index: str, known: str) -> bytes:
    return sealing.address("contact", index, known)


def _empty(change: Change, index: str) -> None:
    for name in change.notes(f"{_ANSWER}{index}:"):
        change.set_note(name, None)
    change.emptied = True
