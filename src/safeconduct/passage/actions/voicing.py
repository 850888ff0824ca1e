"""That a leg was read to him by voice, and whether he said it back rightly in his own words."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.passage import queries, voice
from safeconduct.passage.actions.standing import case_state, only_for, told
from safeconduct.passage.models import Plan, SaidBack
from safeconduct.passage.rules import State
from safeconduct.refusal import insist


@transaction.atomic
def said_back(officer: Officer, *, ref: str, part: str, rightly: bool, now: datetime) -> Plan:
    """Put on record that he said a leg back. His words are kept nowhere.

    Raises:
        Refused: neither operator nor planner, or this leg is not to be read to him now.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, Duty.OP, Duty.PLN)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    content = queries.content_of(queries.keys_of(officer, Purpose.WRITE, plan.passage), plan)
    course = queries.course_now(plan, content) if plan.letter else None
    legs = [each for each, _words in course.readings] if course else []
    left = list(plan.said.values_list("part", flat=True))
    insist(voice.may_say_back(State(plan.state), part=part, told=left, legs=legs))
    SaidBack.objects.create(plan=plan, part=part, rightly=rightly, by=officer.ref, at=now)
    verb = "passage.said back" if rightly else "passage.said back wrongly"
    told(plan.passage, officer.ref, verb, now=now, digest=bytes(plan.digest))
    return plan
