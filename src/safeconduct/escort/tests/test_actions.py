"""The escort's verbs, with a real passage, a real keeper and a vehicle that drives."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from safeconduct import sealing
from safeconduct.access.models import Call
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.audit import actions as audit
from safeconduct.audit.models import Entry
from safeconduct.cases import queries as cases
from safeconduct.envelope import Marker
from safeconduct.escort import actions, queries, watching
from safeconduct.escort.actions.seeing import Report
from safeconduct.escort.models import Alert, HeadCount, NoFireArea, Stretch
from safeconduct.escort.rules import Order
from safeconduct.escort.tests.conftest import LIMITS, evidence
from safeconduct.notices import actions as notices
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.post import actions as post
from safeconduct.post.models import Message as Sent
from safeconduct.post.rules import HoldKind
from safeconduct.refusal import Refused
from safeconduct.spool import certificates, core_end
from safeconduct.spool.carried import Opener
from safeconduct.spool.form import read

# ---- fixes ----


def test_a_fix_is_stored_once_sealed_and_opens_again(under_way):
    here = under_way.on_way(100)
    fixes = [under_way.fix(here), under_way.fix(here, "aircraft:1")]
    assert len(under_way.hears(*fixes)) == 2
    assert under_way.hears(*fixes) == []
    told = actions.stored_track(under_way.row(), keys=under_way.keys())
    assert sorted(told, key=lambda f: f.arrival) == fixes
    for row in Stretch.objects.all():
        assert str(fixes[0].lat_e7).encode() not in bytes(row.fixes)


def test_a_number_of_another_gateway_long_ago_is_no_repeat(under_way):
    under_way.hears(under_way.fix(under_way.on_way(0)))
    under_way.journey.wait(hours=2)
    under_way.numbers = 0
    assert len(under_way.hears(under_way.fix(under_way.on_way(10)))) == 1


def test_a_steady_drive_raises_nothing(under_way):
    assert under_way.drives(60) == []
    assert under_way.row().furthest_m == pytest.approx(480, abs=60)


def test_what_memory_lost_in_a_restart_comes_back_from_the_rows(under_way):
    under_way.drives(30)
    again = watching.begin(under_way.me, under_way.row(), profile=PROFILE, now=under_way.now)
    assert [f.fix for f in again.vehicle.fixes] == [f.fix for f in under_way.watched.vehicle.fixes]


# ---- alerts ----


def test_silence_stop_and_departure_each_raise_one_alert_and_clear_by_fixes(under_way):
    under_way.drives(20)
    assert under_way.drives(55, speed=0) == ["STOPPED"]
    assert under_way.drives(40) == []
    assert under_way.open_alerts() == set()
    assert "OFF_ROUTE" in under_way.drives(12, beside=300)
    under_way.drives(14)
    assert "OFF_ROUTE" not in under_way.open_alerts()
    raised = under_way.silence(40)
    assert [key for key in raised if key == "SILENT"] == ["SILENT"]
    assert Alert.objects.filter(key="STOPPED").count() == 2  # silence counts as standing
    assert Alert.objects.get(key="SILENT").grave


def test_the_database_knows_one_standing_alert_for_each_cause(under_way):
    under_way.silence(20)
    row = under_way.row().alerts.get(key="SILENT")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(
            escort=row.escort, key="SILENT", cause="SILENT", grave=True, measured=1, limit=1,
            unit="s", owner="PIL", raised_at=under_way.now,
        )  # fmt: skip


def test_an_alert_nobody_answers_calls_its_owner_then_the_commander(under_way):
    under_way.silence(16)
    assert actions.call_unanswered(now=under_way.now, limits=LIMITS) == 0
    under_way.journey.wait(seconds=60)
    actions.call_unanswered(now=under_way.now, limits=LIMITS)
    assert Call.objects.filter(duty=Duty.PIL, kind="escort.silent").count() == 1
    under_way.journey.wait(seconds=60)
    actions.call_unanswered(now=under_way.now, limits=LIMITS)
    assert Call.objects.filter(duty=Duty.DPC, kind="escort.silent.unanswered").count() == 1


def test_an_answer_stops_the_calling_and_clears_nothing(under_way):
    under_way.silence(16)
    alert = under_way.row().alerts.get(key="SILENT")
    actions.answer(under_way[Duty.PIL], alert=alert.ref, number=1, now=under_way.now)
    under_way.journey.wait(seconds=300)
    actions.call_unanswered(now=under_way.now, limits=LIMITS)
    assert not Call.objects.filter(kind="escort.silent").exists()
    assert "SILENT" in under_way.open_alerts()
    alert.refresh_from_db()
    assert alert.taken_by == under_way[Duty.PIL].ref


def test_i_cannot_see_him_calls_the_commander_at_once_and_a_fourth_answer_is_refused(under_way):
    under_way.silence(16)
    alert = under_way.row().alerts.get(key="SILENT")
    with pytest.raises(Refused, match="no such answer"):
        actions.answer(under_way[Duty.PIL], alert=alert.ref, number=4, now=under_way.now)
    actions.answer(under_way[Duty.PIL], alert=alert.ref, number=3, now=under_way.now)
    assert Call.objects.filter(duty=Duty.DPC, kind="escort.silent.unseen").exists()


def test_a_reported_contact_that_comes_near_is_told_and_ends_by_a_human_alone(under_way):
    under_way.drives(10)
    toward = Report(direction_deg=90, distance_m=1200, heading_deg=270, speed_m_s=15)
    pilot = under_way[Duty.PIL]
    contact = actions.report_contact(pilot, ref=under_way.ref, report=toward, now=under_way.now)
    raised = under_way.drives(3)
    assert raised == [f"CLOSING:{contact}"]
    under_way.drives(70)
    assert f"CLOSING:{contact}" in under_way.open_alerts()
    assert under_way.row().alerts.get(key=f"CLOSING:{contact}").old
    actions.end_contact(pilot, ref=under_way.ref, contact=contact, now=under_way.now)
    under_way.drives(1)
    assert f"CLOSING:{contact}" not in under_way.open_alerts()


def test_twenty_minutes_without_news_is_missing_and_unanswered_the_software_notes_it(under_way):
    under_way.drives(5)
    written = Sent.objects.count()
    raised = under_way.silence(1210, step=10)
    assert "MISSING" in raised
    assert under_way.journey.case().state == "MOVING"
    under_way.silence(310, step=10)
    assert under_way.journey.case().state == "MISSING"
    assert Sent.objects.count() == written  # silence is no reason to write


def test_an_answered_missing_is_left_to_people(under_way):
    under_way.silence(1210, step=10)
    alert = under_way.row().alerts.get(key="MISSING", cleared_at=None)
    actions.answer(under_way[Duty.DPC], alert=alert.ref, number=2, now=under_way.now)
    under_way.silence(400, step=10)
    assert under_way.journey.case().state == "MOVING"


# ---- orders ----


def test_hold_calls_the_parties_and_puts_the_agreed_text_out_once(under_way):
    before = Sent.objects.count()
    for _press in range(2):
        actions.hold(under_way[Duty.PIL], ref=under_way.ref, profile=PROFILE, now=under_way.now)
    (order,) = under_way.row().instructions.all()
    assert order.told_at == under_way.now
    assert Sent.objects.count() == before + 1
    assert {c.duty for c in Call.objects.filter(kind="escort.hold")} >= {"PIL", "RCV", "FCO", "DPC"}
    actions.end_hold(under_way[Duty.DPC], ref=under_way.ref, order=Order.HOLD, now=under_way.now)
    assert not under_way.row().instructions.filter(ended_at=None).exists()


def test_lead_waits_for_the_mutual_sign(under_way):
    with pytest.raises(Refused, match="acknowledged each other"):
        actions.lead(under_way[Duty.DPC], ref=under_way.ref, now=under_way.now)
    actions.sighted(
        under_way[Duty.PIL], ref=under_way.ref, signs=True, mutual=True, heads=1,
        profile=PROFILE, now=under_way.now,
    )  # fmt: skip
    order = actions.lead(under_way[Duty.DPC], ref=under_way.ref, now=under_way.now)
    assert order.order == Order.LEAD
    actions.hear(under_way[Duty.PIL], instruction=order.ref, now=under_way.now)
    assert [heard.duty for heard in order.heard.all()] == ["PIL"]


def test_nobody_is_asked_to_lead_one_who_may_be_another_or_forced(under_way):
    actions.sighted(
        under_way[Duty.PIL], ref=under_way.ref, signs=True, mutual=True, heads=1,
        profile=PROFILE, now=under_way.now,
    )  # fmt: skip
    journey = under_way.journey
    post.hold(
        journey.ingest, person_ref=journey.conversation.person_ref, kind=HoldKind.SILENT,
        now=under_way.now,
    )  # fmt: skip
    with pytest.raises(Refused) as refused:
        actions.lead(under_way[Duty.DPC], ref=under_way.ref, now=under_way.now)
    assert refused.value.refusal.code == "case.second_reading"
    assert not under_way.row().instructions.exists()


def test_one_person_aborts_and_everybody_is_called_in_the_same_breath(under_way):
    stopped = actions.abort(
        under_way[Duty.RCV], passage=under_way.ref, case_ref=under_way.journey.ref,
        now=under_way.now,
    )  # fmt: skip
    assert not stopped.spooled
    assert under_way.journey.case().state == "ABORTED"
    called = {call.duty for call in Call.objects.filter(kind="escort.abort")}
    assert called == {"DPC", "FCO", "PIL", "RCV", "OP"}
    assert under_way.row().areas.get().ended_at is None
    assert actions.tell_all(under_way.me, now=under_way.now) == 1
    assert actions.tell_all(under_way.me, now=under_way.now) == 0
    assert "abort_order" in evidence(under_way.journey)
    with pytest.raises(Refused, match="not taken back"):
        actions.end_hold(
            under_way[Duty.DPC], ref=under_way.ref, order=Order.ABORT, now=under_way.now
        )


def test_an_abort_is_not_asked_of_whoever_has_no_such_duty(under_way):
    outsider = under_way[Duty.PUB]
    with pytest.raises(Refused):
        actions.abort(
            outsider, passage=under_way.ref, case_ref=under_way.journey.ref, now=under_way.now
        )
    assert under_way.journey.case().state == "MOVING"


@pytest.mark.parametrize("broken", ["journal", "telling"])
def test_an_abort_takes_effect_whatever_cannot_be_written(under_way, monkeypatch, broken):
    def full(*_a, **_k):
        raise OSError("no space left")

    target = (audit, "record") if broken == "journal" else (notices, "emit")
    monkeypatch.setattr(*target, full)
    actions.abort(
        under_way[Duty.OP], passage=under_way.ref, case_ref=under_way.journey.ref,
        now=under_way.now,
    )  # fmt: skip
    monkeypatch.undo()
    state = cases.state_of(under_way.me, Purpose.READ, ref=under_way.journey.ref)
    assert state == "ABORTED"
    actions.tell_all(under_way.me, now=under_way.now)
    assert Call.objects.filter(kind="escort.abort", duty="PIL").exists()


def test_an_abort_from_the_case_page_is_told_by_the_escort_too(under_way):
    under_way.journey.goes("ABORTED")
    actions.tell_all(under_way.me, now=under_way.now)
    order = under_way.row().instructions.get(order=Order.ABORT)
    assert order.called_at == under_way.now


# ---- no-fire areas ----


def test_validity_is_renewed_through_abort_and_missing_until_a_named_person_ends_it(under_way):
    area = under_way.row().areas.get()
    under_way.journey.goes("ABORTED")
    for _hour in range(3):
        under_way.journey.wait(minutes=50)
        actions.renew_areas(under_way.me, now=under_way.now, limits=LIMITS)
        area.refresh_from_db()
        assert area.valid_until > under_way.now
    with pytest.raises(Refused, match="still out there"):
        actions.end_area(under_way[Duty.FCO], area=area.ref, reason=" ", now=under_way.now)
    actions.end_area(under_way[Duty.FCO], area=area.ref, reason="he is home", now=under_way.now)
    area.refresh_from_db()
    assert area.ended_by == under_way[Duty.FCO].ref
    assert actions.renew_areas(under_way.me, now=under_way.now, limits=LIMITS) == 0
    assert "no_fire_ended" in evidence(under_way.journey)


def test_the_database_lets_no_clock_and_no_software_end_an_area(under_way):
    for nobody in ("", "SYS:escort"):
        with pytest.raises(IntegrityError), transaction.atomic():
            NoFireArea.objects.update(ended_at=under_way.now, ended_by=nobody)


def test_a_lapse_is_an_alarm_to_fires_and_no_end(under_way):
    under_way.journey.wait(hours=3)
    actions.renew_areas(under_way.me, now=under_way.now, limits=LIMITS)
    assert {"NO_FIRE_LAPSED", "NO_FIRE_ACK"} <= under_way.open_alerts()
    area = under_way.row().areas.get()
    assert area.ended_at is None
    assert area.valid_until > under_way.now
    actions.acknowledge_area(under_way[Duty.FCO], area=area.ref, now=under_way.now)
    assert "NO_FIRE_ACK" not in under_way.open_alerts()


def test_what_leaves_for_the_maps_is_a_shape_a_time_and_a_random_reference(under_way, tmp_path):
    area = under_way.row().areas.get()
    private, public = sealing.new_box_keys()
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    certificates.enrol(tmp_path, "tak", box_public=public)

    def publish(round_):
        return actions.publish_area(
            under_way.me, area=area.ref, keys=under_way.keys(), data=tmp_path, round_=round_,
            now=under_way.now,
        )  # fmt: skip

    assert publish(1)
    assert not publish(1)
    assert queries.areas_to_tell(1) == {}
    assert publish(2)
    actions.end_area(under_way[Duty.FCO], area=area.ref, reason="over", now=under_way.now)
    assert set(queries.areas_to_tell(2)) == {area.ref}
    assert publish(2)
    assert queries.areas_to_tell(3) == {}
    opener = Opener(private, direction="out")
    told = [
        Marker.from_bytes(opener.open(sealed))
        for item in core_end.outgoing(tmp_path, "tak").take()
        for sealed in read(item.body).each()
    ]
    assert [marker.ended for marker in told] == [False, False, True]
    assert {marker.marker for marker in told} == {area.marker}
    assert set(told[0].__slots__) == {
        "marker", "shape", "ring_e7", "radius_m", "valid_from", "valid_until", "ended", "says", "to",
    }  # fmt: skip


# ---- what is seen ----


def test_the_mutual_sign_makes_a_sighting_and_half_of_it_does_not(under_way):
    def sighted(**seen):
        actions.sighted(
            under_way[Duty.PIL], ref=under_way.ref, heads=1, profile=PROFILE, now=under_way.now,
            **seen,
        )  # fmt: skip

    with pytest.raises(Refused, match="raised hands"):
        sighted(signs=True, mutual=False)
    assert under_way.journey.case().state == "MOVING"
    sighted(signs=True, mutual=True)
    assert under_way.journey.case().state == "SIGHTED"
    assert {"signs_match", "both_acknowledged"} <= evidence(under_way.journey)


def test_an_extra_person_is_an_alert_to_the_receiving_lead_and_a_recount_clears_it(under_way):
    lead = under_way[Duty.RCV]
    actions.count_heads(lead, ref=under_way.ref, gate="sight", heads=2, now=under_way.now)
    alert = under_way.row().alerts.get(key="HEADS")
    assert (alert.owner, alert.measured, alert.limit, alert.grave) == ("RCV", 2, 1, True)
    assert under_way.journey.case().state == "MOVING"
    actions.count_heads(lead, ref=under_way.ref, gate="sight", heads=1, now=under_way.now)
    assert "HEADS" not in under_way.open_alerts()
    assert HeadCount.objects.count() == 2


def test_the_pilots_mark_is_news_of_him_where_the_drone_is(under_way):
    pilot = under_way[Duty.PIL]
    with pytest.raises(Refused, match="no place yet"):
        actions.mark(pilot, ref=under_way.ref, now=under_way.now)
    under_way.hears(under_way.fix(under_way.on_way(200), "aircraft:1"))
    under_way.journey.wait(minutes=15)
    actions.mark(pilot, ref=under_way.ref, now=under_way.now)
    assert under_way.row().news_at == under_way.now
    last = queries.last_fix(under_way.row(), "vehicle", keys=under_way.keys())
    assert last.source == "pilot"


def test_a_stranger_to_the_case_finds_nothing(under_way):
    stranger = under_way.journey._hire(Duty.PIL)
    with pytest.raises(Absent):
        queries.escort_for(stranger, Purpose.READ, ref=under_way.ref)
    with pytest.raises(Absent):
        actions.hold(stranger, ref=under_way.ref, profile=PROFILE, now=under_way.now)
    area = under_way.row().areas.get()
    with pytest.raises(Absent):
        queries.area_for(under_way.journey._hire(Duty.FCO), Purpose.READ, ref=area.ref)


def test_contact_ends_the_watch_and_leaves_the_area_to_people(under_way):
    under_way.silence(20)
    under_way.journey.goes("CONTACT")
    assert actions.begin_and_end(under_way.me, now=under_way.now) == []
    assert under_way.open_alerts() == set()
    assert under_way.row().areas.get().ended_at is None


def test_every_act_stands_in_the_journal(under_way):
    verbs = set(Entry.objects.values_list("verb", flat=True))
    assert {
        "no_fire.requested",
        "no_fire.acknowledged",
        "escort.on_station",
        "escort.began",
    } <= verbs
    under_way.journey.wait(seconds=1)
    assert under_way.now - under_way.row().began_at == timedelta(seconds=1)
