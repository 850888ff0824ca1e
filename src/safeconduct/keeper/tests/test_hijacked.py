"""A web process that is wholly the attacker's: it speaks to the socket as it likes, with all it holds.

It holds the logins of people who are signed in, and its own token. It asks in no order of ours,
forges what it can, and never tires. What it gets is counted as keys that came back.
"""

import contextlib
import secrets
import sqlite3
from itertools import product

import pytest

from safeconduct import sealing
from safeconduct.access import acts, client, ownkeys
from safeconduct.access.connection import Keeper
from safeconduct.access.rules import Act, Duty, Purpose
from safeconduct.keeper import policy
from safeconduct.keeper.policy import WORKER_NAMES
from safeconduct.refusal import Refused

CASE, LIST, ALL, JOIN = 4, 6, 14, 20
RATES = [f"case={CASE}", f"triage={LIST}", f"everybody={ALL}", f"join={JOIN}"]
ARGUMENTS = [word for rate in RATES for word in ("--rate", rate)]


class Attacker:
    """Speaks the keeper's own frames; keeps every compartment of which a key came back."""

    def __init__(self, folder):
        self._line = Keeper(folder / "keeper.sock")
        self.got: dict[str, set[str]] = {}
        self.whole: set[str] = set()  # opened for more than a last line

    def asks(self, op, **content):
        """Return the answer, or None where the keeper refused."""
        try:
            return self._line.call(op, **content)
        except Refused:
            return None

    def drains(self, refs, *, purposes=tuple(Purpose), kinds=tuple(sealing.KINDS), **who):
        """Try every purpose and kind on every compartment, alone and in pages."""
        for purpose, kind in product(purposes, kinds):
            for page in (refs, *([ref] for ref in refs)):
                told = self.asks("open", purpose=purpose, compartments=page, kinds=[kind], **who)
                if told:
                    self.got.setdefault(str(who), set()).update(told["compartments"])
                    self.whole |= set(told["compartments"]) if kind != "line" else set()

    @property
    def opened(self):
        return set().union(*self.got.values())


def of_each(refs):
    """Return for each operator the ten that he is let into, and two of the next one's."""
    return [(refs + refs)[start : start + 12] for start in range(0, len(refs), 10)]


@pytest.fixture
def hijacked(fresh):
    """A house with fifty people in it, each operator let into many; the attacker holds the web."""
    town = fresh(*ARGUMENTS)
    refs = client.create(town.worker("ingest"), count=50)
    operators = [town.person(Duty.OP) for _ in range(5)]
    for number, operator in enumerate(operators):
        mine = refs[number * 10 : number * 10 + 10]
        client.join_many(
            town.worker("ingest"), mine, person=operator.ref, duty=Duty.OP, reason="next"
        )
    return town, refs, operators, Attacker(town.process.folder)


def test_one_stolen_login_gives_at_most_its_persons_rates(hijacked):
    _town, refs, operators, attacker = hijacked
    attacker.drains(refs, login=operators[0].login)
    assert len(attacker.whole) == CASE < len(attacker.opened) <= CASE + LIST
    assert attacker.opened <= set(refs[:10])


def test_many_stolen_logins_give_no_more_than_all_people_together(hijacked):
    _town, refs, operators, attacker = hijacked
    for his, operator in zip(of_each(refs), operators, strict=True):
        attacker.drains(his, login=operator.login)
    assert len(attacker.opened) == ALL


def test_who_is_over_his_own_limit_uses_up_nothing_that_others_have(hijacked):
    town, refs, operators, attacker = hijacked
    greedy, honest = operators[0], operators[1]
    attacker.drains(refs, purposes=[Purpose.READ], login=greedy.login)
    opened = set().union(*attacker.got.values())
    assert len(opened) == CASE
    for _ in range(3):  # the pages that pass his limit are refused, and counted nowhere
        attacker.drains(refs[4:10], purposes=[Purpose.READ], login=greedy.login)
    for other in operators[1:3]:
        attacker.drains(refs, purposes=[Purpose.READ], login=other.login)
    assert len(attacker.opened) == 3 * CASE
    assert honest.ref != greedy.ref
    assert town.process.process.poll() is None


def test_forged_logins_and_the_webs_own_token_open_nothing(hijacked):
    town, refs, operators, attacker = hijacked
    login, _dot, device = operators[0].login.partition(".")
    other, _dot, others_device = operators[1].login.partition(".")
    forged = [
        secrets.token_urlsafe(32),
        login,
        f"{login}.{others_device}",
        f"{other}.{device}",
        f"{login}.{secrets.token_urlsafe(32)}",
        operators[0].ref,
        "",
    ]
    his = of_each(refs)[0]  # what the real login opens: the first test
    for told in forged:
        attacker.drains(his, login=told)
    for name in sorted(WORKER_NAMES):
        attacker.drains(his, worker=name, token=town.process.tokens["web"])
    assert attacker.opened == set()


def test_a_stolen_supervisor_lets_nobody_in_and_opens_none_himself(hijacked):
    town, refs, _operators, attacker = hijacked
    supervisor, planner = town.person(Duty.SUP), town.person(Duty.PLN)
    for ref, (person, duty) in product(refs, ((planner, Duty.PLN), (supervisor, Duty.SUP))):
        told = {"compartments": [ref], "person": person.ref, "duties": [duty], "until": None}
        told |= {"login": supervisor.login, "reason": "00" * 32, "duty": Duty.SUP}
        assert attacker.asks("join", **told) is None
        act = acts.let_in([ref], person.ref, [duty], reason="00" * 32, until=None, duty=Duty.SUP)
        asked = client.act_begin(supervisor.login, act)
        assert attacker.asks("join", **told, nonce=asked.nonce, assertion="{}") is None
    # Why somebody was let in is a supervisor's to judge, and all that he opens uninvited.
    attacker.drains(refs, kinds=set(sealing.KINDS) - policy.WHY, login=supervisor.login)
    attacker.drains(refs, login=planner.login)
    assert attacker.opened == set()


def test_one_touch_that_it_is_given_lets_one_person_into_what_was_signed_and_no_more(hijacked):
    town, refs, _operators, attacker = hijacked
    supervisor, planner = town.person(Duty.SUP), town.person(Duty.PLN)
    town.lets_in(supervisor, planner, refs[0], duty=Duty.PLN)
    told = {"person": planner.ref, "duties": [Duty.PLN], "until": None, "duty": Duty.SUP}
    told |= {"login": supervisor.login, "reason": acts.hash_of("x")}
    act = acts.let_in(refs[1:2], planner.ref, [Duty.PLN], reason=told["reason"], until=None,
                      duty=Duty.SUP)  # fmt: skip
    proof = client._proof(town.touch(supervisor, act))
    for rooms in (refs, refs[1:3], refs[2:3], refs[1:2] * 2):
        assert attacker.asks("join", **told, **proof, compartments=rooms) is None
    assert attacker.asks("join", **told, **proof, compartments=refs[1:2]) == {}
    assert attacker.asks("join", **told, **proof, compartments=refs[1:2]) is None
    attacker.drains(refs, login=planner.login)
    assert attacker.opened == set(refs[:2])


def test_without_a_touch_it_approves_grants_invites_and_erases_nothing(hijacked):
    town, refs, operators, attacker = hijacked
    adm, legal = town.administrator(), town.person(Duty.LEG)
    act = Act("passage.approve", "plan1", bytes(32), Duty.LEG)
    asked = attacker.asks("act_begin", login=legal.login, **client._act(act))
    for assertion in ("", "{}", '{"id": "", "response": {}}'):
        yes = {"nonce": asked["nonce"], "assertion": assertion, "given_us": 0}
        assert attacker.asks("act_finish", login=legal.login, **client._act(act), **yes) is None
        told = {"person": operators[0].ref, "duty": "LEG", "until": None, "reason": "x"}
        assert attacker.asks("grant", login=adm.login, **told, **yes) is None
        told = {"person": "p99", "duties": ["LEG"], "reason": "x"}
        assert attacker.asks("invite", login=adm.login, **told, **yes) is None
    # An act signed for one thing counts for no other, even by the right hand.
    other = Act("passage.approve", "plan2", bytes(32), Duty.LEG)
    proof = {**client._proof(town.touch(legal, act)), "given_us": 0}
    assert attacker.asks("act_finish", login=legal.login, **client._act(other), **proof) is None
    assert attacker.asks("act_finish", login=legal.login, **client._act(act), **proof)
    for yeses in ([], [{"told": sealing.text(b"{}"), "signature": sealing.text(bytes(64))}] * 2):
        told = {"compartment": refs[0], "yeses": yeses}
        assert attacker.asks("destroy", login=operators[0].login, **told) is None
    assert acts.destroy_digest(refs[0])


def test_a_stolen_supervisor_ends_people_and_deletes_no_key_of_theirs(hijacked):
    town, _refs, _operators, attacker = hijacked
    supervisor, reader = town.person(Duty.SUP), town.person(Duty.LEG)
    act = acts.own_key(reader.ref, Duty.LEG)
    proof = town.touch(reader, act)
    ownkeys.make(reader.login, words="a b c d e f", duty=Duty.LEG, proof=proof)
    for person in ("adm", reader.ref):
        assert attacker.asks("end_person", login=supervisor.login, person=person) == {}
        asked = client.act_begin(supervisor.login, acts.forget(person, Duty.SUP))
        other = client._proof(town.touch(supervisor, acts.forget("somebody", Duty.SUP)))
        for yes in ({"nonce": asked.nonce, "assertion": "{}"}, other):
            told = {"person": person, "duty": "SUP", **yes}
            assert attacker.asks("forget_person", login=supervisor.login, **told) is None
    with contextlib.closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        for table in ("passkey", "own_key"):
            rows = db.execute(f"SELECT 1 FROM {table} WHERE person=?", (reader.ref,)).fetchall()  # noqa: S608  ours
            assert rows, table
    assert attacker.asks("whoami", login=reader.login) is None


def test_whoever_meets_a_limit_is_on_record_once_a_minute_and_the_clocks_hear_of_it(hijacked):
    town, refs, operators, attacker = hijacked
    clocks, auditor = town.worker("clocks"), town.person(Duty.AUD)
    assert client.limits_met(clocks) == (0, 0)
    attacker.drains(refs, purposes=[Purpose.READ], login=operators[0].login)
    assert client.limits_met(clocks) == (1, 0)
    lines = client.log(auditor.login, subject=operators[0].ref, last=500)
    said = [line for line in lines if "met the limit" in line["verb"]]
    assert [line["verb"] for line in said] == [f"met the limit of {operators[0].ref}|case"]
    assert client.limits_met(clocks, called=1) == (1, 1)
    assert attacker.asks("alarms", login=operators[0].login, called=0) is None
    web = {"worker": "web", "token": town.process.tokens["web"]}
    assert attacker.asks("alarms", **web, called=1) is None
    town.process.kill()
    town.process.start()
    assert client.limits_met(clocks) == (1, 1)


def test_a_false_alarm_of_a_changed_box_calls_a_supervisor_and_says_nothing_of_its_own(hijacked):
    town, refs, operators, attacker = hijacked
    login, clocks, auditor = operators[0].login, town.worker("clocks"), town.person(Duty.AUD)
    words = ("", "where he is", "a.B.c d", "cases.Step.why|x")
    for told in words:
        assert attacker.asks("changed", login=login, column=told, compartment=refs[0]) is None
        column = {"column": "cases.Step.why", "compartment": told}
        assert attacker.asks("changed", login=login, **column) is None
    for _ in range(50):
        alarm = {"column": "cases.Step.why", "compartment": refs[0]}
        assert attacker.asks("changed", login=login, **alarm) == {}
    assert client.limits_met(clocks) == (1, 0)
    lines = client.log(auditor.login, subject=refs[0], last=50)
    said = [line["verb"] for line in lines if "changed" in line["verb"]]
    assert said == ["met a changed box of cases.Step.why"]


def test_a_false_alarm_of_a_yes_that_nobody_gave_calls_a_supervisor_once_a_minute(hijacked):
    town, refs, _operators, attacker = hijacked
    clocks, auditor = town.worker("clocks"), town.person(Duty.AUD)
    web = {"worker": "web", "token": town.process.tokens["web"]}
    for wrong in ("", "where he is", "a|b"):
        assert attacker.asks("forged", subject=wrong, **web) is None
    assert attacker.asks("forged", subject=refs[0], worker="web", token="") is None
    for _ in range(50):
        assert attacker.asks("forged", subject=refs[0], **web) == {}
    assert client.limits_met(clocks) == (1, 0)
    said = [line["verb"] for line in client.log(auditor.login, subject=refs[0], last=50)]
    assert said.count("met a yes that was not signed") == 1


def test_a_called_that_is_ahead_of_what_was_met_silences_nothing(hijacked):
    town, refs, operators, attacker = hijacked
    clocks = town.worker("clocks")
    client.limits_met(clocks, called=99)
    attacker.drains(refs, purposes=[Purpose.READ], login=operators[0].login)
    assert client.limits_met(clocks) == (1, 0)
