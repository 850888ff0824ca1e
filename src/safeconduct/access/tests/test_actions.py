import pytest
from conftest import NOON

from safeconduct.access import actions
from safeconduct.access.rules import Act, Duty, digest_of
from safeconduct.refusal import Refused

pytestmark = pytest.mark.django_db


def test_a_plan_is_approved_by_two_others(officer, touch):
    planner, approver, lawyer = officer(Duty.PLN), officer(Duty.DPC), officer(Duty.LEG)
    digest = digest_of({"place": 1})
    actions.put_subject(
        "plan-1", verb="passage.approve", digest=digest, author=planner.ref, now=NOON
    )
    act = Act("passage.approve", "plan-1", digest, Duty.DPC)
    given = actions.approve(approver, act, touch(approver, act), now=NOON)
    assert [each.person for each in given] == [approver.ref]
    law = Act("passage.approve", "plan-1", digest, Duty.LEG)
    given = actions.approve(lawyer, law, touch(lawyer, law), now=NOON)
    assert {each.person for each in given} == {approver.ref, lawyer.ref}
    with pytest.raises(Refused, match="already"):
        actions.approve(lawyer, law, touch(lawyer, law), now=NOON)
