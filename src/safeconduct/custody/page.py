"""What the pages of custody show: clocks, conditions, notices, outcome, for one officer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from safeconduct.access import ageing
from safeconduct.access import queries as staff
from safeconduct.access.ageing import Ages
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.access.staff import SEES_NAMES
from safeconduct.cases import queries as cases
from safeconduct.cases import rules as case_rules
from safeconduct.cases.gates import name_of, shape_of
from safeconduct.cases.machine import MACHINE
from safeconduct.conversations import queries as talks
from safeconduct.custody import calls, followed, letters, printing, queries, rules
from safeconduct.custody.models import Clock, Document, Letters, Visit
from safeconduct.documents.briefing import spoken_in
from safeconduct.documents.words import value
from safeconduct.pledges import orders
from safeconduct.pledges import queries as pledges
from safeconduct.programme.profile import Profile


def clock_name(kind: str) -> str:
    """Return what a clock is called on screen."""
    named = {
        rules.CARD: _("Capture card to family and Central Tracing Agency"),
        rules.BUREAU: _("Notice to the National Information Bureau"),
        rules.MOVED_ON: _("Notice of transfer or hospital to the National Information Bureau"),
        rules.DIED: _("Notice of his death to the National Information Bureau"),
        rules.REVIEW: _("Review of conditions"),
        rules.SICK: _("Weekly word to the bureau while he is sick"),
        rules.CHILD: _("A child: child protection takes charge"),
        rules.TRANSIT: _("Out of danger, and out of transit into custody"),
        rules.VISIT: _("A delegate asks for a visit: give it a time"),
        rules.SAFETY: _("He missed his check-in: somebody looks after him"),
        rules.MAIL: _("Letters and cards: offer him this month's"),
        "voice": _("What somebody told the ombudsman waits for its answer"),
    }
    return named.get(kind.partition(".")[0]) or _("Check-in of aftercare")


def call_name(state: str) -> str:
    """Return what reception has to do of a relative's video call."""
    return {
        "asked": _("A relative asks for a video call: ask him, alone"),
        "no_time": _("He agreed to a video call: give it a time"),
        "moved": _("He was moved: give the video call another time"),
        "passed": _("The time of a video call is over: was it held?"),
    }[state]


def document_name(kind: str) -> str:
    """Return what a notice is called on screen."""
    named = {
        "notice_power": _("Notice to his Power"),
        "notice_family": _("Notice to his family"),
        rules.WEEKLY: _("This week's word to the bureau on his health"),
        rules.SENT_CARD: _("Capture card to family and Central Tracing Agency"),
        rules.TRANSFER: _("notice of transfer or hospital to the National Information Bureau"),
    }
    return named.get(kind) or _(MACHINE.kinds[kind].text)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is due: a clock, a notice, or something owed."""

    ref: str
    kind: str
    case: str
    text: str
    due_at: datetime | None
    over: bool
    state: str
    page: str = ""  # where it is done, if not on the page of its case
    page_name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """One case in custody, for the list."""

    ref: str
    state: str
    name: str
    shape: str
    since: datetime
    due: int


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one case in custody."""

    ref: str
    state: str
    name: str
    shape: str
    since: datetime
    clocks: Sequence[Row]
    documents: Sequence[tuple[Row, Document]]
    standard: Sequence[queries.Line]
    choices: Sequence[tuple[str, str]]
    outcomes: Sequence[tuple[str, str]]
    unfollowed: bool
    check_ins: Collection[str]
    chosen: str
    next_steps: Sequence[tuple[str, str]]
    is_lawyer: bool
    is_keeper_of_pledges: bool
    is_reception: bool
    is_protector: bool
    own: staff.OwnKey
    sees_names: bool
    address: str
    share_url: str
    to_share: int
    sheets: Sequence[tuple[str, str]]
    records: Collection[str]
    prints_notices: bool
    wish: str
    hears: Collection[str]
    visits: Sequence[Visit]
    calls: Sequence[calls.Shown]
    sends_agency: bool
    is_medic: bool
    letters: Letters | None
    offers_letters: bool


def clock_row(clock: Clock, *, now: datetime) -> Row:
    """Return a clock as a line of a page."""
    state = "done" if clock.done_at else ("due", "due", "warned", "broken")[clock.rung]
    over = clock.done_at is None and now > clock.due_at
    kind, case = clock.kind, clock.case.ref
    at = clock.done_at or clock.due_at  # what is done says when it was done
    return Row(clock.ref, kind, case, clock_name(kind), at, over, state)


def _document_row(document: Document, *, now: datetime) -> Row:
    state = "confirmed" if document.confirmed_at else "sent" if document.sent_at else "queued"
    waits = document.kind in rules.NOTICES and document.decision != "send"
    return Row(
        document.ref,
        document.kind,
        document.case.ref,
        document_name(document.kind),
        document.due_at,
        not document.sent_at and not waits and now > document.due_at,
        "waits" if waits and not document.sent_at else state,
    )


def _pledge_rows(officer: Officer, *, now: datetime) -> list[Row]:
    """Return what he was promised and is due: a promised date is a clock like any other."""
    owed = pledges.due_for(officer, now=now)
    cases_of = queries.refs_by_compartment(officer, Purpose.READ) if owed else {}
    return [
        Row(
            each.ref, "pledge", cases_of.get(each.compartment, ""), each.item, each.due_at,
            each.due_at is not None and each.due_at < now, "owed", "/pledges/",
            _("Pledges"),
        )
        for each in owed
    ]  # fmt: skip


def _order_rows(officer: Officer, *, ages: Ages, now: datetime) -> list[Row]:
    """Return what two have signed to be paid and nobody has: by when it should have been."""
    unpaid = orders.unpaid_for(officer, now=now)
    cases_of = queries.refs_by_compartment(officer, Purpose.READ) if unpaid else {}
    return [
        Row(
            each.ref, "order", cases_of.get(each.pledge.compartment, ""),
            _("A signed payment waits to be made"), due := (each.approved_at or now) + ages.waits,
            due < now, "warned" if each.rung else "due", f"/pledges/orders/{each.ref}/",
            _("To its page"),
        )
        for each in unpaid
    ]  # fmt: skip


def _call_rows(officer: Officer, *, now: datetime) -> list[Row]:
    """Return what reception has to do of video calls; none is overdue, for no answer is an answer."""
    return [
        Row(
            row.ref, "call", row.case.ref, call_name(state),
            row.told if state == "passed" else row.until, state == "passed", state,
        )
        for row, state in calls.waiting(officer, now=now)
    ]  # fmt: skip


def _approval_rows(officer: Officer, *, ages: Ages, now: datetime) -> list[Row]:
    """Return what waits for yeses: by when it should have them, and when the first is too old."""
    waits = staff.ageing_for(officer, now=now)
    cases_of = queries.refs_by_compartment(officer, Purpose.READ) if waits else {}
    rows = []
    for each, his in waits:
        old = ageing.old_at(each.age, ages)
        due = ageing.due_at(each.age, ages)
        if old == due:
            text = _("A yes to this grows too old: {title}")
        else:
            text = (
                _("Waits for your yes: {title}") if his else _("Waits for another's yes: {title}")
            )
        state = ("due", "warned", "broken")[each.rung]
        rows.append(
            Row(
                each.ref, "approval", cases_of.get(each.compartment, ""),
                text.format(title=_(each.title)), due, due < now, state, each.url, _("To its page"),
            )
        )  # fmt: skip
    return rows


def _child_rows(officer: Officer, *, reply: timedelta, now: datetime) -> list[Row]:
    """Return where a child waits for an answer, to who may open his conversation: he has no queue."""
    if not officer.duties & {Duty.CPO, Duty.LEG, Duty.SUP}:
        return []
    waits = talks.children_waiting(officer, now=now)
    cases_of = queries.refs_by_compartment(officer, Purpose.READ) if waits else {}
    return [
        Row(
            each.ref, "child_writes", cases_of.get(each.compartment, ""),
            _("A child waits for an answer"), due := (each.waiting_since or now) + reply, due < now,
            "due", f"/conversations/{each.ref}/", _("Conversation"),
        )
        for each in waits
    ]  # fmt: skip


def due_for(officer: Officer, *, profile: Profile, now: datetime) -> list[Row]:
    """Return everything due or overdue in the cases of `officer`, most overdue first."""
    ages = Ages(profile.limit(ageing.WAITS), profile.limit(ageing.OLD))
    rows = [clock_row(c, now=now) for c in queries.clocks_for(officer, Purpose.READ, now=now)]
    rows += [
        _document_row(d, now=now) for d in queries.documents_due(officer, Purpose.READ, now=now)
    ]
    rows += [
        Row(
            each.ref, each.kind, each.case.ref, _(MACHINE.kinds[each.kind].text), each.due_at,
            each.due_at is not None and each.due_at < now, "owed",
        )
        for each in cases.owed_for(officer, Purpose.READ, now=now)
    ]  # fmt: skip
    rows += _pledge_rows(officer, now=now) + _approval_rows(officer, ages=ages, now=now)
    rows += _order_rows(officer, ages=ages, now=now)
    rows += _child_rows(officer, reply=profile.limit("first_reply"), now=now)
    rows += _call_rows(officer, now=now)
    far = datetime.max.replace(tzinfo=now.tzinfo)
    return sorted(rows, key=lambda row: row.due_at or far)


def people_for(officer: Officer, *, now: datetime) -> list[Person]:
    """Return the people in custody whom `officer` is let in to."""
    running = list(queries.clocks_for(officer, Purpose.READ, now=now))
    return [
        Person(
            case.ref,
            case.ordinary,
            name_of(case.ordinary),
            shape_of(case.ordinary),
            case.custody_since or case.entered_at,
            sum(clock.case_id == case.pk and clock.due_at < now for clock in running),
        )
        for case in queries.cases_in_hand(officer, Purpose.READ)
    ]


def _check_ins(officer: Officer, clocks: Sequence[Clock], *, now: datetime) -> Collection[str]:
    """Return the refs of the check-ins that `officer` may write down now."""
    if Duty.PLG not in officer.duties:
        return ()
    his = (each for each in clocks if each.kind in rules.CHECK_INS and not each.done_at)
    return {each.ref for each in his if followed.may_check_in(each.due_at, "-", now=now) is None}


def page_for(officer: Officer, *, ref: str, now: datetime) -> Page:
    """Return the page of one case in custody.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    state = case_rules.shown_state(case.state, ordinary=case.ordinary, duties=officer.duties)
    knows_choice = bool(officer.duties & {Duty.LEG, Duty.PLG})
    documents, spoken = list(queries.documents_of(case)), spoken_in(officer.language)
    clocks = list(queries.clocks_of(case))
    put_up = [
        (way.target, name_of(way.target))
        for way in MACHINE.ways_from(state)
        if way.approvals > 1
        and way.target in {"OUTCOME_CHOSEN", "RELEASED", "SETTLED"}
        and officer.duties & frozenset(way.staff)
    ]
    return Page(
        ref=ref,
        state=state,
        name=name_of(state),
        shape=shape_of(state),
        since=case.custody_since or case.entered_at,
        clocks=[clock_row(clock, now=now) for clock in clocks],
        documents=[(_document_row(d, now=now), d) for d in documents],
        standard=queries.standard_of(case, now=now),
        choices=[
            (each, value("choice", each, [spoken])) for each in (*rules.CHOICES, *rules.NOT_CHOSEN)
        ],
        unfollowed=knows_choice and queries.unfollowed(case),
        check_ins=_check_ins(officer, clocks, now=now),
        outcomes=[(each, value("choice", each, [spoken])) for each in rules.CHOICES],
        chosen=queries.last_choice(officer, ref=ref) if knows_choice else "",
        next_steps=put_up,
        is_lawyer=Duty.LEG in officer.duties,
        is_keeper_of_pledges=Duty.PLG in officer.duties,
        is_reception=Duty.RCP in officer.duties,
        is_protector=Duty.DPO in officer.duties,
        own=staff.own_key_of(officer),
        sees_names=bool(officer.duties & SEES_NAMES),
        address=f"/custody/{ref}/",
        share_url=f"/custody/{ref}/share/",
        to_share=queries.to_share(case, now=now),
        sheets=printing.links_for(officer, case),
        records=rules.records(officer.duties),
        prints_notices=bool(officer.duties & printing.PRINTS["notice"]),
        wish=queries.wish_of(case),
        hears=rules.hears(officer.duties, before=queries.wish_of(case)),
        sends_agency=bool(officer.duties & printing.AGENCY)
        and any(d.sent_at and rules.is_for_bureau(d.kind) for d in documents),
        is_medic=Duty.MED in officer.duties,
        calls=calls.shown(officer, case, now=now),
        letters=letters.last_of(case),
        offers_letters=bool(officer.duties & rules.OFFERS_LETTERS)
        and case.custody_since is not None
        and case.state not in rules.NO_CUSTODY,
        visits=[each for each in queries.visits_of(case) if each.held_at is None],
    )
