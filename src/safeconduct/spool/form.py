"""The carried form, octet by octet: what was stored together, under one wrapped key and one signature.

Each thing in it has a box, a key and a number of its own. Its leaf names the leaf before it, so that the
chain of a sender is over things and not over forms; and what is signed is the root of a hash tree over the
leaves (as RFC 9162 §2.1 has it for logs), so that each can be taken out with its own way up to the root,
and stands alone: set aside, or kept until a person looks at it (`Form.alone`). Nobody is judged here, and
nothing opened; see spool/carried.py.
"""

import hashlib
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from safeconduct.envelope import Sealed

MOST = 256  # things in one form; whoever sends more is none of ours
SIGNATURE_BYTES = 64  # RFC 8032, Ed25519
_MAGIC = b"SC3"
_HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"  # told apart, so that no node passes for a thing (RFC 9162 §2.1.1)
# Magic, things, number of the first, leaf before it, signature; of the way up to the root: which hashes
# stand left, and how many there are; octets of the wrapped key and of the sender's name.
_HEAD = struct.Struct(f">3sHQ{_HASH_BYTES}s{SIGNATURE_BYTES}sIBHB")
_NUMBER, _KEY, _BOX = struct.Struct(">Q"), struct.Struct(">H"), struct.Struct(">I")
_DEEPEST = MOST.bit_length()

Thing = tuple[str, bytes]  # a key and a box


class CarriedRefused(ValueError):
    """A carried form that must not be believed."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a sender's chain has come: the last number, and the leaf of that thing."""

    seq: int = 0
    prev: bytes = bytes(_HASH_BYTES)

    def to_bytes(self) -> bytes:
        """Return the form kept as a queue's note."""
        return _NUMBER.pack(self.seq) + self.prev

    @classmethod
    def from_bytes(cls, raw: bytes | None) -> Self:
        """Read a note; None is the beginning."""
        return cls() if raw is None else cls(_NUMBER.unpack_from(raw)[0], raw[8:])


@dataclass(frozen=True, slots=True)
class Form:
    """One carried form, read.

    Attributes:
        before: the sender's mark before the first thing.
        way: which hashes of the way up stand left, and the hashes; none where all things are here.
        leaves: one for each thing.
    """

    sender: str
    before: Mark
    wrap: bytes
    things: Sequence[Thing]
    way: tuple[int, Sequence[bytes]]
    signature: bytes
    leaves: Sequence[bytes]

    @property
    def after(self) -> Mark:
        """Return the sender's mark behind the last thing."""
        return Mark(self.before.seq + len(self.things), self.leaves[-1])

    def mark(self, place: int) -> Mark:
        """Return the sender's mark behind the thing at this place, counted from 0."""
        return Mark(self.before.seq + place + 1, self.leaves[place])

    def sealed(self, place: int) -> Sealed:
        """Return the thing at this place, as it is judged and opened."""
        key, box = self.things[place]
        prev = self.leaves[place - 1] if place else self.before.prev
        return Sealed(self.sender, self.before.seq + place + 1, prev, key, self.wrap, box)

    def each(self) -> list[Sealed]:
        """Return every thing of it, in order."""
        return [self.sealed(place) for place in range(len(self.things))]

    def root(self) -> bytes:
        """Return the root to which these things lead."""
        found = _levels(self.leaves)[-1][0]
        sides, beside = self.way
        for level, each in enumerate(beside):
            pair = each + found if sides >> level & 1 else found + each
            found = hashlib.sha256(_NODE + pair).digest()
        return found

    def alone(self, place: int) -> bytes:
        """Return the octets of a form that holds the thing at this place alone."""
        way = self.way if len(self.things) == 1 else _way(_levels(self.leaves), place)
        before = Mark(self.before.seq + place, self.sealed(place).prev)
        only, leaf = [self.things[place]], [self.leaves[place]]
        return Form(self.sender, before, self.wrap, only, way, self.signature, leaf).to_bytes()

    def to_bytes(self) -> bytes:
        """Return the octets that `read` reads."""
        name, before, (sides, beside) = self.sender.encode(), self.before, self.way
        sizes = (sides, len(beside), len(self.wrap), len(name))
        head = _HEAD.pack(
            _MAGIC, len(self.things), before.seq + 1, before.prev, self.signature, *sizes
        )
        parts = [head, name, self.wrap, *beside]
        for key, box in self.things:
            named = key.encode()
            parts += (_KEY.pack(len(named)), named, _BOX.pack(len(box)), box)
        return b"".join(parts)


def leaves(sender: str, before: Mark, wrap: bytes, things: Sequence[Thing]) -> list[bytes]:
    """Return the leaf of each thing, which holds the one before it."""
    name, wrapped = sender.encode(), hashlib.sha256(wrap).digest()
    head, found, prev = _LEAF + bytes((len(name),)) + name + wrapped, [], before.prev
    number, length, sha256 = _NUMBER.pack, _KEY.pack, hashlib.sha256
    for seq, (key, box) in enumerate(things, before.seq + 1):
        named = key.encode()
        prev = sha256(b"".join((head, number(seq), prev, length(len(named)), named, box))).digest()
        found.append(prev)
    return found


def _levels(below: Sequence[bytes]) -> list[Sequence[bytes]]:
    """Return the tree from its leaves up to its root; who has no neighbour goes up as he is."""
    levels = [below]
    while len(below) > 1:
        pairs = zip(below[::2], below[1::2], strict=False)
        above = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
        below = above + list(below[len(below) // 2 * 2 :])
        levels.append(below)
    return levels


def _way(levels: Sequence[Sequence[bytes]], place: int) -> tuple[int, list[bytes]]:
    """Return a leaf's way up: on which side each hash beside it stands, and the hashes."""
    sides, beside = 0, list[bytes]()
    for level in levels[:-1]:
        if place ^ 1 < len(level):
            sides |= (place & 1) << len(beside)
            beside.append(level[place ^ 1])
        place >>= 1
    return sides, beside


def write(
    sender: str, before: Mark, wrap: bytes, things: Sequence[Thing], sign: Callable[[bytes], bytes]
) -> tuple[bytes, Mark]:
    """Return the octets of things that are stored together, and the sender's mark behind them.

    Args:
        things: `MOST` at most, one at least.
        sign: from the root to the signature over it.
    """
    grown = leaves(sender, before, wrap, things)
    signature = sign(_levels(grown)[-1][0])
    made = Form(sender, before, wrap, things, (0, ()), signature, grown)
    return made.to_bytes(), made.after


def read(raw: bytes) -> Form:
    """Read back what `Form.to_bytes` wrote.

    Raises:
        CarriedRefused: these octets are no carried form.
    """
    if raw[:3] != _MAGIC:
        raise CarriedRefused("these bytes are no carried form of ours")
    try:
        _, count, seq, prev, signature, sides, depth, wrap, name = _HEAD.unpack_from(raw)
        sender = raw[_HEAD.size : _HEAD.size + name].decode()
        ways = _HEAD.size + name + wrap
        things = _things(raw, ways + depth * _HASH_BYTES, count)
        before, key = Mark(seq - 1, prev), raw[ways - wrap : ways]
        grown = leaves(sender, before, key, things)
    except (struct.error, UnicodeDecodeError) as error:
        raise CarriedRefused("these bytes are cut off or garbled") from error
    if not 0 < count <= MOST or not seq or depth > (_DEEPEST if count == 1 else 0):
        raise CarriedRefused("these bytes are no carried form of ours")
    beside = [raw[ways + n * _HASH_BYTES :][:_HASH_BYTES] for n in range(depth)]
    return Form(sender, before, key, things, (sides, beside), signature, grown)


def _things(raw: bytes, at: int, count: int) -> list[Thing]:
    found: list[Thing] = []
    for _ in range(count):
        box = at + 2 + _KEY.unpack_from(raw, at)[0]
        end = box + 4 + _BOX.unpack_from(raw, box)[0]
        found.append((raw[at + 2 : box].decode(), raw[box + 4 : end]))
        at = end
    if at != len(raw):
        raise CarriedRefused("these bytes are cut off or garbled")
    return found


def numbers(raw: bytes) -> tuple[int, int]:
    """Return the numbers of the first and the last thing of a form that lies in a queue of ours."""
    _, count, seq, *_rest = _HEAD.unpack_from(raw)
    return seq, seq + count - 1
