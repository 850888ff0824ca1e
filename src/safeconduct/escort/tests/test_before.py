"""Before he sets out: the area is asked for and acknowledged while the plan is still a draft."""

import pytest
from lxml import html

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.escort import actions, queries
from safeconduct.escort.models import Signature
from safeconduct.escort.tests.conftest import LIMITS, Overwatch, evidence
from safeconduct.escort.tests.test_preflight import forms, stations
from safeconduct.geo import Point, inside
from safeconduct.passage import actions as passage
from safeconduct.refusal import Refused


@pytest.fixture
def overwatch(journey):
    return Overwatch(journey)


def test_without_a_plan_there_is_nothing_to_protect(overwatch):
    overwatch.journey.drafts()
    with pytest.raises(Refused, match="no living plan"):
        actions.request_area(
            overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
        )


def test_the_area_lies_round_both_ways_and_its_shape_is_sealed(overwatch):
    overwatch.journey.drafts()
    overwatch.journey.proposes()
    area = actions.request_area(
        overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
    )
    again = actions.request_area(
        overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS
    )
    assert again.ref == area.ref
    keys = overwatch.keys()
    ring = [Point(lat / 1e7, lon / 1e7) for lat, lon in queries.ring_in(area, keys)]
    for way in overwatch.journey.content()["ways"].values():
        assert all(inside(Point(lat / 1e7, lon / 1e7), ring) for lat, lon in way["line_e7"])
    assert area.marker not in {area.ref, overwatch.ref, overwatch.journey.ref}


def test_nobody_says_by_a_form_that_fires_acknowledged_and_with_an_area_they_do(
    overwatch, client_of
):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.drafts()
    plan, browser = journey.proposes(), client_of(fires)
    for kind in ("no_fire_ack", "no_fire_again"):
        with pytest.raises(Refused, match="not recorded on this page"):
            passage.record(fires, ref=plan.ref, kind=kind, now=overwatch.now)
        by_hand = browser.post(f"/cases/{journey.ref}/record/", {"kind": kind})
        assert 'data-refusal="case.no_area"' in by_hand.content.decode()
    assert not evidence(journey) & {"no_fire_ack", "no_fire_again"}
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" in evidence(journey)


def test_an_area_that_has_ended_is_acknowledged_by_nobody(overwatch):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.drafts()
    journey.proposes()
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.end_area(fires, area=area.ref, reason="", now=overwatch.now)
    with pytest.raises(Refused, match="has ended"):
        actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" not in evidence(journey)


def test_an_acknowledgement_is_evidence_before_the_plan_and_again_before_go(overwatch):
    overwatch.journey.drafts()
    overwatch.journey.proposes()
    fires = overwatch[Duty.FCO]
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_ack" in evidence(overwatch.journey)
    overwatch.journey.prepares()
    overwatch.journey.approves(Duty.DPC)
    overwatch.journey.approves(Duty.LEG)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    assert "no_fire_again" in evidence(overwatch.journey)


@pytest.mark.parametrize(
    ("kind", "duty"),
    [
        ("drone_on_station", Duty.PIL),
        ("unit_on_station", Duty.RCV),
        ("no_fire_ended", Duty.FCO),
        ("no_fire_ended", Duty.DPC),
    ],
)
def test_no_form_of_the_passage_or_the_case_says_what_the_escort_knows_better(
    overwatch, client_of, kind, duty
):
    journey, officer = overwatch.journey, overwatch[duty]
    journey.drafts()
    plan, browser = journey.proposes(), client_of(officer)
    with pytest.raises(Refused, match="not recorded on this page"):
        passage.record(officer, ref=plan.ref, kind=kind, now=overwatch.now)
    by_hand = browser.post(f"/cases/{journey.ref}/record/", {"kind": kind})
    assert 'data-refusal="case.by_escort"' in by_hand.content.decode()
    for page in (f"/cases/{journey.ref}/", f"/passage/{overwatch.ref}/"):
        assert f'value="{kind}"' not in browser.get(page).content.decode()
    assert kind not in evidence(journey)


def test_drone_and_unit_are_on_station_by_their_own_acts_on_the_escorts_page(overwatch, client_of):
    journey = overwatch.journey
    journey.to_agreed()
    overwatch.looked_at("aircraft:1")
    drone = client_of(overwatch[Duty.PIL]).post(
        f"/escort/{overwatch.ref}/station", {"aircraft": "aircraft:1"}
    )
    unit = client_of(overwatch[Duty.RCV]).post(f"/escort/{overwatch.ref}/unit-station")
    assert (drone.status_code, unit.status_code) == (303, 303)
    assert evidence(journey) >= {"drone_on_station", "unit_on_station"}


def test_an_area_that_somebody_ended_early_is_not_owed_again_when_he_turns_back(overwatch):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.drafts()
    journey.proposes()
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    journey.prepares()
    journey.approves(Duty.DPC)
    journey.approves(Duty.LEG)
    journey.wait(minutes=1)
    actions.end_area(fires, area=area.ref, reason="", now=overwatch.now)
    journey.goes("ABORTED")
    assert "no_fire_kept" not in journey.open_debts()


def test_an_area_that_stands_is_owed_its_end_when_he_turns_back(overwatch):
    journey, fires = overwatch.journey, overwatch[Duty.FCO]
    journey.to_agreed()
    area = actions.request_area(fires, ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    actions.acknowledge_area(fires, area=area.ref, now=overwatch.now)
    journey.goes("ABORTED")
    assert "no_fire_kept" in journey.open_debts()
    actions.end_area(fires, area=area.ref, reason="he is home", now=overwatch.now)
    assert "no_fire_kept" not in journey.open_debts()


def presses(client, tree, act, subject="aircraft:1"):
    [form, *_more] = forms(tree, act, subject)
    answer = client.post(form.get("action"), dict(form.form_values()))
    assert answer.status_code == 303


def all_say_go(journey):
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.goes_ahead(duty)


def test_one_that_was_never_read_is_on_station_only_when_somebody_signed_for_all_of_it(
    overwatch, client_of
):
    overwatch.journey.to_agreed()
    browser = client_of(overwatch[Duty.PIL])

    def shown():
        answer = browser.get(f"/escort/{overwatch.ref}/preflight")
        return html.fromstring(answer.content.decode())

    for signed in range(2):
        with pytest.raises(Refused, match="never read" if not signed else "not checked"):
            stations(overwatch, "aircraft:1")
        presses(browser, shown(), "preflight_sign")
    assert not forms(shown(), "preflight_sign", "aircraft:1")
    assert forms(shown(), "preflight_sign", "aircraft:2")  # of another one he has said nothing
    stations(overwatch, "aircraft:1")
    assert overwatch.row().aircraft == "aircraft:1"
    overwatch.journey.wait(minutes=14 * 60)
    with pytest.raises(Refused, match="never read"):  # of half a day ago
        stations(overwatch, "aircraft:1")
    told = {"ref": overwatch.ref, "subject": "aircraft:1", "now": overwatch.now}
    actions.sign_preflight(overwatch[Duty.PIL], key="unread", **told)
    assert Signature.objects.filter(reading__subject="aircraft:1").count() == 1


def test_what_was_signed_for_is_taken_back_by_one_act_and_the_drone_is_on_station_no_more(
    overwatch, client_of
):
    journey = overwatch.journey
    journey.to_agreed()
    overwatch.looked_at("aircraft:1")
    journey.wait(minutes=50)
    actions.request_area(overwatch[Duty.FCO], ref=overwatch.ref, now=overwatch.now, limits=LIMITS)
    area = overwatch.row().areas.get().ref
    actions.acknowledge_area(overwatch[Duty.FCO], area=area, now=overwatch.now)
    stations(overwatch, "aircraft:1")
    actions.unit_on_station(overwatch[Duty.RCV], ref=overwatch.ref, now=overwatch.now)
    journey.wait(seconds=5)
    before = Entry.objects.count()
    sign = {"ref": overwatch.ref, "subject": "aircraft:1", "now": overwatch.now}
    actions.withdraw_preflight(overwatch[Duty.DPC], key="hook", **sign)
    assert [each.verb for each in Entry.objects.filter(seq__gte=before)][:1] == [
        "escort.preflight_withdrawn"
    ]
    assert overwatch.row().aircraft == ""
    assert Call.objects.filter(kind="escort.preflight_withdrawn", duty=Duty.DPC).exists()
    journey.wait(seconds=5)
    for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
        journey.reads_back(duty)
    with pytest.raises(Refused, match="drone on station"):
        all_say_go(journey)
    browser, page = client_of(overwatch[Duty.DPC]), f"/escort/{overwatch.ref}/preflight"
    presses(browser, html.fromstring(browser.get(page).content.decode()), "preflight_unsign")
    assert not Signature.objects.filter(reading__subject="aircraft:1").exists()
    with pytest.raises(Refused, match="Nobody has signed"):
        actions.withdraw_preflight(overwatch[Duty.PIL], key="GRIP_ENABLE", **sign)
