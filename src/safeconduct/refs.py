"""Refs: the short, spoken names of rows. They say nothing about what they name."""

import re
import secrets

# No 0/o, 1/l/i, 5/s, 8/b, 2/z: each pair is confused on paper or over a radio.
LETTERS = "acdefghjkmnpqrtuvwxy34679"
LENGTH = 12
FORM = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def new_ref(prefix: str = "") -> str:
    """Return a new random ref, made before anything is sealed under it.

    Twelve letters of 25 are 55 bits: among a million refs two are the same with a chance of
    1 in 119,000 (n²/2N), and then the column's unique constraint refuses the second.

    Args:
        prefix: put before it, for refs that machines sort by ("PL-"), never a name or number.
    """
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def ref_of(digest: bytes) -> str:
    """Return the one ref that belongs to a keyed hash, in the form of `new_ref`; see its 55 bits.

    For a row that a second try must find. To whoever has not the key it is as random as any.

    Args:
        digest: 16 bytes or more.
    """
    number = int.from_bytes(digest[:16], "big")
    letters = []
    for _ in range(LENGTH):
        number, letter = divmod(number, len(LETTERS))
        letters.append(LETTERS[letter])
    return "".join(letters)


def is_ref(text: str) -> bool:
    """Return whether `text` may stand in a sealed row's address: no `|`, no space, no control."""
    return FORM.fullmatch(text) is not None
