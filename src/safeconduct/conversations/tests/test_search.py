"""A search opens what the officer is let into and nothing else; each is an act, and the keeper counts it."""

import pytest

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.conversations import actions, queries
from safeconduct.conversations.finding import found_in, wanted
from safeconduct.refusal import Refused

pytestmark = pytest.mark.usefixtures("time_stands")


@pytest.fixture
def now():
    return clock.now()


@pytest.mark.parametrize(
    ("typed", "text", "found"),
    [
        ("иванов", "Моя фамилия Иванова, зовут Пётр", "Иванова"),
        ("петр", "Моя фамилия Иванова, зовут Пётр", "Пётр"),
        ("ivanov", "я Иванов", "Иванов"),
        ("ИВАНОВ петр", "Пётр это я, Иванов", "Пётр"),
        ("ванов", "я Иванов", ""),
        ("Иванов Сергей", "Пётр это я, Иванов", ""),
    ],
)
def test_a_word_is_found_by_its_beginning_however_it_is_typed(typed, text, found):
    place = found_in(text, wanted(typed))
    assert (place.word if place else "") == found


def test_only_conversations_one_is_let_into_are_opened(writes, officer, takes, client_of, now):
    mine, other = officer(Duty.OP), officer(Duty.OP)
    row = writes("Меня зовут Черёмухин", sender="+380501110001", now=now)
    takes(mine, now=now)
    writes("Черёмухин мой командир", sender="+380501110002", now=now)
    takes(other, now=now)
    writes("Черёмухин в очереди", sender="+380501110003", now=now)
    answer = client_of(mine).post("/conversations/search/", {"words": "черемухин"})
    page = answer.content.decode()
    assert page.count('data-kind="conversations.hit"') == 1
    assert f"/conversations/{row.ref}/" in page
    assert "Меня зовут <mark>Черёмухин</mark>" in page
    assert "командир" not in page
    assert "1 conversation was opened" in page


def test_a_search_is_on_record_without_its_words_and_none_has_them_in_an_address(
    writes, officer, takes, client_of, now
):
    operator, _row = officer(Duty.OP), writes("Меня зовут Черёмухин", now=now)
    takes(operator, now=now)
    browser = client_of(operator)
    assert "<mark>" not in browser.get("/conversations/search/?words=черемухин").content.decode()
    before = Entry.objects.filter(verb="conversations.searched").count()
    browser.post("/conversations/search/", {"words": "черемухин"})
    told = Entry.objects.filter(verb="conversations.searched").order_by("pk").last()
    assert Entry.objects.filter(verb="conversations.searched").count() == before + 1
    assert (told.who, told.subject) == (operator.ref, "conversations")
    for after in ("9999-99-99T00:00:00+00:00_1", "x"):
        odd = browser.post("/conversations/search/", {"words": "черемухин", "after": after})
        assert odd.status_code == 409
    short = browser.post("/conversations/search/", {"words": "и я"})
    assert 'data-refusal="search.short"' in short.content.decode()


def test_one_search_opens_so_many_and_goes_on_with_older_ones(writes, officer, takes, now):
    operator = officer(Duty.OP)
    for number in range(queries.AT_ONCE + 2):
        writes("Здравствуйте, Черёмухин", sender=f"+3805011100{number:02}", now=now)
        takes(operator, now=now)
    first = actions.search(operator, typed="черемухин", after="", now=now)
    assert (first.looked, len(first.hits)) == (queries.AT_ONCE, queries.AT_ONCE)
    then = actions.search(operator, typed="черемухин", after=first.after, now=now)
    assert (then.looked, then.after) == (2, "")
    seen = [hit.conversation.ref for hit in (*first.hits, *then.hits)]
    assert len(seen) == len(set(seen))


def test_one_keeper_call_opens_for_reading_and_nothing_is_opened_for_no_word(
    writes, officer, takes, now, monkeypatch
):
    operator = officer(Duty.OP)
    for number in range(3):
        writes("Здравствуйте, Черёмухин", sender=f"+3805011100{number:02}", now=now)
        takes(operator, now=now)
    asked = []
    real = client.open_keys

    def counted(*given, **named):
        asked.append((named["purpose"], len(named["compartments"])))
        return real(*given, **named)

    monkeypatch.setattr(client, "open_keys", counted)
    actions.search(operator, typed="черемухин", after="", now=now)
    assert asked == [(Purpose.READ, 3)]
    with pytest.raises(Refused, match="three letters"):
        actions.search(operator, typed="на", after="", now=now)
    assert len(asked) == 1
