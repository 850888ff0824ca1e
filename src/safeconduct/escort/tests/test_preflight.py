"""Before a flight: what was read, what a person signs for, and an aircraft that can let something fall."""

from datetime import timedelta

import pytest
from lxml import html

from safeconduct.access.models import Call
from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.envelope import AircraftRead
from safeconduct.escort import actions, worker
from safeconduct.escort.models import Reading, Signature
from safeconduct.refusal import Refused
from safeconduct.spool.lanes import Arrived

PLAIN = {
    **{f"SERVO{n}_FUNCTION": "33" for n in range(1, 17)}, "SERVO_32_ENABLE": "0",
    "GRIP_ENABLE": "0", "SPRAY_ENABLE": "0", "WINCH_TYPE": "0", "CHUTE_ENABLED": "0",
    **{f"RELAY{n}_FUNCTION": "0" for n in range(1, 7)}, "FS_GCS_ENABLE": "1", "BATT_FS_LOW_ACT": "2",
    "FENCE_ENABLE": "1", "FENCE_TYPE": "4", "FENCE_ACTION": "1", "WPNAV_SPEED": "1500",
    "MAV_GCS_SYSID": "255",
}  # fmt: skip


@pytest.fixture
def read(under_way):
    """Return `read(**other)`: the station has read the aircraft, and it came to the worker."""

    def arrived(minutes=0, subject="aircraft:2", **other):
        values = {name: value for name, value in (PLAIN | other).items() if value is not None}
        at = under_way.now + timedelta(minutes=minutes)
        told = AircraftRead(
            "mavlink", 1, subject, at, list(values), list(values.values()), 80, 245, home=True
        )
        worker.take_in([Arrived(0, "mavlink", "read", told.to_bytes())])

    return arrived


@pytest.fixture
def page(under_way, client_of):
    def shown(duty):
        answer = client_of(under_way[duty]).get(f"/escort/{under_way.ref}/preflight")
        assert answer.status_code == 200
        return html.fromstring(answer.content.decode())

    return shown


def of(subject):
    return Signature.objects.filter(reading__subject=subject).count()


def states(tree, subject="aircraft:2"):
    found = tree.xpath(f"//*[@data-ref='{subject}']//*[@data-kind='escort.finding']")
    return {each.get("data-ref"): each.get("data-state") for each in found}


def forms(tree, act, subject):
    return tree.xpath(f"//*[@data-ref='{subject}']//form[@data-act='escort.{act}']")


def stations(under_way, subject="aircraft:2"):
    actions.on_station(under_way[Duty.PIL], ref=under_way.ref, aircraft=subject, now=under_way.now)


def test_who_has_looked_signs_for_what_no_parameter_shows_and_then_it_may_be_on_station(
    read, page, under_way, client_of
):
    read(SERVO7_FUNCTION=None)
    shown = states(page(Duty.PIL))
    assert {key for key, state in shown.items() if state == "OPEN"} == {"SERVO7_FUNCTION", "hook"}
    with pytest.raises(Refused, match="forbids it"):
        stations(under_way)
    lines = Entry.objects.count()
    for form in forms(page(Duty.PIL), "preflight_sign", "aircraft:2"):
        answer = client_of(under_way[Duty.PIL]).post(form.get("action"), dict(form.form_values()))
        assert answer.status_code == 303
    assert Entry.objects.count() == lines + 2  # one act, one line
    assert set(states(page(Duty.PIL)).values()) == {"FINE", "SIGNED"}
    stations(under_way)
    assert under_way.row().aircraft == "aircraft:2"


def test_an_aircraft_that_can_let_something_fall_is_refused_whoever_signs(read, page, under_way):
    read(GRIP_ENABLE="1", SERVO9_FUNCTION="28")
    shown = states(page(Duty.DPC))
    assert shown["GRIP_ENABLE"] == shown["SERVO9_FUNCTION"] == "REFUSED"
    with pytest.raises(Refused, match="nobody can sign"):
        actions.sign_preflight(under_way[Duty.PIL], ref=under_way.ref, subject="aircraft:2",
                               key="GRIP_ENABLE", now=under_way.now)  # fmt: skip
    with pytest.raises(Refused, match="forbids it"):
        stations(under_way)


def test_a_new_reading_ends_what_was_signed_for_and_an_older_one_says_nothing(read, under_way):
    read()
    sign = {"ref": under_way.ref, "subject": "aircraft:2", "key": "hook", "now": under_way.now}
    actions.sign_preflight(under_way[Duty.PIL], **sign)
    read(minutes=-5, GRIP_ENABLE="1")
    assert of("aircraft:2") == 1
    read(minutes=5)
    assert of("aircraft:2") == 0
    assert Reading.objects.filter(subject="aircraft:2").count() == 1
    with pytest.raises(Refused, match="Nothing of that name"):
        actions.sign_preflight(under_way[Duty.PIL], **(sign | {"key": "SERVO99_FUNCTION"}))


def test_who_does_not_fly_sees_no_page(under_way, client_of):
    page = f"/escort/{under_way.ref}/preflight"
    assert client_of(under_way[Duty.OP]).get(page).status_code == 404


def test_under_way_no_signature_keeps_a_watch_from_him_or_ends_it(under_way):
    stations(under_way, "aircraft:2")  # relieves; nobody has read it
    assert under_way.row().aircraft == "aircraft:2"
    under_way.looked_at("aircraft:2")
    actions.withdraw_preflight(
        under_way[Duty.PIL], ref=under_way.ref, subject="aircraft:2", key="hook", now=under_way.now
    )
    assert under_way.row().aircraft == "aircraft:2"
    assert Call.objects.filter(kind="escort.preflight_withdrawn").exists()


def test_a_reading_takes_the_place_of_a_signature_for_all_of_it_however_old_it_is(read, under_way):
    under_way.looked_at("aircraft:2")
    read(minutes=-5)
    assert of("aircraft:2") == 0
    assert Reading.objects.get(subject="aircraft:2").at < under_way.now
