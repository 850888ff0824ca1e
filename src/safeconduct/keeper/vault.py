"""Keys under keys: the root opens the KEK, the KEK opens compartment keys and our secrets.

Only wrapped keys are ever in keys.db. In memory are the KEK and the root, until the panic lock drops
them. The ratchet makes a new KEK and wraps all that lives anew; then the root destroys, if it can,
what opened the old one.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass

from safeconduct import clock, sealing
from safeconduct.access.closing import Lay
from safeconduct.keeper.roots.root import NoRoot, Root
from safeconduct.keeper.store import Store
from safeconduct.refusal import Refusal, Refused

LOCKED = Refusal(
    "keeper.locked",
    "The keeper is locked: nothing sealed opens.",
    "Whoever keeps the root, and two people with their unlock codes, end it: `safeconduct unlock`.",
)
ROOT_AWAY = Refusal(
    "keeper.root_away",
    "The root of the keys did not answer: what is erased is not yet certain.",
    "Bring the root back, see the keeper's log, and say yes once more.",
)
_SECRETS = ("blind:phone", "blind:optout", "blind:name", "nonce", "sign")
RATCHETED = "ratcheted"  # mark: wall second of the last ratchet


@dataclass(frozen=True, slots=True)
class Boxes:
    """A column of keys.db that holds what the KEK wrapped."""

    table: str
    name: str
    column: str
    use: str


# What is wrapped and does not stand here would not survive a ratchet; so `wrap` refuses it.
BOXES = (
    Boxes("secret", "name", "wrapped", "secret|v1|"),
    Boxes("compartment", "ref", "wrapped", "dek|v1|"),
    Boxes("person", "ref", "totp", "totp|v1|"),
    Boxes("person", "ref", "totp_new", "totp|v1|"),
    Boxes("person", "ref", "numbers", "numbers|v1|"),
    Boxes("own_key", "person", "wrapped", "own|v1|"),
)


def nothing(_db: sqlite3.Connection) -> None:
    """Drop nothing: the nightly ratchet."""


class Vault:
    """Wraps and unwraps. Locked, it refuses with the way back."""

    def __init__(self, store: Store, root: Root | None, *, told: str = "{}") -> None:
        """Open the KEK with the root, the first time make it; without one stand locked by the panic lock.

        Args:
            told: what the root's kind needs to be found again, as JSON, kept at the first time.

        Raises:
            NoRoot: this root does not open this keys.db.
        """
        self._store, self._root = store, root
        self._known: dict[str, bytes] = {}
        self._kek: bytes | None = None
        if root is not None and store.kek() is None:
            self._begin(root, told)
        self.epoch, box = store.kek() or (0, b"")
        if root is None:
            return
        self._kek = root.unseal(box, epoch=self.epoch)
        self._note_file()
        self.finish()
        self._make_secrets()

    def _begin(self, root: Root, told: str) -> None:
        box, wall = root.seal(sealing.new_key(), epoch=1), int(clock.wall().timestamp())
        with self._store.write() as db:
            db.execute("INSERT INTO secret VALUES ('kek',1,?)", (box,))
            db.execute("INSERT INTO root VALUES (1,?,?,0)", (root.kind, told))
            db.execute("INSERT OR REPLACE INTO mark VALUES (?,?)", (RATCHETED, wall))

    def _note_file(self) -> None:
        """Write down the root of a keys.db from before there were others: a file from the first."""
        with self._store.write() as db:
            db.execute(
                "INSERT INTO root SELECT 1,'file','{}',0 WHERE NOT EXISTS (SELECT 1 FROM root)"
            )

    def drop(self) -> None:
        """Forget every key held in memory."""
        self._kek = None
        self._known.clear()
        if self._root is not None:
            self._root.forget()

    @property
    def locked(self) -> bool:
        """Return whether nothing opens."""
        return self._kek is None

    # --- the ratchet ---

    def ratchet(self, drop: Callable[[sqlite3.Connection], None] = nothing, *, wall: int) -> None:
        """Make a new KEK, wrap all that lives under it, drop what `drop` deletes: all or nothing.

        Call `finish` afterwards; killed in between, the next start does it.

        Raises:
            Refused: locked, or the root could not seal; nothing was changed.
        """
        self._turn(self._opener(), drop, wall)

    def change(self, root: Root, *, told: str, wall: int) -> None:
        """Take another root: a ratchet under it, and the end of the old one.

        Raises:
            Refused: see `ratchet`; nothing was changed.
            NoRoot: the new root is in use, and the old one could not be destroyed.
        """
        since = self.epoch + 1

        def note(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO root VALUES (?,?,?,0)", (since, root.kind, told))

        old = self._opener()
        self._turn(root, note, wall)
        self.finish()
        old.retire()
        with self._store.write() as db:
            db.execute("UPDATE root SET ended=1 WHERE since<?", (since,))

    def _turn(self, root: Root, drop: Callable[[sqlite3.Connection], None], wall: int) -> None:
        self._key()
        kek, epoch = sealing.new_key(), self.epoch + 1
        try:
            box = root.seal(kek, epoch=epoch)
        except NoRoot:
            raise Refused(ROOT_AWAY) from None
        with self._store.write() as db:
            drop(db)
            for boxes in BOXES:
                self._rewrap(db, boxes, kek, epoch)
            db.execute("UPDATE secret SET epoch=?", (epoch,))
            db.execute("UPDATE secret SET wrapped=? WHERE name='kek'", (box,))
            db.execute("INSERT OR REPLACE INTO mark VALUES (?,?)", (RATCHETED, wall))
        self._root, self._kek, self.epoch = root, kek, epoch
        self._known.clear()  # the step may have put others in their place

    def _rewrap(self, db: sqlite3.Connection, boxes: Boxes, kek: bytes, epoch: int) -> None:
        table, name, column = boxes.table, boxes.name, boxes.column
        found = db.execute(
            f"SELECT {name}, {column} FROM {table} "  # noqa: S608  our own names
            f"WHERE {column} IS NOT NULL AND {name} != 'kek'"
        )
        fresh = []
        for of, box in found.fetchall():
            plain = self.unwrap(f"{boxes.use}{of}", box)
            fresh.append((sealing.seal(kek, plain, f"{boxes.use}{of}|{epoch}".encode()), of))
        db.executemany(
            f"UPDATE {table} SET {column}=? WHERE {name}=?",  # noqa: S608  our own names
            fresh,
        )

    def finish(self) -> None:
        """Have the root destroy what opened earlier epochs.

        Raises:
            NoRoot: it could not; what was closed is not yet beyond reach.
        """
        epoch, box = self._store.kek() or (0, b"")
        self._opener().keep_only(box, epoch=epoch)

    def roots_since(self, epoch: int) -> list[Lay]:
        """Return the roots under which something made in `epoch` has lain, the present one last."""
        rows = self._store.db.execute("SELECT since, kind, ended FROM root ORDER BY since")
        roots = [(since, Lay(kind, ended=bool(ended))) for since, kind, ended in rows]
        later = [since for since, _ in roots[1:]] + [self.epoch + 1]
        return [lay for (_, lay), until in zip(roots, later, strict=True) if until > epoch]

    @property
    def root(self) -> str:
        """Return the kind of the present root."""
        kind, _ = self._store.root() or ("file", "")
        return kind

    # --- wrapping ---

    def _opener(self) -> Root:
        if self._root is None:
            raise Refused(LOCKED)
        return self._root

    def _key(self) -> bytes:
        if self._kek is None:
            raise Refused(LOCKED)
        return self._kek

    def wrap(self, name: str, key: bytes) -> bytes:
        """Return `key` wrapped under the KEK, bound to its name.

        Raises:
            ValueError: no column of `BOXES` is for such a name.
        """
        if not any(name.startswith(boxes.use) for boxes in BOXES):
            raise ValueError("what is wrapped has its column in BOXES, or the ratchet loses it")
        return sealing.seal(self._key(), key, f"{name}|{self.epoch}".encode())

    def unwrap(self, name: str, wrapped: bytes) -> bytes:
        """Return a wrapped key."""
        return sealing.unseal(self._key(), wrapped, f"{name}|{self.epoch}".encode())

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
        rows = [(n, self.epoch, self.wrap(f"secret|v1|{n}", key)) for n, key in secrets.items()]
        with self._store.write() as db:
            db.executemany("INSERT INTO secret VALUES (?,?,?)", rows)

    def _make_secrets(self) -> None:
        fresh = {name: sealing.new_key() for name in _SECRETS if not self.has(name)}
        if fresh:
            self.add(fresh)

    def new_dek(self, compartment: str) -> tuple[int, bytes]:
        """Return epoch and wrapped key of a new compartment."""
        return self.epoch, self.wrap(f"dek|v1|{compartment}", sealing.new_key())

    def dek(self, compartment: str, wrapped: bytes) -> bytes:
        """Return a compartment's key; it never leaves this process."""
        return self.unwrap(f"dek|v1|{compartment}", wrapped)
