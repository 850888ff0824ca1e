"""What a planner typed stands in the fields again when a report is changed."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.access.rules import Duty
from safeconduct.passage import forms, reports
from safeconduct.passage.models import DangerReport
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.refusal import Refused, told, word
from safeconduct.ways.danger import CREDIBLE, CURFEW, KINDS, RELIABLE, SOURCES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TYPED = st.fixed_dictionaries({
    "kind": st.sampled_from(KINDS), "radius": st.integers(10, 5000).map(str),
    "place": st.tuples(st.integers(4_300_000, 4_400_000), st.integers(3_300_000, 3_400_000)).map(
        lambda pair: f"{pair[0] / 10**5:.5f}, {pair[1] / 10**5:.5f}"),
    "uncertainty": st.integers(0, 5000).map(str), "age": st.integers(0, 5000).map(str),
    "half_life": st.integers(1, 900).map(str), "rate": st.integers(0, 100).map(str),
    "source": st.sampled_from(SOURCES), "reliable": st.sampled_from(RELIABLE),
    "credible": st.sampled_from(CREDIBLE),
})  # fmt: skip


@given(TYPED)
def test_what_was_typed_about_a_danger_stands_in_the_fields_when_it_is_changed(typed):
    if typed["kind"] == CURFEW:
        typed |= {"from": "22:00", "until": "05:30"}
    told = QueryDict(mutable=True)
    told.update(typed)
    report = forms.report_from(told, profile=PROFILE, now=NOW)
    danger = reports.danger_of({**report, "ref": "abcdefgh2345"})
    assert forms.written(danger, now=NOW) == {"report": "abcdefgh2345", **typed}
    later = forms.written(danger, now=NOW + timedelta(minutes=7))
    assert int(later["age"]) == int(typed["age"]) + 7


@pytest.fixture
def planner(journey, client_of):
    """A planner's browser on the page of a passage, and the page's address."""
    journey.drafts()
    return client_of(journey[Duty.PLN]), f"/passage/{journey.passage.ref}/"


def fields_of(html):
    form = re.findall(r'<form[^>]*data-act="passage.danger".*?</form>', html, re.S)[0]
    chosen = {}
    for name, options in re.findall(r'<select[^>]*name="(\w+)">(.*?)</select>', form, re.S):
        found = re.findall(r'<option(?: value="([^"]*)")?( selected)?>([^<]*)', options)
        picked = next((each for each in found if each[1]), found[0])
        chosen[name] = picked[0] or picked[2] if picked[1] else picked[0]
    typed = re.findall(r'<input id="\w+" name="(\w+)"[^>]*?value="([^"]*)"', form)
    return {**chosen, **dict(typed)}


def test_a_danger_is_changed_from_the_page_and_what_is_not_touched_stays(planner):
    browser, page = planner
    first = fields_of(browser.get(page).content.decode())
    assert first["radius"] == "300"
    said = {**first, "kind": "hunters", "place": "43.50000, 33.90000", "rate": "7", "reliable": "B"}
    assert browser.post(f"{page}danger/", said).status_code == 303
    old = DangerReport.objects.get()
    shown = browser.get(page).content.decode()
    assert f'href="?change={old.ref}#dangers"' in shown
    fields = fields_of(browser.get(f"{page}?change={old.ref}").content.decode())
    assert fields == {**said, "report": old.ref}
    assert browser.post(f"{page}danger/", {**fields, "radius": "900"}).status_code == 303
    old.refresh_from_db()
    assert old.ended_at is not None
    moved = DangerReport.objects.get(ended_at=None)
    fields = fields_of(browser.get(f"{page}?change={moved.ref}").content.decode())
    assert (fields["radius"], fields["rate"], fields["reliable"]) == ("900", "7", "B")
    nothing = fields_of(browser.get(f"{page}?change={old.ref}").content.decode())
    assert nothing["radius"] == "300"


@pytest.mark.parametrize(
    ("language", "why"),
    [("en", "The radius in metres lies between"), ("uk", "Радіус у метрах: від")],
)
def test_what_cannot_be_read_is_refused_in_the_readers_language(language, why):
    radius = word("The radius in metres")
    with pytest.raises(Refused) as no:
        forms.number("9", least=10, most=5000, what=radius)
    with translation.override(language):
        assert told(no.value.refusal.why, translation.gettext).startswith(why)
    assert forms.number("10", least=10, most=5000, what=radius) == 10
