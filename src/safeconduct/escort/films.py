"""Film of an escort: where it lies and what its hash is. It is never stored here, and no export has its reference."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import queries as access
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Duty
from safeconduct.canonical import canonical
from safeconduct.escort.models import Escort
from safeconduct.escort.sealed import FILM
from safeconduct.refusal import Refusal, Refused

NOTERS = frozenset({Duty.PIL, Duty.DPC})
LONGEST = 120  # letters of a recorder and where it lies
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Reference:
    """One film, elsewhere.

    Attributes:
        recorder: which one, and where that or its card lies.
        sha256: of the whole file, in hex.
    """

    recorder: str
    sha256: str

    def to_bytes(self) -> bytes:
        """Return what is sealed."""
        return canonical({"recorder": self.recorder, "sha256": self.sha256})


@dataclass(frozen=True, slots=True)
class Shown:
    """One film as the replay shows it; `after_s` seconds since GO, below 0 before it."""

    ref: str
    reference: Reference
    begins_at: datetime
    after_s: int
    by: str
    at: datetime


def read(recorder: str, sha256: str) -> Reference:
    """Return a reference as somebody wrote it.

    Raises:
        Refused: no recorder is named, or that is no hash.
    """
    name, hashed = " ".join(recorder.split()), "".join(sha256.split()).lower()
    if not name or len(name) > LONGEST:
        raise Refused(
            Refusal(
                "escort.no_recorder",
                "A film lies on a recorder, and none is named.",
                "Name it, and where it or its card lies, in a few words.",
            )
        )
    if not _SHA256.fullmatch(hashed):
        raise Refused(
            Refusal(
                "escort.no_hash",
                "This is no SHA-256 of a file: that has 64 digits and letters from a to f.",
                "Have sha256sum, or certutil -hashfile FILE SHA256, print it where the film lies.",
            )
        )
    return Reference(name, hashed)


def films_in(keys: Keyring, escort: Escort) -> list[tuple[str, Reference]]:
    """Return the films of an escort, opened, each with its ref."""
    return [
        (
            row.ref,
            Reference(
                **json.loads(
                    keys.open(
                        row.reference, field=FILM, kind="body",
                        compartment=escort.compartment, ref=row.ref,
                    )
                )
            ),
        )
        for row in escort.films.order_by("begins_at", "pk")
    ]  # fmt: skip


def shown(keys: Keyring, escort: Escort, *, began: datetime) -> list[Shown]:
    """Return them as the replay shows them, the earliest first."""
    rows = {row.ref: row for row in escort.films.all()}
    names = access.names_of([row.by for row in rows.values()])
    return [
        Shown(
            ref, told, rows[ref].begins_at, round((rows[ref].begins_at - began).total_seconds()),
            names.get(rows[ref].by, ""), rows[ref].at,
        )
        for ref, told in films_in(keys, escort)
    ]  # fmt: skip
