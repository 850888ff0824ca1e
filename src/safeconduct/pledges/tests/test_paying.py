"""Money is paid by two, out of a budget that nobody overdraws; and the accounts add up whatever is done."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from safeconduct.access.models import Call, Subject
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.access.tests.forging import write
from safeconduct.access.tests.racing import YES, at_once
from safeconduct.pledges import actions, orders, queries
from safeconduct.pledges.models import Account, Entry, Order, Pledge
from safeconduct.pledges.tests.conftest import NOON, REWARD
from safeconduct.refusal import Refused

DUE = NOON + timedelta(days=10)
SUM = REWARD.amount


class Him:
    """One man who was promised money and accepted, with his keeper and a lawyer of his case."""

    def __init__(self, keeper, lawyer, pledge, touch):
        self.keeper, self.lawyer, self.pledge, self.touch = keeper, lawyer, pledge, touch

    def order(self, amount=SUM):
        return actions.order(self.keeper, ref=self.pledge.ref, amount=amount, now=NOON)

    def approve(self, ref, *, by=None, now=NOON):
        who = by or self.lawyer
        act = orders.act_for(who, orders.order_for(who, Purpose.APPROVE, ref=ref))
        actions.approve_order(who, ref=ref, proof=self.touch(who, act), now=now)

    def pay(self, ref, *, receipt="R-1", now=NOON):
        return actions.pay(self.keeper, ref=ref, receipt_ref=receipt, now=now)

    def paid(self, amount=SUM, *, receipt="R-1"):
        ref = self.order(amount)
        self.approve(ref)
        self.pay(ref, receipt=receipt)
        return ref

    def stands(self):
        self.pledge.refresh_from_db()
        kinds = Account.objects.filter(pledge=self.pledge).values_list("kind", "balance")
        return self.pledge.state, dict(kinds)


@pytest.fixture
def he(person, officer, touch, joined):
    """Return `he(version)`: somebody who accepted its money."""

    def accepts(version, *, accepts=True):
        keeper, pledge = person(version)
        if accepts:
            actions.accept(keeper, ref=pledge.ref, due_at=DUE, now=NOON)
        return Him(keeper, joined(pledge, Duty.LEG), pledge, touch)

    return accepts


def standing(version):
    rows = Account.objects.filter(version=version).values("kind").annotate(all=Sum("balance"))
    return {row["kind"]: row["all"] for row in rows}


def test_money_goes_from_free_to_reserved_to_paid_and_all_accounts_sum_to_nothing(in_force, he):
    version = in_force(REWARD)
    assert standing(version) == {"granted": -REWARD.budget, "free": REWARD.budget}
    him = he(version)
    assert standing(version)["reserved"] == SUM
    him.paid()
    assert him.stands() == ("FULFILLED", {"reserved": 0, "paid": SUM})
    assert him.pledge.receipt_ref == "R-1"
    assert standing(version)["free"] == REWARD.budget - SUM
    assert sum(standing(version).values()) == 0
    (told,) = queries.books_for(him.keeper)
    assert told.granted == told.free + told.reserved + told.paid


def test_nothing_is_promised_above_the_budget_and_the_refusal_says_what_is_left(
    in_force, he, person
):
    version = in_force(replace(REWARD, budget=SUM + 150))
    late = he(version, accepts=False)
    he(version)
    with pytest.raises(Refused, match=r"1\.50 USD are left, and one promise takes 10,000 USD"):
        actions.accept(late.keeper, ref=late.pledge.ref, due_at=DUE, now=NOON)
    with pytest.raises(Refused, match="are left"):
        person(version)
    assert late.stands() == ("SHOWN", {})


def test_what_the_refusal_of_a_spent_budget_advises_works(in_force, he, worker):
    spent = in_force(replace(REWARD, budget=SUM))
    late = he(spent, accepts=False)
    he(spent)
    with pytest.raises(Refused) as refused:
        actions.accept(late.keeper, ref=late.pledge.ref, due_at=DUE, now=NOON)
    assert "Show him the version of this offer that has money left" in refused.value.refusal.remedy
    newer = in_force(replace(REWARD, offer_ref=spent.offer.ref))
    with pytest.raises(Refused, match="are left"):  # a new version pays nothing on the old one
        actions.accept(late.keeper, ref=late.pledge.ref, due_at=DUE, now=NOON)
    old = late.pledge
    actions.show(
        worker(Purpose.INGEST), person_ref=old.person_ref, compartment=old.compartment,
        version_ref=newer.ref, language="ru", channel="smpp", message_ref="m", now=NOON,
    )  # fmt: skip
    again = Pledge.objects.get(person_ref=old.person_ref, version=newer, item=old.item)
    assert actions.accept(late.keeper, ref=again.ref, due_at=DUE, now=NOON).state == "ACCEPTED"
    assert standing(newer)["reserved"] == SUM


def test_of_two_versions_of_one_offer_that_he_was_shown_he_is_owed_the_money_of_one(
    in_force, he, worker
):
    him = he(first := in_force(REWARD))
    newer = in_force(replace(REWARD, offer_ref=first.offer.ref))
    old = him.pledge
    actions.show(
        worker(Purpose.INGEST), person_ref=old.person_ref, compartment=old.compartment,
        version_ref=newer.ref, language="ru", channel="smpp", message_ref="m", now=NOON,
    )  # fmt: skip
    again = Pledge.objects.get(person_ref=old.person_ref, version=newer, item=old.item)
    with pytest.raises(Refused, match=rf"another version: O-{first.offer.number} v1"):
        actions.accept(him.keeper, ref=again.ref, due_at=DUE, now=NOON)
    assert standing(newer) == {"granted": -REWARD.budget, "free": REWARD.budget}
    actions.waive(
        him.keeper, ref=old.ref, reason="he wants the newer one", receipt_ref="W-1", now=NOON
    )
    assert actions.accept(him.keeper, ref=again.ref, due_at=DUE, now=NOON).state == "ACCEPTED"
    assert standing(first)["free"] == REWARD.budget


def test_a_reward_in_money_is_kept_by_an_order_and_by_no_receipt_alone(in_force, he):
    him = he(in_force(REWARD))
    with pytest.raises(Refused, match="orders that two signed"):
        actions.fulfil(him.keeper, ref=him.pledge.ref, receipt_ref="R-1", now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.filter(pk=him.pledge.pk).update(state="FULFILLED", receipt_ref="R-1")
    ref = him.order()
    with pytest.raises(Refused, match="waits to be paid"):
        him.pay(ref)
    him.approve(ref)
    with pytest.raises(Refused, match="his receipt"):
        him.pay(ref, receipt=" ")
    assert him.pay(ref).state == "FULFILLED"


def test_nobody_approves_his_own_order_and_a_row_that_says_approved_pays_nothing(
    in_force, he, officer, joined
):
    him = he(in_force(REWARD))
    both = joined(him.pledge, Duty.PLG, Duty.LEG)
    ref = actions.order(both, ref=him.pledge.ref, amount=SUM, now=NOON)
    with pytest.raises(Refused, match="wrote it"):
        him.approve(ref, by=both)
    stranger = officer(Duty.SUP)
    with pytest.raises(Absent):
        orders.order_for(stranger, Purpose.APPROVE, ref=ref)
    Order.objects.filter(ref=ref).update(approved_at=NOON)
    with pytest.raises(Refused, match="Nobody but its proposer"):
        him.pay(ref)
    assert him.stands() == ("ACCEPTED", {"reserved": SUM, "paid": 0})


def test_a_yes_to_one_sum_pays_no_other(in_force, he):
    him = he(in_force(REWARD))
    ref = him.order(SUM // 2)
    him.approve(ref)
    with pytest.raises(IntegrityError), transaction.atomic():
        Order.objects.filter(ref=ref).update(amount=SUM)
    write("UPDATE pledges_order SET amount = %s WHERE ref = %s", SUM, ref)
    with pytest.raises(Refused, match="as it stands now"):
        him.pay(ref)


def test_parts_are_paid_and_their_sum_is_never_above_what_was_promised(in_force, he):
    him = he(in_force(REWARD))
    him.paid(SUM // 4)
    assert him.stands() == ("ACCEPTED", {"reserved": SUM - SUM // 4, "paid": SUM // 4})
    waiting = him.order(SUM // 2)
    for amount in (SUM // 2, 0, -SUM):
        with pytest.raises(Refused, match="2,500 USD are left to order"):
            him.order(amount)
    actions.cancel_order(him.keeper, ref=waiting, now=NOON)
    with pytest.raises(Refused, match="no longer waits"):
        him.approve(waiting)
    him.paid(SUM - SUM // 4, receipt="R-2")
    assert him.stands() == ("FULFILLED", {"reserved": 0, "paid": SUM})
    assert him.pledge.receipt_ref == "R-2"


@pytest.mark.parametrize("ends", ["fail", "waive"])
def test_what_fails_or_is_given_up_goes_back_to_the_budget_and_its_orders_are_off(
    in_force, he, ends
):
    version = in_force(REWARD)
    him = he(version)
    him.paid(SUM // 4)
    ref = him.order(SUM // 2)
    him.approve(ref)
    words = (
        {"remedy": "paid in May"}
        if ends == "fail"
        else {"reason": "he wants no more", "receipt_ref": "W-1"}
    )
    getattr(actions, ends)(him.keeper, ref=him.pledge.ref, now=NOON, **words)
    assert standing(version)["free"] == REWARD.budget - SUM // 4
    with pytest.raises(Refused, match="waits to be paid"):
        him.pay(ref)
    if ends == "fail":  # and is made good, if the budget still bears it
        him.paid(SUM - SUM // 4)
        assert him.stands() == ("FULFILLED", {"reserved": 0, "paid": SUM})
    else:
        with pytest.raises(Refused, match="No money is owed"):
            him.order(1)


def test_a_payment_is_undone_by_two_and_owed_to_him_again(in_force, he):
    him = he(in_force(REWARD))
    paid = him.paid()
    with pytest.raises(Refused, match="one line"):
        actions.undo(him.keeper, ref=paid, reason=" ", now=NOON)
    back = actions.undo(him.keeper, ref=paid, reason="the bank sent it back", now=NOON)
    with pytest.raises(Refused, match="already"):
        actions.undo(him.keeper, ref=paid, reason="again", now=NOON)
    assert him.stands()[0] == "FULFILLED"
    him.approve(back)
    assert him.stands() == ("DUE", {"reserved": SUM, "paid": 0})
    assert list(Entry.objects.order_by("pk").values_list("kind", flat=True)) == [
        "grant", "reserve", "pay", "undo",
    ]  # fmt: skip
    assert orders.shown_for(him.keeper, ref=back).note == "the bank sent it back"
    him.paid(receipt="R-2")
    assert him.stands()[0] == "FULFILLED"


# In time; late, when a supervisor was called already.
@pytest.mark.parametrize("paid_after", [-1, 4])
def test_a_payment_undone_after_its_date_calls_the_keeper_first_and_a_supervisor_after_days(
    in_force, he, worker, paid_after
):
    him, clocks = he(in_force(REWARD)), worker(Purpose.CLOCKS)
    ref = him.order()
    him.approve(ref)
    actions.ring(clocks, now=DUE + timedelta(days=paid_after))
    him.pay(ref, now=DUE + timedelta(days=paid_after))
    undone = DUE + timedelta(days=60)
    him.approve(
        actions.undo(him.keeper, ref=ref, reason="the bank sent it back", now=undone), now=undone
    )
    waiting = Call.objects.filter(kind="pledges.overdue", answered_at=None)
    waiting.update(answered_at=undone)
    heard = []
    for days in (0, 0.1, 1.1, 3.1):
        now = undone + timedelta(days=days)
        actions.ring(clocks, now=now)
        assert not actions.ring(clocks, now=now)
        heard += waiting.values_list("duty", flat=True)
        waiting.update(answered_at=now)
    assert heard == ["PLG", "PLG", "SUP"]
    for silent in ({"again_at": DUE + timedelta(days=900)}, {"rung_before": 99}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Pledge.objects.filter(pk=him.pledge.pk).update(**silent)


def test_a_payment_that_two_signed_and_nobody_makes_calls_long_before_its_promise_is_due(
    in_force, he, worker, officer
):
    him, clocks, day = he(in_force(REWARD)), worker(Purpose.CLOCKS), timedelta(days=1)
    first, other = him.order(SUM // 4), him.order(SUM // 4)

    def heard(days):
        actions.ring_unpaid(clocks, waits=day, now=NOON + days * day)
        return sorted(Call.objects.filter(kind="pledges.unpaid").values_list("duty", flat=True))

    assert heard(9) == [], "what waits for a yes is called about by its age"
    him.approve(first)
    him.approve(other)
    assert heard(1) == []
    assert heard(1.1) == heard(1) == heard(1.2) == ["PLG"]
    assert [each.ref for each in orders.unpaid_for(him.lawyer, now=NOON)] == [first, other]
    assert orders.unpaid_for(officer(Duty.LEG), now=NOON) == []
    him.pay(first)
    for silent in ({"rung": 0}, {"rung": None}, {"approved_at": NOON + 90 * day}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Order.objects.filter(ref=other).update(**silent)
    assert heard(4.1) == ["PLG", "SUP"]
    Call.objects.update(answered_at=NOON)
    actions.cancel_order(him.keeper, ref=other, now=NOON)
    assert heard(90) == ["PLG", "SUP"]
    assert not orders.unpaid().exists()


def test_the_database_adds_up_and_lets_nobody_move_money_unseen(in_force, he):
    version = in_force(REWARD)
    him, account = he(version), {row.kind: row for row in Account.objects.all()}
    one = {"amount": 1, "at": NOON, "by": "x"}
    wrong = (
        lambda: Account.objects.filter(kind="free").update(balance=1),
        lambda: Account.objects.filter(kind="free").delete(),
        lambda: Account.objects.filter(kind="free").update(currency="EUR"),
        lambda: Entry.objects.update(amount=1),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.create(
            kind="reserve", source=account["free"], target=account["paid"], **one
        ),
        lambda: Entry.objects.create(
            kind="pay", source=account["reserved"], target=account["paid"], **one
        ),
        lambda: Entry.objects.create(
            kind="reserve", source=account["free"], target=account["reserved"],
            **{**one, "amount": REWARD.budget},
        ),
        lambda: Entry.objects.create(
            kind="release", source=account["reserved"], target=account["free"],
            **{**one, "amount": -1},
        ),
    )  # fmt: skip
    before = standing(version)
    for act in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()
    assert standing(version) == before
    assert him.stands() == ("ACCEPTED", {"reserved": SUM, "paid": 0})


def test_erasing_him_keeps_every_sum_and_no_receipt(in_force, he, worker):
    version = in_force(REWARD)
    him = he(version)
    paid = him.paid()
    before = standing(version)
    actions.erase_person(worker(Purpose.CLOCKS), person_ref=him.pledge.person_ref, now=NOON)
    assert standing(version) == before
    assert Order.objects.get(ref=paid).receipt_ref == "erased"
    with pytest.raises(Absent):
        orders.order_for(him.keeper, Purpose.READ, ref=paid)


def test_erasing_one_who_was_not_paid_yet_frees_what_was_set_apart_and_leaves_no_order(
    in_force, he, worker
):
    version = in_force(REWARD)
    him = he(version)
    first = him.paid(SUM // 4)
    him.approve(him.order(SUM // 4))
    him.order(SUM // 4)
    actions.undo(him.keeper, ref=first, reason="the bank sent it back", now=NOON)
    actions.erase_person(worker(Purpose.CLOCKS), person_ref=him.pledge.person_ref, now=NOON)
    assert him.stands()[1] == {"reserved": 0, "paid": SUM // 4}
    assert standing(version)["free"] == REWARD.budget - SUM // 4
    assert sum(standing(version).values()) == 0
    assert orders.open_orders(him.pledge) == []
    assert not Subject.objects.filter(verb=orders.APPROVE, closed_at=None).exists()


def test_of_two_who_accept_the_last_of_a_budget_at_once_one_is_refused(committed, in_force, he):
    version = in_force(replace(REWARD, budget=SUM * 2 - 1))
    both = [he(version, accepts=False) for _ in range(2)]

    def accept(him):
        return lambda: actions.accept(him.keeper, ref=him.pledge.ref, due_at=DUE, now=NOON)

    assert sorted(at_once([accept(him) for him in both])) == ["offer.budget_spent", YES]
    assert standing(version)["free"] == SUM - 1


def test_of_two_orders_for_all_he_is_owed_at_once_one_is_refused_and_one_is_paid_once(
    committed, in_force, he
):
    him = he(in_force(REWARD))
    said = at_once([him.order for _ in range(2)])
    assert sorted(said) == ["order.too_much", YES]
    (order,) = orders.open_orders(him.pledge)
    him.approve(order.ref)
    said = at_once([lambda: him.pay(order.ref) for _ in range(2)])
    assert sorted(said) == ["order.not_to_pay", YES]
    assert him.stands() == ("FULFILLED", {"reserved": 0, "paid": SUM})
