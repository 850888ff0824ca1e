"""The panic lock: the root with the disk opens nothing; two different people's codes and the root do."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from safeconduct import sealing
from safeconduct.access import acts, client, keyring
from safeconduct.access.connection import KeeperAway
from safeconduct.access.rules import Duty, Purpose
from safeconduct.keeper import panic
from safeconduct.keeper.roots.file import FileRoot
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.keeper.vault import Vault
from safeconduct.refusal import Refused


def code_of(town, officer):
    duty = min(officer.duties)
    proof = town.touch(officer, acts.unlock_code(officer.ref, duty))
    return client.unlock_code(officer.login, duty=duty, proof=proof)


def unlock(town, *codes):
    """Run the keeper's own command with codes on its input; return exit code and words."""
    argv = [sys.executable, "-m", "safeconduct.keeper", "--data", str(town.process.folder)]
    env = town.process._env()
    done = subprocess.run(
        [*argv, "--unlock"],
        input="\n".join(codes),
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def locked(fresh):
    """A town with an administrator's and two supervisors' codes, one sealed thing, and the lock on."""
    town = fresh()
    adm, chief, other = town.administrator(), town.person(Duty.SUP), town.person(Duty.SUP)
    codes = [code_of(town, each) for each in (adm, chief, other)]
    room = client.create(town.worker("ingest"))[0]
    operator = town.person(Duty.OP)
    client.lock(operator.login)
    town.process.stop()
    return town, codes, room, operator


def opens(town, room):
    town.process.start()
    return keyring.open_fields(town.worker("send"), Purpose.SEND, [room], ["sent"])


def test_two_different_peoples_codes_and_the_root_open_again(locked):
    town, codes, room, _ = locked
    assert unlock(town, codes[0].lower().replace("-", " "), codes[2]) == (
        0,
        "The lock is off; start the keeper again.\n",
    )
    opens(town, room)
    log = town.process.folder / "keeper-log.db"
    with closing(sqlite3.connect(log)) as db:
        (who,) = db.execute("SELECT who FROM entry WHERE verb='unlocked'").fetchone()
    assert who == "adm and p2"


@pytest.mark.parametrize("given", [[], [0], [0, 0], [1, "AAAA-BBBB"], ["", ""]])
def test_fewer_than_two_people_open_nothing_and_the_way_back_is_said(locked, given):
    town, codes, room, _ = locked
    typed = [codes[each] if isinstance(each, int) else each for each in given]
    code, said = unlock(town, *typed)
    assert code == 3
    assert "two different people" in said
    with pytest.raises(Refused, match="locked"):
        opens(town, room)


def test_the_root_with_the_disk_opens_nothing_while_it_is_locked(locked):
    town, codes, _, _ = locked
    folder = town.process.folder
    store = Store(folder / "keys.db")
    with store.write() as db:  # whoever has the disk lifts the mark himself
        db.execute("UPDATE mark SET value=0 WHERE name IN ('locked', 'shut')")
    with pytest.raises(NoRoot):
        Vault(store, FileRoot(folder / "root.key"))
    held = b"".join(path.read_bytes() for path in folder.glob("ke*.db*"))
    for code in codes:
        assert code.encode() not in held
        assert code.replace("-", "").encode() not in held
    store.close()


def test_without_the_right_root_two_codes_open_nothing_and_stay_good(locked):
    town, codes, room, _ = locked
    root = town.process.folder / "root.key"
    real = root.read_bytes()
    root.write_bytes(sealing.new_key())
    assert unlock(town, *codes[:2])[0] == 2
    root.write_bytes(real)
    assert unlock(town)[0] == 3
    assert unlock(town, *codes[:2])[0] == 0
    opens(town, room)


@pytest.mark.parametrize(
    ("file", "moment"), [("keeper-log.db", "INSERT ON entry"), ("keys.db", "DELETE ON login")]
)
def test_a_lock_that_cannot_be_written_forgets_the_keys_and_says_that_it_failed(
    fresh, file, moment
):
    town = fresh()
    adm, operator = town.administrator(), town.person(Duty.OP)
    room = client.create(operator)[0]
    with closing(sqlite3.connect(town.process.folder / file)) as db:
        db.execute(
            f"CREATE TRIGGER broken BEFORE {moment} BEGIN SELECT RAISE(ABORT, 'the disk broke'); END"
        )
    with pytest.raises(Refused, match="could not write"):
        client.lock(adm.login)
    assert client.ping()["state"] == "locked"
    with pytest.raises(Refused, match="locked"):
        keyring.open_fields(operator, Purpose.READ, [room], ["body"])


def test_an_unlock_that_breaks_off_changes_nothing_and_the_same_codes_open_afterwards(locked):
    town, codes, room, _ = locked
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON mark WHEN NEW.name='shut' "
            "BEGIN SELECT RAISE(ABORT, 'the disk broke'); END"
        )
        assert unlock(town, *codes[:2])[0] == 2
        db.execute("DROP TRIGGER broken")
    assert unlock(town, *codes[:2])[0] == 0
    opens(town, room)


def test_a_restart_does_not_lift_it_and_a_used_code_opens_no_second_time(locked):
    town, codes, room, _ = locked
    for _ in range(2):
        town.process.start()
        assert client.ping()["state"] == "locked"
        town.process.kill()
    assert unlock(town, *codes[:2])[0] == 0
    opens(town, room)
    key = town.keys["p1"]
    chief = client.login_finish(key.answer(client.login_begin(), ORIGIN))
    assert client.unlock_codes(chief.login) == (None, 1)


def test_a_code_of_one_who_left_or_lost_the_duty_counts_no_more(fresh):
    town = fresh()
    adm, gone, moved, chief = (
        town.administrator(),
        town.person(Duty.SUP),
        town.person(Duty.SUP),
        town.person(Duty.SUP),
    )
    codes = [code_of(town, each) for each in (adm, gone, moved, chief)]
    client.end_person(adm.login, person=gone.ref)
    client.end_duty(adm.login, person=moved.ref, duty=Duty.SUP, reason="other work")
    assert client.unlock_codes(adm.login)[1] == 2
    client.lock(adm.login)
    town.process.stop()
    assert unlock(town, codes[0], codes[1])[0] == 3
    assert unlock(town, codes[0], codes[2])[0] == 3
    assert unlock(town, codes[0], codes[3])[0] == 0


def test_only_those_who_answer_for_people_hold_a_code_and_a_new_one_voids_the_old(fresh):
    town = fresh()
    adm, chief, operator = town.administrator(), town.person(Duty.SUP), town.person(Duty.OP)
    with pytest.raises(Refused, match="administrators and supervisors"):
        code_of(town, operator)
    old, new = code_of(town, adm), code_of(town, adm)
    assert old != new
    other = code_of(town, chief)
    client.lock(adm.login)
    town.process.stop()
    assert unlock(town, old, other)[0] == 3
    assert unlock(town, new, other)[0] == 0


def test_where_no_two_people_hold_codes_the_root_opens_alone_and_says_so(fresh):
    town = fresh()
    adm = town.administrator()
    code_of(town, adm)
    assert client.unlock_codes(adm.login)[1] == 1
    client.lock(adm.login)
    town.process.stop()
    code, said = unlock(town)
    assert code == 0
    assert "the root alone opened it" in said


def test_while_locked_one_comes_in_by_passkey_and_opens_grants_and_approves_nothing(locked):
    town, _, room, operator = locked
    town.process.start()
    key = town.keys[operator.ref]
    login = client.login_finish(key.answer(client.login_begin(), ORIGIN)).login
    assert client.whoami(login).person == operator.ref
    again = type(operator)(operator.ref, 0, "", operator.duties, login)
    nothing = (
        lambda: keyring.open_fields(again, Purpose.READ, [room], ["body"]),
        lambda: client.act_begin(login, acts.spare(operator.ref, Duty.OP)),
        lambda: client.create(again),
        lambda: client.login_code(person=operator.ref, code="123456"),
        lambda: client.totp_begin(login, name="x"),
    )
    for call in nothing:
        with pytest.raises(Refused, match="locked"):
            call()
        with pytest.raises(KeeperAway):  # what goes on without a keeper goes on with a locked one
            call()


def test_any_two_points_of_the_line_make_the_same_key(fresh):
    town = fresh()
    people = [town.administrator(), *(town.person(Duty.SUP) for _ in range(3))]
    codes = [code_of(town, each) for each in people]
    client.lock(people[0].login)
    town.process.stop()
    store = Store(town.process.folder / "keys.db")
    shut, root = panic._kek(store.db), FileRoot(town.process.folder / "root.key")
    for one in range(4):
        for two in range(4):
            if one == two:
                continue
            shares = panic._shares(store, [codes[one], codes[two]], world=0)
            root.unseal(panic._opened(shut, list(shares.values())), epoch=1)
    store.close()
