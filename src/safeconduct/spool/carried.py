"""The one carried form: how a thing is sealed, signed, numbered and chained, and opened again.

Each `Sealed` stands alone: it carries the HPKE-wrapped key of its batch, so that a receiver that
lost its memory opens the next one as well as the first. One wrap serves a batch of at most ten
seconds; the price of a message is one AES-GCM and one signature.
Opening refuses gaps, replays, broken chains and foreign senders. It never guesses.
Keys are raw bytes, as `sealing.new_box_keys` and `sealing.new_sign_keys` make them.
"""

import contextlib
import hashlib
import os
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from safeconduct import sealing
from safeconduct.envelope import Sealed

BATCH_S = 10.0  # how long one wrapped key may serve; a wrap for each thing: some 7,500/s a core
_MAGIC = b"SC1"
_BATCH_BYTES = 16
_SIGNATURE_BYTES = 64  # RFC 8032, Ed25519
_HASH_BYTES = 32


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
    """Return the octets of a carried form, as they lie in a spool and go over the link."""
    sender, key = sealed.sender.encode(), sealed.key.encode()
    head = struct.pack(">B", len(sender)) + sender + struct.pack(">Q", sealed.seq) + sealed.prev
    return _MAGIC + head + struct.pack(">H", len(key)) + key + sealed.body


def unpack(raw: bytes) -> Sealed:
    """Read back what `pack` wrote.

    Raises:
        CarriedRefused: these octets are no carried form.
    """
    try:
        if raw[:3] != _MAGIC:
            raise CarriedRefused("these bytes are no carried form of ours")
        at = 4 + raw[3]
        sender = raw[4:at].decode()
        (seq,) = struct.unpack_from(">Q", raw, at)
        prev = raw[at + 8 : at + 8 + _HASH_BYTES]
        at += 8 + _HASH_BYTES
        (length,) = struct.unpack_from(">H", raw, at)
        key = raw[at + 2 : at + 2 + length].decode()
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise CarriedRefused("these bytes are cut off or garbled") from error
    return Sealed(sender, seq, prev, key, raw[at + 2 + length :])


def after(raw: bytes) -> Mark:
    """Return the chain's mark once the carried form in `raw` was accepted."""
    return Mark(unpack(raw).seq, hashlib.sha256(raw).digest())


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
        self._renew()
        seq = mark.seq + 1
        aad = sealing.address(self._sender, str(seq))
        box = sealing.seal(self._key, sealing.pad(content), aad)
        body = struct.pack(">H", len(self._wrap)) + self._wrap + box
        unsigned = pack(Sealed(self._sender, seq, mark.prev, key, body))
        return unsigned + sealing.sign(self._sign, self._direction.encode() + unsigned)

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
        sealed = unpack(raw)
        known = self._senders.get(sealed.sender)
        if known is None:
            raise Foreign("a carried form came from a sender that is not enrolled here")
        signed, signature = raw[:-_SIGNATURE_BYTES], raw[-_SIGNATURE_BYTES:]
        try:
            sealing.verify(known, self._direction.encode() + signed, signature)
        except sealing.Tampered as error:
            raise Foreign("a carried form has a signature that is not its sender's") from error
        return sealed


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
            box = sealed.body[2 + length : -_SIGNATURE_BYTES]
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
