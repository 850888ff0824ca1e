"""The accounts of an offer's money: opened with it, and every movement one entry.

Called within the transaction of the act that moves the money. The database adds up and refuses
what goes below nothing (migration 0003), whoever else writes at the same moment.
"""

from datetime import datetime

from safeconduct.access import actions as access
from safeconduct.pledges import money, orders
from safeconduct.pledges.models import Account as Row
from safeconduct.pledges.models import Entry, Order, Pledge, Version
from safeconduct.pledges.money import OF_ONE, WAYS, Account, Move
from safeconduct.refusal import insist


def owed(pledge: Pledge) -> int | None:
    """Return what a promise is in money, minor units; None for one that is none."""
    return money.owed(pledge.version.items, pledge.version.amount, pledge.item)


def open_for(version: Version, *, by: str, now: datetime) -> None:
    """Open the accounts of a version that promises money, with its budget on them."""
    if version.amount is None or version.budget is None:
        return
    for kind in (Account.GRANTED, Account.FREE):
        Row.objects.create(version=version, kind=kind, currency=version.currency)
    _move(Move.GRANT, version, None, version.budget, by=by, now=now)


def _move(
    move: Move,
    version: Version,
    pledge: Pledge | None,
    amount: int,
    *,
    by: str,
    now: datetime,
    order: Order | None = None,
) -> None:
    source, target = (
        Row.objects.get(version=version, kind=kind, pledge=pledge if kind in OF_ONE else None)
        for kind in WAYS[move]
    )
    Entry.objects.create(
        kind=move, source=source, target=target, amount=amount, order=order, at=now, by=by
    )


def reserve(pledge: Pledge, amount: int, *, by: str, now: datetime) -> None:
    """Set money apart for one promise.

    Raises:
        Refused: the budget does not bear it; the refusal names what is left.
    """
    version = pledge.version
    # Whoever else accepts at this moment waits here, and sees what this one left.
    free = Row.objects.select_for_update().get(version=version, kind=Account.FREE)
    insist(money.may_reserve(amount, free=free.balance, currency=free.currency))
    for kind in OF_ONE:
        Row.objects.get_or_create(
            version=version, pledge=pledge, kind=kind, defaults={"currency": version.currency}
        )
    _move(Move.RESERVE, version, pledge, amount, by=by, now=now)


def release(pledge: Pledge, amount: int, *, by: str, now: datetime) -> None:
    """Give money that was set apart for a promise back to the budget; nothing is no entry."""
    if amount:
        _move(Move.RELEASE, pledge.version, pledge, amount, by=by, now=now)


def book(order: Order, *, by: str, now: datetime) -> None:
    """Book an order that was done: paid, or undone."""
    pledge, move = order.pledge, Move.UNDO if order.undoes_id else Move.PAY
    _move(move, pledge.version, pledge, order.amount, by=by, now=now, order=order)


def balance(pledge: Pledge, kind: Account) -> int:
    """Return what stands on one account of a promise, 0 where it has none yet."""
    return orders.balances([pledge], kind).get(pledge.pk, 0)


def free_of(version: Version) -> int | None:
    """Return what is left of a version's budget; None where it promises no money."""
    return (
        Row.objects.filter(version=version, kind=Account.FREE)
        .values_list("balance", flat=True)
        .first()
    )


def drop(order: Order, *, now: datetime) -> None:
    """Cancel an order that is not done, so that nobody's yes to it waits or counts any more."""
    order.cancelled_at = now
    order.save(update_fields=["cancelled_at"])
    access.close_subject(order.ref, verb=orders.APPROVE, now=now)


def drop_all(pledge: Pledge, *, undoings: bool = False, now: datetime) -> None:
    """Cancel every order to pay on a promise that is not done: nothing is owed on it any more.

    Args:
        undoings: cancel what would undo a payment too.
    """
    for order in orders.open_orders(pledge):
        if undoings or order.undoes_id is None:
            drop(order, now=now)
