"""A read-back that is taken back: the unit was relieved, or somebody is not ready. Every GO begins anew."""

from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.cases import actions as cases
from safeconduct.passage import queries, rules
from safeconduct.passage.actions.drafting import GO_TITLE, put_subject
from safeconduct.passage.actions.standing import only_for, told
from safeconduct.passage.models import Plan
from safeconduct.passage.rules import GO, State


@transaction.atomic
def relieve_unit(officer: Officer, *, ref: str, now: datetime) -> None:
    """Void what receiving leads have read back.

    Before GO nobody can give it until the new lead has said the plan back; a GO given already is
    given anew. On the way it goes on, for stopping him is a person's act: the commander is called,
    and the new lead reads back.

    Args:
        ref: of the passage.

    Raises:
        Refused: neither receiving lead nor commander, or he is with the unit already.
        Absent: see `queries.passage_for`.
    """
    passage = queries.passage_for(officer, Purpose.WRITE, ref=ref, lock=True)
    cases.relieve_unit(officer, ref=passage.case_ref, now=now)
    access.page(Duty.DPC, "passage.unit_relieved", now=now)
    plan = queries.living_plan(passage, lock=True)
    if plan is not None:
        plan.read_backs.filter(duty=Duty.RCV, void_at=None).update(void_at=now)
        _begin_anew(plan, now=now)
    told(passage, officer.ref, "passage.unit relieved", now=now)


@transaction.atomic
def not_ready(officer: Officer, *, ref: str, duty: Duty, now: datetime) -> bool:
    """Take back what was read back under `duty`: whoever answers for it is not ready.

    Before GO nobody can give it until it is said back anew, and a GO given already is given anew.
    After it only a unit takes anything back: what protects him on the way hangs on no paper, and the
    word of commander or fires is then about the unit.

    Returns:
        Whether he is on his way, so that an alert has to say it.

    Raises:
        Refused: not his duty, or none that gives GO.
        Absent: see `queries.passage_for`.
    """
    only_for(officer, *({duty} & set(rules.GOERS)))
    passage = queries.passage_for(officer, Purpose.WRITE, ref=ref, lock=True)
    plan = queries.living_plan(passage, lock=True)
    going = plan is not None and plan.gone_at is not None
    if duty is Duty.RCV:
        cases.unit_not_ready(officer, ref=passage.case_ref, now=now)
    if plan is not None and (duty is Duty.RCV or not going):
        plan.read_backs.filter(duty=duty, void_at=None).update(void_at=now)
        _begin_anew(plan, now=now)
    if not going:
        access.page(Duty.DPC, "passage.not_ready", now=now)
    told(passage, officer.ref, "passage.not ready", now=now)
    return going


def _begin_anew(plan: Plan, *, now: datetime) -> None:
    if State(plan.state) is not State.AGREED or plan.gone_at is not None:
        return
    if queries.given_to(plan, GO):
        plan.go_round += 1
        plan.save(update_fields=["go_round"])
    put_subject(plan, GO, duties=rules.GOERS, title=GO_TITLE, now=now)
