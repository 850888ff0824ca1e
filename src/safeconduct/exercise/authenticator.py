"""A passkey in software, for exercise staff and tests: ES256, attestation "none", user verified.

It answers like a security key whose person has touched it and given the PIN. It is as safe as the
memory of an exercise: a real programme has real keys.
"""

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

# WebAuthn level 2, §6.1: flags of authenticator data.
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40
_ES256, _EC2, _P256 = -7, 2, 1  # RFC 9053: algorithm, key type, curve
_COORDINATE_BYTES = 32


def text(raw: bytes) -> str:
    """Return bytes as base64url without padding."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def raw(told: str) -> bytes:
    """Return the bytes that `text` took."""
    return urlsafe_b64decode(told + "=" * (-len(told) % 4))


@dataclass
class Passkey:
    """One credential of one site."""

    rp_id: str
    user: bytes
    key_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    count: int = 0

    def cose_key(self) -> bytes:
        """Return the public key as COSE (RFC 9052 §7)."""
        numbers = self.private.public_key().public_numbers()
        x, y = (n.to_bytes(_COORDINATE_BYTES, "big") for n in (numbers.x, numbers.y))
        return cbor2.dumps({1: _EC2, 3: _ES256, -1: _P256, -2: x, -3: y})


class Authenticator:
    """Holds passkeys, at most one for each site, and answers challenges with them."""

    def __init__(self) -> None:
        self._keys: dict[str, Passkey] = {}

    def register(self, options_json: str, origin: str) -> str:
        """Make a passkey for the options of `navigator.credentials.create`; return the answer."""
        options = json.loads(options_json)
        key = Passkey(options["rp"]["id"], raw(options["user"]["id"]))
        self._keys[key.rp_id] = key
        client_data = _client_data("webauthn.create", options["challenge"], origin)
        attestation = cbor2.dumps(
            {"fmt": "none", "attStmt": {}, "authData": _data(key, _attested(key))}
        )
        return _answer(
            key,
            clientDataJSON=text(client_data),
            attestationObject=text(attestation),
            transports=["internal"],
        )

    def answer(self, options_json: str, origin: str) -> str:
        """Answer the options of `navigator.credentials.get`, as at signing in."""
        options = json.loads(options_json)
        return self.sign(options["challenge"], origin, options["rpId"])

    def sign(self, challenge: str, origin: str, rp_id: str) -> str:
        """Say yes to a base64url challenge; return the assertion as JSON.

        Raises:
            LookupError: there is no passkey for this site.
        """
        if rp_id not in self._keys:
            raise LookupError("this authenticator has no passkey for that site; register one first")
        key = self._keys[rp_id]
        key.count += 1
        client_data = _client_data("webauthn.get", challenge, origin)
        data = _data(key)
        signed = data + hashlib.sha256(client_data).digest()
        return _answer(
            key,
            clientDataJSON=text(client_data),
            authenticatorData=text(data),
            signature=text(key.private.sign(signed, ec.ECDSA(SHA256()))),
            userHandle=text(key.user),
        )


def _client_data(kind: str, challenge: str, origin: str) -> bytes:
    told = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    return json.dumps(told).encode()


def _data(key: Passkey, attested: bytes = b"") -> bytes:
    flags = _PRESENT | _VERIFIED | (_ATTESTED if attested else 0)
    site = hashlib.sha256(key.rp_id.encode()).digest()
    return site + bytes((flags,)) + key.count.to_bytes(4, "big") + attested


def _attested(key: Passkey) -> bytes:
    nobody = bytes(16)  # AAGUID of an authenticator that names no model
    return nobody + len(key.key_id).to_bytes(2, "big") + key.key_id + key.cose_key()


def _answer(key: Passkey, **response: Any) -> str:
    told = {"id": text(key.key_id), "rawId": text(key.key_id), "type": "public-key"}
    return json.dumps({**told, "response": response, "clientExtensionResults": {}})
