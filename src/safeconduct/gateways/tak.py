"""Areas out: writes each no-fire area as CoT to the unit's own TAK server, over mutual TLS.

An area, a time and a random reference leave here; there is no field for a name, a number, a case
or a hostile affiliation. A shape advises people and enforces nothing. Its table in gateway.toml:

    [tak]
    server = "10.0.0.9:8089"
    ca = "keys/tak-ca.pem"            # the server's authority
    certificate = "keys/tak.pem"      # ours, and its key
    key = "keys/tak-key.pem"
    server_name = "tak.unit"          # where its certificate bears another name than the address
    resend_s = 30                     # shapes are said again for those who joined late

`plain = true` stands for the certificates in an exercise, on loopback, and nowhere else.
"""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from lxml import etree

from safeconduct import clock, log
from safeconduct.envelope import Marker
from safeconduct.spool.config import Address, Config, ConfigWrong
from safeconduct.spool.edge import Edge, command

STALE_AFTER = timedelta(minutes=60)  # past validity: a shape must not vanish when our link fails
RESEND_S = 30.0
RETRY_S = 1.0
UNKNOWN = "9999999.0"  # CoT's word for an unknown height or error
GREEN, GREEN_WASH = "-14636742", "536907066"  # ARGB as signed integers, as ATAK writes them
DRAWN = {"polygon": "u-d-f", "circle": "u-d-c-c"}
logger = log.get_logger()


def event_of(marker: Marker, *, now: datetime) -> bytes:
    """Return one CoT event for a marker.

    Args:
        marker: its random reference becomes the uid; its validity the start and stale times.
        now: world time; an area ended by a named person is stale from now.

    Raises:
        ValueError: a shape we do not draw.
    """
    if marker.shape not in DRAWN:
        raise ValueError(f"a {marker.shape} is no area; only polygons and circles are drawn")
    lats, lons = zip(*marker.ring_e7, strict=True)
    stale = now if marker.ended else marker.valid_until + STALE_AFTER
    event = etree.Element(
        "event",
        version="2.0",
        uid=marker.marker,
        type=DRAWN[marker.shape],
        how="h-e",
        time=_time(now),
        start=_time(marker.valid_from),
        stale=_time(stale),
    )
    etree.SubElement(
        event,
        "point",
        lat=_degrees(sum(lats) // len(lats)),
        lon=_degrees(sum(lons) // len(lons)),
        hae=UNKNOWN,
        ce=UNKNOWN,
        le=UNKNOWN,
    )
    detail = etree.SubElement(event, "detail")
    _shape(detail, marker)
    etree.SubElement(detail, "contact", callsign="No fire")
    etree.SubElement(detail, "strokeColor", value=GREEN)
    etree.SubElement(detail, "fillColor", value=GREEN_WASH)
    etree.SubElement(detail, "labels_on", value="true")
    etree.SubElement(detail, "archive")
    remarks = etree.SubElement(detail, "remarks")
    remarks.text = "ended" if marker.ended else f"valid until {_time(marker.valid_until)}"
    raw: bytes = etree.tostring(event, xml_declaration=False, encoding="UTF-8")
    return raw + b"\n"


def _shape(detail: etree._Element, marker: Marker) -> None:
    if marker.shape == "circle":
        shape = etree.SubElement(detail, "shape")
        radius = f"{marker.radius_m}.0"
        etree.SubElement(shape, "ellipse", major=radius, minor=radius, angle="360")
        return
    ring = marker.ring_e7
    closed = ring if ring[0] == ring[-1] else [*ring, ring[0]]
    for lat, lon in closed:
        etree.SubElement(detail, "link", point=f"{_degrees(lat)},{_degrees(lon)}")


def _degrees(e7: int) -> str:
    sign, whole = ("-" if e7 < 0 else ""), abs(e7)
    return f"{sign}{whole // 10**7}.{whole % 10**7:07d}"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def server_of(config: Config) -> Address:
    """Return the unit's server.

    Raises:
        ConfigWrong: a multicast or broadcast address: everybody in radio reach would hear.
    """
    where = config.address(config.need("server"))
    try:
        number = ipaddress.ip_address(where.host)
    except ValueError:
        return where
    if number.is_multicast or number.is_unspecified or str(number).endswith(".255"):
        raise ConfigWrong(
            f"{where.host} reaches everybody. Name the unit's own server, one host, in [tak]."
        )
    return where


def security_of(config: Config, *, server: Address) -> ssl.SSLContext | None:
    """Return the mutual TLS context; None only for a plain exercise on loopback.

    Raises:
        ConfigWrong: certificates are missing, or plain TCP is asked for where it must not be.
    """
    if config.channel.get("plain"):
        if config.stamp != "exercise" or not server.is_loopback:
            raise ConfigWrong(
                "plain = true is for exercises on loopback. Remove it and name ca, certificate, key."
            )
        return None
    names = [config.folder / config.need(line) for line in ("ca", "certificate", "key")]
    for path in names:
        if not path.exists():
            raise ConfigWrong(
                f"The file {path.name} of [tak] is not there. Bring it from the unit."
            )
    context = ssl.create_default_context(cafile=str(names[0]))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(names[1], names[2])
    return context


class Areas:
    """The areas now to be shown, by reference. In memory only: an edge disk holds no plain place."""

    def __init__(self) -> None:
        self._areas: dict[str, Marker] = {}

    def take(self, marker: Marker) -> None:
        """Take the newest word on one area."""
        self._areas[marker.marker] = marker

    def shown(self, *, now: datetime) -> list[Marker]:
        """Return the areas to say again for late joiners; those ended or long past are dropped."""
        for ref, marker in list(self._areas.items()):
            if marker.ended or marker.valid_until + STALE_AFTER < now:
                del self._areas[ref]
        return list(self._areas.values())


@asynccontextmanager
async def connected(
    server: Address, security: ssl.SSLContext | None, *, name: str | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Hold one connection to the server."""
    reader, writer = await asyncio.open_connection(
        server.host, server.port, ssl=security, server_hostname=name if security else None
    )
    try:
        yield reader, writer
    finally:
        writer.close()


async def speak(
    edge: Edge, areas: Areas, server: Address, security: ssl.SSLContext | None, resend_s: float
) -> None:
    """Send every marker that comes, and all of them again each `resend_s`; reconnect for ever."""
    while True:
        try:
            name = edge.config.channel.get("server_name")
            async with connected(server, security, name=name) as (reader, writer):
                logger.info("tak.connected", gateway=edge.config.name)
                for marker in areas.shown(now=clock.now()):
                    await send_marker(writer, marker)
                async with asyncio.TaskGroup() as works:
                    works.create_task(_until_gone(reader))
                    works.create_task(_new_ones(edge, areas, writer))
                    works.create_task(_again(areas, writer, resend_s))
        except* (OSError, ssl.SSLError) as trouble:
            logger.warning("tak.unreachable", error=type(trouble.exceptions[0]).__name__)
        await asyncio.sleep(RETRY_S)


async def _until_gone(reader: asyncio.StreamReader) -> None:
    """Throw away what the server says.

    Raises:
        ConnectionResetError: it has closed; what was written may not have arrived.
    """
    while await reader.read(65536):
        pass
    raise ConnectionResetError


async def _new_ones(edge: Edge, areas: Areas, writer: asyncio.StreamWriter) -> None:
    while True:
        for arrived in await edge.take():
            marker = Marker.from_bytes(arrived.content)
            if marker.shape in DRAWN:
                areas.take(marker)
                await send_marker(writer, marker)
            else:
                logger.warning("tak.not_drawn", gateway=edge.config.name, kind=marker.shape)
            await edge.done(arrived)  # after the write: a server that was gone gets it again


async def _again(areas: Areas, writer: asyncio.StreamWriter, resend_s: float) -> None:
    while True:
        await asyncio.sleep(resend_s)
        for marker in areas.shown(now=clock.now()):
            await send_marker(writer, marker)


async def send_marker(writer: asyncio.StreamWriter, marker: Marker) -> None:
    """Write one area to the server.

    Raises:
        OSError: the server is gone.
    """
    writer.write(event_of(marker, now=clock.now()))
    await writer.drain()


async def serve(config: Config) -> None:
    """Speak to the unit's server and listen for the core, until told to stop."""
    server = server_of(config)
    security = security_of(config, server=server)
    resend_s = float(config.channel.get("resend_s", RESEND_S))
    edge = Edge(config)
    await edge.run(speak(edge, Areas(), server, security, resend_s))


if __name__ == "__main__":
    raise SystemExit(command(serve, channel="tak"))
