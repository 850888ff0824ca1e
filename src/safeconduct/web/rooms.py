"""Which rooms have loops, by name: a string would hide the import from lint-imports."""

from collections.abc import Callable

from safeconduct.access import worker as access
from safeconduct.notices import worker as notices
from safeconduct.notices.loops import Loop

WORKERS: tuple[Callable[[], list[Loop]], ...] = (notices.loops, access.loops,)
