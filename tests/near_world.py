"""Those near a station, on real sockets: the pilot's own station, the map gateway, the units' server. The core is not there."""

import asyncio
import contextlib

from safeconduct.gateways import mavlink, tak
from safeconduct.gateways.tests.test_tak import Server, running
from safeconduct.mavlink import hand
from safeconduct.spool import certificates, config
from safeconduct.station.tests.laptop import NAME, Laptop
from tests.ports import free_port

MAPS = {"stop": ["st4p", "fires"], "vehicle": ["veh9", "fires"], "way": ["way7", "fires"]}
AREA = [[503_900_000, 304_900_000], [504_200_000, 304_900_000], [504_200_000, 306_100_000]]
_AIR = (
    'links = ["udp:127.0.0.1:9"]\nstops_from = ["{station}"]\n[mavlink.systems]\n1 = "aircraft:1"\n'
    "[mavlink.pilot]\naircraft = [1]\nfence = [[50.0, 30.0], [51.0, 30.0], [51.0, 31.0]]\n"
)
_TAK = 'server = "127.0.0.1:{port}"\nplain = true\nareas_to = "everybody"\nfires = ["FDC1"]\nstops_from = ["{station}"]\n'


class NearWorld:
    """A laptop whose file names a pilot's station and a map gateway; both name it, the pilot another one if that is said."""

    def __init__(self, folder, *, pilot_names=NAME):
        self.laptop, self.server_port = Laptop(folder, port=free_port), free_port()
        self.air = self._gateway("air1", "mavlink", _AIR.format(station=pilot_names))
        self.tak = self._gateway("tak", "tak", _TAK.format(port=self.server_port, station=NAME))
        path = self.laptop.folder / "station.toml"
        near = f'[station.near]\npilot = "air1@{_at(self.air)}"\nmaps = "tak@{_at(self.tak)}"\n'
        path.write_text(path.read_text() + near)
        self.laptop.config = config.load(path, channel="station")
        self.laptop.briefed(maps=MAPS, area_e7=AREA)
        self.station, self.door = self.laptop.station, self.laptop.process.door

    def _gateway(self, name, channel, table):
        where = certificates.enrol(self.laptop.data, name, box_public=b"\x01" * 1216)
        told = (
            f'[gateway]\nname = "{name}"\nstamp = "exercise"\nlisten = "127.0.0.1:{free_port()}"\n'
        )
        (where / "gateway.toml").write_text(f"{told}[{channel}]\n{table}")
        return config.load(where / "gateway.toml", channel=channel)

    @contextlib.asynccontextmanager
    async def running(self, *works):
        """Run the gateways near, the units' server, and the station's door; yield the server."""
        near = (mavlink.serve(self.air), tak.serve(self.tak), self.door.run(), *works)
        async with Server(self.server_port) as server, running(*near):
            while not (self.air.folder / hand.SOCKET).exists():
                await asyncio.sleep(0.02)
            yield server

    @contextlib.asynccontextmanager
    async def screen(self):
        """Open a pilot's screen, as `safeconduct pilot` does."""
        reads, writes = await asyncio.open_unix_connection(self.air.folder / hand.SOCKET)
        try:
            yield reads
        finally:
            writes.close()


def _at(told):
    return f"{told.listen.host}:{told.listen.port}"
