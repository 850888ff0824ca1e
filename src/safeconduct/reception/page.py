"""What the reception's pages show: what to say to him, what is done, what is undone, who signs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from safeconduct.access import queries as staff
from safeconduct.access.rules import Act, Duty, Officer, Purpose
from safeconduct.access.staff import SEES_NAMES
from safeconduct.cases import queries as cases
from safeconduct.cases import rules as case_rules
from safeconduct.cases.gates import name_of, shape_of
from safeconduct.documents.briefing import spoken_in
from safeconduct.documents.card import three
from safeconduct.documents.words import value
from safeconduct.passage.briefing import READERS
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries, rules
from safeconduct.reception.actions.handing import act_of
from safeconduct.reception.labels import ALOUD
from safeconduct.reception.models import Arrival, Handover
from safeconduct.refusal import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Line:
    """One case on the list of reception."""

    ref: str
    state: str
    name: str
    shape: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do for him: its slug is the form's name."""

    slug: str
    text: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one arrival."""

    ref: str
    state: str
    name: str
    shape: str
    since: datetime
    arrival: Arrival | None
    language: str
    languages: Sequence[str]
    aloud: str
    tasks: Sequence[Task]
    undone: int
    counts: Mapping[str, int]
    differs: str
    gates: Sequence[str]
    things: Sequence[queries.Thing]
    phoned: Sequence[queries.Phoned]
    own: staff.OwnKey
    sees_names: bool
    address: str
    share_url: str
    sealed: Refusal | None
    to_share: int
    four: Mapping[str, str]
    card: Mapping[str, str]
    handover: Handover | None
    signs: Sequence[tuple[Act, str, str]]
    why_no_handover: Refusal | None
    may_write: bool
    may_register: bool
    prints_briefing: bool
    prints_medical: bool
    prints_equipment: bool
    health: Sequence[tuple[str, str]]
    may_be_child: bool
    shown: Sequence[tuple[str, str]]


def lines_for(officer: Officer) -> tuple[list[Line], list[Line]]:
    """Return the cases of `officer` that are coming, and those that are here."""
    coming, here = [], []
    for case in cases.cases_for(officer, Purpose.READ):
        state = case_rules.shown_state(case.state, ordinary=case.ordinary, duties=officer.duties)
        line = Line(case.ref, state, name_of(state), shape_of(state), case.entered_at)
        if state in rules.IN_HAND:
            here.append(line)
        elif state in rules.BEFORE_CONTACT or state in {"ABORTED", "MISSING"}:
            coming.append(line)
    return coming, here


def page_for(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> Page:
    """Return the page of an arrival.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=ref)
    state = case_rules.shown_state(case.state, ordinary=case.ordinary, duties=officer.duties)
    arrival = queries.arrival_for(officer, Purpose.READ, ref=ref)
    done = dict(case.evidence.order_by("at").values_list("kind", "at"))
    tasks = _tasks(done)
    counts = queries.counts_of(arrival) if arrival else {}
    expected, accounted = (arrival.expected, arrival.accounted) if arrival else (1, 0)
    named, sealed = _named(officer, arrival)
    four, told = named.get("four", {}), named.get("card", {})
    spoken = spoken_in(officer.language)
    handover, things = queries.handover_of(arrival), _things(officer, arrival)
    owed = queries.owed_to(arrival) if arrival else set()
    refused = rules.may_hand_over(state, counts, expected=expected, accounted=accounted, owed=owed)
    language = (
        arrival.language
        if arrival
        else queries.spoken_with(officer, Purpose.READ, case, profile=profile)
    )
    return Page(
        ref=ref,
        state=state,
        name=name_of(state),
        shape=shape_of(state),
        since=case.entered_at,
        arrival=arrival,
        language=language,
        languages=three(profile.languages, his=language),
        aloud=ALOUD.get(language, ALOUD["en"]),
        tasks=tasks,
        undone=sum(task.done_at is None for task in tasks),
        counts=counts,
        differs=rules.differs(counts, expected=expected, accounted=accounted),
        gates=rules.GATES,
        things=things,
        phoned=queries.phoned_of(officer, Purpose.READ, ref=ref),
        own=staff.own_key_of(officer),
        sees_names=bool(officer.duties & SEES_NAMES),
        address=f"/reception/{ref}/",
        share_url=f"/reception/{ref}/share/",
        sealed=sealed,
        to_share=queries.to_share(arrival, now=now) if arrival else 0,
        four=four,
        card=told or {"birth_date": four.get("birth_date", ""), "rank": four.get("rank", ""),
                      "service_number": four.get("service_number", ""), "name": four.get("names", "")},
        handover=handover,
        signs=_signs(officer, handover),
        why_no_handover=refused,
        may_write=rules.may_write(state, owed) is None,
        may_register=state == "RECEIVED" and Duty.RCP in officer.duties,
        prints_briefing=state in rules.BEFORE_CONTACT and bool(officer.duties & set(READERS)),
        prints_medical="injuries_noted" in done and bool(officer.duties & {Duty.MED, Duty.RCP}),
        prints_equipment=any(thing.kind == rules.EQUIPMENT for thing in things),
        health=[(each, value("health", each, [spoken])) for each in (*rules.HEALTH, *rules.NO_HEALTH)],
        may_be_child=not case.child and any(
            rules.may_be_child(each.get("birth_date", ""), on=now.date()) for each in (four, told)
        ),
        shown=list(queries.shown_to_him(officer, Purpose.READ, ref=ref).items()),
    )  # fmt: skip


def _things(officer: Officer, arrival: Arrival | None) -> list[queries.Thing]:
    if arrival is None or not arrival.items.exists():
        return []
    return queries.things_of(arrival, queries.ring_for(officer, Purpose.READ, arrival))


def _named(
    officer: Officer, arrival: Arrival | None
) -> tuple[dict[str, dict[str, str]], Refusal | None]:
    """Return what names him by kind of paper, or why it does not open for this officer now."""
    if arrival is None:
        return {}, None
    try:
        return queries.named_of(officer, Purpose.READ, arrival), None
    except Refused as refused:
        return {}, refused.refusal


def _tasks(done: Mapping[str, datetime]) -> list[Task]:
    rows = (
        ("challenge", _("Challenge and answer"), "challenge_noted"),
        ("posture", _("Hold point, posture, the three tests"), "three_tests"),
        ("secure", _("Weapons safe, searched with respect"), "search_done"),
        ("first_aid", _("First aid, where needed"), "first_aid"),
        ("receipt", _("Receipt for his things"), "property_list"),
        ("medical", _("Injuries noted by a medic"), "injuries_noted"),
        ("handover", _("Handover signed by two"), "handover_taken"),
        ("four", _("The four items, or his refusal"), "four_items"),
        ("rights", _("Rights sheet in his language"), "rights_sheet"),
        ("card", _("Capture card"), "capture_card"),
    )
    return [Task(slug, text, done.get(kind)) for slug, text, kind in rows]


def _signs(officer: Officer, handover: Handover | None) -> list[tuple[Act, str, str]]:
    if handover is None:
        return []
    shown = []
    if handover.given_at is None and Duty.RCV in officer.duties:
        shown.append((act_of(handover, Duty.RCV), "reception.sign", _("Sign: I hand over")))
    waits = handover.given_at is not None and handover.taken_at is None
    if waits and Duty.RCP in officer.duties and handover.given_by != officer.ref:
        shown.append((act_of(handover, Duty.RCP), "reception.sign", _("Sign: I take over")))
    return shown
