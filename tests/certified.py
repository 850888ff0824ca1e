"""An authority elsewhere that makes the console's certificates."""

import ssl
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from safeconduct import clock
from safeconduct.command import given
from safeconduct.command.authority import Shown
from safeconduct.spool import certificates
from tests.known_name import HOST


class Theirs:
    """An authority elsewhere, and the two files it writes for the console."""

    def __init__(self, place: Path) -> None:
        """Write nothing yet."""
        place.mkdir(exist_ok=True)
        self.pair = certificates.authority("somebody", days=30)
        self.certificate, self.key = place / "chain.pem", place / "key.pem"
        self.trusts = ssl.create_default_context(
            cadata=self.pair[0].public_bytes(Encoding.PEM).decode()
        )

    def write(self, name: str = HOST, *, days: int = 20) -> int:
        """Make both anew; return the certificate's number."""
        server = ExtendedKeyUsageOID.SERVER_AUTH
        made, key = certificates.leaf(name, may=server, by=self.pair, days=days)
        self.key.write_bytes(certificates.pem(key))
        self.certificate.write_bytes(
            made.public_bytes(Encoding.PEM) + self.pair[0].public_bytes(Encoding.PEM)
        )
        return made.serial_number

    def read(self, *, name: str = HOST, wall: datetime | None = None) -> Shown:
        """Read them as the console does."""
        return given.read(
            self.certificate, self.key, named=True, name=name, wall=wall or clock.wall()
        )
