"""What our boxes, keyed hashes and wraps cost beside the library's bare ones, in one run.

Both take raw keys, as ours lie: on a page of 50 rows there are 50 keys, so a key schedule that is
ready would be nobody's. They are measured in turns, so that a busy machine slows both alike. A text
is ninety letters of Cyrillic, as his are. A box of ours (length, filling, version, address) may cost
twice the bare one, a keyed hash and a key to somebody half as much again as its bare peer.
"""

import hmac
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safeconduct import sealing
from safeconduct.bench.figure import Figure, middle
from safeconduct.spool.carried import Chain, Opener, Sealer
from safeconduct.spool.form import Mark, read

FULL, QUICK = (60, 200), (20, 50)  # rounds, and things done in one round
WARM = 2
BATCH = 100  # messages of one batch: ten a second for the ten seconds that a wrap may serve
TEXT = ("Нас здесь четверо, еды на два дня, связь только ночью, ответьте: " * 2)[:90].encode()
ADDRESS = sealing.address("conversations.Message.body", "c0mpartment1", "n4thmg7cdefg")
INFO = b"bench"
_NONCE, _MICRO = 12, 1e6


@dataclass(frozen=True, slots=True)
class Pair:
    """Our way and the other, each a function of how many times; `many`: what one call of it does."""

    metric: str
    ours: Callable[[], object]
    against: str
    other: Callable[[], object]
    target: str
    ours_many: int = 1
    other_many: int = 1


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures."""
    rounds, many = QUICK if quick else FULL
    for pair in pairs():
        yield _figure(pair, rounds=rounds, many=many)


def pairs() -> Iterator[Pair]:
    """Yield what stands beside what, both sides ready to run."""
    yield from _boxes()
    yield from _hashes()
    yield from _wraps()
    yield from _batches()


def _boxes() -> Iterator[Pair]:
    key, padded = sealing.new_key(), sealing.pad(TEXT)
    box = sealing.seal_field(key, TEXT, ADDRESS)
    nonce, closed = box[1 : 1 + _NONCE], box[1 + _NONCE :]
    yield Pair(
        "seal one text, padded and bound to its row",
        lambda: sealing.seal_field(key, TEXT, ADDRESS),
        "AES-256-GCM of as many bytes",
        lambda: AESGCM(key).encrypt(os.urandom(_NONCE), padded, ADDRESS),
        "<= 2",
    )
    yield Pair(
        "open one text",
        lambda: sealing.unseal_field(key, box, ADDRESS),
        "AES-256-GCM of as many bytes",
        lambda: AESGCM(key).decrypt(nonce, closed, ADDRESS),
        "<= 2",
    )


def _hashes() -> Iterator[Pair]:
    key, number = sealing.new_key(), "+380501112233"
    yield Pair(
        "blind index of one number",
        lambda: sealing.blind_index(key, "phone", number),
        "HMAC-SHA256 of as many bytes",
        lambda: hmac.digest(key, b"phone|+380501112233", "sha256"),
        "<= 1.5",
    )
    yield Pair(
        "one field key from a compartment's",
        lambda: sealing.field_key(key, "body"),
        "HKDF-SHA256 of the library",
        lambda: HKDF(hashes.SHA256(), 32, None, b"field|v1|body").derive(key),
        "<= 1.5",
    )


def _wraps() -> Iterator[Pair]:
    old, new, aad = sealing.new_key(), sealing.new_key(), b"dek|v1|c0mpartment1|1"
    wrapped = sealing.seal(old, sealing.new_key(), aad)
    nonce, closed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
    yield Pair(
        "re-wrap one compartment's key",
        lambda: sealing.seal(new, sealing.unseal(old, wrapped, aad), aad),
        "AES-256-GCM, opened and sealed",
        lambda: AESGCM(new).encrypt(
            os.urandom(_NONCE), AESGCM(old).decrypt(nonce, closed, aad), aad
        ),
        "<= 2",
    )
    _private, hybrid = sealing.new_box_keys()
    curve = X25519PrivateKey.generate().public_key().public_bytes_raw()
    classic = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
    yield Pair(
        "seal to ML-KEM-768 + X25519",
        lambda: sealing.hpke_seal(hybrid, TEXT, info=INFO),
        "HPKE by X25519 alone",
        lambda: classic.encrypt(TEXT, X25519PublicKey.from_public_bytes(curve), INFO),
        "<= 1.5",
    )


def _batches() -> Iterator[Pair]:
    private, public = sealing.new_box_keys()
    sign, verify = sealing.new_sign_keys()

    def way_out(*, wraps: int) -> list[bytes]:
        """Return BATCH messages carried, with so many wraps among them."""
        sent: list[bytes] = []
        mark = Mark()
        for _ in range(wraps):
            sealer = Sealer("smpp", to=public, sign=sign, direction="in")
            for _ in range(BATCH // wraps):
                sent.append(sealer.seal("k", TEXT, mark=mark))
                mark = read(sent[-1]).after
        return sent

    def way_in(sent: list[bytes]) -> None:
        chain, opener = Chain({"smpp": verify}, direction="in"), Opener(private, direction="in")
        mark = Mark()
        for raw in sent:
            right = chain.check(raw, mark=mark)
            opener.open(right.sealed(0))
            mark = right.after

    batch, single = way_out(wraps=1), way_out(wraps=BATCH)
    yield Pair(
        f"seal, sign and number a message, one wrap for {BATCH}",
        lambda: way_out(wraps=1),
        "the same with a wrap for each message",
        lambda: way_out(wraps=BATCH),
        "<= 0.6",
        ours_many=BATCH,
        other_many=BATCH,
    )
    yield Pair(
        f"check and open a message, one wrap for {BATCH}",
        lambda: way_in(batch),
        "the same with a wrap for each message",
        lambda: way_in(single),
        "<= 0.8",
        ours_many=BATCH,
        other_many=BATCH,
    )


def _figure(pair: Pair, *, rounds: int, many: int) -> Figure:
    ours: list[float] = []
    other: list[float] = []
    for turn in range(WARM + rounds):
        first, second = (
            _each_us(pair.ours, pair.ours_many, many),
            _each_us(pair.other, pair.other_many, many),
        )
        if turn >= WARM:
            ours.append(first)
            other.append(second)
    value, beside = middle(ours), middle(other)
    return Figure(
        bench="crypto",
        metric=pair.metric,
        value=value,
        unit="µs",
        against=f"{pair.against} ({beside:.3g} µs)",
        ratio=value / beside,
        target=pair.target,
    )


def _each_us(work: Callable[[], object], size: int, many: int) -> float:
    """Return the microseconds of one thing, of at least `many` done in a row."""
    turns = max(1, many // size)
    began = time.perf_counter()
    for _ in range(turns):
        work()
    return (time.perf_counter() - began) * _MICRO / (turns * size)
