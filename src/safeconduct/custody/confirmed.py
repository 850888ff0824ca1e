"""What the bureau has confirmed, and nothing else: the one window through which tracing may look.

A fact stands here only when its notice was sent and the bureau confirmed it. That somebody wrote,
applied, was expected or came is no such fact; unknown, applied and unconfirmed look the same here.
"""

from dataclasses import dataclass
from datetime import datetime

from safeconduct.custody.models import Document
from safeconduct.custody.rules import BUREAU_KINDS


@dataclass(frozen=True, slots=True)
class Fact:
    """One confirmed fact: the notice's own ref, what kind of notice, when it was confirmed."""

    ref: str
    kind: str
    confirmed_at: datetime


def facts() -> list[Fact]:
    """Return every fact that the bureau has confirmed, oldest first."""
    rows = Document.objects.filter(confirmed_at__isnull=False, kind__in=sorted(BUREAU_KINDS))
    told = rows.order_by("confirmed_at", "pk").values_list("ref", "kind", "confirmed_at")
    return [Fact(ref, kind, at) for ref, kind, at in told if at is not None]


def fact(ref: str) -> Fact | None:
    """Return one confirmed fact; None for what is unknown, unsent or unconfirmed alike."""
    return next((each for each in facts() if each.ref == ref), None)
