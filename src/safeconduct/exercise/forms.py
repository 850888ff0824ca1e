"""Every form in which a text, a number or a place could lie in a file. Pure: text in, bytes out.

Longer forms hold the shorter ones: a search for these bytes finds them wherever they stand.
"""

import base64
import json
import quopri
import struct
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from safeconduct.geo import Point
from safeconduct.smpp.alphabet import septets

SHORTEST = 5  # bytes; shorter needles are found by chance in any megabyte
DEGREES = "degrees"  # in decimals
_E7 = 10**7
_SEPTET, _OCTET = 7, 8
_DECIMALS, _MOST = 4, 9  # of a degree: 11 m, and whatever is told more exactly begins so


def of_text(secret: str) -> dict[str, list[bytes]]:
    """Return every form of a text, and of a number its digits too, by name."""
    raw, little, big = secret.encode(), secret.encode("utf-16-le"), secret.encode("utf-16-be")
    escaped = json.dumps(secret)[1:-1]
    upper = escaped.encode() if escaped.isascii() else b""
    found = {
        "utf-8": [raw],
        "folded": [secret.casefold().encode()],
        "utf-16-le": [little],
        "ucs-2": [big],
        "hex": [form.hex().encode() for form in (raw, little, big)],
        "HEX": [form.hex().upper().encode() for form in (raw, little, big)],
        "base64": [core for form in (raw, little, big) for core in _base64_cores(form)],
        "percent": [quote(secret, safe="").encode(), quote_plus(secret).encode()],
        "percent, small": [_small(quote(secret, safe="")).encode()],
        "json": [
            upper,
            _large(escaped).encode(),
            json.dumps(secret, ensure_ascii=False)[1:-1].encode(),
        ],
        "quoted-printable": [quopri.encodestring(raw)],
        "gsm-7, packed": list(_packed_cores(secret)),
    }
    digits = secret.lstrip("+")
    if digits.isascii() and digits.isdigit():
        found |= _of_digits(digits)
    return _long_enough(found)


def of_place(place: Point) -> dict[str, list[bytes]]:
    """Return every form of a place: doubles as in WKB, scaled integers, degrees in decimals."""
    lat, lon = place.lat_deg, place.lon_deg
    pairs = ((lat, lon), (lon, lat))
    # round and cut: whoever scaled it did the one or the other
    whole = {
        scale: [(round(a * scale), round(b * scale)) for a, b in pairs] for scale in (_E7, 10**6)
    }
    cut = {scale: [(int(a * scale), int(b * scale)) for a, b in pairs] for scale in (_E7, 10**6)}
    scaled = [pair for table in (whole, cut) for each in table.values() for pair in each]
    doubles = {lat, lon, round(lat * _E7) / _E7, round(lon * _E7) / _E7}  # as sent by a tracker
    # Rounded to more decimals or cut, then looked for by what all of them begin with.
    shown = {f"{value:.{n}f}" for value in (lat, lon) for n in range(_DECIMALS, _MOST + 1)}
    shown |= {f"{value:.12f}" for value in (lat, lon)}
    told = {each[: each.index(".") + 1 + _DECIMALS] for each in shown}
    sevens = {str(round(value * _E7)) for value in (lat, lon)}
    return _long_enough(
        {
            "wkb": [struct.pack("<d", value) for value in doubles],
            "wkb, big-endian": [struct.pack(">d", value) for value in doubles],
            "floats": [struct.pack(f"{order}2f", *pair) for order in "<>" for pair in pairs],
            "integers": [struct.pack(f"{order}2i", *pair) for order in "<>" for pair in scaled],
            "long integers": [struct.pack(f"{o}2q", *pair) for o in "<>" for pair in scaled],
            "wkb, hex": [struct.pack("<2d", lon, lat).hex().encode()],
            DEGREES: [each.encode() for each in told],
            "degrees, utf-16": [each.encode("utf-16-le") for each in told],
            "degrees, base64": [core for each in told for core in _base64_cores(each.encode())],
            "scaled, written": [each.encode() for each in sevens],
        }
    )


def _of_digits(digits: str) -> dict[str, list[bytes]]:
    pairs = digits + "f" * (len(digits) % 2)
    swapped = "".join(b + a for a, b in zip(pairs[::2], pairs[1::2], strict=True))
    spaced = (digits[at : at + 3] for at in range(0, len(digits), 3))
    return {
        "digits": [digits.encode()],
        "digits, spaced": [" ".join(spaced).encode()],
        "digits, utf-16": [digits.encode("utf-16-le")],
        "bcd": [bytes.fromhex(pairs)],
        "bcd, swapped": [bytes.fromhex(swapped)],
        "as an integer": _as_integer(int(digits)),
    }


def _as_integer(number: int) -> list[bytes]:
    if number >= 1 << 64:  # no column and no record holds it whole
        return []
    return [number.to_bytes(8, order) for order in ("little", "big")]


def _base64_cores(raw: bytes) -> Iterator[bytes]:
    """Yield what of `raw` is surely in a base64 text that holds it at offset 0, 1 or 2."""
    for shift in range(3):
        start, end = (0, 2, 3)[shift], len(raw) + shift
        for coded in (
            base64.b64encode(bytes(shift) + raw),
            base64.urlsafe_b64encode(bytes(shift) + raw),
        ):
            yield coded[start : (end * 4) // 3 - 1]


def _packed_cores(secret: str) -> Iterator[bytes]:
    """Yield the octets that packed septets surely fill, for each place they may begin in an octet.

    Packing is that of 3GPP TS 23.038, §6.1.2.1: the first septet lies in the lowest bits.
    """
    found = septets(secret)
    if found is None:
        return
    whole = sum(septet << (_SEPTET * at) for at, septet in enumerate(found))
    bits = _SEPTET * len(found)
    for shift in range(_OCTET):
        octets = (whole << shift).to_bytes((bits + shift) // _OCTET + 1, "little")
        yield octets[bool(shift) : (bits + shift) // _OCTET]


def _small(quoted: str) -> str:
    return (
        "%".join(part[:2].lower() + part[2:] for part in quoted.split("%")) if "%" in quoted else ""
    )


def _large(escaped: str) -> str:
    head, *rest = escaped.split("\\u")
    return "\\u".join([head, *(part[:4].upper() + part[4:] for part in rest)])


def _long_enough(found: dict[str, list[bytes]]) -> dict[str, list[bytes]]:
    kept = {
        name: sorted({n for n in needles if len(n) >= SHORTEST}) for name, needles in found.items()
    }
    return {name: needles for name, needles in kept.items() if needles}
