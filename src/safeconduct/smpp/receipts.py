"""Delivery receipts, in both forms that carriers use. Pure.

The text form is SMPP 3.4, Appendix B, which carriers follow loosely; the TLVs are §5.3.2.12 and
§5.3.2.35, and win where both are there. "UNKNOWN" here is the carrier's word, never ours.
"""

import re
from typing import NamedTuple

from safeconduct.smpp.codec import Address, Message, Tag

RECEIPT = 0x04  # esm_class bits 5-2: a delivery receipt (§5.2.12)
INTERMEDIATE = 0x20  # a notice on the way, SMSC's own too (§5.2.12)
_KIND = 0x3C
_STATES = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED",
    5: "UNDELIV", 6: "ACCEPTD", 7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip
_FIELD = re.compile(rb"\b(id|stat|err):\s*([^\s]+)", re.IGNORECASE)
_WHOLE = re.compile(  # as Appendix B writes it, and most carriers; what differs is looked for word by word
    rb"id:(\S+) sub:\d+ dlvrd:\d+ submit date:\d+ done date:\d+ stat:(\S+) err:(\S+) "
)


BASES = ("text", "hex", "decimal")


def canonical(carrier_id: str, *, base: str = "text") -> str:
    """Return a carrier's message id so that its answer and its receipt give the same.

    Appendix B lets the text form write in decimal what submit_sm_resp gave in hexadecimal, and
    carriers do, padded or not. The base of each is the route's to say; a number becomes decimal.

    Args:
        carrier_id: as the carrier wrote it.
        base: "text" leaves it as it is; "hex" and "decimal" read it. What does not read is left.
    """
    if base == "text":
        return carrier_id
    try:
        return str(int(carrier_id, 16 if base == "hex" else 10))
    except ValueError:
        return carrier_id


class Report(NamedTuple):
    """What a receipt says.

    Attributes:
        carrier_id: the id the carrier gave at submission, as it writes it here.
        stat: DELIVRD, EXPIRED, DELETED, UNDELIV, ACCEPTD, UNKNOWN, REJECTD or ENROUTE.
        forms_differ: text and TLVs contradict each other; the TLVs were taken.
    """

    carrier_id: str
    stat: str
    error: str = ""
    forms_differ: bool = False


def is_receipt(message: Message) -> bool:
    """Return whether the carrier speaks here, about an earlier message, and no person."""
    return message.esm_class & _KIND in {RECEIPT, INTERMEDIATE}


def read(message: Message) -> Report | None:
    """Return the report of a receipt; None when neither form names a message."""
    carrier_id, stat, error = _fields(message.content)
    tlv_id, tlv_state = message.tlv(Tag.RECEIPTED_MESSAGE_ID), message.tlv(Tag.MESSAGE_STATE)
    differ = False
    if tlv_id is not None:
        told = tlv_id.rstrip(b"\0").decode("latin-1")
        differ = bool(carrier_id) and carrier_id != told
        carrier_id = told
    if tlv_state:
        told = _STATES.get(tlv_state[0], "UNKNOWN")
        differ = differ or (bool(stat) and stat != told)
        stat = told
    if not carrier_id:
        return None
    return Report(carrier_id, stat or "UNKNOWN", error, differ)


def _fields(content: bytes) -> tuple[str, str, str]:
    """Return id, stat and err of the text form, "" for what is not there; the first of each counts."""
    if whole := _WHOLE.match(content):
        told, stat, error = whole.groups()
        return told.decode("latin-1"), stat.decode("latin-1").upper(), error.decode("latin-1")
    found = {
        name.decode().lower(): value.decode("latin-1")
        for name, value in reversed(_FIELD.findall(content))
    }
    return found.get("id", ""), found.get("stat", "").upper(), found.get("err", "")


def write(
    carrier_id: str, stat: str, *, source: Address, destination: Address, at: str, tlvs: bool = True
) -> Message:
    """Return the deliver_sm of a receipt, as a carrier sends it.

    Args:
        carrier_id: the id given at submission.
        stat: one of the states above.
        source: whom the message went to; receipts come from there.
        destination: who had sent it.
        at: YYMMDDhhmm of submission and end.
        tlvs: also give the TLVs.
    """
    delivered = "001" if stat == "DELIVRD" else "000"
    text = (
        f"id:{carrier_id} sub:001 dlvrd:{delivered} submit date:{at} done date:{at} "
        f"stat:{stat} err:000 text:"
    )
    number = next(n for n, name in _STATES.items() if name == stat)
    both = (
        (int(Tag.RECEIPTED_MESSAGE_ID), carrier_id.encode("latin-1") + b"\0"),
        (int(Tag.MESSAGE_STATE), bytes((number,))),
    )
    return Message(
        source, destination, text.encode("latin-1"), esm_class=RECEIPT, tlvs=both if tlvs else ()
    )
