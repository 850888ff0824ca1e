"""What the Central Tracing Agency is sent: one JSON file for one person, held against one schema (GC III 123, L).

`agency.schema.json` is the whole of it: what it does not name cannot leave. A file says no more than
the notices that were sent to the bureau, as they were sealed then.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import fastjsonschema

from safeconduct.documents.sheets import DIED, NOTICE, moves_of

SCHEMA = "safeconduct.agency/1"


@dataclass(frozen=True, slots=True)
class Sent:
    """One notice as it left: what about, when, whether the bureau confirmed it, what it said."""

    about: str
    at: datetime
    confirmed: bool
    told: Mapping[str, str]


@cache
def _valid() -> Callable[[Any], Any]:
    raw = (resources.files("safeconduct.documents") / "agency.schema.json").read_text("utf-8")
    valid: Callable[[Any], Any] = fastjsonschema.compile(json.loads(raw))
    return valid


def checked(told: object) -> None:
    """Hold a file against the schema.

    Raises:
        ValueError: it is none; the words say where.
    """
    try:
        _valid()(told)
    except fastjsonschema.JsonSchemaValueException as wrong:
        raise ValueError(f"this is no file for the agency: {wrong.message}") from None


def exported(
    reference: str, notices: Sequence[Sent], *, onward: Mapping[str, str], now: datetime
) -> bytes:
    """Return the file of one person, the same bytes for the same content.

    Args:
        reference: of his case.
        onward: "power" and "family": what a lawyer decided of telling them, "" for not yet.

    Raises:
        ValueError: nothing was sent yet, or something is no notice of the bureau.
    """
    told = {
        "schema": SCHEMA,
        "reference": reference,
        "made_at": _instant(now),
        "onward": {whom: onward.get(whom) or "undecided" for whom in ("power", "family")},
        "notices": [
            {
                "about": each.about,
                "sent_at": _instant(each.at),
                "confirmed": each.confirmed,
                "person": {key: each.told[key] for key in NOTICE if each.told.get(key)},
                **_more(each.told),
            }
            for each in notices
        ],
    }
    checked(told)
    return json.dumps(told, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _more(told: Mapping[str, str]) -> dict[str, Any]:
    """Return what a notice says of a death or of transfers, nothing where it says nothing of them."""
    died = {key: told[key] for key in DIED if told.get(key)}
    moves = [{"why": why, "at": at} for why, at in moves_of(told)]
    return ({"died": died} if died else {}) | ({"moves": moves} if moves else {})


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
