"""What he was not told yet, of a case that a seized thing touched: it stands in plans, and burns too."""

from datetime import datetime

from django.db import transaction

from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.cases import touching
from safeconduct.cases.queries import CaseRow
from safeconduct.log import get_logger
from safeconduct.passage import queries, rules
from safeconduct.passage.models import Plan
from safeconduct.passage.plan import points_in, signs_in
from safeconduct.refusal import Refused

logger = get_logger()


def burn_plans(who: WorkerId, *, now: datetime) -> bool:
    """Burn what the untold plans of one touched case hold; True if there was such a case.

    One that does not open stands in nobody's way: it is tried again, and none of it is told until then.

    Raises:
        client.KeeperAway: it does not answer.
    """
    for waiting in touching.waiting():
        try:
            _burn_plans_of(who, waiting, now=now)
        except Refused as no:
            logger.warning("passage.seized_not_burned", ref=waiting.ref, code=no.refusal.code)
        else:
            return True
    return False


@transaction.atomic
def _burn_plans_of(who: WorkerId, case: CaseRow, *, now: datetime) -> None:
    untold = Plan.objects.filter(passage__case_ref=case.ref, offered_at=None, burned_at=None)
    # Whoever drafts or says that something was seized waits from here on, so that each seizure
    # finds all that was drafted before it: no time on a row tells what was written before another.
    list(untold.order_by("pk").select_for_update(of=("self",)))  # plan before case, as all lock
    case_queries.case_for(who, Purpose.WRITE, ref=case.ref, lock=True)
    for plan in untold.select_related("passage").order_by("pk"):
        _burn(who, plan, now=now)
    cases.plans_burned(case, now=now)


def _burn(who: WorkerId, plan: Plan, *, now: datetime) -> None:
    content = queries.content_of(queries.keys_of(who, Purpose.WRITE, plan.passage), plan)
    places, holds = points_in(content)
    cases.burn_untold(
        who,
        ref=plan.passage.case_ref,
        points=[*places, *holds],
        signs=signs_in(content),
        challenge=rules.folded(content["challenge"]["answer"]),
        now=now,
    )
    plan.burned_at = now
    plan.save(update_fields=["burned_at"])
