"""Relatives wait apart from soldiers, are answered by tracing alone, and a doubt goes to operators."""

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, desks, queries, totals
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.models import Conversation, Message
from safeconduct.refusal import Refused

pytestmark = pytest.mark.usefixtures("time_stands")
SEEKS = "Ищу сына, пропал без вести в мае"

ASK = [
    *("Ищу сына, Иванов Пётр, пропал под Сумами", "Помогите найти мужа", "сын пропал в мае"),
    *("Пропал без вести мой сын", "ищу своего младшего брата", "прошу разыскать племянника"),
    *("Шукаю чоловіка, зник у березні", "Допоможіть знайти брата", "Розшукую батька"),
    *("I am looking for my son", "My husband is missing since May", "Ishchu syna"),
    *("Je cherche mon fils", "Natafuta kaka yangu"),
]
OF_HIMSELF = [
    *("как вас найти, жена и дети ждут", "хочу в плен, у меня жена", "мы с братом сдаёмся"),
    *("брат погиб, я хочу выйти", "ищу способ выйти, жена ждёт", "У меня сын, я готов"),
    *("нас обстреливают, ищу брата", "My son is small and I want to live", "Помогите", "ищу вас"),
    *("нас оточили, шукаю брата", "I look for a way out, my wife waits"),
]


@pytest.fixture
def now():
    return clock.now()


@pytest.fixture
def takes_relative(db):
    def take(officer, *, now):
        return actions.take_next(
            officer, desk=Desk.RELATIVES, lock_for=timedelta(minutes=15), wall=now, now=now
        )

    return take


def test_who_asks_for_kin_is_told_from_who_speaks_of_himself():
    assert [text for text in ASK if not desks.asks_for_kin(text)] == []
    assert [text for text in OF_HIMSELF if desks.asks_for_kin(text)] == []


@pytest.mark.parametrize(
    ("desk", "told", "to"),
    [
        ("people", {"first": True, "asks": True}, "relatives"),
        ("people", {"first": True}, "people"),
        ("people", {"first": True, "asks": True, "reasons": {"kin", "ready"}}, "people"),
        ("people", {"first": True, "asks": True, "reasons": {"a reason of next year"}}, "people"),
        ("people", {"asks": True}, "people"),
        ("relatives", {}, "relatives"),
        ("relatives", {"reasons": {"kin", "time"}}, "relatives"),
        ("relatives", {"reasons": {"ready"}}, "people"),
        ("relatives", {"reasons": {"ready"}, "moved": True}, "relatives"),
        ("relatives", {"reasons": {"ready"}, "held": True}, "relatives"),
    ],
)
def test_a_machine_puts_a_clear_search_with_the_relatives_and_every_doubt_with_the_operators(
    desk, told, to
):
    said = {"first": False, "held": False, "moved": False, "asks": False, "reasons": {"kin"}}
    assert desks.desk_of(Desk(desk), **{**said, **told}) == to


def test_a_relative_waits_apart_and_is_counted_apart(writes, officer, client_of, now):
    operator, tracer = officer(Duty.OP), officer(Duty.TRC)
    writes("Здравствуйте", sender="+380501110001", now=now)
    writes(SEEKS, sender="+380501110002", now=now)
    apart = [queries.queue_for(who, Purpose.TRIAGE, desk) for who, desk in
             ((operator, Desk.PEOPLE), (tracer, Desk.RELATIVES))]  # fmt: skip
    assert [[line.kind for line in lines] for lines in apart] == [["new"], ["relative"]]
    page = client_of(tracer).get("/relatives/").content.decode()
    assert "Ищу" not in page
    assert re.search(r'data-figure="waiting">1<', page)
    assert 'href="/conversations/"' not in page
    assert client_of(tracer).get("/conversations/").status_code == 404
    assert client_of(operator).get("/relatives/").status_code == 404
    later = now + timedelta(days=70)
    before = str(totals.enquiries(now=later))
    for number in range(12):
        writes(SEEKS, sender=f"+3805011120{number:02}", now=now)
    assert str(totals.enquiries(now=later)) == before
    assert queries.figures_of(Desk.RELATIVES, now=now).came == 13
    assert queries.figures_of(Desk.PEOPLE, now=now).came == 1


def test_tracing_takes_the_next_relative_answers_and_offers_nothing(
    writes, officer, client_of, now
):
    tracer = officer(Duty.TRC)
    row, browser = writes(SEEKS, now=now), client_of(tracer)
    taken = browser.post("/relatives/take/")
    assert taken["Location"] == f"/conversations/{row.ref}/"
    page = browser.get(f"/conversations/{row.ref}/").content.decode()
    assert SEEKS in page
    assert "/cases/open/" not in page
    seen = queries.newest_in(row)
    url = f"/conversations/{row.ref}/reply/"
    refused = browser.post(url, {"text": "Здравствуйте.", "seen": seen, "offer": "x"})
    assert 'data-refusal="conversation.no_offer"' in refused.content.decode()
    assert browser.post(url, {"text": "Кого вы ищете?", "seen": seen}).status_code == 303
    assert Message.objects.filter(conversation=row, kind="reply").exists()
    assert queries.figures_of(Desk.RELATIVES, now=now).answered == 1


def test_neither_desk_takes_from_the_other_and_nobody_lets_tracing_in(
    writes, officer, takes, takes_relative, now
):
    operator, tracer, chief = officer(Duty.OP), officer(Duty.TRC), officer(Duty.SUP)
    soldier = writes("Здравствуйте", sender="+380501110001", now=now)
    relative = writes(SEEKS, sender="+380501110002", now=now)
    for who, desk in ((operator, Desk.RELATIVES), (tracer, Desk.PEOPLE)):
        with pytest.raises(Refused, match="not among your duties"):
            actions.take_next(who, desk=desk, lock_for=timedelta(minutes=15), wall=now, now=now)
    assert takes(operator, now=now).pk == soldier.pk
    assert takes_relative(tracer, now=now).pk == relative.pk

    def joins(who, room, person, duty):
        client.join(who, compartment=room, person=person.ref, duty=duty, reason="x", until=None)

    # What a hijacked web process would ask the keeper for, round all of our own rules.
    for who, room, person, duty in (
        (tracer, soldier.compartment, tracer, Duty.TRC),
        (chief, soldier.compartment, tracer, Duty.TRC),
        (operator, relative.compartment, operator, Duty.OP),
    ):
        with pytest.raises(Refused):
            joins(who, room, person, duty)


def test_a_row_that_lets_tracing_in_is_refused_by_the_database_and_none_is_rewritten(
    writes, officer, takes_relative, now
):
    tracer, _row = officer(Duty.TRC), writes(SEEKS, now=now)
    takes_relative(tracer, now=now)
    for change in (
        "UPDATE access_membership SET taken = false WHERE duty = 'TRC'",
        "UPDATE access_membership SET duty = 'OP' WHERE duty = 'TRC'",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


def test_what_speaks_of_himself_leaves_the_relatives_queue_but_not_who_holds_it(
    writes, officer, takes_relative, now
):
    left = writes(SEEKS, sender="+380501110001", now=now)
    assert left.desk == Desk.RELATIVES
    writes("Я сам готов сдаться", sender="+380501110001", now=now)
    left.refresh_from_db()
    assert (left.desk, left.kind, left.tier) == ("people", "reply", "now")
    held = writes(SEEKS, sender="+380501110002", now=now)
    takes_relative(officer(Duty.TRC), now=now)
    writes("Я сам готов сдаться", sender="+380501110002", now=now)
    held.refresh_from_db()
    assert (held.desk, held.tier) == ("relatives", "now")


def test_who_is_moved_by_a_person_stays_there_and_the_mover_is_out(
    writes, officer, takes, takes_relative, client_of
):
    operator, tracer, now = officer(Duty.OP), officer(Duty.TRC), clock.now()
    row, browser = writes("Здравствуйте, мой муж у вас?", now=now), client_of(operator)
    takes(operator, now=now)
    moved = browser.post(f"/conversations/{row.ref}/move/", {"to": "relatives"})
    assert (moved.status_code, moved["Location"]) == (303, "/conversations/")
    assert browser.get(f"/conversations/{row.ref}/").status_code == 404
    writes("Я готова приехать", now=now)
    assert takes_relative(tracer, now=now).pk == row.pk
    assert client_of(tracer).get(f"/conversations/{row.ref}/").status_code == 200
    back = client_of(tracer).post(f"/conversations/{row.ref}/move/", {"to": "people"})
    assert back["Location"] == "/relatives/"
    assert takes(operator, now=now).pk == row.pk


def test_whom_others_work_with_never_goes_to_tracing(writes, officer, takes, staff, now):
    operator, verifier = officer(Duty.OP), officer(Duty.VER)
    row = writes("Здравствуйте", now=now)
    takes(operator, now=now)
    staff.lets_in(operator, duty=Duty.VER, compartment=row.compartment, person=verifier.ref)
    with pytest.raises(Refused, match="Others work on a case"):
        actions.move(operator, ref=row.ref, to="relatives", now=now)
    assert Conversation.objects.get(pk=row.pk).desk == "people"


def test_a_relative_who_comes_back_comes_back_to_tracing(writes, officer, takes_relative, now):
    tracer, row = officer(Duty.TRC), writes(SEEKS, now=now)
    takes_relative(tracer, now=now)
    actions.close(tracer, ref=row.ref, reason="told", now=now)
    again = writes("Есть новости?", now=now)
    assert (again.pk != row.pk, again.desk) == (True, "relatives")
