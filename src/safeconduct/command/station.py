"""`safeconduct station --config FILE`: the station of an escort team, on its laptop, without the core."""

import argparse
import os
import sys
from pathlib import Path

from safeconduct.command.doors import Doors, door
from safeconduct.command.trouble import Trouble


def declare(doors: Doors) -> None:
    """Add the command."""
    line = (
        "run the station of an escort team: it watches one passage, also while the link home is cut"
    )
    station = door(doors, "station", line, _run)
    add = station.add_argument
    add("--config", type=Path, required=True, metavar="FILE", help="station.toml (docs/station.md)")
    line = "read its passphrase from this open file descriptor instead of the terminal"
    add("--passphrase-fd", type=int, metavar="N", help=line)


def _run(args: argparse.Namespace) -> int:
    return run(args.config, passphrase_fd=args.passphrase_fd)


def run(config: Path, *, passphrase_fd: int | None) -> int:
    """Become the station: this process is replaced, so that nothing of the command stays loaded.

    Raises:
        Trouble: there is no such file.
    """
    if not config.exists():
        raise Trouble(f"There is no file {config}. docs/station.md shows one.")
    told = ["-m", "safeconduct.station", "--config", str(config)]
    if passphrase_fd is not None:
        os.set_inheritable(passphrase_fd, True)
        told += ["--passphrase-fd", str(passphrase_fd)]
    os.execv(sys.executable, [sys.executable, *told])  # noqa: S606  our own interpreter and module
