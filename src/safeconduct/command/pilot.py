"""`safeconduct pilot --config FILE`: the pilot speaks to his station, one order a line."""

import json
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from safeconduct.command.trouble import Trouble
from safeconduct.mavlink.hand import SOCKET
from safeconduct.spool.config import ConfigWrong, load

HELP = "check, fence, on, watch, lead, mark, see, sees, hold, home, off, status; then whom, as: watch 1"


def run(config: Path, words: list[str]) -> int:
    """Give one order, or each line typed; return 0 when the last was done."""
    try:
        path = load(config, channel="mavlink").folder / SOCKET
    except ConfigWrong as wrong:
        raise Trouble(str(wrong)) from None
    lines = [" ".join(words)] if words else _typed()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            link.connect(str(path))
        except OSError:
            raise Trouble(
                "No pilot's station runs by that file. Start safeconduct gateway mavlink with it, and "
                "see that it has the table [mavlink.pilot]."
            ) from None
        return _orders(link, lines)


def _typed() -> Iterable[str]:
    print(HELP)
    return (line.strip() for line in sys.stdin)


def _orders(link: socket.socket, lines: Iterable[str]) -> int:
    code = 0
    with link.makefile("rw", encoding="ascii") as talk:
        for line in filter(None, lines):
            talk.write(line + "\n")
            talk.flush()
            if not (answer := talk.readline()):
                raise Trouble("The station ended. Its aircraft are the pilot's alone now.")
            code = _show(json.loads(answer))
    return code


def _show(answer: dict[str, Any]) -> int:
    if "done" not in answer:
        for system, shown in answer.items():
            print(f"{system}: {json.dumps(shown, indent=1)}")
        return 0
    print("done" if answer["done"] else answer["why"])
    return 0 if answer["done"] else 1
