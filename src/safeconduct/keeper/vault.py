"""Keys under keys: the root file opens the KEK, the KEK opens compartment keys and our secrets.

Only wrapped keys are ever in keys.db. In memory is the KEK alone, until the panic lock drops it.
"""

import os
import stat
from pathlib import Path

from safeconduct import sealing
from safeconduct.keeper.store import Store
from safeconduct.refusal import Refusal, Refused

LOCKED = Refusal(
    "keeper.locked",
    "The keeper is locked: nothing sealed opens.",
    "Whoever keeps the root, and two people with their unlock codes, end it: `safeconduct unlock`.",
)
_SECRETS = ("blind:phone", "blind:optout", "nonce", "sign")
_EPOCH = 1  # grows with the ratchet


class NoRoot(RuntimeError):
    """The root key is missing, exposed or wrong; the message says which, and the mend."""


def make_root(path: Path) -> bool:
    """Create the root key file unless it is there; return whether it was made."""
    if path.exists():
        return False
    # Written beside and then named: a full disk must not leave half a root under the root's name.
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(sealing.new_key())
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk: what a root opens must not outlive the root."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_root(path: Path) -> bytes:
    """Return the root key.

    Raises:
        NoRoot: missing, readable by others, or of another length.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise NoRoot(f"there is no {path.name}; make one with --make-root, once") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NoRoot(f"others may read {path.name}; chmod 600 it, and think about who did")
    root = path.read_bytes()
    if len(root) != sealing.KEY_BYTES:
        raise NoRoot(f"{path.name} has {len(root)} bytes instead of {sealing.KEY_BYTES}")
    return root


class Vault:
    """Wraps and unwraps. Locked, it refuses with the way back."""

    def __init__(self, store: Store, root: bytes | None) -> None:
        """Open with a root; without one, stand locked as the panic lock left it."""
        self._store = store
        self._kek: bytes | None = None
        self._known: dict[str, bytes] = {}
        if root is None:
            return
        self.unlock(root)
        self._make_secrets()

    def unlock(self, root: bytes) -> None:
        """Open the KEK with the root; the first time, make it.

        Raises:
            NoRoot: this root does not open this keys.db.
        """
        aad = f"kek|v1|{_EPOCH}".encode()
        row = self._store.db.execute("SELECT wrapped FROM secret WHERE name='kek'").fetchone()
        if row is None:
            wrapped = sealing.seal(root, sealing.new_key(), aad)
            with self._store.write() as db:
                db.execute("INSERT INTO secret VALUES ('kek',?,?)", (_EPOCH, wrapped))
            row = (wrapped,)
        try:
            self._kek = sealing.unseal(root, row[0], aad)
        except sealing.Tampered:
            raise NoRoot("root.key does not open keys.db; bring the root that made it") from None

    def drop(self) -> None:
        """Forget every key held in memory."""
        self._kek = None
        self._known.clear()

    @property
    def locked(self) -> bool:
        """Return whether nothing opens."""
        return self._kek is None

    def _key(self) -> bytes:
        if self._kek is None:
            raise Refused(LOCKED)
        return self._kek

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return `key` wrapped under the KEK, bound to its name."""
        return sealing.seal(self._key(), key, f"{name}|{_EPOCH}".encode())

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """Return a wrapped key."""
        return sealing.unseal(self._key(), wrapped, f"{name}|{_EPOCH}".encode())

    def secret(self, name: str) -> bytes:
        """Return a secret of the keeper's own, kept in memory while unlocked."""
        self._key()
        if name not in self._known:
            row = self._store.db.execute(
                "SELECT wrapped FROM secret WHERE name=?", (name,)
            ).fetchone()
            self._known[name] = self.unwrap(f"secret|v1|{name}", row[0])
        return self._known[name]

    def has(self, name: str) -> bool:
        """Return whether there is such a secret."""
        found = self._store.db.execute("SELECT 1 FROM secret WHERE name=?", (name,)).fetchone()
        return found is not None

    def add(self, secrets: dict[str, bytes]) -> None:
        """Keep new secrets, all or none."""
        rows = [(n, _EPOCH, self.wrap(f"secret|v1|{n}", key)) for n, key in secrets.items()]
        with self._store.write() as db:
            db.executemany("INSERT INTO secret VALUES (?,?,?)", rows)

    def _make_secrets(self) -> None:
        fresh = {name: sealing.new_key() for name in _SECRETS if not self.has(name)}
        if fresh:
            self.add(fresh)

    def new_dek(self, compartment: str) -> tuple[int, bytes]:
        """Return epoch and wrapped key of a new compartment."""
        return _EPOCH, self.wrap(f"dek|v1|{compartment}", sealing.new_key())

    def dek(self, compartment: str, wrapped: bytes) -> bytes:
        """Return a compartment's key; it never leaves this process."""
        return self.unwrap(f"dek|v1|{compartment}", wrapped)
