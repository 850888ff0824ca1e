"""Long texts: cut into parts that phones join again, and told apart when they arrive. Pure.

User data headers are 3GPP TS 23.040, §9.2.3.24.1 (8-bit reference) and §9.2.3.24.8 (16-bit);
SAR TLVs are SMPP 3.4, §5.3.2.22 to 24; message_payload its §5.3.2.32. An escape and its letter, and
the halves of a surrogate pair, always stay together, so parts are filled greedily and counted,
never divided.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from safeconduct.smpp.alphabet import Coding, decode, is_default, packed, septets
from safeconduct.smpp.codec import Message, Tag

UDHI = 0x40  # esm_class: the message begins with a user data header (§5.2.12)
MOST_PARTS = 255  # one octet counts them
_OCTETS = 140  # TP-User-Data (TS 23.040, §9.2.3.24)
_SEPTETS = 160
_MOST_PAYLOAD = 0xFFFF  # octets a TLV can hold
_CONCAT_8, _CONCAT_16 = 0x00, 0x08
_SHIFTS = frozenset({0x24, 0x25})  # a national language's letters (TS 23.040, §9.2.3.24.15 and 16)


class Joined(StrEnum):
    """How the parts of a long text are held together on the way."""

    UDH_8 = "udh"
    UDH_16 = "udh-16"
    SAR = "sar"
    PAYLOAD = "payload"  # in one message; the carrier cuts it


# Room for text in one part of several: septets, octets. A header takes whole septets: 48 bits are
# 7 of them, 56 bits are 8. Of SAR the carrier makes a header with a 16-bit reference.
_ROOM = {
    Joined.UDH_8: (153, 134),
    Joined.UDH_16: (152, 132),
    Joined.SAR: (152, 132),
    Joined.PAYLOAD: (153, 134),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of which text: `number` of `total`, 1 of 1 for a text in one part."""

    reference: int = 0
    number: int = 1
    total: int = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as it will travel: its coding and the user data of each part, without headers."""

    coding: int
    parts: tuple[bytes, ...]


class Read(NamedTuple):
    """One message as it was read: its place, its text if it has one, and its octets without header."""

    place: Place
    text: str | None
    octets: bytes


_WHOLE = Place()
_new = tuple.__new__  # `_replace` takes four times as long


class TooLong(ValueError):
    """The text needs more parts than a header can count."""


@lru_cache(maxsize=16)  # a campaign says the same to thousands
def cut(text: str, *, joined: Joined = Joined.UDH_8, default: str = "gsm") -> Cut:
    """Cut a text into parts: in the carrier's default alphabet when all letters allow, else UCS-2.

    On the air the default alphabet is always GSM septets, so they are what is counted, whatever the
    carrier takes them in. A packed one is still one septet an octet here.

    Args:
        text: the text.
        joined: how parts are held together; it decides how much room a part has.
        default: what data_coding 0 means at the carrier, one of `alphabet.CARRIER_DEFAULTS`.

    Raises:
        TooLong: more than 255 parts.
    """
    seven, wide = _ROOM[joined]
    sevens = septets(text)
    if sevens is not None and (told := _in_default(text, sevens, default)) is not None:
        if len(sevens) <= _SEPTETS:
            return Cut(Coding.DEFAULT, (told,))
        sizes = [len(septets(letter) or b"") for letter in text]
        units = [_in_default(letter, septets(letter) or b"", default) or b"" for letter in text]
        return Cut(Coding.DEFAULT, _fill(units, sizes, room=seven))
    whole = text.encode("utf-16-be", "replace")
    if len(whole) <= _OCTETS:
        return Cut(Coding.UCS_2, (whole,))
    units = [letter.encode("utf-16-be", "replace") for letter in text]
    return Cut(Coding.UCS_2, _fill(units, list(map(len, units)), room=wide))


def _in_default(text: str, sevens: bytes, default: str) -> bytes | None:
    """Return a text as the carrier's default alphabet writes it; None if a letter is not in it."""
    if default in {"gsm", "gsm-packed"}:
        return sevens
    try:
        return text.encode(default)
    except UnicodeEncodeError:
        return None


def _fill(units: list[bytes], sizes: list[int], *, room: int) -> tuple[bytes, ...]:
    parts, current, used = [], b"", 0
    for unit, size in zip(units, sizes, strict=True):
        if used + size > room:
            parts.append(current)
            current, used = b"", 0
        current += unit
        used += size
    parts.append(current)
    if len(parts) > MOST_PARTS:
        raise TooLong(f"The text needs {len(parts)} parts; {MOST_PARTS} is the most. Shorten it.")
    return tuple(parts)


def header(place: Place, *, joined: Joined = Joined.UDH_8) -> bytes:
    """Return the user data header of one part, "" for a text in one part or held together by TLVs."""
    if place.total == 1 or joined in {Joined.SAR, Joined.PAYLOAD}:
        return b""
    if joined == Joined.UDH_16:
        reference = (place.reference & 0xFFFF).to_bytes(2, "big")
        return bytes((6, _CONCAT_16, 4)) + reference + bytes((place.total, place.number))
    return bytes((5, _CONCAT_8, 3, place.reference & 0xFF, place.total, place.number))


def messages(
    draft: Message,
    text: str,
    *,
    reference: int,
    joined: Joined = Joined.UDH_8,
    default: str = "gsm",
) -> list[Message]:
    """Return one message for each part of `text`, like `draft` in all else.

    Args:
        draft: addresses, flags, TLVs.
        text: the text.
        reference: what the parts have in common; 8 or 16 bits of it are used.
        joined: how the parts are held together.
        default: what data_coding 0 means at the carrier.

    Raises:
        TooLong: more than 255 parts, or more octets than a message_payload holds.
    """
    made = cut(text, joined=joined, default=default)
    total, packs = len(made.parts), default == "gsm-packed" and made.coding == Coding.DEFAULT
    if total > 1 and joined == Joined.PAYLOAD:
        return [_payload(draft, made, packs=packs)]
    told = []
    for n, part in enumerate(made.parts, start=1):
        place = Place(reference, n, total)
        front = header(place, joined=joined)
        short = front + (packed(part, fill=_fill_bits(front)) if packs else part)
        flags = draft.esm_class | (UDHI if front else 0)
        tlvs = draft.tlvs + (_sar(place) if joined == Joined.SAR and total > 1 else ())
        told.append(_new(Message, (*draft[:2], short, made.coding, flags, *draft[5:-1], tlvs)))
    return told


def _payload(draft: Message, made: Cut, *, packs: bool) -> Message:
    whole = b"".join(made.parts)
    if packs:
        whole = packed(whole)
    if len(whole) > _MOST_PAYLOAD:
        raise TooLong(
            f"The text needs {len(whole)} octets; {_MOST_PAYLOAD} is the most. Shorten it."
        )
    tlvs = (*draft.tlvs, (int(Tag.MESSAGE_PAYLOAD), whole))
    return draft._replace(short=b"", coding=made.coding, tlvs=tlvs)


def _sar(place: Place) -> tuple[tuple[int, bytes], ...]:
    return (
        (int(Tag.SAR_REFERENCE), (place.reference & 0xFFFF).to_bytes(2, "big")),
        (int(Tag.SAR_TOTAL), bytes((place.total,))),
        (int(Tag.SAR_NUMBER), bytes((place.number,))),
    )


def _fill_bits(front: bytes) -> int:
    """Return the bits between a header and the first whole septet (TS 23.040, §9.2.3.24)."""
    return -8 * len(front) % 7


def read(message: Message, *, default: str = "gsm") -> Read:
    """Read one message: which part it is, and its text where it has one.

    Args:
        message: as it came.
        default: what data_coding 0 means at the carrier.
    """
    place, octets = placed(message)
    if place is _WHOLE:
        return Read(place, decode(octets, coding=message.coding, default=default), octets)
    front = message.content[: len(message.content) - len(octets)]
    if front and is_default(message.coding) and _shifted(front[1:]):
        return Read(place, None, octets)
    fill = _fill_bits(front)
    return Read(place, decode(octets, coding=message.coding, default=default, fill=fill), octets)


def placed(message: Message) -> tuple[Place, bytes]:
    """Return which part a message is, and its user data without the header.

    A header that cannot be read leaves the octets whole and says 1 of 1: shown, never dropped.
    """
    content = message.content
    if not message.esm_class & UDHI and not message.tlvs:
        return _WHOLE, content
    if message.esm_class & UDHI and content and len(content) > content[0]:
        return _from_header(content[1 : 1 + content[0]]), content[1 + content[0] :]
    return _from_sar(message), content


def _sane(place: Place) -> Place:
    return place if 1 <= place.number <= place.total and place.total > 1 else Place()


def _elements(octets: bytes) -> list[tuple[int, bytes]]:
    """Return each element of a header as kind and value; one that is cut off is left out."""
    found, at = [], 0
    while at + 2 <= len(octets):
        kind, length = octets[at], octets[at + 1]
        value = octets[at + 2 : at + 2 + length]
        if len(value) == length:
            found.append((kind, value))
        at += 2 + length
    return found


def _from_header(octets: bytes) -> Place:
    for kind, value in _elements(octets):
        if kind == _CONCAT_8 and len(value) == 3:  # noqa: PLR2004  TS 23.040 §9.2.3.24.1
            return _sane(Place(value[0], value[2], value[1]))
        if kind == _CONCAT_16 and len(value) == 4:  # noqa: PLR2004  TS 23.040 §9.2.3.24.8
            return _sane(Place(int.from_bytes(value[:2], "big"), value[3], value[2]))
    return Place()


def _shifted(octets: bytes) -> bool:
    """Return whether other letters stand behind the septets; we know the default ones alone."""
    return any(kind in _SHIFTS and any(value) for kind, value in _elements(octets))


def _from_sar(message: Message) -> Place:
    reference, total = message.tlv(Tag.SAR_REFERENCE), message.tlv(Tag.SAR_TOTAL)
    number = message.tlv(Tag.SAR_NUMBER)
    if not (reference and total and number):
        return Place()
    return _sane(Place(int.from_bytes(reference, "big"), number[0], total[0]))
