"""Writing the journal: one entry for each act, in the act's own transaction."""

from datetime import datetime


def record(who_ref: str, verb: str, *, ref: str, now: datetime, digest: bytes = b"") -> None:
    """Write one entry. If the act rolls back, the entry was never there.

    Args:
        who_ref: ref of a person on the staff, "SYS:<purpose>" of a worker, or "PER:<ref>".
        verb: a constant of the room ("plan.approved"), never content.
        ref: of the thing acted on.
        now: world time.
        digest: sha256 of what was decided on, where there is such a text.

    Raises:
        RuntimeError: there is no transaction, so act and entry could part.
    """
    raise NotImplementedError
