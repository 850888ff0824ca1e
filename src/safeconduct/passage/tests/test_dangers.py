"""Reports price every case, and are seen near one's own passage alone. Each refusal stands beside a success."""

from datetime import timedelta

import pytest

from safeconduct.access import keyring
from safeconduct.access.rules import Absent, Duty, Purpose
from safeconduct.audit.models import Entry
from safeconduct.passage import actions, dangers, queries, reports
from safeconduct.passage.models import DangerReport
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused
from safeconduct.ways.roads import E7

FAR_E7 = 2_500_000  # a quarter of a degree, some 28 km


@pytest.fixture
def planned(journey):
    journey.drafts()
    return journey


def at_his_start(journey, **other):
    request = journey.request()
    return {
        "kind": "hunters", "lat_e7": request.his_lat_e7 + 9_000, "lon_e7": request.his_lon_e7,
        "uncertainty_m": 100, "radius_m": 400, "rate_e9": 10_000,
        "seen_at": int(journey.now.timestamp()), "half_life_s": 3600, "source": "own",
        "grade": "B2", **other,
    }  # fmt: skip


def reported(journey, by=Duty.PLN, **other):
    return actions.report_danger(
        journey[by], ref=journey.passage.ref, report=at_his_start(journey, **other),
        profile=PROFILE, now=journey.now,
    )  # fmt: skip


def priced(journey):
    return journey.outlook().web.priced.dangers


def seen(journey):
    keys = queries.keys_of(journey[Duty.PLN], Purpose.READ, journey.passage)
    return dangers.near_passage(journey[Duty.PLN], keys, journey.passage, profile=PROFILE)


def test_a_report_of_the_future_and_a_report_by_others_than_planners_are_refused(planned):
    with pytest.raises(Refused, match="among your duties"):
        reported(planned, by=Duty.OP)
    with pytest.raises(Refused, match="future"):
        reported(planned, seen_at=int((planned.now + timedelta(hours=1)).timestamp()))
    with pytest.raises(Refused, match="A1 to F6"):
        reported(planned, grade="G7")
    made = reported(planned)
    assert [each.ref for each in priced(planned)] == [made.ref]
    actions.end_danger(
        planned[Duty.PLN],
        ref=planned.passage.ref,
        report=made.ref,
        profile=PROFILE,
        now=planned.now,
    )
    assert priced(planned) == ()


def test_a_report_from_far_away_prices_the_case_and_is_not_shown_on_it(planned):
    keys = dangers.keys_for(planned[Duty.PLN], Purpose.WRITE)
    far = at_his_start(planned, lat_e7=planned.request().his_lat_e7 + FAR_E7)
    box = dangers.sealed(keys, far, ref="elsewhere12345678901"[:20])
    DangerReport.objects.create(
        ref="elsewhere12345678901"[:20], content=box, made_by="PER:x", made_at=planned.now
    )
    near = reported(planned)
    assert {each.ref for each in priced(planned)} == {near.ref, "elsewhere12345678901"[:20]}
    assert [each.ref for each in seen(planned)] == [near.ref]
    for act in ("end", "move"):
        with pytest.raises(Absent):
            change(planned, act, "elsewhere12345678901"[:20])
    change(planned, "move", near.ref)
    content = planned.content(planned.proposes())
    assert [each["kind"] for each in content["dangers"]] == ["fire"]


def change(journey, act, report):
    given = {"ref": journey.passage.ref, "profile": PROFILE, "now": journey.now}
    if act == "end":
        return actions.end_danger(journey[Duty.PLN], report=report, **given)
    to = at_his_start(journey, kind="fire", rate_e9=10)
    return actions.move_danger(journey[Duty.PLN], report=report, to=to, **given)


def test_a_place_mistyped_far_from_the_passage_is_refused_as_nobody_there_would_see_it(planned):
    with pytest.raises(Refused, match="far from this passage"):
        reported(planned, lat_e7=planned.request().his_lat_e7 + FAR_E7)
    assert not DangerReport.objects.exists()


def test_a_report_is_corrected_by_another_that_takes_its_place(planned):
    old = reported(planned)
    new = change(planned, "move", old.ref)
    old.refresh_from_db()
    assert (old.ended_at, old.became) == (planned.now, new)
    assert [each.kind for each in priced(planned)] == ["fire"]
    with pytest.raises(Absent):
        change(planned, "move", old.ref)


def test_two_reports_of_one_thing_are_merged_by_a_person_and_priced_once(planned):
    one, other = reported(planned, rate_e9=5_000), reported(planned, radius_m=700, grade="C3")
    mines = reported(planned, kind="mines")
    given = {"ref": planned.passage.ref, "profile": PROFILE, "now": planned.now}
    with pytest.raises(Refused, match="one kind"):
        actions.merge_dangers(planned[Duty.PLN], kept=one.ref, others=[mines.ref], **given)
    with pytest.raises(Refused, match="one kind"):
        actions.merge_dangers(planned[Duty.PLN], kept=one.ref, others=[one.ref], **given)
    actions.merge_dangers(planned[Duty.PLN], kept=one.ref, others=[other.ref], **given)
    hunters = [each for each in priced(planned) if each.kind == "hunters"]
    assert [(h.radius_m, h.rate, h.grade) for h in hunters] == [(700.0, 1e-5, "B2")]


def test_whoever_is_no_planner_opens_no_report_and_sees_what_the_plan_was_made_with(planned):
    reported(planned, rate_e9=10)
    planned.proposes()
    for duty in (Duty.DPC, Duty.LEG, Duty.FCO, Duty.OP):
        with pytest.raises(Refused, match="opened to planners"):
            dangers.to_price_with(planned[duty])
    content = planned.content()
    assert [each["kind"] for each in content["dangers"]] == ["hunters"]


def test_the_keeper_itself_opens_the_reports_to_planners_and_clocks_alone(planned):
    for who in (planned[Duty.DPC], planned[Duty.OP], planned.ingest):
        with pytest.raises(Refused):
            keyring.open_fields(who, Purpose.READ, [keyring.DANGERS], ["pos"])
    for who in (planned[Duty.PLN], planned.clocks):
        keyring.open_fields(who, Purpose.READ, [keyring.DANGERS], ["pos"])


def test_an_ended_passage_shows_no_report_and_takes_none(planned):
    reported(planned)
    assert len(seen(planned)) == 1
    planned.passage.ended_at = planned.now
    planned.passage.save(update_fields=["ended_at"])
    assert seen(planned) == []
    with pytest.raises(Refused, match="has ended"):
        reported(planned)


def test_no_row_and_no_line_of_the_journal_leads_from_a_report_to_a_case(planned):
    made = reported(planned)
    row = DangerReport.objects.values().get()
    told = {str(value) for value in row.values()}
    for ref in (planned.passage.ref, planned.ref, planned.passage.compartment):
        assert ref not in told
    line = Entry.objects.get(verb="passage.danger reported")
    assert line.subject == made.ref


def test_a_report_that_ended_long_ago_is_deleted(planned):
    made = reported(planned)
    assert not actions.forget_dangers(planned.clocks, profile=PROFILE, now=planned.now)
    change(planned, "end", made.ref)
    later = planned.now + PROFILE.limit("danger_kept")
    assert not actions.forget_dangers(planned.clocks, profile=PROFILE, now=later)
    assert actions.forget_dangers(planned.clocks, profile=PROFILE, now=later + timedelta(seconds=1))
    assert not DangerReport.objects.exists()


def test_a_curfew_bars_no_way_that_is_driven_outside_its_hours(planned):
    reported(
        planned, kind="curfew", rate_e9=10**6, radius_m=5000, zone="UTC", from_s=72_000,
        until_s=14_400,
    )  # fmt: skip
    with pytest.raises(Refused, match="above the limit"):
        planned.proposes(starts_at=planned.now.replace(hour=20, minute=30))
    plan = planned.proposes(starts_at=planned.now + timedelta(minutes=60))
    assert plan.number == 1


def test_what_a_report_says_comes_back_as_it_was_written_down(planned):
    told = at_his_start(planned, kind="curfew", from_s=79_200, until_s=18_000, zone="Europe/Kyiv")
    assert reports.plain(reports.danger_of({**told, "ref": "x"})) == told
    assert E7 == 10**7
