"""Long texts: cut into parts that phones join again, and told apart when they arrive. Pure.

User data headers are 3GPP TS 23.040, §9.2.3.24.1 (8-bit reference) and §9.2.3.24.8 (16-bit);
SAR TLVs are SMPP 3.4, §5.3.2.22 to 24. An escape and its letter, and the halves of a surrogate
pair, always stay together, so parts are filled greedily and counted, never divided.
"""

from dataclasses import dataclass, replace

from safeconduct.smpp.alphabet import Coding, septets
from safeconduct.smpp.codec import Message, Tag

UDHI = 0x40  # esm_class: the message begins with a user data header (§5.2.12)
MOST_PARTS = 255  # one octet counts them
_OCTETS = 140  # TP-User-Data (TS 23.040, §9.2.3.24)
_SEPTETS = 160
_CONCAT_8, _CONCAT_16 = 0x00, 0x08


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


class TooLong(ValueError):
    """The text needs more parts than a header can count."""


def cut(text: str, *, wide: bool = False) -> Cut:
    """Cut a text into parts: GSM septets when all letters allow, else UCS-2.

    Args:
        text: the text.
        wide: leave room for a 16-bit reference (7 octets) instead of an 8-bit one (6).

    Raises:
        TooLong: more than 255 parts.
    """
    whole = septets(text)
    if whole is not None:
        if len(whole) <= _SEPTETS:
            return Cut(Coding.DEFAULT, (whole,))
        units = [septets(letter) or b"" for letter in text]
        # The header takes whole septets: 48 bits are 7 of them, 56 bits are 8.
        return Cut(Coding.DEFAULT, _fill(units, room=_SEPTETS - (8 if wide else 7)))
    units = [letter.encode("utf-16-be", "replace") for letter in text]
    whole = b"".join(units)
    if len(whole) <= _OCTETS:
        return Cut(Coding.UCS_2, (whole,))
    return Cut(Coding.UCS_2, _fill(units, room=132 if wide else 134))  # whole 16-bit units


def _fill(units: list[bytes], *, room: int) -> tuple[bytes, ...]:
    parts, current = [], b""
    for unit in units:
        if len(current) + len(unit) > room:
            parts.append(current)
            current = b""
        current += unit
    parts.append(current)
    if len(parts) > MOST_PARTS:
        raise TooLong(f"The text needs {len(parts)} parts; {MOST_PARTS} is the most. Shorten it.")
    return tuple(parts)


def header(place: Place, *, wide: bool = False) -> bytes:
    """Return the user data header of one part, "" for a text in one part."""
    if place.total == 1:
        return b""
    if wide:
        reference = (place.reference & 0xFFFF).to_bytes(2, "big")
        return bytes((6, _CONCAT_16, 4)) + reference + bytes((place.total, place.number))
    return bytes((5, _CONCAT_8, 3, place.reference & 0xFF, place.total, place.number))


def messages(draft: Message, text: str, *, reference: int, wide: bool = False) -> list[Message]:
    """Return one message for each part of `text`, like `draft` in all else."""
    made = cut(text, wide=wide)
    total = len(made.parts)
    flags = draft.esm_class | (UDHI if total > 1 else 0)
    return [
        replace(
            draft,
            short=header(Place(reference, n, total), wide=wide) + part,
            coding=made.coding,
            esm_class=flags,
        )
        for n, part in enumerate(made.parts, start=1)
    ]


def placed(message: Message) -> tuple[Place, bytes]:
    """Return which part a message is, and its user data without the header.

    A header that cannot be read leaves the octets whole and says 1 of 1: shown, never dropped.
    """
    content = message.content
    if message.esm_class & UDHI and content and len(content) > content[0]:
        return _from_header(content[1 : 1 + content[0]]), content[1 + content[0] :]
    return _from_sar(message), content


def _sane(place: Place) -> Place:
    return place if 1 <= place.number <= place.total and place.total > 1 else Place()


def _from_header(elements: bytes) -> Place:
    at = 0
    while at + 2 <= len(elements):
        kind, length = elements[at], elements[at + 1]
        value = elements[at + 2 : at + 2 + length]
        if kind == _CONCAT_8 and len(value) == length == 3:  # noqa: PLR2004  TS 23.040 §9.2.3.24.1
            return _sane(Place(value[0], value[2], value[1]))
        if kind == _CONCAT_16 and len(value) == length == 4:  # noqa: PLR2004  TS 23.040 §9.2.3.24.8
            return _sane(Place(int.from_bytes(value[:2], "big"), value[3], value[2]))
        at += 2 + length
    return Place()


def _from_sar(message: Message) -> Place:
    reference, total = message.tlv(Tag.SAR_REFERENCE), message.tlv(Tag.SAR_TOTAL)
    number = message.tlv(Tag.SAR_NUMBER)
    if not (reference and total and number):
        return Place()
    return _sane(Place(int.from_bytes(reference, "big"), number[0], total[0]))
