"""Sealed boxes, keyed hashes, signatures and the keeper's wire. Pure: keys are arguments.

Nothing here keeps a key, reads a file or knows a room. Changed bytes are never opened: what does
not open raises `Tampered` and says no more: which part was wrong would help whoever tries.
"""

import hashlib
import hmac
import json
import os
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from safeconduct.envelope import canonical

VERSION = 1
KEY_BYTES = 32
# body: what staff wrote and decided; text: what was said with him; line: its beginning, for a list;
# sent: what leaves; sign: why somebody reads again; why: why somebody was let in.
KINDS = ("body", "text", "line", "sent", "sign", "phone", "name", "pos", "why")
# Lengths a box may have inside: a text, a long text, a page, then doubling to 64 KiB, then its
# multiples. Whoever holds the disk learns the bucket, not the length.
BUCKETS = (64, 160, 320, 1024, 2048, 4096, 8192, 16384, 32768, 65536)
_ZEROS = bytes(BUCKETS[0])
_NONCE_BYTES = 12  # 96 bits, random: 2^32 boxes under one key stay safe (NIST SP 800-38D §8.3)
_TAG_BYTES = 16
_LENGTH = 4  # bytes of a length, big-endian, before padded text and before a frame
_PART = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_PRIVATE_HALVES = (64, 32)  # ML-KEM-768 seed (FIPS 203), X25519 scalar
_PUBLIC_HALVES = (1184, 32)
MAX_FRAME = 4 * 2**20


class Tampered(ValueError):
    """A box, a signature or a frame is not what was written under this key and address."""


# --- boxes: AES-256-GCM ------------------------------------------------------------------------


def address(*parts: str) -> bytes:
    """Return the associated data that binds a box to its place: `v1|part|part…`.

    Raises:
        ValueError: a part has a letter outside the refs' alphabet, so two places could look alike.
    """
    for part in parts:
        if not _PART.fullmatch(part):
            raise ValueError("a sealed row's address takes refs only: letters, digits and _ . : -")
    return "|".join(("v1", *parts)).encode()


def addresses(*parts: str) -> Callable[[str], bytes]:
    """Return what gives `address(*parts, ref)` of each of many refs; their common beginning is made once.

    Raises:
        ValueError: as `address`, for the parts at once and for a ref when it is asked.
    """
    begin, is_part = address(*parts) + b"|", _PART.fullmatch

    def of(ref: str) -> bytes:
        return begin + ref.encode() if is_part(ref) else address(*parts, ref)

    return of


def new_key() -> bytes:
    """Return 32 fresh random bytes."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Return version byte, nonce, ciphertext and tag of `plain`, bound to `aad`; length is shown."""
    nonce = os.urandom(_NONCE_BYTES)
    return bytes((VERSION,)) + nonce + AESGCM(key).encrypt(nonce, plain, aad)


def unseal(key: bytes, box: bytes, aad: bytes) -> bytes:
    """Return what `seal` took.

    Raises:
        Tampered: another key, another place, changed, cut, or a version not known here.
    """
    if len(box) < 1 + _NONCE_BYTES + _TAG_BYTES or box[0] != VERSION:
        raise Tampered("this is no sealed box of a version known here")
    try:
        return AESGCM(key).decrypt(box[1 : 1 + _NONCE_BYTES], box[1 + _NONCE_BYTES :], aad)
    except InvalidTag:
        raise Tampered("the box does not open: another key, another place, or changed") from None


def _bucket(wanted: int) -> int:
    if wanted <= BUCKETS[-1]:
        return BUCKETS[bisect_left(BUCKETS, wanted)]
    return -(-wanted // BUCKETS[-1]) * BUCKETS[-1]


def pad(plain: bytes) -> bytes:
    """Return `plain` behind its length, filled with zeros to the next bucket."""
    wanted = len(plain) + _LENGTH
    return struct.pack(">I", len(plain)) + plain + bytes(_bucket(wanted) - wanted)


def unpad(padded: bytes) -> bytes:
    """Return what `pad` took.

    Raises:
        Tampered: the length or the filling is not what `pad` writes.
    """
    end = _LENGTH + int.from_bytes(padded[:_LENGTH], "big")
    whole = len(padded)
    if whole < _LENGTH or end > whole or _bucket(end) != whole:
        raise Tampered("the box holds no padded text of ours")
    if padded.count(0, end) != whole - end:
        raise Tampered("the box holds no padded text of ours")
    return padded[_LENGTH:end]


def seal_field(key: bytes, plain: bytes, aad: bytes) -> bytes:
    """Seal one field of one row, padded."""
    return seal(key, pad(plain), aad)


def unseal_field(key: bytes, box: bytes, aad: bytes) -> bytes:
    """Return what `seal_field` took.

    Raises:
        Tampered: see `unseal`.
    """
    return unpad(unseal(key, box, aad))


def sealing_under(key: bytes) -> Callable[[Sequence[tuple[bytes, bytes]]], list[bytes]]:
    """Return `seal_field` under one key, for many pairs of plain and place: the key's schedule is made once."""
    encrypt, version = AESGCM(key).encrypt, bytes((VERSION,))

    def seal_all(things: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        chance = os.urandom(_NONCE_BYTES * len(things))  # one call of the system for all
        nonces = (chance[at : at + _NONCE_BYTES] for at in range(0, len(chance), _NONCE_BYTES))
        return [
            version + nonce + encrypt(nonce, pad(plain), aad)
            for nonce, (plain, aad) in zip(nonces, things, strict=True)
        ]

    return seal_all


def unsealing(key: bytes) -> Callable[[bytes, bytes], bytes]:
    """Return `unseal_field` under one key, for many boxes: the key's schedule is made once."""
    decrypt = AESGCM(key).decrypt
    begin, least = 1 + _NONCE_BYTES, 1 + _NONCE_BYTES + _TAG_BYTES
    smallest, from_bytes = BUCKETS[0], int.from_bytes

    def unseal_one(box: bytes, aad: bytes) -> bytes:
        if len(box) < least or box[0] != VERSION:
            raise Tampered("this is no sealed box of a version known here")
        try:
            padded = decrypt(box[1:begin], box[begin:], aad)
            end = _LENGTH + from_bytes(padded[:_LENGTH], "big")
            if len(padded) == smallest and padded[end:] == _ZEROS[end:] and end <= smallest:
                return padded[_LENGTH:end]  # a number is one of these; `unpad` judges the others
            return unpad(padded)
        except InvalidTag:
            raise Tampered(
                "the box does not open: another key, another place, or changed"
            ) from None

    return unseal_one


# --- derived keys and keyed hashes -------------------------------------------------------------


def hkdf(key: bytes, info: bytes) -> bytes:
    """Return 32 bytes of HKDF-SHA256 without salt (RFC 5869), the only length we use."""
    root = hmac.digest(bytes(32), key, "sha256")
    return hmac.digest(root, info + b"\x01", "sha256")


def field_key(dek: bytes, kind: str) -> bytes:
    """Return the key of one kind of field in a compartment.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no field of kind {kind!r}; there are {', '.join(KINDS)}")
    return hkdf(dek, b"field|v1|" + kind.encode())


def named_key(field: bytes, own: bytes) -> bytes:
    """Return the key of one row that names a person: it takes the compartment's and the row's own.

    Args:
        field: the compartment's key for fields of kind "name"; the keeper hands it out.
        own: the row's own 32 bytes; only copies sealed to its readers' own keys have it.
    """
    return hkdf(own + field, b"named|v1")


def blind_index(key: bytes, kind: str, value: str) -> bytes:
    """Return 16 bytes by which equal values meet, and which without the key say nothing."""
    return hmac.digest(key, f"{kind}|{value}".encode(), "sha256")[:16]


def token_hash(token: str) -> bytes:
    """Return how a random token lies on disk; it has 256 bits, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


# --- hybrid HPKE and signatures: keys are raw bytes, halves one behind the other ----------------


def new_box_keys() -> tuple[bytes, bytes]:
    """Return a private and a public key of ML-KEM-768 + X25519, each as its two raw halves."""
    seed, scalar = os.urandom(_PRIVATE_HALVES[0]), os.urandom(_PRIVATE_HALVES[1])
    return seed + scalar, box_public(seed + scalar)


def box_public(private: bytes) -> bytes:
    """Return the public halves of a private key."""
    kem, curve = _halves(private, _PRIVATE_HALVES)
    return (
        mlkem.MLKEM768PrivateKey.from_seed_bytes(kem).public_key().public_bytes_raw()
        + x25519.X25519PrivateKey.from_private_bytes(curve).public_key().public_bytes_raw()
    )


def hpke_seal(public: bytes, plain: bytes, *, info: bytes) -> bytes:
    """Seal to the holder of the private key; `info` is the context, as there is no other AAD."""
    kem, curve = _halves(public, _PUBLIC_HALVES)
    key = MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(kem),
        x25519.X25519PublicKey.from_public_bytes(curve),
    )
    return _SUITE.encrypt(plain, key, info)


def hpke_open(private: bytes, box: bytes, *, info: bytes) -> bytes:
    """Return what `hpke_seal` took.

    Raises:
        Tampered: another key, another context, changed or cut.
    """
    kem, curve = _halves(private, _PRIVATE_HALVES)
    key = MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.from_seed_bytes(kem),
        x25519.X25519PrivateKey.from_private_bytes(curve),
    )
    try:
        return _SUITE.decrypt(box, key, info)
    except (InvalidTag, ValueError):
        raise Tampered("the box does not open: another key, another context, or changed") from None


def _halves(key: bytes, sizes: tuple[int, int]) -> tuple[bytes, bytes]:
    if len(key) != sum(sizes):
        raise ValueError(f"a key of {len(key)} bytes is none of ours; it should have {sum(sizes)}")
    return key[: sizes[0]], key[sizes[0] :]


def new_sign_keys() -> tuple[bytes, bytes]:
    """Return a private and a public Ed25519 key, 32 raw bytes each."""
    private = os.urandom(32)
    return private, sign_public(private)


def sign_public(private: bytes) -> bytes:
    """Return the public key of a private one."""
    return (
        ed25519.Ed25519PrivateKey.from_private_bytes(private)
        .public_key()
        .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )


def sign(private: bytes, message: bytes) -> bytes:
    """Return the 64 bytes of an Ed25519 signature."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(private).sign(message)


def signing(private: bytes) -> Callable[[bytes], bytes]:
    """Return `sign` by one key, for many messages: it is read once."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(private).sign


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Return if `signature` was made over `message` by the holder of the private key.

    Raises:
        Tampered: it was not.
    """
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        raise Tampered("the signature does not fit these bytes and this key") from None


# --- the keeper's wire: length, then canonical JSON ----------------------------------------------


def text(raw: bytes) -> str:
    """Return bytes as base64url without padding, as WebAuthn writes them."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def to_bytes(told: str) -> bytes:
    """Return the bytes that `text` took.

    Raises:
        ValueError: it is no base64url.
    """
    return urlsafe_b64decode(told + "=" * (-len(told) % 4))


class Stream(Protocol):
    """A connected socket, as far as frames need one."""

    def recv(self, count: int, /) -> bytes:
        """Return at most `count` bytes, none at the end."""
        ...

    def sendall(self, data: bytes, /) -> None:
        """Send all bytes."""
        ...


def frame(content: dict[str, Any]) -> bytes:
    """Return the bytes of one call or answer.

    Raises:
        ValueError: larger than a frame may be.
    """
    body = canonical(content)
    if len(body) > MAX_FRAME:
        raise ValueError(f"{len(body)} bytes are too many for one call; ask in smaller batches")
    return struct.pack(">I", len(body)) + body


def read_frame(stream: Stream) -> dict[str, Any] | None:
    """Return the next call or answer, None when the other side ended between two.

    Raises:
        Tampered: cut, too long, or no JSON object.
    """
    head = _exactly(stream, _LENGTH)
    if not head:
        return None
    length = struct.unpack(">I", head)[0] if len(head) == _LENGTH else MAX_FRAME + 1
    body = _exactly(stream, length) if length <= MAX_FRAME else b""
    if len(body) != length:
        raise Tampered("the frame is cut or longer than a frame may be")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise Tampered("the frame holds no JSON") from None
    if not isinstance(content, dict):
        raise Tampered("the frame holds no object")
    return content


def _exactly(stream: Stream, count: int) -> bytes:
    parts, missing = [], count
    while missing:
        part = stream.recv(min(missing, 65536))
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
