"""What he proposes instead, or his no to a plan: recorded in his own words, and it costs him nothing.

What he was told burns as on every exit but contact; the case is ready again within a second, and a new
plan may be put up. Nothing is counted against him, and nothing is written to him.
"""

import hashlib
from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.passage import queries, rules
from safeconduct.passage.actions.standing import case_state, end_plan, only_for, told
from safeconduct.passage.actions.telling import his_text
from safeconduct.passage.models import Counter
from safeconduct.passage.rules import State
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused


@transaction.atomic
def counter(
    officer: Officer, *, ref: str, words: str = "", message: str = "", now: datetime
) -> Counter:
    """Record what he proposes instead of a plan he was told, or that he says no to it.

    Args:
        words: as he said them by voice; or
        message: ref of his own text, which must have come since he was told.

    Raises:
        Refused: not an operator, he was not told this plan or is on the way, or no words.
        Absent: see `queries.plan_for`.
    """
    only_for(officer, Duty.OP)
    plan = queries.plan_for(officer, Purpose.WRITE, ref=ref, lock=True)
    case_state(officer, plan.passage)
    if State(plan.state) not in rules.TOLD or plan.gone_at is not None:
        raise Refused(
            Refusal(
                "passage.not_told",
                "Only to a plan that he was told, and before GO, can he say something else.",
                "On the way, HOLD or ABORT.",
            )
        )
    said = his_text(officer, plan, message)[0] if message else words.strip()
    if not said:
        raise Refused(
            Refusal("passage.no_words", "There are no words of his.", "Write what he said.")
        )
    row, keys = new_ref(), queries.keys_of(officer, Purpose.WRITE, plan.passage)
    made = Counter.objects.create(
        ref=row,
        plan=plan,
        words=keys.seal(said, field=queries.COUNTER, compartment=plan.passage.compartment, ref=row),
        message=message,
        by=officer.ref,
        at=now,
    )
    end_plan(plan, State.BURNED, now=now)
    digest = hashlib.sha256(said.encode()).digest()
    told(plan.passage, officer.ref, "passage.countered", now=now, digest=digest)
    return made
