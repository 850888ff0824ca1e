"""Processes that begin with the keeper's modules in memory: each is a fork of one that has done nothing else.

Hundreds of keepers are started in a run of tests, and reading the modules takes longer than all else
that most of them do. What is forked has one thread, no key and no file of any keeper; from there on
it is what `python -m MODULE` is: own arguments, own environment, own standard streams, own end.
"""

import contextlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import IO

_MOST_TOLD = 1_000_000  # bytes of arguments and environment


class Warm:
    """One process, as subprocess.Popen has it; its standard input is a pipe of text."""

    def __init__(
        self, module: str, arguments: Sequence[str], *, env: Mapping[str, str], out: int, err: int
    ) -> None:
        """Start `python -m module arguments`, writing to the files `out` and `err`."""
        here, there = os.pipe()
        self._ends, ends = os.pipe()
        told = json.dumps({"module": module, "arguments": list(arguments), "env": dict(env)})
        socket.send_fds(_line(), [told.encode()], [here, out, err, ends])
        for each in (here, ends):
            os.close(each)
        self.stdin: IO[str] = os.fdopen(there, "w")
        self.returncode: int | None = None
        self._said = b""
        while b"\n" not in self._said:
            if not (more := os.read(self._ends, 100)):
                raise RuntimeError(f"{module} could not be forked; see what was said on stderr")
            self._said += more
        self.pid = int(self._said.partition(b"\n")[0])
        os.set_blocking(self._ends, False)

    def poll(self) -> int | None:
        """Return how it ended, below 0 for a signal; None while it lives."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                while more := os.read(self._ends, 100):
                    self._said += more
                os.close(self._ends)
                self.returncode = int(self._said.split(b"\n")[1])
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Wait for its end. Raises: subprocess.TimeoutExpired: it lives on."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(0.002)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)


_warm: list[tuple[socket.socket, "subprocess.Popen[bytes]"]] = []


def _line() -> socket.socket:
    """Return the line to the one that is forked; the first who asks starts it."""
    if not _warm:
        here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for each in (here, there):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST_TOLD)
        process = subprocess.Popen(
            [sys.executable, "-m", "safeconduct.keeper.tests.warm", str(there.fileno())],
            stdin=subprocess.DEVNULL,
            pass_fds=[there.fileno()],
        )
        there.close()
        _warm.append((here, process))
    return _warm[0][0]


def _becomes(told: dict[str, object], fds: list[int]) -> None:
    """Be that process, to its end."""
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
    for fd in fds:
        os.close(fd)
    os.environ.clear()
    os.environ.update(told["env"])  # type: ignore[call-overload]
    sys.argv = [str(told["module"]), *told["arguments"]]  # type: ignore[misc]
    code = 1
    try:
        runpy.run_module(str(told["module"]), run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001  as the interpreter does at its end
        sys.excepthook(*sys.exc_info())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _watches(told: dict[str, object], fds: list[int]) -> None:
    """Start it, and say its number and how it ended."""
    *streams, ends = fds
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if not pid:
        os.close(ends)
        _becomes(told, streams)
    for fd in streams:
        os.close(fd)
    os.write(ends, f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    os.write(ends, f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def main() -> None:
    """Read what all of them read, then fork for whoever asks, until he is gone."""
    import safeconduct.keeper.__main__  # noqa: F401, PLC0415  not in the process that asks

    del sys.modules["safeconduct.keeper.__main__"]  # each runs it itself
    line = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who watch
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        raw, fds, _flags, _address = socket.recv_fds(line, _MOST_TOLD, 4)
        if not raw:
            return
        if not os.fork():
            line.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            _watches(json.loads(raw), fds)
        for fd in fds:
            os.close(fd)


if __name__ == "__main__":
    main()
