"""Refs: the short, spoken names of rows. They say nothing about what they name."""

import re
import secrets

# No 0/o, 1/l/i, 5/s, 8/b, 2/z: each pair is confused on paper or over a radio.
LETTERS = "acdefghjkmnpqrtuvwxy34679"
LENGTH = 12
_NEAR = 10_000  # refs with one beginning
FORM = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def new_ref(prefix: str = "") -> str:
    """Return a new random ref, made before anything is sealed under it.

    Twelve letters of 25 are 55 bits: among a million refs two are the same with a chance of
    1 in 119,000 (n²/2N), and then the column's unique constraint refuses the second.

    Args:
        prefix: put before it, for refs that machines sort by ("PL-"), never a name or number.
    """
    return prefix + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def new_refs(count: int) -> list[str]:
    """Return new random refs that stand near one another and rise: an index finds them side by side.

    For rows that are made, looked up and deleted together by the thousand. All begin with the same
    six letters; the other six are each one's own, and whoever knows one guesses another of a thousand
    with one try in 244,000.
    """
    if count > _NEAR:
        raise ValueError(
            f"{count} refs are too many to stand near one another; {_NEAR} is the most"
        )
    first, ends = new_ref()[: LENGTH // 2], set[str]()
    while len(ends) < count:
        ends.add(new_ref()[LENGTH // 2 :])
    return [first + end for end in sorted(ends)]


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
