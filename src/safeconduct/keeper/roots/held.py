"""A root that is one key in memory: made of a file, of a passphrase, or of two halves.

Such a key is the same in every epoch, so it cannot destroy: an old copy of keys.db and the root
together open what was closed since. The certificate says so.
"""

from safeconduct import sealing
from safeconduct.keeper.roots.root import NoRoot, address

_WRONG = {
    "file": "root.key does not open keys.db; bring the root that made it",
    "passphrase": "that passphrase does not open keys.db; type the one that was chosen for it",
    "two": "these two halves do not open keys.db; bring the two that were made for it",
}


class Held:
    """One key."""

    destroys = False

    def __init__(self, kind: str, key: bytes) -> None:
        self.kind = kind
        self._key: bytes | None = key

    def _held(self) -> bytes:
        if self._key is None:
            raise NoRoot("the root was forgotten at the panic lock; bring it again")
        return self._key

    def seal(self, kek: bytes, *, epoch: int) -> bytes:
        """Return the KEK sealed under the one key."""
        return sealing.seal(self._held(), kek, address(epoch))

    def unseal(self, box: bytes, *, epoch: int) -> bytes:
        """Return the KEK.

        Raises:
            NoRoot: another key sealed it.
        """
        try:
            return sealing.unseal(self._held(), box, address(epoch))
        except sealing.Tampered:
            raise NoRoot(_WRONG[self.kind]) from None

    def keep_only(self, box: bytes, *, epoch: int) -> None:
        """Do nothing: there is one key for all epochs."""

    def retire(self) -> None:
        """Forget it; what it was made of lies with people."""
        self.forget()

    def forget(self) -> None:
        """Drop the key."""
        self._key = None
