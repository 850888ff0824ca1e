"""The console's own authority: it signs for one name, on telephones that its programme looks after.

What telephones trust, the root, signs once, and its key is gone before anybody connects. What it
signed, the issuer, may sign for the console's name alone, and as it is no root every telephone
holds it to that: constraints of a root itself need not be looked at (RFC 5280 §6.1.1 d takes of it
a name and a key). The issuer's key lies sealed under a key of the keeper's.
"""

import hashlib
import ipaddress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from safeconduct import sealing
from safeconduct.command.trouble import Trouble
from safeconduct.spool import certificates
from safeconduct.spool.keyfiles import write_file

FOLDER = "console"
ROOT_DAYS = 1826  # five years: its end takes a visit to every telephone
LEAF_DAYS = 89  # 90 with the day before; Apple takes 825 of such an authority (HT210176)
_ROOT, _ISSUER, _SEALED = "root.pem", "issuer.pem", "issuer.sealed"
_PLACE = sealing.address("console", "issuer")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the console shows whoever connects, as it is told to its process.

    Attributes:
        chain: its certificate and those above it, PEM.
        key: its private key, PEM.
        until: when the first of them ends, ISO.
    """

    chain: str
    key: str = field(repr=False)
    until: str

    def told(self) -> dict[str, str]:
        """Return it as one line of JSON can carry it."""
        return asdict(self)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _bounds(name: str) -> x509.NameConstraints:
    nets = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    return x509.NameConstraints([x509.DNSName(name)], [x509.IPAddress(net) for net in nets])


def found(data: Path, name: str, *, key: bytes) -> bool:
    """Make the authority of a name, unless it is there; return whether it was made.

    An authority of another name is replaced: the name changes only before anybody made a passkey.

    Args:
        key: the keeper's, under which the issuer's is sealed.
    """
    folder = data / FOLDER
    if (folder / _SEALED).exists() and name_of(data) == name:
        return False
    own = name[:48]  # each of the three is to have another name, within the 64 of a common name
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    root = certificates.authority(f"{own} CA", days=ROOT_DAYS, path_length=1)
    issuer, own_key = certificates.authority(
        f"{own} issuer",
        days=ROOT_DAYS,
        above=root,
        bounds=((_bounds(name), True), (server, False)),
    )
    (folder / _SEALED).unlink(missing_ok=True)
    write_file(folder / _ROOT, _pem(root[0]))
    write_file(folder / _ISSUER, _pem(issuer))
    sealed = sealing.seal(key, certificates.pem(own_key), _PLACE)
    write_file(folder / _SEALED, sealed)  # last: it says that all is there
    return True


def issue(data: Path, name: str, *, key: bytes, wall: datetime) -> Shown:
    """Return a fresh certificate and key of the console, which lie on no disk.

    Args:
        key: the keeper's, under which the issuer's lies.

    Raises:
        Trouble: the authority has ended, its file is damaged, or the keeper's key does not open it.
    """
    folder = data / FOLDER
    issuer = _certificate(folder / _ISSUER)
    days = min(LEAF_DAYS, (issuer.not_valid_after_utc - wall).days)
    if days < 1:
        raise Trouble(
            f"The authority of {name} has ended. Remove {folder}, start again with --public {name}, "
            "and bring the new one to every telephone: safeconduct public page."
        )
    try:
        opened = sealing.unseal(key, _bytes(folder / _SEALED), _PLACE)
    except sealing.Tampered:
        raise Trouble(
            f"The key in {folder / _SEALED} is not of these keys. Bring the folder and keys.db of "
            f"one programme; or remove {folder}, and telephones need a new authority."
        ) from None
    signs = serialization.load_pem_private_key(opened, None)
    if not isinstance(signs, ec.EllipticCurvePrivateKey):
        raise TypeError("what the keeper opened is no key of an authority")
    server = ExtendedKeyUsageOID.SERVER_AUTH
    made, own = certificates.leaf(name, may=server, by=(issuer, signs), days=days)
    chain = (_pem(made) + _pem(issuer)).decode()
    until = made.not_valid_after_utc.isoformat()
    return Shown(chain, certificates.pem(own).decode(), until)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failed:
        raise Trouble(
            f"{path} cannot be read: {failed.strerror}. Bring it back from a copy: with a new authority "
            "every telephone must be visited."
        ) from None


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_bytes(path))
    except ValueError:
        raise _damaged(path) from None


def _damaged(path: Path) -> Trouble:
    return Trouble(
        f"{path} is damaged: it is no certificate of this authority. Bring it back from a copy: with a "
        "new authority every telephone must be visited."
    )


def root_of(data: Path) -> x509.Certificate:
    """Return the certificate that telephones trust.

    Raises:
        Trouble: no authority was made here, or its file is damaged.
    """
    path = data / FOLDER / _ROOT
    if not path.exists():
        raise Trouble(
            f"{data} has no authority of its own: `safeconduct up --public NAME` makes one where no "
            "--certificate is given."
        )
    return _certificate(path)


def name_of(data: Path) -> str:
    """Return the name that the authority here signs for.

    Raises:
        Trouble: no authority was made here, or its file is damaged.
    """
    root_of(data)
    path = data / FOLDER / _ISSUER
    try:
        told = _certificate(path).extensions.get_extension_for_class(x509.NameConstraints)
        (only,) = list(told.value.permitted_subtrees or [])
    except (x509.ExtensionNotFound, ValueError):
        raise _damaged(path) from None
    return str(only.value)


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 of a certificate as telephones show it, in pairs: "A1 B2 …"."""
    der = certificate.public_bytes(serialization.Encoding.DER)
    return hashlib.sha256(der).digest().hex(" ").upper()
