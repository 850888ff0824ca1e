"""Custody from SECURED to the end: clocks, notices, conditions, choice, aftercare, erasure."""

from datetime import timedelta

import pytest
from conftest import NOON
from django.db import DatabaseError, transaction

from safeconduct import names
from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Duty
from safeconduct.cases.tests.walking import PROFILE, TO_MOVING, db, house
from safeconduct.custody import actions, confirmed, queries, rules
from safeconduct.custody.models import Clock, Document, Inspection, Sentence, Wish
from safeconduct.custody.tests.conftest import carded
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as pledge_queries
from safeconduct.pledges.tests.conftest import STANDARD
from safeconduct.refusal import Refused

__all__ = ["db", "house"]  # fixtures
pytestmark = pytest.mark.django_db
READ = queries.Purpose.READ


@pytest.fixture
def held(registered, db):
    """Return the man of the module, who is registered in custody; what a test does to him is undone."""
    with registered.undone():
        yield registered


def follow(crew):
    while actions.follow(crew.clocks, profile=PROFILE, now=crew.now):
        pass


def rings(crew):
    follow(crew)
    while actions.ring(crew.clocks, now=crew.now):
        pass


def sends_card(crew):
    document = Document.objects.get(kind=rules.SENT_CARD, sent_at=None)
    actions.send_document(crew["RCP"], case=crew.ref, ref=document.ref, now=crew.now)
    follow(crew)


def test_a_card_stops_its_clock_and_a_move_starts_another(held):
    follow(held)
    with pytest.raises(Refused, match="card is not written"):
        sends_card(held)
    held.wait(hours=1)
    carded(held)
    follow(held)
    assert Clock.objects.get(kind="card").done_at is None, "written is not sent"
    sends_card(held)
    assert Clock.objects.get(kind="card").done_at == held.now
    held.wait(days=5)
    actions.record_move(held["RCP"], ref=held.ref, why="move", now=held.now)
    follow(held)
    second = Clock.objects.get(kind="card", done_at=None)
    assert second.started_at == held.now
    held.wait(hours=1)
    with pytest.raises(Refused, match="not since he was last moved"):
        sends_card(held)
    carded(held, camp="Camp 2")
    held.brings("capture_card", "card_again")
    follow(held)
    second.refresh_from_db()
    assert second.done_at is None, "no word on record sends it"
    sends_card(held)
    second.refresh_from_db()
    assert second.done_at == held.now
    assert second.done_by == held["RCP"].ref
    digests = Document.objects.filter(kind=rules.SENT_CARD).values_list("digest", flat=True)
    assert len(digests) == 2, "once for each"
    assert len({bytes(each) for each in digests}) == 2, "each says which card it was"


def test_while_he_is_sick_the_bureau_is_owed_a_word_each_week_until_he_is_well(held):
    follow(held)
    assert not Document.objects.filter(kind=rules.WEEKLY).exists()
    actions.record_move(held["MED"], ref=held.ref, why="hospital", now=held.now)
    fell = held.now
    follow(held)
    assert Clock.objects.get(kind="sick").due_at == fell + timedelta(days=7)
    held.wait(days=6)
    word = Document.objects.get(kind=rules.WEEKLY)
    actions.send_document(held["RCP"], case=held.ref, ref=word.ref, now=held.now)
    follow(held)
    second = Clock.objects.get(kind="sick", done_at=None)
    assert second.started_at == held.now, "the next week begins with the word"
    assert Document.objects.filter(kind=rules.WEEKLY, sent_at=None).count() == 1
    held.wait(days=8)
    rings(held)
    second.refresh_from_db()
    assert second.rung == 3, "a week without a word is a broken limit"
    with pytest.raises(Refused, match="not by you"):
        actions.record_move(held["RCP"], ref=held.ref, why="well", now=held.now)
    actions.record_move(held["MED"], ref=held.ref, why="well", now=held.now)
    follow(held)
    assert not Clock.objects.filter(kind="sick", done_at=None).exists()
    assert Document.objects.filter(kind=rules.WEEKLY, sent_at=None).count() == 1, "that he is well"
    held.wait(days=30)
    follow(held)
    assert not Clock.objects.filter(kind="sick", done_at=None).exists()


def test_a_child_is_with_child_protection_within_two_days_or_everybody_is_called(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "CONTACT", "CHILD")
    follow(crew)
    assert Clock.objects.get(kind="child").done_at is None
    crew.wait(hours=49)
    rings(crew)
    assert Clock.objects.get(kind="child").rung == 3
    crew.brings("child_officer")
    follow(crew)
    assert Clock.objects.get(kind="child").done_at == crew.now


def test_a_clock_rings_when_due_when_it_warns_and_when_it_breaks(held):
    rings(held)
    rungs = []
    for days in (0, 3, 4):
        held.wait(days=days)
        rings(held)
        rungs.append(Clock.objects.get(kind="card").rung)
    assert rungs == [1, 2, 3]


def test_no_date_is_moved_no_clock_is_deleted_and_none_is_stopped_by_nobody(held):
    follow(held)
    for change in (
        lambda: Clock.objects.update(due_at=NOON + timedelta(days=99)),
        lambda: Clock.objects.update(breach_at=NOON + timedelta(days=99)),
        lambda: Clock.objects.update(done_at=NOON),
        lambda: Clock.objects.update(rung=0, kind="review"),
        lambda: Clock.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_bureaus_notice_is_queued_by_itself_and_sent_and_confirmed_by_a_person(held):
    follow(held)
    document = Document.objects.get(kind="bureau_notice")
    assert document.due_at == NOON + timedelta(hours=24)
    told = {"case": held.ref, "ref": document.ref, "now": held.now}
    with pytest.raises(Refused, match="not among your duties"):
        actions.send_document(held["LEG"], **told)
    with pytest.raises(Refused, match="not been sent"):
        actions.confirm_document(held["RCP"], **told)
    actions.send_document(held["RCP"], **told)
    follow(held)
    assert Clock.objects.get(kind="bureau").done_at == held.now
    actions.confirm_document(held["RCP"], **told)
    document.refresh_from_db()
    assert document.confirmed_at == held.now


def keys_of(held, **told):
    asked = names.questions(names.Known(**told))
    return keyring.blind_many(held["LEG"], "name", asked)


def bureau_confirms(held):
    follow(held)
    document = Document.objects.get(kind="bureau_notice")
    told = {"case": held.ref, "ref": document.ref, "now": held.now}
    actions.send_document(held["RCP"], **told)
    actions.confirm_document(held["RCP"], **told)


def finds(held, who, word, *, alone=True, marks=""):
    told = {"ref": held.ref, "word": word, "alone": alone, "marks": marks, "now": held.now}
    return actions.let_find(held[who], **told)


def test_he_is_found_by_his_own_wish_once_the_bureau_has_confirmed_and_no_longer_than_he_likes(
    held,
):
    carded(held)
    mother = keys_of(held, names="Aleksey Kuzminov", born="07.03.1995")
    by_mark = keys_of(held, names="Кузьминов Алексей", born="08.03.1995", marks="шрам на щеке")
    finds(held, "RCP", "yes", marks="шрам на щоці")
    assert confirmed.meant([mother]) == [0], "the bureau has confirmed nothing yet"
    bureau_confirms(held)
    assert confirmed.meant([mother, by_mark]) == [1, 1]
    assert confirmed.meant([keys_of(held, names="Алексей Кузьменко", born="07.03.1995")]) == [0]
    finds(held, "MED", "no")
    assert not Sentence.objects.exists()
    assert confirmed.meant([mother]) == [0]
    with pytest.raises(Refused, match="nobody who asks"):
        finds(held, "LEG", "law")
    finds(held, "RCP", "yes")
    assert confirmed.meant([mother, by_mark]) == [1, 0]


def test_his_yes_is_heard_alone_by_reception_and_tells_him_from_his_namesakes(held):
    with pytest.raises(Refused, match="Too little is known"):
        finds(held, "RCP", "yes")
    carded(held)
    with pytest.raises(Refused, match="in private"):
        finds(held, "RCP", "yes", alone=False)
    for who, word in (("MED", "yes"), ("RCP", "law"), ("RCP", "perhaps")):
        with pytest.raises(Refused, match="not by you"):
            finds(held, who, word)
    assert not Sentence.objects.exists()
    assert finds(held, "RCP", "yes") == Sentence.objects.count() == 19
    assert {len(key) for key in Sentence.objects.values_list("key", flat=True)} == {16}
    assert Wish.objects.get().by == held["RCP"].ref


def test_his_power_hears_nothing_before_a_lawyer_has_decided(held):
    follow(held)
    document = Document.objects.get(kind="notice_power")
    told = {"case": held.ref, "ref": document.ref, "now": held.now}
    with pytest.raises(Refused, match="legal decision"):
        actions.send_document(held["RCP"], **told)
    with pytest.raises(DatabaseError), transaction.atomic():
        Document.objects.filter(pk=document.pk).update(sent_at=NOON)
    actions.decide(held["LEG"], decision="send", **told)
    actions.send_document(held["RCP"], **told)


def test_the_standard_is_inspected_line_by_line_and_an_unseen_line_is_not_met(held, standard):
    seen = actions.inspect(
        held["RCP"], ref=held.ref, met=["television", "telephone", "shower"], now=held.now
    )
    assert seen == 3
    lines = {line.item: line.met for line in queries.standard_of(held.case(), now=held.now)}
    assert lines == {"television": True, "telephone": True, "kitchen": False, "shower": True}


def ledger(crew):
    return pledge_queries.ledger_for(crew["PLG"], READ, now=crew.now)


def test_a_walk_in_is_owed_every_line_of_the_standard_once_and_until_it_is_kept(held, standard):
    held.walked_in()
    follow(held)
    owed = ledger(held)
    assert [line.pledge.item for line in owed] == list(STANDARD.items)
    assert {line.state for line in owed} == {"ACCEPTED"}
    due_at = held.now + timedelta(seconds=PROFILE.limits_s["custody_review"])
    assert {line.pledge.due_at for line in owed} == {due_at}
    held.wait(days=1)
    follow(held)
    assert {line.pledge.due_at for line in ledger(held)} == {due_at}, "no date of it moves"
    with pytest.raises(Refused, match="are open"):
        actions.settle_pledges(held["PLG"], ref=held.ref, profile=PROFILE, now=held.now)
    with pytest.raises(Refused, match="given up"):
        pledges.waive(
            held["PLG"], ref=owed[0].pledge.ref, reason="none", receipt_ref="W-1", now=held.now
        )


def test_to_whom_it_was_shown_is_owed_it_as_anybody_and_not_twice(held, standard):
    place = {"person_ref": held.case().person_ref, "compartment": held.compartment}
    told = {"version_ref": standard, "language": "ru", "channel": "sms", "message_ref": ""}
    pledges.show(held["OP"], **place, **told, now=held.now)
    assert {line.state for line in ledger(held)} == {"SHOWN"}
    held.wait(hours=1)
    follow(held)
    owed = ledger(held)
    assert len(owed) == len(STANDARD.items)
    assert {(line.state, line.pledge.channel) for line in owed} == {("ACCEPTED", "sms")}


def test_whoever_is_held_when_a_standard_comes_into_force_is_owed_it_and_whoever_is_not_held_is_not(
    held, request
):
    follow(held)
    assert not ledger(held)
    request.getfixturevalue("standard")
    with held.undone(), transaction.atomic():
        held.goes("ESCAPED")
        follow(held)
        assert not ledger(held)
        transaction.set_rollback(True)
    follow(held)
    assert len(ledger(held)) == len(STANDARD.items)


def test_without_a_standard_in_force_there_is_nothing_to_inspect(held):
    with pytest.raises(Refused, match="No standard"):
        actions.inspect(held["RCP"], ref=held.ref, met=["television"], now=held.now)
    assert not Inspection.objects.exists()


def test_conditions_are_reviewed_every_thirty_days(held, standard):
    follow(held)
    held.wait(days=31)
    rings(held)
    assert Clock.objects.get(kind="review").rung == 3
    actions.inspect(held["RCP"], ref=held.ref, met=[], now=held.now)
    follow(held)
    assert Clock.objects.get(kind="review", done_at=None).started_at == held.now


CHOICE = {"alone": "yes", "choice": "stay", "non_refoulement": "he stays; no return"}


def test_what_rang_while_the_machines_clock_stood_wrong_rings_again_on_its_true_day(held):
    follow(held)
    true = held.now
    # The machine starts a month ahead, is put right within the hour, and a week goes by.
    for later, rung in ((timedelta(days=30), 3), (timedelta(hours=1), 1), (timedelta(days=8), 3)):
        held.now = true + later
        rings(held)
        assert Clock.objects.get(kind="card").rung == rung
    with pytest.raises(DatabaseError, match="never moved"), transaction.atomic():
        Clock.objects.filter(kind="card").update(rung=1, rung_at=held.now)


def test_from_his_choice_to_release_aftercare_and_settled(held, touch):
    actions.interview(held["LEG"], ref=held.ref, content=CHOICE, now=held.now)
    held.goes("OUTCOME_CHOSEN")
    assert queries.last_choice(held["PLG"], ref=held.ref) == "stay"
    again = {"alone": "yes", "choice": "stay", "papers": "permit 7", "party": "municipality"}
    with pytest.raises(Refused, match="does not choose today"):
        actions.prepare_release(
            held["LEG"], ref=held.ref, content={**again, "choice": "exchange"}, now=held.now
        )
    held.wait(days=1)
    actions.prepare_release(held["LEG"], ref=held.ref, content=again, now=held.now)
    held.goes("RELEASED")
    care = {
        "follow": "yes",
        "touch": "he calls",
        "threats": "none named",
        "countersigned": "today, here",
    }
    actions.start_aftercare(held["PLG"], ref=held.ref, content=care, profile=PROFILE, now=held.now)
    follow(held)
    assert Clock.objects.filter(kind__in=rules.CHECK_INS).count() == 5
    first = Clock.objects.get(kind="aftercare_1")
    his = {"ref": held.ref, "clock": first.ref}
    with pytest.raises(Refused, match="says nothing of how he is then"):
        actions.check_in(held["PLG"], **his, note="well", now=held.now)
    held.wait(days=5)
    with pytest.raises(Refused, match="not said how he is"):
        actions.check_in(held["PLG"], **his, note=" ", now=held.now)
    actions.check_in(held["PLG"], **his, note="well", now=held.now)
    follow(held)
    assert Clock.objects.get(kind="aftercare_1").done_at == held.now
    actions.settle_pledges(held["PLG"], ref=held.ref, profile=PROFILE, now=held.now)
    held.goes("SETTLED")
    assert held.case().state == "SETTLED"
    follow(held)
    running = set(Clock.objects.filter(done_at=None).values_list("kind", flat=True))
    assert running == {"card", "bureau"}  # stages end by people's yes; what law asks does not


def test_he_who_refuses_aftercare_is_followed_by_nobody(held):
    actions.interview(held["LEG"], ref=held.ref, content=CHOICE, now=held.now)
    held.goes("OUTCOME_CHOSEN")
    again = {"alone": "yes", "choice": "stay", "papers": "permit 7", "party": "municipality"}
    actions.prepare_release(held["LEG"], ref=held.ref, content=again, now=held.now)
    held.goes("RELEASED")
    care = {"threats": "none named", "countersigned": "today, here", "touch": "refused"}
    told = {"ref": held.ref, "profile": PROFILE, "now": held.now}
    with pytest.raises(Refused, match="not said whether he wants to be followed"):
        actions.start_aftercare(held["PLG"], content=care, **told)
    with pytest.raises(Refused, match="is missing"):
        actions.start_aftercare(held["PLG"], content={**care, "follow": "yes", "touch": ""}, **told)
    actions.start_aftercare(held["PLG"], content={**care, "follow": "refused"}, **told)
    for days in (0, 8, 400):
        held.wait(days=days)
        follow(held)
    assert held.case().state == "AFTERCARE"
    assert not Clock.objects.filter(kind__in=(*rules.CHECK_INS, rules.SAFETY)).exists()


def test_an_interview_without_a_choice_is_on_record_and_no_choice_is(held):
    told = {"alone": "yes", "choice": "undecided"}
    actions.interview(held["LEG"], ref=held.ref, content=told, now=held.now)
    kinds = set(held.case().evidence.values_list("kind", flat=True))
    assert "private_interview" in kinds
    assert "informed_choice" not in kinds


def test_an_interview_that_was_not_private_is_none(held):
    with pytest.raises(Refused, match="private"):
        actions.interview(held["LEG"], ref=held.ref, content={**CHOICE, "alone": ""}, now=held.now)
    assert "private_interview" not in set(held.case().evidence.values_list("kind", flat=True))


def test_who_was_not_let_in_finds_nothing_due(held, officer):
    rings(held)
    stranger = officer(Duty.RCP)
    assert not queries.clocks_for(stranger, READ, now=held.now).exists()
    with pytest.raises(Absent):
        actions.record_move(stranger, ref=held.ref, why="move", now=held.now)
