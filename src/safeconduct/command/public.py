"""The console in the open: under a name of its own, with TLS, and no proxy before it.

The name becomes the console's origin, exactly as with `--origin`; what is decided here is where
it listens and which certificate it shows: one that was given, or one of the programme's own
authority. Both are followed while it runs: a renewed one is shown from the next connection on.
"""

import errno
import ipaddress
import json
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from safeconduct import log
from safeconduct.access import client
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import WorkerId
from safeconduct.command import authority, given
from safeconduct.command import origin as address
from safeconduct.command.authority import FOLDER, Shown
from safeconduct.command.folder import write_whole
from safeconduct.command.supervise import Family
from safeconduct.command.trouble import Trouble
from safeconduct.refusal import Refused
from safeconduct.web import tls

if TYPE_CHECKING:
    from safeconduct.command.family import House

PORT = 8443  # 443 is for root to open
RENEWS_BEFORE = timedelta(days=30)  # with WARNS_BEFORE this leaves 16 days to mend what fails
LOOKS_S = 2.0  # between two looks at the files, or at the term of its own
TRIES_EVERY = timedelta(hours=1)
STANDS_FOR = timedelta(minutes=1)
PART = "web"  # the one that shows it
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FILE = f"{FOLDER}/open.json"
_LIKE = "Give it as console.example.org or console.example.org:443"


@dataclass(frozen=True, slots=True)
class Open:
    """How a console stands in the open.

    Attributes:
        listen: an address of this machine, or tls.EVERYWHERE.
        certificate, key: absolute paths; "" where its own authority signs.
        named: whether this start's command line named them (`given.read`); never kept.
    """

    listen: str = tls.EVERYWHERE
    certificate: str = ""
    key: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line says: each "" or None where it says nothing."""

    name: str = ""
    listen: str = ""
    certificate: Path | None = None
    key: Path | None = None


NOTHING = Asked()


def read(asked: Asked, *, wall: datetime) -> tuple[str, Open | None]:
    """Return the origin and how it stands in the open; ("", None) where nothing is asked.

    Raises:
        Trouble: the name, the address or the certificate cannot be used.
    """
    if not asked.name:
        if asked.listen or asked.certificate or asked.key:
            raise Trouble("--listen, --certificate and --certificate-key need --public NAME.")
        return "", None
    if bool(asked.certificate) != bool(asked.key):
        raise Trouble("A certificate and its key come together: --certificate, --certificate-key.")
    origin = _origin(asked.name)
    listen = _address(asked.listen) if asked.listen else tls.EVERYWHERE
    if asked.certificate is None or asked.key is None:
        return origin, Open(listen)
    certificate, key = asked.certificate.absolute(), asked.key.absolute()
    given.read(certificate, key, named=True, name=address.host_of(origin), wall=wall)
    return origin, Open(listen, str(certificate), str(key), named=True)


def _origin(told: str) -> str:
    name, _, port = told.strip().rpartition(":")
    whole = told.strip() if name and port.isdigit() else f"{told.strip()}:{PORT}"
    return address.read(f"https://{whole}", told=f"--public {told}", like=_LIKE)


def _address(told: str) -> str:
    try:
        return str(ipaddress.ip_address(told))
    except ValueError:
        raise Trouble(
            f"--listen {told} is no address. Give one of this machine, as 192.0.2.7, or leave it "
            "out to listen on all."
        ) from None


def kept(folder: Path) -> Open | None:
    """Return how an earlier start stood in the open; None where it did not."""
    path = folder / _FILE
    if not path.exists():
        return None
    return replace(Open(**json.loads(path.read_text(encoding="utf-8"))), named=False)


def keep(folder: Path, opened: Open | None) -> None:
    """Keep it for later starts."""
    path = folder / _FILE
    if opened is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, json.dumps(asdict(replace(opened, named=False))))


def insist_on_free(opened: Open, origin: str) -> None:
    """Refuse a start that could not listen.

    Raises:
        Trouble: the port is taken, is not for this user, or the address is not of this machine.
    """
    name, port = address.host_of(origin), address.port_of(origin)
    try:
        tls.listen(opened.listen, port).close()
    except OSError as no:
        why = {
            errno.EACCES: f"Port {port} is not for this user to open. Let the system allow it, or "
            f"choose one above 1023: --public {name}:{PORT}.",
            errno.EADDRINUSE: f"Port {port} is taken by another program. Choose another: "
            f"--public {name}:PORT.",
        }
        here = f"{opened.listen} is no address of this machine. Give one that is with --listen."
        raise Trouble(why.get(no.errno or 0, here)) from None


def shown(house: "House", opened: Open, *, wall: datetime) -> Shown:
    """Return what the console shows from its start on; the keeper must run.

    Raises:
        Trouble: what was given would not do any more, or the authority cannot sign.
        KeeperAway, Refused: the keeper does not open its own key now.
    """
    if not opened.certificate:
        name = address.host_of(house.origin)
        authority.found(house.folder, name, key=client.issuer_key(_linked(house)))
    return renewed(house, opened, wall=wall)


def renewed(house: "House", opened: Open, *, wall: datetime) -> Shown:
    """Return what it shows next: what was given by now, or a new one of its own; raises as `shown`."""
    name = address.host_of(house.origin)
    if opened.certificate:
        files = Path(opened.certificate), Path(opened.key)
        return given.read(*files, named=opened.named, name=name, wall=wall)
    return authority.issue(house.folder, name, key=client.issuer_key(_linked(house)), wall=wall)


def _linked(house: "House") -> WorkerId:
    return WorkerId("SYS:link", house.tokens["link"])


class Following:
    """Looks after the certificate of a console that runs; one `look` is due every LOOKS_S."""

    def __init__(self, house: "House", opened: Open, parts: Family) -> None:
        """Begin; what the console was told at its start, the family knows."""
        self._house, self._opened, self._parts = house, opened, parts
        self._renews = self._warns = _LONG_AGO
        self._failed, self._failed_at, self._said = "", _LONG_AGO, ""
        self._logger = log.get_logger()

    def look(self, *, wall: datetime) -> None:
        """Have a new certificate shown where there is one or one is due; warn before the last ends."""
        try:
            self._renew(wall)
        except (Trouble, KeeperAway, Refused) as no:
            self._complain(str(no), wall)
        self._warn(wall)

    @property
    def _ends(self) -> datetime:
        return datetime.fromisoformat(str(self._parts.told(PART)["until"]))

    def _renew(self, wall: datetime) -> None:
        if self._is_due(wall):
            self._parts.tell(PART, renewed(self._house, self._opened, wall=wall).told())
            self._failed = self._said = ""
            self._logger.info("certificate.renewed")

    def _is_due(self, wall: datetime) -> bool:
        if self._opened.certificate:
            files = Path(self._opened.certificate), Path(self._opened.key)
            if given.is_told(*files, self._parts.told(PART), named=self._opened.named):
                self._failed = self._said = ""
                return False
            return True
        due = self._ends - wall < RENEWS_BEFORE and wall >= self._renews
        if due:
            self._renews = wall + TRIES_EVERY
        return due

    def _complain(self, why: str, wall: datetime) -> None:
        """Say what stands for a minute, once: two files are not replaced at one instant."""
        if why != self._failed:
            self._failed, self._failed_at = why, wall
        elif why != self._said and wall - self._failed_at > STANDS_FOR:
            self._said = why
            self._logger.warning("certificate.not_renewed")
            print(f"The certificate shown is still the one before. {why}", flush=True)

    def _warn(self, wall: datetime) -> None:
        left = self._ends - wall
        if left < tls.WARNS_BEFORE and wall > self._warns:
            self._warns = wall + timedelta(days=1)
            self._logger.warning("certificate.ends", count=left.days)
            print(ending(self._ends), flush=True)


def ending(ends: datetime) -> str:
    """Return the sentence for somebody at the terminal before a certificate ends."""
    return f"The certificate ends on {ends:%Y-%m-%d}: from then on no browser opens the console."
