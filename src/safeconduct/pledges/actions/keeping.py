"""Promises to people: accepted with a date that nobody moves, kept against a receipt, failed or waived."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.notices import actions as notices
from safeconduct.pledges import kept, money, orders, queries, rules
from safeconduct.pledges.actions import books
from safeconduct.pledges.models import Order, Pledge, Postponement, Shown
from safeconduct.pledges.money import Account
from safeconduct.pledges.rules import Kind, State
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

KEEPERS = frozenset({Duty.PLG})
SHOWERS = frozenset({Duty.OP, Duty.PLG, Duty.RCP, Duty.SUP})
Who = Officer | WorkerId


def turn_accepted(row: Pledge, *, due_at: datetime, now: datetime) -> None:
    """Fix the date on which a promise falls due."""
    insist(rules.may_turn(State(row.state), State.ACCEPTED))
    row.state, row.accepted_at, row.due_at = State.ACCEPTED, now, due_at
    row.save(update_fields=["state", "accepted_at", "due_at"])


@transaction.atomic
def accept(officer: Officer, *, ref: str, due_at: datetime, now: datetime) -> Pledge:
    """Record that he accepted what he was shown; its due date is fixed here and never moves."""
    insist(can(officer, "pledges.accept", among=SHOWERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if due_at <= now:
        raise Refused(
            Refusal("pledge.due_past", "The due date has passed already.", "Give a later one.")
        )
    turn_accepted(row, due_at=due_at, now=now)
    due = books.owed(row)
    if due is not None:
        insist(money.owed_once(orders.version_accepted_beside(row)))
        books.reserve(row, due, by=officer.ref, now=now)
    return told(officer, row, "pledge.accepted", now=now)


def told(who: Who, row: Pledge, verb: str, *, now: datetime) -> Pledge:
    """Write down what became of a promise, and nudge the pages of his members; return it."""
    audit.record(who.ref, verb, ref=row.ref, now=now)
    notices.emit("pledges.ledger", row.ref, to=f"member:{row.compartment}")
    return row


def insist_on_receipt(receipt_ref: str) -> None:
    """Refuse to call a promise kept, or a part of it paid, without his receipt.

    Raises:
        Refused: there is none.
    """
    if not receipt_ref.strip():
        raise Refused(
            Refusal(
                "pledge.no_receipt",
                "A promise counts as kept only against his receipt.",
                "Give the receipt's number.",
            )
        )


@transaction.atomic
def fulfil(
    officer: Officer, *, ref: str, receipt_ref: str, receipt_digest: bytes = b"", now: datetime
) -> Pledge:
    """Record that a promise was kept, against his receipt; one of money is kept by `paying.pay`.

    Args:
        receipt_ref: what he signed, by its number or ref.
        receipt_digest: sha256 of the receipt where there is a file of it.
    """
    insist(can(officer, "pledges.fulfil", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_turn(State(row.state), State.FULFILLED))
    insist_on_receipt(receipt_ref)
    if books.owed(row) is not None:
        raise Refused(
            Refusal(
                "pledge.is_money",
                "This promise is money: it is kept when all of it was paid, by orders that two signed.",
                "Propose a payment order on the page of pledges.",
            )
        )
    row.state, row.settled_at = State.FULFILLED, now
    row.receipt_ref, row.receipt_digest = receipt_ref.strip(), receipt_digest or None
    row.save(update_fields=["state", "settled_at", "receipt_ref", "receipt_digest"])
    return told(officer, row, "pledge.fulfilled", now=now)


@transaction.atomic
def fail(officer: Officer, *, ref: str, remedy: str, now: datetime) -> Pledge:
    """Record that a promise was broken, with what is done for him instead."""
    return _settle(officer, ref=ref, to=State.FAILED, note=remedy, now=now)


@transaction.atomic
def waive(officer: Officer, *, ref: str, reason: str, receipt_ref: str, now: datetime) -> Pledge:
    """Record that he gave up a promise, in his own words; a standard cannot be waived (GC III 7, L).

    What is given up leaves the kept-rate and frees money: nobody says it for him.

    Args:
        receipt_ref: the paper on which he signed that he gives it up, by its number or ref.
    """
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref)
    if row.version.kind == Kind.STANDARD:
        raise Refused(
            Refusal("pledge.standard_waived", "A standard of custody cannot be given up.")
        )
    if not receipt_ref.strip():
        raise Refused(
            Refusal(
                "pledge.not_his_word",
                "A promise is given up by him alone, on a paper that he has signed.",
                "Give the paper's number; without one the promise stands.",
            )
        )
    return _settle(
        officer, ref=ref, to=State.WAIVED, note=reason, paper=receipt_ref.strip(), now=now
    )


def _settle(
    officer: Officer, *, ref: str, to: State, note: str, paper: str = "", now: datetime
) -> Pledge:
    insist(can(officer, f"pledges.{to.lower()}", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_turn(State(row.state), to))
    if not note.strip():
        raise Refused(
            Refusal("pledge.no_note", "One line is missing: the remedy, or his own reason.")
        )
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], ["body"])
    row.note = keys.seal(note.strip(), field=queries.NOTE, compartment=row.compartment, ref=row.ref)
    row.state, row.settled_at, row.receipt_ref = to, now, paper or row.receipt_ref
    row.failed_at = now if to is State.FAILED else None
    row.save(update_fields=["state", "settled_at", "receipt_ref", "failed_at", "note"])
    books.drop_all(row, now=now)
    books.release(row, books.balance(row, Account.RESERVED), by=officer.ref, now=now)
    return told(officer, row, f"pledge.{to.lower()}", now=now)


@transaction.atomic
def postpone(officer: Officer, *, ref: str, hoped_at: datetime, now: datetime) -> Pledge:
    """Record that it will be late and when it is hoped for; the due date stays where it is."""
    insist(can(officer, "pledges.postpone", among=KEEPERS))
    row = queries.pledge_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if State(row.state) not in {State.ACCEPTED, State.DUE}:
        raise Refused(Refusal("pledge.not_owed", "Nothing is owed here that could be late."))
    Postponement.objects.create(
        pledge=row, hoped_at=hoped_at, recorded_at=now, recorded_by=officer.ref
    )
    return told(officer, row, "pledge.postponed", now=now)


@transaction.atomic
def fall_due(worker: WorkerId, *, now: datetime, limit: int = 50) -> bool:
    """Turn accepted promises into due ones two days before their date; return whether any did."""
    rows = Pledge.objects.select_for_update().filter(
        state=State.ACCEPTED, due_at__lte=now + rules.DUE_NOTICE
    )[:limit]
    for row in rows:
        row.state = State.DUE
        row.save(update_fields=["state"])
        told(worker, row, "pledge.due", now=now)
    return bool(rows)


@transaction.atomic
def ring(worker: WorkerId, *, now: datetime) -> bool:
    """Call somebody about each date that has passed and was not rung for; return whether any was.

    Judged from the date and world time alone: no argument, setting or duty leaves one out. What rang
    stands in the row, so a restart rings nothing twice; a clock that goes back takes no ring back.
    """
    owed = Pledge.objects.filter(state__in=[State.ACCEPTED, State.DUE], due_at__lt=now)
    late = [row.pk for row in owed.exclude(compartment="") if _to_ring(row, now=now)]
    for pk in late:
        row = Pledge.objects.select_for_update(of=("self",)).get(pk=pk)
        count = _to_ring(row, now=now)
        if not count:  # another worker was here
            continue
        row.rung = count + (row.rung_before or 0)
        row.save(update_fields=["rung"])
        access.page(kept.called(count), "pledges.overdue", now=now)
        told(worker, row, "pledge.overdue", now=now)
    return bool(late)


def _to_ring(row: Pledge, *, now: datetime) -> int:
    """Return the number of the ring that is owed since it was owed, or owed again; 0 for none."""
    count = kept.rings(row.due_at, again_at=row.again_at, now=now)
    return count if count > (row.rung or 0) - (row.rung_before or 0) else 0


@transaction.atomic
def erase_person(who: Who, *, person_ref: str, now: datetime) -> None:
    """Take a person out of what was promised: the counts stay, under a ref that leads nowhere.

    Nobody is left to be paid: what was set apart for him goes back to the budget, and what waits, an
    undoing too, is off, for no page leads to it any more.
    """
    Shown.objects.filter(person_ref=person_ref).delete()
    rows = Pledge.objects.select_for_update(of=("self",)).filter(person_ref=person_ref)
    for row in rows.select_related("version"):
        books.drop_all(row, undoings=True, now=now)
        books.release(row, books.balance(row, Account.RESERVED), by=who.ref, now=now)
        Pledge.objects.filter(pk=row.pk).update(
            person_ref=new_ref("X-"),
            compartment="",
            message_ref="",
            receipt_ref="erased" if row.receipt_ref else "",
            receipt_digest=None,
            note=None,
        )
        # What was paid stays on the accounts, to the cent; whose receipt it was does not.
        there = Order.objects.filter(pledge=row)
        there.exclude(receipt_ref="").update(receipt_ref="erased", receipt_digest=None)
        there.update(note=None)
    audit.record(who.ref, "pledge.erased", ref=person_ref, now=now)
