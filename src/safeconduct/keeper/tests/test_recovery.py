"""A lost passkey: two others, each by his own key; nobody alone, and nobody for himself."""

import sqlite3
import threading
from contextlib import closing

import pyotp
import pytest

from safeconduct import clock
from safeconduct.access import acts, client, keyring
from safeconduct.access.rules import Duty, Purpose
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.refusal import Refused

WHY = "met him at the gate"


def yes(town, officer, person, *, duty=None, reason=WHY):
    act = acts.recover(person, duty or min(officer.duties), reason=reason)
    return client.act(officer, act, town.touch(officer, act), now=NOON)


def recover(officer, person, *yeses, reason=WHY):
    return client.recover(officer.login, person=person, reason=reason, yeses=yeses)


def test_two_others_end_the_old_keys_and_he_keeps_his_duties_and_cases(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    totp = pyotp.parse_uri(client.totp_begin(lost.login, name="x"))
    client.totp_finish(lost.login, code=totp.at(int(clock.wall().timestamp()) - 30))
    room, old = client.create(lost)[0], town.keys[lost.ref]
    link = recover(chief, lost.ref, yes(town, adm, lost.ref), yes(town, chief, lost.ref))
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(lost.login)
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(old.answer(client.login_begin(), ORIGIN))
    with pytest.raises(Refused, match="does not hold"):
        client.login_code(person=lost.ref, code=totp.now())
    again = town.enrol(link)
    assert (again.ref, again.duties) == (lost.ref, {Duty.OP})
    keyring.open_fields(again, Purpose.READ, [room], ["body"])
    with pytest.raises(Refused, match="used up"):
        client.enrol_begin(link, name="x")


def test_one_alone_himself_another_duty_or_other_words_make_no_link(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    lawyer, chief2 = town.person(Duty.LEG), town.person(Duty.SUP)
    first = yes(town, adm, lost.ref)
    refused = [
        (adm, (first,)),
        (adm, (first, first)),
        (adm, (first, yes(town, adm, lost.ref))),  # twice the same person
        (adm, (first, yes(town, lawyer, lost.ref))),
        (adm, (first, yes(town, chief, lost.ref, reason="other words"))),
        (adm, (first, yes(town, chief, chief2.ref))),
        (chief2, (first, yes(town, chief, lost.ref))),  # he said no yes himself
    ]
    for who, yeses in refused:
        with pytest.raises(Refused, match="two others"):
            recover(who, lost.ref, *yeses)
    with pytest.raises(Refused, match="not among your duties"):
        recover(lawyer, lost.ref, first, yes(town, chief, lost.ref))
    own = yes(town, chief, chief.ref), yes(town, adm, chief.ref)
    with pytest.raises(Refused, match="himself"):
        recover(chief, chief.ref, *own)
    assert client.whoami(lost.login).person == lost.ref  # nothing of his has ended
    assert recover(chief, lost.ref, first, yes(town, chief, lost.ref))


def test_a_supervisor_whose_own_key_is_asked_for_counts_for_nothing(fresh):
    town = fresh()
    adm, chief, other = town.administrator(), town.person(Duty.SUP), town.person(Duty.SUP)
    with pytest.raises(Refused, match="two others"):
        recover(adm, chief.ref, yes(town, adm, chief.ref), yes(town, chief, chief.ref))
    assert recover(adm, chief.ref, yes(town, adm, chief.ref), yes(town, other, chief.ref))


def test_a_yes_of_one_who_has_lost_the_duty_counts_no_more(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    given = yes(town, adm, lost.ref), yes(town, chief, lost.ref)
    client.end_duty(adm.login, person=chief.ref, duty=Duty.SUP, reason="leaves")
    with pytest.raises(Refused, match="two others"):
        recover(adm, lost.ref, *given)


def test_a_double_click_makes_one_link_and_the_yeses_are_spent(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    given = yes(town, adm, lost.ref), yes(town, chief, lost.ref)
    said, start = [], threading.Barrier(8)

    def click() -> None:
        start.wait()
        try:
            said.append(recover(chief, lost.ref, *given))
        except Refused as refused:
            said.append(refused.refusal.code)

    hands = [threading.Thread(target=click) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(20)
    links = [each for each in said if each != "recover.used"]
    assert (len(said), len(links)) == (8, 1)
    assert town.enrol(links[0]).ref == lost.ref
    with pytest.raises(Refused, match="made a link already"):
        recover(chief, lost.ref, *given)
    assert recover(chief, lost.ref, yes(town, adm, lost.ref), yes(town, chief, lost.ref))


def test_a_forged_yes_is_not_ours(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    real = yes(town, chief, lost.ref)
    forged = client.Yes(real.told.replace(chief.ref.encode(), b"zz"), real.signature)
    with pytest.raises(Refused, match="not signed here"):
        recover(adm, lost.ref, yes(town, adm, lost.ref), forged)


def test_an_administrator_alone_makes_no_key_for_one_who_was_here(fresh):
    town = fresh()
    adm, lost = town.administrator(), town.person(Duty.DPC)
    act = acts.invite(lost.ref, (), reason="x")
    with pytest.raises(Refused, match="made a key already"):
        client.invite(adm.login, person=lost.ref, duties=(), reason="x", proof=town.touch(adm, act))
    chief = town.person(Duty.SUP)
    recover(chief, lost.ref, yes(town, adm, lost.ref), yes(town, chief, lost.ref))
    with pytest.raises(Refused, match="made a key already"):  # nor when the link was not used
        client.invite(adm.login, person=lost.ref, duties=(), reason="x", proof=town.touch(adm, act))


def test_ones_own_key_makes_a_spare_and_nobody_elses_does(fresh):
    town = fresh()
    officer, other = town.person(Duty.OP), town.person(Duty.OP)
    act = acts.spare(officer.ref, Duty.OP)
    link = client.spare(officer.login, duty=Duty.OP, proof=town.touch(officer, act))
    first, second = town.keys[officer.ref], Authenticator()
    credential = second.register(client.enrol_begin(link, name="x"), ORIGIN)
    assert client.enrol_finish(link, credential).person == officer.ref
    for key in (first, second):
        assert client.login_finish(key.answer(client.login_begin(), ORIGIN)).person == officer.ref
    theirs = town.touch(other, acts.spare(other.ref, Duty.OP))
    answered = first.answer(client.login_begin(), ORIGIN)
    login = client.login_finish(answered).login
    with pytest.raises(Refused):
        client.spare(login, duty=Duty.OP, proof=theirs)


def test_who_was_ended_by_a_thief_comes_back_by_two_others_and_without_a_duty(fresh):
    town = fresh()
    adm, chief, legal = town.administrator(), town.person(Duty.SUP), town.person(Duty.LEG)
    client.end_person(chief.login, person=legal.ref)
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(town.keys[legal.ref].answer(client.login_begin(), ORIGIN))
    link = recover(chief, legal.ref, yes(town, adm, legal.ref), yes(town, chief, legal.ref))
    back = town.enrol(link)
    assert (back.ref, back.duties) == (legal.ref, frozenset())


def test_a_forgotten_person_and_a_stranger_are_not_recovered(fresh):
    town = fresh()
    adm, chief, gone = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    proof = town.touch(chief, acts.forget(gone.ref, Duty.SUP))
    with pytest.raises(Refused, match="has not been ended"):
        client.forget_person(chief.login, person=gone.ref, duty=Duty.SUP, proof=proof)
    town.forgets(gone.ref)
    for person in (gone.ref, "nobody"):
        with pytest.raises(Refused, match="Nobody of this ref"):
            recover(chief, person, yes(town, adm, person), yes(town, chief, person))


def test_after_a_day_the_link_is_over(fresh):
    town = fresh()
    adm, chief, lost = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    link = recover(chief, lost.ref, yes(town, adm, lost.ref), yes(town, chief, lost.ref))
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute("UPDATE invite SET until = until - ?", (24 * 3600 + 2,))
        db.commit()
    with pytest.raises(Refused, match="over"):
        client.enrol_begin(link, name="x")
