"""Money that an offer binds: minor units of one currency, whole numbers alone. Pure.

An account is an account of one version of an offer. Nothing is booked but from one account to
another, so what leaves the one comes to the other: an entry that does not sum to zero cannot be written.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

from safeconduct.pledges import promises, weighed
from safeconduct.refusal import Refusal, listed, said

MINOR = 100  # minor units in one: cents; no currency of a programme here has another
_NUMBER = re.compile(r"\d(?:[\d.,'\s]*\d)?")
_CENTS = re.compile(r"[.,]\d\d$")
# How a line may name a currency beside its code. A dollar of another country (C$) is no US dollar.
_SIGNS = {
    "USD": r"\bUS\$|(?<!\w)\$",
    "EUR": "€",
    "UAH": r"₴|\bгрн\b",
    "GBP": "£",
    "RUB": r"₽|\bруб\b",
}
_CURRENCIES = {
    code: re.compile(rf"\b{code}\b|{signs}", re.IGNORECASE) for code, signs in _SIGNS.items()
}


class Account(StrEnum):
    """Where an offer's money stands. The last two are of one promise to one person."""

    GRANTED = "granted"  # by the authority: what it gave stands here with a minus
    FREE = "free"
    RESERVED = "reserved"
    PAID = "paid"


class Move(StrEnum):
    """What an entry does; each goes one way, and its reverse has a name of its own."""

    GRANT = "grant"
    RESERVE = "reserve"
    RELEASE = "release"
    PAY = "pay"
    UNDO = "undo"


WAYS: Mapping[Move, tuple[Account, Account]] = MappingProxyType(
    {
        Move.GRANT: (Account.GRANTED, Account.FREE),
        Move.RESERVE: (Account.FREE, Account.RESERVED),
        Move.RELEASE: (Account.RESERVED, Account.FREE),
        Move.PAY: (Account.RESERVED, Account.PAID),
        Move.UNDO: (Account.PAID, Account.RESERVED),
    }
)
OF_ONE = frozenset({Account.RESERVED, Account.PAID})  # of one promise, not of the whole version


def told(minor: int, currency: str) -> str:
    """Return an amount as it is written: 1000050 of USD is "10,000.50 USD"."""
    whole, cents = divmod(abs(minor), MINOR)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole:,}{f'.{cents:02}' if cents else ''} {currency}"


def sums_in(item: str) -> list[int]:
    """Return the sums that one line of an offer names, in minor units: "USD 10,000.50" is 1000050."""
    found = []
    for number in _NUMBER.findall(item):
        digits = int(re.sub(r"\D", "", number))
        found.append(digits if _CENTS.search(number) else digits * MINOR)
    return found


def sum_item(items: Sequence[str], amount: int | None) -> str | None:
    """Return the line of an offer that is its money, None where it promises none.

    A version of an older release may name its sum in no line: there the first one is it.
    """
    if amount is None or not items:
        return None
    return next((item for item in items if amount in sums_in(item)), items[0])


def owed(items: Sequence[str], amount: int | None, item: str) -> int | None:
    """Return what one promised line is in money, minor units; None for what is none."""
    return amount if amount is not None and item == sum_item(items, amount) else None


def names_one_sum(items: Sequence[str], amount: int | None, currency: str) -> Refusal | None:
    """Judge the lines of a drafted offer: its one sum stands in one line, and no other line is money.

    A sum that stands in words alone is nobody's budget, and would be paid by nobody.

    Args:
        currency: ISO 4217, in which it is granted and paid; the line names the same.
    """
    named = [item for item in items if amount is not None and amount in sums_in(item)]
    if amount is not None and len(named) != 1:
        return Refusal(
            "offer.sum_not_named",
            "The money for one person stands in none of the lines that are promised, or in several.",
            "Write it into one line, in digits: USD 10,000.",
        )
    if wrong := names_its_currency(named, currency):
        return wrong
    others = [item for item in items if item not in named and _is_money(item)]
    if not others:
        return None
    return Refusal(
        "offer.money_beside",
        said("Money is promised here that no budget stands behind: {lines}.", lines=listed(others)),
        "One offer promises one sum: make an offer of its own for another.",
    )


def names_its_currency(lines: Sequence[str], currency: str) -> Refusal | None:
    """Judge the line that names a sum: in the currency it is paid in, and in none beside it.

    What he reads is what he is owed: "USD 10,000" is not kept by ten thousand of another currency.
    """
    if not lines or (
        currency and all(_currencies_in(each, currency) == {currency} for each in lines)
    ):
        return None
    return Refusal(
        "offer.currency_not_named",
        "The line that names the money does not name the currency it is paid in, or names another.",
        "Give the currency, and write its three letters into the line: USD 10,000.",
    )


def _currencies_in(line: str, own: str) -> set[str]:
    found = {code for code, names in _CURRENCIES.items() if names.search(line)}
    return found | {own} if re.search(rf"\b{re.escape(own)}\b", line, re.IGNORECASE) else found


def _is_money(item: str) -> bool:
    return any(hit.kind == "money" for hit in weighed.once(promises.found, item))


def may_reserve(amount: int, *, free: int, currency: str) -> Refusal | None:
    """Judge whether an offer's budget bears one more promise of `amount`.

    Args:
        free: what is left of the budget, neither promised nor paid.
    """
    if amount <= free:
        return None
    return Refusal(
        "offer.budget_spent",
        said(
            "Of this offer's budget {left} are left, and one promise takes {amount}.",
            left=told(free, currency),
            amount=told(amount, currency),
        ),
        "Show him the version of this offer that has money left, then accept that one; where there is"
        " none, the offers authority (OFF) proposes one with a higher cap.",
    )


def owed_once(other: str) -> Refusal | None:
    """Judge whether the money of one offer may be owed to him: not beside that of another version of it.

    Args:
        other: the version of this offer whose money he is owed or has, "" for none.
    """
    if not other:
        return None
    return Refusal(
        "pledge.other_version",
        said(
            "He has accepted the money of this offer in another version: {version}.", version=other
        ),
        "That one binds. If he wants this one instead, write down first that he gives up the other.",
    )


def may_order(amount: int, *, owed: int, paid: int, ordered: int, currency: str) -> Refusal | None:
    """Judge a payment order: more than nothing, and never more than is owed still.

    Args:
        owed: what he was promised.
        ordered: in orders that wait or are approved, and are not paid yet.
    """
    left = owed - paid - ordered
    if 0 < amount <= left:
        return None
    return Refusal(
        "order.too_much",
        said(
            "Of what he was promised {left} are left to order; this order is of {amount}.",
            left=told(left, currency),
            amount=told(amount, currency),
        ),
        "Order what is left, or a part of it.",
    )


def may_undo(*, done: bool, is_undoing: bool) -> Refusal | None:
    """Judge whether an order may be undone: one that was paid, and no undoing of another."""
    if done and not is_undoing:
        return None
    return Refusal(
        "order.not_paid",
        "Nothing was paid by this order that could be undone.",
        "An order that is not done yet is cancelled, by one person.",
    )
