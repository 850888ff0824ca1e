"""Coming and going. Times are real time: an exercise may hurry the world, not a login."""

from datetime import datetime, timedelta
from pathlib import Path

import segno
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

from safeconduct.access import client, known, queries, rules, staff
from safeconduct.access.models import Login, Person
from safeconduct.access.rules import Duty, Officer, Proof
from safeconduct.audit import actions as audit
from safeconduct.log import get_logger
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist
from safeconduct.spool import stops

logger = get_logger()
PANIC = "panic"  # the kind of such a stop in the spool
NOTED_EVERY = timedelta(seconds=30)  # a login is not written at every click
_NOBODY = Refusal(
    "sign_in.refused",
    "This did not let you in.",
    "Try the key you enrolled, or ask an administrator (ADM) for a new invitation.",
)


def sign_in(
    assertion: str, *, number: str = "", device: str = "", now: datetime, wall: datetime
) -> str:
    """Let in whoever answers the keeper's challenge with an enrolled passkey; return the proof.

    Args:
        assertion: the passkey's answer as WebAuthn JSON.
        number: one of his two numbers, where he has them; which of them, the keeper alone knows.
        device: the secret that this browser was given at an earlier sign-in, if any.
        now: world time.
        wall: real time.

    Raises:
        Refused: the keeper does not know the key or the number, or he is no longer on the staff.
    """
    signed_in = client.login_finish(assertion, number=number, device=device)
    return _begin(signed_in, now=now, wall=wall)


def sign_in_by_code(
    name: str, code: str, *, number: str = "", device: str = "", now: datetime, wall: datetime
) -> str:
    """Let in by pseudonym, a six-digit code and a number where he has one. Such a login works, and never approves.

    Raises:
        Refused: the keeper does not accept it. An unknown name is answered like a wrong code.
    """
    ref = (
        Person.objects.filter(name=name.strip(), active=True).values_list("ref", flat=True).first()
    )
    try:
        person = ref or "nobody"
        signed_in = client.login_code(person=person, code=code, number=number, device=device)
    except Refused as refused:
        if refused.refusal.code.startswith("keeper.locked"):
            raise
        raise Refused(_NOBODY) from None
    return _begin(signed_in, now=now, wall=wall)


@transaction.atomic
def enrol(invite: str, credential: str, *, device: str = "", now: datetime, wall: datetime) -> str:
    """Tie a passkey to the person an invitation names, sign him in, and return the login proof.

    Raises:
        Refused: the invitation was used, has run out, or never was; or the key is not acceptable.
    """
    signed_in = client.enrol_finish(invite, credential, device=device)
    login = _begin(signed_in, now=now, wall=wall)
    audit.record(signed_in.person, "passkey.enrolled", ref=signed_in.person, now=now)
    notices.emit("access.person", signed_in.person, to="duty:ADM")
    return login


@transaction.atomic
def _begin(signed_in: client.SignedIn, *, now: datetime, wall: datetime) -> str:
    found = Person.objects.select_for_update().filter(ref=signed_in.person, active=True)
    person = found.first()
    if person is None:
        raise Refused(_NOBODY)
    _end(Login.objects.filter(person=person), because="another sign-in", wall=wall)
    known.forget_person(person.ref)
    row = Login.objects.create(
        person=person,
        proof_hash=queries.hash_of(signed_in.login),
        method=signed_in.method,
        started_at=wall,
        last_seen=wall,
    )
    audit.record(person.ref, f"login.{signed_in.method}", ref=row.ref, now=now)
    return signed_in.login


def _end(logins: QuerySet[Login], *, because: str, wall: datetime) -> int:
    return logins.filter(ended_at__isnull=True).update(ended_at=wall, ended_because=because)


@transaction.atomic
def seen(login: str, *, wall: datetime) -> None:
    """Note that a hand was at work, at most every half minute."""
    Login.objects.filter(
        proof_hash=queries.hash_of(login),
        ended_at__isnull=True,
        last_seen__lt=wall - NOTED_EVERY,
    ).update(last_seen=wall)


@transaction.atomic
def end_login(officer: Officer, *, now: datetime, wall: datetime) -> None:
    """Sign out: the proof is worth nothing from here on, to us and to the keeper."""
    known.forget(officer.login)
    _end(Login.objects.filter(proof_hash=queries.hash_of(officer.login)), because="left", wall=wall)
    audit.record(officer.ref, "login.left", ref=officer.ref, now=now)
    notices.emit("access.login", officer.ref, to=f"person:{officer.ref}")
    client.logout(officer.login)


@transaction.atomic
def forget_devices(officer: Officer, *, now: datetime) -> None:
    """Make every browser but this one a stranger: from there wrong codes count as a stranger's."""
    audit.record(officer.ref, "devices.forgotten", ref=officer.ref, now=now)
    notices.emit("access.login", officer.ref, to=f"person:{officer.ref}")
    client.devices(officer.login, forget_others=True)


@transaction.atomic
def end_all_logins(officer: Officer, *, person: str, now: datetime, wall: datetime) -> None:
    """End the login of another person, or one's own everywhere.

    Raises:
        Refused: `officer` is neither that person nor an administrator or supervisor.
        Absent: there is no such person.
    """
    _end_all(officer, "people.end_logins", person=person, now=now, wall=wall)


@transaction.atomic
def end_seized_logins(officer: Officer, *, person: str, now: datetime, wall: datetime) -> None:
    """End the login of a person who was said to be seized; it may be one's own.

    Raises:
        Refused: `officer` may not say that something was seized.
        Absent: there is no such person.
    """
    _end_all(officer, "people.end_seized", person=person, now=now, wall=wall)


def _end_all(officer: Officer, verb: str, *, person: str, now: datetime, wall: datetime) -> None:
    other = officer.ref != person
    if other:
        insist(rules.can(officer, verb))
        if not Person.objects.filter(ref=person).exists():
            raise rules.Absent
    because = "ended by another" if other else "left"
    known.forget_person(person)
    _end(Login.objects.filter(person__ref=person), because=because, wall=wall)
    audit.record(officer.ref, "login.ended", ref=person, now=now)
    notices.emit("access.login", person, to=f"person:{person}")
    if other:
        client.end_logins(officer.login, person=person)
    else:
        client.logout(officer.login)


def shut_out(person: str, *, wall: datetime) -> None:
    """End a person's login in our own table, in the caller's transaction; the keeper has its own.

    For an act that must not wait for the keeper. `end_seized_logins` follows as soon as it answers.
    """
    known.forget_person(person)
    _end(Login.objects.filter(person__ref=person), because="ended by another", wall=wall)
    notices.emit("access.login", person, to=f"person:{person}")


def panic(officer: Officer, *, now: datetime, wall: datetime) -> None:
    """Lock everything: the keeper forgets its keys, every login ends. One act, nothing asked.

    Order matters: the keys go first, and neither a full disk nor a broken journal brings them back.
    What goes on under its own key goes on: a passage on the way keeps its alerts and its abort.

    Raises:
        KeeperAway: it could not be reached; then every login has ended nevertheless.
        Refused: the keeper knows no such login; the same.
    """
    known.forget_all()
    try:
        client.lock(officer.login)
    finally:
        logger.warning("access.panic", ref=officer.ref, outcome="locked")
        try:
            _end_every(Login.objects.all(), by=officer.ref, now=now, wall=wall)
        except DatabaseError as fault:
            logger.warning("access.panic_spooled", ref=officer.ref, error=type(fault).__name__)
            stops.put(Path(settings.DATA), _spooled(officer.ref, now=now, wall=wall))


def _end_every(logins: QuerySet[Login], *, by: str, now: datetime, wall: datetime) -> None:
    """End them, first; that it cannot be journalled brings none of them back."""
    _end(logins, because="panic lock", wall=wall)
    with transaction.atomic():
        audit.record(by, "access.panic", ref=by, now=now)
        notices.emit("access.login", by)


def _spooled(by: str, *, now: datetime, wall: datetime) -> stops.Stop:
    """Return the lock as the spool keeps it: `at` in world time, and in `what` the real time."""
    return stops.Stop(
        key=new_ref(), kind=PANIC, ref=by, what=wall.isoformat(), by=by, at=now.isoformat()
    )


def enter_spooled_panic() -> bool:
    """End the logins that a lock found no database to end; return whether there was such a lock."""
    folder = Path(settings.DATA)
    waiting = [stop for stop in stops.in_force(folder) if stop.kind == PANIC]
    for stop in waiting:
        pressed = datetime.fromisoformat(stop.what)
        before = Login.objects.filter(
            started_at__lte=pressed
        )  # who came in since stops and watches
        _end_every(before, by=stop.by, now=stop.when, wall=pressed)
        stops.entered(folder, stop.key)
    return bool(waiting)


@transaction.atomic
def make_unlock_code(officer: Officer, *, duty: Duty, proof: Proof, now: datetime) -> str:
    """Return one's new unlock code, shown once and kept nowhere; an earlier one is void.

    Args:
        proof: for `acts.unlock_code(officer.ref, duty)`.

    Raises:
        Refused: neither administrator nor supervisor, or the keeper does not accept the touch.
    """
    audit.record(officer.ref, "unlock_code.made", ref=officer.ref, now=now)
    notices.emit("access.person", officer.ref, to=f"person:{officer.ref}")
    return client.unlock_code(officer.login, duty=duty, proof=proof)


@transaction.atomic
def set_numbers(
    officer: Officer, *, own: str, force: str, duty: Duty, proof: Proof, now: datetime
) -> None:
    """Take two numbers for signing in: one's own, and one that says that one is forced.

    Args:
        proof: for `acts.numbers(officer.ref, duty)`.

    Raises:
        Refused: a number is easily guessed, the two are too alike, or the touch does not hold.
    """
    insist(staff.two_numbers(own, force))
    audit.record(officer.ref, "numbers.set", ref=officer.ref, now=now)
    notices.emit("access.person", officer.ref, to=f"person:{officer.ref}")
    client.set_numbers(officer.login, own=own, force=force, duty=duty, proof=proof)


@transaction.atomic
def tell_drill(officer: Officer, *, now: datetime) -> None:
    """Say beforehand that the number for force, once typed within ten minutes, is a drill."""
    audit.record(officer.ref, "numbers.drill_told", ref=officer.ref, now=now)
    client.drill(officer.login)


def begin_code(officer: Officer) -> dict[str, str]:
    """Return the secret of a new code app as URI and drawing; shown once, and kept by the keeper.

    Raises:
        Refused: the keeper does not accept it.
    """
    uri = client.totp_begin(officer.login, name=officer.name)
    return {"uri": uri, "drawing": segno.make(uri).svg_data_uri(scale=5)}


@transaction.atomic
def finish_code(officer: Officer, code: str, *, now: datetime) -> None:
    """Take the code app into use by its first code.

    Raises:
        Refused: the code does not belong to the secret shown last.
    """
    client.totp_finish(officer.login, code=code)
    audit.record(officer.ref, "code.enrolled", ref=officer.ref, now=now)
