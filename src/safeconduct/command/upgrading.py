"""Bringing tables to the present state of the code: refused from the future, copied from the past.

Before the first step of an upgrade all tables go into a copy, sealed like every copy, in the folder
`before-upgrade`: with it, and the release before, `safeconduct restore` takes an upgrade back. A step is one
transaction; killed between two, the next start goes on, and the copy stays the one of before.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from safeconduct import apart, clock
from safeconduct.command import copies, postgres, sealed
from safeconduct.command.trouble import Trouble

FOLDER = "before-upgrade"
KEY = "backup.key"  # only where no key for copies was made, which would lie elsewhere
_BEGUN = "begun"  # stands from the whole copy to the last step


def upgrade(data: Path) -> None:
    """Bring the tables of a folder to the present state of the code, a copy of them first.

    Raises:
        Trouble: a newer release made them, there is no room for a copy, or they cannot be written.
    """
    with _tables() as (steps, fresh):
        begun = data / FOLDER / _BEGUN
        never_ran = (
            fresh or not (apart.of_keeper(data) / copies.KEYS).exists()
        )  # a first start that was cut short
        if steps and not never_ran and not begun.exists():
            _copy(data, at=clock.wall())
            begun.touch(mode=0o600)
            print(f"The tables are of an older release: {steps} steps.", flush=True)
        _take_steps()
        begun.unlink(missing_ok=True)


def migrate() -> None:
    """Bring tables to the present state of the code that are a copy themselves. Raises: see `upgrade`."""
    with _tables():
        _take_steps()


@contextmanager
def _tables() -> Iterator[tuple[int, bool]]:
    """Yield how many steps are to be taken, and whether none ever was."""
    import django
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    try:
        executor = MigrationExecutor(connection)
        applied = set(executor.loader.applied_migrations)
        _insist_on_known(applied - set(executor.loader.disk_migrations))
        yield len(executor.migration_plan(executor.loader.graph.leaf_nodes())), not applied
    except DatabaseError as failed:
        raise Trouble(unwritten(failed)) from None


def _take_steps() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def unwritten(failed: Exception) -> str:
    """Return why the tables cannot be written, and what to do."""
    said = (str(failed).strip().splitlines() or [type(failed).__name__])[0]
    if postgres.here():
        return f"PostgreSQL does not serve us: {said}. Start it, or mend SAFECONDUCT_POSTGRES."
    return (
        f"The tables cannot be written: {said}. Free space on the disk of the data folder, then "
        "run this again; it goes on where it stands."
    )


def _insist_on_known(unknown: set[tuple[str, str]]) -> None:
    if unknown:
        room, step = sorted(unknown)[0]
        raise Trouble(
            f"A newer release has worked in these tables ({room} {step}). Install it again, or "
            "restore a copy that was made before it; nothing was changed."
        )


def _copy(data: Path, *, at: datetime) -> None:
    """Make the copy of before; an earlier upgrade's stays until this one is whole in its place."""
    folder = data / FOLDER
    fresh, earlier = folder.with_suffix(".new"), folder.with_suffix(".earlier")
    with copies.making(data):
        if earlier.exists() and not folder.exists():  # killed between the two names
            earlier.rename(folder)
        _remove(fresh, earlier)
        try:
            made = _made(data, fresh, at=at)
            if folder.exists():
                folder.rename(earlier)
            fresh.rename(folder)
        finally:
            _remove(fresh)
        _remove(earlier)
    print(f"A copy of before the upgrade: {folder / made.name}.")


def _made(data: Path, folder: Path, *, at: datetime) -> Path:
    folder.mkdir(mode=0o700)
    public = data / copies.PUBLIC
    if not public.exists():
        public = folder / copies.PUBLIC
        sealed.make_key(private=folder / KEY, public=public)
    return copies.make(data, folder, copies.CORE, at=at, public=public)


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
