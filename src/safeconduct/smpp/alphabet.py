"""What a text looks like in octets: GSM 7-bit (a septet an octet, or packed), UCS-2, Latin-1, others. Pure.

Tables are those of 3GPP TS 23.038, §6.2.1 and §6.2.1.1, packing its §6.1.2.1.1; data_coding values
SMPP 3.4, §5.2.19, and for their groups TS 23.038, §4.
A text that cannot be read is None, and its octets are the caller's to keep.
"""

from codecs import charmap_decode, utf_16_be_decode
from enum import IntEnum

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTRA = {
    0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\",
    0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|", 0x65: "€",
}  # fmt: skip
ESCAPE = 0x1B
_SEPTETS = {letter: bytes((n,)) for n, letter in enumerate(_BASIC) if n != ESCAPE} | {
    letter: bytes((ESCAPE, n)) for n, letter in _EXTRA.items()
}
CARRIER_DEFAULTS = ("gsm", "gsm-packed", "ascii", "latin-1")
_CR = 0x0D
_GROUP = 8  # septets in seven octets
_NAMED = {0x01: "ascii", 0x03: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8"}


class Coding(IntEnum):
    """data_coding values that we write."""

    DEFAULT = 0x00
    LATIN_1 = 0x03
    UCS_2 = 0x08


_WIDE = int(Coding.UCS_2)  # plain: compared for each text


def septets(text: str) -> bytes | None:
    """Return GSM septets, one an octet; None when a letter is outside the alphabet."""
    try:
        return b"".join([_SEPTETS[letter] for letter in text])
    except KeyError:
        return None


def from_septets(octets: bytes) -> str | None:
    """Read GSM septets; None when an octet is above 0x7F.

    An unknown escape shows the letter of the basic table, and an escape at the end a space
    (TS 23.038, §6.2.1.1, notes 1 and 3).
    """
    if not octets.isascii():
        return None
    if ESCAPE not in octets:
        return charmap_decode(octets, "strict", _BASIC)[0]
    out, at = [], 0
    while at < len(octets):
        if octets[at] != ESCAPE:
            out.append(_BASIC[octets[at]])
        elif at + 1 == len(octets) or octets[at + 1] == ESCAPE:
            out.append(" ")
        else:
            at += 1
            out.append(_EXTRA.get(octets[at], _BASIC[octets[at]]))
        at += 1
    return "".join(out)


def _ucs2(octets: bytes) -> str | None:
    """Read UCS-2, with surrogate pairs as phones send them; half a pair shows U+FFFD."""
    if len(octets) % 2:
        return None
    return utf_16_be_decode(octets, "replace", True)[0]


def _plain(octets: bytes, name: str) -> str | None:
    try:
        return octets.decode(name)
    except UnicodeDecodeError:
        return None


def packed(found: bytes, *, fill: int = 0) -> bytes:
    """Return septets (one an octet) packed into octets, TS 23.038 §6.1.2.1.1.

    Seven spare bits at the end would read as one letter more; a carriage return stands there
    instead, which whoever reads drops (§6.1.2.3.1).

    Args:
        found: the septets.
        fill: bits of nothing before them, after a header (TS 23.040, §9.2.3.24).
    """
    if (fill + 7 * len(found)) % 8 == 1:
        found += bytes((_CR,))
    out, held, have = bytearray(), 0, fill
    for septet in found:
        held |= septet << have
        have += 7
        while have >= 8:  # noqa: PLR2004  bits of an octet
            out.append(held & 0xFF)
            held >>= 8
            have -= 8
    if have:
        out.append(held)
    return bytes(out)


def unpacked(octets: bytes, *, fill: int = 0) -> bytes:
    """Return the septets, one an octet, of packed octets.

    SMPP counts octets, so an eighth septet of 0 or of a carriage return may be no letter but the
    seven spare bits: it is left out. A text that ends in "@" just there loses it.
    """
    count = (8 * len(octets) - fill) // 7
    whole = (int.from_bytes(octets, "little") >> fill).to_bytes(len(octets), "little")
    out = bytearray()
    for at in range(0, len(whole), 7):
        seven = int.from_bytes(whole[at : at + 7], "little")
        out += bytes(seven >> 7 * n & 0x7F for n in range(_GROUP))
    spare = (8 * len(octets) - fill) % 7 == 0 and count > 0 and out[count - 1] in (0, _CR)
    return bytes(out[: count - spare])


def is_default(coding: int) -> bool:
    """Return whether data_coding names the GSM alphabet, or what the carrier takes for it.

    0; the message classes 0xF0 to 0xF3 and 0xF8 to 0xFB; the waiting indications 0xC0 to 0xDF; of
    the general group 0x10 to 0x13 (TS 23.038, §4).
    """
    group = coding >> 4
    if group == 0xF:  # noqa: PLR2004  message class
        return not coding & 0x04
    return coding == Coding.DEFAULT or group in {0xC, 0xD} or coding & 0xFC == 0x10  # noqa: PLR2004  as §4 groups them


def is_ucs2(coding: int) -> bool:
    """Return whether data_coding names UCS-2: 8, 0x18 to 0x1B, or the indication group 0xE0."""
    return coding == Coding.UCS_2 or coding >> 4 == 0xE or coding & 0xFC == 0x18  # noqa: PLR2004  as §4 groups them


def decode(octets: bytes, *, coding: int, default: str = "gsm", fill: int = 0) -> str | None:
    """Return the text of `octets`, or None when they are binary or cannot be read.

    Args:
        octets: the user data without its header.
        coding: data_coding.
        default: what data_coding 0 means at this carrier, one of `CARRIER_DEFAULTS`.
        fill: bits before the first packed septet.
    """
    if coding == _WIDE:
        return _ucs2(octets)
    if is_default(coding):
        if default == "gsm-packed":
            return from_septets(unpacked(octets, fill=fill))
        return from_septets(octets) if default == "gsm" else _plain(octets, default)
    if is_ucs2(coding):
        return _ucs2(octets)
    return _plain(octets, _NAMED[coding]) if coding in _NAMED else None
