"""The journal's mathematics: a Merkle tree after RFC 6962 §2.1, SHA-256. Pure.

Two logs have this form: the core's and the keeper's. An entry says who did what to which ref, and
when; never what was said.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from safeconduct.envelope import canonical

_LEAF, _NODE = b"\x00", b"\x01"
_HASH_BYTES = 32
_BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Told:
    """What one entry says. `at_us` is world time in microseconds since 1970, exact on any machine."""

    seq: int
    at_us: int
    who: str
    verb: str
    subject: str
    digest: bytes

    def leaf(self, log: str) -> bytes:
        """Return the leaf hash of this entry in the log named `log`.

        Its bytes are the words in order, each ended by NUL, then the digest.

        Raises:
            ValueError: a word holds a NUL, so two entries could have the same bytes.
        """
        words = (log, str(self.seq), str(self.at_us), self.who, self.verb, self.subject)
        told = "\0".join(words)
        if told.count("\0") != len(words) - 1:
            raise ValueError("a word of the journal holds no NUL")
        return leaf_hash(told.encode() + b"\0" + self.digest)


def micros(at: datetime) -> int:
    """Return microseconds since 1970 UTC, without rounding."""
    return (at - _BEGIN) // timedelta(microseconds=1)


def instant(at_us: int) -> datetime:
    """Return the instant that `micros` took."""
    return _BEGIN + timedelta(microseconds=at_us)


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf; its prefix keeps a leaf from ever passing for a node."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of two subtrees."""
    return hashlib.sha256(_NODE + left + right).digest()


@dataclass(frozen=True, slots=True)
class Peaks:
    """A tree's growing edge: the roots of its perfect subtrees, largest first, and its size.

    Enough to append and to tell the root in O(log n), without reading the entries.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def grown(self, leaf: bytes) -> "Peaks":
        """Return the tree with one more leaf."""
        return grow((leaf,), onto=self)

    def root(self) -> bytes:
        """Return the Merkle tree hash; of the empty tree, the hash of nothing."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, top = self.hashes
        for left in reversed(rest):
            top = node_hash(left, top)
        return top

    def to_bytes(self) -> bytes:
        """Return the peaks, one behind the other."""
        return b"".join(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> "Peaks":
        """Read back what `to_bytes` wrote.

        Raises:
            ValueError: a tree of `size` has another number of peaks.
        """
        if len(raw) != size.bit_count() * _HASH_BYTES:
            raise ValueError(f"a tree of {size} leaves does not have these peaks")
        starts = range(0, len(raw), _HASH_BYTES)
        return cls(size, tuple(raw[i : i + _HASH_BYTES] for i in starts))


def grow(leaves: Iterable[bytes], *, onto: Peaks | None = None) -> Peaks:
    """Return the tree of `leaves`, or `onto` with them appended."""
    size, hashes = (onto.size, list(onto.hashes)) if onto else (0, [])
    for leaf in leaves:
        twins, top = size, leaf
        while twins & 1:
            top = node_hash(hashes.pop(), top)
            twins >>= 1
        hashes.append(top)
        size += 1
    return Peaks(size, tuple(hashes))


def head_bytes(*, log: str, size: int, root: bytes, at_us: int) -> bytes:
    """Return what the keeper signs when a head leaves the house."""
    return canonical({"log": log, "size": size, "root": root.hex(), "at_us": at_us})


def name_of(log: str, branch: int) -> str:
    """Return the name under which heads of a log leave: after each restore a new branch has its own."""
    return log if branch == 0 else f"{log}.{branch}"


def branch_bytes(*, log: str, branch: int, size: int, root: bytes, lost: int, at_us: int) -> bytes:
    """Return what the keeper signs when a log goes on from a restored copy.

    Args:
        size, root: of the copy; heads of earlier branches hold up to there and no further.
        lost: how long the log was when its last head before was signed.
    """
    told = {"log": log, "branch": branch, "size": size, "root": root.hex(), "lost": lost}
    return canonical({"is": "branch", **told, "at_us": at_us})
