"""Delivery receipts of a campaign's numbers: each finds its own by route, carrier's id and destination."""

from datetime import datetime

from safeconduct.envelope import SendResult
from safeconduct.post import rules
from safeconduct.post.actions import told
from safeconduct.post.campaign_tables import Receipted, Recipient, ToldPart, Wording
from safeconduct.post.rules import Outcome

DELIVERED = "DELIVRD"  # SMPP 3.4, appendix B


def match_receipt(route: str, carrier_id: str, index: bytes, stat: str, *, now: datetime) -> bool:
    """Take a receipt in; False when no answer for a campaign's number brought its id."""
    row = _whose(route, carrier_id, index)
    if row is None:
        return False
    before = _has_arrived(row)
    Receipted.objects.update_or_create(
        recipient=row, carrier_id=carrier_id, defaults={"stat": stat, "at": now}
    )
    more = int(_has_arrived(row)) - int(before)
    if more:
        told.count_arrival(row, route=route, more=more)
    return True


def resolve_receipt(route: str, carrier_id: str, index: bytes, stat: str, *, now: datetime) -> bool:
    """Let a receipt with an id that no answer brought settle the one UNKNOWN number it can be of.

    Whatever it says, the carrier had taken the text. Of several nobody can say which.
    """
    found = lacking(route, index, now=now) if carrier_id else []
    if len(found) != 1:
        return False
    row, wanted = found[0]
    _add_id(row, route, carrier_id, wanted=wanted, now=now)
    return match_receipt(route, carrier_id, index, stat, now=now)


def _whose(route: str, carrier_id: str, index: bytes) -> Recipient | None:
    if not carrier_id:
        return None
    said = {"carrier_id": carrier_id, "route": route}
    for row in Recipient.objects.filter(index=index).order_by("-pk"):  # one of each campaign
        first = told.words_of(row.pk).filter(**said)
        if first.exists() or ToldPart.objects.filter(recipient=row, **said).exists():
            return row
    return None


def _ids(row: Recipient) -> set[str]:
    first = told.words_of(row.pk).exclude(carrier_id="")
    rest = ToldPart.objects.filter(recipient=row)
    ids = [rows.values_list("carrier_id", flat=True) for rows in (first, rest)]
    return {*ids[0], *ids[1]}


def _parts(row: Recipient) -> int:
    wording = Wording.objects.filter(
        campaign=row.campaign, language=row.language, variant=row.variant
    ).first()
    return wording.parts if wording else 0


def _has_arrived(row: Recipient) -> bool:
    """Return whether the carrier says that every part did; one whose id is not known did not."""
    said = dict(Receipted.objects.filter(recipient=row).values_list("carrier_id", "stat"))
    ids = _ids(row)
    return len(ids) >= max(1, _parts(row)) and all(said.get(each) == DELIVERED for each in ids)


def lacking(route: str, index: bytes, *, now: datetime) -> list[tuple[Recipient, int]]:
    """Return UNKNOWN numbers that lack an id, with how many ids their texts have."""
    found = []
    for row in Recipient.objects.filter(index=index):
        words = {each.outcome: each for each in told.words_of(row.pk)}
        if set(words) != {str(Outcome.UNKNOWN)} or words[Outcome.UNKNOWN].route != route:
            continue
        soon = now - words[Outcome.UNKNOWN].at < rules.RECEIPTS_COME
        if soon and len(_ids(row)) < _parts(row):
            found.append((row, _parts(row)))
    return found


def _add_id(row: Recipient, route: str, carrier_id: str, *, wanted: int, now: datetime) -> None:
    """Keep the id beside what is known, and settle the number once each part has one."""
    known = len(_ids(row))
    if known + 1 == wanted:
        told.settle_campaigns([SendResult(row.ref, route, "SENT", [carrier_id], 0, now)], now=now)
        return
    taken = set(ToldPart.objects.filter(recipient=row).values_list("part", flat=True))
    part = next(number for number in range(2, wanted + 1) if number not in taken)
    ToldPart.objects.create(recipient=row, route=route, part=part, carrier_id=carrier_id)
