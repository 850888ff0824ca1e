"""The words of the station's page, in the console's languages, from the console's own catalogues. No Django."""

import gettext
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from safeconduct import log

LANGUAGES = ("en", "uk", "ru")
_CATALOGUES = Path(log.__file__).parent / "locale"
Say = Callable[[str], str]


@lru_cache(maxsize=len(LANGUAGES))
def say_in(language: str) -> Say:
    """Return what says a text of ours in a language; English where it has no other words."""
    found = gettext.translation("django", _CATALOGUES, languages=[language], fallback=True)
    return found.gettext
