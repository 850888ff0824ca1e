"""The record of an escort leaves the house: one asks, another grants, and it is sealed to one named recipient."""

import base64
import binascii
from datetime import datetime, timedelta

from django.db import transaction

from safeconduct import sealing
from safeconduct.access import actions as access
from safeconduct.access.keyring import Keyring, open_fields
from safeconduct.access.rules import Absent, Duty, Officer, Proof, Purpose, can
from safeconduct.audit import actions as audit
from safeconduct.escort import exports, page, queries, record, rules
from safeconduct.escort.actions.flights import flight_log
from safeconduct.escort.actions.opening import tell
from safeconduct.escort.actions.tracks import stored_track
from safeconduct.escort.models import Escort, Export
from safeconduct.escort.sealed import RECIPIENT
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist

TITLE = N_("The record of an escort is to leave the house")


@transaction.atomic
def ask_for_export(
    officer: Officer, *, ref: str, recipient: str, key: str, now: datetime
) -> Export:
    """Ask that the record of an escort may leave, sealed to one recipient; nothing leaves by that.

    Args:
        ref: the passage's.
        recipient: whom it is for, by name.
        key: the recipient's public key, as `safeconduct record key` printed it.

    Raises:
        Refused: the escort is not over, nobody is named, or it is no key.
        Absent: there is no such escort for `officer`.
    """
    insist(can(officer, exports.VERB, among=exports.ASKERS))
    escort = _whole(officer, ref, now=now)
    name = " ".join(recipient.split())
    insist(rules.may_export(over=escort.ended_at is not None, recipient=name))
    row = new_ref()
    box = _keys(officer, escort).seal(
        name, field=RECIPIENT, kind="body", compartment=escort.compartment, ref=row
    )
    export = Export.objects.create(
        ref=row, escort=escort, recipient=box, key=_public(key), by=officer.ref, at=now,
        digest=exports.digest(ref, recipient=name, key=_public(key)),
    )  # fmt: skip
    access.put_subject(
        export.ref,
        verb=exports.VERB,
        digest=bytes(export.digest),
        author=officer.ref,
        now=now,
        title=TITLE,
        url=f"/escort/{ref}/record",
        duties=sorted(exports.GRANTERS),
        compartment=escort.compartment,
    )
    audit.record(
        officer.ref, "escort.export_asked", ref=export.ref, now=now, digest=bytes(export.digest)
    )
    tell(escort, "escort.export")
    return export


@transaction.atomic
def grant_export(
    officer: Officer, *, ref: str, export: str, duty: Duty, proof: Proof, now: datetime
) -> Export:
    """Say yes to one export, for exactly this recipient and key; never one's own.

    Raises:
        Refused: by the rules, the keeper or the database; or it was granted already.
        Absent: there is no such export for `officer`.
    """
    row = exports.export_for(officer, Purpose.APPROVE, ref=ref, export=export, lock=True)
    if row.granted_at is not None:
        raise Refused(
            Refusal("escort.granted", "This was granted already.", "Load the page again.")
        )
    access.approve(officer, exports.act(row, duty), proof, now=now)
    row.granted_at, row.granted_by = now, officer.ref
    row.save(update_fields=["granted_at", "granted_by"])
    access.close_subject(row.ref, verb=exports.VERB, now=now)
    audit.record(
        officer.ref, "escort.export_granted", ref=row.ref, now=now, digest=bytes(row.digest)
    )
    tell(row.escort, "escort.export")
    return row


@transaction.atomic
def fetch_export(officer: Officer, *, ref: str, export: str, now: datetime) -> bytes:
    """Return the record, sealed to its recipient: whoever fetches it cannot open it.

    Raises:
        Refused: nobody has granted it yet, or somebody else asked for it.
        Absent: there is no such export for `officer`.
    """
    row = exports.export_for(officer, Purpose.READ, ref=ref, export=export)
    escort = _whole(officer, ref, now=now)
    keys = _keys(officer, escort)
    name = keys.open(
        row.recipient, field=RECIPIENT, kind="body", compartment=escort.compartment, ref=row.ref
    )
    granted = exports.is_granted(row, passage=ref, recipient=name)
    insist(rules.may_take_out(granted=granted, his=row.by == officer.ref))
    files = _files(escort, keys)
    audit.record(
        officer.ref, "escort.export_fetched", ref=row.ref, now=now, digest=bytes(row.digest)
    )
    info = f"{record.BOUND}{row.ref}".encode()
    return (
        row.ref.encode()
        + b"\n"
        + sealing.hpke_seal(bytes(row.key), record.packed(files), info=info)
    )


def _files(escort: Escort, keys: Keyring) -> dict[str, bytes]:
    tracks = record.of_him_and_aircraft(stored_track(escort, keys=keys))
    began = escort.began_at or escort.opened_at
    alerts, orders = queries.happened(escort, until=escort.ended_at or began)
    told = [(a.cause, a.raised_at, a.cleared_at) for a in alerts]
    told += [(o.order, o.at, o.ended_at) for o in orders]
    logs = {
        f"{name.replace(':', '-')}.tlog": flight_log(escort, keys=keys, subject=name)
        for name in sorted(set(escort.pieces.values_list("subject", flat=True)))
    }
    return {
        record.KML: record.kml(tracks),
        record.GEOJSON: record.geojson(tracks),
        record.SAID: record.said(began, told),
        **logs,
    }


def _whole(officer: Officer, ref: str, *, now: datetime) -> Escort:
    """Return the escort to who may know his whole way: the record tells it."""
    escort = queries.escort_for(officer, Purpose.READ, ref=ref)
    opened = page.open_passage(officer, ref, now=now, limit=timedelta(0))
    if escort.began_at is None or not opened.sight.whole:
        raise Absent
    return escort


def _keys(officer: Officer, escort: Escort) -> Keyring:
    return open_fields(officer, Purpose.WRITE, [escort.compartment], ["body", "pos"])


def _public(key: str) -> bytes:
    """Return a recipient's public key.

    Raises:
        Refused: these are not its bytes.
    """
    try:
        raw = base64.b64decode("".join(key.split()), validate=True)
        sealing.hpke_seal(raw, b"", info=b"is it one")
    except (ValueError, binascii.Error):
        raise Refused(
            Refusal(
                "escort.no_key",
                "This is no public key of a recipient.",
                "Have him run: safeconduct record key --to FILE, and paste the line that it prints.",
            )
        ) from None
    return raw
