"""Writing the journal, one entry for each act, and the register, in the act's own transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from safeconduct.audit import queries, register, rules
from safeconduct.audit.models import Lasting, Tree
from safeconduct.envelope import canonical

LOG = "core"
# Every act writes a line. In these words, for Django takes ten times as long to find them as the
# database to do it.
_STANDS = "SELECT size, peaks FROM audit_tree WHERE id = 1"
_ENTRY = (
    "INSERT INTO audit_entry (seq, at_us, who, verb, subject, digest, leaf)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
_GROWS = "UPDATE audit_tree SET size = %s, peaks = %s WHERE id = 1"
_PATIENCE = "SELECT set_config('lock_timeout', %s, true)"  # until the transaction ends


def record(who_ref: str, verb: str, *, ref: str, now: datetime, digest: bytes = b"") -> None:
    """Write one entry. If the act rolls back, the entry was never there.

    The row of the tree is locked until the transaction ends, so entries stand in one order and
    without a gap, whoever writes at the same time.

    Args:
        who_ref: ref of a person on the staff, "SYS:<purpose>" of a worker, or "PER:<ref>".
        verb: a constant of the room ("plan.approved"), never content.
        ref: of the thing acted on.
        now: world time.
        digest: sha256 of what was decided on, where there is such a text.

    Raises:
        RuntimeError: there is no transaction, so act and entry could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("record belongs inside the act's transaction; wrap the act in atomic")
    # Whoever takes a failure here for none commits nothing all the same: there is no act without its entry.
    with transaction.mark_for_rollback_on_error("default"), connection.cursor() as cursor:
        size, raw = _locked(cursor)
        told = rules.Told(size, rules.micros(now), who_ref, verb, ref, digest)
        leaf = told.leaf(LOG)
        cursor.execute(_ENTRY, [told.seq, told.at_us, who_ref, verb, ref, digest, leaf])
        peaks = rules.Peaks.from_bytes(size, raw).grown(leaf)
        cursor.execute(_GROWS, [peaks.size, peaks.to_bytes()])


def _locked(cursor: CursorWrapper) -> tuple[int, bytes]:
    """Return how far the log has grown, its row locked until the transaction ends; before the first entry it is made."""
    lock = " FOR UPDATE" if connection.features.has_select_for_update else ""
    cursor.execute(_STANDS + lock)
    found = cursor.fetchone()
    if found is None:
        tree, _ = Tree.objects.select_for_update().get_or_create(pk=1)
        found = tree.size, tree.peaks
    return found[0], bytes(found[1])


@contextmanager
def waiting_at_most(patience: timedelta) -> Iterator[None]:
    """Let this transaction wait for no lock longer than that while the block runs.

    A stop takes the rows that others hold too, the journal's among them, and whoever holds one may
    be asking the keeper, or may hang. On SQLite the one lock has its patience in the settings.

    Raises:
        OperationalError: somebody held a row for longer.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout')")
        (before,) = cursor.fetchone()
        cursor.execute(_PATIENCE, [f"{patience // timedelta(milliseconds=1)}ms"])
    yield  # what fails undoes the setting with the rest
    with connection.cursor() as cursor:
        cursor.execute(_PATIENCE, [before])


def gave_way(fault: BaseException) -> bool:
    """Return whether the database ended this act for another: they waited for each other's rows.

    It left nothing behind and may be done once more. PostgreSQL's 40P01, deadlock_detected (its appendix A).
    """
    return getattr(fault.__cause__, "sqlstate", "") == "40P01"


def remember(kind: str, value: dict[str, str], *, now: datetime) -> None:
    """Write one line of the register, in the act's own transaction; its file has it at the commit.

    Args:
        kind: one of `register.KINDS`.
        value: refs, keyed hashes and sealed bytes as hex; nothing that opens by itself.
        now: world time.

    Raises:
        RuntimeError: there is no transaction, so act and line could part.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("remember belongs inside the act's transaction; wrap it in atomic")
    Tree.objects.select_for_update().get_or_create(
        pk=1
    )  # one order, whoever writes at the same time
    seq = queries.lasting_size()
    bring_back(register.Line(seq, rules.micros(now), kind, canonical(value).decode()))
    # A disk that is full now does not undo the act: the loop of `access` writes it later.
    transaction.on_commit(write_register, robust=True)


def bring_back(line: register.Line) -> None:
    """Enter a line of the register as it is, after a restore of tables that are older."""
    Lasting.objects.create(seq=line.seq, at_us=line.at_us, kind=line.kind, value=line.value)


def write_register() -> None:
    """Bring the register's file up to its table.

    Raises:
        register.Torn: the file has other lines, or more: an older table stands beside it.
    """
    register.write(Path(settings.DATA), queries.lasting)
