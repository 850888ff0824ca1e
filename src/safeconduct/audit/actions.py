"""Writing the journal: one entry for each act, in the act's own transaction."""

from datetime import datetime

from django.db import connection

from safeconduct.audit import rules
from safeconduct.audit.models import Entry, Tree

LOG = "core"


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
    tree, _ = Tree.objects.select_for_update().get_or_create(pk=1)
    told = rules.Told(tree.size, rules.micros(now), who_ref, verb, ref, digest)
    leaf = told.leaf(LOG)
    Entry.objects.create(
        seq=told.seq,
        at_us=told.at_us,
        who=who_ref,
        verb=verb,
        subject=ref,
        digest=digest,
        leaf=leaf,
    )
    peaks = rules.Peaks.from_bytes(tree.size, bytes(tree.peaks)).grown(leaf)
    tree.size, tree.peaks = peaks.size, peaks.to_bytes()
    tree.save(update_fields=["size", "peaks"])
