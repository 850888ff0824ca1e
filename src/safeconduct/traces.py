"""What a process must not leave behind: its memory, when it dies or is looked at, and in a SQLite
file what was deleted. No Django.
"""

import ctypes
import resource
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

# What is deleted is overwritten, and what SQLite sorts and keeps for a moment is in no file.
NOTHING_LEFT: Mapping[str, int | str] = MappingProxyType({"secure_delete": 1, "temp_store": 2})
_PR_SET_DUMPABLE = 4  # linux/prctl.h


def leave_none() -> None:
    """Refuse core dumps, and other processes of this user a look into our memory.

    The limit alone would not do: a core that goes into a pipe is not held by it (core(5)). A
    process that is not dumpable leaves neither.

    Raises:
        OSError: the kernel refused.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused to make this process not dumpable")


class LeavesTraces(RuntimeError):
    """SQLite does not do what it was told."""


def open_sqlite(
    path: Path | str, *, pragmas: Mapping[str, int | str] = MappingProxyType({}), **how: Any
) -> sqlite3.Connection:
    """Open a SQLite file that overwrites what is deleted. Every one of ours is opened here.

    A pragma dies with its connection, and an old build ignores some; so each is asked back.

    Args:
        path: a path, or an address with `uri=True`.
        pragmas: what else it must answer, name → value.
        how: as `sqlite3.connect` takes it.

    Raises:
        LeavesTraces: it answers otherwise.
        sqlite3.Error: the file cannot be opened.
    """
    db: sqlite3.Connection = sqlite3.connect(path, **how)
    try:
        for name, wanted in {**NOTHING_LEFT, **pragmas}.items():
            _insist(db, name, wanted)
    except BaseException:
        db.close()
        raise
    return db


def _insist(db: sqlite3.Connection, name: str, wanted: int | str) -> None:
    db.execute(f"PRAGMA {name}={wanted}")
    (answer,) = db.execute(f"PRAGMA {name}").fetchone()
    if answer != wanted:
        raise LeavesTraces(
            f"SQLite answers {name}={answer}, not {wanted}. "
            "Use another build of it, and no network disk for the data folder."
        )
