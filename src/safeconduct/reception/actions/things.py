"""What he brought: effects stay his, money is counted, equipment is registered apart from people."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring, papers
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer, Purpose, digest_of
from safeconduct.cases import actions as cases
from safeconduct.programme.profile import Profile
from safeconduct.reception import photo, queries, rules
from safeconduct.reception.actions.arriving import arrival_of, tell
from safeconduct.reception.models import Arrival, Item, Photo
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

PHOTO = "reception.Photo.body"
ITEM_FIELDS = (
    *("what", "serial", "serviceable", "made_safe_by", "money", "currency", "offer", "note"),
)


@transaction.atomic
def add_item(
    officer: Officer,
    *,
    ref: str,
    kind: str,
    content: Mapping[str, str],
    profile: Profile,
    now: datetime,
    picture: bytes = b"",
) -> str:
    """Register one thing or one sum, with a photograph if there is one; return its ref.

    Args:
        kind: effect, money or equipment.
        content: fields of `ITEM_FIELDS`; others are dropped. "offer" is the ref of a version.
        picture: the file as it came; it is encoded anew before anything is stored.

    Raises:
        Refused: he is not here yet, nothing named, no sum of money, no picture, or an offer that
            he was not shown.
        Absent: there is no such case, or `officer` is not let into it.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    insist(rules.may_write(arrival.case.state, queries.owed_to(arrival)))
    told = {
        key: content[key].strip()[: rules.LETTERS]
        for key in ITEM_FIELDS
        if content.get(key, "").strip()
    }
    insist(
        rules.item(
            kind,
            told.get("what", ""),
            money=told.get("money", ""),
            currency=told.get("currency", ""),
        )
    )
    if offer := told.get("offer"):
        told["offer"] = _shown_to_him(officer, ref, offer)
    plain = photo.encoded_anew(picture) if picture else b""
    compartment = arrival.case.compartment
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], ["body"])
    item = _item(officer, arrival, kind, told, ring, now=now)
    if plain:
        _photo(officer, item, plain, ring, compartment, now=now)
    if not arrival.case.evidence.filter(kind="receipt_started").exists():
        cases.record_evidence(ref, kind="receipt_started", by=officer, at=now)
    tell(arrival, officer, f"reception.{kind}", now=now, digest=bytes(item.digest))
    return item.ref


def _shown_to_him(officer: Officer, ref: str, version: str) -> str:
    shown = queries.shown_to_him(officer, Purpose.READ, ref=ref)
    if version not in shown:
        raise Refused(
            Refusal(
                "reception.not_shown",
                "He was not shown this version of an offer.",
                "Choose one of those that stand in his conversation, or none.",
            )
        )
    return shown[version]


def _item(
    officer: Officer,
    arrival: Arrival,
    kind: str,
    told: Mapping[str, str],
    ring: Keyring,
    *,
    now: datetime,
) -> Item:
    ref, compartment = new_ref(), arrival.case.compartment
    text, digest = papers.written(told)
    return Item.objects.create(
        ref=ref,
        arrival=arrival,
        kind=kind,
        at=now,
        by=officer.ref,
        digest=digest,
        body=ring.seal(text, field=queries.ITEM, compartment=compartment, ref=ref),
    )


def _photo(
    officer: Officer, item: Item, plain: bytes, ring: Keyring, compartment: str, *, now: datetime
) -> None:
    ref = new_ref()
    Photo.objects.create(
        ref=ref,
        item=item,
        at=now,
        by=officer.ref,
        digest=hashlib.sha256(plain).digest(),
        body=ring.seal(plain, field=PHOTO, compartment=compartment, ref=ref),
    )


@transaction.atomic
def close_receipt(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> bytes:
    """Say that the list is whole, and put it on record; return its digest.

    A later thing makes a later list. Nothing is a full list too: then nothing was taken from him.

    Raises:
        Refused: he is not here yet, or it is not the officer's to record.
        Absent: see `add_item`.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    insist(rules.may_write(arrival.case.state, queries.owed_to(arrival)))
    digest = digest_of({"items": [i.hex() for i in _digests(arrival)]})
    if not arrival.case.evidence.filter(kind="receipt_started").exists():
        cases.record_evidence(ref, kind="receipt_started", by=officer, at=now)
    cases.record_evidence(ref, kind="property_list", by=officer, at=now, digest=digest)
    tell(arrival, officer, "reception.receipt closed", now=now, digest=digest)
    return digest


def _digests(arrival: Arrival) -> list[bytes]:
    return sorted(bytes(d) for d in arrival.items.values_list("digest", flat=True))


@transaction.atomic
def hand_back(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> int:
    """Return effects and money to him against his receipt; return how many things were his.

    Equipment is no effect of his and stays with the register.

    Raises:
        Refused: it is not the officer's to record.
        Absent: see `add_item`.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    his = arrival.items.exclude(kind=rules.EQUIPMENT).filter(returned_at=None)
    count = his.update(returned_at=now)
    owed = set(arrival.case.owed.filter(done_at=None).values_list("kind", flat=True))
    kinds = owed & {"effects_returned", "effects_returned_medical"} or {"effects_returned"}
    for kind in sorted(kinds):
        cases.record_evidence(ref, kind=kind, by=officer, at=now)
    tell(arrival, officer, "reception.effects returned", now=now)
    return count
