"""`safeconduct unlock`: end the panic lock, by whoever has the machine and the root."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from safeconduct.command import folder
from safeconduct.command.trouble import Trouble


def run(data: Path) -> int:
    """Take the lock off; a keeper that runs is ended, and its supervisor starts it open."""
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")
    argv = [sys.executable, "-m", "safeconduct.keeper", "--data", str(data), "--unlock"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Trouble((done.stderr.strip().splitlines() or ["The keeper said nothing."])[-1])
    with folder.alone(data) as ours:
        if ours:
            print(f"The lock is off. Run: safeconduct up --data {data}")
            return 0
    _end_keeper(data)
    print("The lock is off, and the keeper starts anew. Everybody signs in again.")
    return 0


def _end_keeper(data: Path) -> None:
    try:
        pid = int((data / "run" / "keeper.pid").read_text())
    except (OSError, ValueError):  # written on a full disk, or not at all
        raise Trouble("The lock is off. Stop `up` with Ctrl-C and start it again.") from None
    line = Path(f"/proc/{pid}/cmdline").read_bytes() if Path(f"/proc/{pid}").exists() else b""
    if b"safeconduct.keeper" in line:  # a pid may have gone to somebody else since
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
