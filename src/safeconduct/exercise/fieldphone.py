"""A receiving unit's telephone without a link: it seals by itself, as a browser would, and sends later.

Written from docs/decisions/0142 alone, with another author's HKDF: what the console opens of it, it
opens of any browser.
"""

import json
import secrets
from base64 import b64decode, b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safeconduct import clock
from safeconduct.exercise.console import Browser, Stuck

KEY, SEND = "/reception/phone/key", "/reception/phone/send"
BLOCK, TIMES = 1024, 2  # octets of a box; an answer that is lost makes it send again


class FieldPhone:
    """One telephone, and what waits in it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._key: dict[str, str] = {}
        self._waiting: list[dict[str, str]] = []
        self.became: list[str] = []

    def obey(self, told: dict[str, Any]) -> None:
        """Open the page with a link, write one entry without, or send all that waits, each twice.

        Args:
            told: order "opens", "notes" (kind, about, and the entry's fields) or "joins".

        Raises:
            Stuck: the console takes in what it took already, or does not take it in.
        """
        order = told["order"]
        if order == "opens":
            self._opens()
        elif order == "notes":
            self._notes({k: str(v) for k, v in told.items() if k not in {"order", "who"}})
        else:
            self._joins()

    def _opens(self) -> None:
        self._browser.open("/reception/phone/")  # signs in where that is due
        self._key = self._browser.fetch(KEY).json()

    def _notes(self, told: dict[str, str]) -> None:
        entry, to = secrets.token_hex(16), b64decode(self._key["public"])
        said = {"kind": told.pop("kind"), "about": told.pop("about"), "told": told}
        plain = json.dumps({**said, "at": round(clock.now().timestamp() * 1000)}).encode()
        padded = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
        own = X25519PrivateKey.generate()
        mine = own.public_key().public_bytes_raw()
        info = b"phone|v1|" + mine + to + entry.encode()
        shared = own.exchange(X25519PublicKey.from_public_bytes(to))
        key = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(shared)
        box = b"\x01" + mine + AESGCM(key).encrypt(bytes(12), padded, None)
        waits = {"entry": entry, "key": self._key["key"], "box": b64encode(box).decode()}
        self._waiting.append(waits)

    def _joins(self) -> None:
        self._opens()
        for each in self._waiting:
            body = {**each, "csrfmiddlewaretoken": self._key["token"]}
            first, *others = (self._browser.send(SEND, body) for _ in range(TIMES))
            if first.is_error or any(other.text != first.text for other in others):
                raise Stuck(f"the telephone's entry was answered {first.status_code}: {first.text}")
            self.became.append(first.json()["became"])
        self._waiting.clear()
