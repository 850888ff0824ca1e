"""One supervised family of processes: started together, restarted when one dies, stopped together.

A child dies with its supervisor (PR_SET_PDEATHSIG), so that no half of a product goes on alone.
Secrets that the children share are made here at each start and handed over on stdin: they lie on
no disk, and a restarted child gets the same ones.
"""

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType

from safeconduct import log
from safeconduct.command import users

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)
STOP_WAIT_S = 6.0
TEMPORARY = "tmp"  # of all children; emptied at each start
PATIENCE_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)  # between restarts of one child that keeps dying
STEADY_S = 30.0  # a child that lived this long starts its patience anew
TRIES = 3  # a part that ends this often before it is ready will not start by being tried again


class DoesNotStart(RuntimeError):
    """A part was not ready in time, or ended again and again; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the family.

    Attributes:
        name: also the name of its log and pid file.
        argv: after the Python executable.
        told: secrets given on stdin as one JSON line; stdin stays open as long as we live.
        stage: parts start in the order of stages; one stage is ready before the next begins.
        ready: a path that exists once the part can be used; None is ready at once.
        user: whom it runs as; None: as we do.
    """

    name: str
    argv: tuple[str, ...]
    stage: int
    told: Mapping[str, object] | None = None
    ready: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    user: users.User | None = None


def tied_to(parent: int, user: users.User | None = None) -> Callable[[], None]:
    """Return what a child does before anything else, so that it never outlives process `parent`.

    Args:
        user: whom it becomes; the kernel forgets whom it dies with when it does, so that comes first.
    """

    def die_with_parent() -> None:
        if user is not None:
            users.become(user)
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked to die with it
            os._exit(1)
        os.setsid()  # Ctrl-C reaches the supervisor alone, which stops the children in order

    return die_with_parent


@dataclass(slots=True)
class _Child:
    part: Part
    process: subprocess.Popen[bytes]
    began: float
    deaths: int = 0
    again_at: float = 0.0


def _say(process: subprocess.Popen[bytes], told: Mapping[str, object]) -> None:
    """Write one line of secrets to a child; its stdin stays open: to some it is the lifeline."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(told).encode() + b"\n")
            process.stdin.flush()


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    """Close our end of a dead child's stdin."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()


@dataclass(slots=True)
class _Chore:
    do: Callable[[], object]
    every_s: float
    done: float


class Family:
    """The running parts. One thread; call `tend` a few times a second.

    Args:
        folder: of the data.
        env: what the parts find in their environment besides ours.
        patience_s: between restarts of one child that keeps dying; the last again and again.
    """

    def __init__(
        self, folder: Path, *, env: Mapping[str, str], patience_s: Sequence[float] = PATIENCE_S
    ) -> None:
        self._folder, self._patience_s = folder, patience_s
        # What a library puts into a temporary file lies beside the rest, not on another disk.
        self._env = {**os.environ, "TMPDIR": str(folder.absolute() / TEMPORARY), **env}
        self._children: dict[str, _Child] = {}
        self._chores: list[_Chore] = []
        self._logger = log.get_logger()
        shutil.rmtree(folder / TEMPORARY, ignore_errors=True)
        for name in ("run", "logs", TEMPORARY):
            (folder / name).mkdir(mode=0o700, exist_ok=True)

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        if part.ready is not None:
            with users.as_root():  # the keeper's socket lies in the keeper's folder
                part.ready.unlink(missing_ok=True)
        with (self._folder / "logs" / f"{part.name}.log").open("ab") as errors:
            process = subprocess.Popen(
                [sys.executable, *part.argv],
                env={**self._env, **part.env},
                stdin=subprocess.PIPE,
                stdout=errors,
                stderr=errors,
                preexec_fn=tied_to(os.getpid(), part.user),  # noqa: PLW1509  one thread here; prctl has no other door
            )
        if part.told is not None:
            _say(process, part.told)
        with contextlib.suppress(OSError):  # a full disk takes no pid, and needs none
            (self._folder / "run" / f"{part.name}.pid").write_text(str(process.pid))
        self._logger.info("part.started", subject=part.name, pid=process.pid)
        return process

    def tell(self, name: str, told: Mapping[str, object]) -> None:
        """Tell a part other secrets: now by one more line, and at each restart by the first."""
        child = self._children[name]
        child.part = replace(child.part, told=told)
        if child.process.poll() is None:
            _say(child.process, told)  # else it is started again, and told then

    def start(self, parts: tuple[Part, ...], *, wait_s: float = 30.0) -> None:
        """Start all parts, stage by stage.

        Raises:
            DoesNotStart: a part was not ready in time; the message names its log.
        """
        for stage in sorted({part.stage for part in parts}):
            here = [part for part in parts if part.stage == stage]
            for part in here:
                self._children[part.name] = _Child(part, self._spawn(part), time.monotonic())
            self._await(here, wait_s)

    def _await(self, parts: list[Part], wait_s: float) -> None:
        until = time.monotonic() + wait_s
        for part in parts:
            while part.ready is not None and not part.ready.exists():
                self.tend()
                if time.monotonic() > until or self._children[part.name].deaths >= TRIES:
                    raise DoesNotStart(self._last_words(part.name))
                time.sleep(0.02)

    def told(self, name: str) -> Mapping[str, object]:
        """Return what a part was told last."""
        return self._children[name].part.told or {}

    def _last_words(self, name: str) -> str:
        log_file = self._folder / "logs" / f"{name}.log"
        lines = log_file.read_text(errors="replace").split("\n") if log_file.exists() else []
        said = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
        return f"The part {name!r} does not start: {said[:400]} (all of it: logs/{name}.log)"

    def chore(self, do: Callable[[], object], *, every_s: float) -> None:
        """Have `tend` do something every so many seconds; it must not take long. What it raises is logged."""
        self._chores.append(_Chore(do, every_s, time.monotonic()))

    def tend(self) -> None:
        """Start again whatever has died, with growing patience; and do the chores that are due."""
        moment = time.monotonic()
        for chore in self._chores:
            if moment - chore.done > chore.every_s:
                chore.done = moment
                try:
                    chore.do()
                except Exception as fault:  # noqa: BLE001  a chore ends no keeper and no console
                    name, where = type(fault).__name__, log.where(fault)
                    self._logger.error("chore.failed", error=name, where=where)  # noqa: TRY400  with where, and nothing of what was in hand
        for child in self._children.values():
            if child.process.poll() is None:
                continue
            if child.again_at == 0.0:
                child.deaths = 0 if moment - child.began > STEADY_S else child.deaths
                wait = self._patience_s[min(child.deaths, len(self._patience_s) - 1)]
                child.again_at = moment + wait
                child.deaths += 1
                code = child.process.returncode
                self._logger.warning("part.died", subject=child.part.name, exit_code=code)
            elif moment >= child.again_at:
                self._start_again(child, moment)

    def _start_again(self, child: _Child, moment: float) -> None:
        _hang_up(child.process)
        try:
            child.process = self._spawn(child.part)
        except OSError as failed:  # no room for a file or a process: those that run go on
            child.again_at = moment + self._patience_s[-1]
            name = type(failed).__name__
            self._logger.warning("part.not_started", subject=child.part.name, error=name)
            return
        child.began, child.again_at = moment, 0.0

    def stop(self) -> None:
        """Stop the latest stage first; what does not stop in time is killed."""
        with users.as_root():  # the keeper is another user's
            self._stop()

    def _stop(self) -> None:
        for stage in sorted({c.part.stage for c in self._children.values()}, reverse=True):
            here = [c for c in self._children.values() if c.part.stage == stage]
            for child in here:
                if child.process.poll() is None:
                    child.process.terminate()
            until = time.monotonic() + STOP_WAIT_S
            for child in here:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.process.wait(max(0.0, until - time.monotonic()))
                child.process.kill()
                child.process.wait()
                _hang_up(child.process)
                (self._folder / "run" / f"{child.part.name}.pid").unlink(missing_ok=True)
        self._children.clear()


class Stopped:
    """Turns SIGINT and SIGTERM into a flag, so that the family is stopped in order.

    While it is `starting` nobody looks at a flag: then the start itself is broken off.
    """

    def __init__(self) -> None:
        self.asked, self.starting = False, True
        signal.signal(signal.SIGINT, self._ask)
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        first, self.asked = not self.asked, True
        if self.starting and first:  # the second must not break off the stopping
            raise KeyboardInterrupt


@contextlib.contextmanager
def in_order() -> Iterator[None]:
    """Break off at SIGTERM and SIGHUP as at Ctrl-C, so that what was begun is removed; once.

    A second signal must not break off the removing.
    """

    def ask(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    asked = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, ask) for number in asked}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
