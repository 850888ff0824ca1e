"""`safeconduct site`: make the public site and its key, and verify any copy of it, without network."""

import tomllib
from datetime import timedelta
from pathlib import Path

from safeconduct import clock, sealing
from safeconduct.command.trouble import Trouble
from safeconduct.pages import site
from safeconduct.spool.keyfiles import read_key, write_key


def new_key(to: Path) -> int:
    """Make the site's signing key in a file, and print its public half for leaflets.

    Raises:
        Trouble: there is a file already.
    """
    if to.exists():
        raise Trouble(f"{to} is there already; a second key would make the printed one worthless.")
    private, public = sealing.new_sign_keys()
    write_key(to, private)
    print(f"{to} signs the site. Keep it away from every machine that serves it.")
    print(f"Print this key on leaflets:\n\n  {site.spoken(public)}")
    return 0


def make(words: Path, *, key: Path, to: Path, days: int) -> int:
    """Write the signed site into a new or empty folder.

    Raises:
        Trouble: the words cannot be used, the key cannot be read, or the folder holds something.
    """
    if to.exists() and any(to.iterdir()):
        raise Trouble(
            f"{to} is not empty. Give a new folder: a copy is whole, or it is not genuine."
        )
    try:
        told = site.read(tomllib.loads(words.read_text("utf-8")))
        private = read_key(key)
        until = clock.wall().date() + timedelta(days=days)
        files = site.made(told, private=private, until=until)
    except (OSError, ValueError) as wrong:
        raise Trouble(f"The site cannot be made: {wrong}.") from None
    for name, page in files.items():
        if name.endswith(".html") and (strange := site.foreign(page)):
            raise Trouble(f"{name} would hold {strange}; nothing was written.")
    to.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (to / name).write_bytes(content)
    print(f"{to}: {len(files)} files, good until {until}. Serve the folder from anywhere.")
    return 0


def verify(folder: Path, *, key: str) -> int:
    """Say whether a copy is genuine and still counts; 1 if it is not.

    Raises:
        Trouble: there is no such folder, or the key is none.
    """
    if not folder.is_dir():
        raise Trouble(f"There is no folder {folder}.")
    try:
        printed = site.key_of(key)
    except site.WrongSite as wrong:
        raise Trouble(f"{str(wrong).capitalize()}.") from None
    try:
        files = [path for path in folder.rglob("*") if path.is_file()]
        found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    except OSError as failed:
        raise Trouble(f"The copy cannot be read whole: {failed.strerror}.") from None
    why = site.fault(found, key=printed, today=clock.wall().date())
    print(
        f"NOT GENUINE: {why}." if why else f"Genuine: all {len(found)} files, and it still counts."
    )
    return 1 if why else 0
