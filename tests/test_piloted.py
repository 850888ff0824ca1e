"""The pilot's station flies the exercise's aircraft over real sockets, by his orders and by nothing else."""

import asyncio
import contextlib
import json
import random  # noqa: TID251  a seed finds the order again
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from safeconduct.command import pilot
from safeconduct.exercise import autopilot
from safeconduct.exercise.aircraft import Aircraft, Tracker
from safeconduct.exercise.keepout import KeepOut
from safeconduct.exercise.strangers import PILOT, outside, reader
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.wiretap import Wiretap
from safeconduct.gateways import mavlink
from safeconduct.geo import Point, distance_m, moved
from safeconduct.mavlink import desk, exchange, hand, lists, orders
from safeconduct.mavlink.fence import typed
from safeconduct.mavlink.links import listening
from safeconduct.mavlink.signing import Stamps
from safeconduct.mavlink.standoff import StandOff, place_of
from safeconduct.mavlink.tests import never
from safeconduct.mavlink.tests.frames import carriers, packed
from safeconduct.mavlink.wall import Frame
from safeconduct.refusal import Refused
from safeconduct.spool.tests.made import programme
from safeconduct.watch.aircraft import IGNORED
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket
HOME = Point(51.0, 34.0)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP_S = (
    0.4  # of world, radio and the pilot's own clock alike; the next one waits for all to be heard
)
TOLD = [0.0]


def at(east_m, north_m=0.0):
    return moved(HOME, east_m=east_m, north_m=north_m)


def seconds():
    return TOLD[0]


def now():
    return NOON + timedelta(seconds=seconds())


RING = [at(-400, -400), at(4000, -400), at(4000, 400), at(-400, 400)]
TABLE = """listen = "127.0.0.1:{port}"
rate_hz = 10
[mavlink.systems]
1 = "aircraft:1"
2 = "aircraft:2"
3 = "vehicle"
[mavlink.keys]
1 = "1.key"
2 = "2.key"
[mavlink.pilot]
aircraft = [1, 2]
fence = {fence}
"""


class World:
    """One station, two aircraft behind wiretaps, and him."""

    def __init__(self, folder):
        self.port = free_port()
        fence = [[each.lat_deg, each.lon_deg] for each in RING]
        made = programme(folder, name="mavlink", table=TABLE.format(port=self.port, fence=fence))
        for n in (1, 2):
            (made.folder / f"{n}.key").write_bytes(bytes([n]) * 32)
        self.config, self.folder = made.config(), made.folder
        stamps = Stamps(noted=0, note=lambda _: None)
        self.listener = mavlink.made(self.config, stamps=stamps)
        self.desk = mavlink.desk_of(self.config, self.listener, clock_s=seconds)
        self.hand = hand.Hand(self.desk.order)
        self.him = Vehicle([at(0, 100), at(3900, 100)], speed_m_s=6.0)
        self.taps, self.craft = {}, {}

    @contextlib.asynccontextmanager
    async def running(self):
        async with contextlib.AsyncExitStack() as stack:
            await stack.enter_async_context(listening("127.0.0.1", self.port, self.listener.hear))
            tracker = Tracker(self.him, system=3, to=("127.0.0.1", self.port),
                              log=self.folder / "t", now=now, link_s=seconds)  # fmt: skip
            for n in (1, 2):
                tap = self.taps[n] = stack.enter_context(Wiretap(("127.0.0.1", self.port)))
                self.craft[n] = Aircraft(
                    system=n, to=tap.address, log=self.folder / f"a{n}", home=at(20 * n),
                    key=bytes([n]) * 32, now=now, link_s=seconds,
                )  # fmt: skip
            for each in (tracker, *self.craft.values()):
                each.start()
                stack.push_async_callback(asyncio.to_thread, each.stop)
            socket = self.folder / hand.SOCKET
            works = (
                self.desk.fly(),
                self.hand.serve(socket),
                self._time_goes_on(seconds()),
            )
            for work in works:
                task = asyncio.create_task(work)
                stack.push_async_callback(_ended, task)
            await _until(socket.exists)
            self.reads, self.writes = await asyncio.open_unix_connection(socket)
            yield self
            self.writes.close()

    async def _time_goes_on(self, began):
        """Let time go on, never faster than aircraft, radio and station come with it."""
        while True:
            await asyncio.sleep(0.003)
            flown = [craft.copter.at_s for craft in self.craft.values()]
            heard = [each.command.leave._heard_at or began for each in self.desk.pilots.values()]
            if min(flown) > seconds() - began - 0.3 and min(heard) > seconds() - 1.8:
                TOLD[0] += STEP_S

    async def order(self, line):
        """What came of one order at the pilot's socket: "" for done, else the refusal's code."""
        self.writes.write(line.encode() + b"\n")
        answer = json.loads(await self.reads.readline())
        return answer if line == "status" else answer.get("code", "")

    async def ready(self, n):
        """Check an aircraft, switch it on, bring its fence, and have its pilot take off, and on again."""
        assert await self.order(f"check {n} speed=8") == ""
        assert self.listener.reads[-1].subject == f"aircraft:{n}"  # for the core's page
        assert await self.order(f"on {n}") == ""
        ring = f" ring={typed(RING)}" if n > 1 else ""  # one of a plan, within the file's
        assert await self.order(f"fence {n}{ring}") == ""
        self.craft[n].obey({"does": "up"})
        await _until(lambda: self.craft[n].copter.frame.height_m > 58)
        assert await self.order(f"hold {n}") == "mavlink.leave"  # he chose GUIDED: that ended it
        assert await self.order(f"on {n}") == ""

    def error_m(self, n, *, distance_m_=60.0, from_deg=180.0):
        how = StandOff(distance_m_, 60.0, from_deg)
        place = place_of(how, self.him.where(now()))
        return distance_m(self.craft[n].copter.place, place)

    def to_him_m(self, n):
        return distance_m(self.craft[n].copter.place, self.him.where(now()))

    def moves(self, n):
        return sum(kind in {75, 84, 86} for kind in (_kind(raw) for raw in self.taps[n].taken))


def _kind(raw):
    return int.from_bytes(raw[7:10], "little")


async def _ended(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _until(true, *, world_s=200.0):
    end = seconds() + world_s
    while not true():
        assert seconds() < end, "it did not come to that"
        await asyncio.sleep(0.003)


async def _world_goes_on(for_s):
    end = seconds() + for_s
    while seconds() < end:
        await asyncio.sleep(0.003)


@pytest.fixture
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("p")  # a socket's path has room for 107 letters


@pytest.fixture
def quick(monkeypatch):
    """Ask and tick as fast as the world runs."""
    monkeypatch.setattr(exchange, "AGAIN_S", 0.2)
    monkeypatch.setattr(exchange, "AT_ONCE", 100)
    monkeypatch.setattr(exchange, "TICK_S", 0.005)
    monkeypatch.setattr(desk, "TICK_S", 0.003)
    monkeypatch.setattr(autopilot, "LINK_TICK_S", 0.003)
    TOLD[0] = 0.0


async def _nothing_yet(world):
    assert await world.order("watch 1") == "mavlink.leave"
    assert await world.order("on 1") == "preflight.unread"
    assert await world.order("dance 1") == "pilot.order"
    assert await world.order("home 9") == "pilot.order"
    config = world.folder / "gateway.toml"
    assert await asyncio.to_thread(pilot.run, config, ["status"]) == 0
    assert await asyncio.to_thread(pilot.run, config, ["watch", "1"]) == 1
    assert stat.S_IMODE((world.folder / hand.SOCKET).stat().st_mode) == 0o600


async def _watches(world):
    world.him.obey({"does": "go"})
    assert await world.order("watch 1 distance=10") == "mavlink.stand_off"
    assert await world.order("watch 1") == ""
    await _until(lambda: world.error_m(1) < 15)
    errors = []
    for _ in range(20):
        await _world_goes_on(1.5)
        errors.append(world.error_m(1))
    assert max(errors) < 31  # as it was seen at 8 m/s
    shown = (await world.order("status"))["1"]
    assert (shown["doing"], shown["alarm"], shown["behind"]) == ("watch", "", "")


async def _too_fast(world):
    world.him.obey({"does": "go", "speed_m_s": 14.0})
    await _until(lambda: world.desk.pilots[1].behind, world_s=20)
    assert world.error_m(1) < 60  # said before he is lost
    world.him.obey({"does": "go", "speed_m_s": 6.0})
    await _until(lambda: not world.desk.pilots[1].behind, world_s=60)


async def _leads(world):
    world.him.obey({"does": "halt"})
    await _until(lambda: world.error_m(1) < 10)
    goal = moved(world.him.where(now()), east_m=500, north_m=0)
    lead = f"lead 1 to={goal.lat_deg:.6f},{goal.lon_deg:.6f}"
    assert await world.order(lead) == "mavlink.lead"
    assert await world.order("mark 1 sighted=yes acknowledged=no") == ""
    assert await world.order(lead) == "mavlink.lead"
    assert await world.order("mark 1 sighted=yes acknowledged=yes") == ""
    assert await world.order(lead) == "mavlink.lead"  # it stands south of him, and he is to go east
    near = []
    await world.order("watch 1 side=270 distance=40")
    await _until(lambda: world.error_m(1, distance_m_=40.0, from_deg=270.0) < 5)
    await world.order("watch 1 side=90 distance=40")  # not over his head
    await _until(
        lambda: (
            near.append(world.to_him_m(1)) or world.error_m(1, distance_m_=40.0, from_deg=90.0) < 5
        )
    )
    assert min(near) > 20
    assert await world.order(lead) == ""
    world.him.obey({"does": "go", "speed_m_s": 1.0})
    await _world_goes_on(10)
    near, fast = [], []
    for _ in range(30):
        await _world_goes_on(2)
        near.append(world.to_him_m(1))
        fast.append(world.craft[1].copter.frame.speed_m_s)
    assert min(near) > 20
    assert max(fast) <= 1.6
    assert await world.order("mark 1 sighted=yes acknowledged=no") == ""
    assert (await world.order("status"))["1"]["doing"] == "hold"
    await _until(lambda: world.craft[1].copter.frame.speed_m_s < 0.3)
    await world.order("watch 1")


async def _is_relieved(world):
    await world.ready(2)
    assert await world.order("sees 2") == "pilot.relief"
    assert await world.order("watch 2 height=65 side=0") == "mavlink.two_at_one_height"
    assert await world.order("watch 2 height=80 side=0") == ""
    await _until(lambda: world.error_m(2, from_deg=0.0) < 15)
    assert world.desk.pilots[1].doing == "watch"  # until the second one's pilot sees him
    assert await world.order("sees 2") == ""
    await _until(lambda: not world.craft[1].copter.armed, world_s=300)
    assert world.craft[1].copter.frame.away_m(0, 0) < 3


async def _his_switch_wins(world):
    world.craft[2].obey({"does": "mode", "to": "loiter"})
    await _until(lambda: not world.desk.pilots[2].command.leave.on, world_s=5)
    sent = world.moves(2)
    await _world_goes_on(20)
    assert world.moves(2) == sent
    assert await world.order("hold 2") == "mavlink.leave"
    shown = (await world.order("status"))["2"]
    assert (shown["on"], shown["doing"]) == (False, "nothing")
    assert "the pilot has it" in shown["why_off"]


def test_it_watches_leads_stands_is_relieved_and_returns_and_his_own_switch_wins(place, quick):
    async def story():
        async with World(place).running() as world:
            await _nothing_yet(world)
            await world.ready(1)
            for part in (_watches, _too_fast, _leads, _is_relieved, _his_switch_wins):
                await part(world)
            return {n: list(tap.taken) for n, tap in world.taps.items()}

    taken = asyncio.run(story())
    for n, frames in taken.items():
        with reader(to=n) as other:
            read = other.read(frames)
        assert outside(read, PILOT) == []
        assert {"MISSION_ITEM_INT", "SET_POSITION_TARGET_GLOBAL_INT"} <= {name for name, _ in read}


def test_what_it_ignores_in_silence_is_an_alarm_within_five_seconds_and_reaches_the_core(
    place, quick
):
    """The aircraft's own fence is another than the one that was read back: somebody changed it since."""

    async def story():
        async with World(place).running() as world:
            await world.ready(1)
            world.him.obey({"does": "go"})
            await _until(lambda: world.him.along_m > 200)
            copter = world.craft[1].copter
            corners = [at(*corner) for corner in ((-50, -50), (50, -50), (50, 50), (-50, 50))]
            copter.fence = KeepOut([
                replace(item, lat_e7=round(place.lat_deg * 1e7), lon_e7=round(place.lon_deg * 1e7))
                for item, place in zip(copter.fence.items, corners, strict=True)
            ])  # fmt: skip
            assert await world.order("watch 1") == ""
            began = seconds()
            await _until(lambda: world.desk.pilots[1].alarm, world_s=20)
            took = seconds() - began
            world.listener.fixes.clear()
            await _until(lambda: any(f.subject == "aircraft:1" for f in world.listener.fixes))
            marks = [f.health for f in world.listener.fixes if f.subject == "aircraft:1"]
            return took, marks[-1], copter.frame.away_m(0, 0)

    took, mark, away = asyncio.run(story())
    assert 4.5 < took < 9
    assert mark[IGNORED] >= 4
    assert mark["pilots_list"] == 1
    assert away < 2


def _push_what_must_never_leave(world):
    """Try each forbidden command by the station's own list and way; return how many were refused."""
    way, refused = world.listener._systems[1].way, 0
    for command in never.COMMANDS.values():
        for message in carriers(command, mission_type=1):
            try:
                way.send(Frame(packed(message), listed=lists.PILOT))
            except Refused:
                refused += 1
    return refused


def anything(dice):
    """Any line, the reasonable as often as the mad."""
    verb = dice.choice((*orders.VERBS, *orders.VERBS, "arm", "takeoff", "servo", "183", ""))
    names = list(orders.VERBS.get(verb, {"mode": None})) if dice.random() < 0.8 else ["side", "at"]
    values = (
        "60",
        "60",
        "-1",
        "nan",
        "1e9",
        "51.0,34.0",
        "51.0005,34.001",
        "91,0",
        "yes",
        "no",
        "",
    )
    words = [f"{name}={dice.choice(values)}" for name in names]
    system = dice.choice(("1", "1", "1", "1", "2", "0", "255", "x"))
    return " ".join([verb, system, *dice.sample(words, dice.randrange(len(words) + 1))])


@pytest.mark.parametrize("seed", [3])
def test_whatever_is_typed_at_the_station_nothing_outside_the_list_leaves(place, quick, seed):
    dice = random.Random(seed)  # noqa: S311  the same

    async def story():
        async with World(place).running() as world:
            await world.ready(1)
            world.him.obey({"does": "go"})
            codes = set()
            for number in range(400):
                line = anything(dice)
                talks = line.split()[:1] in (["check"], ["fence"])  # for seconds each
                if not talks and (number > 300 or not line.startswith("home")):
                    codes.add(json.dumps(await world.order(line or "?"))[:40])
                if dice.random() < 0.2:
                    await world.order("on 1")
                    await _world_goes_on(1)
            pushed = _push_what_must_never_leave(world)
            await _world_goes_on(2)
            return codes, list(world.taps[1].taken), pushed

    codes, frames, pushed = asyncio.run(story())
    assert (
        pushed > 100
    )  # each refused by the list: with one of them on it, the wiretap would see it
    assert len(codes) > 5
    with reader() as other:
        read = other.read(frames)
    assert outside(read, PILOT) == []
    assert len(read) > 60
