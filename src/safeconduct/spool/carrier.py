"""A carrier's account, as the table of an SMPP channel in gateway.toml tells it.

    server = "smpp.carrier.example:2775"
    system_id = "programme"
    password = "…"                 # eight letters at most, SMPP 3.4
    segments_per_s = 10            # what the contract allows; parts, not texts
    window = 10                    # requests under way without an answer
    ca = "keys/carrier-ca.pem"     # turns TLS on and trusts this authority alone
    system_type = ""
    bind = "transceiver"           # or "receiver", "transmitter"
    default_alphabet = "gsm"       # data_coding 0 there: "gsm", "gsm-packed", "ascii", "latin-1"
    long_texts = "udh"             # how parts are joined: "udh", "udh-16", "sar", "payload"
    answer_ids = "text"            # how it writes ids in answers, and in receipts: "text" as they
    receipt_ids = "text"           # are, "hex", "decimal"; unlike ones make every receipt an orphan
    answer_s = 10                  # silence after a request makes its fate unknown
    idle_s = 30                    # silence on the link after which it is checked

Without `ca` the password and every text travel in clear: only to loopback, or with `plain = true`
where a leased line or a tunnel does the same work.
"""

import ssl
from collections.abc import Sequence
from typing import Any, TypeVar

from safeconduct.smpp.alphabet import CARRIER_DEFAULTS
from safeconduct.smpp.client import BINDS, Account
from safeconduct.smpp.receipts import BASES
from safeconduct.smpp.segments import Joined
from safeconduct.smpp.sending import Manner
from safeconduct.spool.config import Config, ConfigWrong

_Number = TypeVar("_Number", int, float)


def account(config: Config) -> Account:
    """Return the account of a gateway's own table.

    Raises:
        ConfigWrong: with the line and its mend.
    """
    where = config.address(config.need("server"))
    told = config.channel
    mode = told.get("bind", "transceiver")
    if mode not in BINDS:
        raise ConfigWrong(f"bind must be one of {', '.join(BINDS)}.")
    return Account(
        host=where.host,
        port=where.port,
        system_id=_short(config.need("system_id"), "system_id", 15),
        password=_short(config.need("password"), "password", 8),
        system_type=_short(told.get("system_type", ""), "system_type", 12),
        mode=mode,
        window=_above_zero(told.get("window", 10), "window"),
        answer_s=_above_zero(float(told.get("answer_s", 10.0)), "answer_s"),
        idle_s=_above_zero(float(told.get("idle_s", 30.0)), "idle_s"),
        tls=_tls(config, loopback=where.is_loopback),
    )


def rate(config: Config) -> float:
    """Return how many parts a second may leave."""
    return _above_zero(float(config.channel.get("segments_per_s", 10.0)), "segments_per_s")


def manner(config: Config) -> Manner:
    """Return how this carrier wants texts, and gives them."""
    joined = _one_of(config, "long_texts", tuple(Joined), "udh")
    return Manner(Joined(joined), _one_of(config, "default_alphabet", CARRIER_DEFAULTS, "gsm"))


def id_bases(config: Config) -> tuple[str, str]:
    """Return how this carrier writes message ids in its answers, and in its receipts."""
    return _one_of(config, "answer_ids", BASES, "text"), _one_of(
        config, "receipt_ids", BASES, "text"
    )


def _one_of(config: Config, line: str, names: Sequence[str], usual: str) -> str:
    name = str(config.channel.get(line, usual))
    if name not in names:
        raise ConfigWrong(f"{line} must be one of {', '.join(names)}.")
    return name


def _tls(config: Config, *, loopback: bool) -> ssl.SSLContext | None:
    authority = config.channel.get("ca")
    if authority:
        path = config.folder / str(authority)
        if not path.exists():
            raise ConfigWrong(f"The line ca names {authority}, which is not there. Put it there.")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(path)
        return context
    if not loopback and config.channel.get("plain") is not True:
        raise ConfigWrong(
            "Without the line ca the password and every text would travel in clear. "
            "Add the carrier's authority, or plain = true where a tunnel protects the line."
        )
    return None


def _short(text: Any, line: str, most: int) -> str:
    if not isinstance(text, str) or len(text) > most or not text.isascii():
        raise ConfigWrong(
            f"{line} must be {most} plain letters or fewer. SMPP has no room for more."
        )
    return text


def _above_zero(number: _Number, line: str) -> _Number:
    if not number > 0:
        raise ConfigWrong(f"{line} must be above 0.")
    return number
