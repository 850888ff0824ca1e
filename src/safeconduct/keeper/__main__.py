"""`python -m safeconduct.keeper`: the process that holds the keys.

Its standard input is its lifeline: the first line is the workers' tokens as JSON
{purpose: token}, the same after every restart, with "root": the root's word, where it needs one; when
it ends, the keeper ends with whoever started it. A word never comes by argument or environment.
"""

import argparse
import json
import os
import sqlite3
import sys
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

from safeconduct import apart, clock, log, traces
from safeconduct.keeper import network, panic, passkeys
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.policy import WORKER_NAMES, Rates
from safeconduct.keeper.restored import Files, Lent, after_restore
from safeconduct.keeper.roots import choosing, file
from safeconduct.keeper.roots.choosing import Brought
from safeconduct.keeper.roots.root import NoRoot, Root
from safeconduct.keeper.server import Calls, Server
from safeconduct.keeper.store import Store
from safeconduct.keeper.vault import Vault
from safeconduct.refusal import Refused

NOT_TWO = 3  # exit code: the lock takes two people's codes
_TOKEN_CHARS = 32  # 192 bits as base64url
_LOOK_S = 60  # between two looks whether it is night
logger = log.get_logger()


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


def tokens_from(line: str) -> tuple[dict[str, str], str]:
    """Return purpose → token, and the root's word, "" where none was told.

    Raises:
        ValueError: no JSON object of known purposes and long tokens.
    """
    told = json.loads(line)
    word = str(told.pop("root", "")) if isinstance(told, dict) else ""
    if not isinstance(told, dict) or set(told) - WORKER_NAMES:
        raise ValueError(
            f"standard input names other workers than {', '.join(sorted(WORKER_NAMES))}"
        )
    if any(len(str(token)) < _TOKEN_CHARS for token in told.values()):
        raise ValueError(f"a worker's token has at least {_TOKEN_CHARS} characters")
    return {name: str(token) for name, token in told.items()}, word


def _end_with_parent() -> None:
    for _ in sys.stdin:
        pass
    os._exit(0)  # every file is consistent at any instant; nothing to tidy


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m safeconduct.keeper", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder")
    parser.add_argument(
        "--admit", type=int, metavar="UID", help="answer this user alone (default: our own)"
    )
    parser.add_argument("--make-root", action="store_true", help="make the root, once, and end")
    parser.add_argument("--which-root", action="store_true", help="tell kind and epoch, and end")
    parser.add_argument("--change-root", metavar="KIND", help="take another root, and end")
    parser.add_argument("--root", metavar="KIND", help="with --make-root: which (file)")
    parser.add_argument("--root-at", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument(
        "--unlock",
        action="store_true",
        help="undo the panic lock with the codes on standard input, one a line, and end",
    )
    parser.add_argument(
        "--restored", action="store_true", help="go on after a restore told on stdin, and end"
    )
    parser.add_argument("--rp-id", default="localhost", help="host name passkeys are bound to")
    parser.add_argument("--origin", action="append", help="the console's address; repeatable")
    parser.add_argument("--rate", action="append", default=[], metavar="NAME=NUMBER")
    return parser.parse_args()


def _places(told: argparse.Namespace) -> dict[str, str]:
    """Return --root-at as name → value. Raises: NoRoot: it is no NAME=VALUE."""
    pairs = [each.partition("=") for each in told.root_at]
    if not all(equals for _, equals, _ in pairs):
        raise NoRoot("--root-at takes NAME=VALUE")
    return {name: value for name, _, value in pairs}


def _chosen(folder: Path) -> tuple[str, int]:
    """Return kind and epoch of the folder's root; ("", 0) before one was made."""
    if (folder / "keys.db").exists():
        store = Store(folder / "keys.db")
        kek, root = store.kek(), store.root()
        store.close()
        if kek is not None:
            return (root[0] if root else "file"), kek[0]
    return ("file", 0) if (folder / file.NAME).exists() else ("", 0)


def _network(told: argparse.Namespace) -> str:
    """Leave the network, unless a root that this start opens or makes is reached by one."""
    path, here = told.data / "keys.db", _places(told)
    roots = [(kind, here) for kind in (told.root, told.change_root) if kind]
    if path.exists():
        store = Store(path)
        kind, found = store.root() or ("file", "{}")
        store.close()
        roots.append((kind, {**json.loads(found), **here}))
    if any(choosing.needs_network(kind, at) for kind, at in roots):
        return network.WANTED
    left = network.leave()
    if left == network.OPEN:
        logger.warning("the keeper is not cut off from the network: this kernel has no filter")
    return left


def _make_root(told: argparse.Namespace) -> str:
    folder, (there, _) = told.data, _chosen(told.data)
    if there:
        if told.root not in {None, there}:
            raise NoRoot(f"this folder has the root {there}; change it: safeconduct root --to")
        return "The root is there already."
    kind = told.root or "file"
    brought = Brought(_places(told), _words().get("root", "") if kind in choosing.WORDS else "")
    found = choosing.choose(kind, folder, brought)
    if kind != "file":  # which needs no keys.db to be known again
        root = choosing.open_root(kind, folder, found, brought)
        Vault(Store(folder / "keys.db"), root, told=json.dumps(found))
    return "The root was made."


def _words() -> dict[str, str]:
    told: dict[str, str] = json.loads(sys.stdin.readline() or "{}")
    return told


def _root(told: argparse.Namespace, store: Store, word: str) -> Root:
    kind, found = store.root() or ("file", "{}")
    return choosing.open_root(kind, told.data, json.loads(found), Brought(_places(told), word))


def _change_root(told: argparse.Namespace) -> str:
    store, words, kind = Store(told.data / "keys.db"), _words(), told.change_root
    if store.mark("locked"):
        raise NoRoot("the panic lock is on; end it first: safeconduct unlock")
    places, told.root_at = _places(told), []  # they are the new root's
    vault = Vault(store, _root(told, store, words.get("root", "")))
    brought = Brought(places, words.get("new", ""))
    found = choosing.choose(kind, told.data, brought)
    root = choosing.open_root(kind, told.data, found, brought)
    vault.change(root, told=json.dumps(found), wall=int(clock.wall().timestamp()))
    return f"The root is {kind} now, epoch {vault.epoch}."


def _unlock(told: argparse.Namespace) -> str:
    folder: Path = told.data
    word = _words().get("root", "") if _chosen(folder)[0] in choosing.WORDS else ""
    codes = [line.strip() for line in sys.stdin if line.strip()]
    world, wall = clock.now(), int(clock.wall().timestamp())
    store = Store(folder / "keys.db")
    root = _root(told, store, word)
    people = panic.unlock(store, root, codes, world=int(world.timestamp()))
    who = " and ".join(people) or "SYS:root"
    Journal(folder / "keeper-log.db").write(who, "unlocked", ["keeper"], now=world, wall=wall)
    alone = "" if people else " No two people held unlock codes, so the root alone opened it."
    return f"The lock is off; start the keeper again.{alone}"


def _restored(told: argparse.Namespace) -> str:
    folder: Path = told.data
    word, restored = _words().get("root", ""), json.loads(sys.stdin.readline())
    store = Store(folder / "keys.db")
    if store.mark("locked"):
        raise NoRoot("the panic lock is on; end it first, where these keys come from")
    vault = Vault(store, Lent(_root(told, store, word)))
    files = Files(store, vault, Journal(folder / "keeper-log.db"))
    wall = int(clock.wall().timestamp())
    return json.dumps(after_restore(restored, files, now=clock.now(), wall=wall))


def _by_night(calls: Calls) -> None:
    while True:
        time.sleep(_LOOK_S)
        calls.nightly()


def _journal(folder: Path, *, to_read: bool) -> Journal:
    """Open the log; `to_read`: the folder's group, who is the console's, may read it to prove it."""
    if to_read:
        (folder / "keeper-log.db").touch()
        for each in folder.glob("keeper-log.db*"):
            each.chmod(0o640)
    return Journal(folder / "keeper-log.db")


def serve(told: argparse.Namespace, reach: str) -> None:
    """Open the files and answer calls until the lifeline ends; `reach` is how far it gets."""
    folder: Path = told.data
    tokens, word = tokens_from(sys.stdin.readline())
    store = Store(folder / "keys.db")
    locked = store.mark("locked")
    vault = Vault(store, None if locked else _root(told, store, word))
    house = House(
        store=store,
        vault=vault,
        journal=_journal(folder, to_read=told.admit is not None),
        tokens=tokens,
        origins=told.origin or ["http://localhost:8400"],
        rp_id=told.rp_id,
        rates=rates_from(told.rate),
        network=reach,
    )
    passkeys.insist_on_the_name(house)
    calls = Calls(house)
    server = Server(
        folder / "keeper.sock", calls, uid=os.geteuid() if told.admit is None else told.admit
    )
    threading.Thread(target=_end_with_parent, daemon=True).start()
    calls.nightly()
    threading.Thread(target=_by_night, args=(calls,), daemon=True).start()
    logger.info("the keeper listens", state="locked" if vault.locked else "open")
    server.serve_forever()


def _said(told: argparse.Namespace) -> str | None:
    """Do what is asked for, and return what to say; None when we are to serve."""
    if told.which_root:
        kind, epoch = _chosen(told.data)
        return json.dumps({"kind": kind, "epoch": epoch})
    if told.make_root:
        return _make_root(told)
    if told.change_root:
        return _change_root(told)
    if told.unlock:
        return _unlock(told)
    return _restored(told) if told.restored else None


def main() -> int:
    """Do what the command line says."""
    told = _arguments()
    traces.leave_none()
    os.umask(0o077)
    os.environ["SAFECONDUCT_DATA"] = str(told.data)  # there is the clock; our files may lie apart
    told.data = apart.of_keeper(told.data)
    log.configure(process="keeper")
    try:
        reach = _network(told)
        said = _said(told)
        if said is None:
            serve(told, reach)
        else:
            sys.stdout.write(said + "\n")
    except panic.NotTwo as few:
        sys.stderr.write(f"The keeper stays locked: {few}.\n")
        return NOT_TWO
    except (NoRoot, Refused, ValueError) as wrong:
        sys.stderr.write(f"The keeper does not start: {wrong}.\n")
        return 2
    except (OSError, sqlite3.Error) as failed:
        why = getattr(failed, "strerror", "") or failed
        mend = "Let its user" if isinstance(failed, PermissionError) else "Free its disk"
        sys.stderr.write(f"The keeper cannot write its files: {why}. {mend}.\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
