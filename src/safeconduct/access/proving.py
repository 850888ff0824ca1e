"""Whether a yes that stands in the tables was given: by the keeper's signature, never by the row.

The key comes from the keeper itself, over its socket, and stays in this process's memory: whoever
writes into the database has no hand on it. It is the same for a keeper's whole life; neither a new
root nor a restore changes it, so there are no former ones.
"""

import contextlib
from datetime import datetime
from functools import lru_cache
from typing import Any

from safeconduct import log, sealing
from safeconduct.access import connection, workers, yeses
from safeconduct.access.answers import Yes
from safeconduct.audit.rules import micros
from safeconduct.refusal import Refused

logger = log.get_logger()


def signing_key() -> bytes:
    """Return the keeper's public key, asked for once in this process's life.

    Raises:
        KeeperAway: it does not answer, or is locked, and was never asked before.
    """
    return _key_of(connection.keeper())


@lru_cache(maxsize=4)
def _key_of(keeper: connection.Keeper) -> bytes:
    key = str(keeper.call("ping")["key"])
    if not key:
        raise connection.KeeperAway
    return bytes.fromhex(key)


def believes(
    yes: Yes,
    *,
    verb: str,
    subject: str,
    digest: bytes,
    duty: str,
    person: str,
    given_at: datetime,
) -> bool:
    """Return whether the keeper signed exactly what a row says; if not, have a supervisor called.

    The signature is checked over the words as they lie there, and the words against the row: a
    true yes that was moved to another subject, text, person, duty or time is none.

    Raises:
        KeeperAway: see `signing_key`.
    """
    told = _facts(yes, signing_key())
    row = {
        "verb": verb,
        "subject": subject,
        "digest": digest.hex(),
        "duty": duty,
        "person": person,
        "given_us": micros(given_at),
    }
    if told is not None and all(told.get(name) == value for name, value in row.items()):
        return True
    logger.error("a yes was not signed by the keeper", verb=verb, ref=subject)
    _tell(subject)
    return False


def _tell(subject: str) -> None:
    """Have the keeper write it down and raise its alarm; one that is away hears nothing."""
    if (who := workers.anybody()) is not None:
        asker = {"worker": who.ref.removeprefix("SYS:"), "token": who.token}
        with contextlib.suppress(connection.KeeperAway, Refused):
            connection.keeper().call("forged", subject=subject, **asker)


@lru_cache(maxsize=4096)  # of the bytes alone: a page asks for the same yes more than once
def _facts(yes: Yes, key: bytes) -> dict[str, Any] | None:
    try:
        return yeses.facts(yes, key=key)
    except sealing.Tampered:
        return None
