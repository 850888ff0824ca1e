"""How a thing is sealed, signed, numbered and chained for the way between machines, and opened again.

Each carried form (spool/form.py) stands alone: it brings the HPKE-wrapped key of its batch, so that a
receiver that lost its memory opens the next one as well as the first. One wrap serves a batch of at most
ten seconds. One signature serves whatever is stored in one transaction. The price of a message is one
AES-GCM and two hashes. Opening refuses gaps, replays, broken chains and foreign senders. It never guesses.
Keys are raw bytes, as `sealing.new_box_keys` and `sealing.new_sign_keys` make them.
"""

import contextlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from safeconduct import sealing
from safeconduct.envelope import Sealed
from safeconduct.spool import form
from safeconduct.spool.form import CarriedRefused, Form, Mark

BATCH_S = 10.0  # how long one wrapped key may serve; a wrap for each thing: some 7,500/s a core
_BATCH_BYTES = 16
_ROOTS_KEPT = 64  # roots whose signature was looked at and stands


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
        self._sender, self._to, self._direction = sender, to, direction
        self._sign = sealing.signing(sign)
        self._fresh_until = 0.0
        self._wrap, self._seal = b"", sealing.sealing_under(sealing.new_key())

    def seal(self, key: str, content: bytes, *, mark: Mark) -> bytes:
        """Return the carried form of one thing, which follows `mark` in this sender's chain."""
        return self.seal_together([(key, content)], mark=mark)[0]

    def seal_together(
        self, things: Sequence[tuple[str, bytes]], *, mark: Mark
    ) -> tuple[bytes, Mark]:
        """Return the carried form of things that are stored together, and the mark behind it.

        Args:
            things: a key and content of each; `form.MOST` at most, one at least.
            mark: the last one before them of this sender's chain.
        """
        self._renew()
        place = sealing.address(self._sender)
        plain = [
            (content, b"%b|%d" % (place, seq))
            for seq, (_key, content) in enumerate(things, mark.seq + 1)
        ]
        keys = (key for key, _content in things)
        boxes = list(zip(keys, self._seal(plain), strict=True))
        return form.write(self._sender, mark, self._wrap, boxes, self._signed)

    def _signed(self, root: bytes) -> bytes:
        return self._sign(self._direction.encode() + root)

    def _renew(self) -> None:
        if time.monotonic() < self._fresh_until:
            return
        batch, key = os.urandom(_BATCH_BYTES), sealing.new_key()
        info = sealing.address(self._sender, self._direction, batch.hex())
        to = self._to() if callable(self._to) else self._to
        self._wrap = batch + sealing.hpke_seal(to, key, info=info)
        self._seal = sealing.sealing_under(key)
        self._fresh_until = time.monotonic() + BATCH_S


def check_order(sealed: Sealed, *, mark: Mark) -> None:
    """Insist that a thing is the very next of its sender after `mark`.

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

    def check(self, raw: bytes, *, mark: Mark) -> Form:
        """Return a carried form whose things are the very next of their sender after `mark`.

        Raises:
            Foreign, Replay, Gap: as their names say.
        """
        read = self.check_sender(raw)
        check_order(read.sealed(0), mark=mark)
        return read

    def check_sender(self, raw: bytes) -> Form:
        """Return a carried form that an enrolled sender signed, whatever its numbers.

        Raises:
            Foreign: nobody enrolled here did.
            CarriedRefused: it is none.
        """
        read = form.read(raw)
        known = self._senders.get(read.sender)
        if known is None:
            raise Foreign("a carried form came from a sender that is not enrolled here")
        self._verify(known, read.root(), read.signature)
        return read

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
        self._batches: dict[bytes, Callable[[bytes, bytes], bytes]] = {}

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
            unseal = self._of_batch(sealed.sender, sealed.wrap)
            return unseal(sealed.box, sealing.address(sealed.sender, str(sealed.seq)))
        except sealing.Tampered as error:
            raise Unopenable(
                f"number {sealed.seq} of {sealed.sender} opens with none of the keys held here: it "
                "was altered, or its key was turned more than a week ago"
            ) from error

    def _of_batch(self, sender: str, wrap: bytes) -> Callable[[bytes, bytes], bytes]:
        if wrap not in self._batches:
            self._batches = {wrap: sealing.unsealing(self._unwrap(sender, wrap))}
        return self._batches[wrap]  # one at a time: a sender finishes a batch before the next

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
