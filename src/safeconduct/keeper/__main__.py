"""`python -m safeconduct.keeper`: the process that holds the keys.

Its standard input is its lifeline: the first line is the workers' tokens as JSON
{purpose: token}, the same after every restart; when it ends, the keeper ends with whoever started it.
"""

import argparse
import ctypes
import json
import os
import resource
import sqlite3
import sys
import threading
from dataclasses import fields, replace
from pathlib import Path

from safeconduct import clock, log
from safeconduct.keeper import panic
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.policy import WORKER_NAMES, Rates
from safeconduct.keeper.server import Calls, Server
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import NoRoot, Vault, make_root, read_root

_PR_SET_DUMPABLE = 4  # linux/prctl.h
NOT_TWO = 3  # exit code: the lock takes two people's codes
_TOKEN_CHARS = 32  # 192 bits as base64url
logger = log.get_logger()


def leave_no_trace() -> None:
    """Refuse core dumps, and other processes of this user a look into our memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl refused to make the keeper not dumpable")
    os.umask(0o077)


def rates_from(told: list[str]) -> Rates:
    """Return the programme's limits, changed by NAME=NUMBER.

    Raises:
        ValueError: there is no such limit, or it is no number.
    """
    rates, names = Rates(), {each.name for each in fields(Rates)}
    for each in told:
        name, _, number = each.partition("=")
        if name not in names:
            raise ValueError(f"--rate {each}: there is {', '.join(sorted(names))}")
        rates = replace(rates, **{name: int(number)})
    return rates


def tokens_from(line: str) -> dict[str, str]:
    """Return purpose → token.

    Raises:
        ValueError: no JSON object of known purposes and long tokens.
    """
    told = json.loads(line)
    if not isinstance(told, dict) or set(told) - WORKER_NAMES:
        raise ValueError(
            f"standard input names other workers than {', '.join(sorted(WORKER_NAMES))}"
        )
    if any(len(str(token)) < _TOKEN_CHARS for token in told.values()):
        raise ValueError(f"a worker's token has at least {_TOKEN_CHARS} characters")
    return {name: str(token) for name, token in told.items()}


def _end_with_parent() -> None:
    for _ in sys.stdin:
        pass
    os._exit(0)  # every file is consistent at any instant; nothing to tidy


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m safeconduct.keeper", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument("--make-root", action="store_true", help="make root.key, once, and end")
    parser.add_argument(
        "--unlock",
        action="store_true",
        help="undo the panic lock with the codes on standard input, one a line, and end",
    )
    parser.add_argument("--rp-id", default="localhost", help="host name passkeys are bound to")
    parser.add_argument("--origin", action="append", help="the console's address; repeatable")
    parser.add_argument("--rate", action="append", default=[], metavar="NAME=NUMBER")
    return parser.parse_args()


def _unlock(folder: Path) -> str:
    os.environ["SAFECONDUCT_DATA"] = str(folder)
    codes = [line.strip() for line in sys.stdin if line.strip()]
    world, wall = clock.now(), int(clock.wall().timestamp())
    store, root = Store(folder / "keys.db"), read_root(folder / "root.key")
    people = panic.unlock(store, root, codes, world=int(world.timestamp()))
    who = " and ".join(people) or "SYS:root"
    Journal(folder / "keeper-log.db").write(who, "unlocked", ["keeper"], now=world, wall=wall)
    alone = "" if people else " No two people held unlock codes, so the root alone opened it."
    return f"The lock is off; start the keeper again.{alone}"


def serve(told: argparse.Namespace) -> None:
    """Open the files and answer calls until the lifeline ends."""
    folder: Path = told.data
    os.environ["SAFECONDUCT_DATA"] = str(folder)
    tokens = tokens_from(sys.stdin.readline())
    store = Store(folder / "keys.db")
    locked = store.mark("locked")
    vault = Vault(store, None if locked else read_root(folder / "root.key"))
    house = House(
        store=store,
        vault=vault,
        journal=Journal(folder / "keeper-log.db"),
        tokens=tokens,
        origins=told.origin or ["http://localhost:8400"],
        rp_id=told.rp_id,
        rates=rates_from(told.rate),
    )
    calls = Calls(house)
    server = Server(folder / "keeper.sock", calls, uids=frozenset({os.geteuid()}))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    logger.info("the keeper listens", state="locked" if vault.locked else "open")
    server.serve_forever()


def main() -> int:
    """Do what the command line says."""
    told = _arguments()
    leave_no_trace()
    log.configure(process="keeper")
    try:
        if told.make_root:
            made = make_root(told.data / "root.key")
            sys.stdout.write("root.key was made.\n" if made else "root.key is there already.\n")
        elif told.unlock:
            sys.stdout.write(_unlock(told.data) + "\n")
        else:
            serve(told)
    except panic.NotTwo as few:
        sys.stderr.write(f"The keeper stays locked: {few}.\n")
        return NOT_TWO
    except (NoRoot, ValueError) as wrong:
        sys.stderr.write(f"The keeper does not start: {wrong}.\n")
        return 2
    except (OSError, sqlite3.Error) as failed:
        why = getattr(failed, "strerror", "") or failed
        sys.stderr.write(f"The keeper cannot write its files: {why}. Free its disk.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
