"""A data folder: made once, stamped `real` or `exercise` for ever, used by one family at a time."""

import fcntl
import json
import os
import shutil
import socket
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct import clock
from safeconduct.command.main import Trouble
from safeconduct.programme import load
from safeconduct.programme.profile import WrongProfile, read

_LOCK = "run/supervisor.lock"


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
    if folder.exists() and any(folder.iterdir()):
        raise Trouble(f"{folder} is not empty and not ours. Name an empty folder with --data.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for inner in ("run", "logs", "spool", "gateways", "heads", "roads"):
            (folder / inner).mkdir(mode=0o700)
        _bring_profile(folder, profile)
        mark.write_text(f"{stamp}\n")  # last: a folder half made has no stamp
        mark.chmod(0o400)
    except OSError as broken:
        raise Trouble(
            f"{folder} cannot be made: {broken.strerror}. Free space or name another."
        ) from None
    return True


def _bring_profile(folder: Path, profile: Path | None) -> None:
    source = profile or load.SHIPPED / "ukraine.toml"
    if not source.exists():
        source = load.SHIPPED / f"{source.stem}.toml"
    try:
        read(tomllib.loads(source.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise Trouble(f"There is no profile {source.name}; give a file with --profile.") from None
    except (WrongProfile, tomllib.TOMLDecodeError) as wrong:
        raise Trouble(f"{source.name} cannot be used: {wrong}") from None
    shutil.copyfile(source, folder / "programme.toml")


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Hold the folder for one supervisor; yield False when another one holds it."""
    (folder / "run").mkdir(mode=0o700, exist_ok=True)
    with (folder / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def remember(folder: Path, **facts: object) -> None:
    """Write down what a second `up` needs to know about the running one (no secret)."""
    (folder / "run/facts.json").write_text(json.dumps(facts))


def remembered(folder: Path) -> dict[str, object]:
    """Return what the running family wrote down; {} if nothing."""
    path = folder / "run/facts.json"
    told: dict[str, object] = json.loads(path.read_text()) if path.exists() else {}
    return told


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
    env = {"SAFECONDUCT_DATA": str(folder.absolute()), **more}
    os.environ.update(env)
    return env
