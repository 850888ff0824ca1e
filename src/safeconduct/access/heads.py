"""Heads leave the house: every ten minutes or hundred entries, signed by the keeper.

A file in DATA/heads is made to be carried away: print it, copy it, give it to a second
organisation. It holds hashes, no ref and no content.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from safeconduct.access import client
from safeconduct.audit import exported, rules
from safeconduct.audit import queries as audit

EVERY = timedelta(minutes=10)  # wall time; no more than these can be cut off unseen
ENTRIES = 100


def last_exported(folder: Path, log: str) -> tuple[int, float]:
    """Return size and file time (wall, seconds) of the latest head of `log`, 0 and 0 if none.

    After a restore that is a head of the newest branch, or the size from which it goes on.
    """
    branches, _wrong = exported.branches_in([folder], log)
    number = branches[-1].branch if branches else 0
    found = max(folder.glob(f"{rules.name_of(log, number)}-*.json"), default=None)
    if found is None:
        return (branches[-1].size, 0.0) if branches else (0, 0.0)
    return int(found.stem.rpartition("-")[2]), found.stat().st_mtime


def newest(folder: Path, log: str) -> exported.Head | None:
    """Return the head of `log` that left last, None if none did.

    Raises:
        ValueError: it is no head any more, or its signature does not fit it.
    """
    branches, _wrong = exported.branches_in([folder], log)
    name = rules.name_of(log, branches[-1].branch if branches else 0)
    found = max(folder.glob(f"{name}-*.json"), default=None)
    return None if found is None else exported.Head.read(found)


def due(*, size: int, exported: int, exported_at: float, wall: datetime) -> bool:
    """Return whether a head should leave now."""
    fresh = size - exported
    return fresh >= ENTRIES or (
        fresh > 0 and wall.timestamp() - exported_at >= EVERY.total_seconds()
    )


def export_due(folder: Path, *, wall: datetime) -> bool:
    """Export the head of each log for which it is time; return whether one left."""
    core, keeper = last_exported(folder, "core"), last_exported(folder, "keeper")
    left = False
    if due(size=audit.head().size, exported=core[0], exported_at=core[1], wall=wall):
        left = export_core(folder) or left
    size = client.head(since=keeper[0])["size"]
    if due(size=size, exported=keeper[0], exported_at=keeper[1], wall=wall):
        left = export_keeper(folder) or left
    return left


def export(folder: Path) -> None:
    """Export both heads now, where they have grown."""
    export_core(folder)
    export_keeper(folder)


def export_core(folder: Path) -> bool:
    """Export the core log's head, if it has grown."""
    head, since = audit.head(), last_exported(folder, "core")[0]
    if head.size <= since:
        return False
    signed = client.sign_head(size=head.size, root=head.root)
    leaves = [leaf.hex() for leaf in audit.leaves(since=since, until=head.size)]
    _write(folder, {**signed, "since": since, "leaves": leaves})
    return True


def export_keeper(folder: Path) -> bool:
    """Export the keeper log's head, if it has grown."""
    since = last_exported(folder, "keeper")[0]
    head = client.head(since=since)
    if head["size"] <= since:
        return False
    _write(folder, head)
    return True


def _write(folder: Path, head: dict[str, Any]) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"{head['log']}-{head['size']:012d}.json"
    fresh = path.with_suffix(".new")
    with fresh.open("w") as file:
        json.dump(head, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
