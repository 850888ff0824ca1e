"""Heads leave the house: every ten minutes or hundred entries, signed by the keeper.

A file in DATA/heads is made to be carried away: print it, copy it, give it to a second
organisation. It holds hashes, no ref and no content.
"""

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from safeconduct.access import client, connection
from safeconduct.access.rules import Officer, WorkerId
from safeconduct.audit import actions as audit_actions
from safeconduct.audit import exported, rules
from safeconduct.audit import queries as audit
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref

EVERY = timedelta(minutes=10)  # wall time; no more than these can be cut off unseen
ENTRIES = 100
AT_ONCE = 10_000  # leaves in one call to the keeper
JOB = "access.heads"  # an auditor asked that they leave now


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


def export_due(folder: Path, clocks: WorkerId, *, wall: datetime) -> bool:
    """Export the head of each log for which it is time; return whether one left.

    Raises:
        Refused: see `export_core`. The keeper's own head has left before.
    """
    core, keeper = last_exported(folder, "core"), last_exported(folder, "keeper")
    left, size = False, client.head(since=keeper[0])["size"]
    if due(size=size, exported=keeper[0], exported_at=keeper[1], wall=wall):
        left = export_keeper(folder)
    signed, size = signed_until(clocks), audit.head().size  # in this order: it only grows
    if size < signed or due(size=size, exported=core[0], exported_at=core[1], wall=wall):
        left = export_core(folder, clocks) or left
    return left


def export(folder: Path, clocks: WorkerId) -> None:
    """Export both heads now, where they have grown.

    Raises:
        Refused: see `export_core`. The keeper's own head has left before.
    """
    export_keeper(folder)
    export_core(folder, clocks)


@transaction.atomic
def ask_for(officer: Officer, *, now: datetime, wall: datetime) -> None:
    """Have the clocks let both heads leave now; they alone are signed one."""
    audit_actions.record(officer.ref, "heads.asked", ref=officer.ref, now=now)
    notices.put_job(JOB, new_ref(), due_at=wall)


def signed_until(clocks: WorkerId) -> int:
    """Return the size of the core's head that the keeper signed last."""
    return int(_ask("core_head", clocks)["size"])


def sign(clocks: WorkerId, *, since: int, head: audit.Head) -> dict[str, Any]:
    """Return the core log's head, signed, by the leaves from entry `since` on.

    Raises:
        Refused: the log is shorter than the head signed last, or does not go on from it; whoever
            keeps watch is called by the keeper.
    """
    for start in range(since, head.size - AT_ONCE, AT_ONCE):
        _tell(clocks, since=start, until=start + AT_ONCE, size=head.size, root="")
    rest = max(head.size - since - 1, 0) // AT_ONCE * AT_ONCE
    return _tell(clocks, since=since + rest, until=head.size, size=head.size, root=head.root.hex())


def _tell(clocks: WorkerId, *, since: int, until: int, size: int, root: str) -> dict[str, Any]:
    leaves = [leaf.hex() for leaf in audit.leaves(since=since, until=until)]
    return _ask("sign_head", clocks, since=since, leaves=leaves, size=size, root=root)


def _ask(op: str, clocks: WorkerId, **content: Any) -> dict[str, Any]:
    asks = {"worker": clocks.ref.removeprefix("SYS:"), "token": clocks.token}
    return connection.keeper().call(op, **asks, **content)


def export_core(folder: Path, clocks: WorkerId) -> bool:
    """Export the core log's head, if it has grown.

    Raises:
        Refused: see `sign`.
    """
    signed_last = signed_until(clocks)
    head, since = audit.head(), last_exported(folder, "core")[0]
    if signed_last <= head.size <= since:
        return False
    signed = sign(clocks, since=signed_last, head=head)
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
