"""What a gateway reads at start, and what the core knows of its gateways. Wrong lines name their mend.

An edge host's `gateway.toml`:

    [gateway]
    name = "smpp"             # also the sender's name on everything it seals
    stamp = "real"            # or "exercise": then no address but loopback is taken
    listen = "10.0.0.7:7300"  # the core dials here
    folder = "."              # holds keys/ and spool/; relative to this file

and one table for its channel, named as the gateway's module documents it. The core's
`gateways.toml` in the data folder has one table for each:

    [[gateway]]
    name = "smpp"
    address = "10.0.0.7:7300"
    into = "in"               # arrivals land in spool/in.db of the data folder
    instead_of = ["smpp0"]    # what was to leave by these, which were struck out, leaves by it
"""

import ipaddress
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LAST_PORT = 65535
STAMPS = ("exercise", "real")
STATIONS = "in-station"  # the line "into" of every station in the field


class ConfigWrong(ValueError):
    """A line of a configuration cannot be used; the message says which and how to mend it."""


@dataclass(frozen=True, slots=True)
class Address:
    """A TCP or UDP end."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Return whether it can only mean this machine."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Config:
    """One gateway's file. `channel` is its own table, unread."""

    name: str
    stamp: str
    listen: Address
    folder: Path
    channel: dict[str, Any]

    def address(self, text: str) -> Address:
        """Read "host:port".

        Raises:
            ConfigWrong: it cannot be read, or leaves this machine in an exercise.
        """
        return _address(text, stamp=self.stamp)

    def insist_named(self, channel: str) -> None:
        """Insist on a name by which the core knows the channel: "telegram", or "telegram2" after it.

        Raises:
            ConfigWrong: it has another, so an account of the channel would count as nobody's.
        """
        if self.name.rstrip("0123456789") != channel:
            raise ConfigWrong(
                f"A gateway of this channel must be named {channel}, or {channel}2 once that was struck "
                "out: by its name the core knows whose accounts these are. Enrol it so."
            )

    def need(self, name: str) -> Any:
        """Return a line of the channel's table.

        Raises:
            ConfigWrong: it is not there.
        """
        if name not in self.channel:
            raise ConfigWrong(f"The line {name!r} is missing in gateway.toml. Add it to its table.")
        return self.channel[name]


@dataclass(frozen=True, slots=True)
class Peer:
    """One gateway as the core knows it."""

    name: str
    address: Address
    into: str
    instead_of: tuple[str, ...] = ()


def _address(text: object, *, stamp: str) -> Address:
    host, _, port = str(text).rpartition(":")
    if not host or not port.isdecimal() or int(port) > _LAST_PORT:
        raise ConfigWrong(f'{text!r} is no address. Write it as "host:port".')
    found = Address(host.strip("[]"), int(port))
    if stamp == "exercise" and not found.is_loopback:
        raise ConfigWrong(
            f"{text!r} leaves this machine, and this is an exercise. Use 127.0.0.1, "
            'or set stamp = "real" on a host that is meant to reach the world.'
        )
    return found


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except FileNotFoundError as error:
        raise ConfigWrong(f"There is no file {path.name}. Give its path with --config.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigWrong(f"{path.name} is no TOML: {error}.") from error


def load(path: Path, *, channel: str) -> Config:
    """Read a gateway's file; `channel` names its own table.

    Raises:
        ConfigWrong: with what to mend.
    """
    told = _toml(path)
    ours = told.get("gateway", {})
    for line in ("name", "stamp", "listen"):
        if line not in ours:
            raise ConfigWrong(f"[gateway] in {path.name} lacks the line {line!r}. Add it.")
    if ours["stamp"] not in STAMPS:
        raise ConfigWrong(f'stamp in {path.name} must be "real" or "exercise".')
    if channel not in told:
        raise ConfigWrong(f"{path.name} has no table [{channel}]. Add it.")
    return Config(
        name=ours["name"],
        stamp=ours["stamp"],
        listen=_address(ours["listen"], stamp=ours["stamp"]),
        folder=(path.parent / ours.get("folder", ".")).resolve(),
        channel=told[channel],
    )


def peers(data: Path, *, stamp: str) -> list[Peer]:
    """Read the core's `gateways.toml`; no file means no gateways.

    Raises:
        ConfigWrong: with what to mend.
    """
    path = data / "gateways.toml"
    if not path.exists():
        return []
    found = []
    for row in _toml(path).get("gateway", []):
        if "name" not in row or "address" not in row:
            raise ConfigWrong("A [[gateway]] in gateways.toml lacks its name or address. Add it.")
        where, into = _address(row["address"], stamp=stamp), row.get("into", "in")
        found.append(Peer(row["name"], where, into, _names(row.get("instead_of", []))))
    return found


def _names(told: object) -> tuple[str, ...]:
    if not isinstance(told, list) or not all(isinstance(name, str) for name in told):
        raise ConfigWrong('instead_of in gateways.toml must be a list of names: ["smpp"].')
    return tuple(told)
