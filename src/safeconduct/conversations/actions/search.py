"""Looking for words is an act: who did it and when is on record, and what he looked for is not."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Officer
from safeconduct.audit import actions as audit
from safeconduct.conversations import finding, queries
from safeconduct.conversations.queries import Searched
from safeconduct.refusal import insist


@transaction.atomic
def search(officer: Officer, *, typed: str, after: str, now: datetime) -> Searched:
    """Look for words in the conversations that the officer is let into; see `queries.search`.

    Raises:
        Refused: nothing to look for, or over the keeper's rate.
    """
    insist(finding.may_search(typed))
    found = queries.search(officer, typed=typed, after=after, now=now)
    audit.record(officer.ref, "conversations.searched", ref="conversations", now=now)
    return found
