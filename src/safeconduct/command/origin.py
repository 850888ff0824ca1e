"""The console's address as browsers know it: scheme, host and port. Passkeys are bound to its host.

One address, told once with `--origin` and kept in the data folder: what the keeper verifies, which
host the console answers, how its cookies are named and which links are printed all follow from it.
"""

import ipaddress
import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from safeconduct.command.folder import write_whole
from safeconduct.command.trouble import Trouble

FILE = "origin"
LOCAL = "localhost"  # the one host that browsers trust without TLS
_PORTS = {"http": 80, "https": 443}
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"  # RFC 1123 §2.1
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_LIKE = "Give it as https://console.example.org or https://console.example.org:8443"


def local(port: int) -> str:
    """Return the address of a console that stands behind no proxy."""
    return f"http://{LOCAL}:{port}"


def host_of(origin: str) -> str:
    """Return the host name of an address that `read` returned: what passkeys are bound to."""
    return urlsplit(origin).hostname or LOCAL


def port_of(origin: str) -> int:
    """Return the port of an address that `read` returned."""
    parts = urlsplit(origin)
    return parts.port or _PORTS[parts.scheme]


def read(address: str, *, told: str = "", like: str = _LIKE) -> str:
    """Return an address as a browser writes it: lower case, without the scheme's own port.

    Args:
        told: the words on the command line that it comes from, where they are not its own.
        like: how to write it.

    Raises:
        Trouble: browsers or passkeys would refuse it; the message says how to write it.
    """
    try:
        return _read(address.strip())
    except _Wrong as why:
        raise Trouble(f"{told or f'--origin {address}'} cannot be used. {why} {like}.") from None


class _Wrong(ValueError):
    """Browsers or passkeys would refuse this address; the message says why."""


def _read(address: str) -> str:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise _Wrong("It is no address.") from None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host:
        raise _Wrong("It needs a scheme and a host.")
    if parts.path or parts.query or parts.fragment or parts.username is not None:
        raise _Wrong("It holds more than scheme, host and port.")
    _insist_on_a_name(host)
    if parts.scheme == "http" and host != LOCAL:
        raise _Wrong(
            "Without TLS browsers make no passkey but on localhost. Put a TLS proxy before it."
        )
    return f"{parts.scheme}://{host}{_port(parts, port)}"


def _insist_on_a_name(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        number = host.rpartition(".")[2].isdigit()  # browsers read 10.1 as an address too
    else:
        number = True
    if number:
        raise _Wrong("Passkeys refuse a bare address. Give the console a name in your DNS.")
    if not _NAME.fullmatch(host):
        raise _Wrong(f"{host!r} is no host name; other alphabets are written as xn--….")


def _port(parts: SplitResult, port: int | None) -> str:
    return "" if port is None or port == _PORTS[parts.scheme] else f":{port}"


def kept(folder: Path) -> str:
    """Return the address that an earlier start kept, "" for none.

    Raises:
        Trouble: the file was changed by hand into something that cannot be used.
    """
    path = folder / FILE
    return read(path.read_text(encoding="utf-8")) if path.exists() else ""


def keep(folder: Path, origin: str) -> None:
    """Keep an address for later starts."""
    write_whole(folder / FILE, f"{origin}\n")
