"""The list of passages, and what a planner is asked before one is begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.cases import queries as cases
from safeconduct.conversations import queries as conversations
from safeconduct.passage import queries, roads
from safeconduct.programme.profile import Profile


@dataclass(frozen=True, slots=True)
class Line:
    """One passage in the list."""

    ref: str
    case_ref: str
    state: str
    number: int
    since: datetime
    over: bool
    worse: bool  # by dangers reported since


def lines_for(officer: Officer) -> list[Line]:
    """Return the passages this officer is let into, newest first."""
    found = []
    for passage in queries.passages_for(officer, Purpose.READ).prefetch_related("plans"):
        plan = queries.newest(list(passage.plans.all()))
        found.append(
            Line(
                passage.ref,
                passage.case_ref,
                queries.state_shown(plan),
                plan.number if plan else 0,
                plan.made_at if plan else passage.opened_at,
                passage.ended_at is not None,
                plan is not None and queries.way_now(plan.ref)[0],
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Begin:
    """What a planner is asked before a passage is begun."""

    case_ref: str
    passage: str
    may: bool
    language: str
    languages: Sequence[str]
    map_name: str


def begin_for(officer: Officer, *, case_ref: str, profile: Profile) -> Begin:
    """Return how a passage of a case is begun; `passage` is the one that is there already.

    Raises:
        Absent: there is no such case, or it is not for `officer`.
    """
    case = cases.case_for(officer, Purpose.READ, ref=case_ref)
    his = conversations.language_of(officer, Purpose.READ, ref=case.conversation_ref)
    language = his if his in profile.languages else profile.languages[0]
    held = roads.current()
    return Begin(
        case_ref,
        queries.of_case(case_ref),
        Duty.PLN in officer.duties and case.state == "READY",
        language,
        profile.languages,
        held[0] if held else "",
    )
