"""A chain of hashes through what was seen and ordered: whoever changes, drops, swaps or adds one is found. Pure.

h(n) = SHA-256(h(n-1) ‖ number ‖ record). A cut-off end shows only because the head lies elsewhere too.
"""

import hashlib
import struct
from collections.abc import Iterable

BEGIN = bytes(32)
_NUMBER = struct.Struct(">Q")


def follow(head: bytes, records: Iterable[bytes], *, first: int) -> bytes:
    """Return the head behind some records, the first of which is numbered `first`."""
    for number, record in enumerate(records, first):
        head = hashlib.sha256(head + _NUMBER.pack(number) + record).digest()
    return head
