"""One moment of an escort looked at again: what was known then, and nothing of what came after."""

import pytest
from lxml import html

from safeconduct import clock
from safeconduct.access.rules import Duty


@pytest.fixture
def moment(under_way, client_of, monkeypatch):
    """Return `moment(duty, s)`: the page and the layer of so many seconds after GO."""

    def at(duty, seconds):
        browser = client_of(under_way[duty])
        monkeypatch.setattr(clock, "now", lambda: under_way.now)  # the clock has its own tests
        page = browser.get(f"/escort/{under_way.ref}/replay?s={seconds}")
        layer = browser.get(f"/escort/{under_way.ref}/replay.json?s={seconds}")
        if page.status_code != 200:
            return page.status_code, layer.status_code
        return html.fromstring(page.content.decode()), layer.json()["features"]

    return at


def of(features, kind):
    return [
        each["geometry"]["coordinates"] for each in features if each["properties"]["kind"] == kind
    ]


def said(tree):
    return {each.get("data-what"): each.get("data-state")
            for each in tree.xpath("//*[@data-kind='escort.told']")}  # fmt: skip


def test_a_moment_shows_what_was_driven_and_said_by_then_and_nothing_of_what_came_after(
    under_way, moment
):
    under_way.drives(20)
    under_way.silence(40)
    under_way.drives(30)
    early, first = moment(Duty.DPC, 10)
    assert said(early) == {}
    assert len(of(first, "track")[0]) <= 12
    silent, second = moment(Duty.DPC, 58)
    assert said(silent)["SILENT"] == said(silent)["AIRCRAFT_SILENT"] == "STOOD"
    after, third = moment(Duty.DPC, 100_000)  # held within the escort
    assert said(after)["SILENT"] == "OVER"
    assert len(of(first, "track")[0]) < len(of(second, "track")[0]) < len(of(third, "track")[0])
    assert of(first, "vehicle") != of(third, "vehicle")
    assert of(third, "aircraft")
    assert after.xpath("//input[@type='range']/@max") == after.xpath(
        "//input[@type='range']/@value"
    )


def test_who_may_not_know_his_way_sees_no_moment_of_it(under_way, moment, client_of):
    under_way.drives(5)
    assert moment(Duty.OP, 3) == moment(Duty.FCO, 3) == (404, 404)
    wrong = client_of(under_way[Duty.DPC]).get(f"/escort/{under_way.ref}/replay?s=-5")
    assert wrong.status_code == 409
