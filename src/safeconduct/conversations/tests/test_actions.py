from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.cells import LATE
from safeconduct.conversations import actions, queries, rules, totals
from safeconduct.conversations.models import (
    AgreedWord,
    Condition,
    Conversation,
    Message,
    SecondReading,
)
from safeconduct.conversations.tests.conftest import NOON, inbound
from safeconduct.post import queries as post
from safeconduct.programme import load
from safeconduct.refusal import Refused


def thread(officer, row, *, now=NOON):
    return queries.thread_for(
        officer, Purpose.READ, ref=row.ref, profile=load.current(), now=now, wall=now
    )


def test_a_text_is_stored_once_per_key_and_equal_texts_are_two(writes, worker):
    first = inbound("Помогите")
    for _ in range(2):
        actions.receive_message(
            worker(Purpose.INGEST), first, key="smpp:first", profile=load.current(), now=NOON
        )
    row = writes("Помогите")
    assert row.messages.filter(direction="in").count() == 2


def test_two_parts_become_one_text_and_a_redelivery_stands_beside_it(writes, officer, takes):
    operator = officer(Duty.OP)
    assert writes("Завтра нас перекидывают дальше. ", part=1, parts=2, reference=9) is None
    row = writes("Как мне быть?", part=2, parts=2, reference=9)
    writes("Как мне быть?", again=True)
    takes(operator)
    spoken = [s for s in thread(operator, row).spoken if s.direction == "in"]
    assert [s.text for s in spoken] == [
        "Завтра нас перекидывают дальше. Как мне быть?",
        "Как мне быть?",
    ]
    assert [s.maybe_again for s in spoken] == [False, True]


def test_parts_in_the_wrong_order_are_read_in_the_right_one(writes, officer, takes):
    operator = officer(Duty.OP)
    writes("конец", part=2, parts=2, reference=3)
    row = writes("начало и ", part=1, parts=2, reference=3)
    takes(operator)
    assert thread(operator, row).spoken[0].text == "начало и конец"


def test_a_text_whose_other_half_never_comes_is_shown_as_far_as_it_came(writes, worker):
    writes("Слышите меня ", part=1, parts=2, reference=5)
    ingest, profile = worker(Purpose.INGEST), load.current()
    assert not actions.show_incomplete(ingest, profile=profile, wall=NOON, now=NOON)
    later = NOON + timedelta(minutes=11)
    ref = actions.show_incomplete(ingest, profile=profile, wall=later, now=later)
    assert Message.objects.get(ref=ref).incomplete
    assert not actions.show_incomplete(ingest, profile=profile, wall=later, now=later)


def test_nobody_reads_before_taking_and_taking_gives_the_next_not_a_chosen_one(
    writes, officer, takes
):
    operator, other = officer(Duty.OP), officer(Duty.OP)
    writes("Здравствуйте", sender="+380500000001")
    urgent = writes("Нас завтра перекидывают", sender="+380500000002", now=NOON)
    with pytest.raises(Absent):
        thread(operator, urgent)
    assert takes(operator) == urgent
    assert thread(operator, urgent).signals[0].reason == "time"
    with pytest.raises(Absent):
        thread(other, urgent)


def test_every_fourth_pick_is_the_oldest(writes, officer, takes):
    operator = officer(Duty.OP)
    calm = writes("Здравствуйте", sender="+380500000009", now=NOON - timedelta(minutes=5))
    urgent = [writes("Завтра решаю", sender=f"+38050000001{n}") for n in range(5)]
    picked = [takes(operator) for _ in range(4)]
    assert picked == [*urgent[:3], calm]


def test_a_reply_is_refused_when_he_has_written_again(writes, officer, takes, answers):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    seen = queries.newest_in(row)
    writes("Вы там?")
    with pytest.raises(Refused, match="written again"):
        answers(operator, row, "Здесь.", seen=seen)
    assert answers(operator, row, "Здесь.").direction == "out"


def test_a_second_operator_cannot_answer_what_the_first_one_holds(
    writes, officer, takes, answers, worker
):
    operator, other = officer(Duty.OP), officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    with pytest.raises(Absent):
        answers(other, row, "Я отвечу.")
    with pytest.raises(Refused, match="Nobody waits"):
        takes(other)
    later = NOON + timedelta(minutes=16)
    assert actions.free_overdue(worker(Purpose.CLOCKS), wall=later, now=later)
    assert takes(other, now=later) == row
    with pytest.raises(Absent):
        thread(operator, row)


def test_the_first_answer_goes_once_and_a_stop_is_confirmed_once(writes):
    row = writes("Здравствуйте")
    writes("Вы там?")
    assert row.messages.filter(kind="script").count() == 1
    writes("СТОП")
    writes("стоп")
    assert row.messages.filter(kind="confirm").count() == 1


def test_after_a_stop_nothing_is_sent_until_he_writes_again_and_then_for_a_day(
    writes, officer, takes, answers
):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    writes("Стоп")
    with pytest.raises(Refused, match="said stop"):
        answers(operator, row, "Почему?")
    hour = NOON + timedelta(hours=1)
    writes("Передумал, можно спросить?", now=hour)
    assert answers(operator, row, "Спрашивайте.", now=hour)
    with pytest.raises(Refused, match="said stop"):
        answers(operator, row, "Ещё вопрос?", now=hour + timedelta(hours=25))


def queue_of(operator):
    return [(line.kind, line.answer) for line in queries.queue_for(operator, Purpose.TRIAGE)]


def test_a_bare_stop_is_on_record_and_asks_for_nobody_until_he_writes_in_words(
    writes, officer, takes
):
    operator = officer(Duty.OP)
    row = writes("СТОП")
    writes("стоп")
    assert row.messages.filter(direction="in").count() == 2
    assert queue_of(operator) == []
    with pytest.raises(Refused, match="Nobody waits"):
        takes(operator)
    hour = NOON + timedelta(hours=1)
    writes("Передумал, можно спросить?", now=hour)
    (line,) = queries.queue_for(operator, Purpose.TRIAGE)
    assert (line.kind, line.answer, line.since) == ("new", True, hour)
    assert takes(operator) == row


def test_a_bare_stop_is_counted_as_no_enquiry_and_a_word_after_it_is(writes):
    writes("СТОП")
    for n in range(9):
        writes("Здравствуйте", sender=f"+38050111224{n}")
    later = NOON + timedelta(days=30)  # its month is over by then
    assert str(totals.enquiries(now=later)) == "<10"
    writes("Передумал, можно спросить?")
    assert str(totals.enquiries(now=later)) == "10–19"
    assert str(totals.enquiries(now=NOON + timedelta(days=20))) == "—"


def test_whoever_talked_and_then_says_stop_comes_last_and_is_never_the_oldest(
    writes, officer, takes, answers
):
    operator = officer(Duty.OP)
    talked = writes("Здравствуйте")
    takes(operator)
    answers(operator, talked, "Слышим вас.")
    actions.release(operator, ref=talked.ref, now=NOON)
    writes("СТОП")
    others = [
        writes("Здравствуйте", sender=f"+38050222000{n}", now=NOON + timedelta(minutes=n))
        for n in range(1, 4)
    ]
    assert queue_of(operator) == [("new", True)] * 3 + [("stop", False)]
    assert [takes(operator) for _ in range(4)] == [*others, talked]


def test_a_stop_takes_no_urgency_off_and_one_who_is_on_the_way_is_urgent_even_so(
    writes, officer, worker
):
    operator = officer(Duty.OP)
    hurt = writes("Я ранен")
    writes("СТОП")
    hurt.refresh_from_db()
    assert (hurt.tier, hurt.reasons) == ("now", ["hurt", "stopped"])
    moving = writes("Выхожу", sender="+380502220001")
    actions.set_context(moving.person_ref, "in_passage")
    Conversation.objects.filter(pk=moving.pk).update(waiting_since=None, tier="soon", reasons=[])
    writes("СТОП", sender="+380502220001")
    moving.refresh_from_db()
    assert (moving.tier, moving.reasons) == ("now", ["in_passage", "stopped"])
    assert [answer for _kind, answer in queue_of(operator)] == [True, True]


def test_an_operator_promises_nothing_and_threatens_nobody(writes, officer, takes, answers):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    with pytest.raises(Refused, match="promises without leave"):
        answers(operator, row, "Заплатим 10 000 долларов.")
    with pytest.raises(Refused, match="threatens"):
        answers(operator, row, "Сдавайтесь или смерть.")
    assert answers(operator, row, "Мы вас слышим.")


def agree(operator, row, now=NOON):
    actions.agree_words(operator, ref=row.ref, distress="черёмуха", all_clear="подснежник", now=now)


def test_a_distress_word_freezes_in_silence_and_only_the_supervisor_hears(
    writes, officer, takes, answers
):
    supervisor, operator = officer(Duty.SUP), officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    agree(operator, row)
    assert not SecondReading.objects.exists()
    writes("Как там черемуха, цветёт?")
    assert post.is_silent(row.person_ref)
    assert not post.is_frozen(row.person_ref)
    reading = queries.readings_for(supervisor, Purpose.READ)[0]
    with pytest.raises(Absent):
        queries.readings_for(operator, Purpose.READ)
    # The operator's reply is taken as ever; it lies in the outbox until the supervisor decides.
    assert answers(operator, row, "Цветёт, наверное.")
    assert queries.cause_of(supervisor, Purpose.READ, ref=reading.ref) == "word"
    actions.read_again(supervisor, ref=reading.ref, finding="let_go", now=NOON)
    assert not post.is_silent(row.person_ref)


def test_the_queue_is_the_same_whether_a_distress_word_was_written_or_not(writes, officer, takes):
    officer(Duty.SUP)
    operator = officer(Duty.OP)
    told, rows = [], []
    for sender in ("+380500000001", "+380500000002"):
        rows.append(writes("Здравствуйте", sender=sender))
        takes(operator)
        agree(operator, rows[-1])
    for row, sender, text in zip(
        rows,
        ("+380500000001", "+380500000002"),
        ("цветёт черемуха", "цветёт рябинуха"),
        strict=True,
    ):
        actions.release(operator, ref=row.ref, now=NOON)
        writes(text, sender=sender)
        row.refresh_from_db()
        told.append((row.tier, row.reasons, row.kind, row.language, row.waiting_since))
    assert told[0] == told[1]
    lines = queries.queue_for(operator, Purpose.TRIAGE)
    assert lines[0] == lines[1]


def test_agreed_words_are_refused_when_common_short_or_alike(writes, officer, takes):
    operator = officer(Duty.OP)
    row = writes("Здравствуйте")
    takes(operator)
    for distress, clear in (("лес", "подснежник"), ("завтра", "подснежник"), ("рябина", "рябины")):
        with pytest.raises(Refused):
            actions.agree_words(operator, ref=row.ref, distress=distress, all_clear=clear, now=NOON)
    assert not AgreedWord.objects.exists()
    agree(operator, row)
    assert "черемух" not in repr(list(AgreedWord.objects.values_list("word", flat=True)))


def test_a_hardship_is_counted_and_leads_back_to_nobody(writes, officer, takes):
    operator = officer(Duty.OP)
    row = writes("Еды нет неделю")
    takes(operator)
    for _ in range(2):
        actions.count_condition(operator, ref=row.ref, code="no_food", region="UA-59", now=NOON)
    cell = Condition.objects.get()
    assert cell.count == 2
    held = [getattr(cell, field.attname) for field in Condition._meta.concrete_fields]
    assert row.ref not in map(str, held)
    assert row.person_ref not in map(str, held)


def test_hardships_leave_the_room_by_week_and_few_are_never_told_from_none(writes, officer, takes):
    operator = officer(Duty.OP)
    row = writes("Еды нет неделю")
    takes(operator)
    none = str(totals.hardships(now=NOON))
    for region in ("UA-59", "UA-65") * 5:
        count = {"ref": row.ref, "code": "no_food", "region": region, "now": NOON}
        assert str(totals.hardships(now=NOON)) == none
        actions.count_condition(operator, **count)
    assert str(totals.hardships(now=NOON)) == none  # nor is anything told of the running week
    over = rules.week_of(NOON) + timedelta(weeks=1)
    counts = NOON.replace(year=over.year, month=over.month, day=over.day, hour=0) + LATE
    weeks, cells = totals.hardships(now=counts - timedelta(seconds=1))
    assert rules.week_of(NOON) not in weeks
    weeks, cells = totals.hardships(now=counts + timedelta(weeks=1))
    assert weeks[1] == rules.week_of(NOON)
    assert [str(cell) for cell in dict(cells)["no_food"]] == ["<10", "10–19", "<10", "<10"]
    assert {len(row) for _code, row in cells} == {len(weeks)}


def test_one_open_conversation_per_person_and_route(writes):
    row = writes("Здравствуйте")
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.create(
            person_ref=row.person_ref,
            compartment=row.compartment,
            route=row.route,
            opened_at=NOON,
            last_inbound_at=NOON,
            last_at=NOON,
        )


def test_urgency_is_taken_off_by_a_person_with_a_reason_only(writes, officer, takes):
    operator = officer(Duty.OP)
    row = writes("Завтра нас перекидывают")
    takes(operator)
    with pytest.raises(Refused):
        actions.lower(operator, ref=row.ref, reason=" ", now=NOON)
    actions.lower(operator, ref=row.ref, reason="Речь о посылке", now=NOON)
    row.refresh_from_db()
    assert row.tier == "soon"


def test_second_readings_are_drawn_each_day_and_once(writes, officer, worker):
    supervisor = officer(Duty.SUP)
    for n in range(5):
        writes("Здравствуйте", sender=f"+38050000002{n}")
    clocks = worker(Purpose.CLOCKS)
    actions.draw_readings(clocks, now=NOON)
    actions.draw_readings(clocks, now=NOON)
    assert len(queries.readings_for(supervisor, Purpose.READ)) == 3
    actions.draw_readings(clocks, now=NOON + timedelta(days=1))
    assert len(queries.readings_for(supervisor, Purpose.READ)) == 6
