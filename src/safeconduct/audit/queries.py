"""Reading the journal. It holds no content; the page that shows it asks for the duty AUD."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from safeconduct.audit import register, rules
from safeconduct.audit.models import Entry, Lasting, Tree


@dataclass(frozen=True, slots=True)
class Head:
    """How long the log is, the one hash that stands for all of it, and its tree's edge."""

    size: int
    root: bytes
    peaks: bytes = b""


def head() -> Head:
    """Return the log's head as of this transaction."""
    tree = Tree.objects.filter(pk=1).first()
    if tree is None:
        return Head(0, rules.EMPTY_ROOT)
    peaks = bytes(tree.peaks)
    return Head(tree.size, rules.Peaks.from_bytes(tree.size, peaks).root(), peaks)


def latest(*, ref: str = "", before: int | None = None, count: int = 100) -> list[Entry]:
    """Return entries, newest first.

    Args:
        ref: only entries on this ref, or by this person.
        before: only entries older than this one (keyset paging).
        count: at most so many.
    """
    rows = Entry.objects.order_by("-seq")
    if ref:
        rows = rows.filter(subject=ref) | rows.filter(who=ref)
    if before is not None:
        rows = rows.filter(seq__lt=before)
    return list(rows[:count])


def leaves(*, since: int, until: int) -> list[bytes]:
    """Return the leaf hashes of entries `since` … `until` - 1: what an exported head carries."""
    rows = Entry.objects.filter(seq__gte=since, seq__lt=until).order_by("seq")
    return [bytes(leaf) for leaf in rows.values_list("leaf", flat=True)]


def lasting_size() -> int:
    """Return how many lines the register has."""
    last = Lasting.objects.order_by("-seq").first()
    return 0 if last is None else last.seq + 1


def register_standing() -> register.Standing:
    """Return how the register's file stands beside its table."""
    return register.standing(Path(settings.DATA), lines=lasting_size())


def lasting(since: int) -> list[register.Line]:
    """Return the register's lines from `since` on."""
    rows = Lasting.objects.filter(seq__gte=since).order_by("seq")
    return [register.Line(row.seq, row.at_us, row.kind, row.value) for row in rows]
