"""What is said by voice and radio: his words written down, ours checked before anybody says them."""

from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.models import Message, ScriptRun, SecondReading
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.post import queries as post
from safeconduct.programme import load
from safeconduct.refusal import Refused

REPLY = timedelta(hours=24)


@pytest.fixture
def held(writes, takes, officer):
    """A conversation whose operator is on the telephone with him."""
    writes("Здравствуйте")
    operator = officer(Duty.OP)
    return operator, takes(operator)


def heard(operator, row, text, *, ago=timedelta(), channel="voice", now=NOON):
    return actions.write_down(
        operator, ref=row.ref, channel=channel, text=text, ago=ago, profile=load.current(), now=now
    )


def checked(operator, row, text, *, now=NOON, channel="radio"):
    return actions.put_to_say(
        operator, ref=row.ref, channel=channel, text=text, reply_after_stop=REPLY, now=now
    )


def test_his_words_stand_at_the_time_he_said_them_and_open_no_hour_for_texts(held):
    operator, row = held
    late = NOON + timedelta(hours=30)
    line = heard(operator, row, "Нас трое", ago=timedelta(minutes=20), now=late)
    assert (line.direction, line.kind, line.at) == ("in", "voice", late - timedelta(minutes=20))
    reach = post.reach_of(
        operator, Purpose.READ, person_ref=row.person_ref, now=late, reply_after_stop=REPLY
    )
    assert reach.refusal_code == "post.window"
    assert queries.his_texts_since(operator, Purpose.READ, ref=row.ref, since=NOON) == []
    for ago in (timedelta(hours=13), timedelta(minutes=-1)):
        with pytest.raises(Refused, match="too long ago"):
            heard(operator, row, "Нас трое", ago=ago, now=late)


def test_our_words_are_checked_before_they_are_said_and_stand_as_said_only_after(held):
    operator, row = held
    with pytest.raises(Refused, match="promises"):
        checked(operator, row, "Дадим 500 евро")
    assert not Message.objects.filter(direction="out", kind__startswith="to_say").exists()
    line = checked(operator, row, "Оставайтесь в укрытии")
    assert line.kind == "to_say:radio"
    actions.was_said(operator, ref=row.ref, message=line.ref, said=True, now=NOON)
    assert Message.objects.get(ref=line.ref).kind == "radio"
    with pytest.raises(Refused, match="already"):
        actions.was_said(operator, ref=row.ref, message=line.ref, said=False, now=NOON)
    assert post.texts_of(row.person_ref)[-1].kind == "script"  # nothing of it went to the outbox


def test_a_script_ends_where_a_person_has_answered_by_voice(held):
    operator, row = held
    run = ScriptRun.objects.create(
        conversation=row, name="x", digest=b"", step="x", by=operator.ref, begun_at=NOON
    )
    line = checked(operator, row, "Оставайтесь в укрытии")
    actions.was_said(operator, ref=row.ref, message=line.ref, said=True, now=NOON)
    run.refresh_from_db()
    assert (run.ended_at, run.why) == (NOON, "answered")


def test_nobody_speaks_to_him_outside_his_hours_or_after_his_stop_unless_he_is_there(held):
    operator, row = held
    late = NOON + timedelta(hours=30)
    with pytest.raises(Refused, match="outside the hours"):
        checked(operator, row, "Вы на связи?", now=late)
    heard(operator, row, "Слушаю вас", now=late)
    checked(operator, row, "Вы на связи?", now=late)
    heard(operator, row, "СТОП", now=late)
    assert post.stopped_at(row.person_ref) == late
    with pytest.raises(Refused, match="said stop"):
        checked(operator, row, "Вы на связи?", now=late + timedelta(minutes=1))


def test_a_sign_of_force_that_he_speaks_freezes_in_silence_and_his_operator_sees_nothing(
    held, client_of
):
    operator, row = held
    actions.agree_words(operator, ref=row.ref, distress="калитка", all_clear="ястреб", now=NOON)
    page = f"/conversations/{row.ref}/spoken/"
    before = client_of(operator).get(page).content.decode()
    heard(operator, row, "у нас тут калитка скрипит")
    assert post.is_silent(row.person_ref)
    assert SecondReading.objects.filter(conversation=row).exists()
    after = client_of(operator).get(page).content.decode()
    assert "калитка" in after
    assert after.count("refusal") == before.count("refusal")
    heard(operator, row, "ястреб")  # his own hand alone says that all is well
    assert not queries.all_clear_since(row.person_ref, since=NOON)


def test_the_page_keeps_what_was_typed_and_a_stranger_finds_nothing(writes, officer, client_of):
    now = clock.now()
    row = writes("Здравствуйте", now=now)
    operator = officer(Duty.OP)
    browser, page = client_of(operator), f"/conversations/{row.ref}/"
    browser.post("/conversations/take/")
    refused = browser.post(f"{page}to-say/", {"channel": "voice", "text": "Дадим 500 евро"})
    assert refused.status_code == 409
    assert "Дадим 500 евро" in refused.content.decode()
    assert (
        browser.post(f"{page}to-say/", {"channel": "voice", "text": "Мы слышим вас"}).status_code
        == 303
    )
    line = Message.objects.get(kind="to_say:voice")
    assert "I have said it" in browser.get(f"{page}spoken/").content.decode()
    assert browser.post(f"{page}said/{line.ref}/", {"said": "yes"}).status_code == 303
    heard(operator, row, "48.5231, 37.9012 в 21:30", now=now)  # a call is kept nowhere
    assert "data-at-once" not in browser.get(page).content.decode()
    assert 'data-how="voice"' in browser.get(page).content.decode()
    assert (
        browser.post(
            f"{page}heard/", {"channel": "voice", "text": "Да", "minutes": "3"}
        ).status_code
        == 303
    )
    assert (
        browser.post(f"{page}heard/", {"channel": "smpp", "text": "Да", "minutes": "3"}).status_code
        == 409
    )
    assert client_of(officer(Duty.OP)).get(f"{page}spoken/").status_code == 404
