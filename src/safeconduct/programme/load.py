"""Finds the programme's profile: `programme.toml` in the data folder, reviewed and put there once."""

import os
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from safeconduct.programme.profile import Profile, WrongProfile, read

SHIPPED = Path(__file__).parent
_LOCALE = Path(__file__).parent.parent / "locale"


@lru_cache(maxsize=4)
def _load(path: Path, _changed_ns: int) -> Profile:
    return reviewed(path)


def reviewed(path: Path) -> Profile:
    """Return the profile of a file, if this console can show it.

    Raises:
        WrongProfile: see `profile.read`; or it is no TOML, or the console has no catalogue in one of
            its languages.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as wrong:
        raise WrongProfile(f"{path.name} cannot be read: {wrong}") from None
    if "console" in told:  # else `read` says so
        _insist_on_catalogues(told["console"])
    return read(told)


def _insist_on_catalogues(console: Sequence[str]) -> None:
    """Refuse a console in a language that nobody has translated it into.

    Raises:
        WrongProfile: `console` is empty or names such a language; the message says which there are.
    """
    there = {"en", *(found.parent.name for found in _LOCALE.glob("*/LC_MESSAGES"))}
    strange = sorted(set(console) - there)
    if strange or not console:
        raise WrongProfile(
            f"console = {list(console)}: the console has no catalogue in "
            f"{', '.join(strange) or 'no language'}, only in {', '.join(sorted(there))}. Take it out "
            "of `console`, or bring the catalogue first (CONTRIBUTING.md)"
        )


def current() -> Profile:
    """Return the profile of this data folder; without one, the shipped example `ukraine.toml`."""
    folder = os.environ.get("SAFECONDUCT_DATA")
    path = Path(folder, "programme.toml") if folder else SHIPPED / "ukraine.toml"
    if not path.exists():
        path = SHIPPED / "ukraine.toml"
    return _load(path, path.stat().st_mtime_ns)
