"""A station's laptop in tests: its process in this one, a gateway beside it, and the core's end of its link."""

import asyncio
import contextlib

from tests.ports import free_port

from safeconduct import sealing
from safeconduct.access import client, workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.escort import actions, worker
from safeconduct.escort.models import Assignment
from safeconduct.spool import certificates, config, core_end
from safeconduct.spool.beside import Beside
from safeconduct.spool.carried import Sealer
from safeconduct.spool.dial import Dialler
from safeconduct.spool.handed import Handed
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.lanes import Sending
from safeconduct.station import serving

WORDS = "six words that nobody knows of"
NAME = "station1"


class Field:
    """The station's laptop with its gateway beside, and the core's end of its link."""

    def __init__(self, under_way, data):
        self.under_way, self.data = under_way, data
        box = client.gateway_keys(workers.me(Purpose.INGEST), "core").box_public
        self.private, public = sealing.new_box_keys()
        certificates.found(data, box_public=box)
        self.folder = certificates.enrol(data, NAME, box_public=public)
        self.air = certificates.enrol(data, "air1", box_public=public)
        port = free_port()
        (data / "stamp").write_text("exercise")
        (data / "gateways.toml").write_text(
            f'[[gateway]]\nname = "{NAME}"\naddress = "127.0.0.1:{port}"\ninto = "in-station"\n'
        )
        (self.folder / "station.toml").write_text(
            f'[gateway]\nname = "{NAME}"\nstamp = "exercise"\nlisten = "127.0.0.1:{port}"\n'
            f'[station]\nconsole = "127.0.0.1:{free_port()}"\nhears = ["air1"]\n'
        )
        self.config = config.load(self.folder / "station.toml", channel="station")
        self.starts()
        air = config.Config("air1", "exercise", self.config.listen, self.air, {})
        self.beside = Beside(air, station=self.folder)
        sign = read_key(self.air / "keys" / "sign.key")
        to_core = Sealer("air1", to=box, sign=sign, direction="in")
        self.other_way = Sending(core_end.incoming(data, worker.INTO), to_core)

    def starts(self):
        """Begin a life of the process; what an earlier one had in memory is gone."""
        key = serving.key_of(self.config, WORDS, memory_kib=64)
        self.process = serving.Process(self.config, key=key)
        self.station = self.process.station
        self.station._clock = lambda: self.under_way.now
        return self.station

    def brings(self, fixes):
        """Have the gateway beside bring fixes to the core over a link of its own."""
        for fix in fixes:
            self.other_way.put(f"mavlink:{fix.arrival}", fix.to_bytes())
        while worker._intake():
            pass

    def linked(self):
        """Link it to the core until both ends have all there is, over real sockets."""
        peer = config.peers(self.data, stamp="exercise")[0]

        async def story():
            dialler = Dialler(self.data, peer, handed=Handed(self.private))
            works = [asyncio.ensure_future(each) for each in (self.process.run(), dialler.run())]
            async with asyncio.timeout(20):
                out, home = core_end.outgoing(self.data, NAME), self.process.edge.to_core.queue
                while not self.process.edge.is_linked or any(
                    queue.waiting() for queue in (out, self.process.edge.from_core, home)
                ):
                    await asyncio.sleep(0.02)
            for each in works:
                each.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*works)

        asyncio.run(story())

    def tells(self, fixes):
        self.beside.say([(f"mavlink:{fix.arrival}", fix) for fix in fixes])
        while self.station.follow(self.process.lane):
            pass
        self.station.judge()

    def comes_home(self):
        self.linked()
        while worker._stations():
            pass


def given(field):
    """Give the passage to the station, and bring its briefing there."""
    under_way = field.under_way
    pilot = under_way[Duty.PIL].ref
    actions.assign(
        under_way[Duty.DPC], ref=under_way.ref, station=NAME, person=pilot, now=under_way.now
    )
    worker._judge()
    field.comes_home()
    return Assignment.objects.get()


def drive(field, seconds, *, speed=8.0, every=10):
    """Drive, a fix a second of both machines; the station hears them in tens."""
    under_way, fixes = field.under_way, []
    for second in range(1, seconds + 1):
        under_way.journey.wait(seconds=1)
        under_way.along += speed
        here = under_way.on_way(under_way.along)
        some = [under_way.fix(here), under_way.fix(here, "aircraft:1")]
        fixes += some
        if second % every == 0:
            field.tells(fixes[-2 * every :])
    return fixes
