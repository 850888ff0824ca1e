"""Which records of an escort are to leave the house, for whom, and whose yes they have: read by page and actions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import queries as access
from safeconduct.access.keyring import open_fields
from safeconduct.access.rules import Absent, Act, Duty, Officer, Purpose, digest_of
from safeconduct.escort.models import Escort, Export
from safeconduct.escort.queries import escort_for
from safeconduct.escort.sealed import RECIPIENT

VERB = "escort.export"
ASKERS = frozenset({Duty.DPC, Duty.LEG})
GRANTERS = frozenset({Duty.SUP, Duty.LEG})


@dataclass(frozen=True, slots=True)
class Shown:
    """One export as its page shows it: for whom, by whose word, and whether this officer may grant or fetch it."""

    ref: str
    recipient: str
    by: str
    at: datetime
    granted_by: str
    granted_at: datetime | None
    grants: Sequence[Act]
    fetches: bool

    @property
    def hidden(self) -> dict[str, str]:
        """Return what goes with the form by which it is granted."""
        return {"export": self.ref}


def digest(passage: str, *, recipient: str, key: bytes) -> bytes:
    """Return what a yes is given to: this passage's record, this recipient, this key."""
    return digest_of({"passage": passage, "recipient": recipient, "key": key.hex()})


def export_for(
    officer: Officer, purpose: Purpose, *, ref: str, export: str, lock: bool = False
) -> Export:
    """Return one export of a passage to somebody let into its case.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    escort = escort_for(officer, purpose, ref=ref)
    rows = Export.objects.select_for_update(of=("self",)) if lock else Export.objects.all()
    found = rows.select_related("escort").filter(ref=export, escort=escort).first()
    if found is None:
        raise Absent
    return found


def is_granted(row: Export, *, passage: str, recipient: str) -> bool:
    """Return whether somebody else gave his yes to exactly this passage, recipient and key.

    The table is believed in nothing: the yes is proved by the keeper's signature, and it was given to
    a digest that another key does not have.

    Raises:
        KeeperAway: there is nothing yet to prove it by.
    """
    said = digest(passage, recipient=recipient, key=bytes(row.key))
    given = access.approvals_once(row.ref, said, verb=VERB)
    return said == bytes(row.digest) and any(each.person != row.by for each in given)


def act(row: Export, duty: Duty) -> Act:
    """Return what somebody says yes to under `duty`."""
    return Act(VERB, row.ref, bytes(row.digest), duty)


def shown_to(officer: Officer, escort: Escort) -> list[Shown]:
    """Return the exports of an escort, the newest first."""
    rows = list(escort.exports.order_by("-at"))
    if not rows:
        return []
    keys = open_fields(officer, Purpose.READ, [escort.compartment], ["body"])
    names = access.names_of([row.by for row in rows] + [row.granted_by for row in rows])
    found = []
    for row in rows:
        recipient = keys.open(
            row.recipient, field=RECIPIENT, kind="body", compartment=escort.compartment, ref=row.ref
        )
        waits = row.granted_at is None and row.by != officer.ref
        grants = [act(row, duty) for duty in sorted(officer.duties & GRANTERS)] if waits else []
        fetches = row.granted_at is not None and row.by == officer.ref
        found.append(
            Shown(
                row.ref, recipient, names.get(row.by, ""), row.at,
                names.get(row.granted_by, ""), row.granted_at, grants[:1], fetches,
            )
        )  # fmt: skip
    return found
