"""A planner finds a place by its name, or types it in any form; what is typed stands in no address."""

import pytest

from safeconduct.passage import finding, forms, roads
from safeconduct.refusal import Refused
from safeconduct.ways.coordinates import every_form
from safeconduct.ways.route import snap

FIELDS = {"start": "he starts here", "team": "the unit starts here"}


def test_a_place_is_typed_in_any_form_and_is_the_same_junction(country):
    point, held = country.of_kind("village")[3].point, roads.current()
    assert held is not None
    short = every_form(point)["plus"][4:]
    found = {
        snap(held[1], lat_deg=lat / 1e7, lon_deg=lon / 1e7)[0]
        for lat, lon in map(forms.place, [*every_form(point).values(), short])
    }
    assert len(found) == 1


def test_exchanged_numbers_are_asked_about_and_not_exchanged(country):
    point = country.of_kind("village")[3].point
    with pytest.raises(Refused, match="exchanged"):
        forms.place(f"{point.lon_deg:.5f}, {point.lat_deg:.5f}")


def test_a_place_is_found_by_its_name_and_a_button_fills_the_field_without_a_script(country):
    village = country.of_kind("village")[3]
    told = {"find": village.name, "team": "43.50120, 33.90210"}
    asked = {"to": "/passage/find/", "fields": FIELDS, "keep": {"case": "abc"}, "language": "en"}
    found = finding.finding(told, **asked)
    best = found.lines[0]
    assert (best.name, best.kind) == (village.name, "village")
    assert found.kept == {"case": "abc", "start": "", "team": "43.50120, 33.90210"}
    (_label, fill), _other = best.fills
    again = finding.finding({**told, "fill": fill}, **asked)
    assert again.filled == {"start": best.decimal, "team": "43.50120, 33.90210"}
    assert forms.place(again.filled["start"])
    assert finding.finding({**told, "fill": "case|x"}, **asked).filled == found.filled


def test_what_is_looked_for_may_be_a_place_by_its_numbers_and_nothing_is_found_for_nothing(country):
    asked = {"to": "/passage/find/", "fields": FIELDS, "language": "uk"}
    (line,) = finding.finding({"find": "N43.5012 E33.9021"}, **asked).lines
    assert line.decimal == "43.50120, 33.90210"
    assert finding.finding({"find": "Unbekannthausen"}, **asked).lines == []
    assert finding.finding({}, **asked).lines == []
