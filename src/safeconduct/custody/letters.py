"""Reading what was written of his letters and cards: when they were offered, and how many went and came."""

from safeconduct.cases.queries import CaseRow
from safeconduct.custody.models import Letters


def last_of(case: CaseRow) -> Letters | None:
    """Return the last offer with its newest counts, None for never."""
    return Letters.objects.filter(case=case).order_by("-offered_at", "-pk").first()
