"""A hint reaches a supervisor alone; places and times stand before a person with all their doubts."""

import re

from safeconduct.access.rules import Duty, Purpose
from safeconduct.conversations import queries
from safeconduct.conversations.models import Message
from safeconduct.post import queries as post


def test_a_hint_holds_nothing_and_is_put_before_a_supervisor_once(
    writes, officer, takes, client_of
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Командир смотрит в мой телефон")
    writes("они читают это, не пишите")
    (reading,) = queries.readings_for(supervisor, Purpose.READ)
    assert queries.cause_of(supervisor, Purpose.READ, ref=reading.ref) == "hint"
    assert not post.is_silent(row.person_ref)
    takes(operator)
    page = client_of(operator).get(f"/conversations/{row.ref}/").content.decode()
    assert "hint" not in page
    assert "forced, watched" not in page
    shown = client_of(supervisor).get(f"/conversations/second-readings/{reading.ref}/")
    assert "forced, watched or found out" in shown.content.decode()


def test_the_page_echoes_a_time_on_both_clocks_and_a_place_with_datum_and_error(
    writes, officer, takes, client_of
):
    operator = officer(Duty.OP)
    row = writes("Будем завтра в 5 у моста, X=5333132 Y=7399932, или 37.65432, 48.12345")
    takes(operator)
    page = client_of(operator).get(f"/conversations/{row.ref}/").content.decode()
    (clocks,) = re.findall(r'data-kind="conversations.time">([^<]*)', page)
    assert re.findall(r"\d\d:\d\d", clocks) == ["05:00", "17:00"] * 2
    assert clocks.count("Moscow, UTC+0300") == clocks.count("Kyiv, UTC+0200") == 2
    assert "by whose clock?" in page
    assert "morning or evening?" in page
    soviet, turned = re.findall(r'data-kind="conversations.place">(.*?)</dd>', page, re.S)
    assert "48.12346, 37.65432" in soviet
    assert "EPSG:5044" in soviet
    assert "outside the area" in turned
    assert "48.12345, 37.65432" in turned


def test_a_link_he_sent_is_text_and_opens_nowhere(writes, officer, takes, client_of):
    operator = officer(Duty.OP)
    row = writes("я тут https://maps.google.com/?q=48.12345,37.65432")
    takes(operator)
    page = client_of(operator).get(f"/conversations/{row.ref}/").content.decode()
    assert "https://maps.google.com" in page
    assert not re.search(r'(href|src|action)="?https?://', page)
    assert "48.12345, 37.65432" in page


def test_each_text_says_which_lexicon_and_model_read_it(writes):
    row = writes("Здравствуйте")
    assert len(Message.objects.get(conversation=row, direction="in").reader) == 8
    assert row.weight != 0
