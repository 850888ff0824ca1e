"""Telephones that somebody names of others: hashed to be compared among themselves, and for nothing else.

None becomes a handle, so nobody of them can ever be written to. The key is the case's own: the hashes meet no
handle, no list and no hash of another case, and die with it.
"""

from collections.abc import Sequence

from safeconduct.access.keyring import Keyring
from safeconduct.post.actions.admit import telephone

KIND = "body"


def compare_phones(
    ring: Keyring, written: Sequence[str], *, compartment: str, region: str
) -> list[bytes]:
    """Return a hash for each telephone, equal for equal ones; b"" for what is none.

    Args:
        ring: opened for the compartment, kind "body".
        written: as somebody wrote them; they are kept nowhere.
        region: where a number without a country belongs (profile).
    """
    numbers = [telephone(each, region=region) for each in written]
    return [
        ring.index(f"compared|{number}", compartment=compartment, kind=KIND) if number else b""
        for number in numbers
    ]
