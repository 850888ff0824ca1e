"""What goes to an aircraft, read by another author's library: nothing outside the list, whatever is asked."""

import asyncio
import random  # noqa: TID251  a seed finds the frame again
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from safeconduct import clock
from safeconduct.exercise.aircraft import Aircraft, Tracker
from safeconduct.exercise.strangers import PILOT, WATCH, Unread, outside, reader
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.wiretap import Wiretap
from safeconduct.geo import Point, moved
from safeconduct.mavlink import exchange, intents, lists, preflight
from safeconduct.mavlink import listener as listening_of
from safeconduct.mavlink.encoder import Command, Encoder
from safeconduct.mavlink.fence import Fence, Item
from safeconduct.mavlink.leave import Leave
from safeconduct.mavlink.links import listening
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.lists import Bounds
from safeconduct.mavlink.signing import Stamps
from safeconduct.mavlink.tests import never
from safeconduct.mavlink.tests.frames import carriers, packed
from safeconduct.mavlink.wall import Frame, unlisted
from safeconduct.refusal import Refused

HOME = Point(51.0, 34.0)
RING = tuple(moved(HOME, east_m=e, north_m=n) for e, n in ((-500, -500), (500, -500), (0, 600)))
BOUNDS = Bounds(fence=Fence((RING,)), follow_offset_m=30.0)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def other():
    """Another author's library."""
    with reader() as made:
        yield made


# ---- on the wire, between the exercise's machines and the gateway -----------------------------------


@pytest.mark.enable_socket
def test_between_gateway_and_the_exercises_machines_only_requests_go(other, tmp_path, monkeypatch):
    """Two signed machines, each behind a wiretap: rates, parameters and our heartbeat, and nothing else."""
    monkeypatch.setattr(exchange, "AGAIN_S", 0.2)
    monkeypatch.setattr(exchange, "AT_ONCE", 100)
    monkeypatch.setattr(listening_of, "BEAT_S", 0.1)
    keys = {1: b"a" * 32, 2: b"v" * 32}

    async def story():
        listener = Listener(
            now=clock.now,
            systems={1: "aircraft:1", 2: "vehicle"}, rate_hz=10, keys=keys, beats=True,
            stamps=Stamps(noted=0, note=lambda _: None),
        )  # fmt: skip
        async with listening("127.0.0.1", 0, listener.hear) as way:
            where = way.transport.get_extra_info("sockname")
            with Wiretap(where) as first, Wiretap(where) as second:
                vehicle = Vehicle([HOME, moved(HOME, east_m=500, north_m=0)])
                machines = [
                    Aircraft(
                        system=1, to=first.address, log=tmp_path / "a", home=HOME, key=keys[1]
                    ),
                    Tracker(vehicle, system=2, to=second.address, log=tmp_path / "t", key=keys[2]),
                ]
                for each in machines:
                    each.start()
                beating = asyncio.create_task(listener.beat())
                async with asyncio.timeout(10):
                    while len({fix.subject for fix in listener.fixes}) < 2:
                        await asyncio.sleep(0.05)
                    values = await listener.read(1, preflight.wanted())
                beating.cancel()
                for each in machines:
                    await asyncio.to_thread(each.stop)
        return values, first.taken, second.taken

    values, first, second = asyncio.run(story())
    assert values["GRIP_ENABLE"] == 0
    with reader(to=2) as trackers:
        both = [other.read(first), trackers.read(second)]
    for read in both:
        assert outside(read) == []
        assert {"COMMAND_LONG", "HEARTBEAT"} <= {name for name, _ in read}
    assert "PARAM_REQUEST_READ" in {name for name, _ in both[0]}


# ---- whatever the pilot's station is asked for --------------------------------------------------------


def encoder(bounds=BOUNDS):
    leave = Leave(1)
    leave.heartbeat(custom_mode=4, base_mode=0, now_s=0)
    leave.switch_on(now_s=0)
    return Encoder(command=Command(leave, bounds))


def anything(dice):
    """Any intent with anything in it, the reasonable as often as the mad."""
    kinds = (*intents.Intent.__args__,)
    kind = dice.choice([each for each in kinds if each is not intents.Beat])
    near = [
        moved(HOME, east_m=dice.uniform(-700, 700), north_m=dice.uniform(-700, 700))
        for _ in range(3)
    ]
    items = [
        *BOUNDS.fence.items(),
        Item(dice.choice((16, 183, 211, 5003, 5100)), 5.0, 510_000_000, 340_000_000, 40),
    ]
    likely = {"system": (1, 1, 1, 1, 0, 251, 255), "kind": (0, 1, 1, 2, 2, 255), "mode": (0, 2, 4, 5, 6, 9),
              "message": (*lists.TELEMETRY, 256, 11), "name": ("GRIP_ENABLE",), "item": items,
              "count": (0, 1, 5, 101), "seq": (0, 3, 200), "sighted": (True, False),
              "acknowledged": (True, False), "given_up": (True, False), "at_ms": (1000,)}  # fmt: skip
    numbers = (0.0, 0.5, 1.2, 5.0, 12.0, 40.0, 60.0, -45.0, 200.0, float("nan"), float("inf"), -1.0)
    told = {}
    for name in kind.__slots__:
        of = kind.__annotations__[name]
        choices = likely.get(name, near if of is Point else numbers)
        told[name] = dice.choice(choices)
    return kind(**told)


def leaving(made, *, seed, count):
    dice, left = random.Random(seed), []  # noqa: S311  the same
    for _ in range(count):
        try:
            left.append(made.encode(anything(dice)).raw)
        except Refused:
            continue
    return left


@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_pilots_station_is_asked_for_another_library_reads_only_what_is_listed(
    other, seed
):
    read = other.read(leaving(encoder(), seed=seed, count=3000))
    assert outside(read, PILOT) == []
    names = {(name, fields.get("command")) for name, fields in read}
    assert len(names) > 15  # all of the list is tried, not a corner of it
    by_watch = other.read(leaving(Encoder(), seed=seed, count=1000))
    assert outside(by_watch, WATCH) == []


def test_the_wiretap_finds_a_servo_command_once_somebody_lists_it(other):
    """Show that it would fail: 183 on a copy of the list, in each carrier that the list has."""
    listed = lists.PILOT.within(BOUNDS)
    commands = {carrier: ids | {183} for carrier, ids in listed.commands.items()}
    careless = replace(listed, commands=MappingProxyType(commands))
    for message in carriers(183, mission_type=1):
        raw = packed(message)
        assert unlisted(raw, listed=listed) is not None
        if message.get_msgId() in listed.messages:
            left = Frame(raw, listed=careless).raw
            assert outside(other.read([left]), PILOT) == [(message.get_type(), 183)]


def test_the_wiretap_finds_each_never_command_and_a_mission_among_the_fence(other):
    frames, wanted = [], []
    for command in never.COMMANDS.values():
        long, in_ints, _old, item = carriers(command, mission_type=1)
        frames += [packed(long), packed(in_ints), packed(item)]
        wanted += [(name, command) for name in ("COMMAND_LONG", "COMMAND_INT", "MISSION_ITEM_INT")]
    assert outside(other.read(frames), PILOT) == wanted
    fence_into_mission = [packed(list(carriers(5001, kind))[3]) for kind in (0, 2, 255)]
    assert len(outside(other.read(fence_into_mission), PILOT)) == 3


def test_what_the_other_library_cannot_read_is_a_finding(other, monkeypatch):
    monkeypatch.setattr("safeconduct.exercise.strangers.WAITS_S", 0.1)
    with pytest.raises(Unread, match="MAVSDK reads 0"):
        other.read([b"\xfd" + b"\0" * 20])
