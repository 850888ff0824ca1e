"""A campaign's list: kept sealed as it was brought, read a thousand lines at a time, deleted at the end.

A list of a million would hold the tables for minutes; so each part is a transaction of its own, and
whoever is killed goes on at the next. Nobody may begin before all of it is read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.post.actions import told
from safeconduct.post.actions.admit import telephone
from safeconduct.post.campaign_tables import (
    Batch,
    Lane,
    ListPart,
    Receipted,
    Recipient,
    Told,
    ToldPart,
    Wording,
)
from safeconduct.post.rules import Outcome
from safeconduct.refs import new_ref, new_refs
from safeconduct.refusal import Refusal, Refused, Said, said

RECIPIENT, PART = "post.Recipient.number", "post.ListPart.body"
AT_A_TIME = 1_000  # lines of a part, and numbers deleted by one commit: some 0.1 s
Who = Officer | WorkerId


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list; nothing else is ever taken from it."""

    number: str
    language: str
    zone: str


def compartment_of(campaign: str) -> str:
    """Return the compartment that holds a campaign's list."""
    return f"campaign:{campaign}"


def unreadable(why: Said) -> Refused:
    """Return what refuses a list, naming a line and never its content."""
    return Refused(
        Refusal("list.unreadable", why, "Mend the file and bring it again; nothing was taken.")
    )


@transaction.atomic
def put_list(
    who: Who, *, campaign: str, parts: Iterable[tuple[int, int, str]], now: datetime
) -> int:
    """Keep a list as it was brought, sealed; return how many lines it has.

    Args:
        parts: the file's number of each part's first line, how many lines it has (at most
            `AT_A_TIME`), and those lines as "number,language,zone"; an empty one is none.
    """
    compartment = compartment_of(campaign)
    keys = keyring.open_fields(who, Purpose.WRITE, [compartment], ["phone"])
    count = 0
    for first, lines, text in parts:
        ref = new_ref()
        body = keys.seal(text, field=PART, kind="phone", compartment=compartment, ref=ref)
        ListPart.objects.create(
            ref=ref, campaign=campaign, first_line=first, lines=lines, body=body
        )
        count += lines
    audit.record(who.ref, "post.list_brought", ref=campaign, now=now)
    return count


def read_part(who: Who, *, campaign: str, region: str, variants: Mapping[str, int]) -> bool:
    """Read the next part of a list; False when there is none left.

    Each number is sealed and blind-indexed here and now, once; no room sees it again. One that
    stands in the list already falls together with its double. Which of several texts a number gets
    is drawn by its keyed hash: nobody who makes a list can choose it.

    Args:
        region: where a number without a country belongs (profile).
        variants: how many texts there are in each language.

    Raises:
        Refused: a line holds no telephone number; or the keeper's rate is met, and the part waits.
        KeeperAway: the part waits.
    """
    part = ListPart.objects.filter(campaign=campaign).order_by("first_line").first()
    if part is None:
        return False
    compartment = compartment_of(campaign)
    keys = keyring.open_fields(who, Purpose.WRITE, [compartment], ["phone"])
    body = keys.open(part.body, field=PART, kind="phone", compartment=compartment, ref=part.ref)
    lines = _normal(body, first=part.first_line, region=region)
    numbers = list(lines)
    by_phone = keyring.blind_many(who, "phone", numbers)
    by_optout = keyring.blind_many(who, "optout", numbers)
    hashed = sorted(zip(by_phone, by_optout, numbers, strict=True))
    with transaction.atomic():
        if ListPart.objects.filter(pk=part.pk).delete()[0]:
            _store(campaign, hashed, lines, keys=keys, variants=variants)
    return True


def _normal(body: str, *, first: int, region: str) -> dict[str, Listed]:
    """Return the lines of a part by their number in its international form.

    Raises:
        Refused: a line holds no telephone number.
    """
    lines = {}
    for at, line in enumerate(body.split("\n"), start=first):
        if not line:
            continue
        written, language, zone = line.rsplit(",", 2)
        number = telephone(written, region=region)
        if not number:
            raise unreadable(said("Line {line} holds no telephone number.", line=at))
        lines[number] = Listed(number, language, zone)
    return lines


def _store(
    campaign: str,
    hashed: list[tuple[bytes, bytes, str]],
    lines: Mapping[str, Listed],
    *,
    keys: keyring.Keyring,
    variants: Mapping[str, int],
) -> None:
    compartment = compartment_of(campaign)
    known = Recipient.objects.filter(campaign=campaign, index__in=[index for index, *_ in hashed])
    there = {bytes(index) for index in known.values_list("index", flat=True)}
    lanes = {lane.zone: lane for lane in Lane.objects.filter(campaign=campaign)}
    made = []
    fresh = [each for each in hashed if each[0] not in there]
    for (index, optout, number), ref in zip(fresh, new_refs(len(fresh)), strict=True):
        line = lines[number]
        lane = lanes.get(line.zone) or Lane.objects.create(campaign=campaign, zone=line.zone)
        lanes[line.zone] = lane
        lane.total += 1
        made.append(
            Recipient(
                ref=ref,
                campaign=campaign,
                lane=lane,
                position=lane.total,
                number=keys.seal(
                    number, field=RECIPIENT, kind="phone", compartment=compartment, ref=ref
                ),
                index=index,
                optout_index=optout,
                language=line.language,
                variant=int.from_bytes(index[:4], "big") % variants.get(line.language, 1),
            )
        )
    Recipient.objects.bulk_create(made)
    for zone in {lines[number].zone for _index, _optout, number in hashed}:
        if zone in lanes:
            lanes[zone].save(update_fields=["total"])


@transaction.atomic
def drop_recipients(who: Who, *, campaign: str, now: datetime) -> None:
    """Begin to delete a campaign's list and texts.

    A great list goes by and by, `drop_more`. Counts and opt-outs stay.
    """
    ListPart.objects.filter(campaign=campaign).delete()
    Wording.objects.filter(campaign=campaign).delete()
    audit.record(who.ref, "post.list_dropped", ref=campaign, now=now)
    drop_more(campaign)


@transaction.atomic
def drop_more(campaign: str) -> bool:
    """Delete some numbers with all that was told of them; False when none is left."""
    rows = Recipient.objects.filter(lane__campaign=campaign).values_list("pk", flat=True)
    some = list(rows[:AT_A_TIME])
    for table in (Receipted, ToldPart):
        table.objects.filter(recipient__in=some).delete()
    Told.objects.filter(pk__in=[told.key(pk, each) for pk in some for each in Outcome]).delete()
    gone, _by_model = Recipient.objects.filter(pk__in=some).delete()
    if len(some) < AT_A_TIME:
        Batch.objects.filter(lane__campaign=campaign).delete()
        notices.emit("post.campaign", campaign)
    return bool(gone) and len(some) == AT_A_TIME
