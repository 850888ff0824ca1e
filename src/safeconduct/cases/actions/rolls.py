"""A commander's list: taken down, its doubles told apart, a second evidence brought, one certified by another.

Nothing here opens a case, verifies one, or writes to anybody: the telephones of a list are hashes.
"""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Officer, Purpose, digest_of
from safeconduct.cases import graded, queries, rolled, rolls
from safeconduct.cases.actions.opening import insist_reason
from safeconduct.cases.actions.records import sealed_note
from safeconduct.cases.actions.taking import audience, journal
from safeconduct.cases.models import Case
from safeconduct.cases.roll_tables import Roll, RollLine
from safeconduct.notices import actions as notices
from safeconduct.post.actions import compare_phones
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

NOTE = "cases.RollLine.second_note"


@transaction.atomic
def take_down(officer: Officer, *, ref: str, text: str, region: str, now: datetime) -> str:
    """Take down a list as he said or wrote it; return its ref. It is one claim by one source.

    Args:
        ref: of his own case.
        text: see `rolled.read`. Telephones are compared and not kept.
        region: where a number without a country belongs (profile).

    Raises:
        Refused: not a verifier, or no list; nobody who may read it has a key of his own.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rolled.may_write(officer))
    lines = rolled.read(text)
    ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], ["body", staff.NAME])
    phones = compare_phones(
        ring, [line.pop("phone") for line in lines], compartment=case.compartment, region=region
    )
    row = new_ref()
    written, digest = papers.written({"lines": lines})
    body = access.seal_named(
        officer, ring, written, field=rolls.BODY, compartment=case.compartment, ref=row
    )
    roll = Roll.objects.create(ref=row, case=case, digest=digest, body=body, by=officer.ref, at=now)
    RollLine.objects.bulk_create(
        RollLine(roll=roll, number=number, phone=phone) for number, phone in enumerate(phones, 1)
    )
    _told(officer, case, "roll.taken down", now=now)
    return row


@transaction.atomic
def strike(
    officer: Officer, *, ref: str, roll: str, number: int, same_as: int | None, now: datetime
) -> None:
    """Say that a line is the same person as another one of its list, or take that back with None.

    Raises:
        Refused: not a verifier; it is its own line, or that of somebody certified or struck.
        Absent: see `_line`.
    """
    case, line = _line(officer, ref=ref, roll=roll, number=number)
    if same_as is not None:
        other = line.roll.lines.filter(number=same_as, same_as=None).first()
        if other is None or other == line or line.certified_at:
            raise Refused(
                Refusal(
                    "case.roll_strike",
                    "This line cannot be struck for that one.",
                    "Choose another line of the list that stands, and none that is certified.",
                )
            )
    line.same_as = same_as
    line.save(update_fields=["same_as"])
    _told(officer, case, "roll.struck" if same_as else "roll.restored", line, now=now)


@transaction.atomic
def tell_apart(
    officer: Officer, *, ref: str, roll: str, number: int, other: int, now: datetime
) -> None:
    """Say that two lines which look alike are two people.

    Raises:
        Refused: not a verifier.
        Absent: see `_line`.
    """
    case, line = _line(officer, ref=ref, roll=roll, number=number)
    _case, second = _line(officer, ref=ref, roll=roll, number=other)
    for one, them in ((line, second.number), (second, line.number)):
        one.apart = sorted({*one.apart, them})
        one.save(update_fields=["apart"])
    _told(officer, case, "roll.told apart", line, now=now)


@transaction.atomic
def back(
    officer: Officer,
    *,
    ref: str,
    roll: str,
    number: int,
    signal: graded.Signal,
    note: str,
    now: datetime,
) -> None:
    """Bring a second evidence of somebody on a list; a later one stands in its place.

    Raises:
        Refused: not a verifier, or no second evidence; see `rolled.may_back`. He is certified.
        Absent: see `_line`.
    """
    case, line = _line(officer, ref=ref, roll=roll, number=number)
    insist(rolled.may_back(signal))
    if line.certified_at:
        raise Refused(
            Refusal("case.roll_done", "Somebody certified this line already.", "It stays so.")
        )
    ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], ["body"])
    line.second, line.second_by = signal.source, officer.ref
    line.reliability, line.credibility = signal.reliability, signal.credibility
    line.second_note = sealed_note(note, case, line.ref, ring, field=NOTE)
    line.save(update_fields=["second", "second_by", "reliability", "credibility", "second_note"])
    _told(officer, case, "roll.second evidence", line, now=now)


@transaction.atomic
def open_seconds(officer: Officer, *, ref: str, reason: str, now: datetime) -> dict[str, str]:
    """Return ref of a line → what its second evidence is; that the officer read it goes on record.

    Raises:
        Refused: no reason, or the keeper does not open them for him.
        Absent: there is no such case, or its lists are not for `officer`.
    """
    insist_reason(reason)
    case = queries.case_for(officer, Purpose.READ, ref=ref)
    if not officer.duties & set(rolled.READS):
        raise Absent
    journal(case, officer.ref, "roll.notes opened", now=now)
    ring = keyring.open_fields(officer, Purpose.READ, [case.compartment], ["body"])
    lines = RollLine.objects.filter(roll__case=case)
    return {
        row.ref: ring.open(row.second_note, field=NOTE, compartment=case.compartment, ref=row.ref)
        for row in lines
        if row.second_note
    }


@transaction.atomic
def certify(officer: Officer, *, ref: str, roll: str, number: int, now: datetime) -> None:
    """Call somebody on a list a person who is known: by a second evidence, and by another's hand.

    It opens no case and verifies none; he comes by his own word, as anybody.

    Raises:
        Refused: see `rolled.may_certify`.
        Absent: see `_line`.
    """
    case, line = _line(officer, ref=ref, roll=roll, number=number, writes=False)
    line_told = rolled.Standing(line.second, line.second_by, line.same_as is not None)
    insist(
        rolled.may_certify(officer, line_told, alike=())
    )  # what needs no name opened comes first
    insist(rolled.may_certify(officer, line_told, alike=rolls.alike_to(officer, line)))
    if line.certified_at is None:
        line.certified_by, line.certified_at = officer.ref, now
        line.save(update_fields=["certified_by", "certified_at"])
        _told(officer, case, "roll.certified", line, now=now)


@transaction.atomic
def share_rolls(officer: Officer, *, ref: str, now: datetime) -> None:
    """Share lists with readers who came later; seal anew what one who has left could read.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    rows = list(case.rolls.select_for_update())
    ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], [staff.NAME])
    fresh = access.share(officer, ring, [rolls.as_named(row) for row in rows], now=now)
    for row in rows:
        if row.ref in fresh:
            row.body = fresh[row.ref]
            row.save(update_fields=["body"])


def _line(
    officer: Officer, *, ref: str, roll: str, number: int, writes: bool = True
) -> tuple[Case, RollLine]:
    case = queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    if writes:
        insist(rolled.may_write(officer))
    rows = RollLine.objects.select_for_update(of=("self",)).select_related("roll")
    line = rows.filter(roll__ref=roll, roll__case=case, number=number).first()
    if line is None:
        raise Absent
    return case, line


def _told(
    officer: Officer, case: Case, verb: str, line: RollLine | None = None, *, now: datetime
) -> None:
    journal(case, officer.ref, verb, now=now, digest=_which(line) if line else b"")
    notices.emit("cases.case", case.ref, to=audience(case))


def _which(line: RollLine) -> bytes:
    """Return the digest by which the journal tells a line, and by which evidence it stands."""
    grade = f"{line.reliability}{line.credibility or ''}"
    return digest_of(
        {"roll": line.roll.ref, "line": line.number, "source": line.second, "grade": grade}
    )
