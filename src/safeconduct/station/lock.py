"""What opens the station: a passphrase in somebody's head. On the disk lies a key that opens with nothing else."""

import json
import secrets

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from safeconduct import sealing
from safeconduct.canonical import canonical
from safeconduct.spool.queue import Queue

# As the keeper's root of words: two seconds and 256 MiB for each guess (RFC 9106).
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
LEAST_CHARS = 20  # six words of a list of 7,776, the shortest of them; a shorter one is guessed
_LOCK = "station-lock"
_PLACE = sealing.address("station", "lock")


class NotOpened(ValueError):
    """The passphrase opens nothing here; the message says what to do."""


def is_new(queue: Queue) -> bool:
    """Return whether nobody has chosen a passphrase here yet."""
    return queue.note(_LOCK) is None


def choose(queue: Queue, passphrase: str, *, memory_kib: int = MEMORY_KIB) -> bytes:
    """Make the station's key and keep it under a passphrase; return the key.

    Raises:
        NotOpened: it is too short.
        SpoolFull: nothing was stored.
    """
    if len(passphrase) < LEAST_CHARS:
        raise NotOpened(
            f"A passphrase has at least {LEAST_CHARS} letters: whoever takes the laptop tries short ones. "
            "Take six random words."
        )
    key, salt = sealing.new_key(), secrets.token_bytes(16)
    box = sealing.seal(_made(passphrase, salt, memory_kib, PASSES), key, _PLACE)
    told = {"salt": salt.hex(), "memory_kib": memory_kib, "passes": PASSES, "box": box.hex()}
    with queue.change() as change:
        change.set_note(_LOCK, canonical(told))
    return key


def opened(queue: Queue, passphrase: str) -> bytes:
    """Return the station's key.

    Raises:
        NotOpened: another passphrase, or what was kept is damaged.
    """
    told = json.loads(queue.note(_LOCK) or b"{}")
    try:
        salt, box = bytes.fromhex(told["salt"]), bytes.fromhex(told["box"])
        return sealing.unseal(
            _made(passphrase, salt, int(told["memory_kib"]), int(told["passes"])), box, _PLACE
        )
    except (sealing.Tampered, KeyError, ValueError):
        raise NotOpened(
            "This is not the station's passphrase. Try again; nobody can open it without, and what it holds "
            "for the core still leaves by itself once it is open."
        ) from None


def _made(passphrase: str, salt: bytes, memory_kib: int, passes: int) -> bytes:
    try:
        return Argon2id(
            salt=salt,
            length=sealing.KEY_BYTES,
            iterations=passes,
            lanes=LANES,
            memory_cost=memory_kib,
        ).derive(passphrase.encode())
    except (MemoryError, UnsupportedAlgorithm):
        raise NotOpened(
            f"{memory_kib // 1024} MiB of memory are not free. End something else on this machine."
        ) from None
