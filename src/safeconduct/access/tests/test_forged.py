"""Whoever writes into the database gives nobody's yes: the keeper's signature is what counts."""

from functools import partial

import pytest
from conftest import NOON
from django.db import IntegrityError, transaction

from safeconduct.access import actions, client, proving, queries, worker, workers
from safeconduct.access.models import Approval, Call, Person, Subject
from safeconduct.access.rules import Act, Duty, digest_of
from safeconduct.access.tests import forging
from safeconduct.access.tests.forging import write
from safeconduct.refs import new_ref

pytestmark = pytest.mark.django_db
PLAN, OTHER = digest_of({"place": 1}), digest_of({"place": 2})
APPROVE, GO = "passage.approve", "passage.go"


insert = partial(forging.insert, digest=PLAN, verb=APPROVE)


def put_up(ref, digest=PLAN, verb=APPROVE):
    actions.put_subject(ref, verb=verb, digest=digest, author=None, now=NOON)


def counted(ref, digest=PLAN):
    return [each.person for each in queries.approvals_of(ref, digest, verb=APPROVE)]


@pytest.fixture
def plan(db):
    ref = new_ref()
    put_up(ref)
    return ref


@pytest.fixture
def given(plan, officer, touch):
    """A plan that a commander has approved by his passkey."""
    commander = officer(Duty.DPC, Duty.LEG)
    act = Act(APPROVE, plan, PLAN, Duty.DPC)
    actions.approve(commander, act, touch(commander, act), now=NOON)
    assert counted(plan) == [commander.ref]
    return commander


@pytest.fixture
def alarm(keeper, db, monkeypatch):
    """The clocks' look for alarms, in a process that has raised none of this kind for a minute."""
    monkeypatch.setattr(workers, "_tokens", {n: keeper.tokens[n] for n in ("link", "clocks")})
    (loop,) = [each for each in worker.loops() if each.name == "access.limits"]
    loop.step()
    Call.objects.all().delete()
    return loop.step


def test_a_row_that_nobody_signed_is_nobodys_yes_beside_a_real_one(plan, given, officer):
    insert(plan, officer(Duty.LEG), duty="LEG")
    insert(plan, officer(Duty.DPC), told=b"{}", signature=bytes(64))
    assert counted(plan) == [given.ref]


def test_a_true_yes_with_other_words_is_none(plan, given, officer):
    row, thief = Approval.objects.get(subject__ref=plan), officer(Duty.DPC)
    words = bytes(row.told).replace(given.ref.encode(), thief.ref.encode())
    insert(plan, thief, told=words, signature=bytes(row.signature))
    assert counted(plan) == [given.ref]


def test_a_true_yes_to_a_text_that_came_back_is_taken_up_by_no_second_row(plan, given):
    row = Approval.objects.get(subject__ref=plan)
    again = {"told": bytes(row.told), "signature": bytes(row.signature)}
    put_up(plan, OTHER)
    put_up(plan)
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        row.delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Approval.objects.create(
            subject=Subject.objects.get(ref=plan, closed_at=None), digest=PLAN, duty="DPC",
            given_at=row.given_at, person=row.person, **again,
        )  # fmt: skip
    assert counted(plan) == []


def test_a_signature_of_another_verb_or_text_is_none(plan, officer, touch):
    commander = officer(Duty.DPC)
    put_up(plan, verb=GO)
    for act in (Act(GO, plan, PLAN, Duty.DPC), Act(APPROVE, plan, OTHER, Duty.DPC)):
        yes = client.act(commander, act, touch(commander, act), now=NOON)
        write("DELETE FROM access_approval")
        subject = Subject.objects.get(ref=plan, verb=APPROVE)
        Approval.objects.create(
            subject=subject, digest=PLAN, duty="DPC", given_at=NOON,
            person=Person.objects.get(ref=commander.ref), told=yes.told, signature=yes.signature,
        )  # fmt: skip
        assert counted(plan) == []


MOVES = {
    "another subject": "subject_id = (SELECT id FROM access_subject WHERE ref = 'elsewhere')",
    "another person": "person_id = (SELECT id FROM access_person WHERE ref = %s)",
    "another text": "digest = (SELECT digest FROM access_subject WHERE ref = 'changed')",
    "another duty": "duty = 'LEG'",
    "a duty there is none of": "duty = 'XXX'",
    "another time": "given_at = '2026-11-29 12:00:00+00:00'",
    "no signature": "signature = told",
}


@pytest.mark.parametrize("move", MOVES)
def test_a_true_yes_that_was_moved_counts_nowhere_and_put_back_it_counts(
    plan, given, officer, move
):
    put_up("elsewhere")
    put_up("changed", OTHER)
    before = Approval.objects.values().get(subject__ref=plan)
    values = [officer(Duty.DPC).ref] if "%s" in MOVES[move] else []
    write(f"UPDATE access_approval SET {MOVES[move]}", *values)  # noqa: S608  our own words
    if move == "another text":  # and the text that stands with it
        write("UPDATE access_subject SET digest = %s WHERE ref = %s", OTHER, plan)
    assert counted(plan) == counted(plan, OTHER) == counted("elsewhere") == []
    Subject.objects.filter(ref=plan).update(digest=PLAN)
    Approval.objects.filter(pk=before["id"]).update(**before)
    assert counted(plan) == [given.ref]


def test_a_forged_yes_is_written_down_and_a_supervisor_called_within_the_minute(
    plan, given, officer, alarm, client_of
):
    assert counted(plan)
    assert not alarm()
    insert(plan, officer(Duty.LEG), duty="LEG")
    assert counted(plan) == [given.ref]
    assert alarm()
    assert [(call.duty, call.kind) for call in Call.objects.all()] == [("SUP", "keeper.noted")]
    assert counted(plan) == [given.ref]
    assert not alarm()  # the same again within a minute is no news
    chief = officer(Duty.SUP)
    said = [each["verb"] for each in client.log(chief.login, subject=plan, last=50)]
    assert "met a yes that was not signed" in said
    page = client_of(chief).get("/people/noted/").content.decode()
    assert 'data-state="FORGED"' in page
    assert plan in page


def test_with_the_keeper_gone_what_was_given_stands_where_its_key_is_known_and_nowhere_else(
    plan, given, keeper
):
    keeper.kill()
    try:
        assert counted(plan) == [given.ref]
        proving._key_of.cache_clear()
        assert counted(plan) == []
        with pytest.raises(client.KeeperAway):
            queries.proved_approvals(plan, PLAN)
        assert queries.proved_approvals(plan, OTHER) == ()
    finally:
        keeper.start()
    assert counted(plan) == [given.ref]
