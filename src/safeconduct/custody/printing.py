"""The sheets of custody, for whoever is let into the case: notices, transfer, release, promises, conditions.

What names him is opened by the officer's own key, as on any page: while it is shut nothing is printed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.access.rules import ask as ask_whom
from safeconduct.cases import queries as cases
from safeconduct.custody import queries, rules
from safeconduct.documents import agency, sheets
from safeconduct.documents.card import three
from safeconduct.pledges import queries as pledges
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries as reception
from safeconduct.refusal import Refusal, Refused

# Who prints what: those who write it down or answer for it.
PRINTS: Mapping[str, frozenset[Duty]] = {
    "notice": frozenset({Duty.RCP, Duty.LEG}),
    "transfer": frozenset({Duty.RCP, Duty.LEG}),
    "release": frozenset({Duty.LEG}),
    "statement": frozenset({Duty.PLG, Duty.LEG}),
    "inspection": frozenset({Duty.RCP, Duty.LEG, Duty.PLG, Duty.MED}),
    "death": frozenset({Duty.MED, Duty.LEG}),
}


# Sheets of what was last written down of their kind.
_WRITTEN = {"release": sheets.release, "death": sheets.death}
AGENCY = PRINTS["notice"]  # who sends the Central Tracing Agency its file


def links_for(officer: Officer, case: cases.CaseRow) -> list[tuple[str, str]]:
    """Return (address, name) of every sheet but the notices that can be printed for him now."""
    there = {
        "transfer": (queries.last_transfer(case) is not None, _("Notice of transfer")),
        "release": (queries.has_talk(case, "release"), _("Release paper")),
        "statement": (True, _("Statement of promises")),
        "inspection": (queries.was_inspected(case), _("Inspection of custody")),
        "death": (queries.has_talk(case, "death"), _("Certificate of death")),
    }
    return [
        (f"/custody/{case.ref}/{kind}.pdf", name)
        for kind, (is_there, name) in there.items()
        if is_there and officer.duties & PRINTS[kind]
    ]


def pdf_of(
    officer: Officer, *, ref: str, kind: str, profile: Profile, now: datetime, document: str = ""
) -> bytes:
    """Return one sheet as a PDF.

    Args:
        kind: of `PRINTS`.
        document: of a notice: which.

    Raises:
        Refused: what names him is shut, or not among his duties.
        Absent: there is no such case or sheet, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    if kind not in PRINTS:
        raise Absent
    if not officer.duties & PRINTS[kind]:
        no = Refusal(
            "custody.no_print", "You print no sheet of this kind.", ask_whom(sorted(PRINTS[kind]))
        )
        raise Refused(no)
    arrival = reception.arrival_for(officer, Purpose.READ, ref=ref)
    his = arrival.language if arrival else profile.languages[0]
    sheet, on = _sheet(officer, case, kind, document, now)
    return sheets.printed(sheet, case=ref, languages=three(profile.languages, his=his), on=on)


def evacuees_of(
    officer: Officer, *, refs: Collection[str], profile: Profile, now: datetime
) -> bytes:
    """Return the list of those who are evacuated together (GC III 20).

    Args:
        refs: of the cases of those who go.

    Raises:
        Refused: nobody goes, or what names one of them is shut, or was not shared with him.
        Absent: one of them is not in transit, or not for `officer`.
    """
    if not refs:
        nobody = Refusal("custody.nobody_goes", "Nobody was ticked.", "Tick who goes together.")
        raise Refused(nobody)
    going = {
        each.ref
        for each in queries.cases_in_hand(officer, Purpose.READ)
        if each.state in rules.IN_TRANSIT
    }
    if not set(refs) <= going:
        raise Absent
    people = [{"case": ref, **queries.who_he_is(officer, ref=ref)} for ref in sorted(set(refs))]
    languages = three(profile.languages, his=profile.languages[0])
    return sheets.printed(sheets.evacuees(people), case="", languages=languages, on=now)


def agency_of(officer: Officer, *, ref: str, now: datetime) -> bytes:
    """Return what the Central Tracing Agency is sent of one man: his notices as they were sent.

    Raises:
        Refused: what names him is shut, or not among his duties.
        Absent: there is no such case, nothing was sent yet, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    if not officer.duties & AGENCY:
        no = Refusal("custody.no_print", "You send no file.", ask_whom(sorted(AGENCY)))
        raise Refused(no)
    sent = [row for row in queries.documents_of(case) if row.sent_at]
    notices = [row for row in sent if rules.is_for_bureau(row.kind)]
    if not notices:
        raise Absent
    told = [
        agency.Sent(row.kind, at, row.confirmed_at is not None, words)
        for row in notices
        for words, at in [queries.notice_for(officer, case, ref=row.ref)]
    ]
    decided = {row.kind: row.decision for row in queries.documents_of(case)}
    onward = {whom: decided.get(f"notice_{whom}", "") for whom in ("power", "family")}
    return agency.exported(ref, told, onward=onward, now=now)


def _sheet(
    officer: Officer, case: cases.CaseRow, kind: str, document: str, now: datetime
) -> tuple[sheets.Sheet, datetime]:
    if kind == "notice":
        told, sent_at = queries.notice_for(officer, case, ref=document)
        return sheets.notice(case.ref, told), sent_at
    if kind == "transfer":
        move = queries.last_transfer(case)
        if move is None:
            raise Absent
        named = queries.who_he_is(officer, ref=case.ref)
        return sheets.transfer(case.ref, named, why=move.why, at=move.at), move.at
    if kind in _WRITTEN:
        told, said_at = queries.last_talk(officer, case, kind)
        if said_at is None:
            raise Absent
        named = queries.who_he_is(officer, ref=case.ref)
        return _WRITTEN[kind](case.ref, named, told), said_at
    if kind == "statement":
        return sheets.statement(case.ref, _promises(officer, case)), now
    lines = queries.standard_of(case, now=now)
    seen_at = max((line.at for line in lines if line.at), default=now)
    return sheets.inspection(case.ref, _lines(lines)), seen_at


def _promises(officer: Officer, case: cases.CaseRow) -> list[Sequence[str]]:
    his = cases.promised_as(case)
    rows = [
        row
        for ref in his
        for row in pledges.promised_to(officer, person_ref=ref, compartment=case.compartment)
    ]
    return [
        (
            row.item,
            f"O-{row.version.offer.number} v{row.version.number}",
            f"{row.shown_at:%Y-%m-%d}",
            f"{row.due_at:%Y-%m-%d}" if row.due_at else "",
            row.state,
            row.receipt_ref,
        )
        for row in rows
    ]


def _lines(lines: Sequence[queries.Line]) -> list[Sequence[str]]:
    found = {None: "unseen", True: "met", False: "unmet"}
    return [
        (
            line.item,
            found[line.met],
            f"{line.at:%Y-%m-%d %H:%M}" if line.at else "",
            reception.name_of(line.by) if line.by else "",
        )
        for line in lines
    ]
