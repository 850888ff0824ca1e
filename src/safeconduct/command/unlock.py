"""`safeconduct unlock`: end the panic lock, by whoever keeps the root and two people with their codes."""

import contextlib
import getpass
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from safeconduct.command import folder, rooting
from safeconduct.command.trouble import Trouble

_NOT_TWO = 3  # the keeper's word for: bring two people's codes


def run(data: Path, *, root: rooting.Wanted) -> int:
    """Take the lock off; a keeper that runs is ended, and its supervisor starts it open.

    Raises:
        Trouble: no data folder, no root, or not two different people's unlock codes.
    """
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")
    brought = rooting.bring(data, root)
    done = _try(data, brought, "")
    if done.returncode == _NOT_TWO:
        done = _try(data, brought, _codes())
    if done.returncode:
        raise Trouble((done.stderr.strip().splitlines() or ["The keeper said nothing."])[-1])
    alone = done.stdout.strip().partition("again.")[2].strip()
    if alone:
        print(alone)
    with folder.alone(data) as ours:
        if ours:
            print(f"The lock is off. Run: safeconduct up --data {data}")
            return 0
    _end_keeper(data)
    print("The lock is off, and the keeper starts anew. Everybody signs in again.")
    return 0


def _try(data: Path, root: rooting.Root, codes: str) -> subprocess.CompletedProcess[str]:
    word = json.dumps({"root": root.word}) + "\n" if root.word else ""
    return rooting.ask(data, "--unlock", *root.arguments, told=word + codes)


def _codes() -> str:
    """Ask two people for their codes, unseen; from a pipe, read two lines."""
    if not sys.stdin.isatty():
        return sys.stdin.readline() + sys.stdin.readline()
    print("Two different people, each an administrator or a supervisor, type their printed codes.")
    return "\n".join(
        getpass.getpass(f"Code of the {which} person: ") for which in ("first", "second")
    )


def _end_keeper(data: Path) -> None:
    try:
        pid = int((data / "run" / "keeper.pid").read_text())
    except (OSError, ValueError):  # written on a full disk, or not at all
        raise Trouble("The lock is off. Stop `up` with Ctrl-C and start it again.") from None
    line = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
    if b"safeconduct.keeper" in line:  # a pid may have gone to somebody else since
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
