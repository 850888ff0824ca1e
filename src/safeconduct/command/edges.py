"""The gateways of an exercise: the product's own, on loopback, facing simulators instead of the world."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from safeconduct.geo import Point

SYSTEM_AIRCRAFT, SYSTEM_VEHICLE, SYSTEM_SECOND = 1, 2, 3

_GATEWAY = """[gateway]
name = "{name}"
stamp = "exercise"
listen = "127.0.0.1:{link}"
folder = "."

"""
_SMPP = """[{channel}]
server = "127.0.0.1:{carrier}"
system_id = "{account}"
password = "exercise"
segments_per_s = {rate}
"""
_MAVLINK = """[mavlink]
listen = "127.0.0.1:{air}"
rate_hz = 10
[mavlink.systems]
{aircraft} = "aircraft:1"
{vehicle} = "vehicle"
{second} = "aircraft:2"
"""
# Its fence is the fictional district's, for it is written before anybody knows which way he will go.
_PILOT = """[mavlink.pilot]
aircraft = [{aircraft}, {second}]
fence = {fence}
"""
_STATION = """[gateway]
name = "station1"
stamp = "exercise"
listen = "127.0.0.1:{link}"
folder = "."

[station]
console = "127.0.0.1:{console}"
hears = ["mavlink"]
language = "en"
[station.near]
pilot = "mavlink@127.0.0.1:{mavlink}"
maps = "tak@127.0.0.1:{tak}"
"""
_HEARS_STATION = {
    "mavlink": 'listen = "127.0.0.1:{air}"\nstation = "../station1"\nstops_from = ["station1"]\n',
    "tak": 'plain = true\nstops_from = ["station1"]\n',
}
_TAK = """[tak]
server = "127.0.0.1:{tak}"
plain = true
resend_s = 5
areas_to = "everybody"
callsign = "Watch"
fires = ["FDC1"]
[tak.units]
"unit:1" = ["RCV1"]
"unit:2" = ["RCV2"]
"""
_PEER = """[[gateway]]
name = "{name}"
address = "127.0.0.1:{link}"
into = "{into}"

"""


ALL = ("smpp", "pager", "mavlink", "tak")


def prepare(
    data: Path,
    free_port: Callable[[], int],
    *,
    names: Sequence[str] = ALL,
    fence: Sequence[Point] = (),
    station: bool = False,
) -> dict[str, object]:
    """Write the files of the gateways in `names`; return where the simulators have to be.

    Args:
        data: the exercise's folder.
        free_port: returns one that nobody listens on.
        names: of the gateways.
        station: an escort team's laptop stands beside them, and is told of and heard.
        fence: within which a pilot may fly both aircraft by his station; nobody flies them without.
    """
    carrier, air, tak = free_port(), free_port(), free_port()
    systems = {"aircraft": SYSTEM_AIRCRAFT, "vehicle": SYSTEM_VEHICLE, "second": SYSTEM_SECOND}
    channels = {
        "smpp": _SMPP.format(channel="smpp", carrier=carrier, account="safeconduct", rate=400),
        "pager": _SMPP.format(channel="pager", carrier=carrier, account="pager", rate=10),
        "mavlink": _MAVLINK.format(air=air, **systems),
        "tak": _TAK.format(tak=tak),
    }
    if fence:
        corners = [[each.lat_deg, each.lon_deg] for each in fence]
        channels["mavlink"] += _PILOT.format(fence=corners, **systems)
    if station:
        for name, line in _HEARS_STATION.items():
            first = line.splitlines()[0].format(air=air)
            channels[name] = channels[name].replace(f"{first}\n", line.format(air=air))
    into = {"mavlink": "in-mavlink", "tak": "in-map"}
    # where the core dials, and where a process of the laptop listens
    homes: list[tuple[int, int]] = []
    peers, links = "", {name: free_port() for name in names}
    for name, link in links.items():
        table = channels[name]
        place = data / "gateways" / name
        place.mkdir(mode=0o700, exist_ok=True)
        (place / "gateway.toml").write_text(_GATEWAY.format(name=name, link=link) + table)
        dialled = free_port() if station and name == "mavlink" else link
        peers += _PEER.format(name=name, link=dialled, into=into.get(name, "in"))
        homes += [(dialled, link)] if dialled != link else []
    laptop: dict[str, object] = {}
    if station:
        laptop = _laptop(data, free_port, links, homes)
        peers += _PEER.format(name="station1", link=homes[-1][0], into="in-station")
    (data / "gateways.toml").write_text(peers)
    return {"carrier": carrier, "air": air, "tak": tak, "systems": systems, "laptop": laptop}


def _laptop(
    data: Path,
    free_port: Callable[[], int],
    links: Mapping[str, int],
    homes: list[tuple[int, int]],
) -> dict[str, object]:
    """Write the file of the escort team's laptop, add its link to `homes`; return its ports."""
    ports = {"link": free_port(), "console": free_port()}
    homes.append((free_port(), ports["link"]))
    place = data / "gateways/station1"
    place.mkdir(mode=0o700, exist_ok=True)
    (place / "station.toml").write_text(_STATION.format(**{**links, **ports}))
    return {"links": homes, "console": ports["console"]}
