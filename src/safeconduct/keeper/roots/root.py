"""The seam: what the keeper asks of whatever opens its KEK. One file beside this for each kind."""

from typing import Protocol


class NoRoot(RuntimeError):
    """The root is missing, exposed, wrong or away; the message says which, and the mend."""


class Root(Protocol):
    """Seals the KEK of an epoch, and opens it again.

    Attributes:
        kind: its name in keys.db and in certificates, a key of `closing.CLAIMS`.
        destroys: it can destroy what opened an earlier epoch. Only such a root makes an old copy
            of keys.db worthless.
    """

    kind: str
    destroys: bool

    def seal(self, kek: bytes, *, epoch: int) -> bytes:
        """Return the KEK sealed; a root that destroys makes a key of its own for the epoch.

        Raises:
            NoRoot: it cannot be reached, or refuses.
        """
        ...

    def unseal(self, box: bytes, *, epoch: int) -> bytes:
        """Return the KEK.

        Raises:
            NoRoot: this root does not open the box, or cannot be reached.
        """
        ...

    def keep_only(self, box: bytes, *, epoch: int) -> None:
        """Destroy what opens any other epoch than that of `box`; doing it twice is no error.

        Raises:
            NoRoot: it cannot be reached, or refuses.
        """
        ...

    def retire(self) -> None:
        """Destroy the root itself, after another one has taken its place.

        Raises:
            NoRoot: it cannot be reached, or refuses; then certificates go on naming it.
        """
        ...

    def forget(self) -> None:
        """Drop every secret held in memory: after it, nothing is opened or sealed."""
        ...


def address(epoch: int) -> bytes:
    """Return what binds a sealed KEK to its epoch."""
    return f"kek|v1|{epoch}".encode()
