"""The root as a key that lives in a PKCS#11 token: a new one for each epoch, the old one destroyed.

The key never leaves the token; the KEK goes in and comes out sealed (AES-256-GCM).
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from safeconduct import sealing
from safeconduct.keeper.roots.root import NoRoot, address

_NONCE_BYTES, _TAG_BITS = 12, 128


def choose(at: dict[str, str]) -> dict[str, str]:
    """Return what finds the token again, with a name of our own for the keys in it.

    `network` is yes for a token whose library reaches it by a network, or by a bus of its own.

    Raises:
        NoRoot: the module or the token's label is missing, or `network` is no yes.
    """
    try:
        found = {"module": at["module"], "token": at["token"]}
    except KeyError:
        raise NoRoot(
            "a token needs --root-at module=LIBRARY.so and --root-at token=LABEL"
        ) from None
    if at.get("network", "yes") != "yes":
        raise NoRoot(
            "--root-at network=yes is for a token that is reached by a network; else leave it out"
        )
    network = {name: at[name] for name in ("network",) if name in at}
    return {**found, **network, "name": secrets.token_hex(8)}


def _library() -> Any:
    try:
        import pkcs11  # noqa: PLC0415  the extra `hsm`
    except ImportError:
        raise NoRoot("this root needs the extra hsm: pip install 'safeconduct[hsm]'") from None
    return pkcs11


def _gcm(nonce: bytes, epoch: int) -> dict[str, Any]:
    pkcs11 = _library()
    params = pkcs11.GCMParams(nonce, address(epoch), _TAG_BITS)
    return {"mechanism": pkcs11.Mechanism.AES_GCM, "mechanism_param": params}


class TokenRoot:
    """Keys in a token, labelled by our name and the epoch."""

    kind, destroys = "pkcs11", True

    def __init__(self, at: dict[str, str], pin: str) -> None:
        self._at, self._pin = at, pin

    def _label(self, epoch: int) -> str:
        return f"safeconduct {self._at['name']} {epoch}"

    @contextmanager
    def _session(self) -> Iterator[Any]:
        pkcs11 = _library()
        if not self._pin:
            raise NoRoot("the token's PIN was forgotten at the panic lock; bring it again")
        try:
            token = pkcs11.lib(self._at["module"]).get_token(token_label=self._at["token"])
            with token.open(rw=True, user_pin=self._pin) as session:
                yield session
        except (pkcs11.PinIncorrect, pkcs11.PinLenRange):
            raise NoRoot(
                "the token refuses the PIN; count your tries, a token shuts itself"
            ) from None
        except (pkcs11.NoSuchToken, pkcs11.TokenNotPresent):
            raise NoRoot("there is no token of that label; plug it in") from None
        except (pkcs11.PKCS11Error, RuntimeError) as failed:
            if isinstance(failed, NoRoot):
                raise
            raise NoRoot(
                f"the token answers {type(failed).__name__}; see that it is plugged in and its "
                "module is the right one"
            ) from None

    def _ours(self, session: Any) -> Iterator[Any]:
        pkcs11 = _library()
        wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.SECRET_KEY}
        for key in list(session.get_objects(wanted)):
            if str(key.label).rpartition(" ")[0] == f"safeconduct {self._at['name']}":
                yield key

    def _destroy(self, session: Any, *, but: str) -> None:
        for key in self._ours(session):
            if key.label != but:
                key.destroy()

    def seal(self, kek: bytes, *, epoch: int) -> bytes:
        """Make the epoch's key in the token and return the KEK sealed under it.

        Raises:
            NoRoot: no token, no PIN, or it refuses.
        """
        pkcs11, label = _library(), self._label(epoch)
        fixed = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False}
        with self._session() as session:
            for left in self._ours(session):
                if left.label == label:  # of a ratchet that was cut short before it counted
                    left.destroy()
            key = session.generate_key(
                pkcs11.KeyType.AES, 256, label=label, store=True, template=fixed
            )
            nonce = os.urandom(_NONCE_BYTES)
            sealed = key.encrypt(kek, **_gcm(nonce, epoch))
        return bytes((sealing.VERSION,)) + nonce + bytes(sealed)

    def unseal(self, box: bytes, *, epoch: int) -> bytes:
        """Return the KEK.

        Raises:
            NoRoot: the token has no key of that epoch, or refuses.
        """
        nonce, sealed = box[1 : 1 + _NONCE_BYTES], box[1 + _NONCE_BYTES :]
        with self._session() as session:
            found = [key for key in self._ours(session) if key.label == self._label(epoch)]
            if not found:
                raise NoRoot(
                    "the token has no key for this keys.db: it is another token, or this is an old "
                    "copy of keys.db, which nothing opens any more"
                )
            return bytes(found[0].decrypt(sealed, **_gcm(nonce, epoch)))

    def keep_only(self, box: bytes, *, epoch: int) -> None:
        """Destroy the keys of every other epoch.

        Raises:
            NoRoot: no token, no PIN, or it refuses.
        """
        with self._session() as session:
            self._destroy(session, but=self._label(epoch))

    def retire(self) -> None:
        """Destroy all our keys in the token.

        Raises:
            NoRoot: no token, no PIN, or it refuses.
        """
        with self._session() as session:
            self._destroy(session, but="")
        self.forget()

    def forget(self) -> None:
        """Drop the PIN."""
        self._pin = ""
