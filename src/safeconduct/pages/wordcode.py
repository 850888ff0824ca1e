"""The word code: six made-up words instead of an account. Pure, but for the randomness it draws.

The words are made from syllables, so no list lies anywhere, and each reads alike in Latin and in
Cyrillic letters: whoever was given one in the one alphabet may type it in the other.
"""

import base64
import re
import secrets
import unicodedata
from dataclasses import dataclass
from itertools import product

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from safeconduct import sealing
from safeconduct.envelope import PAGE_HANDLE

WORDS_IN_CODE = 6
SALT_BYTES = 32
# RFC 9106, §4, second recommended choice: 64 MiB, 3 passes. One lane: the host may have one core.
_MEMORY_KIB, _PASSES, _LANES = 64 * 1024, 3, 1

_CONSONANTS = dict(zip("bvgdzklmnprstf", "бвгдзклмнпрстф", strict=True))
_VOWELS = dict(zip("aeiou", "аеиоу", strict=True))
_ENDINGS = ("", "n", "r", "s", "l", "m", "k", "t")
# Stems that would be an insult in a language of his, or a name he must not be found with.
_UNWANTED = re.compile(
    r"suk|pid[oe]|mud[aei]|fuk|nig[ea]|neg[eor]|kaka|pis|sos|put[aei]|lenin|zek|kil"
)
_TO_CYRILLIC = str.maketrans({**_CONSONANTS, **_VOWELS})
_FOLDED = {cyrillic: latin for latin, cyrillic in {**_CONSONANTS, **_VOWELS}.items()}
# What a telephone's keyboard or a habit puts in the place of a letter of ours.
_FOLDED |= dict(zip("іїыэєёґ", "iiieeeg", strict=True))
_TO_LATIN = str.maketrans(_FOLDED)


def _made() -> tuple[str, ...]:
    syllables = ["".join(pair) for pair in product(_CONSONANTS, _VOWELS)]
    words = ("".join(parts) for parts in product(syllables, syllables, _ENDINGS))
    return tuple(word for word in words if not _UNWANTED.search(word))


WORDS = _made()
_KNOWN = frozenset(WORDS)


def new_code() -> str:
    """Return six fresh words in Latin letters, one space between; some 90 bits."""
    return " ".join(secrets.choice(WORDS) for _ in range(WORDS_IN_CODE))


def shown(code: str, language: str) -> str:
    """Return a code in the letters that readers of `language` know."""
    return code.translate(_TO_CYRILLIC) if language in {"ru", "uk"} else code


def read(typed: str) -> str:
    """Return the code somebody typed, in Latin letters; "" when it cannot be one.

    Case, alphabet, accents, and whatever stands between the words do not matter.
    """
    latin = unicodedata.normalize("NFC", typed).casefold().translate(_TO_LATIN)
    plain = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    words = re.findall(r"[a-z]+", plain)
    known = len(words) == WORDS_IN_CODE and all(word in _KNOWN for word in words)
    return " ".join(words) if known else ""


@dataclass(frozen=True, slots=True)
class Owner:
    """What only a code gives. It lies on no disk.

    Attributes:
        handle: as the core knows him.
        index: under which his answers lie on the gateway.
        private: opens what was sealed to `sealing.box_public(private)`.
    """

    handle: str
    index: str
    private: bytes


def owner_of(code: str, *, salt: bytes) -> Owner:
    """Return what a code opens at the gateway that holds `salt`. Takes a fifth of a second and 64 MiB.

    Args:
        code: as `new_code` gives it; anything else takes as long and opens nothing.
        salt: the gateway's own; without it not even a guessed code leads to a handle.
    """
    stretched = Argon2id(
        salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB
    ).derive(code.encode())
    name = base64.b32encode(sealing.hkdf(stretched, b"contact|v1|handle")).decode()
    handle = PAGE_HANDLE + name.rstrip("=").lower()
    thirds = (sealing.hkdf(stretched, f"contact|v1|box|{n}".encode()) for n in range(3))
    return Owner(handle, index_of(handle, salt=salt), b"".join(thirds))


def index_of(handle: str, *, salt: bytes) -> str:
    """Return under which name a handle's answers lie; the handle itself is on no gateway's disk."""
    return sealing.blind_index(salt, "contact", handle).hex()
