"""Reading what names a person: sealed to its readers' own keys, beside the compartment's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import ownkeys
from safeconduct.access.client import KeeperAway
from safeconduct.access.closing import KEPT, READS_KEPT
from safeconduct.access.keyring import Keyring
from safeconduct.access.models import HeldDuty, OwnCopy, Person
from safeconduct.access.ownkeys import OwnKey
from safeconduct.access.queries.compartments import members_of
from safeconduct.access.queries.staff import living
from safeconduct.access.rules import Officer
from safeconduct.access.staff import SEES_NAMES
from safeconduct.refusal import Refusal, Refused

NAME = "name"  # the kind of field; the keyring must be opened for it too
WAITS = Refusal(
    "own.waits",
    "This was written before you were let in, or before you had the key you have now.",
    "Ask a colleague of the case to open the page and share it with you.",
)


@dataclass(frozen=True, slots=True)
class Named:
    """One sealed field of one row that names a person.

    Attributes:
        field: "room.Model.field".
        ref: of the row.
        box: as the row has it.
    """

    field: str
    compartment: str
    ref: str
    box: bytes


def own_key_of(officer: Officer) -> OwnKey:
    """Return the state of one's own key; as one who has none while the keeper is away or locked."""
    try:
        return ownkeys.state(officer.login)
    except (Refused, KeeperAway):
        return OwnKey(None, None)


def own_keys_for(officer: Officer, rows: Sequence[Named]) -> dict[str, bytes]:
    """Return row → its own key, for rows of one compartment.

    Raises:
        Refused: no key of his own, shut, or not shared with him yet.
    """
    if not rows:
        return {}
    found = OwnCopy.objects.filter(row__in=[row.ref for row in rows], person=officer.ref)
    copies = {copy.row: bytes(copy.box) for copy in found if copy.box}
    keys = ownkeys.read(officer.login, compartment=rows[0].compartment, copies=copies)
    if len(keys) < len(rows):
        raise Refused(WAITS)
    return keys


def open_named(officer: Officer, ring: Keyring, rows: Sequence[Named]) -> dict[str, str]:
    """Return row → its text, for rows of one compartment.

    Args:
        ring: opened for the compartment and for fields of kind "name".

    Raises:
        Refused: see `own_keys_for`.
    """
    keys = own_keys_for(officer, rows)
    return {
        row.ref: ring.open(
            row.box,
            field=row.field,
            kind=NAME,
            compartment=row.compartment,
            ref=row.ref,
            own=keys[row.ref],
        )
        for row in rows
    }


def to_share(rows: Sequence[Named], *, now: datetime) -> set[str]:
    """Return refs of the rows that a member with a key cannot read yet, or that one who left could."""
    if not rows:
        return set()
    sees = _readers_of(rows[0].compartment, now=now)
    keyed = Person.objects.filter(ref__in=sees, own_key_at__isnull=False)
    readers = set(keyed.values_list("ref", flat=True))
    copies: dict[str, dict[str, bool]] = {row.ref: {} for row in rows}
    for copy in OwnCopy.objects.filter(row__in=list(copies)):
        copies[copy.row][copy.person] = bool(copy.box)
    return {ref for ref, of in copies.items() if readers - of.keys() or not all(of.values())}


def _readers_of(compartment: str, *, now: datetime) -> list[str]:
    if compartment.startswith(f"{KEPT}:"):
        rows = HeldDuty.objects.filter(living(now=now), duty__in=READS_KEPT)
        return list(rows.values_list("person__ref", flat=True).distinct())
    members = members_of(compartment, now=now)
    return [person for person, duties in members.items() if duties & SEES_NAMES]


def alone_opens(person: str, *, compartment: str, beside: Collection[str]) -> bool:
    """Return whether something here that names a person opens by this reader's own key and by none of `beside`."""
    copies = OwnCopy.objects.filter(compartment=compartment).exclude(box=b"")
    his = set(copies.filter(person=person).values_list("row", flat=True))
    return bool(his - set(copies.filter(person__in=beside).values_list("row", flat=True)))
