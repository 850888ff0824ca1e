import re
from datetime import timedelta

import pytest
from tests.tables import closed

from safeconduct import clock
from safeconduct.access import client as keeper
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.models import Conversation
from safeconduct.pledges.tests.conftest import REWARD, in_force, proposed
from safeconduct.post import actions as post
from safeconduct.post import queries as door

__all__ = ["in_force", "proposed"]  # fixtures
pytestmark = pytest.mark.usefixtures("time_stands")


@pytest.fixture
def now():
    return clock.now()


def first(pattern, page):
    found = re.search(pattern, page)
    assert found is not None
    return found[1]


def body(response):
    text = response.content.decode()
    # The form's token and the stream's cursor are new on every page; nothing else may be.
    return re.sub(r"[A-Za-z0-9]{64}|after=[\w-]+", "", text)


def test_the_inbox_shows_the_queue_without_a_word_of_text(writes, officer, client_of, now):
    writes("Помогите мне сейчас", now=now)
    page = body(client_of(officer(Duty.OP)).get("/conversations/"))
    assert "Помогите" not in page
    assert 'data-kind="conversations.waiting"' in page


def test_take_next_then_reply_then_the_text_stands_there(writes, officer, client_of, now):
    browser = client_of(officer(Duty.OP))
    row = writes("Завтра нас перекидывают", now=now)
    taken = browser.post("/conversations/take/")
    assert (taken.status_code, taken["Location"]) == (303, f"/conversations/{row.ref}/")
    page = body(browser.get(f"/conversations/{row.ref}/"))
    assert "<mark>Завтра, перекидывают</mark>" in page
    seen = first(r'name="seen" value="(\w+)"', page)
    sent = browser.post(f"/conversations/{row.ref}/reply/", {"text": "Слышим вас.", "seen": seen})
    assert sent.status_code == 303
    assert "Слышим вас." in body(browser.get(f"/conversations/{row.ref}/"))


def test_a_refused_reply_keeps_what_was_typed_and_says_why(writes, officer, client_of, now):
    browser = client_of(officer(Duty.OP))
    row = writes("Здравствуйте", now=now)
    browser.post("/conversations/take/")
    seen = queries.newest_in(row)
    text = "Дадим 500 евро"
    refused = browser.post(f"/conversations/{row.ref}/reply/", {"text": text, "seen": seen})
    assert refused.status_code == 409
    assert 'data-refusal="words.promise"' in body(refused)
    assert text in body(refused)
    assert not row.messages.filter(direction="out", kind="reply").exists()


def test_whose_gateway_was_struck_out_is_told_to_who_answers_him_before_and_after(
    writes, officer, client_of, now, struck_out
):
    browser, row = client_of(officer(Duty.OP)), writes("Здравствуйте", now=now)
    browser.post("/conversations/take/")
    told = {"text": "Слышим вас.", "seen": queries.newest_in(row)}
    assert browser.post(f"/conversations/{row.ref}/reply/", told).status_code == 303
    struck_out()
    post.claim_live(limit=9, now=now, wall=now, reply_after_stop=timedelta(days=1))
    page = body(browser.get(f"/conversations/{row.ref}/"))
    refused = browser.post(f"/conversations/{row.ref}/reply/", told)
    assert "not sent: its gateway was struck out" in page
    assert "The gateway by which he writes was struck out: nothing reaches him" in page
    assert refused.status_code == 409
    assert 'data-refusal="post.struck_out"' in body(refused)


def test_an_outsider_sees_neither_the_conversation_nor_that_it_exists(
    writes, officer, client_of, now
):
    row = writes("Здравствуйте", now=now)
    browser = client_of(officer(Duty.OP))
    there = browser.get(f"/conversations/{row.ref}/")
    nowhere = browser.get("/conversations/aaaaaaaaaaaa/")
    assert there.status_code == nowhere.status_code == 404
    assert body(there) == body(nowhere)


@pytest.mark.parametrize("text", ["цветёт черёмуха", "цветет черемуха у дома"])
def test_the_operators_page_is_the_same_bytes_whether_the_word_was_agreed_or_not(
    writes, officer, client_of, now, text
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    browser = client_of(operator)
    pages = []
    row = writes("Здравствуйте", now=now)
    browser.post("/conversations/take/")
    for word in ("рябинушка", "черёмуха"):
        actions.agree_words(operator, ref=row.ref, distress=word, all_clear="подснежник", now=now)
        message = writes(text, now=now).messages.order_by("pk").last()
        page = body(browser.get(f"/conversations/{row.ref}/"))
        pages.append(page.replace(message.ref, "R"))
        message.delete()
    assert pages[0] == pages[1]
    assert len(queries.readings_for(supervisor, Purpose.READ)) == 1


def test_the_supervisor_learns_the_cause_and_decides(writes, officer, client_of, now):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Здравствуйте", now=now)
    client_of(operator).post("/conversations/take/")
    actions.agree_words(operator, ref=row.ref, distress="черёмуха", all_clear="подснежник", now=now)
    writes("черемуха", now=now)
    browser = client_of(supervisor)
    listed = body(browser.get("/conversations/second-readings/"))
    ref = first(r'data-ref="(\w+)" data-kind="conversations.reading"', listed)
    page = body(browser.get(f"/conversations/second-readings/{ref}/"))
    assert 'data-cause="word"' in page
    assert "A second reading" in body(browser.get("/"))
    assert browser.get(f"/conversations/{row.ref}/").status_code == 200
    done = browser.post(f"/conversations/second-readings/{ref}/find/", {"finding": "keep_held"})
    assert done.status_code == 303
    assert client_of(operator).get("/conversations/second-readings/").status_code == 404


def test_one_keeper_call_opens_a_page_of_own_conversations(
    writes, officer, client_of, now, monkeypatch
):
    operator = officer(Duty.OP)
    browser = client_of(operator)
    for n in range(5):
        writes(f"Здравствуйте {n}", sender=f"+3805011100{n:02d}", now=now)
        browser.post("/conversations/take/")
    calls = []
    real = keeper.open_keys

    def counted(*given, **named):
        calls.append(named["purpose"])
        return real(*given, **named)

    monkeypatch.setattr(keeper, "open_keys", counted)
    page = body(browser.get("/conversations/"))
    assert page.count('data-kind="conversations.conversation"') == 5
    assert calls == [Purpose.TRIAGE]


def test_a_page_of_own_conversations_goes_on_where_the_last_one_ended(writes, officer, now):
    operator = officer(Duty.OP)
    for n in range(5):
        writes("Здравствуйте", sender=f"+3805011100{n:02d}", now=now + timedelta(seconds=n // 2))
        actions.take_next(operator, lock_for=timedelta(minutes=15), wall=now, now=now)
    seen, after = [], ""
    while True:
        page = queries.own_for(operator, Purpose.TRIAGE, after=after, size=2)
        seen += [line.conversation.ref for line in page.lines]
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen)) == 5
    newest_first = Conversation.objects.order_by("-last_at", "-id").values_list("ref", flat=True)
    assert seen == list(newest_first)


def test_an_address_with_no_place_in_the_list_shows_its_beginning(writes, officer, client_of, now):
    operator = officer(Duty.OP)
    writes("Один", now=now)
    browser = client_of(operator)
    browser.post("/conversations/take/")
    for after in (
        "x",
        "_",
        "2026-13-01_1",
        "2026-11-29T12:00:00+00:00_x",
        "0001-01-01T00:00:00+14:00_1",
    ):
        page = browser.get("/conversations/", {"after": after})
        assert page.status_code == 200
        assert "Один" in page.content.decode(), after


def test_what_another_writes_is_shown_while_he_writes(writes, officer, client_of, now):
    operator, supervisor = officer(Duty.OP), officer(Duty.SUP)
    row = writes("Здравствуйте", now=now)
    client_of(operator).post("/conversations/take/")
    actions.ask_supervisor(operator, ref=row.ref, now=now)
    client_of(supervisor).post(f"/conversations/{row.ref}/presence/", {"writing": "1"})
    page = body(client_of(operator).get(f"/conversations/{row.ref}/"))
    assert f"{supervisor.name} writes here" in page


def test_the_composer_says_how_many_texts_it_takes_and_what_the_door_minds(officer, client_of, db):
    browser = client_of(officer(Duty.OP))
    weighed = body(browser.post("/conversations/weigh/", {"text": "а" * 71, "language": "ru"}))
    assert "71 of 134 · 2 SMS · 0.10 EUR" in weighed
    promised = browser.post("/conversations/weigh/", {"text": "Амнистия всем", "language": "ru"})
    assert 'data-refusal="words.promise"' in body(promised)


def test_who_writes_on_is_shown_what_his_words_say_behind_those_before(
    writes, officer, client_of, answers, in_force
):
    now = clock.now()
    operator, row = officer(Duty.OP), writes("Здравствуйте", now=now)
    browser = client_of(operator)
    browser.post("/conversations/take/")
    answers(operator, row, "Поговорим про амни", now=now)
    page = body(browser.get(f"/conversations/{row.ref}/"))
    said = first(r'name="said" form="answer" value="([^"]*)"', page)
    typed = {"text": "стию, когда захотите", "language": "ru"}
    alone = body(browser.post("/conversations/weigh/", typed))
    together = body(browser.post("/conversations/weigh/", {**typed, "said": said}))
    assert ("data-refusal" in alone, 'data-refusal="words.split"' in together) == (False, True)
    version = in_force(REWARD, now=now)
    with_offer = {"text": "Читайте:", "language": "ru", "said": "", "offer": version.ref}
    weighed = body(browser.post("/conversations/weigh/", with_offer))
    assert "data-refusal" not in weighed
    assert "2 SMS" in weighed  # its words are counted with the typed ones


@pytest.mark.parametrize("press", ["freeze", "stop"])
def test_who_stops_though_it_cannot_be_written_reads_that_it_is_in_force(
    writes, officer, client_of, now, press
):
    row, browser = writes("Здравствуйте", now=now), client_of(officer(Duty.OP))
    browser.post("/conversations/take/")
    url, him = f"/conversations/{row.ref}/{press}/", row.person_ref

    def is_stopped():
        return door.is_frozen(him) or door.stopped_at(him) is not None

    with closed("audit_entry"):
        answer = browser.post(url)
        assert (answer.status_code, is_stopped()) == (200, True)
    assert "The stop is in force" in body(answer)
    assert post.enter_spooled_stops()
    assert is_stopped()
    assert browser.post(url).status_code == 303


def test_a_list_shows_the_beginning_of_the_last_text_whoever_wrote_it(
    writes, takes, answers, officer, now
):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте,\n" + "нас здесь четверо " * 9, now=now)
    takes(operator)
    (line,) = queries.own_for(operator, Purpose.TRIAGE).lines
    assert line.last.startswith("Здравствуйте, нас здесь четверо")
    assert (len(line.last), line.last[-1]) == (70, "…")
    answers(operator, row, "Мы здесь", now=now)
    (line,) = queries.own_for(operator, Purpose.TRIAGE).lines
    assert (line.last.partition("\n")[0], line.ours) == ("Мы здесь", True)


def test_a_conversation_from_before_the_upgrade_shows_no_line_until_the_next_text(
    writes, takes, client_of, officer, now
):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте", now=now)
    takes(operator)
    Conversation.objects.update(line=None)
    (line,) = queries.own_for(operator, Purpose.TRIAGE).lines
    assert line.last == ""
    assert "Здравствуйте" in body(client_of(operator).get(f"/conversations/{row.ref}/"))
    writes("Вы там?", now=now)
    (line,) = queries.own_for(operator, Purpose.TRIAGE).lines
    assert line.last == "Вы там?"
