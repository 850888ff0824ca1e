"""The one table of duties, and who may do what. Pure; what is not allowed here is refused.

Going needs several people, stopping needs one; nobody grants to himself, the author of a text
never approves it, and an administrator never sees content.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from safeconduct.envelope import canonical
from safeconduct.refusal import N_, Refusal, Said, listed, said, word


class Absent(Exception):
    """What was asked for is not there, or not for the one who asks."""


class Duty(StrEnum):
    """What a person on the staff may be asked to do. Codes are those of the case machine."""

    OP = "OP"
    VER = "VER"
    SUP = "SUP"
    PLN = "PLN"
    DPC = "DPC"
    FCO = "FCO"
    PIL = "PIL"
    RCV = "RCV"
    RCP = "RCP"
    MED = "MED"
    CPO = "CPO"
    LEG = "LEG"
    PLG = "PLG"
    AUD = "AUD"
    DPO = "DPO"
    OFF = "OFF"
    CAM = "CAM"
    TRC = "TRC"
    PUB = "PUB"
    ADM = "ADM"
    DEL = "DEL"
    OMB = "OMB"


class Purpose(StrEnum):
    """Why sealed things are opened or rows are read."""

    READ = "READ"
    WRITE = "WRITE"
    TRIAGE = "TRIAGE"
    APPROVE = "APPROVE"
    SEND = "SEND"
    INGEST = "INGEST"
    ESCORT = "ESCORT"
    AUDIT = "AUDIT"
    CLOCKS = "CLOCKS"


class Method(StrEnum):
    """How somebody signed in. Only a passkey can be bound to an act."""

    PASSKEY = "passkey"
    TOTP = "totp"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table: what a duty is called, and what it does. English, translated on screen."""

    name: str
    does: str


TABLE: Mapping[Duty, Entry] = MappingProxyType(
    {
        Duty.OP: Entry(N_("Operator"), N_("talks with the person")),
        Duty.VER: Entry(N_("Verifier"), N_("grades identity and signs of an impostor")),
        Duty.SUP: Entry(N_("Supervisor"), N_("decides on duress, compromise and appeals")),
        Duty.PLN: Entry(N_("Passage planner"), N_("drafts the passage, never approves it")),
        Duty.DPC: Entry(N_("Duty passage commander"), N_("approves plans, gives GO, leads")),
        Duty.FCO: Entry(N_("Fires coordination officer"), N_("holds the no-fire area")),
        Duty.PIL: Entry(N_("Drone pilot"), N_("watches the way with an unarmed drone")),
        Duty.RCV: Entry(N_("Receiving lead"), N_("leads the unit that meets the person")),
        Duty.RCP: Entry(N_("Reception officer"), N_("takes custody, keeps the card")),
        Duty.MED: Entry(N_("Medic"), N_("treats by need; certifies fit, sick or dead")),
        Duty.CPO: Entry(N_("Child protection officer"), N_("protects anyone under 18")),
        Duty.LEG: Entry(N_("Legal adviser"), N_("checks plans, refusals, outcomes")),
        Duty.PLG: Entry(N_("Pledge keeper"), N_("keeps pledges, aftercare and settlement")),
        Duty.AUD: Entry(N_("Auditor"), N_("reads the journal, confirms")),
        Duty.DPO: Entry(N_("Data protection officer"), N_("approves erasure")),
        Duty.OFF: Entry(N_("Offers authority"), N_("signs and withdraws offers; sees no case")),
        Duty.CAM: Entry(N_("Campaigns"), N_("prepares campaigns; sees no conversation")),
        Duty.TRC: Entry(N_("Tracing"), N_("answers relatives; sees no case")),
        Duty.PUB: Entry(N_("Public figures"), N_("prepares figures; sees totals only")),
        Duty.ADM: Entry(N_("Administrator"), N_("people, duties and machines; no content")),
        Duty.DEL: Entry(N_("Delegate"), N_("visits whoever is held, and speaks with him alone")),
        Duty.OMB: Entry(N_("Ombudsman"), N_("hears his complaints; is let into no case")),
    }
)

# Those who judge, serve or visit the others' work and so do none of it.
ALONE = frozenset({Duty.ADM, Duty.AUD, Duty.DPO, Duty.DEL, Duty.OMB})
# Those who must not know a case: what they publish or promise may not be coloured by one.
AWAY_FROM_CASES = frozenset({Duty.OFF, Duty.CAM, Duty.TRC, Duty.PUB})
ON_THE_WAY = frozenset(Duty) - ALONE - AWAY_FROM_CASES
# A closed case is read by its data protection officer and its auditor, let in for that.
MAY_BE_MEMBER = ON_THE_WAY | {Duty.DPO, Duty.AUD}


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts: a person on the staff, signed in.

    Attributes:
        login: the keeper's login proof; opaque here, never written down by us.
        let_in: the compartments the keeper lets this login into; None where it was not asked.
    """

    ref: str
    pk: int
    name: str
    duties: frozenset[Duty]
    login: str
    method: Method = Method.PASSKEY
    language: str = "en"
    let_in: frozenset[str] | None = None

    def __repr__(self) -> str:
        """Return the ref only: a login proof must not reach a traceback."""
        return f"<Officer {self.ref}>"


@dataclass(frozen=True, slots=True)
class WorkerId:
    """Which worker acts. `ref` is "SYS:<purpose>"; `token` is what the keeper gave it at start."""

    ref: str
    token: str

    @property
    def purpose(self) -> Purpose:
        """Return the one purpose this worker has.

        Raises:
            ValueError: the ref names none.
        """
        return Purpose(self.ref.removeprefix("SYS:").upper())

    def __repr__(self) -> str:
        """Return the ref only: a token must not reach a traceback."""
        return f"<WorkerId {self.ref}>"


@dataclass(frozen=True, slots=True)
class Act:
    """What exactly somebody says yes to: a verb, on the digest of one text of one thing."""

    verb: str
    subject: str
    digest: bytes
    duty: Duty

    def canonical(self) -> bytes:
        """Return what the keeper puts under its challenge."""
        told = {"verb": self.verb, "subject": self.subject, "duty": str(self.duty)}
        return canonical({**told, "digest": self.digest.hex()})


@dataclass(frozen=True, slots=True)
class Proof:
    """A passkey's answer to the keeper's nonce for one act; the keeper alone judges it."""

    nonce: str
    assertion: str


@dataclass(frozen=True, slots=True)
class Given:
    """One living approval."""

    person: str
    duty: Duty
    at: datetime


def digest_of(content: Mapping[str, Any]) -> bytes:
    """Return sha256 of the canonical form of `content`: integers and text only, no floats.

    Raises:
        TypeError: a float, or something JSON does not know.
    """
    return hashlib.sha256(canonical(dict(content))).digest()


def spoken(digest: bytes) -> str:
    """Return the first two groups of a digest, which two people read to each other aloud."""
    return f"{digest.hex()[:4]} {digest.hex()[4:8]}"


# Verbs of this room and who may use them. A verb without duties, here or in its room, is refused.
VERBS: Mapping[str, frozenset[Duty]] = MappingProxyType(
    {
        "people.read": frozenset({Duty.ADM, Duty.SUP, Duty.AUD}),
        "people.create": frozenset({Duty.ADM}),
        "people.invite": frozenset({Duty.ADM}),
        "people.hold": frozenset({Duty.ADM}),
        "people.recover": frozenset({Duty.ADM, Duty.SUP}),
        "people.end": frozenset({Duty.ADM, Duty.SUP}),
        "people.end_logins": frozenset({Duty.ADM, Duty.SUP}),
        "people.end_seized": frozenset({Duty.SUP, Duty.DPC, Duty.VER}),  # with a seizure alone
        "people.roster": frozenset({Duty.ADM, Duty.SUP, Duty.DPC}),
        "people.call": frozenset(Duty),
        "people.panic": frozenset(Duty),
    }
)
# What a worker may do without a person: receive, send what is decided, watch, notice time run out.
WORKERS = frozenset({Purpose.INGEST, Purpose.SEND, Purpose.ESCORT, Purpose.CLOCKS})


def can(
    who: Officer | WorkerId,
    verb: str,
    *,
    among: Collection[Duty] = (),
    member: bool | None = None,
) -> Refusal | None:
    """Judge whether `who` may do `verb`. What is not said to be allowed is refused.

    Args:
        who: an officer, or a worker, whose purpose must be one of WORKERS.
        verb: "people.hold", or a room's own verb with the duties that may do it in `among`.
        among: the duties a room allows; empty means: look in VERBS.
        member: whether `who` is in the compartment concerned; None when none is concerned.
    """
    if isinstance(who, WorkerId):
        return _worker_can(who, verb)
    allowed = frozenset(among) or VERBS.get(verb, frozenset())
    held = who.duties & allowed
    if not held:
        return Refusal(
            "access.not_your_duty", "This is not among your duties.", ask(sorted(allowed))
        )
    if member is None:
        return None
    if not member or not held & MAY_BE_MEMBER:
        return Refusal(
            "access.not_a_member",
            "You are not a member of this case.",
            "Ask the one who holds it, or a supervisor (SUP), to let you in.",
        )
    return None


def _worker_can(who: WorkerId, verb: str) -> Refusal | None:
    if who.ref in {f"SYS:{purpose.lower()}" for purpose in WORKERS} and verb not in VERBS:
        return None
    return Refusal("access.no_worker", "No worker does this by itself; it takes a person.")


def ask(duties: Collection[str]) -> str:
    """Return the remedy of one who lacks a duty: whom to ask."""
    named = duties_named(duties)
    return said("Ask someone on duty: {duties}.", duties=named) if duties else ""


def duties_named(duties: Iterable[str]) -> Said:
    """Return duties as a value of a sentence: "Supervisor (SUP), Auditor (AUD)"."""
    one, known = "{duty} ({code})", map(Duty, duties)
    return listed(Said(one, {"duty": word(TABLE[duty].name), "code": duty}) for duty in known)


def may_hold(duty: Duty, *, beside: Collection[Duty]) -> Refusal | None:
    """Judge whether one person may hold `duty` beside those he holds: `ALONE`, `AWAY_FROM_CASES`."""
    others = frozenset(beside) - {duty}
    if others and (duty in ALONE or others & ALONE):
        return Refusal(
            "duty.stands_alone",
            "Who serves, judges or visits the work of the others has no part in it: this duty stands alone.",
            "Give it to another person, or end the other duty first.",
        )
    together = others | {duty}
    if together & AWAY_FROM_CASES and together & ON_THE_WAY:
        return Refusal(
            "duty.away_from_cases",
            "Offers, campaigns, tracing and public figures are kept apart from cases.",
            "Give it to another person, or end the other duty first.",
        )
    return None


def may_grant(
    granter: Officer, *, person: str, duty: Duty, beside: Collection[Duty]
) -> Refusal | None:
    """Judge whether `granter` may give `duty` to `person`, who holds `beside`."""
    if granter.ref == person:
        return Refusal(
            "duty.to_oneself",
            "Nobody gives a duty to himself.",
            "Ask another administrator (ADM).",
        )
    return can(granter, "people.hold") or may_hold(duty, beside=beside)


def may_join(
    granter: Officer | WorkerId,
    *,
    person: str,
    duty: Duty,
    held: Collection[Duty],
    granter_is_member: bool,
    already: Collection[Duty],
) -> Refusal | None:
    """Judge whether `person` may be let into a compartment for `duty`.

    Nobody lets himself in, with one exception: an operator takes the next in the queue, which has
    none yet; so does tracing, where nobody but a supervisor is in. Nobody lets tracing in.

    Args:
        held: the duties that `person` holds now.
        already: the duties of the compartment's living members.
    """
    if duty not in MAY_BE_MEMBER and (duty is not Duty.TRC or granter.ref != person):
        return Refusal("member.no_content", "This duty never sees a case.", "Let another duty in.")
    if duty not in held:
        return Refusal(
            "member.not_held",
            "This person does not hold the duty for which he would be let in.",
            "Ask an administrator (ADM) to give the duty first.",
        )
    if isinstance(granter, WorkerId):
        return _worker_can(granter, "access.join")
    if granter.ref == person:
        return _may_take(duty, already)
    return can(
        granter,
        "access.join",
        among=MAY_BE_MEMBER,
        member=granter_is_member or Duty.SUP in granter.duties,
    )


def _may_take(duty: Duty, already: Collection[Duty]) -> Refusal | None:
    taken = {Duty.OP, Duty.TRC} & set(already)
    if (duty is Duty.OP and not taken) or (duty is Duty.TRC and set(already) <= {Duty.SUP}):
        return None
    return Refusal(
        "member.to_oneself", "Nobody lets himself into a case.",
        "Ask a member of it, or a supervisor (SUP).",
    )  # fmt: skip


def may_approve(
    officer: Officer, act: Act, *, author: str, digest: bytes | None, given: Collection[Given]
) -> Refusal | None:
    """Judge whether `officer` may say this yes. The database and the keeper judge it again.

    Args:
        author: ref of whoever wrote what is approved, "" when nobody did (a rule of time).
        digest: of the text as it stands now; None when nothing is put up for approval.
        given: the living approvals of that text.
    """
    if officer.method is not Method.PASSKEY:
        return Refusal(
            "approve.needs_passkey",
            "A code cannot be bound to an act, so it cannot approve.",
            "Sign in with your passkey.",
        )
    if act.duty not in officer.duties:
        return Refusal("approve.not_your_duty", "You do not hold this duty.", ask([act.duty]))
    if digest is None or digest != act.digest:
        return Refusal(
            "approve.changed",
            "What you were shown is not what stands there now.",
            "Read it again, then decide.",
        )
    if author == officer.ref:
        return Refusal("approve.own", "You cannot approve this: you wrote it.", ask([act.duty]))
    if officer.ref in {each.person for each in given}:
        return Refusal(
            "approve.twice", "You have approved this already.", "It waits for another person."
        )
    return None


def shares_duty(given: Collection[Given], wanted: Collection[Duty]) -> bool:
    """Return whether different people can be found, one for each duty in `wanted`."""
    if not wanted:
        return True
    first, *rest = wanted
    return any(
        shares_duty([other for other in given if other.person != each.person], rest)
        for each in given
        if each.duty is first
    )
