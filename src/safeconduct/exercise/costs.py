"""What the product's own processes take of a machine: memory at the fullest moment, CPU to the end.

The simulators and the player are left out; the supervisor is in. Memory is the kernel's proportional
set size; a process that lets nobody look (the keeper, where the player is not root) counts with its
resident size, which is never smaller. CPU is that of each process and of all that it saw end: of the
supervisor that is whatever died and was started again, and what brought the folder up. A second of a
busy core does less, so beside it stands what a fixed piece of work took meanwhile.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

_EVERY_S = 2.0
_YARDSTICK = 20_000  # numbers written into a table: 2 to 4 ms
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_UTIME = 11  # of /proc/PID/stat behind the name: utime, stime, and those of children that ended
SUPERVISOR, ENDED = "supervisor", "ended"
_Told = TypeVar("_Told")


def _kb(lines: str, label: str) -> int:
    return next((int(line.split()[1]) for line in lines.splitlines() if line.startswith(label)), 0)


def _size_kb(pid: int) -> int:
    try:
        return _kb(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:")
    except PermissionError:
        return _kb(Path(f"/proc/{pid}/status").read_text(), "VmRSS:")


def _of_each(folder: Path, told: Callable[[int], _Told]) -> dict[str, _Told]:
    """Return part → what is told of every process whose pid file lies in the data folder's `run`."""
    found: dict[str, _Told] = {}
    for path in sorted((folder / "run").glob("*.pid")):
        try:
            found[path.stem] = told(int(path.read_text()))
        except (OSError, ValueError):
            continue  # between two lives
    return found


def _cpu_s(pid: int) -> tuple[float, float]:
    """Return the CPU seconds of a process, and those of its children that ended."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, theirs_user, theirs_system = (int(w) for w in words[_UTIME : _UTIME + 4])
    return (user + system) * _TICK_S, (theirs_user + theirs_system) * _TICK_S


def cpu(folder: Path, *, not_ours_s: float = 0.0) -> dict[str, object]:
    """Return the CPU seconds that the product took so far, in all and part by part.

    Args:
        folder: the data folder of a family that still runs.
        not_ours_s: what children of the supervisor took that are no part of the product.
    """
    found = _of_each(folder, _cpu_s)
    parts = {name: sum(told) for name, told in found.items()}
    if SUPERVISOR in found:
        parts[SUPERVISOR], ended = found[SUPERVISOR]
        parts[ENDED] = ended - not_ours_s
    return {"sum_s": round(sum(parts.values()), 1), "parts_s": _rounded(parts)}


def _rounded(parts: Mapping[str, float]) -> dict[str, float]:
    return {name: round(told, 1) for name, told in parts.items()}


def _yardstick_ms() -> float:
    """Return the CPU milliseconds that a fixed piece of work takes here and now."""
    began = time.thread_time()
    _made = {str(number): number for number in range(_YARDSTICK)}
    return (time.thread_time() - began) * 1000


class Watch:
    """Looks every two seconds: remembers the fullest moment, and how fast the machine was."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self.fullest: dict[str, int] = {}
        self._yardsticks = [_yardstick_ms()]
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> dict[str, object]:
        """Return the fullest moment, in MB, part by part; and end the looking."""
        self._stop.set()
        self._thread.join()
        parts = _rounded({name: kb / 1024 for name, kb in self.fullest.items()})
        return {"sum_of_pss_mb": round(sum(self.fullest.values()) / 1024, 1), "parts_mb": parts}

    def yardstick_ms(self) -> float:
        """Return the CPU milliseconds that the same work took, on average since the start."""
        return round(sum(self._yardsticks) / len(self._yardsticks), 3)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._yardsticks.append(_yardstick_ms())
            sizes = _of_each(self._folder, _size_kb)
            if sum(sizes.values()) > sum(self.fullest.values()):
                self.fullest = sizes
            self._stop.wait(_EVERY_S)
