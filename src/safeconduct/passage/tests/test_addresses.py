"""No place stands in an address: a proxy writes addresses down, and a browser keeps them in its history."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from safeconduct.access.rules import Duty
from safeconduct.passage import urls
from safeconduct.passage.models import Passage
from safeconduct.ways.coordinates import every_form
from safeconduct.ways.roads import E7

ROOM = Path(__file__).parents[1]
SAID = {"case", "anew", "change"}  # what an address of ours may ask for: refs, and a mark
OPAQUE = re.compile(r"[a-z0-9_]*|tiles/[0-9a-f]{12}\.pmtiles|[a-z-]+\.json")
PLACE = re.compile(r"\d[.,]\d|\d{1,3}°|(?<![0-9a-z])\d{1,2}[C-X][A-Z]{2}\d{4,}|\w{4,8}\+\w{2}")
# Whatever a browser may follow, fetch or send to.
LEADS = re.compile(r"""\s(?:href|src|action|formaction|hx-\w+|data-[\w-]+)="([/?][^"]*)\"""")


def addresses_on(page):
    """Return where a page leads; the live stream's cursor is sealed, and not of this room."""
    return {unescape(each) for each in LEADS.findall(page) if not each.startswith("/live?")}


def tells_a_place(address):
    told = urlsplit(unquote(address))
    asked = parse_qsl(told.query, keep_blank_values=True)
    wrong = [name for name, value in asked if name not in SAID or not OPAQUE.fullmatch(value)]
    return bool(wrong or PLACE.search(re.sub(r"\s", "", f"{told.path}?{told.query}")))


def test_a_place_in_an_address_is_seen_in_any_form_and_a_ref_is_none(country):
    point = country.of_kind("village")[3].point
    for written in every_form(point).values():
        assert tells_a_place(f"/passage/?case={written}"), written
        assert tells_a_place(f"/passage/{written}/"), written
    assert tells_a_place("/passage/find/?find=Nova")
    assert tells_a_place("/passage/roads.json?window=43,33,44,34")
    assert not tells_a_place("/passage/abcd2345efgh/?change=wvp3wcyu4kpy#dangers")
    assert not tells_a_place("/passage/tiles/6dd165954336.pmtiles")


def test_no_address_of_the_room_has_a_part_for_a_place_and_no_view_reads_one():
    for each in urls.urlpatterns:
        assert set(each.pattern.converters) <= {"ref", "version"}, each.pattern
    read = {
        name
        for view in ("views.py", "begin_views.py")
        for name in re.findall(r'GET(?:\.get\(|\[)"(\w+)"', (ROOM / view).read_text())
    }
    assert read == SAID
    assert not re.search(r"GET(?!\.get\(\"|\[\")[.\[]", (ROOM / "views.py").read_text())


def placed(journey):
    """Return where he and the unit start, as a planner types it."""
    asked = journey.request()
    pairs = ((asked.his_lat_e7, asked.his_lon_e7), (asked.team_lat_e7, asked.team_lon_e7))
    return [f"{lat / E7}, {lon / E7}" for lat, lon in pairs]


def walked(journey, client_of):
    """Walk a passage's pages from its beginning to GO; yield every page and answer."""
    planner = client_of(journey[Duty.PLN])
    start, team = placed(journey)
    village = journey.country.of_kind("village")[3].name
    yield planner.get(f"/passage/?case={journey.ref}")
    found = {"case": journey.ref, "find": village, "fill": f"start|{start}"}
    yield planner.post("/passage/find/", found)
    begun = {
        "case": journey.ref, "start": start, "team": team, "heads": "1", "vehicle": "car",
        "language": "ru", "his_limit": "60", "team_limit": "60",
    }  # fmt: skip
    yield planner.post("/passage/draft/", begun)
    journey.passage = Passage.objects.get(case_ref=journey.ref)
    own = f"/passage/{journey.passage.ref}/"
    yield planner.post(
        f"{own}danger/", {"kind": "hunters", "place": start, "radius": "300", "age": "9"}
    )
    yield planner.get(own)
    yield planner.post(f"{own}find/", {"find": village, "fill": f"place|{start}"})
    yield planner.post("/passage/roads.json", {"window": "43.4,33.8,43.65,34.2"})
    yield planner.post("/passage/where.json", {"text": start})
    journey.proposes()
    yield planner.get(f"{own}?anew=1")
    journey.prepares()
    for duty in (Duty.DPC, Duty.LEG):
        yield client_of(journey[duty]).get(own)
        journey.approves(duty)
    journey.offers()
    yield client_of(journey[Duty.OP]).get(own)
    journey.agrees()
    for duty in (Duty.PLN, Duty.OP, Duty.RCV, Duty.PIL):
        yield client_of(journey[duty]).get(own)
        yield client_of(journey[duty]).get("/passage/")


def test_no_place_stands_in_an_address(journey, client_of):
    seen = set()
    for answer in walked(journey, client_of):
        assert answer.status_code in {200, 303}, answer.content.decode()[:2000]
        page = answer.content.decode()
        seen |= addresses_on(page) | {answer.headers.get("Location", "")}
        forms = re.findall(r"<form[^>]*>", page)
        assert not [form for form in forms if not re.search(r'method="(post|dialog)"', form)]
    assert len(seen) > 30
    assert {f"/passage/{journey.passage.ref}/layer.json", "/passage/roads.json"} & seen
    assert [address for address in sorted(seen) if tells_a_place(address)] == []
