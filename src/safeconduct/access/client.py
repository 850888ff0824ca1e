"""What the keeper can be asked. It does not believe this process: a login proof or a worker's
token goes with every call that opens or changes anything.

Every function may raise `Refused` (the keeper says no, why, and what next) and `KeeperAway`.
"""

import contextlib
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from safeconduct.access import acts, connection
from safeconduct.access.answers import Challenge, Device, Opened, PairKeys, SignedIn, Yes
from safeconduct.access.closing import Certificate
from safeconduct.access.connection import KeeperAway, KeeperLocked
from safeconduct.access.rules import Act, Duty, Method, Officer, Proof, Purpose, WorkerId
from safeconduct.audit.rules import micros
from safeconduct.refusal import Refused
from safeconduct.sealing import text, to_bytes

__all__ = ["Challenge", "Device", "KeeperAway", "KeeperLocked", "Opened", "PairKeys"]
__all__ += ["SignedIn", "Yes"]


def ping() -> dict[str, Any]:
    """Return what opens, how the links' keys stand, and how it is cut off: keeper/links.py:Links.ping."""
    return _ask("ping")


def first_invite(*, person: str) -> str:
    """Return the one-time invite for the first administrator; refused once anybody exists."""
    return str(_ask("first_invite", person=person)["invite"])


def invite(login: str, *, person: str, duties: Iterable[Duty], reason: str, proof: Proof) -> str:
    """Return a one-time invite (24 h) by which `person` enrols a passkey and gets `duties`.

    The proof is for `acts.invite(person, duties, reason=…)`; refused for one who was here before.
    """
    told = _ask(
        "invite", login=login, person=person, duties=sorted(duties), reason=reason, **_proof(proof)
    )
    return str(told["invite"])


def spare(login: str, *, duty: Duty, proof: Proof) -> str:
    """Return a one-time link's secret (15 min) for one more passkey of one's own.

    The proof is for `acts.spare(person, duty)`, by a passkey he has.
    """
    return str(_ask("spare", login=login, duty=duty, **_proof(proof))["invite"])


def recover(login: str, *, person: str, reason: str, yeses: Sequence[Yes]) -> str:
    """Return a one-time link's secret (24 h) for a colleague who lost his passkey.

    His old passkeys, code, devices and logins end; his duties stay.

    Args:
        login: of one of the two who say yes.
        person: the colleague.
        reason: the words they signed.
        yeses: two different people's to `acts.recover`, of the last 24 h; each makes one link.
    """
    told = [{"told": text(y.told), "signature": text(y.signature)} for y in yeses]
    return str(_ask("recover", login=login, person=person, reason=reason, yeses=told)["invite"])


def enrol_begin(invite: str, *, name: str) -> str:
    """Return the WebAuthn creation options as JSON; `name` is shown by the passkey's owner."""
    return str(_ask("enrol_begin", invite=invite, name=name)["options"])


def enrol_finish(invite: str, credential: str, *, device: str = "") -> SignedIn:
    """Register the passkey of the invite's person, use the invite up, and sign him in."""
    return _signed_in(_ask("enrol_finish", invite=invite, credential=credential, device=device))


def login_begin(*, person: str = "") -> str:
    """Return the WebAuthn request options as JSON; without a person any passkey may answer."""
    return str(_ask("login_begin", person=person)["options"])


def login_finish(assertion: str, *, number: str = "", device: str = "") -> SignedIn:
    """Sign in by passkey; an earlier login of the same person ends.

    Args:
        assertion: the passkey's answer as WebAuthn JSON.
        number: one of his two numbers, where he has them.
        device: the secret this browser was given before, "" for a browser that has none.
    """
    told = {"assertion": assertion, "number": number, "device": device}
    return _signed_in(_ask("login_finish", **told))


def login_code(*, person: str, code: str, number: str = "", device: str = "") -> SignedIn:
    """Sign in by a time code. Such a login works, and never approves.

    Wrong codes are counted for person and device; see `keeper/devices.py`.
    """
    told = {"person": person, "code": code, "number": number, "device": device}
    return _signed_in(_ask("login_code", **told))


def drill(login: str) -> datetime:
    """Tell a drill of force beforehand; return until when, real time, it may be held."""
    return _instant(_ask("drill", login=login)["until"])


def set_numbers(login: str, *, own: str, force: str, duty: Duty, proof: Proof) -> None:
    """Take two numbers for signing in; the proof is for `acts.numbers(person, duty)`."""
    _ask("set_numbers", login=login, own=own, force=force, duty=duty, **_proof(proof))


def let_in(login: str) -> frozenset[str]:
    """Return the compartments a login is let into by the keeper's own table."""
    return frozenset(_ask("let_in", login=login)["compartments"])


def totp_begin(login: str, *, name: str) -> str:
    """Return the otpauth URI of a new secret; it counts once `totp_finish` has seen a code."""
    return str(_ask("totp_begin", login=login, name=name)["uri"])


def totp_finish(login: str, *, code: str) -> None:
    """Take the new secret into use by its first code."""
    _ask("totp_finish", login=login, code=code)


def whoami(login: str) -> SignedIn:
    """Return who a living login proof is, with the duties he holds now."""
    return _signed_in(_ask("whoami", login=login))


def logout(login: str) -> None:
    """End a login; ending one that has ended is no error."""
    _ask("logout", login=login)


def devices(login: str, *, forget_others: bool = False) -> list[Device]:
    """Return the devices this person came in from within 90 days, newest first.

    Args:
        login: his proof; its own device is the one that is `here`.
        forget_others: make all the others strangers first.
    """
    told = _ask("devices", login=login, forget=forget_others)["devices"]
    return [Device(_instant(d["since"]), _instant(d["seen"]), d["here"]) for d in told]


def end_logins(login: str, *, person: str) -> None:
    """End another person's logins (ADM, SUP)."""
    _ask("end_logins", login=login, person=person)


def lock(login: str) -> None:
    """Panic: end every login and drop the keys; opening takes the root and two people's codes."""
    _ask("lock", login=login)


def unlock_code(login: str, *, duty: Duty, proof: Proof) -> str:
    """Return one's new unlock code (ADM, SUP), to be printed; the keeper keeps none of it.

    The proof is for `acts.unlock_code(person, duty)`.
    """
    return str(_ask("unlock_code", login=login, duty=duty, **_proof(proof))["code"])


def unlock_codes(login: str) -> tuple[datetime | None, int]:
    """Return when one's own unlock code was made, real time, and how many people hold one."""
    told = _ask("unlock_codes", login=login)
    return _instant(told["mine"]) if told["mine"] else None, int(told["people"])


def grant(
    login: str,
    *,
    person: str,
    duty: Duty,
    reason: str,
    until: datetime | None,
    proof: Proof,
) -> None:
    """Give a duty; the proof is for `acts.grant(person, duty, reason=…, until=…)`."""
    limit, given = _seconds(until), _proof(proof)
    _ask("grant", login=login, person=person, duty=duty, reason=reason, until=limit, **given)


def end_duty(login: str, *, person: str, duty: Duty, reason: str) -> None:
    """Take a duty away, at once."""
    _ask("end_duty", login=login, person=person, duty=duty, reason=acts.hash_of(reason))


def end_person(login: str, *, person: str) -> None:
    """End a person's logins, duties and memberships at once; his keys stay, and open nothing."""
    _ask("end_person", login=login, person=person)


def forget_person(login: str, *, person: str, duty: Duty, proof: Proof) -> None:
    """Delete the keys of one who was ended, for ever; the proof is for `acts.forget(person, duty)`."""
    _ask("forget_person", login=login, person=person, duty=duty, **_proof(proof))


def people(login: str) -> dict[str, frozenset[Duty]]:
    """Return the keeper's own table of living duties (ADM, SUP, AUD)."""
    told = _ask("people", login=login)["people"]
    return {person: frozenset(map(Duty, duties)) for person, duties in told.items()}


def create(who: Officer | WorkerId, *, count: int = 1) -> list[str]:
    """Return refs of new compartments; an officer becomes the first member of his."""
    return list(_ask("create", **_who(who), count=count)["compartments"])


def join(
    who: Officer | WorkerId,
    *,
    compartment: str,
    person: str,
    duty: Duty,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Let `person` into one compartment for one duty, until a world time: a worker, or himself.

    Another person is let in by `letting.let_in`. The keeper writes down a hash of the reason; the
    words stay with us.
    """
    join_many(who, [compartment], person=person, duty=duty, reason=reason, until=until)


def join_many(
    who: Officer | WorkerId,
    compartments: Sequence[str],
    *,
    person: str,
    duty: Duty,
    reason: str,
    until: datetime | None = None,
) -> None:
    """Let `person` into many compartments at once: all or none."""
    limit, why = _seconds(until), acts.hash_of(reason)
    told = {"person": person, "duties": [duty], "reason": why, "until": limit}
    _ask("join", **_who(who), compartments=list(compartments), **told)


def leave(
    who: Officer | WorkerId, *, compartment: str, person: str, duty: Duty | None = None
) -> None:
    """End a membership, of one duty or of all, at once."""
    _ask("leave", **_who(who), compartment=compartment, person=person, duty=duty or "")


def open_keys(
    who: Officer | WorkerId,
    *,
    purpose: Purpose,
    compartments: Iterable[str],
    kinds: Iterable[str],
) -> Opened:
    """Return field keys, all in one call: all asked compartments or a refusal."""
    told = _ask(
        "open",
        **_who(who),
        purpose=purpose,
        compartments=sorted(set(compartments)),
        kinds=sorted(set(kinds)),
    )
    places = ((ref, kind) for ref in told["compartments"] for kind in told["kinds"])
    keys = dict(zip(places, map(to_bytes, told["keys"]), strict=True))
    return Opened(keys, frozenset(told["gone"]))


def blind(who: Officer | WorkerId, kind: str, values: Sequence[str]) -> list[bytes]:
    """Return the blind index of each value; `kind` is "phone", "optout" or "name"."""
    told = _ask("blind", **_who(who), kind=kind, values=list(values))
    return [to_bytes(value) for value in told["blind"]]


def destroy(
    who: Officer | WorkerId, *, compartment: str, yeses: Sequence[Yes], beside: Collection[str] = ()
) -> Certificate | None:
    """Destroy a compartment's key for ever, on two people's yes to an act with `acts.destroy_digest` of it.

    Those of `beside` go with it, and stand in the same digest.

    Returns:
        The certificate, the same one when asked again; None for what the keeper never had.
    """
    told = [{"told": text(y.told), "signature": text(y.signature)} for y in yeses]
    said = _ask("destroy", **_who(who), compartment=compartment, yeses=told, beside=sorted(beside))
    if not said["told"]:
        return None
    return Certificate(to_bytes(said["told"]), to_bytes(said["signature"]))


def act_begin(login: str, act: Act) -> Challenge:
    """Return the challenge by which a passkey says yes to exactly this act."""
    told = _ask("act_begin", login=login, **_act(act))
    return Challenge(
        told["nonce"],
        told["challenge"],
        tuple(told["credentials"]),
        told["rp_id"],
        _instant(told["until"]),
    )


def act(officer: Officer, act: Act, proof: Proof, *, now: datetime) -> Yes:
    """Return the keeper's signed yes to one act, given at world time `now`; each nonce counts once."""
    said = {"given_us": micros(now), **_act(act), **_proof(proof)}
    told = _ask("act_finish", login=officer.login, **said)
    return Yes(to_bytes(told["told"]), to_bytes(told["signature"]))


def gateway_keys(who: WorkerId, name: str) -> PairKeys:
    """Return the keys of a link's end ("core" or a gateway's name), made at the first asking."""
    told = _ask("gateway_keys", **_who(who), name=name)
    turned = int(told.pop("turned"))
    return PairKeys(turned=turned, **{half: to_bytes(value) for half, value in told.items()})


def hold_links(who: WorkerId, *, held: bool) -> None:
    """Have the keeper turn no key of the links while some gateway could not follow, or turn them again."""
    _ask("hold_links", **_who(who), held=held)


def issuer_key(who: WorkerId) -> bytes:
    """Return the key under which the console's own authority lies sealed, made at the first asking."""
    return to_bytes(_ask("issuer_key", **_who(who))["key"])


def limits_met(who: WorkerId, *, called: int = 0) -> tuple[int, int]:
    """Tell the clocks' worker how often a limit was met, and up to which somebody was called.

    Args:
        called: up to which somebody has been called just now.
    """
    told = _ask("alarms", **_who(who), called=called)
    return int(told["met"]), int(told["called"])


def tell_changed(who: Officer | WorkerId, *, column: str, compartment: str) -> None:
    """Have the keeper raise its alarm: a box was changed or moved. One that is away hears nothing."""
    with contextlib.suppress(KeeperAway, Refused):
        _ask("changed", **_who(who), column=column, compartment=compartment)


def head(*, since: int = 0) -> dict[str, Any]:
    """Return the signed head of the keeper's own log, with leaf hashes from entry `since` on.

    Keys: log, size, root, at_us, key, signature, since, leaves; bytes as hex. Leaves are left
    out where there would be too many for one answer.
    """
    return _ask("head", since=since)


def log(login: str, *, last: int = 50, subject: str = "") -> list[dict[str, Any]]:
    """Return the latest entries of the keeper's log, newest first (AUD, SUP)."""
    return list(_ask("log", login=login, last=last, subject=subject)["entries"])


def noted(login: str) -> list[dict[str, Any]]:
    """Return what supervisors were called about in the last week, newest first (SUP, AUD)."""
    return list(_ask("noted", login=login)["entries"])


def _ask(op: str, **content: Any) -> dict[str, Any]:
    return connection.keeper().call(op, **content)


def _who(who: Officer | WorkerId) -> dict[str, str]:
    if isinstance(who, Officer):
        return {"login": who.login}
    return {"worker": who.ref.removeprefix("SYS:"), "token": who.token}


def _act(act: Act) -> dict[str, str]:
    digest = act.digest.hex()
    return {"verb": act.verb, "subject": act.subject, "digest": digest, "duty": act.duty}


def _proof(proof: Proof) -> dict[str, str]:
    return {"nonce": proof.nonce, "assertion": proof.assertion}


def _signed_in(told: dict[str, Any]) -> SignedIn:
    duties = frozenset(map(Duty, told["duties"]))
    method, until = Method(told["method"]), _instant(told["until"])
    return SignedIn(told["person"], duties, method, until, told.get("login", ""))


def _seconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
