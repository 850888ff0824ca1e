"""Whoever writes into the database moves sealed texts about. The page refuses and a person is called."""

import pytest
from django.db import connection

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access import worker as access_worker
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.conversations.models import Message

HERE, THERE, OTHER = "Мне страшно у моста", "Завтра нас перекидывают", "Я другой человек"


@pytest.fixture
def alarm(keeper, db):
    """The clocks' look for alarms; what other tests met is behind it."""
    loop = next(loop for loop in access_worker.loops() if loop.name == "access.limits")
    assert loop.every_s <= 30
    loop.step()
    Call.objects.all().delete()
    return loop.step


@pytest.fixture
def his(writes, officer, client_of, alarm):
    """An operator's page of a conversation with two texts; another man has written too."""
    now = clock.now()
    row = writes(HERE, now=now)
    browser, operator = client_of(person := officer(Duty.OP)), person
    browser.post("/conversations/take/")
    writes(THERE, now=now)
    writes(OTHER, sender="+380509998877", now=now)
    page = f"/conversations/{row.ref}/"
    shown = browser.get(page).content.decode()
    assert HERE in shown.replace("<mark>", "").replace("</mark>", "")
    return browser, page, operator


def box_of(text_number):
    return bytes(Message.objects.order_by("pk")[text_number].body)


def put(text_number, raw):
    """Write into the table as one who has no key: no model of ours stands before it."""
    row = Message.objects.order_by("pk")[text_number]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE conversations_message SET body=%s WHERE id=%s", [raw, row.pk])


def flipped(raw):
    return raw[:-1] + bytes((raw[-1] ^ 1,))


@pytest.mark.parametrize(
    "moved",
    [
        lambda: put(0, box_of(1)),
        lambda: put(0, box_of(2)),
        lambda: put(1, flipped(box_of(1))),
        lambda: put(1, box_of(1)[:-1]),
        lambda: put(0, b""),
        lambda: put(0, b"\x01plain"),
    ],
    ids=["his own other text", "another man's", "one bit", "cut", "emptied", "plain"],
)
def test_a_page_with_a_moved_text_shows_none_of_it_and_calls_a_supervisor(his, alarm, moved):
    browser, page, _operator = his
    assert not alarm()
    moved()
    answer = browser.get(page)
    assert answer.status_code == 409
    assert 'data-refusal="keys.changed"' in answer.content.decode()
    assert not any(text in answer.content.decode() for text in (HERE, THERE, OTHER))
    assert alarm()
    assert [(call.duty, call.kind) for call in Call.objects.all()] == [("SUP", "keeper.noted")]
    browser.get(page)
    assert not alarm()  # the same again within a minute is no news


def test_the_keeper_writes_down_who_met_it_in_which_column(his, officer):
    browser, page, operator = his
    put(0, flipped(box_of(0)))
    browser.get(page)
    auditor = officer(Duty.AUD)
    compartment = Message.objects.order_by("pk")[0].conversation.compartment
    lines = client.log(auditor.login, subject=compartment, last=50)
    told = [(line["who"], line["verb"]) for line in lines if "changed box" in line["verb"]]
    assert told == [(operator.ref, "met a changed box of conversations.Message.body")]


def test_what_was_changed_and_put_back_is_the_text_again(his):
    browser, page, _operator = his
    before = box_of(0)
    put(0, flipped(before))
    assert browser.get(page).status_code == 409
    put(0, before)
    assert browser.get(page).status_code == 200
