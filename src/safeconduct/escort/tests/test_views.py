"""The pages: what a person sees and presses, and what a stranger finds."""

import pytest
from lxml import html
from tests import forms

from safeconduct import sealing
from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.escort import actions as escort
from safeconduct.escort.models import Alert
from safeconduct.passage import queries, rules
from safeconduct.passage.actions import tell_next
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused
from safeconduct.spool import certificates
from safeconduct.ways.coordinates import decimal

OF_PLACES = {"place", "nofire"}  # drawn for the unit whatever becomes of him


@pytest.fixture
def page(under_way, client_of):
    """Return `page(duty)`: the live page as somebody with this duty sees it, parsed."""

    def shown(duty, path=""):
        answer = client_of(under_way[duty]).get(f"/escort/{under_way.ref}/{path}")
        assert answer.status_code == 200
        return html.fromstring(answer.content.decode())

    return shown


@pytest.fixture
def press(under_way, client_of):
    """Return `press(duty, act, **fields)`: find the form by its act, send all of its fields."""

    def pressed(duty, act, **given):
        browser = client_of(under_way[duty])
        tree = html.fromstring(browser.get(f"/escort/{under_way.ref}/").content.decode())
        (form, *_) = tree.xpath("//form[@data-act=$act]", act=act)
        return browser.post(form.get("action"), {**dict(form.form_values()), **given})

    return pressed


def acts(tree):
    return set(tree.xpath("//form/@data-act"))


def test_each_duty_finds_its_own_buttons(page):
    common = {"escort.hold", "escort.abort"}
    assert acts(page(Duty.PIL)) >= common | {"escort.mark", "escort.sighted", "escort.contact"}
    assert acts(page(Duty.FCO)) >= common | {"escort.no_fire_ack", "escort.no_fire_end"}
    assert acts(page(Duty.RCV)) >= common | {"escort.headcount"}
    assert "escort.abort" not in acts(page(Duty.LEG))


def test_the_first_line_is_the_state_and_the_title_tells_nothing(page, under_way):
    tree = page(Duty.DPC)
    assert tree.xpath("//*[@data-kind='escort.escort']/@data-state") == ["MOVING"]
    assert under_way.ref not in tree.findtext(".//title")
    assert tree.xpath("//*[@data-kind='escort.no_fire']/@data-state") == ["ACKNOWLEDGED"]


def test_abort_is_one_form_without_a_question(press, under_way):
    answer = press(Duty.OP, "escort.abort")
    assert answer.status_code == 303
    assert under_way.journey.case().state == "ABORTED"


def test_hold_shows_who_has_heard_it(press, page):
    assert press(Duty.PIL, "escort.hold").status_code == 303
    assert press(Duty.RCV, "escort.heard").status_code == 303
    tree = page(Duty.DPC)
    assert tree.xpath("//*[@data-kind='escort.instruction']/@data-state") == ["HOLD"]
    assert "escort.hold" not in acts(tree)
    assert "escort.order_end" in acts(tree)


def test_an_alert_bears_its_words_its_owner_and_three_answers(press, page, under_way):
    under_way.silence(35)
    tree = page(Duty.PIL)
    (card, *_) = tree.xpath("//section[@data-cause='SILENT']")
    assert card.get("data-owner") == "PIL"
    assert len(card.xpath(".//button[@name='answer']")) == 3
    alert = card.get("data-ref")
    assert press(Duty.PIL, "escort.answer", alert=alert, answer="1").status_code == 303
    assert Alert.objects.get(ref=alert).answer == 1
    (card, *_) = page(Duty.DPC).xpath("//section[@data-cause='SILENT']")
    assert card.get("data-state") == "ANSWERED"


def test_the_receiving_lead_says_that_his_unit_is_not_ready_and_that_it_is_again(press, page):
    assert press(Duty.RCV, "escort.unit_away").status_code == 303
    assert "not ready" in page(Duty.RCV).text_content()
    assert press(Duty.RCV, "escort.unit_station").status_code == 303
    assert "escort.unit_away" not in acts(page(Duty.PIL))


def test_on_the_way_fires_say_that_the_unit_is_not_ready_and_their_own_read_back_stands(
    press, page, under_way
):
    assert press(Duty.FCO, "escort.unit_away").status_code == 303
    assert under_way.drives(2) == ["UNIT"]
    assert under_way.journey.case().state == "MOVING"
    said = under_way.journey.plan().read_backs
    assert set(said.filter(void_at=None).values_list("duty", flat=True)) == set(rules.GOERS)
    assert press(Duty.RCV, "escort.unit_away").status_code == 303
    assert not said.filter(duty=Duty.RCV, void_at=None).exists()


def test_a_refusal_says_why_and_changes_nothing(press, under_way):
    answer = press(Duty.PIL, "escort.sighted", signs="1", heads="1")
    assert answer.status_code == 409
    assert b'data-refusal="escort.not_seen"' in answer.content
    assert press(Duty.PIL, "escort.sighted", heads="many").status_code == 409
    assert under_way.journey.case().state == "MOVING"


def test_the_map_gets_way_corridor_area_and_machines(under_way, client_of):
    here = under_way.on_way(300)
    under_way.hears(under_way.fix(here), under_way.fix(under_way.on_way(310)))
    under_way.hears(under_way.fix(here, "aircraft:1"))
    told = client_of(under_way[Duty.PIL]).get(f"/escort/{under_way.ref}/layer.json").json()
    kinds = [feature["properties"]["kind"] for feature in told["features"]]
    assert {"way", "place", "hold", "vehicle", "aircraft", "nofire", "track"} <= set(kinds)


def test_the_map_gives_nobody_more_of_the_plan_than_the_passages_page_does(under_way, client_of):
    under_way.hears(
        under_way.fix(under_way.on_way(300)), under_way.fix(under_way.on_way(310)),
        under_way.fix(under_way.on_way(310), "aircraft:1"),
    )  # fmt: skip

    def drawn(duty):
        told = client_of(under_way[duty]).get(f"/escort/{under_way.ref}/layer.json").json()
        return {feature["properties"]["kind"] for feature in told["features"]}

    assert drawn(Duty.RCV) == {"place", "vehicle", "aircraft", "nofire"}
    assert drawn(Duty.OP) == {"vehicle", "aircraft"}
    assert drawn(Duty.FCO) > {"place", "way", "track", "hold", "nofire"}
    journey = under_way.journey
    while not (stage := queries.stage_of(journey.plan(), journey.content())).told_all:
        tell_next(journey[Duty.OP], ref=journey.plan().ref, profile=PROFILE, now=journey.now)
    assert stage.letter
    assert drawn(Duty.OP) == {"place", "vehicle", "aircraft"}
    assert drawn(Duty.RCV) == {"place", "vehicle", "aircraft", "nofire", "way"}
    told = client_of(under_way[Duty.RCV]).get(f"/escort/{under_way.ref}/layer.json").json()
    (way,) = (each for each in told["features"] if each["properties"]["kind"] == "way")
    whole = [[lon / 1e7, lat / 1e7] for lat, lon in journey.content()["ways"]["A"]["line_e7"]]
    assert way["geometry"]["coordinates"][-1] == whole[-1]
    assert whole[0] not in way["geometry"]["coordinates"]
    escort.abort(
        under_way[Duty.PIL], passage=under_way.ref, case_ref=journey.ref, now=under_way.now
    )
    assert not {"vehicle", "way", "track"} & (drawn(Duty.RCV) | drawn(Duty.OP)), "he may go home"
    assert "vehicle" in drawn(Duty.PIL)


def test_who_searches_sees_where_he_was_last_by_a_commanders_word_and_for_an_hour(
    under_way, client_of, press, page, monkeypatch
):
    monkeypatch.setattr("safeconduct.escort.views.clock.now", lambda: under_way.now)
    where = under_way.on_way(300)
    under_way.hears(under_way.fix(under_way.on_way(200)))
    under_way.journey.wait(seconds=1)
    under_way.hears(under_way.fix(where))

    def drawn(duty):
        told = client_of(under_way[duty]).get(f"/escort/{under_way.ref}/layer.json").json()
        return [each for each in told["features"] if each["properties"]["kind"] not in OF_PLACES]

    with pytest.raises(Refused, match="not missing"):
        escort.show_last_place(under_way[Duty.DPC], ref=under_way.ref, now=under_way.now)
    assert press(Duty.DPC, "escort.missing", case=under_way.journey.ref).status_code == 303
    assert drawn(Duty.RCV) == []
    alone = client_of(under_way[Duty.RCV]).post(f"/escort/{under_way.ref}/search/place")
    assert alone.status_code == 404  # as to a stranger
    assert "escort.last_place" not in acts(page(Duty.RCV))
    assert press(Duty.DPC, "escort.last_place").status_code == 303
    (last,) = drawn(Duty.RCV)
    assert last["geometry"]["coordinates"] == pytest.approx([where.lon_deg, where.lat_deg])
    assert "until" in page(Duty.RCV).text_content()
    assert drawn(Duty.OP) == []
    assert Entry.objects.filter(verb="escort.last_place_shown", subject=under_way.ref).count() == 1
    under_way.journey.wait(minutes=60)
    assert drawn(Duty.RCV) == []
    assert press(Duty.DPC, "escort.last_place").status_code == 303
    escort.abort(
        under_way[Duty.PIL], passage=under_way.ref, case_ref=under_way.journey.ref,
        now=under_way.now,
    )  # fmt: skip
    assert drawn(Duty.RCV) == [], "he may go home"


def test_the_map_shows_how_sure_his_place_is_and_who_has_him_elsewhere(
    under_way, client_of, press, monkeypatch
):
    monkeypatch.setattr("safeconduct.escort.views.clock.now", lambda: under_way.now)
    under_way.hears(under_way.fix(under_way.on_way(300)))
    layer = f"/escort/{under_way.ref}/layer.json"

    def features(kind):
        told = client_of(under_way[Duty.PIL]).get(layer).json()["features"]
        return [each["properties"] for each in told if each["properties"]["kind"] == kind]

    (sure,) = features("vehicle")
    assert (sure["radius_m"] < 60, sure["doubt"]) == (True, False)
    far = decimal(under_way.on_way(300, 9000))
    assert press(Duty.OP, "escort.placed", place=far, source="text").status_code == 303
    (unsure,) = features("vehicle")
    assert unsure["doubt"]
    assert len(features("told")) == 1
    assert press(Duty.OP, "escort.placed", place="nowhere", source="map").status_code == 409


def test_the_list_shows_the_passages_of_ones_own_cases(under_way, client_of):
    shown = client_of(under_way[Duty.PIL]).get("/escort/")
    assert f'data-ref="{under_way.ref}"' in shown.content.decode()
    stranger = under_way.journey._hire(Duty.PIL)
    assert under_way.ref not in client_of(stranger).get("/escort/").content.decode()


@pytest.mark.parametrize("path", ["", "layer.json"])
def test_a_stranger_with_the_duty_finds_no_page(under_way, client_of, path):
    stranger = under_way.journey._hire(Duty.PIL)
    assert client_of(stranger).get(f"/escort/{under_way.ref}/{path}").status_code == 404
    answer = client_of(stranger).post(f"/escort/{under_way.ref}/hold")
    assert answer.status_code == 404


def test_an_area_is_ended_on_the_page_only_with_a_reason_while_he_is_out(press):
    assert press(Duty.FCO, "escort.no_fire_end").status_code == 409
    assert press(Duty.FCO, "escort.no_fire_end", reason="fires moved away").status_code == 303


def test_no_form_about_it_or_his_conversation_breaks_or_changes_anything_that_it_refuses(
    under_way, client_of
):
    journey, ref = under_way.journey, under_way.ref
    there = dict.fromkeys(forms.UNDER_WAY, ref)
    there |= {"/cases/": journey.ref, "/conversations/": journey.conversation.ref}
    browsers = {url: client_of(under_way[duty]) for url, duty in forms.about(there)}
    wrong = forms.attack(browsers)
    assert not wrong, "\n".join(wrong)


def test_a_commander_gives_the_passage_to_a_station_and_takes_it_back(
    under_way, page, press, settings, tmp_path
):
    assert "escort.field_give" not in acts(page(Duty.DPC))  # none is enrolled
    settings.DATA = tmp_path
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    certificates.enrol(tmp_path, "station1", box_public=sealing.new_box_keys()[1])
    lines = '[[gateway]]\nname = "station1"\naddress = "127.0.0.1:7310"\ninto = "in-station"\n'
    (tmp_path / "gateways.toml").write_text(lines)
    assert "escort.field_give" not in acts(page(Duty.PIL))
    assert press(Duty.DPC, "escort.field_give").status_code == 303
    (shown,) = page(Duty.PIL).xpath("//section[@data-kind='escort.station']")
    assert shown.get("data-state") == "GIVEN"
    assert press(Duty.DPC, "escort.field_back").status_code == 303
    assert not page(Duty.DPC).xpath("//section[@data-kind='escort.station']")


def test_one_press_by_lead_or_commander_says_that_the_unit_was_relieved(press, page, under_way):
    assert press(Duty.DPC, "escort.unit_relieved").status_code == 303
    shown = page(Duty.RCV)
    assert "not ready" in shown.text_content()
    assert "UNIT" in under_way.drives(2)
    assert under_way.journey.case().state == "MOVING"
    assert "escort.unit_relieved" not in acts(page(Duty.PIL))
