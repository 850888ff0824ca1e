"""One programme run by `safeconduct up` as a process of its own, for tests that kill, fill and end it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from safeconduct.command import folder
from safeconduct.exercise import staffing
from safeconduct.exercise.console import Browser
from safeconduct.exercise.story import Staff
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
UP = "Ctrl-C stops everything."
_GATEWAY = """[gateway]
name = "air"
stamp = "real"
listen = "127.0.0.1:{link}"
folder = "."
[mavlink]
listen = "127.0.0.1:{air}"
unsigned = true
[mavlink.systems]
1 = "aircraft:1"
"""


def until(told: Callable[[], bool], *, wait_s: float = 30.0) -> bool:
    """Wait until `told` says so; return whether it did."""
    end = time.monotonic() + wait_s
    while not told() and time.monotonic() < end:
        time.sleep(0.05)
    return told()


def environment() -> dict[str, str]:
    """Return the environment of somebody who has set nothing of ours."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SAFECONDUCT_", "DJANGO_"))}
    return {**env, "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1"}


def command(*words: str, python: str = sys.executable) -> list[str]:
    """Return the command line of `safeconduct WORDS`."""
    return [python, "-m", "safeconduct.command.main", *words]


def run(
    *words: str,
    before: tuple[str, ...] = (),
    told: Mapping[str, str] | None = None,
    python: str = sys.executable,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, perhaps behind another that prepares its world.

    Args:
        told: what whoever runs it has set of ours.
    """
    argv = [*before, *command(*words, python=python)]
    env = {**environment(), **(told or {})}
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)


def run_with_words(*words: str, lines: str) -> subprocess.CompletedProcess[str]:
    """Run a command whose root's words come by a file descriptor."""
    reading, writing = os.pipe()
    os.write(writing, lines.encode())
    os.close(writing)
    done = subprocess.run(
        command(*words, "--root-fd", str(reading)),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        pass_fds=[reading],
    )
    os.close(reading)
    return done


def living(pid: int) -> bool:
    """Return whether a process runs; one that is dead and not yet buried does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def running_for(data: Path) -> list[str]:
    """Return the command lines of every process of any parent that works for this data folder."""
    found = []
    pids = {path.read_text().strip() for path in (data / "run").glob("*.pid")}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (process / "cmdline").read_bytes()
            told = line + b"\0" + _environ(process)
            if str(data).encode() in told or (process.name in pids and b"safeconduct." in line):
                found.append(line.replace(b"\0", b" ").decode())
    return found


def _environ(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except PermissionError:  # it lets nobody but root look; its pid file names it
        return b""


def cut_short(data: Path, tables: Path) -> None:
    """Leave a folder as a first start does that was cut short before it made keys: its tables stand."""
    folder.make(data, stamp="real", profile=None)
    shutil.copy(tables, data / "safeconduct.db")


def first_link(said: str) -> str:
    """Return the first administrator's link, of what `up` said."""
    return next(line.strip() for line in said.splitlines() if "/sign-in/join/" in line)


class Programme:
    """One data folder, run or not run at the moment."""

    def __init__(self, place: Path, *more: str) -> None:
        """Make nothing yet; `more` words go to each start."""
        self.data, self.port, self.more = place / "data", free_port(), more
        self.said = place / "up.log"
        self.people: dict[str, Browser] = {}
        self.told: dict[str, str] = {}  # what whoever runs it has set of ours
        self.tables: Path | None = None  # of an earlier start that was cut short
        self.python = sys.executable
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        """Return where its console is."""
        return f"http://localhost:{self.port}"

    @property
    def words(self) -> tuple[str, ...]:
        """Return the command that starts it."""
        return ("up", "--data", str(self.data), "--port", str(self.port), *self.more)

    @property
    def supervisor(self) -> "subprocess.Popen[bytes]":
        """Return the process that was started."""
        assert self._process is not None
        return self._process

    def runs(self) -> bool:
        """Return whether its supervisor lives."""
        return self._process is not None and self._process.poll() is None

    def give_gateway(self) -> None:
        """Configure one gateway on this machine; the next start runs it."""
        link, air = free_port(), free_port()
        place = self.data / "gateways" / "air"
        place.mkdir()
        (place / "gateway.toml").write_text(_GATEWAY.format(link=link, air=air))
        peer = f'[[gateway]]\nname = "air"\naddress = "127.0.0.1:{link}"\ninto = "in-mavlink"\n'
        (self.data / "gateways.toml").write_text(peer)

    def launch(self) -> None:
        """Start it, as from a terminal: a process group of its own, which Ctrl-C reaches whole."""
        if self.tables and not self.data.exists():
            cut_short(self.data, self.tables)
        with self.said.open("w") as said:
            self._process = subprocess.Popen(
                command(*self.words, python=self.python),
                env={**environment(), **self.told},
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def begin(self) -> str:
        """Start it, wait until it is up; return what it said."""
        self.launch()
        up = until(lambda: UP in self.said.read_text() or not self.runs(), wait_s=60)
        assert up, self.said.read_text()
        assert self.runs(), self.said.read_text()
        return self.said.read_text()

    def start(self) -> None:
        """Have it run, with an administrator and an operator: start it unless it does."""
        if self.runs():
            return
        said = self.begin()
        if not self.people:
            link = first_link(said)
            cast = (Staff("op", "Operator 14", ("OP",)),)
            self.people = staffing.bring_on_duty(
                cast, base=self.origin, link=link, says=lambda _line: None
            )

    def parts(self) -> dict[str, int]:
        """Return part → pid, as the folder tells it."""
        told = {path.stem: path.read_text() for path in (self.data / "run").glob("*.pid")}
        return {name: int(pid) for name, pid in told.items() if pid}

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the supervisor a signal; return its exit code."""
        self.supervisor.send_signal(number)
        return self.supervisor.wait(30)

    def shows(self, path: str) -> tuple[int, str]:
        """Return what the administrator's browser gets, with the login it had, never signing in."""
        answer = self.people["admin"].fetch(path)
        return answer.status_code, answer.text
