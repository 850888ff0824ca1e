"""What a text looks like in octets: GSM 7-bit (one septet an octet), UCS-2, Latin-1, ASCII. Pure.

Tables are those of 3GPP TS 23.038, §6.2.1 and §6.2.1.1; data_coding values SMPP 3.4, §5.2.19.
A text that cannot be read is None, and its octets are the caller's to keep.
"""

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
_TO_BASIC = {letter: n for n, letter in enumerate(_BASIC) if n != ESCAPE}
_TO_EXTRA = {letter: n for n, letter in _EXTRA.items()}
CARRIER_DEFAULTS = ("gsm", "ascii", "latin-1")


class Coding(IntEnum):
    """data_coding values that we write."""

    DEFAULT = 0x00
    LATIN_1 = 0x03
    UCS_2 = 0x08


def septets(text: str) -> bytes | None:
    """Return GSM septets, one an octet; None when a letter is outside the alphabet."""
    out = bytearray()
    for letter in text:
        if letter in _TO_BASIC:
            out.append(_TO_BASIC[letter])
        elif letter in _TO_EXTRA:
            out += bytes((ESCAPE, _TO_EXTRA[letter]))
        else:
            return None
    return bytes(out)


def outside_gsm(text: str) -> str:
    """Return the letters that turn a text to UCS-2, each once, in their order."""
    return "".join(dict.fromkeys(t for t in text if t not in _TO_BASIC and t not in _TO_EXTRA))


def from_septets(octets: bytes) -> str | None:
    """Read GSM septets; None when an octet is above 0x7F.

    An unknown escape shows the letter of the basic table, and an escape at the end a space
    (TS 23.038, §6.2.1.1, notes 1 and 3).
    """
    if any(octet >= len(_BASIC) for octet in octets):
        return None
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
    return octets.decode("utf-16-be", "replace")


def _plain(octets: bytes, name: str) -> str | None:
    try:
        return octets.decode(name)
    except UnicodeDecodeError:
        return None


def decode(octets: bytes, *, coding: int, default: str = "gsm") -> str | None:
    """Return the text of `octets`, or None when they are binary or cannot be read.

    Args:
        octets: the user data without its header.
        coding: data_coding.
        default: what data_coding 0 means at this carrier: "gsm", "ascii" or "latin-1".
    """
    message_class = coding & 0xF0 == 0xF0  # noqa: PLR2004  §5.2.19: GSM message class control
    if coding == Coding.DEFAULT or (message_class and not coding & 0x04):
        return from_septets(octets) if default == "gsm" else _plain(octets, default)
    if coding == Coding.UCS_2:
        return _ucs2(octets)
    name = {0x01: "ascii", Coding.LATIN_1: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8"}
    return _plain(octets, name[coding]) if coding in name else None
