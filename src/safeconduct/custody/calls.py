"""Reading the video calls that relatives ask for: by who keeps him, and what stands when one is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import keyring
from safeconduct.access import queries as access
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.cases import queries as cases
from safeconduct.custody import call_rules
from safeconduct.custody.models import Move, Sentence, VideoCall
from safeconduct.custody.queries import IN_HAND
from safeconduct.custody.rules import NO_CUSTODY, TRANSFERS

KEEPERS = frozenset({Duty.RCP, Duty.CPO})  # a child is asked by child protection
CALLER = "custody.VideoCall.caller"


@dataclass(frozen=True, slots=True)
class Shown:
    """One call as reception sees it.

    Attributes:
        state: asked, no, none, no_time, moved, given, passed, held, not_held or over.
        caller: who asks, as he is told it.
    """

    row: VideoCall
    state: str
    caller: str


def stands(row: VideoCall) -> datetime | None:
    """Return the time of a call that he agreed to and that can be held; see `call_rules.stands`."""
    since = row.given_at
    moved = Move.objects.filter(case=row.case, why__in=TRANSFERS, at__gte=since) if since else None
    return call_rules.stands(
        word=row.word,
        at=row.at,
        in_custody=row.case.state in set(IN_HAND) - NO_CUSTODY,
        found=Sentence.objects.filter(case=row.case).exists(),
        moved=moved is not None and moved.exists(),
    )


def is_over(row: VideoCall) -> bool:
    """Return whether she was told that there is no call, or it is written down whether it was held."""
    return bool(row.outcome) or (row.answered_at is not None and row.told is None)


def state_of(row: VideoCall, *, now: datetime) -> str:
    """Return where a call stands; see `Shown`."""
    if is_over(row):
        return row.outcome or "over"
    if row.word != call_rules.YES:
        return row.word or "asked"
    if row.at is None:
        return "no_time"
    if stands(row) is None:
        return "moved"
    return "given" if row.told is None or now < row.told else "passed"


def call_for(officer: Officer, *, case: str, ref: str) -> VideoCall:
    """Return one call to him, locked, to reception or child protection.

    Raises:
        Absent: there is none, or it is not for `officer`.
    """
    found = cases.case_for(officer, Purpose.WRITE, ref=case)
    rows = VideoCall.objects.select_for_update(of=("self",)).select_related("case")
    row = rows.filter(case=found, ref=ref).first()
    if row is None or not officer.duties & KEEPERS:
        raise Absent
    return row


def shown(officer: Officer, case: cases.CaseRow, *, now: datetime) -> Sequence[Shown]:
    """Return the calls to him, the newest first, to who keeps him; nobody else sees that there are any."""
    if not officer.duties & KEEPERS:
        return ()
    rows = list(
        VideoCall.objects.filter(case=case).select_related("case").order_by("-asked_at", "-pk")
    )
    if not rows:
        return ()
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], ["body"])
    return [
        Shown(
            row,
            state_of(row, now=now),
            ring.open(row.caller, field=CALLER, compartment=case.compartment, ref=row.ref),
        )
        for row in rows
    ]


def waiting(officer: Officer, *, now: datetime) -> list[tuple[VideoCall, str]]:
    """Return the calls of which who keeps him has something to do, in the cases of `officer`, and where each stands."""
    if not officer.duties & KEEPERS:
        return []
    mine = access.compartments_of(officer, now=now)
    rows = VideoCall.objects.filter(case__compartment__in=mine, outcome="").select_related("case")
    told = [(row, state_of(row, now=now)) for row in rows.order_by("until", "pk")]
    ours = {"passed"}, {"asked", "no_time", "moved"}
    return [(row, state) for row, state in told if state in ours[row.told is None]]
