"""The page of erased cases: each certificate, checked anew whenever it is shown."""

from dataclasses import dataclass

from safeconduct.access import closing
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import queries
from safeconduct.sealing import Tampered


@dataclass(frozen=True, slots=True)
class Row:
    """One erased case.

    Attributes:
        ref: of the case; it names nobody any more.
        facts: None when the certificate was changed after it was signed.
        signature: in hex, for whoever checks it elsewhere.
    """

    ref: str
    facts: closing.Facts | None
    signature: str


def rows_for(officer: Officer) -> list[Row]:
    """Return the erased cases, latest first."""
    rows = []
    for each in queries.closures_for(officer, Purpose.READ):
        certificate = closing.Certificate(bytes(each.told), bytes(each.signature))
        try:
            facts = closing.facts(certificate)
        except (Tampered, ValueError, KeyError, TypeError):
            facts = None
        rows.append(Row(each.case.ref, facts, certificate.signature.hex()))
    return rows
