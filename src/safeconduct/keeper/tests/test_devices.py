"""Lock-out by person and device: a stranger who knows a pseudonym shuts out strangers only."""

import sqlite3
from contextlib import closing

import pyotp
import pytest

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Duty, Method
from safeconduct.keeper import devices
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.refusal import Refused


def with_code(town, *duties):
    """Return a person with a code app, its secret, and the device he came in from."""
    officer = town.person(*duties)
    totp = pyotp.parse_uri(client.totp_begin(officer.login, name="Operator"))
    client.totp_finish(officer.login, code=totp.at(int(clock.wall().timestamp()) - 30))
    return officer, totp, officer.login.partition(".")[2]


def guess(person, *, device="", times):
    """Try wrong codes; return how many were looked at before none was any more."""
    looked_at = 0
    for _ in range(times):
        with pytest.raises(Refused) as refused:
            client.login_code(person=person, code="12345x", device=device)
        looked_at += refused.value.refusal.code == "code.wrong"
    return looked_at


def aged(town, seconds, *tables):
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        for table, column in tables:
            db.execute(f"UPDATE {table} SET {column} = {column} - ?", (seconds,))  # noqa: S608  names of ours
        db.commit()


def test_a_stranger_cannot_shut_out_a_colleague_from_where_he_works(fresh):
    town = fresh()
    officer, totp, device = with_code(town, Duty.OP)
    assert guess(officer.ref, times=40) == devices.TRIES
    now = int(clock.wall().timestamp())
    with pytest.raises(Refused, match="too many"):
        client.login_code(person=officer.ref, code=totp.at(now))
    again = client.login_code(person=officer.ref, code=totp.at(now), device=device)
    assert (again.person, again.method) == (officer.ref, Method.TOTP)
    key = town.keys[officer.ref]
    assert client.login_finish(key.answer(client.login_begin(), ORIGIN)).person == officer.ref


def test_wrong_codes_at_his_own_browser_are_counted_there_and_nowhere_else(fresh):
    town = fresh()
    officer, totp, device = with_code(town, Duty.OP)
    assert guess(officer.ref, device=device, times=7) == devices.TRIES
    town.process.kill()
    town.process.start()  # a restart forgives nothing
    with pytest.raises(Refused, match="too many"):
        client.login_code(person=officer.ref, code=totp.now(), device=device)
    assert client.login_code(person=officer.ref, code=totp.now()).person == officer.ref
    aged(town, 901, ("wrong", "at"))
    assert guess(officer.ref, device=device, times=1) == 1


def test_guessing_at_many_people_is_slow_for_all_strangers_and_for_nobody_who_is_known(fresh):
    town = fresh()
    officer, totp, device = with_code(town, Duty.OP)
    looked_at = sum(guess(f"p{n}", times=5) for n in range(100, 110))
    assert looked_at == devices.STRANGE_ALL
    with pytest.raises(Refused, match="too many"):
        client.login_code(person=officer.ref, code=totp.now())
    assert client.login_code(person=officer.ref, code=totp.now(), device=device)


def test_a_patient_stranger_gets_twenty_tries_a_day_at_one_person(fresh):
    town = fresh()
    officer, _, _ = with_code(town, Duty.OP)
    looked_at = 0
    for _ in range(8):
        looked_at += guess(officer.ref, times=6)
        aged(town, 901, ("wrong", "at"))
    assert looked_at == devices.STRANGE_A_DAY
    aged(town, 24 * 3600, ("wrong", "at"))
    assert guess(officer.ref, times=1) == 1


def test_a_device_is_one_persons_and_nobody_brings_his_own(fresh):
    town = fresh()
    officer, totp, device = with_code(town, Duty.OP)
    _, _, other = with_code(town, Duty.OP)
    assert guess(officer.ref, device=other, times=6) == devices.TRIES  # a stranger here
    with pytest.raises(Refused, match="too many"):
        client.login_code(person=officer.ref, code=totp.now(), device="planted")
    key = town.keys[officer.ref]
    planted = client.login_finish(key.answer(client.login_begin(), ORIGIN), device="planted")
    given = planted.login.partition(".")[2]
    assert given not in {"planted", device}
    same = client.login_finish(key.answer(client.login_begin(), ORIGIN), device=device)
    assert same.login.endswith(f".{device}")
    assert guess(officer.ref, device=given, times=1) == 1  # known from that sign-in on


def test_a_login_counts_beside_its_own_device_and_no_other(fresh):
    town = fresh()
    officer, other = town.person(Duty.OP), town.person(Duty.OP)
    token, _, device = officer.login.partition(".")
    theirs = other.login.partition(".")[2]
    for stolen in (token, f"{token}.", f"{token}.{theirs}", f"{token}.{device}x", f".{device}"):
        with pytest.raises(Refused, match="login has ended"):
            client.whoami(stolen)
    assert client.whoami(officer.login).person == officer.ref


def test_one_sees_where_one_came_in_from_and_forgets_the_others(fresh):
    town = fresh()
    officer = town.person(Duty.OP)
    key = town.keys[officer.ref]
    first = officer.login.partition(".")[2]
    now = client.login_finish(key.answer(client.login_begin(), ORIGIN))
    assert [each.here for each in client.devices(now.login)].count(True) == 1
    assert len(client.devices(now.login)) == 2
    assert [each.here for each in client.devices(now.login, forget_others=True)] == [True]
    assert guess(officer.ref, device=first, times=6) == devices.TRIES  # counted as a stranger's
    assert guess(officer.ref, times=1) == 0


def test_a_device_unused_for_ninety_days_is_a_stranger_again(fresh):
    town = fresh()
    officer = town.person(Duty.OP)
    aged(town, devices.KEPT_S - 60, ("device", "since"), ("device", "seen"))
    assert len(client.devices(officer.login)) == 1
    aged(town, 120, ("device", "since"), ("device", "seen"))
    assert client.devices(officer.login) == []


def test_a_person_has_ten_devices_and_the_one_in_use_among_them(fresh):
    town = fresh()
    officer = town.person(Duty.OP)
    key = town.keys[officer.ref]
    for _ in range(12):
        last = client.login_finish(key.answer(client.login_begin(), ORIGIN))
    found = client.devices(last.login)
    assert len(found) == 10
    assert any(each.here for each in found)


def test_a_file_from_before_devices_gets_them_and_keeps_what_it_holds(tmp_path):
    path = tmp_path / "keys.db"
    with closing(sqlite3.connect(path)) as old:
        old.execute(
            "CREATE TABLE login (hash BLOB PRIMARY KEY, person TEXT NOT NULL, method TEXT NOT NULL,"
            " started INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT, WITHOUT ROWID"
        )
        old.execute("INSERT INTO login VALUES (x'01','p1','totp',1,1)")
        old.commit()
    for _ in range(2):
        store = Store(path)
        assert store.db.execute("SELECT person, device FROM login").fetchall() == [("p1", b"")]
        store.close()
