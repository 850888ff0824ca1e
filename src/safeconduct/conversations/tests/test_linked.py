"""Two channels of one man become one conversation, once two people who know both have said so."""

from dataclasses import replace
from datetime import timedelta

import pytest

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access import workers
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.conversations import actions, queries
from safeconduct.conversations.actions.erase import erase_person
from safeconduct.conversations.models import Conversation, Message
from safeconduct.conversations.tests.conftest import NOON
from safeconduct.post import actions as post
from safeconduct.post import linked, spooling
from safeconduct.post import queries as door
from safeconduct.post.models import Handle, Link
from safeconduct.post.models import Message as Outgoing
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool.tests.made import programme

SMS = {"route": "smpp", "sender": "+380501112233"}
SIGNAL = {"route": "signal", "sender": "signal:1b4e28ba-2fa1-4d8a-8b0c-0123456789ab"}
SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def two(brings, takes, officer):
    """Two conversations, and two people who were let into both."""
    by_sms = brings("Здравствуйте", **SMS).conversation
    by_signal = brings("Это снова я", **SIGNAL).conversation
    first, second = officer(Duty.OP), officer(Duty.SUP)
    for row in (takes(first), takes(first)):
        actions.ask_supervisor(first, ref=row.ref, now=NOON)  # who is let in by that
    return by_sms, by_signal, (first, second)


def puts(two):
    by_sms, by_signal, (first, _second) = two
    return actions.put_link(first, ref=by_sms.ref, other=by_signal.ref, now=NOON)


def says(officer, two, link, touch):
    act = linked.act_for(officer, Link.objects.get(ref=link))
    proof = touch(officer, act)
    return actions.say_linked(officer, ref=two[0].ref, link=link, proof=proof, now=NOON)


def links(two, touch):
    link = puts(two)
    assert [says(each, two, link, touch) for each in two[2]] == [False, True]
    return link


def test_whose_gateway_was_seized_is_found_where_he_is_read(two, brings, touch):
    by_sms = two[0]
    links(two, touch)
    brings("теперь вместе", **SIGNAL)
    for people in (queries.people_through, door.people_through):
        assert by_sms.person_ref in people("signal", since=None)
        assert by_sms.person_ref not in people("telegram", since=None)


def test_until_two_have_said_so_his_texts_stay_apart_and_then_they_come_together(
    two,
    brings,
    touch,
):
    by_sms, by_signal, (first, second) = two
    link = puts(two)
    says(first, two, link, touch)
    with pytest.raises(Refused):
        says(first, two, link, touch)  # one person is one yes
    assert brings("а это ещё отдельно", **SIGNAL).conversation == by_signal
    says(second, two, link, touch)
    came = brings("теперь вместе", **SIGNAL)
    assert (came.conversation, came.route) == (by_sms, "signal")
    assert brings("и так тоже", **SMS).conversation == by_sms
    assert Conversation.objects.get(ref=by_signal.ref).state == "closed"
    assert set(Handle.objects.values_list("compartment", flat=True)) == {by_sms.compartment}


def test_a_row_in_the_table_links_nobody_without_two_signed_yeses(two, brings):
    by_signal = two[1]
    link = puts(two)
    Link.objects.filter(ref=link).update(linked_at=NOON)
    assert brings("кто это читает?", **SIGNAL).conversation == by_signal


def test_an_answer_leaves_by_the_channel_he_wrote_by_last_or_by_the_one_that_is_chosen(
    two,
    brings,
    touch,
    answers,
):
    by_sms, _by_signal, (first, _second) = two
    links(two, touch)
    brings("теперь вместе", now=SOON, **SIGNAL)
    Conversation.objects.filter(pk=by_sms.pk).update(holder=first.ref)
    ways = linked.ways_to(by_sms.person_ref)
    assert [(way.channel, way.is_open) for way in ways] == [("signal", False), ("sms", True)]
    answers(first, by_sms, "Слышим вас", now=SOON)
    assert Outgoing.objects.get(kind="reply").route == "signal"
    row = Conversation.objects.get(pk=by_sms.pk)
    actions.reply(
        first,
        ref=row.ref,
        text="И здесь слышим",
        seen=queries.newest_in(row),
        by=ways[1].by,
        lock_for=timedelta(minutes=15),
        reply_after_stop=timedelta(hours=24),
        wall=SOON,
        now=SOON,
    )
    replies = Message.objects.filter(conversation=row, kind="reply").order_by("pk")
    assert list(replies.values_list("route", flat=True)) == ["signal", "smpp"]
    with pytest.raises(Refused, match="not reached"):
        actions.reply(
            first, ref=row.ref, text="x", seen=queries.newest_in(row), by="nobody",
            lock_for=timedelta(minutes=15), reply_after_stop=timedelta(hours=24), wall=SOON, now=SOON,
        )  # fmt: skip


def test_a_promise_cut_in_two_over_two_channels_stops_at_its_second_half(
    two, brings, touch, answers
):
    by_sms, _by_signal, (first, _second) = two
    links(two, touch)
    brings("теперь вместе", now=SOON, **SIGNAL)
    Conversation.objects.filter(pk=by_sms.pk).update(holder=first.ref)
    answers(first, by_sms, "Поговорим про амни", now=SOON)
    brings("слушаю", now=SOON, **SMS)
    with pytest.raises(Refused, match="Together with the text before"):
        answers(first, by_sms, "стию, когда захотите", now=SOON)


def test_the_second_of_the_two_reads_which_conversation_the_first_put_up(
    two, touch, client_of, officer
):
    by_sms, by_signal, (first, second) = two
    says(first, two, puts(two), touch)
    url = f"/conversations/{by_sms.ref}/channels/"
    page = client_of(second).get(url).content.decode()
    assert f'href="/conversations/{by_signal.ref}/"' in page
    assert "data-challenge" in page
    knows_one = officer(Duty.SUP)
    access.leave(second, compartment=by_signal.compartment, person=second.ref, now=NOON)
    page = client_of(second).get(url).content.decode()
    assert by_signal.ref not in page
    assert "data-challenge" not in page
    assert client_of(knows_one).get(url).status_code == 404


def test_while_a_link_waits_no_other_is_put_up_and_whoever_said_so_reads_what_it_waits_for(
    two, touch, client_of
):
    by_sms, _by_signal, (first, _second) = two
    page = f"/conversations/{by_sms.ref}/channels/"
    assert 'data-act="conversations.link"' in (shown := client_of(first).get(page).content.decode())
    assert "One more" not in shown
    says(first, two, puts(two), touch)
    shown = client_of(first).get(page).content.decode()
    assert 'data-act="conversations.link"' not in shown
    assert "One more who knows both conversations has to say so." in shown


def test_a_stop_and_a_freeze_on_one_channel_close_the_other(two, brings, touch, worker):
    by_sms = two[0]
    links(two, touch)
    brings("СТОП", now=SOON, **SIGNAL)
    for way in linked.ways_to(by_sms.person_ref):
        standing = door.standing_of(door.handle_of(way.by))
        assert standing.opted_out_at == SOON, way.channel
    confirmation = Outgoing.objects.get(kind="confirm")
    assert confirmation.route == "signal"  # it goes to where he said it


@pytest.mark.enable_socket  # a free port for the gateways
def test_what_waited_to_leave_when_his_number_moved_leaves_and_holds_nobody_up(
    two, brings, touch, tmp_path, settings
):
    settings.DATA = programme(tmp_path, name="signal").data
    [before] = Outgoing.objects.filter(route="signal")  # our first answer to him there
    links(two, touch)
    brings("теперь вместе", **SIGNAL)
    day = timedelta(days=1)
    claims = post.claim_live(limit=50, now=NOON, wall=NOON, reply_after_stop=day)
    [claim] = [each for each in claims if each.message == before.pk]
    texts = {text for each in load.current().texts.values() for text in each.values()}
    send = workers.me(Purpose.SEND)
    how = {"data": settings.DATA, "sender": "7007", "own_texts": texts, "now": NOON}
    assert spooling.write(send, [claim], **how) == {claim.attempt}


def test_undone_he_stands_for_himself_again_under_his_own_key(two, brings, touch):
    by_sms, by_signal, (first, _second) = two
    link = links(two, touch)
    brings("теперь вместе", **SIGNAL)
    actions.undo_link(first, ref=by_sms.ref, link=link, now=SOON)
    apart = brings("кто вы?", now=SOON, **SIGNAL).conversation
    assert (apart.person_ref, apart.compartment) == (by_signal.person_ref, by_signal.compartment)
    assert apart != by_sms


def test_whoever_was_not_let_into_both_can_neither_put_it_up_nor_say_it(two, officer, touch):
    by_sms, by_signal, _people = two
    stranger = officer(Duty.OP)
    with pytest.raises(Absent):
        actions.put_link(stranger, ref=by_sms.ref, other=by_signal.ref, now=NOON)
    link = puts(two)
    later = officer(Duty.SUP)
    actions.ask_supervisor(two[2][0], ref=by_sms.ref, now=NOON)
    with pytest.raises(Absent):
        says(later, two, link, touch)


def test_a_session_let_in_to_one_is_shown_no_other_that_he_holds(two):
    by_sms, by_signal, (first, _second) = two
    for let_in, told in ({by_sms.compartment, by_signal.compartment}, 1), ({by_sms.compartment}, 0):
        session = replace(first, let_in=frozenset(let_in))
        found = queries.channels_for(session, Purpose.READ, ref=by_sms.ref)
        assert len(found.others) == told


def test_whom_a_case_waits_for_where_he_wrote_leads_and_does_not_follow(two):
    by_sms, by_signal, (first, _second) = two
    actions.set_context(by_signal.person_ref, "approved")
    with pytest.raises(Refused, match="waits for him there"):
        puts(two)
    assert actions.put_link(first, ref=by_signal.ref, other=by_sms.ref, now=NOON)


def test_where_his_words_were_agreed_leads_so_that_they_are_heard_on_both(two, brings, touch):
    by_sms, by_signal, (first, second) = two
    told = {"distress": "берёза", "all_clear": "ромашка", "now": NOON}
    link = puts(two)
    says(first, two, link, touch)
    actions.agree_words(first, ref=by_signal.ref, **told)
    with pytest.raises(Refused, match="heard there alone"):
        says(second, two, link, touch)
    actions.undo_link(first, ref=by_sms.ref, link=link, now=NOON)
    with pytest.raises(Refused, match="heard there alone"):
        puts(two)
    links((by_signal, by_sms, (first, second)), touch)
    brings("берёза у реки", **SMS)
    assert door.is_silent(by_signal.person_ref)


def test_what_follows_him_is_erased_with_him(two, brings, touch, worker):
    by_sms = two[0]
    links(two, touch)
    brings("теперь вместе", **SIGNAL)
    who = worker(Purpose.CLOCKS)
    erase_person(who, person_ref=by_sms.person_ref, now=SOON)
    post.erase_person(who, person_ref=by_sms.person_ref, now=SOON)
    assert not Conversation.objects.exists()
    assert not Handle.objects.exists()
    assert not Link.objects.exists()


def test_the_operator_is_told_what_stands_together_by_sms_and_offered_another_channel(
    brings,
    takes,
    officer,
    client_of,
):
    now = clock.now()
    row = brings("48.5231, 37.9012 в 21:30", now=now, **SMS).conversation
    operator = officer(Duty.OP)
    takes(operator, now=now)
    browser, page = client_of(operator), f"/conversations/{row.ref}/"
    shown = browser.get(page).content.decode()
    assert 'data-at-once="place time"' in shown
    assert 'data-open="yes"' in shown
    assert "страницу связи" in browser.get(f"{page}?canned=channel").content.decode()
    seen = queries.newest_in(row)
    told = browser.post(f"{page}reply/", {"text": "Ждём с белым флагом на 48°31'", "seen": seen})
    assert told.status_code == 409
    found = browser.get(f"{page}channels/").content.decode()
    assert "You hold no other conversation" in found
