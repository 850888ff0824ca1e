from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from tests.tables import closed

from safeconduct.access import actions as access
from safeconduct.access.rules import Absent, Act, Duty, Purpose, digest_of
from safeconduct.pledges.rules import Token
from safeconduct.post import actions, queries
from safeconduct.post.models import Attempt, Cursor, Handle, Hold, Message, OptOut, Result
from safeconduct.post.rules import HoldKind, Kind, Outcome, WindowKind
from safeconduct.post.tests.conftest import NOON
from safeconduct.refusal import Refused
from safeconduct.spool import stops

DAY = timedelta(days=1)


def put(ingest, row, text="Мы вас слышим.", *, kind=Kind.REPLY, now=NOON, tokens=(), language="ru"):
    return actions.send(
        ingest,
        person_ref=row.person_ref,
        text=text,
        kind=kind,
        language=language,
        reply_after_stop=DAY,
        tokens=tokens,
        now=now,
    )


def claim(now=NOON, wall=NOON):
    return actions.claim_live(limit=50, now=now, wall=wall, reply_after_stop=DAY)


def test_a_number_becomes_one_person_by_every_way_of_writing_it(writes):
    row = writes("Здравствуйте", sender="+380501112233")
    again = writes("Я же", sender="0501112233")
    assert again.person_ref == row.person_ref
    assert Handle.objects.count() == 1
    assert writes("Другой", sender="+380501112234").person_ref != row.person_ref


def test_a_text_nobody_may_say_is_refused_at_the_door_whoever_sends_it(writes, ingest):
    row = writes("Здравствуйте")
    before = Message.objects.count()
    for kind in (Kind.REPLY, Kind.SCRIPT):
        for text in ("Заплатим 500 евро", "Пощады не будет", "Завтра у моста"):
            with pytest.raises(Refused):
                put(ingest, row, text, kind=kind)
    assert Message.objects.count() == before
    with pytest.raises(Absent):
        put(ingest, replace(row, person_ref="nobody"))


def test_a_plans_words_leave_only_while_two_people_stand_behind_them(
    writes, ingest, officer, touch
):
    row = writes("Здравствуйте")
    planner, first, second = officer(Duty.PLN), officer(Duty.DPC), officer(Duty.DPC)
    digest = digest_of({"plan": 1})
    token = Token("plan", "plan1", digest, ("Завтра 21:30.",), fact="time")
    access.put_subject(
        "plan1", verb="passage.approve", digest=digest, author=planner.ref, now=NOON,
        duties=[Duty.DPC],
    )  # fmt: skip
    act = Act("passage.approve", "plan1", digest, Duty.DPC)
    access.approve(first, act, touch(first, act), now=NOON)
    with pytest.raises(Refused, match="not in force"):
        put(ingest, row, "Завтра 21:30.", tokens=[token])
    access.approve(second, act, touch(second, act), now=NOON)
    assert put(ingest, row, "Завтра 21:30.", tokens=[token])
    access.close_subject("plan1", verb="passage.approve", now=NOON)
    with pytest.raises(Refused, match="not in force"):
        put(ingest, row, "Завтра 21:30.", tokens=[token])


def test_a_freeze_needs_one_press_and_a_supervisor_ends_it(writes, ingest, officer):
    row, supervisor = writes("Здравствуйте"), officer(Duty.SUP)
    for _ in range(2):
        actions.hold(officer(Duty.OP), person_ref=row.person_ref, kind=HoldKind.FREEZE, now=NOON)
    assert Hold.objects.count() == 1
    with pytest.raises(Refused, match="frozen"):
        put(ingest, row)
    actions.end_hold(supervisor, person_ref=row.person_ref, kind=HoldKind.FREEZE, now=NOON)
    assert put(ingest, row)


@pytest.mark.parametrize("kind", sorted(set(Kind) - {Kind.CAMPAIGN}))
@pytest.mark.parametrize("window", [None, WindowKind.DAILY, WindowKind.ONCE, WindowKind.WAY])
def test_nothing_is_put_out_to_a_silent_person_outside_his_window(
    writes, ingest, officer, kind, window
):
    row, operator = writes("Здравствуйте"), officer(Duty.OP)
    if window is not None:  # one that is shut by now
        actions.open_window(
            operator,
            person_ref=row.person_ref,
            kind=window,
            opens_at=NOON,
            closes_at=None if window is WindowKind.DAILY else NOON + timedelta(hours=1),
            from_minute=12 * 60,
            to_minute=13 * 60,
            now=NOON,
        )
    access.join(
        ingest, compartment=row.compartment, person=operator.ref, duty=Duty.OP, reason="test",
        until=None, now=NOON,
    )  # fmt: skip
    before = Message.objects.count()
    for who in (ingest, operator):
        with pytest.raises(Refused):
            put(who, row, kind=kind, now=NOON + timedelta(hours=25, minutes=30))
    assert Message.objects.count() == before
    writes("Я ещё здесь", now=NOON + timedelta(hours=25, minutes=29))
    if kind in {Kind.REPLY, Kind.SCRIPT}:  # the same, once he has written
        for who in (ingest, operator):
            assert put(who, row, kind=kind, now=NOON + timedelta(hours=25, minutes=30))


def test_what_lies_in_the_outbox_when_the_freeze_comes_does_not_leave(writes, ingest, officer):
    row = writes("Здравствуйте")
    claim()
    ref = put(ingest, row)
    operator = officer(Duty.SUP)
    actions.hold(operator, person_ref=row.person_ref, kind=HoldKind.FREEZE, now=NOON)
    assert claim() == []
    actions.end_hold(operator, person_ref=row.person_ref, kind=HoldKind.FREEZE, now=NOON)
    assert [c.message for c in claim()] == [Message.objects.get(ref=ref).pk]


def test_under_a_silent_hold_scripts_leave_and_replies_wait(writes, ingest, officer):
    row = writes("Здравствуйте")
    actions.hold(ingest, person_ref=row.person_ref, kind=HoldKind.SILENT, now=NOON)
    reply = put(ingest, row)
    put(ingest, row, kind=Kind.SCRIPT)
    assert [Message.objects.get(pk=c.message).kind for c in claim()] == [Kind.SCRIPT]
    assert queries.fates_of(officer(Duty.OP), Purpose.READ, [reply])[reply].outcome is None
    supervisor = officer(Duty.SUP)
    actions.end_hold(supervisor, person_ref=row.person_ref, kind=HoldKind.SILENT, now=NOON)
    assert [Message.objects.get(pk=c.message).ref for c in claim()] == [reply]


def test_a_text_too_old_is_skipped_and_says_why(writes, ingest):
    row = writes("Здравствуйте")
    claim()
    ref = put(ingest, row)
    assert claim(now=NOON + DAY) == []
    assert Result.objects.get(attempt__message__ref=ref).reason == "expired"


def test_a_stop_that_comes_while_a_text_lies_in_the_outbox_is_heard(writes, ingest, officer):
    row = writes("Здравствуйте")
    claim()
    ref = put(ingest, row)
    later = writes("стоп", now=NOON + timedelta(minutes=1))
    assert later.stopped
    put(ingest, row, "Больше не пишем.", kind=Kind.CONFIRM, now=NOON + timedelta(minutes=1))
    with pytest.raises(Refused, match="no stop to confirm"):
        put(ingest, row, "Больше не пишем.", kind=Kind.CONFIRM, now=NOON + timedelta(minutes=1))
    left = claim(now=NOON + timedelta(minutes=1))
    assert [Message.objects.get(pk=c.message).kind for c in left] == [Kind.CONFIRM]
    assert queries.fates_of(officer(Duty.OP), Purpose.READ, [ref])[ref].outcome is Outcome.SKIPPED


def test_texts_are_never_rewritten_and_an_opt_out_never_goes(writes, ingest):
    row = writes("стоп")
    put(ingest, row, "Больше не пишем.", kind=Kind.CONFIRM)
    claim()
    for table, change in (
        (Message, {"kind": "reply"}),
        (Attempt, {"number": 9}),
        (OptOut, {"at": NOON - DAY}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            table.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        OptOut.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Cursor.objects.update(position=0)
    actions.erase_person(ingest, person_ref=row.person_ref, now=NOON)
    assert not Handle.objects.exists()
    assert not Message.objects.exists()
    assert OptOut.objects.count() == 1
    with pytest.raises(Refused, match="said stop"):
        put(ingest, writes("Это снова я", now=NOON + timedelta(seconds=1)), now=NOON + 2 * DAY)


@pytest.mark.parametrize("broken", ["post_hold", "audit_entry"])
def test_a_freeze_holds_when_table_or_journal_cannot_be_written(
    writes, ingest, officer, data_folder, broken
):
    stops.prepare(data_folder)
    row, supervisor = writes("Здравствуйте"), officer(Duty.SUP)
    with closed(broken):
        actions.hold(supervisor, person_ref=row.person_ref, kind=HoldKind.FREEZE, now=NOON)
        assert not Hold.objects.exists()
        assert queries.is_frozen(row.person_ref)
    with pytest.raises(Refused, match="frozen"):
        put(ingest, row)
    assert actions.enter_spooled_stops()
    assert Hold.objects.get().set_by == supervisor.ref
    assert stops.in_force(Path(settings.DATA)) == []
    assert not actions.enter_spooled_stops()


def test_a_stop_holds_when_the_journal_cannot_be_written(writes, officer, data_folder, ingest):
    stops.prepare(data_folder)
    row, operator = writes("Здравствуйте"), officer(Duty.OP)
    with closed("audit_entry"):
        actions.opt_out(operator, person_ref=row.person_ref, now=NOON)
        assert queries.stopped_at(row.person_ref) == NOON
    assert actions.enter_spooled_stops()
    assert OptOut.objects.count() == 1


def test_a_silent_hold_stays_silent_though_no_table_takes_it(writes, officer, data_folder, ingest):
    stops.prepare(data_folder)
    row, supervisor = writes("Здравствуйте"), officer(Duty.SUP)
    with closed("post_hold"):
        actions.hold(supervisor, person_ref=row.person_ref, kind=HoldKind.SILENT, now=NOON)
        assert queries.is_silent(row.person_ref)
        assert not queries.is_frozen(row.person_ref)
    assert actions.enter_spooled_stops()
    assert Hold.objects.get().kind == HoldKind.SILENT
    assert queries.is_silent(row.person_ref)
    assert not queries.is_frozen(row.person_ref)


def test_windows_are_closed_by_whoever_opened_the_way(writes, ingest):
    row = writes("Здравствуйте")
    actions.open_window(
        ingest, person_ref=row.person_ref, kind=WindowKind.WAY, opens_at=NOON, now=NOON
    )
    assert put(ingest, row, "Стойте на месте.", kind=Kind.ABORT, now=NOON + 2 * DAY)
    actions.close_window(ingest, person_ref=row.person_ref, kind=WindowKind.WAY, now=NOON + 2 * DAY)
    with pytest.raises(Refused, match="way is closed"):
        put(ingest, row, "Стойте на месте.", kind=Kind.ABORT, now=NOON + 3 * DAY)


@pytest.mark.parametrize("word", ["STOP", "СТОП", "توقّف", "0"])
def test_each_alphabet_shuts_the_door_that_was_open_a_moment_ago(writes, ingest, word):
    row = writes("Здравствуйте")
    put(ingest, row)
    assert writes(word, now=NOON + timedelta(minutes=1)).stopped
    with pytest.raises(Refused, match="said stop"):
        put(ingest, row, now=NOON + timedelta(minutes=1))
