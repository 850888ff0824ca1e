"""Forced to sign in: one number opens all, the other nothing, and whoever stands beside sees no difference."""

import re
import sqlite3
from contextlib import closing

import pyotp
import pytest

from safeconduct import clock
from safeconduct.access import acts, client, glass, keyring, ownkeys
from safeconduct.access.rules import Act, Duty, Officer, Purpose, digest_of
from safeconduct.keeper import devices, server
from safeconduct.keeper.force import DRILL_S
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.keeper.vault import Vault
from safeconduct.pages import wordcode
from safeconduct.refusal import Refused

OWN, FORCE = "4817", "9052"
LIMIT = "More was asked within 24 hours"


class Man:
    """One person of a town, who comes in by key or by code with one of his numbers."""

    def __init__(self, town, *duties, numbers=True):
        self.town, self.who = town, town.person(*duties)
        self.ref, self.step = self.who.ref, -60
        self.totp = pyotp.parse_uri(client.totp_begin(self.who.login, name="x"))
        client.totp_finish(self.who.login, code=self._code())
        if numbers:
            self.sets(OWN, FORCE)

    def _code(self):
        self.step += 30
        return self.totp.at(int(clock.wall().timestamp()) + self.step)

    def sets(self, own, force):
        duty = min(self.who.duties)
        proof = self.town.touch(self.who, acts.numbers(self.ref, duty))
        client.set_numbers(self.who.login, own=own, force=force, duty=duty, proof=proof)

    def by_key(self, number=""):
        answer = self.town.keys[self.ref].answer(client.login_begin(), ORIGIN)
        return self._in(client.login_finish(answer, number=number))

    def by_code(self, number=""):
        return self._in(client.login_code(person=self.ref, code=self._code(), number=number))

    def _in(self, told):
        self.who = Officer(told.person, 0, "", told.duties, told.login, told.method)
        return self.who


@pytest.fixture
def man(town):
    return Man(town, Duty.OP)


def opens(who, room):
    keyring.open_fields(who, Purpose.READ, [room], ["body"])
    return client.let_in(who.login) == {room}


def opens_nothing(who, room):
    with pytest.raises(Refused, match=LIMIT):
        keyring.open_fields(who, Purpose.READ, [room], ["body"])
    return client.let_in(who.login) == frozenset()


@pytest.mark.parametrize("way", ["by_key", "by_code"])
def test_his_own_number_opens_all_and_the_one_for_force_nothing(man, way):
    room = client.create(man.who)[0]
    assert opens(getattr(man, way)(OWN), room)
    before = man.who
    forced = getattr(man, way)(FORCE)
    assert opens_nothing(forced, room)
    told, was = client.whoami(forced.login), before
    assert (told.person, told.duties, told.method) == (was.ref, was.duties, was.method)
    assert len(forced.login) == len(before.login)


def test_under_force_his_words_seem_to_open_his_own_key_and_no_name_opens(man):
    room, words = client.create(man.who)[0], wordcode.new_code()
    proof = man.town.touch(man.who, acts.own_key(man.ref, Duty.OP))
    ownkeys.make(man.who.login, words=words, duty=Duty.OP, proof=proof)
    sealed = ownkeys.seal(man.who.login, compartment=room, keys={"row1": bytes(32)})
    copies = {row: box for row, person, box in sealed if person == man.ref}
    assert ownkeys.read(man.who.login, compartment=room, copies=copies) == {"row1": bytes(32)}
    made = ownkeys.state(man.who.login).made
    who = man.by_key(FORCE)
    ownkeys.open_own(who.login, words=words)
    told = ownkeys.state(who.login)
    assert (told.made, told.until is not None) == (made, True)
    with pytest.raises(Refused, match=LIMIT):
        ownkeys.read(who.login, compartment=room, copies=copies)
    free = man.by_key(OWN)  # whoever forced him may try it: it is as shut
    ownkeys.open_own(free.login, words=words)
    with pytest.raises(Refused, match=LIMIT):
        ownkeys.read(free.login, compartment=room, copies=copies)


def test_drafts_open_to_a_forced_colleague_as_ever_and_nothing_beside_them(man):
    room = client.create(man.who)[0]
    who = man.by_key(FORCE)
    keyring.open_fields(who, Purpose.READ, [keyring.PROGRAMME], ["body"])
    for shut in ([keyring.PROGRAMME, room], [keyring.ROSTER], [keyring.BURNED]):
        with pytest.raises(Refused, match=LIMIT):
            keyring.open_fields(who, Purpose.READ, shut, ["body"])


@pytest.mark.parametrize("way", ["by_key", "by_code"])
def test_once_forced_his_own_number_opens_nothing_either_until_two_colleagues_met_him(town, way):
    man, adm, chief = Man(town, Duty.OP), town.administrator(), town.person(Duty.SUP)
    room = client.create(man.who)[0]
    man.by_key(FORCE)
    assert opens_nothing(getattr(man, way)(OWN), room)
    yeses = []
    for each in (adm, chief):
        act = acts.recover(man.ref, min(each.duties), reason="met him")
        yeses.append(client.act(each, act, town.touch(each, act), now=NOON))
    link = client.recover(chief.login, person=man.ref, reason="met him", yeses=yeses)
    free = town.enrol(link)
    assert opens(free, room)
    assert opens(man.by_key(), room)  # the old numbers are gone with the old key


def test_a_key_made_while_he_is_forced_opens_nothing(town):
    man = Man(town, Duty.OP)
    room, duty = client.create(man.who)[0], Duty.OP
    link = client.spare(
        man.who.login, duty=duty, proof=town.touch(man.who, acts.spare(man.ref, duty))
    )
    man.by_key(FORCE)
    assert opens_nothing(town.enrol(link), room)


def test_under_force_nothing_is_granted_made_or_read_and_the_lock_and_the_door_out_work(fresh):
    town = fresh()
    chief, other = Man(town, Duty.SUP, Duty.PLN), town.person(Duty.OP)
    room = client.create(other)[0]
    who = chief.by_key(FORCE)
    act = Act("plan.approve", "x1", digest_of({"x": 1}), Duty.PLN)
    pair = {"own": "1739", "force": "8264", "duty": Duty.SUP}
    for ask in (
        lambda: client.act(who, act, town.touch(who, act), now=NOON),
        lambda: client.create(who),
        lambda: client.join(
            who, compartment=room, person=who.ref, duty=Duty.PLN, reason="let me in"
        ),
        lambda: client.leave(who, compartment=room, person=other.ref),
        lambda: client.end_person(who.login, person=other.ref),
        lambda: client.end_logins(who.login, person=other.ref),
        lambda: client.people(who.login),
        lambda: client.log(who.login),
        lambda: client.noted(who.login),
        lambda: client.totp_begin(who.login, name="theirs"),
        lambda: client.set_numbers(
            who.login, **pair, proof=town.touch(who, acts.numbers(who.ref, Duty.SUP))
        ),
        lambda: glass.break_glass(
            who,
            compartment=room,
            reason="now",
            proof=town.touch(who, acts.break_glass(room, reason="now")),
        ),
        lambda: client.blind(who, "phone", ["+380501112233"]),
    ):
        with pytest.raises(Refused, match=LIMIT):
            ask()
    assert client.devices(who.login)
    client.logout(who.login)
    client.lock(chief.by_key(FORCE).login)
    assert client.ping()["state"] == "locked"


def test_a_sign_in_runs_the_same_statements_in_both_files_whichever_number_is_typed(tmp_path):
    store, journal = Store(tmp_path / "keys.db"), Journal(tmp_path / "keeper-log.db")
    house = House(store, Vault(store, Held("two", b"r" * 32)), journal, {}, [ORIGIN], "localhost")
    signin = server.Calls(house)._calls["login_code"].__self__
    secret = pyotp.random_base32()
    with store.write() as db:
        box = house.vault.wrap("totp|v1|p1", secret.encode())
        two = house.vault.wrap("numbers|v1|p1", f'["{OWN}", "{FORCE}"]'.encode())
        db.execute("INSERT INTO person (ref, since, totp, numbers) VALUES ('p1',1,?,?)", (box, two))
        db.execute("INSERT INTO duty VALUES ('p1','OP','adm',1,NULL)")
    device, ran = "", {}
    for step, number in ((-30, OWN), (0, FORCE), (30, OWN)):
        seen = ran.setdefault(step, [])
        for db in (store.db, journal.db):
            db.set_trace_callback(seen.append)
        code = pyotp.TOTP(secret).at(house.wall() + step)
        told = {"person": "p1", "code": code, "number": number, "device": device}
        device = signin.login_code(told)["login"].partition(".")[2]
        for db in (store.db, journal.db):
            db.set_trace_callback(None)
    plain = [
        [re.sub(r"X'[0-9A-F]*'|'[^']*'|-?\b\d+\b", "?", line) for line in lines]
        for lines in ran.values()
    ]
    assert len(plain[1]) > 10
    assert plain[1] == plain[2]
    first = [line for line in plain[0] if "device" not in line]  # the device is new only once
    assert first == [line for line in plain[1] if "device" not in line]


def alarms(town, *, called=0):
    return client.limits_met(town.worker("clocks"), called=called)


def test_the_word_of_force_is_a_call_that_says_nothing_and_comes_again_until_a_supervisor_read(
    fresh,
):
    town = fresh()
    man, chief = Man(town, Duty.OP), Man(town, Duty.SUP)
    man.by_key(OWN)
    assert alarms(town) == (0, 0)
    man.by_key(FORCE)
    assert alarms(town, called=1) == (1, 1)
    assert alarms(town) == (1, 1)
    town.process.client.close()
    aged(town, 301)
    assert alarms(town, called=2) == (2, 2)
    said = client.noted(chief.by_key(OWN).login)
    assert [(each["who"], each["verb"]) for each in said] == [
        (man.ref, "signed in by passkey, under force")
    ]
    aged(town, 301)
    assert alarms(town) == (2, 2)


def aged(town, seconds):
    """Let the call have gone out so long ago."""
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute(
            "UPDATE mark SET value = value - ? WHERE name='force unread' AND value", (seconds,)
        )
        db.commit()


def test_a_supervisor_under_force_silences_no_call(fresh):
    town = fresh()
    chief = Man(town, Duty.SUP)
    who = chief.by_code(FORCE)
    alarms(town, called=1)
    with pytest.raises(Refused, match=LIMIT):
        client.noted(who.login)
    aged(town, 301)
    assert alarms(town) == (2, 1)


def test_a_drill_told_before_is_written_down_as_one_and_ends_with_his_own_number(fresh):
    town = fresh()
    man, chief = Man(town, Duty.OP), town.person(Duty.SUP)
    room = client.create(man.who)[0]
    until = client.drill(man.who.login)
    assert 0 < (until - clock.wall()).total_seconds() <= DRILL_S
    assert opens_nothing(man.by_key(FORCE), room)
    assert opens(man.by_key(OWN), room)
    man.by_key(FORCE)
    assert opens_nothing(man.by_key(OWN), room)
    client.drill(man.who.login)  # told by whoever holds him
    man.by_key(FORCE)
    assert opens_nothing(man.by_key(OWN), room)
    verbs = [each["verb"] for each in client.noted(chief.login)][::-1]
    assert verbs == [
        "told a drill of force",
        "signed in by passkey, a drill of force",
        *["signed in by passkey, under force"] * 2,
        "told a drill of force while under force",
        *["signed in by passkey, under force"] * 2,
    ]


def test_a_wrong_number_lets_nobody_in_and_whoever_lacks_the_key_uses_up_no_try(fresh):
    town = fresh()
    man = Man(town, Duty.OP)
    for _ in range(40):
        with pytest.raises(Refused):
            client.login_code(person=man.ref, code="12345x", number=OWN)
    for number in ("", "0000", OWN[:3], OWN + "1", "4816"):
        with pytest.raises(Refused, match="number does not hold"):
            man.by_key(number)
    with pytest.raises(Refused, match="too many wrong numbers"):
        man.by_key(OWN)
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute("UPDATE wrong SET at = at - 901")
        db.commit()
    man.by_key(OWN)
    assert devices.TRIES == 5


def test_a_right_code_with_a_wrong_number_is_answered_like_a_wrong_code(man):
    said = []
    for code, number in ((None, "0000"), ("000000", OWN), ("000000", FORCE)):
        with pytest.raises(Refused) as refused:
            client.login_code(person=man.ref, code=code or man._code(), number=number)
        said.append(refused.value.refusal)
    assert len(set(said)) == 1


def test_whoever_keeps_no_numbers_comes_in_whatever_he_types(town):
    man = Man(town, Duty.OP, numbers=False)
    room = client.create(man.who)[0]
    assert opens(man.by_key(), room)
    assert opens(man.by_key("9052"), room)


def test_numbers_take_his_own_touch_and_are_hard_to_guess_and_to_mistake(man, town):
    for own, force in (
        ("1234", "9052"),
        ("4817", "4818"),
        ("7777", "9052"),
        ("4817", "1984"),
        ("4817", "905"),
    ):
        with pytest.raises(Refused):
            man.sets(own, force)
    other = town.person(Duty.OP)
    proof = town.touch(other, acts.numbers(other.ref, Duty.OP))
    with pytest.raises(Refused):
        client.set_numbers(man.who.login, own="1739", force="8264", duty=Duty.OP, proof=proof)


def test_behind_the_panic_lock_no_number_is_read_and_such_a_login_does_not_outlive_it(fresh):
    town = fresh()
    man = Man(town, Duty.OP)
    room = client.create(man.who)[0]
    client.lock(town.administrator().login)
    who = man.by_key("")
    assert client.let_in(who.login) == {room}  # states are shown then, and nothing opens
    with pytest.raises(Refused, match="locked"):
        keyring.open_fields(who, Purpose.READ, [room], ["body"])
    town.process.stop()
    assert town.process.run("--unlock").returncode == 0
    town.process.start()
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(who.login)
    man.by_key(FORCE)


def test_the_numbers_survive_a_ratchet_and_stand_nowhere_in_clear(fresh):
    town = fresh()
    man = Man(town, Duty.OP)
    files = [path for path in town.process.folder.iterdir() if path.is_file()]
    for path in files:
        held = path.read_bytes()
        assert f'["{OWN}", "{FORCE}"]'.encode() not in held, path.name
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute("UPDATE mark SET value = 0 WHERE name='ratcheted'")
        db.commit()
    town.process.kill()
    town.process.start()  # the night's ratchet is overdue
    man.by_key(OWN)
