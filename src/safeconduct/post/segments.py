"""How many short messages a text takes, and what it costs. Pure; 3GPP TS 23.038 and 23.040."""

from dataclasses import dataclass
from decimal import Decimal

_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWO = set("^{}\\[~]|€\f")  # 0x1B and a code: two septets, never split


@dataclass(frozen=True, slots=True)
class Size:
    """What a text takes.

    Attributes:
        used: septets (GSM) or 16-bit units (UCS-2).
        room: how many the parts hold together.
        alphabet: "gsm" or "ucs2"; one letter outside GSM turns the whole text.
        odd: the first letter that turned it, "" if none.
    """

    parts: int
    used: int
    room: int
    alphabet: str
    odd: str


def size_of(text: str) -> Size:
    """Return the size of `text`, filled greedily, with an 8-bit reference when joined."""
    odd = next((sign for sign in text if sign not in _GSM and sign not in _TWO), "")
    if odd:
        costs, single, joined = [len(s.encode("utf-16-be")) // 2 for s in text], 70, 67
    else:
        costs, single, joined = [2 if s in _TWO else 1 for s in text], 160, 153
    used = sum(costs)
    if used <= single:
        return Size(1, used, single, "ucs2" if odd else "gsm", odd)
    parts, filled = 1, 0
    for cost in costs:
        if filled + cost > joined:
            parts, filled = parts + 1, 0
        filled += cost
    return Size(parts, used, parts * joined, "ucs2" if odd else "gsm", odd)


def cost_of(parts: int, part_cost: str) -> str:
    """Return what so many short messages cost, "0.04 EUR"; "" where the programme names no cost.

    Args:
        part_cost: of one, as the profile has it: an amount and a currency.
    """
    amount, _space, currency = part_cost.partition(" ")
    return f"{Decimal(amount) * parts} {currency}" if amount else ""
