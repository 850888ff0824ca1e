"""Which processes a data folder runs: keeper, console, worker, link, and the gateways it has here."""

import base64
import secrets
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from safeconduct.access import client
from safeconduct.access.rules import WorkerId
from safeconduct.command import origin as address
from safeconduct.command.gateway import CHANNELS
from safeconduct.command.rooting import FILE, Root
from safeconduct.command.supervise import Part
from safeconduct.command.trouble import Trouble
from safeconduct.programme import load
from safeconduct.spool import certificates, config

KEEPER_WORKERS = ("ingest", "send", "escort", "clocks", "web", "link")
LOOPS = ("ingest", "send", "escort", "clocks")  # what the worker process runs


@dataclass(frozen=True, slots=True)
class House:
    """One data folder about to be run.

    Attributes:
        tokens: worker → token, made at each start of the supervisor; they lie on no disk.
        root: what opens the keys, with its word, if it has one.
        public: the console's address behind a proxy, "" without one; command/origin.py read it.
    """

    folder: Path
    port: int
    stamp: str
    tokens: dict[str, str]
    root: Root = FILE
    public: str = ""

    @property
    def origin(self) -> str:
        """Return the console's address; a passkey is bound to the name, never to a bare address."""
        return self.public or address.local(self.port)


def new_tokens() -> dict[str, str]:
    """Return a fresh token for every worker."""
    return {name: secrets.token_hex(32) for name in KEEPER_WORKERS}


def keeper(house: House) -> Part:
    """Return the keeper; everything else waits for its socket."""
    places = house.root.arguments
    named = ("--origin", house.origin, "--rp-id", address.host_of(house.origin))
    argv = ("-m", "safeconduct.keeper", "--data", str(house.folder), *named)
    told = {**house.tokens, "root": house.root.word}
    return Part("keeper", (*argv, *places), 1, told, ready=house.folder / "keeper.sock")


def enrol_gateways(house: House) -> dict[str, str]:
    """Make the link's keys for every configured gateway; return name → its private box key, base64.

    Raises:
        Trouble: gateways.toml has a line that cannot be used.
    """
    try:
        peers = config.peers(house.folder, stamp=house.stamp)
    except config.ConfigWrong as wrong:
        raise Trouble(str(wrong)) from None
    who = WorkerId("SYS:link", house.tokens["link"])
    core = client.gateway_keys(who, "core")
    certificates.found(house.folder, box_public=core.box_public)
    handed: dict[str, str] = {}
    for peer in peers:
        keys = client.gateway_keys(who, peer.name)
        box, speaks = keys.box_public, load.current().languages
        certificates.enrol(house.folder, peer.name, box_public=box, languages=speaks)
        handed[peer.name] = base64.b64encode(keys.box_private).decode()
    return handed


def gateways_here(house: House) -> Iterator[Part]:
    """Yield the gateways whose gateway.toml lies in this data folder: they run on this machine."""
    for path in sorted((house.folder / "gateways").glob("*/gateway.toml")):
        told = tomllib.loads(path.read_text())
        channel = next((name for name in CHANNELS if name in told), "")
        if not channel:
            raise Trouble(
                f"{path.parent.name}/gateway.toml has no channel's table. See docs/gateways.md"
            )
        argv = ("-m", f"safeconduct.gateways.{CHANNELS[channel]}", "--config", str(path))
        yield Part(f"gateway-{path.parent.name}", argv, 3)


def others(house: House, *, handed: dict[str, str]) -> tuple[Part, ...]:
    """Return all parts but the keeper; `handed` is what `enrol_gateways` returned."""
    folder = house.folder
    ready = folder / "run" / "web.ready"
    secret = {"SAFECONDUCT_SECRET": secrets.token_urlsafe(48)}
    tokens = {name: house.tokens[name] for name in LOOPS}
    return (
        Part("web", ("-m", "safeconduct.web.serve"), 2, {}, ready, env=secret),
        Part("worker", ("-m", "safeconduct.web.worker"), 2, {"tokens": tokens}),
        Part(
            "link",
            ("-m", "safeconduct.spool.dial", "--data", str(folder)),
            3,
            {"keys": handed},
        ),
        *gateways_here(house),
    )
