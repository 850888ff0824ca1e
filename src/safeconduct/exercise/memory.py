"""How much memory the product's own processes hold: the kernel's proportional set size, summed.

The simulators and the player are left out; the supervisor is in. A process that lets nobody look
(the keeper, where the player is not root) counts with its resident size, which is never smaller.
"""

import threading
from pathlib import Path

_EVERY_S = 2.0


def _kb(lines: str, label: str) -> int:
    return next((int(line.split()[1]) for line in lines.splitlines() if line.startswith(label)), 0)


def _size_kb(pid: int) -> int:
    try:
        return _kb(Path(f"/proc/{pid}/smaps_rollup").read_text(), "Pss:")
    except PermissionError:
        return _kb(Path(f"/proc/{pid}/status").read_text(), "VmRSS:")


def now_kb(folder: Path) -> dict[str, int]:
    """Return part → kB for every process whose pid file lies in the data folder's `run`."""
    sizes: dict[str, int] = {}
    for path in sorted((folder / "run").glob("*.pid")):
        try:
            sizes[path.stem] = _size_kb(int(path.read_text()))
        except (OSError, ValueError):
            continue  # between two lives
    return sizes


class Watch:
    """Looks every two seconds and remembers the fullest moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stop = threading.Event()
        self.fullest: dict[str, int] = {}
        self._thread = threading.Thread(target=self._run, name="memory", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> dict[str, object]:
        """Return the fullest moment, in MB, part by part."""
        self._stop.set()
        self._thread.join()
        parts = {name: round(kb / 1024, 1) for name, kb in self.fullest.items()}
        return {"sum_of_pss_mb": round(sum(self.fullest.values()) / 1024, 1), "parts_mb": parts}

    def _run(self) -> None:
        while not self._stop.is_set():
            sizes = now_kb(self._folder)
            if sum(sizes.values()) > sum(self.fullest.values()):
                self.fullest = sizes
            self._stop.wait(_EVERY_S)
