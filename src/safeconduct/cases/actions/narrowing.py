"""A child's case is closed to everybody but the few: whoever else was let in is let out.

The clocks do it, judged anew each time: the flag and the lane are stops that wait for no keeper.
"""

from datetime import datetime

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.rules import WorkerId
from safeconduct.cases import lane, queries
from safeconduct.cases.actions.taking import journal
from safeconduct.cases.models import Case
from safeconduct.conversations import actions as talks


def narrow(who: WorkerId, *, now: datetime) -> bool:
    """Let out one who read a child's case and need not; True if there was one, or his talk was moved.

    In the lane his conversation goes to child protection first, so that nobody is let out of one which
    he still holds; it comes back to the operators when the lane is left.

    Raises:
        KeeperAway: it does not answer; he is let out once it does.
    """
    theirs = queries.childrens()
    closed = [case.compartment for case in theirs if lane.in_lane(case.state, child=case.child)]
    if talks.seat_children(who, compartments=closed, now=now):
        return True
    return any(_let_out(who, case, now=now) for case in theirs)


def _let_out(who: WorkerId, case: Case, *, now: datetime) -> bool:
    """Let one out; who alone can open what names him stays until it was shared: nothing is lost."""
    reads = queries.readers_of(case) or frozenset()
    inside = staff.members_of(case.compartment, now=now)
    stay = {person for person, duties in inside.items() if duties & reads}
    for person in sorted(set(inside) - stay):
        if staff.alone_opens(person, compartment=case.compartment, beside=stay):
            continue
        access.leave(who, compartment=case.compartment, person=person, now=now)
        journal(case, who.ref, "case.child let out", now=now)
        return True
    return False
