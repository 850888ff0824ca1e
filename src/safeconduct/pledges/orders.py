"""Payment orders as they are read; what was approved is believed by its signatures alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Act, Duty, Officer, Purpose, digest_of
from safeconduct.pledges import money
from safeconduct.pledges.models import Account, Order, Pledge
from safeconduct.pledges.rules import State
from safeconduct.refusal import Refusal

NOTE = "pledges.Order.note"
APPROVE = "pledges.pay.approve"
# (P) beside the pledge keeper who orders; of his case, for an order is one man's.
APPROVERS = frozenset({Duty.LEG, Duty.SUP})
MEMBERS = APPROVERS | {Duty.PLG}


def digest_now(order: Order) -> bytes:
    """Return the digest of an order as it stands in the table this moment: who, to which promise, how much."""
    undoes = order.undoes
    return digest_of(
        {
            "order": order.ref,
            "undoes": undoes.ref if undoes else "",
            "pledge": order.pledge.ref,
            "item": order.pledge.item,
            "version": bytes(order.pledge.version.digest).hex(),
            "amount": order.amount,
            "currency": order.currency,
            "proposed_by": order.proposed_by,
        }
    )


def act_for(officer: Officer, order: Order) -> Act:
    """Return the act of approving this order, under the duty that lets `officer` do it."""
    duty = Duty.LEG if Duty.LEG in officer.duties else Duty.SUP
    return Act(APPROVE, order.ref, bytes(order.digest), duty)


def signed_by_another(order: Order) -> Refusal | None:
    """Refuse an order that nobody but its proposer has signed as it stands now, whatever its row says.

    Raises:
        KeeperAway: there is nothing yet to prove a signature by.
    """
    given = access.approvals_once(order.ref, digest_now(order), verb=APPROVE)
    if any(each.person != order.proposed_by and each.duty in APPROVERS for each in given):
        return None
    return Refusal(
        "order.not_signed",
        "Nobody but its proposer has signed this order as it stands now.",
        "Call a supervisor (SUP): the row says more than was signed. Propose it anew.",
    )


def order_for(officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False) -> Order:
    """Return one order to somebody let into that person's compartment.

    Args:
        lock: hold its promise first and then the order, as every act on either does.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    rows = Order.objects.select_related("pledge__version__offer", "undoes")
    found = rows.filter(ref=ref).first()
    if (
        found is None
        or not officer.duties & MEMBERS
        or not access.member(officer, found.pledge.compartment)
    ):
        raise Absent
    if lock:
        Pledge.objects.select_for_update().get(pk=found.pledge_id)
        found = rows.select_for_update(of=("self",)).get(ref=ref)
    return found


def open_orders(pledge: Pledge) -> list[Order]:
    """Return the orders of a promise that are neither done nor cancelled."""
    rows = Order.objects.filter(pledge=pledge, done_at=None, cancelled_at=None)
    return list(rows.select_related("undoes").order_by("pk"))


def balances(pledges: Sequence[Pledge], kind: money.Account) -> dict[int, int]:
    """Return what stands on one account of each promise, by its key; of one without accounts, nothing."""
    rows = Account.objects.filter(pledge__in=pledges, kind=kind)
    return {pk: balance for pk, balance in rows.values_list("pledge_id", "balance") if pk}


def version_accepted_beside(row: Pledge) -> str:
    """Return which other version of its offer he has accepted and not given up, with its money; "" for none."""
    others = Pledge.objects.filter(person_ref=row.person_ref, version__offer=row.version.offer)
    taken = others.exclude(version=row.version).exclude(state__in=[State.SHOWN, State.WAIVED])
    for each in taken.select_related("version__offer"):
        version = each.version
        if money.owed(version.items, version.amount, each.item) is not None:
            return f"O-{version.offer.number} v{version.number}"
    return ""


def unpaid() -> QuerySet[Order]:
    """Return the orders that two have signed and nobody has paid or cancelled, the oldest first."""
    signed = Order.objects.filter(approved_at__isnull=False, done_at=None, cancelled_at=None)
    return signed.filter(undoes=None).exclude(pledge__compartment="").order_by("approved_at", "pk")


def unpaid_for(officer: Officer, *, now: datetime) -> list[Order]:
    """Return what two have signed and nobody has paid, of people whom `officer` is let in to."""
    if not officer.duties & MEMBERS:
        return []
    mine = access.compartments_of(officer, now=now)
    return list(unpaid().filter(pledge__compartment__in=mine).select_related("pledge"))


@dataclass(frozen=True, slots=True)
class OrderShown:
    """One order as its page shows it: what was promised, what is paid, what has become of it."""

    order: Order
    owed: int
    paid: int
    state: str  # waiting, approved, done, cancelled
    note: str
    undone: bool


def state_of(order: Order) -> str:
    """Return what has become of an order, in one word."""
    if order.cancelled_at is not None:
        return "cancelled"
    if order.done_at is not None:
        return "done"
    return "approved" if order.approved_at is not None else "waiting"


def shown_for(officer: Officer, *, ref: str) -> OrderShown:
    """Return one order with what stands around it.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    order = order_for(officer, Purpose.READ, ref=ref)
    pledge, note = order.pledge, ""
    if order.note is not None:
        keys = keyring.open_fields(officer, Purpose.READ, [pledge.compartment], ["body"])
        note = keys.open(order.note, field=NOTE, compartment=pledge.compartment, ref=order.ref)
    return OrderShown(
        order,
        money.owed(pledge.version.items, pledge.version.amount, pledge.item) or 0,
        balances([pledge], money.Account.PAID).get(pledge.pk, 0),
        state_of(order),
        note,
        Order.objects.filter(undoes=order, cancelled_at=None).exists(),
    )


@dataclass(frozen=True, slots=True)
class Money:
    """The money of one promise: what is owed, what was paid, and what could be ordered still."""

    owed: int
    paid: int
    left: int
    orders: Sequence[tuple[Order, str]]  # each with its state


def money_of(pledges: Sequence[Pledge]) -> Mapping[int, Money]:
    """Return the money of each promise that is money, by its key: two reads for a whole page."""
    due = {row.pk: money.owed(row.version.items, row.version.amount, row.item) for row in pledges}
    owed = {pk: amount for pk, amount in due.items() if amount is not None}
    paid = balances([row for row in pledges if row.pk in owed], money.Account.PAID)
    by: dict[int, list[Order]] = {}
    for row in Order.objects.filter(pledge__in=owed, cancelled_at=None).order_by("pk"):
        by.setdefault(row.pledge_id, []).append(row)
    return {pk: _money(amount, paid.get(pk, 0), by.get(pk, [])) for pk, amount in owed.items()}


def _money(owed: int, paid: int, rows: Sequence[Order]) -> Money:
    waiting = sum(row.amount for row in rows if not row.undoes_id and not row.done_at)
    return Money(owed, paid, owed - paid - waiting, [(row, state_of(row)) for row in rows])
