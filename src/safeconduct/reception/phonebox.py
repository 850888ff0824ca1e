"""A box that a telephone sealed to the core: X25519, HKDF-SHA256 and AES-256-GCM, as WebCrypto has them. Pure.

Version, the box's own public key, then the ciphertext. Each box has a key of its own, so the nonce is
zero; the core's key and the entry's number are bound into it, so nothing sealed opens as something else.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safeconduct import sealing

VERSION, KEY_BYTES, NONCE = 1, 32, bytes(12)
LONGEST = 16 * 1024  # octets of a box: the longest entry is two, with room


def public_of(private: bytes) -> bytes:
    """Return the 32 octets that go to the telephones."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def opened(private: bytes, box: bytes, *, entry: str) -> bytes:
    """Return what was sealed as `entry` to the holder of `private`.

    Raises:
        sealing.Tampered: another key, another entry, changed or cut.
    """
    if not 1 + KEY_BYTES < len(box) <= LONGEST or box[0] != VERSION:
        raise sealing.Tampered("this is no telephone's box of a version known here")
    own, sealed = box[1 : 1 + KEY_BYTES], box[1 + KEY_BYTES :]
    try:
        shared = X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(own)
        )
        key = _key(shared, own=own, to=public_of(private), entry=entry)
        return AESGCM(key).decrypt(NONCE, sealed, None)
    except (InvalidTag, ValueError):
        raise sealing.Tampered("the box does not open: another key, another entry") from None


def sealed_to(public: bytes, plain: bytes, *, entry: str) -> bytes:
    """Return what a telephone sends; here for tests and exercises, which have no browser."""
    own = X25519PrivateKey.generate()
    mine = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(public))
    key = _key(shared, own=mine, to=public, entry=entry)
    return bytes((VERSION,)) + mine + AESGCM(key).encrypt(NONCE, plain, None)


def _key(shared: bytes, *, own: bytes, to: bytes, entry: str) -> bytes:
    return sealing.hkdf(shared, b"phone|v1|" + own + to + entry.encode())
