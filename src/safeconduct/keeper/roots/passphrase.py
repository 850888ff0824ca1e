"""The root as a passphrase in people's heads: nothing on the disk opens keys.db without it."""

import secrets

from argon2.low_level import Type, hash_secret_raw

from safeconduct import sealing
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.roots.root import NoRoot

# Two seconds and 256 MiB for each guess (measured: 2.1 s on two shared cores).
MEMORY_KIB, PASSES, LANES = 256 * 1024, 3, 4
_LEAST_MEMORY_KIB = 8 * LANES  # argon2's own least (RFC 9106 §3.1)
LEAST_CHARS = 20  # six words of a list of 7,776, the shortest of them; a shorter one is guessed


def choose(word: str, at: dict[str, str]) -> dict[str, str]:
    """Return what is kept beside a new passphrase: a fresh salt, and the cost of a guess.

    Args:
        at: "memory_kib" may ask for another cost than 256 MiB.

    Raises:
        NoRoot: the passphrase is too short.
    """
    if len(word) < LEAST_CHARS:
        raise NoRoot(f"a passphrase has at least {LEAST_CHARS} characters; take six random words")
    memory = at.get("memory_kib", str(MEMORY_KIB))
    return {"salt": secrets.token_hex(16), "memory_kib": memory, "passes": str(PASSES)}


def open_with(word: str, at: dict[str, str]) -> Held:
    """Return the root made of the passphrase; argon2id, RFC 9106.

    Raises:
        NoRoot: what keys.db remembers of it cannot be used.
    """
    try:
        key = hash_secret_raw(
            word.encode(),
            bytes.fromhex(at["salt"]),
            time_cost=int(at["passes"]),
            memory_cost=max(_LEAST_MEMORY_KIB, int(at["memory_kib"])),
            parallelism=LANES,
            hash_len=sealing.KEY_BYTES,
            type=Type.ID,
        )
    except MemoryError:
        raise NoRoot("256 MiB of memory are not free; end something else on this machine") from None
    return Held("passphrase", key)
