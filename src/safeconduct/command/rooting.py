"""The root of the keys, seen from the command: which one, who brings its word, and taking another.

A word is typed on the terminal or comes by an open file descriptor, never by argument or environment:
both of those lie open to whoever lists processes.
"""

import getpass
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from safeconduct import traces
from safeconduct.command import folder, users
from safeconduct.command.trouble import Trouble

WORDS = {"passphrase": "Passphrase", "pkcs11": "PIN of the token", "vault": "Token of Vault"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line says of a root.

    Attributes:
        kind: which; "" for the one that is there, or a file at the first start.
        at: NAME=VALUE, where it lies; no secret.
        fd: an open file descriptor whose lines are the words; None asks on the terminal.
    """

    kind: str = ""
    at: tuple[str, ...] = ()
    fd: int | None = None


@dataclass(frozen=True, slots=True)
class Root:
    """A root as the supervisor hands it to each keeper that it starts.

    Attributes:
        made: an earlier start has made it; no process of the keeper is begun to be told so.
    """

    kind: str = "file"
    at: tuple[str, ...] = ()
    word: str = field(default="", repr=False)
    made: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """Return what the keeper's command line takes of it."""
        return tuple(part for each in self.at for part in ("--root-at", each))


FILE = Root()


def ask(data: Path, *arguments: str, told: str) -> subprocess.CompletedProcess[str]:
    """Run the keeper's command to its end, with what is told on its standard input.

    Raises:
        Trouble: the keeper has a user of its own, who cannot run it, or a part of its files only.
    """
    users.insist_on_whole(data)
    argv = [sys.executable, "-m", "safeconduct.keeper", "--data", str(data), *arguments]
    first = users.becoming(users.of_keeper(data))
    try:
        return subprocess.run(
            argv, input=told, capture_output=True, text=True, check=False, preexec_fn=first
        )
    except PermissionError:
        raise Trouble(
            f"The keeper's user may not run {sys.executable}. Use the program by which `up` runs."
        ) from None


def keeper(data: Path, *arguments: str, told: dict[str, str] | None = None) -> str:
    """Run the keeper's command to its end; return what it said.

    Raises:
        Trouble: it did not do it; the message is its last line.
    """
    done = ask(data, *arguments, told=json.dumps(told or {}) + "\n")
    if done.returncode:
        raise Trouble((done.stderr.strip().splitlines() or ["The keeper said nothing."])[-1])
    return done.stdout.strip()


def found(data: Path) -> tuple[str, int]:
    """Return kind and epoch of a folder's root; ("", 0) before one was made."""
    told = json.loads(keeper(data, "--which-root"))
    return str(told["kind"]), int(told["epoch"])


def bring(data: Path, wanted: Wanted) -> Root:
    """Return the folder's root with its word, asked for where it needs one.

    Raises:
        Trouble: another root than the one that is there, or nobody to ask.
    """
    there, _ = found(data)
    if there and wanted.kind not in {"", there}:
        raise Trouble(
            f"This folder has the root {there!r}. To take another one, stop it and run: "
            f"safeconduct root --data {data} --to {wanted.kind}"
        )
    kind = there or wanted.kind or "file"
    words = _Words(wanted.fd)
    word = words.one(WORDS[kind], twice=not there) if kind in WORDS else ""
    return Root(kind, wanted.at, word, made=bool(there))


class _Words:
    """Where words come from: the lines of a file descriptor, or a terminal."""

    def __init__(self, fd: int | None) -> None:
        traces.leave_none()  # what is typed stays in our memory, for the keepers we start
        self._lines = None
        if fd is not None:
            try:
                with os.fdopen(fd) as lines:
                    self._lines = iter(lines.read().splitlines())
            except OSError:
                raise Trouble(f"--root-fd {fd} is not open. Open it: {fd}<FILE") from None

    def one(self, what: str, *, twice: bool) -> str:
        """Return one word; a new one that is typed is typed twice."""
        if self._lines is not None:
            word = next(self._lines, "")
            if not word:
                raise Trouble(f"--root-fd gave no line for: {what}.")
            return word
        if not sys.stdin.isatty():
            raise Trouble(
                f"This root needs: {what}. Start it on a terminal, or give it by --root-fd N."
            )
        word = getpass.getpass(f"{what}: ")
        if twice and getpass.getpass(f"{what}, once more: ") != word:
            raise Trouble("The two are not the same. Run this again.")
        return word


def run(data: Path, *, to: Wanted) -> int:
    """Say which root a folder has; with a kind, take another one. The folder must stand still."""
    if not (data / "stamp").exists():
        raise Trouble(f"{data} is no data folder. Name it with --data.")
    there, epoch = found(data)
    if not to.kind:
        print(f"The root is {there or 'not made yet'}, epoch {epoch}.")
        return 0
    with folder.alone(data) as ours:
        if not ours:
            raise Trouble("It runs. Stop it with Ctrl-C first, then run this again.")
        words = _Words(to.fd)
        told = {"root": words.one(WORDS[there], twice=False)} if there in WORDS else {}
        if to.kind in WORDS:
            told["new"] = words.one(f"{WORDS[to.kind]} (new)", twice=True)
        places = Root(to.kind, to.at).arguments
        print(keeper(data, "--change-root", to.kind, *places, told=told))
    print(
        "Now destroy every copy of the old root and every copy of keys.db from before: together "
        "they open what was in it."
    )
    return 0
