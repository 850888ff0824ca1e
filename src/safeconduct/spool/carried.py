"""The one carried form: how a thing is sealed, signed, numbered and chained, and opened again.

Each `Sealed` stands alone: it carries the HPKE-wrapped key of its batch, so that a receiver that
lost its memory opens the next one as well as the first. One wrap serves a batch of at most ten
seconds. One signature serves whatever is stored in one transaction: it is made over the root of a hash
tree, and each thing carries its own way up to the root (as RFC 9162 §2.1 has it for logs), so that
it can be judged without the others. The price of a message is one AES-GCM and some hashes.
Opening refuses gaps, replays, broken chains and foreign senders. It never guesses.
Keys are raw bytes, as `sealing.new_box_keys` and `sealing.new_sign_keys` make them.
"""

import contextlib
import hashlib
import os
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from safeconduct import sealing
from safeconduct.envelope import Sealed

BATCH_S = 10.0  # how long one wrapped key may serve; a wrap for each thing: some 7,500/s a core
_MAGIC = b"SC2"
_BATCH_BYTES = 16
_SIGNATURE_BYTES = 64  # RFC 8032, Ed25519
_HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"  # told apart, so that no node passes for a thing (RFC 9162 §2.1.1)
_PLACE = struct.Struct(
    ">IB"
)  # which of the hashes on the way up stand left, and how many there are
_DEEPEST = 32  # 2^32 things under one signature
_ROOTS_KEPT = 64  # roots whose signature was looked at and stands


class CarriedRefused(ValueError):
    """A carried form that must not be believed."""


class Foreign(CarriedRefused):
    """The sender is unknown, or the signature is not his."""


class Gap(CarriedRefused):
    """A number is missing before this one, or the chain is broken."""


class Replay(CarriedRefused):
    """This number came before."""


class Newer(CarriedRefused):
    """It opens, and holds what only a later release knows: it waits until this end is of one."""


class Unopenable(CarriedRefused):
    """Signed by the right sender, but not sealed to the key we hold."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a sender's chain has come: the last number, and the hash of its carried form."""

    seq: int = 0
    prev: bytes = bytes(_HASH_BYTES)

    def to_bytes(self) -> bytes:
        """Return the form kept as a queue's note."""
        return struct.pack(">Q", self.seq) + self.prev

    @classmethod
    def from_bytes(cls, raw: bytes | None) -> Self:
        """Read a note; None is the beginning."""
        return cls() if raw is None else cls(struct.unpack_from(">Q", raw)[0], raw[8:])


def pack(sealed: Sealed) -> bytes:
    """Return the octets of a carried form without its proof: what the proof is made over."""
    sender, key = sealed.sender.encode(), sealed.key.encode()
    head = struct.pack(">B", len(sender)) + sender + struct.pack(">Q", sealed.seq) + sealed.prev
    return _MAGIC + head + struct.pack(">H", len(key)) + key + sealed.body


def unpack(raw: bytes) -> Sealed:
    """Read back what `pack` wrote, from a carried form as it lies in a spool and goes over the link.

    Raises:
        CarriedRefused: these octets are no carried form.
    """
    return _read(_bare(raw))


def _read(bare: bytes) -> Sealed:
    try:
        if bare[:3] != _MAGIC:
            raise CarriedRefused("these bytes are no carried form of ours")
        at = 4 + bare[3]
        sender = bare[4:at].decode()
        (seq,) = struct.unpack_from(">Q", bare, at)
        prev = bare[at + 8 : at + 8 + _HASH_BYTES]
        at += 8 + _HASH_BYTES
        (length,) = struct.unpack_from(">H", bare, at)
        key = bare[at + 2 : at + 2 + length].decode()
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise CarriedRefused("these bytes are cut off or garbled") from error
    return Sealed(sender, seq, prev, key, bare[at + 2 + length :])


def _bare(raw: bytes) -> bytes:
    """Return a carried form without its proof."""
    tail = _PLACE.size + _SIGNATURE_BYTES
    if len(raw) < tail or raw[:3] != _MAGIC:
        raise CarriedRefused("these bytes are no carried form of ours")
    _index, depth = _PLACE.unpack_from(raw, len(raw) - tail)
    end = len(raw) - tail - depth * _HASH_BYTES
    if end < 0:
        raise CarriedRefused("these bytes are cut off or garbled")
    return raw[:end]


def after(raw: bytes) -> Mark:
    """Return the chain's mark once the carried form in `raw` was accepted."""
    bare = _bare(raw)
    return Mark(_read(bare).seq, leaf(bare))


def leaf(bare: bytes) -> bytes:
    """Return the hash of a packed form: what the next one of its sender names, and a tree stands on."""
    return hashlib.sha256(_LEAF + bare).digest()


def _levels(leaves: list[bytes]) -> list[list[bytes]]:
    """Return the tree from its leaves up to its root; who has no neighbour goes up as he is."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        above = [hashlib.sha256(_NODE + left + right).digest() for left, right in pairs]
        levels.append(above + below[len(below) // 2 * 2 :])
    return levels


def _proof(levels: list[list[bytes]], index: int) -> bytes:
    """Return a leaf's way up: the hashes beside it, and on which side each stands."""
    beside: list[bytes] = []
    sides = 0
    for level in levels[:-1]:
        if index ^ 1 < len(level):
            sides |= (index & 1) << len(beside)
            beside.append(level[index ^ 1])
        index >>= 1
    return b"".join(beside) + _PLACE.pack(sides, len(beside))


def proven(bare: list[bytes], leaves: list[bytes], *, sign: bytes, direction: str) -> list[bytes]:
    """Return packed forms each with its own proof behind it, by one signature for all.

    Args:
        leaves: `leaf` of each.
    """
    if not bare:
        return []
    levels = _levels(leaves)
    signature = sealing.sign(sign, direction.encode() + levels[-1][0])
    return [each + _proof(levels, n) + signature for n, each in enumerate(bare)]


def _root(raw: bytes, bare: bytes) -> bytes:
    """Return the root to which a carried form's own proof leads."""
    sides, depth = _PLACE.unpack_from(raw, len(raw) - _PLACE.size - _SIGNATURE_BYTES)
    if depth > _DEEPEST:
        raise CarriedRefused("these bytes are cut off or garbled")
    found = leaf(bare)
    for level in range(depth):
        at = len(bare) + level * _HASH_BYTES
        beside = raw[at : at + _HASH_BYTES]
        pair = beside + found if sides >> level & 1 else found + beside
        found = hashlib.sha256(_NODE + pair).digest()
    return found


class Sealer:
    """Seals one sender's things to one receiver. Holds a batch key in memory, never on disk.

    Args:
        sender: our name, also the name under which the receiver holds our verification key.
        to: the receiver's public box key, or what returns it: asked for each batch, for it is turned.
        sign: our private signing key.
        direction: "in" towards the core, "out" towards the edge; bound into key and signature.
    """

    def __init__(
        self, sender: str, *, to: bytes | Callable[[], bytes], sign: bytes, direction: str
    ) -> None:
        self._sender, self._to, self._sign, self._direction = sender, to, sign, direction
        self._fresh_until = 0.0
        self._wrap, self._key = b"", b""

    def seal(self, key: str, content: bytes, *, mark: Mark) -> bytes:
        """Return the packed carried form that follows `mark` in this sender's chain."""
        return self.seal_many([(key, content)], mark=mark)[0]

    def seal_many(self, things: Iterable[tuple[str, bytes]], *, mark: Mark) -> list[bytes]:
        """Return the carried forms of things that are stored together, under one signature."""
        self._renew()
        wrap = struct.pack(">H", len(self._wrap)) + self._wrap
        place = sealing.address(self._sender)
        seq, prev = mark.seq, mark.prev
        bare, leaves = [], []
        for key, content in things:
            seq += 1
            body = wrap + sealing.seal(self._key, sealing.pad(content), b"%b|%d" % (place, seq))
            bare.append(pack(Sealed(self._sender, seq, prev, key, body)))
            leaves.append(prev := leaf(bare[-1]))
        return proven(bare, leaves, sign=self._sign, direction=self._direction)

    def _renew(self) -> None:
        if time.monotonic() < self._fresh_until:
            return
        batch, self._key = os.urandom(_BATCH_BYTES), sealing.new_key()
        info = sealing.address(self._sender, self._direction, batch.hex())
        to = self._to() if callable(self._to) else self._to
        self._wrap = batch + sealing.hpke_seal(to, self._key, info=info)
        self._fresh_until = time.monotonic() + BATCH_S


def check_order(sealed: Sealed, *, mark: Mark) -> None:
    """Insist that a carried form is the very next of its sender after `mark`.

    Raises:
        Replay, Gap: as their names say.
    """
    if sealed.seq <= mark.seq:
        raise Replay(f"number {sealed.seq} of {sealed.sender} came before")
    if sealed.seq != mark.seq + 1 or sealed.prev != mark.prev:
        raise Gap(f"number {mark.seq + 1} of {sealed.sender} is missing or was changed")


class Chain:
    """What a receiver without the private key can judge: who, which number, what came before.

    Args:
        senders: public signing keys by name, asked anew each time; anybody else is foreign.
        direction: as the sealer's.
    """

    def __init__(self, senders: Mapping[str, bytes], *, direction: str) -> None:
        self._senders, self._direction = senders, direction
        self._stand: OrderedDict[tuple[bytes, bytes, bytes], None] = OrderedDict()

    def check(self, raw: bytes, *, mark: Mark) -> Sealed:
        """Return the carried form when it is the very next of its sender after `mark`.

        Raises:
            Foreign, Replay, Gap: as their names say.
        """
        sealed = self.check_sender(raw)
        check_order(sealed, mark=mark)
        return sealed

    def check_sender(self, raw: bytes) -> Sealed:
        """Return the carried form when an enrolled sender signed it, whatever its number.

        Raises:
            Foreign: nobody enrolled here did.
        """
        bare = _bare(raw)
        sealed = _read(bare)
        known = self._senders.get(sealed.sender)
        if known is None:
            raise Foreign("a carried form came from a sender that is not enrolled here")
        self._verify(known, _root(raw, bare), raw[-_SIGNATURE_BYTES:])
        return sealed

    def _verify(self, known: bytes, root: bytes, signature: bytes) -> None:
        """Look at a signature once for all things under it, by the key that its sender has now."""
        looked_at = known, root, signature
        if looked_at in self._stand:
            return
        try:
            sealing.verify(known, self._direction.encode() + root, signature)
        except sealing.Tampered as error:
            raise Foreign("a carried form has a signature that is not its sender's") from error
        self._stand[looked_at] = None
        if len(self._stand) > _ROOTS_KEPT:
            self._stand.popitem(last=False)


class Opener:
    """Opens what was sealed to us. Whoever holds one can read; a `Chain` alone cannot.

    Args:
        privates: our private box keys, this week's first; they stay in memory.
        direction: as the sealer's.
        anew: returns those that hold now; asked when a thing opens with none of them.
    """

    def __init__(
        self, *privates: bytes, direction: str, anew: Callable[[], Sequence[bytes]] | None = None
    ) -> None:
        self._privates, self._direction, self._anew = tuple(privates), direction, anew
        self._keys: dict[bytes, bytes] = {}

    def hold(self, *privates: bytes) -> None:
        """Open with these keys from now on, and with no other."""
        self._privates = tuple(privates)

    @property
    def holds(self) -> bool:
        """Return whether there is any key here."""
        return bool(self._privates)

    def open(self, sealed: Sealed) -> bytes:
        """Return the content.

        Raises:
            Unopenable: it was sealed to another key, or altered on the way.

        What `anew` raises goes on: without an answer nothing is judged.
        """
        try:
            (length,) = struct.unpack_from(">H", sealed.body)
            key = self._batch_key(sealed.sender, sealed.body[2 : 2 + length])
            box = sealed.body[2 + length :]
            aad = sealing.address(sealed.sender, str(sealed.seq))
            return sealing.unpad(sealing.unseal(key, box, aad))
        except (sealing.Tampered, struct.error) as error:
            raise Unopenable(
                f"number {sealed.seq} of {sealed.sender} opens with none of the keys held here: it "
                "was altered, or its key was turned more than a week ago"
            ) from error

    def _batch_key(self, sender: str, wrap: bytes) -> bytes:
        if wrap not in self._keys:
            self._keys = {wrap: self._unwrap(sender, wrap)}
        return self._keys[wrap]  # one at a time: a sender finishes a batch before the next

    def _unwrap(self, sender: str, wrap: bytes) -> bytes:
        try:
            return self._unwrap_held(sender, wrap)
        except sealing.Tampered:
            fresh = tuple(self._anew()) if self._anew is not None else self._privates
            if fresh == self._privates:
                raise
            self._privates = fresh
            return self._unwrap_held(sender, wrap)

    def _unwrap_held(self, sender: str, wrap: bytes) -> bytes:
        batch, box = wrap[:_BATCH_BYTES], wrap[_BATCH_BYTES:]
        if not batch:
            raise sealing.Tampered("a wrap that names no batch is none of ours")
        info = sealing.address(sender, self._direction, batch.hex())
        for private in self._privates:
            with contextlib.suppress(sealing.Tampered):
                return sealing.hpke_open(private, box, info=info)
        raise sealing.Tampered("none of the keys held here opens it")
