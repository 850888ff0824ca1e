"""What the escort gives to the units' maps, for tests: read from the lane, or through the gateway over sockets."""

import asyncio
import contextlib
import re
import subprocess
import sys
import threading
from dataclasses import replace

from safeconduct import clock
from safeconduct.envelope import MapHeard, MapPoint, Marker, kind_of
from safeconduct.escort import heard, mapped, rules
from safeconduct.passage.tests.conftest import PROFILE
from safeconduct.spool import config as spool_config
from safeconduct.spool import core_end
from safeconduct.spool.carried import Chain, Opener
from safeconduct.spool.dial import Dialler
from safeconduct.spool.keyfiles import CORE, SIGN_BYTES, read_key
from safeconduct.spool.lanes import Arrived, Receiving

LIMITS = rules.limits_of(PROFILE.limits_s, PROFILE.limits_m)
UNIT_FILE = (
    'server = "127.0.0.1:{port}"\nplain = true\nareas_to = "everybody"\ncallsign = "Watch"\n'
    'fires = ["FDC1"]\n[tak.units]\n"unit:1" = ["RCV1"]\n"unit:2" = ["RCV2"]\n'
)


class Maps:
    """What the core gives to the maps, read from its lane by the gateway's keys."""

    def __init__(self, world, made):
        self.world, self.made, self.now = world, made, world.now
        sign = read_key(made.folder / "keys" / "core-sign.pub", size=SIGN_BYTES)
        self.lane = Receiving(
            core_end.outgoing(made.data, "tak"),
            chain=Chain({CORE: sign}, direction="out"),
            opener=Opener(made.gateway_private, direction="out"),
        )

    def draws(self, *, now=None):
        """Let the worker look once; return what left, by its kind."""
        self.world.watched.escort = self.world.row()
        for each in mapped._shown.values():  # as if five seconds had passed
            for told in each.told.values():
                told.put_s -= 60
        watched = {self.world.ref: self.world.watched}
        self.looks(watched, now=now or self.world.now)
        return self.left()

    def looks(self, watched, *, now):
        mapped.draw_all(self.world.me, watched, data=self.made.data, now=now, limits=LIMITS)

    def left(self):
        found = []
        while arrived := self.lane.take():
            for each in arrived:
                kind = {"Marker": Marker, "MapPoint": MapPoint}[kind_of(each.content)]
                found.append(kind.from_bytes(each.content))
            self.lane.done(arrived[-1])
        return found

    def says(self, what, **more):
        """Let a map say something; return how much of it was kept."""
        now = self.world.now
        told = MapHeard("tak", 1, what, more.pop("about", ""), more.pop("speaker", "s1"), now, now)
        raw = replace(told, **more).to_bytes()
        arrived = [Arrived(1, "tak", "k1", raw)]
        kept = heard.take_in(arrived, [self.world.watched], now=now)
        self.world.watched.escort = self.world.row()
        return kept


class Site:
    """The units' server on a socket and the core's end of the link, in a thread; the gateway in a process."""

    def __init__(self, made):
        self.made, self.raw, self.cut = made, b"", False
        self.port = int(re.search(r"127.0.0.1:(\d+)", _toml(made))[1])
        for found in re.finditer(r'server = "127.0.0.1:(\d+)"', _toml(made)):
            self.port = int(found[1])
        self._loop, self._stop, self._ends = asyncio.new_event_loop(), None, set()
        self._inbox = core_end.receiving(made.data, keys=made.core_keys, into=heard.INTO)

    def __enter__(self):
        argv = [sys.executable, "-m", "safeconduct.gateways.tak", "--config"]
        path = str(self.made.folder / "gateway.toml")
        self._gateway = subprocess.Popen([*argv, path], stderr=subprocess.DEVNULL)
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),))
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._gateway.kill()
        self._gateway.wait()
        self._loop.close()

    async def _run(self):
        self._stop = asyncio.Event()
        peer = spool_config.peers(self.made.data, stamp="exercise")[0]
        dialler = asyncio.ensure_future(
            Dialler(self.made.data, peer, handed=self.made.handed()).run()
        )
        server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        await self._stop.wait()
        dialler.cancel()
        server.close()
        for end in list(self._ends):
            end.transport.abort()
        await asyncio.gather(dialler, return_exceptions=True)

    async def _take(self, reader, writer):
        self._ends.add(writer)
        with contextlib.suppress(OSError):
            while not self.cut and (chunk := await reader.read(65536)):
                if self.cut:
                    break
                self.raw += chunk
                if b'"t-x-c-t"' in chunk:
                    writer.write(PONG)
        self._ends.discard(writer)
        writer.transport.abort()

    def cuts(self):
        self.cut = True
        for end in list(self._ends):
            self._loop.call_soon_threadsafe(end.transport.abort)

    def mends(self):
        self.cut = False

    def hears(self, world):
        """Take in what the gateway told the core."""
        while arrived := self._inbox.take():
            heard.take_in(arrived, [world.watched], now=clock.now())
            self._inbox.done(arrived[-1])

    def types(self, uid):
        return re.findall(rb'uid="' + uid.encode() + rb'" type="([\w-]+)"', self.raw)


PONG = (
    b'<event version="2.0" uid="pong" type="t-x-c-t-r" how="m-g" time="2026-03-01T12:00:00Z" '
    b'start="2026-03-01T12:00:00Z" stale="2026-03-01T12:00:20Z">'
    b'<point lat="0" lon="0" hae="0" ce="9999999" le="9999999"/></event>'
)


def _toml(made):
    return (made.folder / "gateway.toml").read_text()
