"""Who reads a child's case on the way and in our hands, and who answers him when he writes."""

from datetime import timedelta

import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty
from safeconduct.cases import actions, lane
from safeconduct.cases.models import Case
from safeconduct.conversations import actions as talks
from safeconduct.conversations.desks import Desk
from safeconduct.conversations.tests.conftest import answers, takes, writes
from safeconduct.refusal import Refused

__all__ = ["answers", "takes", "writes"]
LOCK = timedelta(minutes=15)


def test_his_passage_keeps_its_readers_and_hospital_the_few_but_who_holds_fire_off_him():
    before, way, sick = ({"state": s, "child": True} for s in ("READY", "MOVING", "MEDICAL"))
    assert lane.readers(**before, area=False) is None, "whoever verifies him must"
    assert {Duty.OP, Duty.PLN, Duty.FCO, Duty.PIL, Duty.RCV} <= lane.readers(**way, area=True)
    assert not {Duty.VER, Duty.PLG} & lane.readers(**way, area=True)
    assert lane.readers(**sick, area=False) == lane.READS
    assert lane.readers(**sick, area=True) == lane.READS | lane.WATCHES
    for state in (before, way, sick):
        assert lane.readers(state["state"], child=False, area=True) is None


@pytest.mark.django_db
def test_on_the_way_who_brings_him_reads_on_and_in_hospital_who_holds_fire_until_it_ends(crew):
    crew.opened()
    crew.goes("CONTACT")
    crew.case().owed.create(kind="no_fire_kept", since=NOON, due_at=NOON)
    actions.set_fact(crew["RCV"], ref=crew.ref, fact="child", now=NOON)

    def left_out():
        inside = {d for each in staff.members_of(crew.compartment, now=NOON).values() for d in each}
        while actions.narrow(crew.clocks, now=NOON):
            pass
        return inside - {
            d for each in staff.members_of(crew.compartment, now=NOON).values() for d in each
        }

    for duty in ("OP", "VER", "PLN", "DPC", "FCO", "PIL", "PLG", "CPO"):
        assert crew[duty]
    assert left_out() == {Duty.VER, Duty.PLG}
    told = {"ref": crew.ref, "reason": "he verifies", "now": NOON}
    with pytest.raises(Refused, match="may be a child"):
        actions.to_let_in(crew["DPC"], person=crew["VER"].ref, **told)
    crew.goes("MEDICAL")
    assert left_out() == {Duty.OP, Duty.PLN}
    crew.brings("no_fire_ended")
    assert left_out() == {Duty.DPC, Duty.FCO, Duty.PIL}


@pytest.fixture
def his(crew, officer, writes, takes, monkeypatch):
    """Return a case whose operator talks with him, the two, and their conversation; now stands still."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    operator, guard = officer(Duty.OP), officer(Duty.CPO)
    row = writes("Хочу сдаться.")
    takes(operator)
    crew.ref = actions.open_from(operator, conversation=row.ref, now=NOON)
    crew.compartment = row.compartment
    crew.let_in(guard, Duty.CPO)
    return crew, operator, guard, row


def judged(crew, row):
    while actions.narrow(crew.clocks, now=NOON):
        pass
    row.refresh_from_db()
    return row.desk, row.holder


@pytest.mark.django_db
def test_a_child_who_writes_is_answered_by_child_protection_and_by_no_operator(
    his, officer, writes, answers, client_of
):
    crew, operator, guard, row = his
    told = {"ref": row.ref, "lock_for": LOCK, "wall": NOON, "now": NOON}
    with pytest.raises(Refused, match="no conversation of a child"):
        talks.take_child(guard, **told)
    with pytest.raises(Refused, match="said in his case"):
        talks.move(operator, ref=row.ref, to=Desk.CHILDREN, now=NOON)
    crew.goes("CONTACT", "MEDICAL")
    actions.set_fact(crew["RCV"], ref=crew.ref, fact="child", now=NOON)
    assert judged(crew, row) == ("children", "")
    assert writes("Мне страшно.").pk == row.pk
    assert [each.kind for each in staff.calls_for(guard)] == ["conversations.child"]
    with pytest.raises(Absent):
        talks.take_child(officer(Duty.CPO), **told)
    with pytest.raises(Absent):
        answers(operator, row, "Где вы?")
    browser, url = client_of(guard), f"/conversations/{row.ref}/"
    assert f'data-ref="{row.ref}"' in browser.get("/custody/due/").content.decode()
    assert "conversations.take_child" in browser.get(url).content.decode()
    assert browser.post(f"{url}answer/").status_code == 303
    assert answers(guard, row, "Мы с тобой.").by == guard.ref
    talks.release(guard, ref=row.ref, now=NOON)
    assert staff.member(guard, row.compartment), "giving it back lets nobody out of a child's case"
    Case.objects.filter(ref=crew.ref).update(child=False)
    assert judged(crew, row) == ("people", "")
