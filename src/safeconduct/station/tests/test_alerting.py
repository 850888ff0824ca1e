"""An alert at the station: taken by who sits there, called out when nobody takes it, and what is around him from home."""

from datetime import timedelta

import pytest
from tests.ports import free_port

from safeconduct.station.seen import seen_of
from safeconduct.station.tests.laptop import GO, Laptop, briefing
from safeconduct.station.tests.test_console import on_page
from safeconduct.stationed import Around

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def laptop(tmp_path, monkeypatch):
    """Return a laptop whose passage was never heard of: an alert stands, and is grave."""
    made = Laptop(tmp_path, port=free_port)
    made.briefed()
    made.waits(31)
    monkeypatch.setattr("safeconduct.station.console.clock.now", lambda: made.now)
    return made


def around(laptop, **more):
    told = {"passage": "p1", "at": laptop.now, "contacts": {}, "taken": {}}
    return Around(**{**told, **more})


def seen(laptop):
    found = seen_of(laptop.station, language="en", now=laptop.now)
    return found, {each.alert.key: each for each in found.alerts}


def test_who_sits_there_takes_an_alert_with_a_key_and_the_page_shows_who_has_it(laptop):
    def story(browser):
        browser.post("/take", "alert=SILENT")  # behind the lock nothing is taken
        assert seen(laptop)[1]["SILENT"].here_at is None
        browser.unlock()
        page = browser.get()
        assert page.count('data-key="t"') == 1
        assert page.index('data-key="t"') < page.index("AIRCRAFT_SILENT")  # the gravest first
        browser.post("/take", "alert=SILENT")
        page = browser.get()
        assert "Somebody here has it" in page
        assert page.index('data-key="t"') > page.index("Somebody here has it")  # the next one
        browser.post("/take", "alert=NOTHING")
        assert browser.status == 303

    on_page(laptop, story)
    assert laptop.words().count(("taken", "SILENT")) == 1
    assert laptop.starts().under.standing["SILENT"].taken_at == laptop.now


def test_what_nobody_takes_within_a_minute_is_called_out_once_behind_the_lock_too(laptop):
    laptop.station.take("AIRCRAFT_SILENT")
    laptop.waits(50)
    assert not any(each.late for each in seen(laptop)[1].values())
    laptop.waits(20)
    laptop.waits(20)
    assert [key for key, each in seen(laptop)[1].items() if each.late] == ["SILENT"]

    def story(browser):
        page = browser.get()
        assert "Nobody has taken them" in page
        assert "data-late" in page
        browser.unlock()
        assert browser.get().count("Nobody has taken it") == 1
        browser.post("/take", "alert=SILENT")
        assert "data-late" not in browser.get()

    on_page(laptop, story)
    words = laptop.words()
    assert words.count(("untaken", "SILENT")) == 1
    assert ("untaken", "AIRCRAFT_SILENT") not in words


def test_what_somebody_at_home_has_taken_is_called_out_to_nobody_and_who_takes_it_too_sees_both(
    laptop,
):
    laptop.hears(around(laptop, taken={"SILENT": int(laptop.now.timestamp())}))
    laptop.waits(70)
    found = seen(laptop)[1]["SILENT"]
    assert (found.home_at, found.here_at, found.late) == (GO + timedelta(seconds=31), None, False)
    assert laptop.station.take("SILENT")
    found = seen(laptop)[1]["SILENT"]
    assert found.home_at is not None
    assert found.here_at == laptop.now
    assert ("untaken", "SILENT") not in laptop.words()


def test_an_alert_that_came_back_is_taken_by_nobody(laptop):
    laptop.station.take("SILENT")
    for second in range(4):
        laptop.now += timedelta(seconds=1)
        laptop.tells(laptop.fix(east_m=8 * second), laptop.fix("aircraft:1", east_m=8 * second))
    assert "SILENT" not in laptop.station.under.standing
    assert not laptop.station.take("SILENT")
    laptop.waits(31)
    assert laptop.station.under.standing["SILENT"].taken_at is None


def test_who_comes_is_an_alert_there_too_and_another_passages_surroundings_are_nothing(laptop):
    laptop.tells(*(laptop.fix(east_m=8 * n) for n in range(3)), laptop.fix("aircraft:1"))
    comes = [504_000_000, 305_020_000, 270, 8000, int(laptop.now.timestamp())]  # toward him
    laptop.hears(around(laptop, passage="p2", contacts={"c9": comes}))
    laptop.station.judge()
    assert not [key for key in laptop.station.under.standing if key.startswith("CLOSING")]
    more = {"wind_m_s": 7, "unit_said": 1, "unit_ready": False, "unit_seen": 1, "unit_m": 320}
    laptop.hears(around(laptop, contacts={"c1": comes}, **more))
    laptop.station.judge()
    assert {"CLOSING:c1", "UNIT"} <= laptop.station.under.standing.keys()
    assert laptop.starts().under.around.contacts == {"c1": comes}
    laptop.hears(briefing(turn=2))
    assert laptop.station.under.around is not None


def test_the_page_says_who_comes_the_wind_and_how_far_the_unit_is_from_where_he_is_met(laptop):
    laptop.tells(laptop.fix(), laptop.fix("aircraft:1"))
    comes = [504_000_000, 305_020_000, 270, 8000, int(laptop.now.timestamp())]
    said = int(laptop.now.timestamp())
    laptop.hears(
        around(laptop, contacts={"c1": comes}, wind_m_s=7, unit_said=said, unit_seen=said, unit_m=320)
    )  # fmt: skip

    def story(browser):
        assert "320 m" not in browser.get()  # behind the lock
        browser.unlock()
        page = browser.get()
        for shown in ("Seen coming: 1", "wind 7 m/s", "Receiving unit: ready", "320 m", "coming"):
            assert shown in page, shown

    on_page(laptop, story)
