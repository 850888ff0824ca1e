"""The page of what law keeps of one case, erased or not: each paper as it was written, named as its form was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from safeconduct.access import queries as staff
from safeconduct.access.ownkeys import OwnKey
from safeconduct.access.rules import Officer, Purpose
from safeconduct.custody import queries
from safeconduct.custody.page import document_name
from safeconduct.refusal import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Kept:
    """What law keeps of one case; `sealed` says why it does not open now."""

    ref: str
    papers: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    sealed: Refusal | None
    own: OwnKey
    to_share: int
    address: str
    share_url: str


def kept_for(officer: Officer, *, ref: str, now: datetime) -> Kept:
    """Return the page of what law keeps of one case.

    Raises:
        Absent: nothing is kept of such a case, or `officer` does not read it.
    """
    to_share = queries.core_to_share(officer, ref=ref, now=now)
    told, sealed = _opened(officer, ref)
    return Kept(
        ref=ref,
        papers=[(kind, _paper_name(kind), _lines(content)) for kind, content in told],
        sealed=sealed,
        own=staff.own_key_of(officer),
        to_share=to_share,
        address=f"/custody/kept/{ref}/",
        share_url=f"/custody/kept/{ref}/share/",
    )


def _opened(officer: Officer, ref: str) -> tuple[list[tuple[str, Any]], Refusal | None]:
    try:
        return queries.core_for(officer, Purpose.READ, ref=ref), None
    except Refused as refused:
        return [], refused.refusal


def _paper_name(kind: str) -> str:
    named = {"card": _("Capture card"), "medical": _("Medical note"), "property": _("Property")}
    return named.get(kind) or document_name(kind)


def _lines(content: Any) -> list[tuple[str, str]]:
    """Return name and value of each field of a paper in its order, one thing after the other."""
    things = content if isinstance(content, list) else [content]
    names = field_names()
    return [
        (names.get(field, field), _value(field, str(value)))
        for thing in things
        for field, value in thing.items()
    ]


def _value(field: str, value: str) -> str:
    return document_name(value) if field == "kind" else value


def field_names() -> dict[str, str]:
    """Return what each field of a kept paper is called, as its form calls it."""
    return {
        "kind": _("Notice"),
        "names": _("Surname and first names"),
        "power": _("Power on which he depends"),
        "name": _("Name"),
        "first_names": _("First names"),
        "father": _("Father's first name"),
        "birth_date": _("Date of birth"),
        "birthplace": _("Place of birth"),
        "rank": _("Rank"),
        "service_number": _("Service number"),
        "kin_address": _("Address of next of kin"),
        "taken_on": _("Taken on, coming from"),
        "health": _("State of health"),
        "prisoner_number": _("Prisoner number"),
        "camp": _("Camp"),
        "moves": _("Transfers and hospital"),
        "died_at": _("Died on, at"),
        "died_where": _("Place of death"),
        "cause": _("Cause of death, or “unknown”"),
        "refused": _("Refused by him"),
        "injuries": _("What you found"),
        "treatment": _("What was done"),
        "fit": _("Fit for the way and for custody"),
        "what": _("A thing of his"),
        "serial": _("Serial number"),
        "serviceable": _("Suitable for use"),
        "made_safe_by": _("Made safe by"),
        "money": _("Money, counted before him"),
        "currency": _("Currency"),
        "offer": _("Offer version it was shown under"),
        "note": _("Note, sealed"),
    }
