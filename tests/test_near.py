"""A stop on a station whose link home is cut: it reaches the pilot and the units' map past the core, and nobody else."""

import asyncio
import json
from dataclasses import replace

import pytest

from safeconduct.command import pilot
from safeconduct.cot.stopping import NoStop, things_of
from safeconduct.envelope import MapPoint, Marker
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.link import core_context, station_context
from safeconduct.spool.near import Unheard
from safeconduct.station import door, pages
from safeconduct.station.console import server
from safeconduct.station.seen import seen_of
from safeconduct.station.tests.laptop import GO, briefing
from safeconduct.station.tests.test_console import Browser
from safeconduct.station.words import say_in
from safeconduct.stationed import Stop
from tests.near_world import MAPS, NearWorld

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("n")  # a socket's path has room for 107 letters


async def until(told, *, within_s=5.0):
    async with asyncio.timeout(within_s):
        while not told():
            await asyncio.sleep(0.02)


async def pressed(world):
    """Press ABORT on the locked page with a pilot's screen open; return what the screens, the map and the page show."""
    laptop, page = world.laptop, server(world.laptop.process.console)
    browser = Browser(laptop.console)
    async with await page.listen(("127.0.0.1", laptop.console)), world.running() as units:
        async with world.screen() as reads, asyncio.timeout(5):
            await asyncio.to_thread(browser.post, "/abort")
            told = json.loads(await reads.readline())
            await until(lambda: world.station.under.reached.keys() == {"pilot", "maps"})
            await until(lambda: units.raw.count(b"t-x-d-d") >= 2)
        async with world.screen() as reads:  # who comes later sees it too
            late = json.loads(await reads.readline())
        return told, late, units.raw.decode(), await asyncio.to_thread(browser.get)


def test_abort_at_a_station_that_is_cut_off_is_on_the_pilots_screen_and_the_units_map_in_five_seconds(
    place,
):
    world = NearWorld(place)
    laptop = world.laptop
    laptop.tells(laptop.fix(east_m=77), laptop.fix("aircraft:1", east_m=77))
    told, late, raw, shown = asyncio.run(pressed(world))
    assert told == late == {"stopped": GO.isoformat()}
    for here in ('uid="st4p" type="b-a-o-tbl"', "911 Alert", 'uid="veh9"', 'uid="way7"'):
        assert here in raw
    assert "st4p" in raw.partition('callsign="FDC1"')[0]
    assert 'lat="50.4100000" lon="30.5300000"' in raw  # the area's middle
    assert "30.5010857" not in raw  # not where he is
    assert "own screen shows it" in shown
    assert "map server has it" in shown
    assert "drone&#x27;s pilot" not in shown
    assert "passage commander" in shown
    words = laptop.words()
    assert words[-3] == ("abort", "st4p")
    assert set(words[-2:]) == {("told", "pilot"), ("told", "maps")}
    again = laptop.starts()  # killed: it tells nobody twice
    assert (again.owed("pilot"), again.owed("maps")) == (None, None)
    assert again.under.aborted_at == GO


def test_whom_it_has_not_reached_it_names_and_reaches_him_once_he_is_there(place, capsys):
    world = NearWorld(place)
    world.station.abort()

    async def story():
        async with world.running() as units:
            await until(lambda: "maps" in world.station.under.reached)
            assert "pilot" not in world.station.under.reached  # no screen is open
            seen = seen_of(world.station, language="en", now=GO)
            page = pages.locked(seen, "", wrong="", _=say_in("en"))
            assert "the drone&#x27;s pilot" in page
            assert "units&#x27; maps" not in page
            file = world.air.folder / "gateway.toml"
            assert await asyncio.to_thread(pilot.run, file, ["status"]) == 0
            assert f"ABORT, everything was stopped at {GO.isoformat()}" in capsys.readouterr().out
            await until(lambda: "pilot" in world.station.under.reached)
            return units.raw.count(b'uid="st4p"')

    assert asyncio.run(story()) == 1  # said again every 30 s, and not each time the station asks


def test_nobody_hears_a_station_that_his_file_does_not_name(place):
    world = NearWorld(place, pilot_names="station2")
    pilot, maps = (world.door.near[whom] for whom in ("pilot", "maps"))
    by = station_context(world.laptop.folder / "keys")
    stop = Stop(GO, [MapPoint("st4p", "alert", GO, 1, 1, to="fires").to_bytes().decode()])

    async def story():
        async with world.running() as units, world.screen() as reads:
            with pytest.raises(Unheard):
                await pilot.tell(stop, by=by)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reads.readline(), 0.2)
            await maps.tell(stop, by=by)  # which names it
            await until(lambda: b'uid="st4p"' in units.raw)

    asyncio.run(story())


def area_ended():
    return Marker("m4rk", "polygon", [[1, 1], [1, 2], [2, 2]], 0, GO, GO, True)


@pytest.mark.parametrize(
    "things",
    [
        [],
        [MapPoint("veh9", "vehicle", GO, 1, 1, to="fires")],
        [MapPoint("st4p", "alert", GO, 1, 1, to="fires", ended=True)],
        [MapPoint("st4p", "alert", GO, 1, 1, to="fires"), area_ended()],
        [MapPoint("st4p", "alert", GO, 1, 1, to="fires"), MapPoint("c", "medical", GO, 0, 0, ended=True)],
        [MapPoint("st4p", "alert", GO, 1, 1, to="fires"), MapPoint("veh9", "vehicle", GO, 1, 1, ended=True)],
    ],
)  # fmt: skip
def test_a_stations_word_shows_nobody_ends_no_area_and_takes_no_stop_back(things):
    with pytest.raises(NoStop):
        things_of(Stop(GO, [each.to_bytes().decode() for each in things]))


def test_a_stop_by_the_core_is_told_to_the_pilot_near_and_the_maps_have_it_from_the_core(place):
    world = NearWorld(place)
    assert world.station.owed("pilot") is None
    world.laptop.hears(briefing(turn=2, maps=MAPS, stopped=int(GO.timestamp())))
    assert world.station.owed("pilot") == Stop(GO, [])
    assert world.station.owed("maps") is None


def test_only_who_stands_in_its_file_is_near(place):
    config = NearWorld(place).laptop.config
    for near, says in (
        ({"fires": "x@127.0.0.1:1"}, "no other"),
        ({"pilot": "127.0.0.1:1"}, "must name a gateway"),
        ({"pilot": "air1@10.0.0.9:1"}, "leaves this machine"),
    ):
        with pytest.raises(ConfigWrong, match=says):
            door.near_of(replace(config, channel={"near": near}))
    assert door.near_of(replace(config, channel={})) == {}


def test_a_gateway_cannot_dial_as_a_station_does(place):
    world = NearWorld(place)

    async def story():
        async with world.running():
            keys = world.tak.folder / "keys"  # a gateway's certificate says that it may listen
            with pytest.raises(Unheard):
                await world.door.near["pilot"].tell(Stop(GO, []), by=core_context(keys))
            own = station_context(world.laptop.folder / "keys")
            assert (await world.door.near["pilot"].tell(Stop(GO, []), by=own)) is not None

    asyncio.run(story())
