"""A child's case is closed to everybody but the few: whoever else was let in is let out.

The clocks do it, judged anew each time: the flag and the lane are stops that wait for no keeper.
"""

from datetime import datetime

from safeconduct.access import actions as access
from safeconduct.access import queries as staff
from safeconduct.access.rules import WorkerId
from safeconduct.cases import lane, queries
from safeconduct.cases.actions.taking import journal


def narrow(who: WorkerId, *, now: datetime) -> bool:
    """Let out one who read a child's case and is none of the few; True if there was one.

    Whoever alone can open what names him stays until it was shared with one of the few: nothing is lost.

    Raises:
        KeeperAway: it does not answer; he is let out once it does.
    """
    for case in queries.in_childs_lane():
        inside = staff.members_of(case.compartment, now=now)
        stay = {person for person, duties in inside.items() if duties & lane.READS}
        for person in sorted(set(inside) - stay):
            if staff.alone_opens(person, compartment=case.compartment, beside=stay):
                continue
            access.leave(who, compartment=case.compartment, person=person, now=now)
            journal(case, who.ref, "case.child let out", now=now)
            return True
    return False
