"""The worker's pulse: a file's time, for whoever keeps no tables open. Pure but for that file."""

from datetime import UTC, datetime
from pathlib import Path

_FILE = Path("run", "worker.beat")


def beat(folder: Path) -> None:
    """Say in a data folder that the worker is well. Needs no room on the disk once the file is there."""
    (folder / _FILE).parent.mkdir(exist_ok=True)
    (folder / _FILE).touch()


def felt(folder: Path) -> datetime | None:
    """Return when it last said so (real time); None if it has not."""
    try:
        return datetime.fromtimestamp((folder / _FILE).stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def forget(folder: Path) -> None:
    """Forget what an earlier life said."""
    (folder / _FILE).unlink(missing_ok=True)
