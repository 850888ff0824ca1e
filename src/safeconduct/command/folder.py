"""A data folder: made once, stamped `real` or `exercise` for ever, used by one family at a time."""

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.cases.machine import MACHINE
from safeconduct.command.trouble import Trouble
from safeconduct.programme import load
from safeconduct.programme.profile import Profile, WrongProfile
from safeconduct.spool.keyfiles import write_file

_LOCK = "run/supervisor.lock"
_INNER = ("run", "logs", "spool", "gateways", "heads", "roads")
_PROFILE = "programme.toml"
COMPILED = "compiled"  # machine code of this house; in no copy, and made anew where it is gone
LEAST_MB = 16  # an empty programme takes 6, and its journals some more before they are folded in


def make(folder: Path, *, stamp: str, profile: Path | None) -> bool:
    """Make and stamp the folder if it is new; return whether it was.

    Raises:
        Trouble: it carries the other stamp, is no folder, or the profile cannot be read.
    """
    mark = folder / clock.STAMP
    if mark.exists():
        found = clock.stamp_of(folder)
        if found != stamp:
            raise Trouble(
                f"{folder} is stamped {found!r}, and this command needs {stamp!r}. "
                "Name another folder with --data; a stamp is never changed."
            )
        return False
    if folder.exists() and not _half_made(folder):
        raise Trouble(f"{folder} is not empty and not ours. Name an empty folder with --data.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        for inner in _INNER:
            (folder / inner).mkdir(mode=0o700, exist_ok=True)
        _bring_profile(folder, profile)
        write_whole(mark, f"{stamp}\n", mode=0o400)  # last: a folder half made has no stamp
    except OSError as broken:
        raise Trouble(
            f"{folder} cannot be made: {broken.strerror}. Free space on its disk, or name another "
            "folder with --data."
        ) from None
    return True


def _half_made(folder: Path) -> bool:
    """Return whether all that lies here is what a start that was cut short leaves: nobody's record."""
    if not folder.is_dir():
        return False
    begun = {*_INNER, _PROFILE, f"{clock.STAMP}.new"}
    return all(
        each.name in begun and not (each.is_dir() and any(each.iterdir()))
        for each in folder.iterdir()
    )


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Write a small file so that it stands there whole or not at all, on a full disk too."""
    write_file(path, text.encode(), mode=mode)


def insist_on_room(folder: Path) -> None:
    """Refuse a start that would stop half-way for want of room.

    Raises:
        Trouble: the disk has less than LEAST_MB left.
    """
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < LEAST_MB:
        raise Trouble(
            f"The disk of {folder} is full: {free_mb} MB are left, and a start needs {LEAST_MB}. "
            "Free space on it, then run this again; nothing in the folder was changed."
        )


def _bring_profile(folder: Path, profile: Path | None) -> None:
    source = profile or load.SHIPPED / "ukraine.toml"
    if not source.exists():
        source = load.SHIPPED / f"{source.stem}.toml"
    if not source.exists():
        raise Trouble(f"There is no profile {source.name}; give a file with --profile.")
    _review(source)
    shutil.copyfile(source, folder / _PROFILE)


def insist_on_profile(folder: Path) -> None:
    """Refuse a start on a profile that no part could work by.

    Raises:
        Trouble: names the entry of programme.toml and the mend.
    """
    if (folder / _PROFILE).exists():
        _review(folder / _PROFILE)


def _review(source: Path) -> None:
    try:
        _insist_on_codes(load.reviewed(source))
    except WrongProfile as wrong:
        raise Trouble(f"{source.name} cannot be used: {wrong}.") from None


def _insist_on_codes(profile: Profile) -> None:
    there = {str(duty) for duty in Duty}
    pairs = frozenset[str]().union(*profile.apart)
    if lacking := sorted(there - set(profile.duties)):
        raise WrongProfile(f"[duties] lacks {', '.join(lacking)}; say what each is called")
    if strange := sorted((set(profile.duties) | pairs) - there):
        raise WrongProfile(f"[duties] names {strange[0]!r}; there are {', '.join(sorted(there))}")
    if strange := sorted(set(profile.states) - set(MACHINE.states)):
        raise WrongProfile(f"[states] names {strange[0]!r}, which is no state of a case")


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the folder for one supervisor; yield False when another one holds it."""
    with locked(folder / _LOCK) as ours:
        yield ours


@contextmanager
def locked(path: Path) -> Iterator[bool]:
    """Hold a lock that is a file; yield False while another process holds it.

    Raises:
        Trouble: a link lies there: whoever laid it may want a file made by a user who may more.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink():
        raise Trouble(f"{path} is a link, which nobody of ours laid. Find out who, and remove it.")
    at = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        yield _took(at)
    finally:
        os.close(at)


def _took(at: int) -> bool:
    try:
        fcntl.flock(at, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def remember(folder: Path, **facts: object) -> None:
    """Write down what a second `up` needs to know about the running one (no secret)."""
    write_whole(folder / "run/facts.json", json.dumps(facts))


def remembered(folder: Path) -> dict[str, object]:
    """Return what the running family wrote down; {} if nothing."""
    path = folder / "run/facts.json"
    told: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return told


def insist_on_tables(folder: Path, now: str) -> None:
    """Refuse a start beside other tables than the folder's own: they would be empty.

    Raises:
        Trouble: the folder ran with tables that are somewhere else.
    """
    known = remembered(folder).get("tables", now)
    if known != now:
        raise Trouble(
            f"The tables of {folder} are in {known}, and this start would use {now}. "
            "Set SAFECONDUCT_POSTGRES and SAFECONDUCT_POSTGRES_DB as they were."
        )


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    """Return whether a loopback port can be listened on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def set_environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of every part, and put it into this process's own as well."""
    env = {"SAFECONDUCT_DATA": str(folder.absolute()), **_compiles_into(folder), **more}
    os.environ.update(env)
    return env


def _compiles_into(folder: Path) -> dict[str, str]:
    """Return where a real house keeps what numba compiles, in numba's own word; see docs/operate.md.

    The package may be read-only and a service user without a home, and then each start would compile anew.
    An exercise is thrown away, so it compiles where numba does by itself.
    """
    stamped = (folder / clock.STAMP).exists() and clock.stamp_of(folder) == "real"
    if "NUMBA_CACHE_DIR" in os.environ or not stamped:
        return {}
    kept = folder.absolute() / COMPILED
    with suppress(OSError):  # full, or read-only: then each start compiles, and nothing stops
        kept.mkdir(mode=0o700, exist_ok=True)
    return {"NUMBA_CACHE_DIR": str(kept)}
