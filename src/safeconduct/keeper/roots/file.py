"""The root as a file, `root.key`, in the data folder: starts unattended, and is only as safe as the disk."""

import os
import stat
from pathlib import Path

from safeconduct import sealing
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.roots.root import NoRoot

NAME = "root.key"


def make(path: Path) -> bool:
    """Create the root key file unless it is there; return whether it was made."""
    if path.exists():
        return False
    write_once(path, sealing.new_key())
    return True


def write_once(path: Path, content: bytes) -> None:
    """Write a new file so that it stands whole under its name, on the disk, or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """Bring the names in a folder to the disk: what a root opens must not outlive the root."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> bytes:
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


class FileRoot(Held):
    """The key in `root.key`."""

    def __init__(self, path: Path) -> None:
        super().__init__("file", read(path))
        self._path = path

    def retire(self) -> None:
        """Delete the file; copies on paper and in safes are for people to destroy."""
        super().retire()
        self._path.unlink(missing_ok=True)
        _sync(self._path.parent)
