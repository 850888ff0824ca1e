"""A small Vault: the transit engine's HTTP contract as documented, over real HTTP, keys in memory.

Encrypt and decrypt with a version and associated data, rotate, config, trim, delete; the refusals are
those of the documentation. `keys` is its storage: a test may copy it, as a snapshot would.
"""

import base64
import copy
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from safeconduct import sealing


class Wrong(Exception):
    """An answer with an error."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@dataclass
class Key:
    """One named key; `versions` loses what is trimmed."""

    versions: dict[int, bytes] = field(default_factory=lambda: {1: sealing.new_key()})
    latest: int = 1
    exportable: bool = False
    deletion_allowed: bool = False
    least: dict[str, int] = field(
        default_factory=lambda: {
            "min_decryption_version": 1,
            "min_encryption_version": 0,
            "min_available_version": 0,
        }
    )


class Transit:
    """The engine, its keys, and the token it knows."""

    def __init__(self) -> None:
        self.keys: dict[str, Key] = {}
        self.token, self.away, self.renewed = "s.right", False, 0
        self.address = ""

    def copy(self) -> dict[str, Key]:
        return copy.deepcopy(self.keys)

    def admit(self, token: str | None) -> None:
        if self.away:
            raise Wrong(503, "Vault is sealed")
        if token != self.token:
            raise Wrong(403, "permission denied")

    def answer(self, method: str, path: str, told: dict[str, Any]) -> dict[str, Any] | None:
        parts = path.strip("/").split("/")[1:]  # without v1
        if parts == ["auth", "token", "renew-self"]:
            self.renewed += 1
            return None
        if parts[:2] == ["transit", "keys"]:
            return self._keys(method, parts[2], "".join(parts[3:]), told)
        key, verb = self._named(parts[2]), parts[1]
        if verb == "encrypt":
            return {"ciphertext": self._encrypt(key, told)}
        return {"plaintext": self._decrypt(key, told)}

    def _named(self, name: str) -> Key:
        if name not in self.keys:
            raise Wrong(400, "encryption key not found")
        return self.keys[name]

    def _keys(
        self, method: str, name: str, verb: str, told: dict[str, Any]
    ) -> dict[str, Any] | None:
        if method == "POST" and not verb:
            self.keys.setdefault(name, Key())
            return None
        key = self._named(name)
        if method == "GET":
            return {
                "latest_version": key.latest,
                "exportable": key.exportable,
                "allow_plaintext_backup": False,
                **key.least,
            }
        if method == "DELETE":
            if not key.deletion_allowed:
                raise Wrong(400, "deletion is not allowed for this key")
            del self.keys[name]
        elif verb == "rotate":
            key.latest += 1
            key.versions[key.latest] = sealing.new_key()
        elif verb == "config":
            self._config(key, told)
        elif verb == "trim":
            self._trim(key, told["min_available_version"])
        return None

    def _config(self, key: Key, told: dict[str, Any]) -> None:
        for name in ("min_decryption_version", "min_encryption_version"):
            if told.get(name, 0) > key.latest:
                raise Wrong(400, f"cannot set {name}: latest key version is {key.latest}")
            key.least[name] = told.get(name, key.least[name])
        key.deletion_allowed = told.get("deletion_allowed", key.deletion_allowed)

    def _trim(self, key: Key, least: int) -> None:
        if least < key.least["min_available_version"]:
            raise Wrong(400, "minimum available version cannot be decremented")
        if key.least["min_encryption_version"] == 0:
            raise Wrong(400, "minimum encryption version is not set")
        if least > min(key.least["min_decryption_version"], key.least["min_encryption_version"]):
            raise Wrong(400, "minimum available version is greater than the others")
        key.least["min_available_version"] = least
        key.versions = {v: raw for v, raw in key.versions.items() if v >= least}

    def _encrypt(self, key: Key, told: dict[str, Any]) -> str:
        version = told.get("key_version") or key.latest
        if version < key.least["min_encryption_version"] or version not in key.versions:
            raise Wrong(400, "requested version for encryption is less than the minimum")
        plain, aad = (base64.b64decode(told[n]) for n in ("plaintext", "associated_data"))
        box = base64.b64encode(sealing.seal(key.versions[version], plain, aad)).decode()
        return f"vault:v{version}:{box}"

    def _decrypt(self, key: Key, told: dict[str, Any]) -> str:
        _, told_version, box = told["ciphertext"].split(":")
        version = int(told_version.removeprefix("v"))
        if version < key.least["min_decryption_version"] or version not in key.versions:
            raise Wrong(400, "ciphertext version is disallowed by policy (too old)")
        aad = base64.b64decode(told["associated_data"])
        try:
            plain = sealing.unseal(key.versions[version], base64.b64decode(box), aad)
        except sealing.Tampered:
            raise Wrong(400, "cipher: message authentication failed") from None
        return base64.b64encode(plain).decode()


class _Line(BaseHTTPRequestHandler):
    engine: Transit

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        told = json.loads(self.rfile.read(length) or b"{}")
        try:
            self.engine.admit(self.headers.get("X-Vault-Token"))
            data, status = self.engine.answer(self.command, self.path, told or {}), 200
        except Wrong as wrong:
            data, status = None, wrong.status
            body = json.dumps({"errors": [str(wrong)]}).encode()
        else:
            status = 200 if data is not None else 204
            body = b"" if data is None else json.dumps({"data": data}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815  http.server's names

    def log_message(self, *_told: Any) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Transit]:
    """Serve on a free port of loopback."""
    engine = Transit()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Line", (_Line,), {"engine": engine}))
    engine.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield engine
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
