"""Which processes a data folder runs: keeper, console, worker, link, and the gateways it has here."""

import base64
import secrets
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from safeconduct import apart, log
from safeconduct.access import client
from safeconduct.access.rules import WorkerId
from safeconduct.command import origin as address
from safeconduct.command.gateway import CHANNELS
from safeconduct.command.public import PART, Open
from safeconduct.command.rooting import FILE, Root
from safeconduct.command.supervise import Family, Part
from safeconduct.command.trouble import Trouble
from safeconduct.command.users import Users
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool import certificates, config, core_end
from safeconduct.spool.handed import Handed

KEEPER_WORKERS = ("ingest", "send", "escort", "clocks", "web", "link")
LOOPS = ("ingest", "send", "escort", "clocks")  # what the worker process runs
LINK = "link"
logger = log.get_logger()


@dataclass(frozen=True, slots=True)
class House:
    """One data folder about to be run.

    Attributes:
        tokens: worker → token, made at each start of the supervisor; they lie on no disk.
        root: what opens the keys, with its word, if it has one.
        public: the console's address behind a proxy or in the open, "" without one; command/origin.py
            read it.
        opened: how it stands in the open; None is on loopback.
        users: whom its parts run as; None is all as we do.
    """

    folder: Path
    port: int
    stamp: str
    tokens: dict[str, str]
    root: Root = FILE
    public: str = ""
    opened: Open | None = None
    users: Users | None = None

    @property
    def origin(self) -> str:
        """Return the console's address; a passkey is bound to the name, never to a bare address."""
        return self.public or address.local(self.port)


def new_tokens() -> dict[str, str]:
    """Return a fresh token for every worker."""
    return {name: secrets.token_hex(32) for name in KEEPER_WORKERS}


def keeper(house: House) -> Part:
    """Return the keeper; everything else waits for its socket."""
    users = house.users
    admits = ("--admit", str(users.others.uid)) if users else ()
    named = ("--origin", house.origin, "--rp-id", address.host_of(house.origin))
    argv = ("-m", "safeconduct.keeper", "--data", str(house.folder), *named)
    told = {**house.tokens, "root": house.root.word}
    ready = apart.of_keeper(house.folder) / "keeper.sock"
    part = Part("keeper", (*argv, *admits, *house.root.arguments), 1, told, ready=ready)
    return replace(part, user=users.keeper) if users else part


def _gateways(house: House) -> list[str]:
    return [peer.name for peer in _peers(house)]


def _peers(house: House) -> list[config.Peer]:
    try:
        return config.peers(house.folder, stamp=house.stamp)
    except config.ConfigWrong as wrong:
        raise Trouble(str(wrong)) from None


def _linked(house: House) -> WorkerId:
    return WorkerId("SYS:link", house.tokens["link"])


def enrol_gateways(house: House) -> None:
    """Make the link's keys for every configured gateway, before anything of the link runs.

    Raises:
        Trouble: gateways.toml has a line that cannot be used.
    """
    who, speaks = _linked(house), load.current().languages
    certificates.found(house.folder, box_public=client.gateway_keys(who, "core").box_public)
    for peer in _peers(house):
        box, dials = client.gateway_keys(who, peer.name).box_public, peer.into == config.STATIONS
        certificates.enrol(house.folder, peer.name, box_public=box, languages=speaks, dials=dials)


def link_keys(house: House) -> dict[str, Any]:
    """Return what the link's process is told on stdin (spool/dial.py): every gateway's keys.

    Raises:
        Trouble: gateways.toml has a line that cannot be used.
    """
    who = _linked(house)
    core = client.gateway_keys(who, "core")
    keys: dict[str, dict[str, str]] = {}
    for name in _gateways(house):
        pair = client.gateway_keys(who, name)
        keys[name] = Handed(pair.box_private, pair.box_earlier, pair.box_public).to_plain()
    public = base64.b64encode(core.box_public).decode()
    return {"core": {"public": public, "turned": core.turned}, "keys": keys}


class Handing:
    """Hands the link's keys on when the keeper has turned them, and restarts nothing.

    Args:
        house: the data folder.
        told: the keys that its link began with.
    """

    def __init__(self, house: House, told: Mapping[str, Any]) -> None:
        self._house, self._turned = house, int(told["core"]["turned"])

    def look(self, parts: Family) -> bool:
        """Hand on what was turned since; return whether anything was.

        A keeper that is away, locked or refuses is asked again at the next look: the keys that are out open
        for a week more.
        """
        try:
            if client.ping()["turned"] == self._turned:
                return False
            told = link_keys(self._house)
        except (client.KeeperAway, Refused, Trouble) as why:
            logger.warning("link.keys_not_handed", error=type(why).__name__)
            return False
        parts.tell(LINK, told)
        self._turned = int(told["core"]["turned"])
        logger.info("link.keys_handed")
        return True


def hold_links(house: House) -> None:
    """Have the keeper turn no key as long as a gateway is known that could not follow.

    A keeper that is away, locked or refuses is told at the next look: what it was told last stays.
    """
    held = core_end.holds_keys(house.folder)
    try:
        if client.ping()["held"] != held:
            client.hold_links(_linked(house), held=held)
            logger.warning("link.keys_held", state="held" if held else "let go")
    except (client.KeeperAway, Refused) as why:
        logger.warning("link.keys_not_held", error=type(why).__name__)


def gateways_here(house: House) -> Iterator[Part]:
    """Yield the gateways whose gateway.toml lies in this data folder: they run on this machine."""
    for path in sorted((house.folder / "gateways").glob("*/gateway.toml")):
        try:
            told = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as wrong:
            raise Trouble(f"{path} is no TOML: {wrong}. Mend it; see docs/gateways.md") from None
        channel = next((name for name in CHANNELS if name in told), "")
        if not channel:
            raise Trouble(
                f"{path.parent.name}/gateway.toml has no channel's table. See docs/gateways.md"
            )
        argv = ("-m", f"safeconduct.gateways.{CHANNELS[channel]}", "--config", str(path))
        yield Part(f"gateway-{path.parent.name}", argv, 3)


def others(
    house: House, *, handed: Mapping[str, Any], shown: Mapping[str, str] | None = None
) -> tuple[Part, ...]:
    """Return all parts but the keeper.

    Args:
        handed: what `link_keys` returned.
        shown: the certificate that a console in the open shows.
    """
    folder = house.folder
    ready = folder / "run" / "web.ready"
    secret = {"SAFECONDUCT_SECRET": secrets.token_urlsafe(48)}
    tokens = {name: house.tokens[name] for name in LOOPS}
    parts = (
        Part(PART, ("-m", "safeconduct.web.serve"), 2, shown or {}, ready, env=secret),
        Part("worker", ("-m", "safeconduct.web.worker"), 2, {"tokens": tokens}),
        Part(
            LINK,
            ("-m", "safeconduct.spool.dial", "--data", str(folder)),
            3,
            handed,
        ),
        *gateways_here(house),
    )
    user = house.users.others if house.users else None
    return tuple(replace(part, user=user) for part in parts)
