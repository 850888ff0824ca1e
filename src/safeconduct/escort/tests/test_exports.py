"""The record of an escort leaves by two people, sealed to one recipient; alone nobody gets it out."""

import io
import json
import zipfile
from base64 import b64encode
from datetime import timedelta

import pytest
from lxml import etree, html

from safeconduct import clock, sealing
from safeconduct.access.rules import Absent, Duty
from safeconduct.audit.models import Entry
from safeconduct.envelope import FlightLog
from safeconduct.escort import actions, exports, record
from safeconduct.escort.actions.seeing import Report
from safeconduct.escort.models import Export
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused

PRIVATE, PUBLIC = sealing.new_box_keys()
LINE = b64encode(PUBLIC).decode()
NAME = "Expert 4, of the inquiry"


@pytest.fixture
def over(under_way):
    """Return an escort that is over: he drove, somebody came near, he was held, and he arrived."""
    under_way.drives(30)
    near = Report(direction_deg=180, distance_m=4321, heading_deg=0, speed_m_s=22)
    actions.report_contact(under_way[Duty.PIL], ref=under_way.ref, report=near, now=under_way.now)
    actions.hold(under_way[Duty.DPC], ref=under_way.ref, profile=PROFILE, now=under_way.now)
    piece = FlightLog("mavlink", 1, "aircraft:1", under_way.now, under_way.now, b"\xfd flown")
    actions.record_flight(under_way.row(), [piece], keys=under_way.watched.keys)
    row = under_way.row()
    row.ended_at = under_way.now + timedelta(seconds=1)
    row.save(update_fields=["ended_at"])
    return under_way


FILM = "5e" * 32


def films(over, *, duty=Duty.PIL, recorder="recorder 7, card 14, safe 3", sha256=FILM, after_s=2):
    return actions.note_film(
        over[duty], ref=over.ref, recorder=recorder, sha256=sha256, after_s=after_s, now=over.now
    )


def asks(over, *, duty=Duty.DPC, recipient=NAME, key=LINE):
    return actions.ask_for_export(
        over[duty], ref=over.ref, recipient=recipient, key=key, now=over.now
    )


def grants(over, export, *, duty=Duty.SUP):
    officer = over[duty]
    proof = over.journey._touch(officer, exports.act(export, duty))
    return actions.grant_export(
        officer, ref=over.ref, export=export.ref, duty=duty, proof=proof, now=over.now
    )


def fetches(over, export, *, duty=Duty.DPC):
    return actions.fetch_export(over[duty], ref=over.ref, export=export.ref, now=over.now)


def opened(sealed, *, key=PRIVATE):
    ref, _, box = sealed.partition(b"\n")
    packed = sealing.hpke_open(key, box, info=record.BOUND.encode() + ref)
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def test_one_asks_another_grants_and_only_the_recipient_opens_it(over):
    lines = Entry.objects.count()
    export = asks(over)
    with pytest.raises(Refused, match="has not granted"):
        fetches(over, export)
    grants(over, export)
    sealed = fetches(over, export)
    verbs = Entry.objects.order_by("seq").values_list("verb", flat=True)[lines:]
    assert [verb for verb in verbs if "export" in verb] == [
        "escort.export_asked", "escort.export.approved", "escort.export_granted", "escort.export_fetched",
    ]  # fmt: skip
    files = opened(sealed)
    assert set(files) == {"track.kml", "track.geojson", "said.json", "aircraft-1.tlog"}
    assert files["aircraft-1.tlog"] == b"\xfd flown"
    track = json.loads(files["track.geojson"])["features"]
    assert {each["properties"]["subject"] for each in track} == {"vehicle", "aircraft:1"}
    assert len(track[0]["geometry"]["coordinates"]) == len(track[0]["properties"]["times"]) == 30
    marks = etree.fromstring(files["track.kml"]).findall(".//{*}Placemark")
    assert [len(mark.findall(".//{*}when")) for mark in marks] == [30, 30]
    assert ["HOLD", 30, None] in json.loads(files["said.json"])["said"]
    with pytest.raises(sealing.Tampered):
        opened(sealed, key=sealing.new_box_keys()[0])


def test_with_a_yes_or_a_key_that_was_written_into_the_table_nothing_leaves(over):
    forged, changed = asks(over), asks(over)
    forged.granted_at, forged.granted_by = over.now, over[Duty.SUP].ref
    forged.save(update_fields=["granted_at", "granted_by"])
    with pytest.raises(Refused, match="has not granted"):
        fetches(over, forged)
    grants(over, changed)
    Export.objects.filter(ref=changed.ref).update(key=sealing.new_box_keys()[1])
    with pytest.raises(Refused, match="has not granted"):
        fetches(over, changed)


def test_whoever_asked_grants_nothing_and_whoever_granted_fetches_nothing(over):
    export = asks(over, duty=Duty.LEG)
    with pytest.raises(Refused):
        grants(over, export, duty=Duty.LEG)
    assert Export.objects.get().granted_at is None
    grants(over, export)
    with pytest.raises(Refused, match="asked for by another"):
        fetches(over, export)  # the commander did not ask
    assert fetches(over, export, duty=Duty.LEG)


def test_nothing_leaves_of_an_escort_under_way_to_nobody_or_by_what_is_no_key(over):
    for wrong in ({"recipient": "  "}, {"recipient": "a" * 121}, {"key": ""}, {"key": LINE[:-8]}):
        with pytest.raises(Refused):
            asks(over, **wrong)
    row = over.row()
    row.ended_at = None
    row.save(update_fields=["ended_at"])
    with pytest.raises(Refused, match="nothing of it leaves"):
        asks(over)
    assert not Export.objects.exists()


def test_no_contact_no_area_and_no_name_is_in_it(over):
    export = asks(over)
    grants(over, export)
    said = b"".join(opened(fetches(over, export)).values())
    for word in (over.ref, over.row().case_ref, "pilot", NAME, "contact"):
        assert word.encode() not in said


def test_who_is_not_let_in_or_may_not_know_his_way_finds_nothing_there(over):
    with pytest.raises(Refused):
        asks(over, duty=Duty.RCV)
    with pytest.raises(Absent):
        exports.export_for(over[Duty.DPC], "READ", ref=over.ref, export="nothing")


def test_the_page_shows_for_whom_and_offers_each_what_is_his(over, client_of):
    def page(duty):
        answer = client_of(over[duty]).get(f"/escort/{over.ref}/record")
        return answer.status_code, html.fromstring(answer.content.decode())

    def acts(tree):
        return {each for each in tree.xpath("//form/@data-act") if each.startswith("escort.export")}

    address = f"/escort/{over.ref}/record"
    asked = client_of(over[Duty.DPC]).post(f"{address}/ask", {"recipient": NAME, "key": LINE})
    assert asked.status_code == 303
    status, shown = page(Duty.DPC)
    assert status == 200
    assert NAME in shown.text_content()
    assert acts(shown) == {"escort.export_ask"}
    assert acts(page(Duty.SUP)[1]) == {"escort.export_grant"}
    export = Export.objects.get()
    grants(over, export)
    assert "escort.export_fetch" in acts(page(Duty.DPC)[1])
    given = client_of(over[Duty.DPC]).post(f"{address}/fetch", {"export": export.ref})
    assert set(opened(given.content)) >= {"track.kml", "track.geojson"}
    assert client_of(over[Duty.RCV]).get(address).status_code == 404


def test_film_is_noted_with_its_hash_stands_in_replay_and_log_and_leaves_in_no_export(
    over, client_of
):
    noted = films(over)
    assert noted.begins_at == over.row().began_at + timedelta(seconds=2)
    line = Entry.objects.filter(verb="escort.film_noted").get()
    assert (line.subject, len(bytes(line.digest))) == (noted.ref, 32)
    assert FILM.encode() not in bytes(line.digest) + bytes(noted.reference)
    page = client_of(over[Duty.LEG]).get(f"/escort/{over.ref}/replay").content.decode()
    [shown] = html.fromstring(page).xpath("//*[@data-kind='escort.film']")
    assert shown.xpath("code")[0].text == FILM
    assert "card 14" in shown.text_content()
    export = asks(over)
    grants(over, export)
    for content in opened(fetches(over, export)).values():
        for secret in (FILM, "recorder 7", "card 14", noted.ref):
            assert secret.encode() not in content


def test_a_film_that_is_nowhere_has_no_hash_is_known_or_to_come_is_not_noted(over, client_of):
    with pytest.raises(Refused, match="recorder"):
        films(over, recorder=" ")
    with pytest.raises(Refused, match="SHA-256"):
        films(over, sha256="5e" * 31 + "zz")
    with pytest.raises(Refused, match="has begun"):
        films(over, after_s=3600)
    films(over, sha256=f" {FILM[:32].upper()} {FILM[32:]}", after_s=-60)
    with pytest.raises(Refused, match="already"):
        films(over, duty=Duty.DPC, recorder="another")
    with pytest.raises(Refused):
        films(over, duty=Duty.LEG, sha256="6f" * 32)
    with pytest.raises(Absent):
        actions.note_film(
            over.journey._hire(Duty.PIL), ref=over.ref, recorder="r", sha256="6f" * 32, after_s=1, now=over.now
        )  # fmt: skip
    page = html.fromstring(
        client_of(over[Duty.LEG]).get(f"/escort/{over.ref}/replay").content.decode()
    )
    assert not page.xpath("//form[@data-act='escort.film']")


def test_a_pilot_notes_film_on_the_replays_page(over, client_of, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: over.now)  # the clock has its own tests
    browser = client_of(over[Duty.PIL])
    page = html.fromstring(browser.get(f"/escort/{over.ref}/replay?s=5").content.decode())
    [form] = page.xpath("//form[@data-act='escort.film']")
    told = {**dict(form.form_values()), "recorder": "recorder 7", "sha256": FILM}
    assert told["s"] == "5"
    answer = browser.post(form.get("action"), told)
    assert answer["Location"] == f"/escort/{over.ref}/replay?s=5"
    assert over.row().films.count() == 1
