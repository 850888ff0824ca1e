"""Money is paid by two: one orders, another approves, and his receipt says that he has it.

What counts is the signed yes (access/yeses.py), never the row: an order that was called approved in
the table alone is not paid. Undoing a payment takes two as well, and leaves both entries standing.
"""

from datetime import datetime, timedelta

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Proof, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import kept, money, orders, rules
from safeconduct.pledges.actions import books
from safeconduct.pledges.actions.keeping import KEEPERS, insist_on_receipt, told
from safeconduct.pledges.models import Order, Pledge
from safeconduct.pledges.money import Account
from safeconduct.pledges.queries import pledge_for
from safeconduct.pledges.rules import State
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist


@transaction.atomic
def order(officer: Officer, *, ref: str, amount: int, now: datetime) -> str:
    """Propose to pay what was promised, or a part of it; return the order's ref.

    Args:
        ref: of the promise.
        amount: minor units of the offer's currency.

    Raises:
        Refused: no money, not owed, more than is left to pay, or not among his duties.
        Absent: there is no such promise, or it is not for `officer`.
    """
    insist(can(officer, "pledges.order", among=KEEPERS))
    pledge = pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    due = books.owed(pledge)
    if due is None:
        raise Refused(Refusal("order.no_money", "This promise is no money; nothing is paid on it."))
    insist(rules.may_be_paid(State(pledge.state)))
    insist(
        money.may_order(
            amount,
            owed=due,
            paid=books.balance(pledge, Account.PAID),
            ordered=sum(each.amount for each in orders.open_orders(pledge) if not each.undoes_id),
            currency=pledge.version.currency,
        )
    )
    if pledge.state == State.FAILED:  # its money went back to the budget when it failed
        books.reserve(pledge, amount, by=officer.ref, now=now)
    return _put_up(officer, pledge, amount, None, now=now).ref


def _put_up(
    officer: Officer, pledge: Pledge, amount: int, undoes: Order | None, *, now: datetime
) -> Order:
    row = Order(
        ref=new_ref(),
        pledge=pledge,
        undoes=undoes,
        amount=amount,
        currency=pledge.version.currency,
        proposed_by=officer.ref,
        proposed_at=now,
    )
    row.digest = orders.digest_now(row)
    row.save(force_insert=True)
    access.put_subject(
        row.ref,
        verb=orders.APPROVE,
        digest=row.digest,
        author=officer.ref,
        now=now,
        title=N_("Approve the undoing of a payment") if undoes else N_("Approve a payment"),
        url=f"/pledges/orders/{row.ref}/",
        duties=sorted(orders.APPROVERS),
        compartment=pledge.compartment,
    )
    verb = "order.undo_proposed" if undoes else "order.proposed"
    audit.record(officer.ref, verb, ref=row.ref, now=now, digest=row.digest)
    _notice(row)
    return row


def _notice(row: Order) -> None:
    notices.emit("pledges.ledger", row.ref, to=f"member:{row.pledge.compartment}")


@transaction.atomic
def undo(officer: Officer, *, ref: str, reason: str, now: datetime) -> str:
    """Propose to undo a payment that was not one; return the ref of what waits for another's yes.

    Raises:
        Refused: it was not paid, is undone already, gives no reason, or not among his duties.
        Absent: there is no such order, or it is not for `officer`.
    """
    insist(can(officer, "pledges.undo", among=KEEPERS))
    paid = orders.order_for(officer, Purpose.WRITE, ref=ref, lock=True)
    again = Order.objects.filter(undoes=paid, cancelled_at=None).exists()
    insist(money.may_undo(done=paid.done_at is not None, is_undoing=paid.undoes_id is not None))
    if again:
        raise Refused(
            Refusal("order.undone_once", "This payment is undone already, or about to be.")
        )
    if not reason.strip():
        raise Refused(Refusal("order.no_reason", "Why it is undone is missing: one line."))
    row = _put_up(officer, paid.pledge, paid.amount, paid, now=now)
    room = paid.pledge.compartment
    keys = keyring.open_fields(officer, Purpose.WRITE, [room], ["body"])
    row.note = keys.seal(reason.strip(), field=orders.NOTE, compartment=room, ref=row.ref)
    row.save(update_fields=["note"])
    return row.ref


@transaction.atomic
def approve_order(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> Order:
    """Give the yes that an order needs beside its proposer's word; an undoing is done with it.

    Raises:
        Refused: his own, no longer waiting, changed since, or not among his duties.
        Absent: there is no such order, or it is not for `officer`.
    """
    insist(can(officer, orders.APPROVE, among=orders.APPROVERS))
    row = orders.order_for(officer, Purpose.APPROVE, ref=ref, lock=True)
    if row.approved_at is not None or row.cancelled_at is not None:
        raise Refused(Refusal("order.not_waiting", "This order no longer waits for approval."))
    access.approve(officer, orders.act_for(officer, row), proof, now=now)
    row.approved_at = now
    row.save(update_fields=["approved_at"])
    audit.record(officer.ref, "order.approved", ref=ref, now=now, digest=bytes(row.digest))
    if row.undoes_id is not None:
        _undone(officer, row, now=now)
    access.close_subject(ref, verb=orders.APPROVE, now=now)
    _notice(row)
    return row


def _undone(officer: Officer, row: Order, *, now: datetime) -> None:
    """Book what goes back. What he was paid is owed to him again; what failed or was waived is not."""
    insist(orders.signed_by_another(row))
    row.done_at, row.done_by = now, officer.ref
    row.save(update_fields=["done_at", "done_by"])
    books.book(row, by=officer.ref, now=now)
    pledge = Pledge.objects.select_for_update(of=("self",)).get(pk=row.pledge_id)
    if pledge.state == State.FULFILLED:
        pledge.state, pledge.settled_at = State.DUE, None
        pledge.receipt_ref, pledge.receipt_digest = "", None
        pledge.again_at, pledge.rung_before = now, pledge.rung
        pledge.save(
            update_fields=[
                *("state", "settled_at", "receipt_ref", "receipt_digest"),
                *("again_at", "rung_before"),
            ]
        )
        told(officer, pledge, "pledge.due_again", now=now)
    elif pledge.state in {State.FAILED, State.WAIVED}:
        books.release(row.pledge, row.amount, by=officer.ref, now=now)


@transaction.atomic
def pay(
    officer: Officer, *, ref: str, receipt_ref: str, receipt_digest: bytes = b"", now: datetime
) -> Pledge:
    """Record that an approved order was paid, against his receipt; the last part keeps the promise.

    Raises:
        Refused: nobody else has signed exactly this, no receipt, done or cancelled already.
        Absent: there is no such order, or it is not for `officer`.
    """
    insist(can(officer, "pledges.pay", among=KEEPERS))
    insist_on_receipt(receipt_ref)
    row = orders.order_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if row.undoes_id or row.done_at or row.cancelled_at or not row.approved_at:
        raise Refused(Refusal("order.not_to_pay", "This order is not one that waits to be paid."))
    insist(orders.signed_by_another(row))
    pledge = pledge_for(officer, Purpose.WRITE, ref=row.pledge.ref, lock=True)
    insist(rules.may_be_paid(State(pledge.state)))
    books.book(row, by=officer.ref, now=now)
    row.done_at, row.done_by = now, officer.ref
    row.receipt_ref, row.receipt_digest = receipt_ref.strip(), receipt_digest or None
    row.save(update_fields=["done_at", "done_by", "receipt_ref", "receipt_digest"])
    audit.record(officer.ref, "order.paid", ref=ref, now=now, digest=bytes(row.digest))
    if books.balance(pledge, Account.PAID) == books.owed(pledge):
        pledge.state, pledge.settled_at = State.FULFILLED, now
        pledge.receipt_ref, pledge.receipt_digest = row.receipt_ref, row.receipt_digest
        pledge.save(update_fields=["state", "settled_at", "receipt_ref", "receipt_digest"])
        return told(officer, pledge, "pledge.fulfilled", now=now)
    _notice(row)
    return pledge


@transaction.atomic
def ring_unpaid(worker: WorkerId, *, waits: timedelta, now: datetime) -> bool:
    """Call about each order that two have signed and nobody pays, as about a date that has passed.

    Its promise may be due in months, or have failed and be made good: the order has a clock of its
    own. It ends when it is paid or cancelled; nothing else silences it.

    Args:
        waits: how long it may lie after the second one's yes.
    """
    called = False
    for row in orders.unpaid().filter(approved_at__lt=now - waits).select_for_update(of=("self",)):
        count = kept.rings((row.approved_at or now) + waits, now=now)
        if count <= (row.rung or 0):
            continue
        row.rung, called = count, True
        row.save(update_fields=["rung"])
        access.page(kept.called(count), "pledges.unpaid", now=now)
        audit.record(worker.ref, "order.unpaid", ref=row.ref, now=now)
        _notice(row)
    return called


@transaction.atomic
def cancel_order(officer: Officer, *, ref: str, now: datetime) -> None:
    """Take an order back that is not done; one is enough to stop it.

    Raises:
        Refused: it is done, or not among his duties.
        Absent: there is no such order, or it is not for `officer`.
    """
    insist(can(officer, "pledges.cancel", among=KEEPERS | orders.APPROVERS))
    row = orders.order_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if row.done_at is not None:
        raise Refused(
            Refusal("order.done", "This order is done.", "Propose to undo it: that takes two.")
        )
    if row.cancelled_at is not None:
        return
    books.drop(row, now=now)
    if row.pledge.state == State.FAILED and row.undoes_id is None:
        books.release(row.pledge, row.amount, by=officer.ref, now=now)
    audit.record(officer.ref, "order.cancelled", ref=ref, now=now)
    _notice(row)
