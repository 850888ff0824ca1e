"""Reading a commander's list: its lines opened for one officer, what looks alike, and how each stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty, Officer, Purpose
from safeconduct.cases import alike, queries, rolled
from safeconduct.cases.roll_tables import Roll, RollLine
from safeconduct.refusal import Refused

BODY = "cases.Roll.body"


def as_named(row: Roll) -> staff.Named:
    """Return a list as what it is to its readers' own keys."""
    return staff.Named(BODY, row.case.compartment, row.ref, row.body)


def lines_of(officer: Officer, rows: Sequence[Roll]) -> dict[str, list[rolled.Line]]:
    """Return list → its lines, opened for `officer`, for lists of one case.

    Raises:
        Refused: the officer's own key is shut, or they were not shared with him.
    """
    if not rows:
        return {}
    compartment = rows[0].case.compartment
    ring = keyring.open_fields(officer, Purpose.READ, [compartment], [staff.NAME])
    texts = staff.open_named(officer, ring, [as_named(row) for row in rows])
    opened = {"field": BODY, "compartment": compartment}
    return {
        row.ref: papers.read(ring, texts[row.ref], digest=bytes(row.digest), ref=row.ref, **opened)[
            "lines"
        ]
        for row in rows
    }


def pairs_of(roll: Roll, lines: Sequence[rolled.Line]) -> list[alike.Pair]:
    """Return what may be one person on a list, but for what was struck or told apart."""
    rows = list(roll.lines.order_by("number"))
    apart = {(row.number, other) for row in rows for other in row.apart}
    struck = {row.number for row in rows if row.same_as is not None}
    return [
        pair
        for pair in alike.pairs(lines, [bytes(row.phone) for row in rows])
        if (pair.one, pair.other) not in apart and not struck & {pair.one, pair.other}
    ]


def alike_to(officer: Officer, line: RollLine) -> list[int]:
    """Return the lines that may be the same person as one line.

    Raises:
        Refused: see `lines_of`.
    """
    pairs = pairs_of(line.roll, lines_of(officer, [line.roll])[line.roll.ref])
    both = [{pair.one, pair.other} for pair in pairs if line.number in {pair.one, pair.other}]
    return sorted(number for each in both for number in each - {line.number})


@dataclass(frozen=True, slots=True)
class Shown:
    """One list as it is shown: how each line stands, and, to whose own key is open, what it says.

    What its second evidence is stands behind it, where that was opened.
    """

    row: Roll
    lines: Sequence[tuple[RollLine, Mapping[str, str], str]]
    pairs: Sequence[alike.Pair]
    certified: int

    @property
    def told_pairs(self) -> list[tuple[alike.Pair, Mapping[str, str], Mapping[str, str]]]:
        """Return each pair with what its two lines say, so that nobody looks them up by number."""
        told = [said for _line, said, _note in self.lines]
        return [(pair, told[pair.one - 1], told[pair.other - 1]) for pair in self.pairs]


@dataclass(frozen=True, slots=True)
class Page:
    """The lists of one case."""

    ref: str
    rolls: Sequence[Shown]
    own: staff.OwnKey
    to_share: int
    address: str
    share_url: str
    may_write: bool
    may_certify: bool
    seconds: Sequence[str]
    noted: bool  # a second evidence has a note
    unsealed: bool


def page_for(
    officer: Officer, *, ref: str, now: datetime, notes: Mapping[str, str] | None = None
) -> Page:
    """Return the lists of a case; names open only while the officer's own key is open.

    Args:
        officer: who reads.
        ref: of the case.
        now: world time.
        notes: what was opened of second evidences, see `actions.open_seconds`; None for nothing.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = queries.case_for(officer, Purpose.READ, ref=ref)
    if not officer.duties & set(rolled.READS):
        raise Absent
    rows = list(case.rolls.select_related("case").order_by("at", "pk"))
    try:
        opened = lines_of(officer, rows)
    except Refused:  # his own key is shut, or it was not shared with him: the page says how
        opened = {}
    return Page(
        ref=ref,
        rolls=[_shown(row, opened.get(row.ref, []), notes or {}) for row in rows],
        own=staff.own_key_of(officer),
        to_share=len(staff.to_share([as_named(row) for row in rows], now=now)),
        address=f"/cases/{ref}/rolls/",
        share_url=f"/cases/{ref}/rolls/share/",
        may_write=Duty.VER in officer.duties,
        may_certify=bool(officer.duties & rolled.CERTIFIES),
        seconds=rolled.SECONDS,
        noted=RollLine.objects.filter(roll__in=rows, second_note__isnull=False).exists(),
        unsealed=notes is not None,
    )


def _shown(row: Roll, lines: Sequence[rolled.Line], notes: Mapping[str, str]) -> Shown:
    numbered = list(row.lines.order_by("number"))
    return Shown(
        row,
        [
            (line, lines[line.number - 1] if lines else {}, notes.get(line.ref, ""))
            for line in numbered
        ],
        pairs_of(row, lines) if lines else [],
        sum(line.certified_at is not None for line in numbered),
    )
