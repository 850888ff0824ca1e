"""What came from outside and was not surely answered: come again after a break, it is marked.

Equal octets in one life of a link are two things, for a frightened man repeats himself. Equal octets in
a later life may be one thing twice: the other side had not read our answer, and sends again. Both are
kept, the later one with a mark. Hashes are keyed, one note holds those of one commit, and they go as
soon as the other side has certainly read the answers, or after a day.
"""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from hashlib import blake2b

from safeconduct import clock
from safeconduct.spool.queue import Change, Queue

KEPT = timedelta(hours=24)  # a carrier's usual longest wait before it gives a text up
_PREFIX, _KEY = "seen:", "seen-key"
_HASH_BYTES = 16


class Seen:
    """Lives beside a queue: what it remembers is stored by the commit that stores the things."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._batches: dict[int, str] = {}  # of this life: number -> the note of its hashes
        self._found: list[tuple[bytes, str]] = []
        self.new_life()

    def new_life(self) -> None:
        """Begin another life of the link: what comes now may have come before."""
        self._life, self._batches, self._found = secrets.token_hex(8), {}, []
        self._earlier: defaultdict[bytes, list[str]] = defaultdict(list)  # hash -> its notes
        for name, value in self._queue.notes(_PREFIX).items():
            for at in range(0, len(value), _HASH_BYTES):
                self._earlier[value[at : at + _HASH_BYTES]].append(name)

    def within(self, change: Change, batch: int, octets: Sequence[bytes]) -> list[bool]:
        """Remember things in the transaction that stores them; return which may have come before.

        Each thing of an earlier life marks one. Call `stored` when the transaction is on disk.

        Args:
            change: of the queue beside which this lives.
            batch: its number in this life, rising.
            octets: what is the same when the other side sends a thing again.
        """
        key = self._key(change)
        hashes = [blake2b(each, key=key, digest_size=_HASH_BYTES).digest() for each in octets]
        taken: dict[bytes, int] = {}
        self._found, marks = [], []
        for each in hashes:
            at, names = taken.get(each, 0), self._earlier.get(each, ())
            marks.append(at < len(names))
            if at < len(names):
                taken[each] = at + 1
                self._found.append((each, names[at]))
        for each, name in self._found:
            self._drop(change, name, each)
        until = int((clock.wall() + KEPT).timestamp())
        self._batches[batch] = f"{_PREFIX}{until:012x}:{self._life}:{batch:x}"
        change.set_note(self._batches[batch], b"".join(hashes))
        return marks

    def _key(self, change: Change) -> bytes:
        key = change.note(_KEY)
        if key is None:
            key = secrets.token_bytes(32)
            change.set_note(_KEY, key)
        return key

    def _drop(self, change: Change, name: str, each: bytes) -> None:
        value = change.note(name) or b""
        kept = [value[at : at + _HASH_BYTES] for at in range(0, len(value), _HASH_BYTES)]
        if each in kept:
            kept.remove(each)
        change.set_note(name, b"".join(kept) or None)

    def stored(self) -> None:
        """Say that the last batch is on disk: a thing of an earlier life marks no second one."""
        for each, name in self._found:
            self._earlier[each].remove(name)
        self._found = []

    def answered(self, upto: int) -> None:
        """Forget what the other side will not send again, up to a batch, and what is too old."""
        names = [self._batches.pop(number) for number in list(self._batches) if number <= upto]
        now = f"{_PREFIX}{int(clock.wall().timestamp()):012x}"
        names += [name for name in self._queue.notes(_PREFIX) if name < now]
        self._forget(names)

    def _forget(self, names: Iterable[str]) -> None:
        if names:
            with self._queue.change() as change:
                for name in names:
                    change.set_note(name, None)
