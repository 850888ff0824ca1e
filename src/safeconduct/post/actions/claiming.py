"""What of a campaign leaves now: one second's worth at most, claimed by one row, sealed by one box.

The list was frozen and hashed when it was read; here nothing is asked of anybody. Who said stop is
left out by the claim's own query, in the transaction that claims.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet, Sum

from safeconduct.access import keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import OutboundBatch
from safeconduct.notices import actions as notices
from safeconduct.pledges import queries as pledges
from safeconduct.pledges.rules import Audience
from safeconduct.post import pace, queries, rules
from safeconduct.post.actions import told
from safeconduct.post.actions.campaigns import WORDING
from safeconduct.post.actions.door import check_words
from safeconduct.post.actions.lists import RECIPIENT, compartment_of
from safeconduct.post.campaign_tables import (
    ARRIVED,
    Batch,
    Lane,
    Pace,
    Recipient,
    Tally,
    Wording,
)
from safeconduct.post.lanes import lane_to, leaving_by
from safeconduct.post.models import Handle, OptOut
from safeconduct.post.queries import SENT
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused
from safeconduct.spool import stops

DEAD_OFFER = Refusal("words.dead_token", "An offer whose words it says is not in force any more.")
UNSAYABLE = "words"  # who stops a lane whose text may not be said any more
BY = "SYS:send"
Row = tuple[str, bytes, str, int]  # ref, box, language, variant
# By hand: Django makes an object of each of a million boxes.
_NEXT = """
SELECT r.ref, r.number, r.language, r.variant,
    CASE WHEN o.id IS NOT NULL {spooled} THEN 'stopped' WHEN h.id IS NOT NULL THEN 'known' END
FROM post_recipient r LEFT JOIN post_optout o ON o."index" = r.optout_index
LEFT JOIN post_handle h ON h."index" = r."index"
WHERE r.lane_id = %s AND r.position > %s ORDER BY r.position LIMIT %s"""


class Unsayable(Refused):
    """A campaign's own text may not leave. A refused key is another thing: then the batch waits."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A batch that may be written to the spool now."""

    batch: str
    campaign: str
    route: str
    due_at: datetime
    rows: tuple[Row, ...]


def paced() -> bool:
    """Return whether a campaign has texts left, which leave at its pace and not by a wake-up."""
    return _running().exists()


def _running() -> QuerySet[Lane]:
    return Lane.objects.filter(stopped_at=None, position__lt=F("total")).exclude(route="")


@transaction.atomic
def claim_campaigns(*, now: datetime, wall: datetime) -> Claimed | None:
    """Claim at most one second's worth of one lane; live texts were served before this is asked.

    Which lane is next is by turns. A zone whose hours are over blocks no other, and a route of whose
    last second too much is unanswered waits: then a pause lets one second's texts go at most.
    """
    lanes = _running().order_by(F("claimed_at").asc(nulls_first=True), "pk")
    # Not the key: who settles meanwhile points at the lane, and would wait for us, and we for him.
    for lane in lanes.select_for_update(no_key=True):
        if not pace.is_open(lane.zone, lane.from_minute, lane.to_minute, now=now):
            continue
        route = _served(lane, now=now)
        claimed = _claim(lane, route, now=now, wall=wall) if route else None
        if claimed:
            return claimed
    return None


def _served(lane: Lane, *, now: datetime) -> str:
    """Return by which route a lane leaves; "", and it stops, when its gateway was struck out."""
    route = leaving_by(Path(settings.DATA), lane.route)
    if not route:
        _stop(lane, rules.STRUCK_OUT, verb="post.campaign_unserved", now=now)
    return route


def _stop(lane: Lane, why: str, *, verb: str, now: datetime) -> None:
    """Stop a lane until two people resume the campaign."""
    lane.stopped_at, lane.stopped_by = now, why
    lane.save(update_fields=["stopped_at", "stopped_by"])
    audit.record(BY, verb, ref=lane.campaign, now=now)
    notices.emit("post.campaign", lane.campaign)


def _claim(lane: Lane, route: str, *, now: datetime, wall: datetime) -> Claimed | None:
    sizes = {
        (w.language, w.variant): w.parts for w in Wording.objects.filter(campaign=lane.campaign)
    }
    used, _new = Pace.objects.select_for_update().get_or_create(route=route)
    longest, past = max(sizes.values(), default=1), lane.not_after and now >= lane.not_after
    free = pace.room(
        pace.Used(used.free_at, used.hour, used.spent),
        per_second=lane.per_second,
        per_hour=lane.per_hour,
        longest=longest,
        waiting=longest * waiting_on(route),
        wall=wall,
    )
    ahead = lane.total - lane.position
    if free < min(max(longest, lane.per_second // pace.AT_ONCE), ahead * longest):
        return None
    rows, left_out, parts = _taken(lane, sizes, free=free)
    if past:
        left_out |= dict.fromkeys((row[0] for row in rows), "expired")
        rows, parts = [], 0
    batch = Batch.objects.create(
        ref=new_ref(),
        lane=lane,
        first=lane.position + 1,
        last=lane.position + len(rows) + len(left_out),
        route=route,
        parts=parts,
        claimed_at=wall,
        due_at=wall + rules.ANSWER_DUE,
        closed=not rows,
    )
    lane.position, lane.claimed_at = batch.last, wall
    lane.save(update_fields=["position", "claimed_at"])
    _spend(used, parts, lane=lane, longest=longest, wall=wall)
    told.skipped(left_out, route=route, now=now)
    notices.emit("post.campaign", lane.campaign)
    return Claimed(batch.ref, lane.campaign, route, batch.due_at, tuple(rows))


def _spend(used: Pace, parts: int, *, lane: Lane, longest: int, wall: datetime) -> None:
    spent = pace.spend(
        pace.Used(used.free_at, used.hour, used.spent),
        parts,
        per_second=lane.per_second,
        longest=longest,
        wall=wall,
    )
    used.free_at, used.hour, used.spent = spent.free_at, spent.hour, spent.spent
    used.save(update_fields=["free_at", "hour", "spent"])


def waiting_on(route: str) -> int:
    """Return of how many numbers claimed on a route nobody has told anything yet."""
    lanes = Lane.objects.filter(
        pk__in=Batch.objects.filter(route=route, closed=False).values("lane")
    )
    told = Tally.objects.filter(lane__in=lanes).exclude(outcome=ARRIVED)
    claimed = lanes.aggregate(all=Sum("position"))["all"] or 0
    return int(claimed) - int(told.aggregate(all=Sum("count"))["all"] or 0)


def _taken(
    lane: Lane, sizes: Mapping[tuple[str, int], int], *, free: int
) -> tuple[list[Row], dict[str, str], int]:
    """Return the next numbers that fit, why each of the others is left out, and their short messages.

    Who said stop is, and whoever ever wrote to us: he has a conversation, and hours of his own; he may have
    fallen silent, and silence is no reason to write.
    """
    stopped, least = sorted(_spooled_stops()), min(sizes.values(), default=1)
    too = f"OR r.optout_index IN ({', '.join(['%s'] * len(stopped))})" if stopped else ""
    with connection.cursor() as cursor:
        most = max(1, free // least)
        cursor.execute(_NEXT.format(spooled=too), [*stopped, lane.pk, lane.position, most])
        found = cursor.fetchall()
    rows: list[Row] = []
    left_out: dict[str, str] = {}
    parts = 0
    for ref, box, language, variant, out in found:
        if out:
            left_out[ref] = out
            continue
        size = sizes.get((language, variant), 1)
        if parts + size > free and rows:
            break
        parts += size
        rows.append((ref, box, language, variant))
    return rows, left_out, parts


def _spooled_stops() -> frozenset[bytes]:
    """Return the hashes of those whose stop waits in the local spool: it is in force from there."""
    waiting = stops.in_force(Path(settings.DATA))
    people = [stop.ref for stop in waiting if stop.kind == "optout"]
    return queries.optout_hashes(people) if people else frozenset()


@transaction.atomic
def unwritten_batches(*, wall: datetime) -> list[Claimed]:
    """Return batches that an earlier life claimed and may not have written; asked once, at a start.

    The spool knows a batch by its ref, so writing it twice sends it once. Who said stop or wrote
    since it was claimed is left out; if an earlier life had written it, his text is on its way.
    """
    rows = Batch.objects.filter(closed=False, due_at__gt=wall).select_related("lane")
    data = Path(settings.DATA)
    return [
        Claimed(batch.ref, batch.lane.campaign, batch.route, batch.due_at, tuple(free))
        for batch in rows.order_by("pk")
        if leaving_by(data, batch.route) == batch.route and (free := _free(batch))
    ]


def _free(batch: Batch) -> list[Row]:
    opted = OptOut.objects.filter(index=OuterRef("optout_index"))
    wrote = Handle.objects.filter(index=OuterRef("index"))
    heard = told.words_of(OuterRef("pk"))
    rows = Recipient.objects.filter(
        lane=batch.lane, position__gte=batch.first, position__lte=batch.last
    )
    out = Exists(opted) | Exists(wrote) | Exists(heard)
    free = rows.exclude(out).order_by("position")
    return list(free.values_list("ref", "number", "language", "variant"))


def write_batch(
    worker: WorkerId, claimed: Claimed, *, data: Path, sender: str, now: datetime
) -> bool:
    """Seal a claimed batch to its gateway and store it in the spool; False when its words may not leave.

    The words are judged once more, as at the door: an offer may have been withdrawn since. Then the
    lanes stop, and nothing of the batch has left.

    Raises:
        Refused, KeeperAway: nothing is opened; the batch stays and is written again later.
        SpoolFull: not stored.
    """
    if not claimed.rows:
        return True
    compartment = compartment_of(claimed.campaign)
    keys = keyring.open_fields(worker, Purpose.SEND, [compartment], [SENT, "phone"])
    try:
        content = boxed(claimed, keys, sender=sender, now=now)
    except Unsayable as no:
        told.never_left(claimed.batch, reason=no.refusal.code, now=now)
        _stop_all(claimed.campaign, now=now)
        return False
    lane_to(data, claimed.route).put(claimed.batch, content)
    return True


def boxed(claimed: Claimed, keys: keyring.Keyring, *, sender: str, now: datetime) -> bytes:
    """Return a batch as it is sealed to its gateway: each number, and which text it gets.

    Raises:
        Unsayable: a text may not be said, or not any more.
    """
    kinds = {(language, variant) for _ref, _box, language, variant in claimed.rows}
    texts = _sayable(claimed.campaign, kinds, keys, now=now)
    numbers = keys.open_rows(
        ((box, ref) for ref, box, _language, _variant in claimed.rows),
        field=RECIPIENT,
        kind="phone",
        compartment=compartment_of(claimed.campaign),
    )
    said = sorted(texts)
    place = {kind: at for at, kind in enumerate(said)}
    return OutboundBatch(
        route=claimed.route,
        sender=sender,
        texts=[texts[kind] for kind in said],
        attempts=[row[0] for row in claimed.rows],
        recipients=numbers,
        says=[place[row[2], row[3]] for row in claimed.rows],
        not_after=claimed.due_at,
    ).to_bytes()


def _sayable(
    campaign: str, kinds: Collection[tuple[str, int]], keys: keyring.Keyring, *, now: datetime
) -> dict[tuple[str, int], str]:
    """Return the texts of a batch by language and variant.

    Raises:
        Unsayable: one of them may not be said, or not any more.
    """
    live = {version.ref: version for version in pledges.live(now=now)}
    compartment, texts = compartment_of(campaign), {}
    for row in Wording.objects.filter(campaign=campaign):
        if (row.language, row.variant) not in kinds:
            continue
        if not live.keys() >= set(row.offers):
            raise Unsayable(DEAD_OFFER)
        text = keys.open(row.body, field=WORDING, kind=SENT, compartment=compartment, ref=row.ref)
        tokens = [pledges.token_for(live[ref], row.language) for ref in row.offers]
        try:
            check_words(text, language=row.language, tokens=tokens, to=Audience.MANY, now=now)
        except Refused as no:
            raise Unsayable(no.refusal) from None
        texts[row.language, row.variant] = text
    return texts


@transaction.atomic
def _stop_all(campaign: str, *, now: datetime) -> None:
    for lane in Lane.objects.filter(campaign=campaign, stopped_at=None).select_for_update():
        _stop(lane, UNSAYABLE, verb="post.campaign_unsayable", now=now)
