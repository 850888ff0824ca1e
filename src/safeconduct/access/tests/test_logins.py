"""Coming and going, by passkey and by code, and the lock for the worst hour."""

from datetime import timedelta

import pyotp
import pytest
from conftest import NOON
from django.conf import settings
from tests.dead_database import garbage

from safeconduct import clock
from safeconduct.access import actions, client, queries, rules
from safeconduct.access.models import Login, Person
from safeconduct.access.rules import Act, Duty, Method, Proof, Purpose, digest_of
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.spool import stops

pytestmark = pytest.mark.django_db


def test_a_new_sign_in_ends_the_old_one(staff, officer):
    who = officer(Duty.OP)
    again = staff.sign_in(who.ref, now=NOON)
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is None
    still = queries.officer_of(again.login, now=NOON, wall=clock.wall())
    assert still
    assert still.ref == who.ref
    with pytest.raises(Refused):
        client.whoami(who.login)


def test_a_login_idles_out_and_only_a_hand_keeps_it(officer):
    who, wall = officer(Duty.OP), clock.wall()
    assert queries.officer_of(who.login, now=NOON, wall=wall + timedelta(minutes=9))
    assert queries.officer_of(who.login, now=NOON, wall=wall + timedelta(minutes=11)) is None
    actions.seen(who.login, wall=wall + timedelta(minutes=9))
    assert queries.officer_of(who.login, now=NOON, wall=wall + timedelta(minutes=11))
    assert queries.officer_of(who.login, now=NOON, wall=wall + timedelta(hours=8)) is None
    assert queries.officer_of("made up", now=NOON, wall=wall) is None


def test_the_database_holds_no_login_that_would_let_anybody_in(officer):
    who = officer(Duty.OP)
    row = Login.objects.get(person__ref=who.ref, ended_at=None)
    assert bytes(row.proof_hash) == queries.hash_of(who.login)
    assert who.login.encode() not in bytes(row.proof_hash)


def test_signing_out_ends_it_here_and_at_the_keeper(officer):
    who = officer(Duty.OP)
    actions.end_login(who, now=NOON, wall=clock.wall())
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is None
    with pytest.raises(Refused):
        client.whoami(who.login)


def test_a_supervisor_ends_the_logins_of_another_and_nobody_else_does(officer):
    who, chief = officer(Duty.OP), officer(Duty.SUP)
    with pytest.raises(Refused):
        actions.end_all_logins(who, person=chief.ref, now=NOON, wall=clock.wall())
    actions.end_all_logins(chief, person=who.ref, now=NOON, wall=clock.wall())
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is None
    actions.end_all_logins(chief, person=chief.ref, now=NOON, wall=clock.wall())
    assert queries.officer_of(chief.login, now=NOON, wall=clock.wall()) is None


@pytest.mark.parametrize("duty", [Duty.DPC, Duty.VER])
def test_a_commander_and_a_verifier_end_logins_with_a_seizure_alone(officer, duty):
    who, another = officer(Duty.OP), officer(duty)
    end = {"person": who.ref, "now": NOON, "wall": clock.wall()}
    with pytest.raises(Refused):
        actions.end_all_logins(another, **end)
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is not None
    actions.end_seized_logins(another, **end)
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is None


def test_a_code_lets_a_person_work_and_never_approve(officer):
    who, ref, digest = officer(Duty.DPC), new_ref(), digest_of({"place": 1})
    actions.put_subject(ref, verb="passage.approve", digest=digest, author=None, now=NOON)
    secret = actions.begin_code(who)
    assert secret["drawing"].startswith("data:image/svg")
    code = pyotp.parse_uri(secret["uri"])
    assert isinstance(code, pyotp.TOTP)
    actions.finish_code(who, code.now(), now=NOON)
    with pytest.raises(Refused):
        actions.sign_in_by_code(who.name, "000000", now=NOON, wall=clock.wall())
    later = code.at(int(clock.wall().timestamp()) + 30)  # each code counts once
    login = actions.sign_in_by_code(who.name, later, now=NOON, wall=clock.wall())
    again = queries.officer_of(login, now=NOON, wall=clock.wall())
    assert again
    assert (again.ref, again.method) == (who.ref, Method.TOTP)
    act = Act("passage.approve", ref, digest, Duty.DPC)
    with pytest.raises(Refused, match="code cannot"):
        actions.approve(again, act, Proof("n", "a"), now=NOON)
    pretends = rules.Officer(
        **{f: getattr(again, f) for f in ("ref", "pk", "name", "duties", "login")}
    )
    with pytest.raises(Refused):  # the keeper does not believe us about the method either
        actions.approve(pretends, act, Proof("n", "a"), now=NOON)


def test_an_unknown_name_and_a_wrong_code_are_answered_alike(officer):
    who, wall = officer(Duty.OP), clock.wall()
    said = []
    for name in (who.name, "Operator 9999"):
        with pytest.raises(Refused) as refused:
            actions.sign_in_by_code(name, "123456", now=NOON, wall=wall)
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_who_is_no_longer_on_the_staff_does_not_come_in(staff, officer):
    who = officer(Duty.OP)
    Person.objects.filter(ref=who.ref).update(active=False)
    assert queries.officer_of(who.login, now=NOON, wall=clock.wall()) is None
    with pytest.raises(Refused, match="did not let you in"):
        staff.sign_in(who.ref, now=NOON)


def test_the_panic_lock_ends_every_login_and_only_the_root_opens_again(staff, officer, keeper):
    who, other = officer(Duty.PIL), officer(Duty.OP)
    actions.panic(who, now=NOON, wall=clock.wall())
    try:
        assert Login.objects.filter(ended_at=None).count() == 0
        with pytest.raises(Refused, match="locked"):
            client.open_keys(
                other, purpose=Purpose.READ, compartments=["programme"], kinds=["body"]
            )
        again = staff.sign_in(other.ref, now=NOON)  # to stop, and to see that an alarm is raised
        with pytest.raises(Refused, match="locked"):
            client.open_keys(
                again, purpose=Purpose.READ, compartments=["programme"], kinds=["body"]
            )
    finally:
        keeper.stop()
        keeper.run("--unlock")
        keeper.start()
    assert staff.sign_in(other.ref, now=NOON).ref == other.ref


def test_the_panic_lock_waits_for_no_database_and_its_logins_end_when_there_is_one(
    staff, officer, client_of, lock_keeper, tmp_path
):
    who, other = officer(Duty.PIL), officer(Duty.OP)
    stops.prepare(settings.DATA)
    assert client_of(who).get("/").status_code == client_of(other).get("/").status_code == 200
    with garbage(tmp_path):
        answer = client_of(who).post("/people/lock/")
        assert (answer.status_code, answer["Location"]) == (303, "/sign-in/")
        assert answer.cookies["login"].value == ""
        assert client.ping()["state"] == "locked"
        again = client_of(other).post("/reception/here/", {"ref": "x"})
        assert again.status_code == 503  # nobody is known any more
    late = staff.sign_in(who.ref, now=NOON)  # under the lock he stops, and he watches
    assert actions.enter_spooled_panic()
    assert not actions.enter_spooled_panic()
    assert set(Login.objects.filter(ended_at=None).values_list("person__ref", flat=True)) == {
        late.ref
    }
    assert Login.objects.filter(person__ref=other.ref, ended_because="panic lock").exists()
