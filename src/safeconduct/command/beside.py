"""A folder made beside the one that is asked for, which takes its name when all of it was done."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safeconduct.command.trouble import Trouble

MARK = "restoring"  # stands in a folder that was not finished, which the next try replaces


def begin(to: Path) -> tuple[Path, str]:
    """Make the folder beside; return it and its mark, hex, an earlier try's if any.

    Raises:
        Trouble: something is there already.
    """
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise Trouble(f"{to} is not empty. Name a new folder with --data.")
    place = to.with_name(f"{to.name}.new")
    mark = secrets.token_hex(8)
    if (place / MARK).exists():
        mark = (place / MARK).read_text() or mark
        remove(place)
    elif place.is_dir() and not any(place.iterdir()):  # killed before it was marked
        place.rmdir()
    try:
        place.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise Trouble(f"{place} is there and not ours. Move it away.") from None
    (place / MARK).write_text(mark)
    if to.exists():
        to.rmdir()
    return place, mark


def remove(place: Path) -> None:
    """Remove an unfinished folder, its mark last: killed meanwhile, the next try knows it still."""
    for each in place.iterdir():
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        elif each.name != MARK:
            each.unlink()
    shutil.rmtree(place)


@contextmanager
def on_disk(place: Path) -> Iterator[None]:
    """Say what to do when a disk refuses. Raises: Trouble: it did."""
    try:
        yield
    except OSError as failed:
        raise Trouble(
            f"{place} could not be made: {failed.strerror or 'not all could be copied'}. Free space "
            "on its disk, or name another place, then run this again; nothing of it is left."
        ) from None
