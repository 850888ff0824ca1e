from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.pledges import actions, queries
from safeconduct.pledges.models import Pledge, Version
from safeconduct.pledges.tests.conftest import LANGUAGES, NOON, REWARD, STANDARD
from safeconduct.refusal import Refused

DUE = NOON + timedelta(days=10)


def test_an_offer_takes_two_others_and_never_its_proposer(proposed, officer, touch):
    author, ref = proposed(REWARD)
    version = queries.version_for(author, Purpose.READ, ref=ref)
    with pytest.raises(Refused, match="wrote it"):
        actions.approve(
            author, ref=ref, proof=touch(author, queries.act_for(author, version)), now=NOON
        )
    first, second = officer(Duty.LEG), officer(Duty.OFF)
    actions.approve(first, ref=ref, proof=touch(first, queries.act_for(first, version)), now=NOON)
    assert not queries.live(now=NOON)
    with pytest.raises(Refused, match="already"):
        actions.approve(
            first, ref=ref, proof=touch(first, queries.act_for(first, version)), now=NOON
        )
    actions.approve(
        second, ref=ref, proof=touch(second, queries.act_for(second, version)), now=NOON
    )
    assert [row.ref for row in queries.live(now=NOON)] == [ref]


def test_a_standard_of_custody_takes_no_condition_in_the_rules_and_in_the_database(
    officer, in_force
):
    with pytest.raises(Refused, match="no condition"):
        actions.propose(
            officer(Duty.OFF), replace(STANDARD, conditions="obedience"), languages=LANGUAGES,
            now=NOON,
        )  # fmt: skip
    version = in_force(STANDARD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(conditions="obedience")


def test_an_offer_lacks_no_language_and_pays_within_its_cap(officer):
    author = officer(Duty.OFF)
    for wrong in (
        replace(REWARD, texts={**REWARD.texts, "uk": " "}),
        replace(REWARD, budget=999_999),
        replace(REWARD, expires_at=REWARD.starts_at),
    ):
        with pytest.raises(Refused):
            actions.propose(author, wrong, languages=LANGUAGES, now=NOON)
    assert actions.propose(author, REWARD, languages=LANGUAGES, now=NOON)


def test_an_approved_text_cannot_be_changed_by_anybody(in_force):
    version = in_force(REWARD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(pk=version.pk).update(texts={"ru": "Двадцать тысяч."})
    token = queries.token_for(version, "ru")
    assert queries.covers(token, now=NOON)
    assert not queries.covers(replace(token, spans=("Двадцать тысяч.",)), now=NOON)
    assert not queries.covers(token, now=NOON + timedelta(days=41))


def test_an_offer_that_was_called_approved_in_the_table_alone_covers_no_word(officer):
    ref = actions.propose(officer(Duty.OFF), REWARD, languages=LANGUAGES, now=NOON)
    Version.objects.filter(ref=ref).update(approved_at=NOON)
    version = Version.objects.get(ref=ref)
    assert queries.live(now=NOON) == [version]
    assert not queries.covers(queries.token_for(version, "ru"), now=NOON)


def test_a_withdrawn_offer_is_shown_to_nobody_and_still_binds(in_force, officer, person):
    version = in_force(REWARD)
    keeper, row = person(version)
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    actions.withdraw(officer(Duty.OFF), ref=version.ref, now=NOON)
    assert not queries.live(now=NOON)
    with pytest.raises(Refused, match="not in force"):
        person(version)
    assert queries.open_of(row.person_ref)


def test_what_was_shown_is_the_exact_version_with_time_and_channel(in_force, person):
    version = in_force(REWARD)
    keeper, row = person(version)
    shown = queries.shown_to(
        keeper, Purpose.READ, person_ref=row.person_ref, compartment=row.compartment
    )
    assert [(s.version.ref, s.at, s.channel) for s in shown] == [(version.ref, NOON, "smpp")]
    assert {p.item for p in Pledge.objects.all()} == set(REWARD.items)


def test_a_due_date_is_fixed_at_acceptance_and_never_moves(in_force, person):
    keeper, row = person(in_force(REWARD))
    with pytest.raises(Refused, match="passed already"):
        actions.accept(keeper, ref=row.ref, due_at=NOON, now=NOON)
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pledge.objects.filter(pk=row.pk).update(due_at=DUE + timedelta(days=1))
    actions.postpone(keeper, ref=row.ref, hoped_at=DUE + timedelta(days=5), now=NOON)
    row.refresh_from_db()
    assert row.due_at == DUE


def test_a_promise_is_kept_only_against_his_receipt(in_force, person):
    keeper, row = person(in_force(REWARD), nth=1)
    with pytest.raises(Refused, match="as it stands now"):
        actions.fulfil(keeper, ref=row.ref, receipt_ref="R-1", now=NOON)
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    with pytest.raises(Refused, match="receipt"):
        actions.fulfil(keeper, ref=row.ref, receipt_ref=" ", now=NOON)
    actions.fulfil(keeper, ref=row.ref, receipt_ref="R-1", now=NOON)
    assert not queries.open_of(row.person_ref)


def test_the_kept_rate_counts_what_is_overdue_and_shows_late_ones_beside_it(in_force, person):
    version = in_force(REWARD)
    kept_one, broken, late, open_ = (person(version, nth=1) for _ in range(4))
    for keeper, row in (kept_one, broken, late, open_):
        actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    actions.fulfil(kept_one[0], ref=kept_one[1].ref, receipt_ref="R-1", now=NOON)
    actions.fail(broken[0], ref=broken[1].ref, remedy="Paid on Monday", now=NOON)
    after = DUE + timedelta(days=1)
    actions.fulfil(late[0], ref=late[1].ref, receipt_ref="R-2", now=after)
    told = queries.kept(now=after)
    assert (told.fulfilled, told.failed, told.overdue, told.late) == (2, 1, 1, 1)
    assert told.permille == 500


def test_a_standard_is_owed_to_all_and_cannot_be_given_up(in_force, person, worker):
    version = in_force(STANDARD)
    keeper, row = person(version)
    refs = actions.owe_standards(
        worker(Purpose.CLOCKS), person_ref=row.person_ref, compartment=row.compartment,
        language="ru", due_at=DUE, now=NOON,
    )  # fmt: skip
    assert len(refs) == 4
    with pytest.raises(Refused, match="given up"):
        actions.waive(keeper, ref=row.ref, reason="He wants none", receipt_ref="W-1", now=NOON)


def test_nobody_gives_a_promise_up_for_him(in_force, person):
    keeper, row = person(in_force(REWARD))
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    with pytest.raises(Refused, match="a paper that he has signed"):
        actions.waive(keeper, ref=row.ref, reason="He wants none", receipt_ref=" ", now=NOON)
    with pytest.raises(IntegrityError, match="his paper"), transaction.atomic():
        Pledge.objects.filter(pk=row.pk).update(state="WAIVED", settled_at=NOON)
    given = actions.waive(keeper, ref=row.ref, reason="He goes home", receipt_ref="W-1", now=NOON)
    assert (given.state, given.receipt_ref) == ("WAIVED", "W-1")


def test_a_promise_falls_due_two_days_before_its_date(in_force, person, worker):
    keeper, row = person(in_force(REWARD))
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    clocks = worker(Purpose.CLOCKS)
    assert not actions.fall_due(clocks, now=DUE - timedelta(days=3))
    assert actions.fall_due(clocks, now=DUE - timedelta(days=2))
    row.refresh_from_db()
    assert row.state == "DUE"


def test_nobody_sees_a_promise_to_somebody_he_is_not_let_in_to(in_force, person, officer):
    keeper, row = person(in_force(REWARD))
    other = officer(Duty.PLG)
    assert queries.ledger_for(other, Purpose.READ, now=NOON) == []
    assert len(queries.ledger_for(keeper, Purpose.READ, now=NOON)) == 3
    with pytest.raises(Absent):
        actions.accept(other, ref=row.ref, due_at=DUE, now=NOON)


def test_erasure_keeps_the_counts_and_loses_the_man(in_force, person, worker):
    keeper, row = person(in_force(REWARD), nth=1)
    actions.accept(keeper, ref=row.ref, due_at=DUE, now=NOON)
    actions.fulfil(keeper, ref=row.ref, receipt_ref="R-1", now=NOON)
    actions.erase_person(worker(Purpose.CLOCKS), person_ref=row.person_ref, now=NOON)
    assert not Pledge.objects.filter(person_ref=row.person_ref).exists()
    assert queries.kept(now=NOON).fulfilled == 1
