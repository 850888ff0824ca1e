"""Letting another person into a case: one touch for one act, and whoever takes the next needs none."""

import sqlite3
from datetime import UTC, datetime

import pytest

from safeconduct.access import acts, client, letting
from safeconduct.access.rules import Duty, Proof
from safeconduct.keeper.approvals import ACT_LIVES_S
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots.choosing import Brought, open_root
from safeconduct.keeper.server import Calls
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.keeper.vault import Vault
from safeconduct.refusal import Refused

UNTIL = datetime(2027, 3, 4, 12, tzinfo=UTC)


class Later(House):
    """A house whose wall clock the test moves: the clock is the world's edge."""

    on = 0

    def wall(self):
        return super().wall() + self.on


def opens(who, room):
    return room in client.let_in(who.login)


@pytest.fixture
def case(town):
    """Return the town, who has the case, who is to be let in, and what is said when he is."""
    holder, planner = town.person(Duty.OP), town.person(Duty.PLN, Duty.DPC)
    told = {
        "compartment": client.create(holder)[0],
        "person": planner.ref,
        "duties": [Duty.DPC, Duty.PLN],
        "reason": "plans the way",
        "until": UNTIL,
        "duty": Duty.OP,
    }
    return town, holder, planner, told


def refuses(holder, told, proof):
    with pytest.raises(Refused):
        letting.let_in(holder, **told, proof=proof)


def test_one_touch_lets_him_in_for_all_that_it_names_and_once(case):
    town, holder, planner, told = case
    proof = town.touch(holder, letting.act_of(**told))
    letting.let_in(holder, **told, proof=proof)
    assert opens(planner, told["compartment"])
    client.leave(holder, compartment=told["compartment"], person=planner.ref)
    refuses(holder, told, proof)
    assert not opens(planner, told["compartment"])


def test_without_a_touch_nobody_lets_another_in(case):
    _town, holder, planner, told = case
    with pytest.raises(Refused, match="signs it with his passkey"):
        client.join(
            holder, compartment=told["compartment"], person=planner.ref, duty=Duty.PLN, reason="x"
        )
    asked = client.act_begin(holder.login, letting.act_of(**told))
    for assertion in ("", "{}", '{"id": "", "response": {}}'):
        refuses(holder, told, Proof(asked.nonce, assertion))
    assert not opens(planner, told["compartment"])


def test_anothers_touch_counts_for_nothing_though_he_is_let_in_too(case):
    town, holder, planner, told = case
    second = town.person(Duty.OP)
    town.lets_in(holder, second, told["compartment"], duty=Duty.OP)
    refuses(holder, told, town.touch(second, letting.act_of(**told)))
    assert not opens(planner, told["compartment"])


@pytest.mark.parametrize("other", ["person", "compartment", "duties", "reason", "until", "duty"])
def test_a_touch_for_something_else_counts_for_nothing(case, other):
    town, holder, planner, told = case
    instead = {
        "person": holder.ref,
        "compartment": client.create(holder)[0],
        "duties": [Duty.PLN],
        "reason": "another",
        "until": None,
        "duty": Duty.OP,
    }
    if other == "duty":  # signed in one duty of his, carried in another
        both = town.person(Duty.OP, Duty.VER)
        town.lets_in(holder, both, told["compartment"], duty=Duty.OP)
        proof = town.touch(both, letting.act_of(**told))
        refuses(both, told | {"duty": Duty.VER}, proof)
    else:
        signed = told | {other: instead[other]}
        refuses(holder, told, town.touch(holder, letting.act_of(**signed)))
    assert not opens(planner, told["compartment"])


def test_a_touch_counts_until_its_time_is_over(fresh):
    town = fresh()
    holder, planner = town.person(Duty.OP), town.person(Duty.PLN)
    told = {"person": planner.ref, "duties": ["PLN"], "reason": acts.hash_of("x"), "until": None}
    rooms = client.create(holder, count=2)
    town.process.kill()
    folder = town.process.folder
    store, journal = Store(folder / "keys.db"), Journal(folder / "keeper-log.db")
    vault = Vault(store, open_root("file", folder, {}, Brought({})))
    house = Later(store, vault, journal, {}, [ORIGIN], "localhost")
    calls, answers = Calls(house), {}
    for room, waits in zip(rooms, (ACT_LIVES_S - 5, ACT_LIVES_S + 5), strict=True):
        act = acts.let_in([room], planner.ref, [Duty.PLN], reason=told["reason"], until=None,
                          duty=Duty.OP)  # fmt: skip
        asked = calls.answer({"op": "act_begin", "login": holder.login, **client._act(act)})["ok"]
        yes = town.keys[holder.ref].sign(asked["challenge"], ORIGIN, asked["rp_id"])
        for _ in range(2):  # half way he does something, so that it is not his login that is over
            house.on += waits // 2
            calls.answer({"op": "whoami", "login": holder.login})
        house.on += waits % 2
        join = {"op": "join", "login": holder.login, "compartments": [room], **told, "duty": "OP"}
        answers[waits] = calls.answer({**join, "nonce": asked["nonce"], "assertion": yes})
    store.close()
    journal.close()
    soon, late = answers.values()
    assert soon == {"ok": {}}
    assert late["refused"]["code"] == "nonce.late"


def test_whoever_takes_the_next_case_needs_no_touch(town):
    operator, room = town.person(Duty.OP), client.create(town.worker("ingest"))[0]
    client.join(operator, compartment=room, person=operator.ref, duty=Duty.OP, reason="next")
    assert opens(operator, room)


def test_a_member_asks_a_supervisor_to_read_with_him_without_a_touch_and_nobody_else(case):
    town, holder, planner, told = case
    room, supervisor, another = told["compartment"], town.person(Duty.SUP), town.person(Duty.SUP)
    outside = town.person(Duty.OP)
    ask = {"compartment": room, "duty": Duty.SUP, "reason": "second reading"}
    for who, whom in ((outside, supervisor), (outside, another)):
        with pytest.raises(Refused):
            client.join(who, person=whom.ref, **ask)
    client.join(holder, person=supervisor.ref, **ask)
    assert opens(supervisor, room)
    with pytest.raises(Refused, match="signs it with his passkey"):  # he lets in, and asks nobody
        client.join(supervisor, person=another.ref, **ask)
    with pytest.raises(Refused, match="signs it with his passkey"):
        client.join(holder, person=planner.ref, **ask | {"duty": Duty.PLN})
    assert not opens(another, room)


def test_who_is_asked_again_without_a_touch_stays_no_longer_than_the_touch_let_him(case):
    town, holder, _, told = case
    supervisor = town.person(Duty.SUP)
    room, told = told["compartment"], told | {"person": supervisor.ref, "duties": [Duty.SUP]}
    letting.let_in(holder, **told, proof=town.touch(holder, letting.act_of(**told)))
    client.join(
        holder, compartment=room, person=supervisor.ref, duty=Duty.SUP, reason="second reading"
    )
    with sqlite3.connect(town.process.folder / "keys.db") as db:
        assert db.execute(
            "SELECT until FROM member WHERE compartment=? AND person=?", (room, supervisor.ref)
        ).fetchall() == [(int(UNTIL.timestamp()),)]
