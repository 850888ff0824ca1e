"""Reading custody: clocks, notices, inspections, choices, for those let into the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from safeconduct.access import keyring, papers
from safeconduct.access import queries as access
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import queries as cases
from safeconduct.custody.models import Clock, Document, Inspection, Talk
from safeconduct.pledges import queries as pledges

BODY = "custody.Document.body"
IN_HAND = (
    *("SECURED", "RECEIVED", "IN_CUSTODY", "OUTCOME_CHOSEN", "MEDICAL", "CHILD", "RELEASED"),
    *("AFTERCARE", "ESCAPED", "DECEASED", "SETTLED"),
)


def clocks_for(officer: Officer, _purpose: Purpose, *, now: datetime) -> QuerySet[Clock]:
    """Return the running clocks of the cases of `officer`, most overdue first."""
    mine = access.compartments_of(officer, now=now)
    return (
        Clock.objects.filter(done_at=None, case__compartment__in=mine)
        .select_related("case")
        .order_by("due_at", "pk")
    )


def clocks_of(case: cases.CaseRow) -> QuerySet[Clock]:
    """Return every clock of a case, running ones first."""
    return Clock.objects.filter(case=case).order_by("done_at", "due_at", "pk")


def documents_of(case: cases.CaseRow) -> QuerySet[Document]:
    """Return the notices of a case."""
    return Document.objects.filter(case=case).order_by("queued_at", "pk")


def documents_due(officer: Officer, _purpose: Purpose, *, now: datetime) -> QuerySet[Document]:
    """Return the notices that wait to be sent, in the cases of `officer`."""
    mine = access.compartments_of(officer, now=now)
    return (
        Document.objects.filter(Q(sent_at=None), case__compartment__in=mine)
        .select_related("case")
        .order_by("due_at", "pk")
    )


def as_named(row: Document, compartment: str) -> access.Named:
    """Return a notice that was sent as what it is to its readers' own keys."""
    if row.body is None:
        raise ValueError("a notice that was not sent has no body yet")
    return access.Named(BODY, compartment, row.ref, row.body)


def to_share(case: cases.CaseRow, *, now: datetime) -> int:
    """Return how many notices wait for a reader who came later, or were read by one who has left."""
    rows = Document.objects.filter(case=case, body__isnull=False)
    return len(access.to_share([as_named(row, case.compartment) for row in rows], now=now))


def standard(*, now: datetime) -> list[tuple[str, str]]:
    """Return (version ref, line) of every standard of custody in force."""
    versions = [version for version in pledges.live(now=now) if version.kind == "standard"]
    return [(version.ref, line) for version in versions for line in version.items]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the standard, and when it was last seen and found met or not."""

    item: str
    met: bool | None
    at: datetime | None
    by: str


def standard_of(case: cases.CaseRow, *, now: datetime) -> list[Line]:
    """Return the standard in force with the latest inspection of each line."""
    lines = []
    for version_ref, item in standard(now=now):
        last = (
            Inspection.objects.filter(case=case, version_ref=version_ref, item=item)
            .order_by("-at", "-pk")
            .first()
        )
        lines.append(
            Line(
                item, last.met if last else None, last.at if last else None, last.by if last else ""
            )
        )
    return lines


def last_choice(officer: Officer, *, ref: str) -> str:
    """Return what he chose in the last private interview, "" for none.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    talk = Talk.objects.filter(case=case, kind="interview").order_by("-at", "-pk").first()
    if talk is None:
        return ""
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], ["body"])
    told = papers.opened(
        ring,
        talk.body,
        digest=bytes(talk.digest),
        field="custody.Talk.body",
        compartment=case.compartment,
        ref=talk.ref,
    )
    return str(told.get("choice", ""))


def cases_in_hand(officer: Officer, purpose: Purpose) -> Sequence[cases.CaseRow]:
    """Return the cases of `officer` from SECURED on."""
    return list(cases.cases_for(officer, purpose).filter(state__in=IN_HAND))
