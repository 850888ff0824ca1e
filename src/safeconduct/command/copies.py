"""`safeconduct backup`: sealed copies in two places, of which neither opens anything alone.

One holds the core's tables, the keeper's log, heads, register, profile, scripts and settings: whoever opens it
finds sealed rows. The other, made into another folder, holds the keeper's keys.db: whoever opens it
finds wrapped keys. The root is in neither, and of what waits in a spool only stops are in the first.
"""

import json
import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from safeconduct import apart, clock
from safeconduct.command import postgres, sealed, users
from safeconduct.command.authority import FOLDER
from safeconduct.command.folder import LEAST_MB, insist_on_tables, locked, write_whole
from safeconduct.command.trouble import Trouble
from safeconduct.conversations import scripts
from safeconduct.spool.keyfiles import read_key
from safeconduct.traces import open_sqlite

PUBLIC = "backup.pub"  # in the data folder; its private half lies elsewhere
FACTS = "copy.json"
DUMP = "core.dump"  # of PostgreSQL, where the tables are in no file
LOGS = ("safeconduct.db", "keeper-log.db")
KEYS = "keys.db"
CORE, KEEPER = "core", "keys"  # kinds of copies
STOPS = ("stops.spool", "stops.key")  # stops that wait to be entered
REGISTER = "register.jsonl"
MARK = "copies.mark"  # tells this programme's copies from another's in one folder; no secret
SETTINGS = (
    "stamp",
    "clock.json",
    "origin",
    "programme.toml",
    "gateways.toml",
    "inboxes.toml",
    MARK,
)
_MARK_BYTES = 4
_MB = 2**20
_LOCK = "run/backup.lock"
_TAKEN = "copy-"  # a folder in run/ of what was taken and is not sealed yet


def make_key(data: Path, *, to: Path) -> int:
    """Make the pair that copies are sealed to: the private half into `to`, which is carried away."""
    _insist(data)
    if to.exists():
        raise Trouble(f"{to} is there already. Name a file that is not.")
    named = sealed.make_key(private=to, public=data / PUBLIC)
    print(f"The key of the copies is {named}. Keep {to} away from this machine and from the")
    print(
        "copies, and twice: without it no copy opens. Copies made before open with the key before."
    )
    return 0


def _insist(data: Path) -> None:
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")


def back_up(data: Path, *, to: Path, keys_to: Path | None, at: datetime) -> int:
    """Make one copy of a programme, which may run meanwhile; of its keys too, where that is asked.

    Args:
        to: a folder for the copy of all but the keys.
        keys_to: another folder, on another medium, for the copy of the keys.
        at: wall time; the copies are named after it.

    Raises:
        Trouble: no key was made for copies, no room, or no pg_dump. No file is left half.
    """
    _insist(data)
    insist_on_tables(data, postgres.tables())
    if not (data / PUBLIC).exists():
        raise Trouble("No key was made for copies. Run: safeconduct backup-key --to FILE")
    if keys_to is not None and keys_to.resolve() == to.resolve():
        raise Trouble("Keys and tables in one place open together. Name another with --keys-to.")
    with making(data):
        public = data / PUBLIC
        made = [make(data, to, CORE, at=at, public=public)]
        if keys_to is not None:
            made.append(make(data, keys_to, KEEPER, at=at, public=public))
            _end_older(keys_to, made[-1])
    for path in made:
        print(f"{path}: {_kib(path)} KiB, sealed to {sealed.name_of(read_key(data / PUBLIC))}.")
    return 0


@contextmanager
def making(data: Path) -> Iterator[None]:
    """Make copies of a folder, alone at it.

    Raises:
        Trouble: another copy is being made, or the disk refused.
    """
    with locked(data / _LOCK) as ours:
        if not ours:
            raise Trouble("Another copy is being made. Wait for its end.")
        _clear(data)
        mask = os.umask(0o077)  # SQLite makes what was taken with the mode that is left to it
        try:
            yield
        except OSError as failed:
            raise Trouble(
                f"The copy was not made: {failed.strerror}. Free space, or name another disk."
            ) from None
        finally:
            os.umask(mask)


def sweep(data: Path) -> None:
    """Remove what a backup that was killed had taken: keys in it would outlive what is erased."""
    with locked(data / _LOCK) as ours:
        if ours:  # else one is at work, and cleans up after itself
            _clear(data)


def _clear(data: Path) -> None:
    for left in (data / "run").glob(f"{_TAKEN}*"):
        shutil.rmtree(left, ignore_errors=True)


def make(data: Path, to: Path, kind: str, *, at: datetime, public: Path) -> Path:
    """Seal one copy into a new file of the folder `to`; return the file.

    Raises:
        Trouble: there is no room, or a part cannot be read; no file is left half.
        OSError: the disk refused.
    """
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours = _mark(data)
    path = to / f"{kind}-{at:%Y%m%dT%H%M%SZ}-{ours}.copy"
    if path.exists():
        raise Trouble(f"{path} is there already. Wait a second, and run this again.")
    fresh = path.with_suffix(".new")
    for left in to.glob(f"{kind}-*-{ours}.new"):  # by one that was killed
        left.unlink()
    _insist_on_room(data, to, kind)
    try:
        with _taken(data, kind, at) as files, fresh.open("xb") as file:
            fresh.chmod(0o600)
            print(f"  sealing into {to} …", flush=True)
            sealed.pack(files, kind=kind, public=public, into=file)
        fresh.rename(path)
        _settle(to)
    finally:
        fresh.unlink(missing_ok=True)
    return path


def _mark(data: Path) -> str:
    """Return by what the names of this programme's copies are told from another's, hex.

    A key for copies may be made anew, and a restored programme goes on: the mark stays through both.
    """
    path = data / MARK
    if not path.exists():
        write_whole(path, secrets.token_hex(_MARK_BYTES))
    return path.read_text()


def _settle(folder: Path) -> None:
    """Bring the names in a folder onto its disk."""
    names = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(names)
    finally:
        os.close(names)


def _insist_on_room(data: Path, to: Path, kind: str) -> None:
    """Refuse before anything is written: a programme's own disk must not fill up by its copy."""
    names = LOGS if kind == CORE else (KEYS,)
    taken = sum(_bytes(_place(data, each)) for each in names)
    taken += postgres.size() if kind == CORE and postgres.here() else 0
    packed = sum(_bytes(data / each) for each in ("heads", "roads", REGISTER))
    sealed_all = taken + (packed if kind == CORE else 0)
    needed = {data: taken, to: sealed_all}
    if (
        data.stat().st_dev == to.stat().st_dev
    ):  # what was taken and what is sealed lie there at once
        needed = {to: taken + sealed_all}
    for where, most in needed.items():
        free = shutil.disk_usage(where).free
        if free < most + LEAST_MB * _MB:
            raise Trouble(
                f"The disk of {where} has {free // _MB} MB left, and a copy takes up to "
                f"{most // _MB + LEAST_MB}. Free space, or name another disk; nothing was written."
            )


def _place(data: Path, name: str) -> Path:
    """Return where a file lies: the keeper's may lie apart."""
    return (data if name == LOGS[0] else apart.of_keeper(data)) / name


def _bytes(path: Path) -> int:
    """Return what a file, or all in a folder, takes; 0 of what is not there."""
    found = path.rglob("*") if path.is_dir() else (path,)
    return sum(each.stat().st_size for each in found if each.is_file())


def _kib(path: Path) -> int:
    return path.stat().st_size // 1024


@contextmanager
def _taken(data: Path, kind: str, at: datetime) -> Iterator[Iterable[tuple[Path, str]]]:
    """Take what a copy of a kind holds; yield its files and their names."""
    with tempfile.TemporaryDirectory(prefix=_TAKEN, dir=data / "run") as made:
        place = Path(made)
        if kind == KEEPER:
            _step("the keys", lambda: snapshot(_place(data, KEYS), place / KEYS))
            yield [(place / KEYS, KEYS)]
            return
        told = {"at": at.isoformat(), "stamp": clock.stamp_of(data)}
        (place / FACTS).write_text(json.dumps(told))
        # Heads first, the register last: a head that the tables do not reach would look like a
        # loss, and a line of the register that they do not have is done again at the restore.
        heads = sorted((data / "heads").glob("*.json"))
        if postgres.here():
            _step("the tables", lambda: postgres.dump(place / DUMP))
        else:
            _step("the tables", lambda: snapshot(data / LOGS[0], place / LOGS[0]))
        log = _place(data, LOGS[1])
        if log.exists():
            _step("the keeper's log", lambda: snapshot(log, place / LOGS[1]))
        yield [
            *((path, path.name) for path in sorted(place.iterdir())),
            *((path, f"heads/{path.name}") for path in heads),
            *_small(data),
        ]


def _small(data: Path) -> Iterator[tuple[Path, str]]:
    for name in (*SETTINGS, *STOPS, REGISTER, "roads", FOLDER):
        if (data / name).exists():
            yield data / name, name
    for path in sorted((data / "gateways").glob("*/gateway.toml")):
        yield path, str(path.relative_to(data))
    for path in sorted((data / scripts.FOLDER).glob("*.toml")):
        yield path.resolve(), f"{scripts.FOLDER}/{path.name}"  # of a link, what it leads to


def _step(what: str, take: Callable[[], None]) -> None:
    begun = time.monotonic()
    print(f"  taking {what} …", end=" ", flush=True)
    take()
    print(f"{time.monotonic() - begun:.1f} s", flush=True)


def snapshot(source: Path, to: Path) -> None:
    """Copy a SQLite file that is in use: one moment of it, without its free pages.

    Raises:
        Trouble: it cannot be read, or there is no room for it.
    """
    try:
        with closing(_opened(source)) as db:
            db.execute("VACUUM INTO ?", (str(to),))
        to.chmod(0o600)
    except sqlite3.Error as failed:
        raise Trouble(
            f"{source.name} cannot be copied: {failed}. Free space, or look at the disk."
        ) from None


def _opened(source: Path) -> sqlite3.Connection:
    """Return a SQLite file open to be read, its journal too: root is needed for the keeper's, and no longer."""
    with users.as_root():
        db = open_sqlite(f"{source.absolute().as_uri()}?mode=ro", uri=True)
        try:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except BaseException:
            db.close()
            raise
    return db


def newest(folder: Path, kind: str, *, of: str = "") -> Path:
    """Return the newest copy of a kind in a folder.

    Args:
        of: the mark of the programme, where it is known.

    Raises:
        Trouble: there is none, or there are several programmes' and none is named.
    """
    found = sorted(folder.glob(f"{kind}-*-{of}.copy" if of else f"{kind}-*.copy"))
    if not found:
        raise Trouble(f"There is no copy in {folder}: no file {kind}-*{of}.copy.")
    if len({path.stem.rpartition("-")[2] for path in found}) > 1:
        raise Trouble(
            f"Copies of several programmes lie in {folder}: their names end in different marks. "
            "Name the one file that you mean, or put those of one programme into a folder."
        )
    return found[-1]


def _end_older(folder: Path, newest_one: Path) -> None:
    """Remove our older copies of keys: with the root they would open what was erased since."""
    ours = newest_one.stem.rpartition("-")[2]
    found = folder.glob(f"{KEEPER}-*-{ours}.copy")
    older = [path for path in found if path.name < newest_one.name]
    for path in older:
        path.unlink()
    if older:
        print(f"  {len(older)} older copies of the keys were removed: they open what was erased.")
