"""By what the process that sends knows a text of an approved plan: a mark under the plan's own digest.

Two people sign a digest, and a digest tells no words. So a plan's digest stands on its content and on
one mark for each text in it; the text then leaves with the other marks and its own salt beside it, sealed.
Whoever puts other words, or another man, in its place has no mark that fits.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from safeconduct.envelope import canonical

_SALT_BYTES = 16  # without it a mark would tell a place to whoever tries every name


@dataclass(frozen=True, slots=True)
class Proof:
    """That one text stands in an approved plan.

    Attributes:
        salt: hex, of this text alone.
        content: hex digest of the plan's content.
        marks: hex, of every text of the plan.
        needs: whose yes beside the plan's it may leave by alone: "" no other, "go", or "switch" for two
            more beside GO. It is in the mark, so whoever owns the web process cannot take it off.
    """

    salt: str
    content: str
    marks: tuple[str, ...]
    needs: str = ""

    def told(self) -> str:
        """Return it as it is sealed beside the text."""
        return json.dumps([self.salt, self.content, list(self.marks), self.needs])

    @classmethod
    def of(cls, told: str) -> "Proof":
        """Return what `told` was made from."""
        salt, content, marks, needs = json.loads(told)
        return cls(salt, content, tuple(marks), needs)


def content_digest(content: object) -> str:
    """Return the hex digest of a plan's canonical content."""
    return hashlib.sha256(canonical(content)).hexdigest()


def digest_over(content: str, marks: Sequence[str]) -> bytes:
    """Return the digest that two people sign: of the content's own, and of its texts' marks."""
    return hashlib.sha256(canonical({"content": content, "marks": list(marks)})).digest()


def salts_from(seed: str, count: int) -> list[str]:
    """Return one salt a text, each of which tells nothing of the others."""
    made = (hashlib.sha256(canonical([seed, n])).digest() for n in range(count))
    return [each[:_SALT_BYTES].hex() for each in made]


def mark(salt: str, *, person_ref: str, text: str, needs: str = "") -> str:
    """Return the mark of one text for one person; see `Proof.needs`."""
    return hashlib.sha256(canonical([salt, person_ref, text, needs])).hexdigest()


def proves(proof: Proof, *, person_ref: str, text: str, digest: bytes) -> bool:
    """Return whether `text` is one that was signed for this person under `digest`."""
    own = mark(proof.salt, person_ref=person_ref, text=text, needs=proof.needs)
    return own in proof.marks and digest_over(proof.content, proof.marks) == digest
