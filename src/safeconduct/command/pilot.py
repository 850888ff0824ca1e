"""`safeconduct pilot --config FILE`: the pilot speaks to his station, one order a line."""

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TextIO

from safeconduct.command.trouble import Trouble
from safeconduct.mavlink.hand import SOCKET, UNASKED
from safeconduct.spool.config import ConfigWrong, load

STOPPED = "ABORT, everything was stopped at {at} by the escort's station. Nothing was sent to an aircraft: you have it"
Answers = SimpleQueue[dict[str, Any] | None]
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
    code, answers = 0, Answers()
    with (
        link.makefile("r", encoding="ascii") as heard,
        link.makefile("w", encoding="ascii") as talk,
    ):
        hears = threading.Thread(target=_hear, args=(heard, answers), daemon=True)
        hears.start()
        for line in filter(None, lines):
            talk.write(line + "\n")
            talk.flush()
            if (answer := answers.get()) is None:
                raise Trouble("The station ended. Its aircraft are the pilot's alone now.")
            code = _show(answer)
        with contextlib.suppress(OSError):  # it ended by itself
            link.shutdown(socket.SHUT_RDWR)  # whoever still waits for a line gets none
        hears.join()
    return code


def _hear(heard: TextIO, answers: Answers) -> None:
    """Show a stop the moment it comes, whatever is being typed; hand each answer on."""
    with contextlib.suppress(OSError, ValueError):
        for line in heard:
            told = json.loads(line)
            if UNASKED in told:
                print(f"\a\n*** {STOPPED.format(at=told[UNASKED])} ***", flush=True)
            else:
                answers.put(told)
    answers.put(None)


def _show(answer: dict[str, Any]) -> int:
    if "done" not in answer:
        for system, shown in answer.items():
            print(f"{system}: {json.dumps(shown, indent=1)}")
        return 0
    print("done" if answer["done"] else answer["why"])
    return 0 if answer["done"] else 1
