import sqlite3
from contextlib import closing
from datetime import timedelta

import pyotp
import pytest

from safeconduct import clock
from safeconduct.access import acts, client
from safeconduct.access.rules import Act, Duty, Method, Proof, digest_of
from safeconduct.exercise import authenticator
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.keeper.tests.conftest import NOON
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.refusal import Refused, told


def secret_of(officer_login):
    totp = pyotp.parse_uri(client.totp_begin(officer_login, name="Operator"))
    assert isinstance(totp, pyotp.TOTP)
    return totp


ACT = Act("plan.approve", "plan7", digest_of({"place": 1}), Duty.DPC)


def test_the_first_invite_makes_an_administrator_and_then_there_is_no_second(town):
    assert town.administrator().duties == {Duty.ADM}
    with pytest.raises(Refused, match="people here already"):
        client.first_invite(person="another")


def test_an_invite_is_used_up_by_its_first_passkey(town):
    adm = town.administrator()
    proof = town.touch(adm, acts.invite("p90", [Duty.OP], reason="x"))
    invite = client.invite(adm.login, person="p90", duties=[Duty.OP], reason="x", proof=proof)
    assert town.enrol(invite).duties == {Duty.OP}
    with pytest.raises(Refused, match="used up"):
        client.enrol_begin(invite, name="thief")


def test_nobody_but_an_administrator_invites_and_nobody_invites_himself_to_a_duty(town):
    adm, operator = town.administrator(), town.person(Duty.OP)
    act = acts.invite("p91", [Duty.SUP], reason="x")
    with pytest.raises(Refused, match="does not know you in this duty"):
        client.act_begin(operator.login, act)
    stolen = town.touch(adm, act)
    with pytest.raises(Refused):
        client.invite(operator.login, person="p91", duties=[Duty.SUP], reason="x", proof=stolen)
    own = town.touch(adm, acts.invite(adm.ref, [Duty.SUP], reason="x"))
    with pytest.raises(Refused, match="to himself"):
        client.invite(adm.login, person=adm.ref, duties=[Duty.SUP], reason="x", proof=own)


def test_a_passkey_signs_in_and_the_earlier_login_ends(town):
    operator = town.person(Duty.OP)
    options = client.login_begin()
    again = client.login_finish(town.keys[operator.ref].answer(options, ORIGIN))
    assert (again.person, again.method) == (operator.ref, Method.PASSKEY)
    assert client.whoami(again.login).duties == {Duty.OP}
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(operator.login)


def test_an_answer_signs_in_once_and_only_for_our_own_address(town):
    operator = town.person(Duty.OP)
    key = town.keys[operator.ref]
    answer = key.answer(client.login_begin(), ORIGIN)
    client.login_finish(answer)
    with pytest.raises(Refused):
        client.login_finish(answer)
    elsewhere = key.answer(client.login_begin(), "http://localhost.example")
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(elsewhere)


def test_a_touch_without_the_pin_signs_nobody_in(town, monkeypatch):
    operator = town.person(Duty.OP)
    key = town.keys[operator.ref]
    monkeypatch.setattr(authenticator, "_VERIFIED", 0)  # the token says: a hand, and no PIN
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(key.answer(client.login_begin(), ORIGIN))
    monkeypatch.undo()
    monkeypatch.setenv("SAFECONDUCT_DATA", str(town.process.folder))
    assert client.login_finish(key.answer(client.login_begin(), ORIGIN)).person == operator.ref


def test_a_passkey_nobody_enrolled_opens_nothing(town):
    town.administrator()
    stranger = Authenticator()
    stranger.register(
        '{"rp": {"id": "localhost"}, "user": {"id": "eA"}, "challenge": "eA"}', ORIGIN
    )
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(stranger.answer(client.login_begin(), ORIGIN))


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", '{"rawId": 7}', "nonsense"])
def test_nonsense_in_place_of_an_answer_is_refused(town, nonsense):
    town.administrator()
    with pytest.raises(Refused):
        client.login_finish(nonsense)


def test_a_time_code_lets_one_work_and_never_approve(town):
    commander = town.person(Duty.DPC)
    totp = secret_of(commander.login)
    wall = int(clock.wall().timestamp())
    client.totp_finish(commander.login, code=totp.at(wall - 30))
    by_code = client.login_code(person=commander.ref, code=totp.at(wall))
    assert by_code.method is Method.TOTP
    asked = client.act_begin(by_code.login, ACT)
    with pytest.raises(Refused, match="does not hold"):
        client.act(_as(commander, by_code.login), ACT, Proof(asked.nonce, totp.at(wall)), now=NOON)


def test_a_time_code_counts_once_and_wrong_ones_are_counted(town):
    officer = town.person(Duty.OP)
    totp = secret_of(officer.login)
    wall = int(clock.wall().timestamp())
    client.totp_finish(officer.login, code=totp.at(wall))
    with pytest.raises(Refused, match="does not hold"):
        client.login_code(person=officer.ref, code=totp.at(wall))
    for _ in range(4):
        with pytest.raises(Refused):
            client.login_code(person=officer.ref, code="000000")
    with pytest.raises(Refused, match="too many"):
        client.login_code(person=officer.ref, code=totp.at(wall + 30))


def test_an_unfinished_time_code_is_none(town):
    officer = town.person(Duty.OP)
    totp = secret_of(officer.login)
    with pytest.raises(Refused, match="does not hold"):
        client.login_code(person=officer.ref, code=totp.now())


def test_ending_a_person_ends_all_he_holds(town):
    adm, operator = town.administrator(), town.person(Duty.OP)
    answer = town.keys[operator.ref]
    client.end_person(adm.login, person=operator.ref)
    with pytest.raises(Refused):
        client.whoami(operator.login)
    with pytest.raises(Refused, match="does not hold"):
        client.login_finish(answer.answer(client.login_begin(), ORIGIN))


def translated(text):
    return {"Administrator": "Адміністратор"}.get(text, text)


def test_an_operator_ends_nobody(town):
    operator, other = town.person(Duty.OP), town.person(Duty.OP)
    for ending in (client.end_person, client.end_logins):
        with pytest.raises(Refused, match="not among your duties") as no:
            ending(operator.login, person=other.ref)
        # Whoever is refused by the keeper is told in his language too, the duties' names with it.
        remedy = no.value.refusal.remedy
        assert "Administrator (ADM), Supervisor (SUP)" in remedy
        assert "Адміністратор (ADM), Supervisor (SUP)" in told(remedy, translated)
    client.end_logins(operator.login, person=operator.ref)
    assert client.whoami(other.login).person == other.ref


def test_a_duty_is_granted_by_passkey_for_a_term_in_world_time(fresh):
    town = fresh()
    adm, operator = town.administrator(), town.person(Duty.OP)
    until = NOON + timedelta(days=2)
    wanted = {"person": operator.ref, "duty": Duty.VER, "reason": "cover", "until": until}
    act = acts.grant(operator.ref, Duty.VER, reason="cover", until=until)
    client.grant(adm.login, **wanted, proof=town.touch(adm, act))
    assert client.whoami(operator.login).duties == {Duty.OP, Duty.VER}
    clock.move(town.process.folder, world=NOON + timedelta(days=3), speed=1.0)
    assert client.whoami(operator.login).duties == {Duty.OP}


def test_a_grant_is_bound_to_its_words(town):
    adm, operator = town.administrator(), town.person(Duty.OP)
    shown = acts.grant(operator.ref, Duty.VER, reason="cover", until=None)
    proof = town.touch(adm, shown)
    with pytest.raises(Refused):
        client.grant(
            adm.login, person=operator.ref, duty=Duty.SUP, reason="cover", until=None, proof=proof
        )
    own = town.touch(adm, acts.grant(adm.ref, Duty.SUP, reason="x", until=None))
    with pytest.raises(Refused, match="to himself"):
        client.grant(adm.login, person=adm.ref, duty=Duty.SUP, reason="x", until=None, proof=own)


def test_who_holds_what_is_for_those_who_answer_for_it(town):
    adm, operator = town.administrator(), town.person(Duty.OP)
    assert client.people(adm.login)[operator.ref] == {Duty.OP}
    with pytest.raises(Refused, match="not among your duties"):
        client.people(operator.login)


def aged(town, table, column, seconds):
    """Make what the keeper wrote down older, as waiting would."""
    with closing(sqlite3.connect(town.process.folder / "keys.db")) as db:
        db.execute(f"UPDATE {table} SET {column} = {column} - ?", (seconds,))  # noqa: S608  names of ours
        db.commit()


@pytest.mark.parametrize(
    ("column", "seconds", "lives"),
    [
        ("seen", 9 * 60, True),
        ("seen", 10 * 60 + 2, False),
        ("started", 7 * 3600, True),
        ("started", 8 * 3600 + 2, False),
    ],
)
def test_a_login_ends_after_ten_idle_minutes_and_after_eight_hours(fresh, column, seconds, lives):
    town = fresh()
    adm = town.administrator()
    aged(town, "login", column, seconds)
    if lives:
        assert client.whoami(adm.login).person == adm.ref
        return
    with pytest.raises(Refused, match="login has ended"):
        client.whoami(adm.login)


def test_an_invite_is_over_after_a_day(fresh):
    town = fresh()
    adm = town.administrator()
    proof = town.touch(adm, acts.invite("late", [Duty.OP], reason="x"))
    invite = client.invite(adm.login, person="late", duties=[Duty.OP], reason="x", proof=proof)
    aged(town, "invite", "until", 23 * 3600)
    client.enrol_begin(invite, name="x")
    aged(town, "invite", "until", 3600 + 2)
    with pytest.raises(Refused, match="over"):
        client.enrol_begin(invite, name="x")


def test_nothing_that_signs_anybody_in_lies_in_the_file(town):
    adm, officer = town.administrator(), town.person(Duty.OP)
    totp = secret_of(officer.login)
    act = acts.invite("p92", [], reason="x")
    invite = client.invite(
        adm.login, person="p92", duties=[], reason="x", proof=town.touch(adm, act)
    )
    files = b"".join(path.read_bytes() for path in town.process.folder.glob("ke*.db*"))
    for secret in (officer.login, invite, totp.secret, *town.process.tokens.values()):
        assert secret.encode() not in files
    assert officer.ref.encode() in files  # what is there is found


def _as(officer, login):
    return type(officer)(officer.ref, 0, "", officer.duties, login)
