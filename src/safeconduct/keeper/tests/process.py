"""A real keeper for tests: own process, own folder, killed when the test wants it."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import IO

from safeconduct.access.connection import Keeper, KeeperAway
from safeconduct.keeper.policy import WORKER_NAMES
from safeconduct.keeper.roots.choosing import Brought, choose
from safeconduct.keeper.tests.warm import Warm

ORIGIN = "http://localhost:8400"
SRC = Path(__file__).parents[3]


class KeeperProcess:
    """One keeper over one data folder; `tokens` stay the same when it is started again."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        root: Sequence[str] = (),
        word: str = "",
        module: str = "safeconduct.keeper",
    ) -> None:
        """Make the root of `root` (more of --make-root's arguments), and start."""
        self.folder, self.arguments = folder, arguments
        self.module, self.word = module, word
        self.tokens = {name: secrets.token_urlsafe(32) for name in sorted(WORKER_NAMES)}
        self.client = Keeper(folder / "keeper.sock")
        if root or word:
            made = self.run("--make-root", *root, told={"root": word})
            assert made.returncode == 0, made.stderr
        else:  # what --make-root does, without a process for it
            choose("file", folder, Brought({}))
        self.start()

    def run(
        self, *arguments: str, told: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[str]:
        """Run the keeper's command to its end, with what is told on its standard input."""
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            process = self._started(arguments, out=out.fileno(), err=err.fileno())
            with contextlib.suppress(BrokenPipeError), process.stdin as words:
                words.write(json.dumps(dict(told)) + "\n" if told else "")
            code = process.wait(60)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(arguments, code, out.read(), err.read())

    def _started(self, arguments: Sequence[str], *, out: int, err: int) -> Warm:
        words = ("--data", str(self.folder), *arguments)
        return Warm(self.module, words, env=self._env(), out=out, err=err)

    def _env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(SRC), "SAFECONDUCT_DATA": str(self.folder)}

    @property
    def words(self) -> tuple[str, ...]:
        """Return what stands on its command line, for anybody on the machine to read."""
        return ("--origin", ORIGIN, *self.arguments)

    @property
    def _lifeline(self) -> IO[str]:
        return self.process.stdin

    def start(self) -> None:
        """Start it and wait until it answers."""
        with Path(os.devnull).open("w") as nowhere:
            self.process = self._started(self.words, out=nowhere.fileno(), err=nowhere.fileno())
        told = {**self.tokens, "root": self.word} if self.word else self.tokens
        self._lifeline.write(json.dumps(told) + "\n")
        self._lifeline.flush()
        patience = time.monotonic() + 20
        while True:
            try:
                self.client.call("ping")
            except KeeperAway:
                assert self.process.poll() is None, "the keeper ended instead of answering"
                assert time.monotonic() < patience, "the keeper does not answer"
            else:
                return

    def kill(self) -> None:
        """Kill it with -9, as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.bury()

    def bury(self) -> None:
        """Wait for the end of one that was killed."""
        self.process.wait(10)
        with contextlib.suppress(BrokenPipeError):
            self._lifeline.close()

    def stop(self) -> None:
        """End its lifeline and wait for its end."""
        if not self._lifeline.closed:
            self._lifeline.close()
        self.process.wait(10)
        self.client.close()
