"""How the console ends TLS by itself, where no proxy stands before it (docs/operate.md, Without a proxy).

Certificate and key come on standard input from the supervisor, which has checked them, and lie in
memory alone. New ones come the same way while connections are open, and count from the next one on.
Whoever does not ask for our name is shown no certificate: an address alone does not tell whose it is.
"""

import json
import os
import socket
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import ClassVar

EVERYWHERE = "*"  # all addresses of this machine
WARNS_BEFORE = timedelta(days=14)
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"  # of TLS 1.2; those of 1.3 are all like them


def _plain() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_ciphers(_CIPHERS)
    made.set_alpn_protocols(["http/1.1"])
    return made


@contextmanager
def _in_memory(text: str) -> Iterator[str]:
    """Yield the path of a file that holds `text` and lies on no disk."""
    file = os.memfd_create("tls")
    try:
        os.write(file, text.encode())
        yield f"/proc/self/fd/{file}"
    finally:
        os.close(file)


def context(chain: str, key: str) -> ssl.SSLContext:
    """Return what serves a certificate.

    Args:
        chain, key: PEM.

    Raises:
        ssl.SSLError: they do not belong together, or are too weak to be taken.
    """
    made = _plain()
    with _in_memory(chain) as certificate, _in_memory(key) as private:
        made.load_cert_chain(certificate, private)
    return made


class Served:
    """The certificate that is served now to whoever asks for one name."""

    ends: ClassVar[datetime | None] = None  # of the one this process serves, for the frame

    def __init__(self, name: str, told: Mapping[str, str]) -> None:
        """Begin with what the supervisor told first; see command/authority.py:Shown."""
        self._name = name
        self._take(told)
        self.listens = _plain()
        self.listens.sni_callback = self._answer

    def _take(self, told: Mapping[str, str]) -> None:
        self._now = context(told["chain"], told["key"])
        Served.ends = datetime.fromisoformat(told["until"])

    def _answer(self, asked: ssl.SSLObject, name: str | None, _first: ssl.SSLContext) -> int | None:
        if name is None or name.lower() != self._name:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        asked.context = self._now
        return None

    def follow(self, lines: Iterable[bytes]) -> None:
        """Take what comes on `lines` from now on, in a thread of its own."""

        def take_each() -> None:
            for line in lines:
                self._take(json.loads(line))

        threading.Thread(target=take_each, daemon=True).start()


def ends_soon(*, wall: datetime) -> datetime | None:
    """Return when the certificate of this process ends, if that is within two weeks."""
    ends = Served.ends
    return ends if ends is not None and ends - wall < WARNS_BEFORE else None


def listen(address: str, port: int) -> socket.socket:
    """Return a socket that listens on `address`, or on every one of both families.

    Raises:
        OSError: the port is taken or not for this user, or the address is not of this machine.
    """
    if address != EVERYWHERE:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return socket.create_server((address, port), family=family)
    if socket.has_dualstack_ipv6():
        return socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    return socket.create_server(("", port))
