"""What a planner types: a place in any form people write, on the map there is."""

import pytest

from safeconduct.passage import forms, roads
from safeconduct.refusal import Refused
from safeconduct.ways.coordinates import every_form
from safeconduct.ways.route import snap


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
