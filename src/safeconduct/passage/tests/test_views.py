import re

import pytest

from safeconduct.access.rules import Duty
from safeconduct.passage import layers, queries, roads
from safeconduct.passage.models import Passage
from safeconduct.ways.roads import E7


@pytest.fixture
def look(client_of, journey):
    """Return `look(duty)`: the passage's page as somebody with this duty sees it."""

    def open_page(duty, *, more=""):
        answer = client_of(journey[duty]).get(f"/passage/{journey.passage.ref}/{more}")
        return answer.status_code, answer.content.decode()

    return open_page


def forms_on(html):
    return set(re.findall(r'data-act="([^"]+)"', html))


def place_of(request):
    return f"{request.his_lat_e7 / E7 + 0.004}, {request.his_lon_e7 / E7}"


def fields_of(html, act):
    form = re.findall(rf'<form[^>]*data-act="{re.escape(act)}".*?</form>', html, re.S)[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    radios = dict(re.findall(r'type="radio" name="(\w)" value="(\d+)"[^>]* checked', form))
    return {k: v for k, v in (hidden | radios).items() if k != "csrfmiddlewaretoken"}


def filled_by_its_name(browser, page, to, name):
    """Look for a village by its name, and press the button that fills the first field."""
    told = fields_of(page, "passage.find") | {"find": name}
    found = browser.post(to, told).content.decode()
    fills = re.findall(r'name="fill" value="([^"]+)"', found)
    return browser.post(to, told | {"fill": fills[0]}).content.decode()


def test_a_planner_begins_a_passage_reports_a_danger_and_puts_a_plan_up_by_forms(
    journey, client_of
):
    browser = client_of(journey[Duty.PLN])
    page = browser.get(f"/passage/?case={journey.ref}").content.decode()
    assert 'data-act="passage.draft"' in page
    village = journey.country.of_kind("village")[3].name
    filled = filled_by_its_name(browser, page, "/passage/find/", village)
    assert re.search(r'<input id="start" name="start"[^>]* value="43\.\d{5}, 33\.\d{5}"', filled)
    request = journey.request()
    begun = browser.post(
        "/passage/draft/",
        fields_of(page, "passage.draft")
        | {
            "start": f"{request.his_lat_e7 / E7}, {request.his_lon_e7 / E7}",
            "team": f"{request.team_lat_e7 / E7}, {request.team_lon_e7 / E7}",
            "language": "ru",
        },
    )
    assert begun.status_code == 303
    journey.passage = Passage.objects.get(case_ref=journey.ref)
    page = browser.get(begun.url).content.decode()
    assert {"passage.propose", "passage.danger"} <= forms_on(page)
    assert f"he starts at {request.his_lat_e7 / E7:.5f}, {request.his_lon_e7 / E7:.5f} (36T" in page
    reported = browser.post(
        f"{begun.url}danger/",
        {"kind": "hunters", "place": place_of(request), "radius": "300", "age": "20"},
    )
    assert reported.status_code == 303
    far = browser.post(f"{begun.url}danger/", {"kind": "hunters", "place": "44.9, 33.9"})
    assert far.status_code == 409
    assert "passage.far_report" in far.content.decode()
    page = browser.get(begun.url).content.decode()
    assert 'data-kind="passage.danger"' in page
    assert re.search(
        r'<p id="danger-\w+">[^<]*<span class="ref">36T WP \d{4} \d{4}</span></p>', page
    )
    told = fields_of(page, "passage.propose") | {
        "way": "within30", "starts_at": "+60", "sign": "white_cloth", "question": "собака",
        "answer": "Мухтар", "risk": "a narrow bridge",
    }  # fmt: skip
    assert browser.post(f"{begun.url}propose/", told).status_code == 303
    page = browser.get(begun.url).content.decode()
    assert 'data-state="DRAFT"' in page
    assert "a narrow bridge" in page
    assert "passage.approve" not in forms_on(page)  # the planner never approves
    refused = browser.post(f"{begun.url}propose/", told | {"starts_at": "soon"})
    assert refused.status_code == 409
    assert "passage.wrong_hour" in refused.content.decode()


def test_the_page_of_an_approver_says_what_exactly_and_bears_the_button(journey, look):
    journey.drafts()
    journey.proposes()
    status, page = look(Duty.LEG)
    assert status == 200
    assert "passage.approve" in forms_on(page)
    assert "data-challenge" in page
    content = journey.content()
    assert content["places"]["A"]["names"]["en"] in page
    assert "never calibrated" in page or "says nothing of danger" in page
    drawn = r"\b[A-Za-z0-9]{64}\b|after=[\w-]+"  # letters by chance, which may spell it
    assert "safe" not in re.sub(f"{drawn}|is-safe|safeconduct|Safe Passage", "", page).lower()
    assert 'data-kind="passage.need"' in page


def test_the_page_of_each_duty_has_its_own_acts_along_the_whole_way(journey, look):
    journey.drafts()
    journey.proposes()
    assert "passage.readback" in forms_on(look(Duty.RCV)[1])
    journey.prepares()
    journey.approves(Duty.DPC)
    journey.approves(Duty.LEG)
    assert "passage.offer" in forms_on(look(Duty.OP)[1])
    assert "passage.offer" not in forms_on(look(Duty.PLN)[1])
    journey.offers()
    assert "passage.agreed" not in forms_on(look(Duty.OP)[1])
    journey.wait(minutes=1)
    journey.says("A ромашка")
    assert "passage.agreed" in forms_on(look(Duty.OP)[1])
    journey.agrees()
    page = forms_on(look(Duty.DPC)[1])
    assert {"passage.readback", "passage.abort"} <= page
    assert "passage.go" not in page  # nobody has read back


def test_after_go_the_legs_are_told_one_by_one_and_abort_is_on_the_page(journey, look, client_of):
    plan = journey.to_moving()
    status, page = look(Duty.PIL)
    assert status == 200
    assert {"passage.hold", "passage.abort"} <= forms_on(page)
    assert page.count('data-state="told"') == 1
    browser = client_of(journey[Duty.PIL])
    url = f"/passage/{journey.passage.ref}/"
    if "passage.tell" in forms_on(page):
        assert browser.post(f"{url}tell/", {"plan": plan.ref}).status_code == 303
    assert browser.post(f"{url}hold/", {"plan": plan.ref}).status_code == 303
    assert browser.post(f"{url}abort/", {"plan": plan.ref}).status_code == 303
    assert journey.case().state == "ABORTED"
    assert 'data-state="BURNED"' in look(Duty.PIL)[1]


def test_somebody_who_was_not_let_in_sees_neither_page_nor_map(journey, officer, client_of):
    journey.drafts()
    stranger = client_of(officer(Duty.DPC, now=journey.now))
    for path in ("", "layer.json"):
        assert stranger.get(f"/passage/{journey.passage.ref}/{path}").status_code == 404
    assert journey.passage.ref not in stranger.get("/passage/").content.decode()
    member = client_of(journey[Duty.DPC])
    assert member.get(f"/passage/{journey.passage.ref}/layer.json").status_code == 200


def test_the_roads_of_a_window_say_whose_they_are_and_name_no_passage(journey, client_of):
    browser, asked = client_of(journey[Duty.PIL]), "/passage/roads.json"
    told = browser.post(asked, {"window": "43.4,33.8,43.65,34.2"}).json()
    assert told["attribution"] == "© OpenStreetMap contributors"
    assert {f["properties"]["kind"] for f in told["features"]} == {"main", "side"}
    nowhere = browser.post(asked, {"window": "10,10,10.1,10.1"}).json()
    assert nowhere["features"] == []
    assert browser.post(asked, {"window": "all"}).status_code == 409
    assert browser.get(f"{asked}?window=43.4,33.8,43.65,34.2").status_code == 405


def test_a_window_with_too_much_in_it_shows_its_widest_roads_first_and_is_never_empty(country):
    _name, held = roads.current()
    here = layers._within(held, tuple(edge for corner in layers.bounds(held) for edge in corner))

    def shown(most):
        found = layers._drawable(held, here, most=most)
        return found, {held.kinds[held.segment_kind[each]] in layers.MAIN for each in found}

    whole, kinds = shown(layers.MOST_POINTS)
    assert (len(whole), kinds) == (len(here), {True, False})
    assert shown(layers.MOST_POINTS)[0] == shown(int(held.shape_at[-1]))[0]
    main = [n for n in whole if held.kinds[held.segment_kind[n]] in layers.MAIN]
    points = sum(int(held.shape_at[n + 1] - held.shape_at[n]) for n in main)
    assert shown(points) == (main, {True})
    few, kinds = shown(points // 2)
    assert 0 < len(few) < len(main)
    assert kinds == {True}


def test_the_layer_of_a_plan_never_shows_where_the_unit_starts(journey, client_of):
    journey.drafts()
    journey.proposes()
    kinds = {
        f["properties"]["kind"]
        for f in client_of(journey[Duty.DPC])
        .get(f"/passage/{journey.passage.ref}/layer.json")
        .json()["features"]
    }
    assert {"way", "place", "start"} <= kinds
    assert "checkpoint" not in kinds
    request = journey.request()
    assert str(request.team_lat_e7) not in str(journey.content())


def test_without_a_map_the_page_says_how_to_bring_one_in(journey, client_of, data_folder):
    browser = client_of(journey[Duty.PLN])
    held = data_folder / "roads" / "district.roads"
    away = held.rename(held.with_suffix(".away"))
    try:
        page = browser.get("/passage/").content.decode()
    finally:
        away.rename(held)
    assert "safeconduct roads import" in page
    assert "safeconduct roads import" not in browser.get("/passage/").content.decode()


def test_an_approval_pressed_on_the_page_counts(journey, look, client_of, staff):
    journey.drafts()
    plan = journey.proposes()
    act = queries.act_for(plan, "passage.approve", Duty.DPC)
    proof = staff.touch(journey[Duty.DPC], act)
    told = {"plan": plan.ref, "duty": "DPC", "nonce": proof.nonce, "assertion": proof.assertion}
    browser = client_of(journey[Duty.DPC])
    done = browser.post(f"/passage/{journey.passage.ref}/approve/", told)
    assert done.status_code == 303
    assert 'data-state="ONE_OF_TWO"' in look(Duty.DPC)[1]
    without = browser.post(
        f"/passage/{journey.passage.ref}/approve/", {"plan": plan.ref, "duty": "DPC"}
    )
    assert without.status_code == 409


def test_a_danger_is_reported_at_a_place_found_by_its_name(journey, look, client_of):
    journey.drafts()
    browser, ref = client_of(journey[Duty.PLN]), journey.passage.ref
    village = journey.country.of_kind("village")[3].name
    _status, page = look(Duty.PLN)
    filled = filled_by_its_name(browser, page, f"/passage/{ref}/find/", village)
    assert re.search(r'<input id="place" name="place"[^>]* value="43\.\d{5}, 33\.\d{5}"', filled)
    assert client_of(journey[Duty.OP]).post(f"/passage/{ref}/find/").status_code == 404
