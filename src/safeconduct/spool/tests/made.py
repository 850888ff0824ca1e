"""A small programme on disk for tests: its authority, one enrolled gateway, its gateway.toml."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.ports import free_port

from safeconduct import sealing
from safeconduct.envelope import InboundText
from safeconduct.spool import certificates, config
from safeconduct.spool.handed import Handed

NOON = datetime(2031, 5, 4, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    data: Path
    folder: Path
    core_private: bytes
    gateway_private: bytes
    channel: str

    def core_keys(self) -> tuple[bytes, ...]:
        return (self.core_private,)

    def handed(self) -> Handed:
        return Handed(self.gateway_private)

    def config(self) -> config.Config:
        return config.load(self.folder / "gateway.toml", channel=self.channel)


def programme(folder: Path, *, name: str = "smpp", table: str = "") -> Made:
    data = folder / "data"
    core_private, core_public = sealing.new_box_keys()
    gateway_private, gateway_public = sealing.new_box_keys()
    certificates.found(data, box_public=core_public)
    where = certificates.enrol(data, name, box_public=gateway_public)
    port = free_port()
    (where / "gateway.toml").write_text(
        f'[gateway]\nname = "{name}"\nstamp = "exercise"\nlisten = "127.0.0.1:{port}"\n[{name}]\n{table}'
    )
    (data / "stamp").write_text("exercise")
    (data / "gateways.toml").write_text(
        f'[[gateway]]\nname = "{name}"\naddress = "127.0.0.1:{port}"\n'
    )
    return Made(data, where, core_private, gateway_private, name)


def text(n: int) -> InboundText:
    return InboundText(
        route="smpp",
        arrival=n,
        arrived_at=NOON,
        sender="200",
        recipient="100",
        text=f"text {n}",
        reference=0,
        part=1,
        parts=1,
        raw=b"",
        maybe_again=False,
    )
