"""What others see of a text held in silence: an answer, then an arrival, in the usual time.

Nothing leaves. A held reply that never showed "arrived" would tell whoever looks over the operator's
shoulder that the word for force was understood. Who may know of force sees what is true.
"""

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max

from safeconduct.notices import actions as notices
from safeconduct.post import rules
from safeconduct.post.models import Attempt, CarrierId, Message, Veil
from safeconduct.post.rules import LIVE, Outcome, Usual

LOOKED_AT = 20  # newest answered texts whose delays count as usual


def draw(message: Message, *, now: datetime) -> None:
    """Draw when others are told of a held text what they are told of any; nudged then, too.

    The delays are one earlier text's: of his own, else of any on this route. No attempt is made,
    for the spool takes what is attempted.
    """
    usual = secrets.SystemRandom().choice(rules.veil_may_take(_usual(message)))
    Veil.objects.create(message=message, arrived=False, due_at=now + usual.answered)
    if usual.arrived is not None:
        Veil.objects.create(message=message, arrived=True, due_at=now + usual.arrived)


def _usual(message: Message) -> list[Usual]:
    answered = Attempt.objects.filter(
        message__lane=LIVE, route=message.route, results__outcome=Outcome.SENT
    ).order_by("-pk")
    his = list(answered.filter(message__person_ref=message.person_ref)[:LOOKED_AT])
    return [_delays(attempt) for attempt in his or answered[:LOOKED_AT]]


def _delays(attempt: Attempt) -> Usual:
    at = attempt.results.get(outcome=Outcome.SENT).at
    parts = CarrierId.objects.filter(attempt=attempt)
    whole = parts.exists() and not parts.exclude(stat="DELIVRD").exists()
    last = parts.aggregate(last=Max("stat_at"))["last"] if whole else None
    zero = timedelta()
    return Usual(
        max(at - attempt.claimed_at, zero), max(last - attempt.claimed_at, zero) if last else None
    )


@transaction.atomic
def tell_veiled(*, now: datetime, limit: int = 50) -> bool:
    """Nudge the pages of those held texts whose answer or arrival is due; return whether more waits."""
    due = Veil.objects.filter(told_at=None, due_at__lte=now).order_by("due_at", "pk")
    for veil in due.select_related("message")[:limit]:
        veil.told_at = now
        veil.save(update_fields=["told_at"])
        notices.emit("post.result", veil.message.ref)
    return Veil.objects.filter(told_at=None).exists()
