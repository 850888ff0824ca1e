"""The programme's own small authority: who may speak on the one link, and who signs what he carries.

`found` makes it in the data folder once; `enrol` adds one gateway and writes the folder that goes
to its host. On that host lie its link key, its signing key and public keys: with them one can
claim to be that gateway until it is struck out here, and open nothing.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from safeconduct import clock, sealing
from safeconduct.spool.keyfiles import (
    CORE,
    LANGUAGES,
    STRUCK,
    edge_host_name,
    write_file,
    write_key,
)

AUTHORITY_DAYS, LEAF_DAYS = 3650, 825
_SKEW = timedelta(days=1)  # an edge host's clock may be behind
Pair: TypeAlias = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key as PEM, under no password."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _subject(name: str) -> x509.Name:
    most = 64  # ub-common-name, RFC 5280 appendix A; who verifies looks at the alternative names
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:most])])


def _draft(name: str, *, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(name))
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.wall() - _SKEW)
        .not_valid_after(clock.wall() + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def authority(
    name: str,
    *,
    days: int,
    above: Pair | None = None,
    path_length: int = 0,
    bounds: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Pair:
    """Make an authority: its certificate and its key.

    Args:
        name: its own.
        above: the authority that signs it; None for one that signs itself.
        path_length: how many authorities may stand below it.
        bounds: what it may sign for, each with whether who does not know it must refuse.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    begun = _draft(name, days=days)
    signer = above[1] if above else key
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    begun = (
        begun.issuer_name(above[0].subject if above else _subject(name))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    for bound, critical in (*bounds, *([(issuer, False)] if above else [])):
        begun = begun.add_extension(bound, critical=critical)
    return begun.sign(signer, hashes.SHA256()), key


def leaf(name: str, *, may: ObjectIdentifier, by: Pair, days: int = LEAF_DAYS) -> Pair:
    """Make a certificate that signs for nobody, and its key.

    Args:
        may: what it proves: that one is the server, or the client, of this name.
        by: the authority that signs it.
    """
    ca, ca_key = by
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key())
    certificate = (
        _draft(name, days=days)
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([may]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(issuer, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    return certificate, key


def _found_authority(folder: Path) -> None:
    certificate, key = authority("safeconduct link authority", days=AUTHORITY_DAYS)
    write_file(folder / "ca-key.pem", pem(key))
    write_file(folder / "ca.pem", certificate.public_bytes(serialization.Encoding.PEM))


def _write_leaf(
    folder: Path, *, name: str, may: ObjectIdentifier, to: Path, called: str = "link"
) -> None:
    """Write link.pem and link-key.pem: the core may only dial, an edge may only listen.

    Args:
        called: "dial" for the second pair of a station, by which it calls gateways near it.
    """
    ca = x509.load_pem_x509_certificate((folder / "ca.pem").read_bytes())
    ca_key = serialization.load_pem_private_key((folder / "ca-key.pem").read_bytes(), None)
    if not isinstance(ca_key, ec.EllipticCurvePrivateKey):
        raise TypeError("ca-key.pem is not the authority's key; restore it from the backup")
    certificate, key = leaf(name, may=may, by=(ca, ca_key))
    write_file(to / f"{called}-key.pem", pem(key))
    write_file(to / f"{called}.pem", certificate.public_bytes(serialization.Encoding.PEM))


def found(data: Path, *, box_public: bytes) -> None:
    """Make the authority, the core's link certificate and its signing key, once.

    Args:
        data: the core's data folder; all lies in its folder `link`.
        box_public: the core's public box key; the private one is the keeper's.
    """
    folder = data / "link"
    if not (folder / "ca.pem").exists():
        _found_authority(folder)
    if not (folder / "link.pem").exists():
        _write_leaf(
            folder, name=f"{CORE}.safeconduct", may=ExtendedKeyUsageOID.CLIENT_AUTH, to=folder
        )
    if not (folder / "sign.key").exists():
        private, public = sealing.new_sign_keys()
        write_key(folder / "core-sign.pub", public)
        write_key(folder / "sign.key", private)  # last: it says that both are there
    write_key(folder / "core-box.pub", box_public)


def enrol(
    data: Path, name: str, *, box_public: bytes, languages: Sequence[str] = (), dials: bool = False
) -> Path:
    """Make a gateway's keys, once, and return its folder; `keys` in it goes to the gateway's host.

    One that was struck out is not enrolled again under its name.

    Args:
        data: the core's data folder, where `found` was called.
        name: the gateway's name: letters, digits, - and _.
        box_public: the gateway's public box key; its private one is handed over the link.
        languages: of the people who write in, most likely first; told anew at each call.
        dials: it is a station: it may also call gateways near it, who name it (spool/near.py).
    """
    core, folder = data / "link", data / "gateways" / name
    keys = folder / "keys"
    if not (keys / "link.pem").exists():
        _write_leaf(core, name=edge_host_name(name), may=ExtendedKeyUsageOID.SERVER_AUTH, to=keys)
    if dials and not (keys / "dial.pem").exists():
        host, may = edge_host_name(name), ExtendedKeyUsageOID.CLIENT_AUTH
        _write_leaf(core, name=host, may=may, to=keys, called="dial")
    struck = (core / f"{name}-sign.pub{STRUCK}").exists()
    if not struck and not (keys / "sign.key").exists():
        private, public = sealing.new_sign_keys()
        write_key(core / f"{name}-sign.pub", public)
        write_key(keys / "sign.key", private)
    write_key(core / f"{name}-box.pub", box_public)
    for shared in ("ca.pem", "core-sign.pub", "core-box.pub"):
        write_file(keys / shared, (core / shared).read_bytes())
    write_file(keys / LANGUAGES, " ".join(languages).encode())
    return folder
