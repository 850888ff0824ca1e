"""From a claim to the spool: open number and text, seal both to that gateway, store, forget.

Not a rule and not a table: the one place where a number and its text stand side by side, in memory.
"""

import contextlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from safeconduct import log
from safeconduct.access import keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.envelope import OutboundText
from safeconduct.post.actions.outbox import Claim
from safeconduct.post.actions.rereading import refuse, texts_that_may_leave
from safeconduct.post.lanes import gateway_of, lane_to
from safeconduct.post.models import Handle, Message
from safeconduct.post.queries import NUMBER, SENT
from safeconduct.refusal import Refused

logger = log.get_logger()


def write(
    worker: WorkerId,
    claims: Iterable[Claim],
    *,
    data: Path,
    sender: str,
    own_texts: Collection[str] = (),
    now: datetime,
) -> frozenset[str]:
    """Seal claimed texts to their gateways and store them in the spool; return their attempts.

    Each is read once more before (actions/rereading.py), and one that may not leave is skipped. The spool
    knows each by its attempt, so doing this twice for one claim sends it once. One whose key is refused for
    the rate holds none of the others up, and is not among those returned.

    Args:
        sender: our own short code or name, of the profile.
        own_texts: the profile's, in every language.

    Raises:
        Refused, KeeperAway: not for the rate; nothing is opened; the claims stay and are written again later.
        SpoolFull: not all was stored.
    """
    wanted = {claim.message: claim for claim in claims}
    rows = list(Message.objects.filter(pk__in=wanted).order_by("pk"))
    put = partial(
        _write, worker, wanted=wanted, data=data, sender=sender, own_texts=own_texts, now=now
    )
    try:
        return put(rows)
    except Refused as refused:
        if refused.refusal.code != keyring.OVER_RATE:
            raise
    written: set[str] = set()
    for compartment in dict.fromkeys(row.compartment for row in rows):
        theirs = [row for row in rows if row.compartment == compartment]
        with contextlib.suppress(Refused):
            written |= put(theirs)
    logger.warning("post.over_rate", count=len(wanted) - len(written))
    return frozenset(written)


def _write(
    worker: WorkerId,
    rows: list[Message],
    *,
    wanted: Mapping[int, Claim],
    data: Path,
    sender: str,
    own_texts: Collection[str],
    now: datetime,
) -> frozenset[str]:
    handles = {
        handle.person_ref: handle
        for handle in Handle.objects.filter(person_ref__in=[row.person_ref for row in rows])
    }
    # A handle that was linked, or is no more, has moved since the text was written.
    homes = {row.compartment for row in rows} | {each.compartment for each in handles.values()}
    keys = keyring.open_fields(worker, Purpose.SEND, homes, [SENT, "phone"])
    said, against = texts_that_may_leave(rows, keys, own_texts=own_texts, now=now)
    refuse({wanted[pk].attempt: refusal for pk, refusal in against.items()}, now=now)
    rows = [row for row in rows if row.pk in said]
    by_gateway: dict[str, list[tuple[str, bytes]]] = {}
    for row in rows:
        claim = wanted[row.pk]
        text = OutboundText(
            attempt=claim.attempt,
            route=claim.route,
            sender=sender,
            recipient=_number(row, handles.get(row.person_ref), keys),
            text=said[row.pk],
            not_after=claim.due_at,
        )
        by_gateway.setdefault(gateway_of(claim.route), []).append((claim.attempt, text.to_bytes()))
    for name, things in by_gateway.items():
        lane_to(data, name).put_many(things)
    return frozenset(wanted[row.pk].attempt for row in rows)


def _number(row: Message, handle: Handle | None, keys: keyring.Keyring) -> str:
    if handle is None:
        raise LookupError("a text outlived its handle; erase both or none")
    return keys.open(
        handle.number,
        field=NUMBER,
        kind="phone",
        compartment=handle.compartment,
        ref=handle.ref,
    )
