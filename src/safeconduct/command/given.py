"""A certificate that somebody else made for the console: read, and refused while it would not do."""

import ssl
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

from safeconduct.command import users
from safeconduct.command.authority import Shown
from safeconduct.command.trouble import Trouble
from safeconduct.web import tls

_ANEW = (
    "An earlier start named it: name it again at each start (--public, --certificate, "
    "--certificate-key), or let the user read it as whom the console runs."
)


def read(certificate: Path, key: Path, *, named: bool, name: str, wall: datetime) -> Shown:
    """Return a certificate with its key, if a browser would take it for `name` now.

    Args:
        certificate: PEM, the console's own first and those above it after it.
        key: PEM, under no password.
        named: whether this start's command line named them; else the folder did, in which the
            others' user can write, and nothing is read that he may not read himself.

    Raises:
        Trouble: it would not do; the message says why and what to give instead.
    """
    chain, private = _text(certificate, named=named), _text(key, named=named)
    found = _certificates(certificate, chain)
    try:
        _insist_on_pair(certificate, key, found[0], _private(key, private))
        _insist_on_name(certificate, found[0], name)
    except (ValueError, UnsupportedAlgorithm):
        raise Trouble(
            f"{certificate} is malformed. Have it made anew, for an EC P-256 key."
        ) from None
    lasting = found[:2]  # above whoever signed it one may have ended unharmed: it was crossed over
    until = min(each.not_valid_after_utc for each in lasting)
    _insist_on_time(certificate, max(each.not_valid_before_utc for each in lasting), until, wall)
    try:
        tls.context(chain, private)
    except ssl.SSLError as no:
        reason = (no.reason or "it is malformed").lower().replace("_", " ")
        raise Trouble(
            f"{certificate} cannot be served: {reason}. Give an EC P-256 or an RSA key of 2048 bits, "
            "and its certificate."
        ) from None
    return Shown(chain, private, until.isoformat())


def is_told(certificate: Path, key: Path, told: Mapping[str, object], *, named: bool) -> bool:
    """Return whether the files still hold what was told; else `read` them. `named` is as there.

    Raises:
        Trouble: one cannot be read.
    """
    found = _text(certificate, named=named), _text(key, named=named)
    return found == (told["chain"], told["key"])


def _text(path: Path, *, named: bool) -> str:
    try:
        with users.as_root() if named else nullcontext():  # a key is often for root's eyes alone
            return path.read_text(encoding="ascii", errors="replace")
    except OSError as failed:
        what = "Name a file that this user may read." if named else _ANEW
        raise Trouble(f"{path} cannot be read: {failed.strerror}. {what}") from None


def _certificates(path: Path, text: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise Trouble(
            f"{path} holds no certificate in PEM. Give the whole chain, the console's own first."
        ) from None


def _private(path: Path, text: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(text.encode(), None)
    except TypeError:
        raise Trouble(f"{path} is locked with a password. Give the key without one.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Trouble(f"{path} holds no private key in PEM. Give the certificate's key.") from None


def _insist_on_pair(
    certificate: Path, key: Path, own: x509.Certificate, private: PrivateKeyTypes
) -> None:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*form) != private.public_key().public_bytes(*form):
        raise Trouble(
            f"{key} is not the key of the first certificate in {certificate}. Give the two that "
            "were made for each other, the console's own certificate first."
        )


def _insist_on_name(path: Path, own: x509.Certificate, name: str) -> None:
    try:
        names = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        borne = [each.lower() for each in names.get_values_for_type(x509.DNSName)]
    except x509.ExtensionNotFound:
        borne = []
    under_star = "*." + name.partition(".")[2]  # a star stands for one label, RFC 6125 §6.4.3
    if name not in borne and under_star not in borne:
        raise Trouble(
            f"{path} does not bear the name {name}, but {', '.join(borne) or 'none'}. Give a "
            "certificate of that name, or the name it bears with --public."
        )


def _insist_on_time(path: Path, since: datetime, until: datetime, wall: datetime) -> None:
    if until <= wall:
        raise Trouble(f"{path} ended on {until:%Y-%m-%d}. Have it renewed, then start again.")
    if since > wall:
        raise Trouble(
            f"{path} counts from {since:%Y-%m-%d %H:%M} UTC on. Wait, or set this machine's clock."
        )
