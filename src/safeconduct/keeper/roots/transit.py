"""The root as a key of HashiCorp Vault or OpenBao: the transit engine, by its HTTP contract.

The KEK goes there and comes back sealed; the key never leaves. Each epoch has a version of the key,
and `trim` deletes the earlier ones. This is the one place where the keeper speaks to a network, and
only if a programme chose it.
"""

import base64
import re
import secrets
import ssl
from typing import Any

import httpx

from safeconduct.keeper.roots.root import NoRoot, address

_LOCAL = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_WAIT_S = 10.0
_REFUSED = 403
_NOT_VAULT = "what answers at Vault's address does not answer as Vault does; see what stands there"


def choose(at: dict[str, str]) -> dict[str, str]:
    """Return what finds the key again, with a fresh name for it.

    Raises:
        NoRoot: the address is missing, or no https.
    """
    where = at.get("address", "").rstrip("/")
    if not where.startswith("https://") and not _LOCAL.fullmatch(where):
        raise NoRoot("Vault needs --root-at address=https://HOST:8200")
    found = {"address": where, "key": at.get("key") or f"safeconduct-{secrets.token_hex(4)}"}
    return {**found, **({"ca": at["ca"]} if "ca" in at else {})}


def _coded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _of(told: Any, name: str) -> Any:
    """Return a field of an answer.

    Raises:
        NoRoot: it has none.
    """
    if not isinstance(told, dict) or name not in told:
        raise NoRoot(_NOT_VAULT)
    return told[name]


class TransitRoot:
    """One key, whose versions are the epochs."""

    kind, destroys = "vault", True

    def __init__(self, at: dict[str, str], token: str) -> None:
        self._name = at["key"]
        self._http: httpx.Client | None = httpx.Client(
            base_url=f"{at['address']}/v1/",
            headers={"X-Vault-Token": token, "X-Vault-Request": "true"},
            timeout=_WAIT_S,
            verify=ssl.create_default_context(cafile=at.get("ca")),
            trust_env=False,
        )

    def _ask(self, path: str, told: dict[str, Any] | None, *, method: str = "POST") -> Any:
        """Return the `data` of an answer.

        Raises:
            NoRoot: away, or it refuses.
        """
        if self._http is None:
            raise NoRoot("Vault's token was forgotten at the panic lock; bring it again")
        try:
            answer = self._http.request(method, path, json=told)
        except httpx.HTTPError as failed:
            raise NoRoot(
                f"Vault does not answer ({type(failed).__name__}); see that it runs and is unsealed"
            ) from None
        if answer.status_code == _REFUSED:
            raise NoRoot("Vault refuses the token; bring one whose policy allows this key")
        if not answer.is_success:
            raise NoRoot(f"Vault answers {answer.status_code} to {path.partition('/')[2]}")
        try:
            told = answer.json() if answer.content else {}
        except (ValueError, RecursionError):
            raise NoRoot(_NOT_VAULT) from None
        return told.get("data") if isinstance(told, dict) else None

    def _key(self, verb: str, told: dict[str, Any] | None, *, method: str = "POST") -> Any:
        return self._ask(f"transit/keys/{self._name}{verb}", told, method=method)

    def seal(self, kek: bytes, *, epoch: int) -> bytes:
        """Make the epoch's version of the key and return the KEK sealed under it.

        Raises:
            NoRoot: away, it refuses, or the key could be carried out of Vault.
        """
        # Each makes nothing where it was made before; a token that is never renewed ends.
        self._ask("auth/token/renew-self", {})
        self._key("", {"type": "aes256-gcm96"})
        self._key("/rotate", {})
        told = self._key("", None, method="GET")
        if _of(told, "exportable") or _of(told, "allow_plaintext_backup"):
            raise NoRoot("this key may leave Vault, so nothing destroys it; name another")
        sealed = self._ask(
            f"transit/encrypt/{self._name}",
            {
                "plaintext": _coded(kek),
                "associated_data": _coded(address(epoch)),
                "key_version": _of(told, "latest_version"),
            },
        )
        return str(_of(sealed, "ciphertext")).encode()

    def unseal(self, box: bytes, *, epoch: int) -> bytes:
        """Return the KEK.

        Raises:
            NoRoot: away, it refuses, or that version was trimmed.
        """
        opened = self._ask(
            f"transit/decrypt/{self._name}",
            {"ciphertext": box.decode(), "associated_data": _coded(address(epoch))},
        )
        try:
            return base64.b64decode(_of(opened, "plaintext"))
        except (TypeError, ValueError):
            raise NoRoot(_NOT_VAULT) from None

    def keep_only(self, box: bytes, *, epoch: int) -> None:
        """Trim every version before that of `box`.

        Raises:
            NoRoot: away, or it refuses.
        """
        version = int(box.split(b":")[1].removeprefix(b"v"))
        # `trim` takes no version above either of the two (transit API, Trim key).
        self._key("/config", {"min_decryption_version": version, "min_encryption_version": version})
        self._key("/trim", {"min_available_version": version})

    def retire(self) -> None:
        """Delete the key, whole.

        Raises:
            NoRoot: away, or it refuses.
        """
        self._key("/config", {"deletion_allowed": True})
        self._key("", None, method="DELETE")
        self.forget()

    def forget(self) -> None:
        """Drop the token."""
        if self._http is not None:
            self._http.close()
        self._http = None
