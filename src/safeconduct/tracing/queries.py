"""The only way to read a request: by one of tracing who is let into the asker's conversation."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from safeconduct import names
from safeconduct.access import keyring, papers
from safeconduct.access import queries as access
from safeconduct.access.closing import KIN
from safeconduct.access.rules import Absent, Act, Duty, Officer, Purpose
from safeconduct.tracing.models import CallRequest, TracingRequest
from safeconduct.tracing.rules import Stage

TEXT = "text"
SOUGHT, KINSHIP, PAPER, DESCRIBED = (
    f"tracing.TracingRequest.{name}" for name in ("sought", "kinship", "paper", "described")
)
CALLER = "tracing.CallRequest.caller"
FILE, DECIDE = "tracing.TracingRequest.file", "tracing.decide"


@dataclass(frozen=True, slots=True)
class Shown:
    """A request with what lies sealed in it opened."""

    row: TracingRequest
    sought: str
    kinship: str
    paper: str
    described: names.Known | None


def requests_for(officer: Officer, _purpose: Purpose) -> list[TracingRequest]:
    """Return the requests of askers whom the officer talks with: open ones first, by their time."""
    if Duty.TRC not in officer.duties:
        raise Absent
    rows = TracingRequest.objects.filter(compartment__in=access.compartments_of(officer))
    return sorted(rows, key=lambda row: (row.answered_at is not None, row.due_at, row.pk))


def request_for(
    officer: Officer, _purpose: Purpose, *, ref: str, lock: bool = False
) -> TracingRequest:
    """Return one request to one of tracing who is let into the asker's conversation.

    Raises:
        Absent: there is none, or it is not for him.
    """
    rows = TracingRequest.objects.select_for_update() if lock else TracingRequest.objects.all()
    found = rows.filter(ref=ref).first()
    if (
        found is None
        or Duty.TRC not in officer.duties
        or not access.member(officer, found.compartment)
    ):
        raise Absent
    return found


def shown(officer: Officer, purpose: Purpose, *, ref: str) -> Shown:
    """Return one request opened, by one keeper call."""
    row = request_for(officer, purpose, ref=ref)
    keys = keyring.open_fields(officer, purpose, [row.compartment], [TEXT])
    told = [
        keys.open(box, field=field, kind=TEXT, compartment=row.compartment, ref=row.ref)
        if box
        else ""
        for field, box in (
            *((SOUGHT, row.sought), (KINSHIP, row.kinship), (PAPER, row.paper)),
            (DESCRIBED, row.described),
        )
    ]
    sought, kinship, paper, described = told
    known = names.Known(**json.loads(described)) if described else None
    return Shown(row, sought, kinship, paper, known)


def calls_of(row: TracingRequest) -> list[CallRequest]:
    """Return the video calls that an asker wanted, the newest first."""
    return list(CallRequest.objects.filter(request=row).order_by("-asked_at", "-pk"))


def call_under_way(row: TracingRequest) -> CallRequest | None:
    """Return her call that is not over, locked; None for none."""
    rows = CallRequest.objects.select_for_update().filter(request=row)
    return rows.exclude(stage=Stage.OVER).first()


def file_of(ref: str) -> str:
    """Return the compartment of what a lawyer decides on for one request."""
    return f"{KIN}:{ref}"


def told_to_lawyer(shown: Shown) -> dict[str, Any]:
    """Return what a lawyer reads of a request: all of it, for he says yes to all of it."""
    if shown.described is None:
        raise ValueError("a request that describes nobody is put up to no lawyer")
    return {
        "sought": shown.sought,
        "language": shown.row.language,
        "kinship": shown.kinship,
        "ground": shown.row.ground,
        "paper": shown.paper,
        "described": asdict(shown.described),
    }


def to_decide(officer: Officer, *, ref: str, lock: bool = False) -> TracingRequest:
    """Return a request that waits for a lawyer, to a lawyer.

    Raises:
        Absent: none waits under this ref, or `officer` is no lawyer.
    """
    rows = TracingRequest.objects.select_for_update() if lock else TracingRequest.objects.all()
    waits = {"answered_at": None, "decided_at": None, "file__isnull": False}
    found = rows.filter(ref=ref, **waits).first()
    if found is None or Duty.LEG not in officer.duties:
        raise Absent
    return found


def act_for(row: TracingRequest) -> Act:
    """Return the act of saying yes to what was put up."""
    return Act(DECIDE, row.ref, bytes(row.file_digest or b""), Duty.LEG)


def read_by_lawyer(officer: Officer, row: TracingRequest) -> dict[str, Any]:
    """Return what was put up, opened; see `told_to_lawyer`.

    Raises:
        Refused: the keeper hands out nothing, or another text was sealed in its place.
    """
    room = file_of(row.ref)
    keys = keyring.open_fields(officer, Purpose.APPROVE, [room], ["body"])
    return papers.opened(
        keys, row.file or b"", digest=bytes(row.file_digest or b""), field=FILE, compartment=room, ref=row.ref
    )  # fmt: skip
