"""Before a flight: what was read, what a person signs for, and an aircraft that can let something fall."""

from datetime import timedelta

import pytest
from lxml import html

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


def states(tree):
    return {each.get("data-ref"): each.get("data-state")
            for each in tree.xpath("//*[@data-kind='escort.finding']")}  # fmt: skip


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
    for form in page(Duty.PIL).xpath("//form[@data-act='escort.preflight_sign']"):
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
    assert Signature.objects.count() == 1
    read(minutes=5)
    assert Signature.objects.count() == 0
    assert Reading.objects.count() == 1
    with pytest.raises(Refused, match="Nothing of that name"):
        actions.sign_preflight(under_way[Duty.PIL], **(sign | {"key": "SERVO99_FUNCTION"}))


def test_who_does_not_fly_sees_no_page_and_one_that_was_never_read_is_said_so(
    page, under_way, client_of
):
    assert "No drone was read" in page(Duty.PIL).text_content()
    assert (
        client_of(under_way[Duty.OP]).get(f"/escort/{under_way.ref}/preflight").status_code == 404
    )
