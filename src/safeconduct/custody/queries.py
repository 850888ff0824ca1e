"""Reading custody: clocks, notices, inspections, choices, for those let into the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from safeconduct.access import keyring, papers
from safeconduct.access import queries as access
from safeconduct.access.closing import KEPT, READS_KEPT, VOICE
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.cases import queries as cases
from safeconduct.custody.followed import UNFOLLOWED
from safeconduct.custody.models import (
    Clock,
    Core,
    Document,
    Inspection,
    Move,
    Talk,
    Visit,
    Voice,
    Wish,
)
from safeconduct.custody.rules import NO_CUSTODY, TRANSFER, TRANSFERS
from safeconduct.pledges import queries as pledges
from safeconduct.reception import queries as reception

BODY = "custody.Document.body"
CORE_BODY = "custody.Core.body"
VOICE_BODY, VOICE_ANSWER = "custody.Voice.body", "custody.Voice.answer"
CORE_KINDS = ("body", access.NAME)
NAMELESS = frozenset({"medical", "property"})  # kept papers that say nothing of who he is
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


def overdue_of(rows: Sequence[cases.CaseRow], *, now: datetime) -> QuerySet[Clock]:
    """Return the clocks of several cases that run and are overdue, the longest first."""
    late = Clock.objects.filter(case__in=rows, done_at=None, due_at__lt=now)
    return late.select_related("case").order_by("due_at", "pk")


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
    return standards_of([case], now=now)[case.pk]


def standards_of(rows: Sequence[cases.CaseRow], *, now: datetime) -> dict[int, list[Line]]:
    """Return by each case's key the standard in force with the latest inspection of each line, by one read."""
    newest = Window(
        RowNumber(),
        partition_by=[F("case"), F("version_ref"), F("item")],
        order_by=[F("at").desc(), F("pk").desc()],
    )
    seen = Inspection.objects.filter(case__in=rows).annotate(nth=newest).filter(nth=1)
    last = {(row.case_id, row.version_ref, row.item): row for row in seen}
    lines = standard(now=now)

    def line(case: int, version_ref: str, item: str) -> Line:
        row = last.get((case, version_ref, item))
        return Line(item, row.met, row.at, row.by) if row else Line(item, None, None, "")

    return {row.pk: [line(row.pk, ref, item) for ref, item in lines] for row in rows}


def last_choice(officer: Officer, *, ref: str) -> str:
    """Return what he chose in the last private interview, "" for none.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    return last_talk(officer, case, "interview")[0].get("choice", "")


def unfollowed(case: cases.CaseRow) -> bool:
    """Return whether he refused to be followed up: nobody seeks him out, and he may come back at any time."""
    return Talk.objects.filter(case=case, kind=UNFOLLOWED).exists()


def last_talk(
    officer: Officer, case: cases.CaseRow, kind: str
) -> tuple[dict[str, str], datetime | None]:
    """Return what was last said or agreed of a kind, and when; empty and None for nothing."""
    talk = Talk.objects.filter(case=case, kind=kind).order_by("-at", "-pk").first()
    if talk is None:
        return {}, None
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], ["body"])
    told: dict[str, str] = papers.opened(
        ring,
        talk.body,
        digest=bytes(talk.digest),
        field="custody.Talk.body",
        compartment=case.compartment,
        ref=talk.ref,
    )
    return told, talk.at


def has_talk(case: cases.CaseRow, kind: str) -> bool:
    """Return whether anything of a kind was said or agreed."""
    return Talk.objects.filter(case=case, kind=kind).exists()


def last_transfer(case: cases.CaseRow) -> Move | None:
    """Return when he was last brought to another place, None for never."""
    there = Move.objects.filter(case=case, why__in=TRANSFERS)
    return there.order_by("-at", "-pk").first()


def moves_of(case: cases.CaseRow) -> list[tuple[datetime, str]]:
    """Return (when, "move" or "hospital") of each time he was brought to another place, oldest first."""
    moved = Move.objects.filter(case=case, why__in=TRANSFERS).values_list("at", "why")
    lane = (
        case.steps.filter(target="MEDICAL").exclude(kind="correction").values_list("at", flat=True)
    )
    return sorted([*moved, *((at, "hospital") for at in lane)])


def untold_moves(case: cases.CaseRow) -> list[tuple[datetime, str]]:
    """Return of `moves_of` those since the last notice that told the bureau of one."""
    told = Document.objects.filter(case=case, kind=TRANSFER, sent_at__isnull=False)
    last = told.order_by("-sent_at").first()
    since = last.sent_at if last else None
    return [each for each in moves_of(case) if since is None or each[0] >= since]


def wish_of(case: cases.CaseRow) -> str:
    """Return the word on whether one who asks after him may be told, "" for none; see `rules.may_wish`."""
    row = Wish.objects.filter(case=case).first()
    return row.word if row else ""


def was_inspected(case: cases.CaseRow) -> bool:
    """Return whether anybody ever looked how he is kept."""
    return Inspection.objects.filter(case=case).exists()


def notice_for(
    officer: Officer, case: cases.CaseRow, *, ref: str
) -> tuple[dict[str, str], datetime]:
    """Return what a notice said when it was sent, and when that was.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: there is no such notice, or it was not sent yet.
    """
    row = Document.objects.filter(case=case, ref=ref, sent_at__isnull=False).first()
    if row is None or row.sent_at is None:
        raise Absent
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], CORE_KINDS)
    text = access.open_named(officer, ring, [as_named(row, case.compartment)])[ref]
    told: dict[str, str] = papers.read(
        ring, text, digest=bytes(row.digest), field=BODY, compartment=case.compartment, ref=ref
    )
    return told, row.sent_at


def who_he_is(officer: Officer, *, ref: str) -> dict[str, str]:
    """Return what he said of himself: the four items and what stands on his card; empty for nothing yet.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: there is no such case, or it is not for `officer`.
    """
    arrival = reception.arrival_for(officer, Purpose.READ, ref=ref)
    if arrival is None:
        return {}
    named = reception.named_of(officer, Purpose.READ, arrival)
    return {**named.get("card", {}), **named.get("four", {})}


def cases_in_hand(officer: Officer, purpose: Purpose) -> Sequence[cases.CaseRow]:
    """Return the cases of `officer` from SECURED on."""
    return list(cases.cases_for(officer, purpose).filter(state__in=IN_HAND))


def held(officer: Officer, _purpose: Purpose) -> list[cases.CaseRow]:
    """Return who is held, to a delegate, and to the ombudsman who was: by their refs, and nothing sealed.

    They are let into no case; a delegate may visit each who is held (GC III 126). Who was released is
    no business of his; the ombudsman answers him still.

    Raises:
        Absent: `officer` is neither.
    """
    if not officer.duties & {Duty.DEL, Duty.OMB}:
        raise Absent
    return list(_from_outside(officer).order_by("custody_since", "pk"))


def _from_outside(officer: Officer) -> QuerySet[cases.CaseRow]:
    states = IN_HAND if Duty.OMB in officer.duties else set(IN_HAND) - NO_CUSTODY
    return cases.seen_from_outside(officer, states=states)


def held_case(officer: Officer, duty: Duty, *, ref: str) -> cases.CaseRow:
    """Return one of those who are held, to the one of the two whose act it is.

    Raises:
        Absent: nobody is held under this ref, or `officer` has not this duty.
    """
    found = _from_outside(officer).filter(ref=ref).first()
    if found is None or duty not in officer.duties:
        raise Absent
    return found


def visits_of(case: cases.CaseRow) -> list[Visit]:
    """Return the visits to him, the newest first."""
    return list(Visit.objects.filter(case=case).order_by("-asked_at", "-pk"))


def visits_by(officer: Officer, rows: Sequence[cases.CaseRow]) -> list[Visit]:
    """Return the visits that `officer` asked for to any of several people, the newest first."""
    mine = Visit.objects.filter(case__in=rows, asked_by=officer.ref)
    return list(mine.order_by("-asked_at", "-pk"))


def voice_of(case_ref: str) -> str:
    """Return the compartment of what one man says for himself."""
    return f"{VOICE}:{case_ref}"


def voices_for(officer: Officer) -> list[Voice]:
    """Return what was told to the ombudsman: what is not answered first, by its time.

    Raises:
        Absent: `officer` is no ombudsman.
    """
    if Duty.OMB not in officer.duties:
        raise Absent
    rows = Voice.objects.select_related("case").order_by("due_at", "pk")
    return sorted(rows, key=lambda row: row.answered_at is not None)


def voice_row(officer: Officer, *, ref: str, lock: bool = False) -> Voice:
    """Return one voice, sealed.

    Raises:
        Absent: there is none, or `officer` is no ombudsman.
    """
    rows = Voice.objects.select_for_update(of=("self",)) if lock else Voice.objects.all()
    found = rows.select_related("case").filter(ref=ref).first()
    if found is None or Duty.OMB not in officer.duties:
        raise Absent
    return found


def voice_for(officer: Officer, *, ref: str) -> tuple[Voice, str, str]:
    """Return one voice, what he said, and what he was answered ("" for nothing yet).

    Raises:
        Absent: see `voice_row`.
    """
    row = voice_row(officer, ref=ref)
    compartment = voice_of(row.case.ref)
    ring = keyring.open_fields(officer, Purpose.READ, [compartment], ["body"])
    told = papers.opened(
        ring,
        row.body,
        digest=bytes(row.digest),
        field=VOICE_BODY,
        compartment=compartment,
        ref=ref,
    )
    answer = row.answer and ring.open(
        row.answer, field=VOICE_ANSWER, compartment=compartment, ref=ref
    )
    return row, told["words"], answer or ""


def refs_by_compartment(officer: Officer, purpose: Purpose) -> dict[str, str]:
    """Return the ref of each case of `officer`, by its compartment."""
    return dict(cases.cases_for(officer, purpose).values_list("compartment", "ref"))


def core_of(case_ref: str) -> str:
    """Return the compartment of what law keeps of one case."""
    return f"{KEPT}:{case_ref}"


def core_rows(officer: Officer, *, ref: str, lock: bool = False) -> list[Core]:
    """Return what is kept of one case, sealed.

    Raises:
        Absent: nothing is kept of such a case, or `officer` does not read it.
    """
    if not officer.duties & READS_KEPT:
        raise Absent
    rows = Core.objects.filter(case_ref=ref).order_by("pk")
    found = list(rows.select_for_update() if lock else rows)
    if not found:
        raise Absent
    return found


def as_named_core(row: Core) -> access.Named:
    """Return a kept paper as what it is to its readers' own keys."""
    return access.Named(CORE_BODY, core_of(row.case_ref), row.ref, row.body)


def core_to_share(officer: Officer, *, ref: str, now: datetime) -> int:
    """Return how many kept papers wait for a reader who came later, or were read by one who left."""
    rows = [row for row in core_rows(officer, ref=ref) if row.kind not in NAMELESS]
    return len(access.to_share([as_named_core(row) for row in rows], now=now))


def core_for(officer: Officer, purpose: Purpose, *, ref: str) -> list[tuple[str, Any]]:
    """Return (kind, content) of all that law keeps of one case, whether or not the case is erased.

    Raises:
        Refused: the officer's own key is shut, it was not shared with him, or he is over his rate.
        Absent: see `core_rows`.
    """
    rows, compartment = core_rows(officer, ref=ref), core_of(ref)
    ring = keyring.open_fields(officer, purpose, [compartment], CORE_KINDS)
    named = [as_named_core(row) for row in rows if row.kind not in NAMELESS]
    texts = access.open_named(officer, ring, named)
    told = []
    for row in rows:
        text = texts.get(row.ref) or ring.open(
            row.body, field=CORE_BODY, compartment=compartment, ref=row.ref
        )
        paper = papers.read(
            ring,
            text,
            digest=bytes(row.digest),
            field=CORE_BODY,
            compartment=compartment,
            ref=row.ref,
        )
        told.append((row.kind, paper["content"]))
    return told
