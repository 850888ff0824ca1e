"""Delivery receipts: each finds its text, waits for it, or is counted as an orphan.

A route whose receipts fit nothing is set up wrong, most often in the base of its message ids; then
nobody would ever learn what arrived, and an alarm says so.
"""

from datetime import datetime
from itertools import count

from django.db import connection, transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Duty, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import Receipt
from safeconduct.notices import actions as notices
from safeconduct.post import fates, rules
from safeconduct.post.actions import arrived
from safeconduct.post.actions.admit import e164
from safeconduct.post.actions.settling import nudge, owe_no_more
from safeconduct.post.models import Attempt, CarrierId, Handle, Heard, Orphan, Result
from safeconduct.post.rules import Outcome

BY = "SYS:ingest"


@transaction.atomic
def settle_receipt(
    worker: WorkerId, receipt: Receipt, *, key: str, region: str, now: datetime
) -> None:
    """Match a delivery receipt by route, carrier's id and destination; else hold it for a while.

    Carriers repeat ids, so an id alone proves nothing, and a receipt may come before our own
    commit of the answer it belongs to.
    """
    number = e164(receipt.recipient, region=region, route=receipt.route)
    index = keyring.blind(worker, "phone", number)
    if _match(receipt.route, receipt.carrier_id, index, receipt.stat, now=now):
        _hear(receipt.route, orphan=False, now=now)
        return
    Orphan.objects.get_or_create(
        key=key,
        defaults={
            "route": receipt.route,
            "carrier_id": receipt.carrier_id,
            "index": index,
            "stat": receipt.stat,
            "at": now,
        },
    )


def _match(route: str, carrier_id: str, index: bytes, stat: str, *, now: datetime) -> bool:
    found = (
        CarrierId.objects.filter(route=route, carrier_id=carrier_id, index=index)
        .select_related("attempt__message")
        .order_by("stat_at", "-pk")
    )
    row = found.filter(stat_at=None).first() or found.last()
    if row is None:
        taken = arrived.match_receipt(route, carrier_id, index, stat, now=now)
        return taken or _resolve(route, carrier_id, index, stat, now=now)
    row.stat, row.stat_at = stat, now
    row.save(update_fields=["stat", "stat_at"])
    notices.emit("post.result", row.attempt.message.ref)
    return True


def _resolve(route: str, carrier_id: str, index: bytes, stat: str, *, now: datetime) -> bool:
    """Let a receipt with an id that no answer brought resolve the one UNKNOWN text it can be of.

    Whatever it says, the carrier had taken the text, or it would speak of none. It counts where one
    text alone to this number lacks an id on this route; of several nobody can say which.
    """
    lacking = _lacking(route, index, now=now)
    if not lacking:
        return arrived.resolve_receipt(route, carrier_id, index, stat, now=now)
    listed = arrived.lacking(route, index, now=now)
    if listed or len({attempt.message_id for attempt in lacking}) != 1:
        return False
    attempt = lacking[0]
    known = attempt.carrier_ids.count()
    CarrierId.objects.create(
        attempt=attempt, route=route, part=_free_part(attempt), carrier_id=carrier_id,
        stat=stat, stat_at=now, index=index,
    )  # fmt: skip
    if known + 1 == attempt.message.parts:
        Result.objects.create(attempt=attempt, outcome=Outcome.SENT, reason="receipt", at=now)
        owe_no_more(attempt.message, now=now)
    nudge(attempt.message)
    return True


def _lacking(route: str, index: bytes, *, now: datetime) -> list[Attempt]:
    """Return the UNKNOWN attempts to a person on a route that lack an id, oldest first."""
    person = Handle.objects.filter(index=index).values_list("person_ref", flat=True).first()
    if person is None:
        return []
    since = now - rules.RECEIPTS_COME
    rows = Attempt.objects.filter(message__person_ref=person, route=route, claimed_at__gte=since)
    known = rows.select_related("message").prefetch_related("results", "carrier_ids")
    return [
        attempt
        for attempt in known.order_by("pk")
        if {each.outcome for each in attempt.results.all()} == {Outcome.UNKNOWN}
        and len(attempt.carrier_ids.all()) < (attempt.message.parts or 0)
    ]


def _free_part(attempt: Attempt) -> int:
    taken = {each.part for each in attempt.carrier_ids.all()}
    return next(n for n in count(1) if n not in taken)


@transaction.atomic
def settle_waiting_receipts(*, now: datetime, limit: int = 50) -> bool:
    """Try receipts again that came too early; give those up that nobody can be found for."""
    rows = list(
        Orphan.objects.filter(given_up_at=None)
        .order_by("pk")
        .select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)[
            :limit
        ]
    )
    settled = False
    for row in rows:
        if _match(row.route, row.carrier_id, bytes(row.index), row.stat, now=now):
            row.delete()
            _hear(row.route, orphan=False, now=now)
            settled = True
        elif now - row.at > rules.ORPHAN_WAIT:
            row.given_up_at = now
            row.save(update_fields=["given_up_at"])
            _hear(row.route, orphan=True, now=now)
            settled = True
    return settled


def _hear(route: str, *, orphan: bool, now: datetime) -> None:
    """Count one receipt of a route, and call an administrator when too many of its last are orphans."""
    row, _new = Heard.objects.select_for_update().get_or_create(route=route)
    last = fates.hear(bytes(row.last), orphan=orphan)
    row.last, alarmed = last, fates.too_many_orphans(last)
    begins = alarmed and row.alarmed_at is None
    if begins or not alarmed:
        row.alarmed_at = now if begins else None
    row.save(update_fields=["last", "alarmed_at"])
    if begins:
        audit.record(BY, "post.orphans", ref=route, now=now)
        access.page(Duty.ADM, "post.orphans", now=now)
