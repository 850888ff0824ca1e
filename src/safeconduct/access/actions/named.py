"""What names a person is sealed to each reader's own key; here the keys are made, and rows shared.

A row has a key of its own, of which every reader has a copy. The row opens only with that key and the
compartment's together: the keeper has the one without the words of a reader, the reader the other
only from the keeper. One who left has no copy any more, and the row is sealed anew for the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from safeconduct import sealing
from safeconduct.access import ownkeys, queries
from safeconduct.access.closing import KEPT
from safeconduct.access.keyring import Keyring
from safeconduct.access.models import OwnCopy, Person
from safeconduct.access.queries.named import NAME, Named
from safeconduct.access.rules import Duty, Officer, Proof
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pages import wordcode
from safeconduct.refusal import Refusal, Refused

NO_WORDS = Refusal(
    "own.no_words", "These are no six words of ours.", "Type all six, as they stand on your paper."
)


@transaction.atomic
def make_own_key(
    officer: Officer, *, duty: Duty, proof: Proof, now: datetime, wall: datetime
) -> str:
    """Make a key of one's own and return the six words that open it, shown once and kept nowhere.

    An earlier key is gone; what it opened, colleagues share with the new one.

    Args:
        proof: for `acts.own_key(officer.ref, duty)`.

    Raises:
        Refused: the keeper does not accept the touch.
    """
    words = wordcode.new_code()
    OwnCopy.objects.filter(person=officer.ref).delete()
    Person.objects.filter(pk=officer.pk).update(own_key_at=wall)
    audit.record(officer.ref, "own_key.made", ref=officer.ref, now=now)
    notices.emit("access.person", officer.ref, to=f"person:{officer.ref}")
    ownkeys.make(officer.login, words=words, duty=duty, proof=proof)
    return wordcode.shown(words, officer.language)


@transaction.atomic
def open_own_key(officer: Officer, typed: str, *, now: datetime) -> None:
    """Open one's own key for a quarter of an hour, by its six words in either alphabet.

    Raises:
        Refused: no six words of ours, not his, or he has no key.
    """
    words = wordcode.read(typed)
    if not words:
        raise Refused(NO_WORDS)
    ownkeys.open_own(officer.login, words=words)
    audit.record(officer.ref, "own_key.opened", ref=officer.ref, now=now)


@transaction.atomic
def shut_own_key(officer: Officer, *, now: datetime) -> None:
    """Shut one's own key before its time."""
    ownkeys.shut(officer.login)
    audit.record(officer.ref, "own_key.shut", ref=officer.ref, now=now)


def seal_named(
    officer: Officer, ring: Keyring, plain: str, *, field: str, compartment: str, ref: str
) -> bytes:
    """Return `plain` sealed for one new row that names a person, and give every reader his copy.

    Call it in the transaction that writes the row.

    Args:
        ring: opened for the compartment and for fields of kind "name".
        field: "room.Model.field".
        ref: of the row, made before.

    Raises:
        Refused: nobody who may read it has a key of his own.
    """
    own = sealing.new_key()
    _give_copies(officer, compartment, {ref: own}, known=())
    return ring.seal(plain, field=field, kind=NAME, compartment=compartment, ref=ref, own=own)


def share(
    officer: Officer, ring: Keyring, rows: Sequence[Named], *, now: datetime
) -> Mapping[str, bytes]:
    """Give those who came later their copies; seal anew what one who left could read.

    Call it in a transaction, with the rows locked, and store what it returns.

    Args:
        rows: of one compartment.

    Returns:
        Row → its new box, for those that were sealed anew.

    Raises:
        Refused: the officer's own key is shut, or the rows were not shared with him.
    """
    due = queries.to_share(rows, now=now)
    late = [row for row in rows if row.ref in due]
    if not late:
        return {}
    compartment, keys = late[0].compartment, queries.own_keys_for(officer, late)
    known = {
        (copy.row, copy.person): bytes(copy.box) for copy in OwnCopy.objects.filter(row__in=due)
    }
    left = {row for (row, _), box in known.items() if not box}
    fresh = {row: sealing.new_key() if row in left else key for row, key in keys.items()}
    OwnCopy.objects.filter(row__in=left).delete()
    _give_copies(officer, compartment, fresh, known={each for each in known if each[0] not in left})
    audit.record(officer.ref, "named.shared", ref=compartment, now=now)
    return {
        row.ref: _sealed_anew(ring, row, old=keys[row.ref], own=fresh[row.ref])
        for row in late
        if row.ref in left
    }


def _sealed_anew(ring: Keyring, row: Named, *, old: bytes, own: bytes) -> bytes:
    place = {
        "field": row.field,
        "kind": NAME,
        "compartment": row.compartment,
        "ref": row.ref,
    }
    return ring.seal(ring.open(row.box, own=old, **place), own=own, **place)


def _give_copies(
    officer: Officer,
    compartment: str,
    keys: Mapping[str, bytes],
    *,
    known: Iterable[tuple[str, str]],
) -> None:
    copies = ownkeys.seal(officer.login, compartment=compartment, keys=keys)
    there = set(known)
    OwnCopy.objects.bulk_create(
        OwnCopy(row=row, compartment=compartment, person=person, box=box)
        for row, person, box in copies
        if (row, person) not in there
    )


def take_copies(person: str, *, compartments: Iterable[str]) -> None:
    """Take from one who is let out what he could open there; the rows are due to be sealed anew."""
    OwnCopy.objects.filter(person=person, compartment__in=list(compartments)).update(box=b"")


def take_kept_copies(person: str) -> None:
    """Take from one who no longer reads what law keeps of erased cases his copies of it."""
    OwnCopy.objects.filter(person=person, compartment__startswith=f"{KEPT}:").update(box=b"")


def forget_named(rows: Iterable[str]) -> None:
    """Delete all copies of rows that are deleted."""
    OwnCopy.objects.filter(row__in=list(rows)).delete()
