"""His outcome: chosen alone with a lawyer, asked again before release, settled when all is kept."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from safeconduct.access import keyring, papers
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.custody import queries, rules
from safeconduct.custody.models import Talk
from safeconduct.pledges import queries as pledges
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist, said

BODY = "custody.Talk.body"
LETTERS = 1000


def write_talk(
    officer: Officer, *, ref: str, kind: str, content: Mapping[str, str], now: datetime
) -> Talk:
    """Seal what was said or agreed, and return the row.

    Raises:
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    told = {key: text.strip()[:LETTERS] for key, text in content.items() if text.strip()}
    row = new_ref()
    ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], ["body"])
    text, digest = papers.written(told)
    talk = Talk.objects.create(
        ref=row,
        case=case,
        kind=kind,
        at=now,
        by=officer.ref,
        digest=digest,
        body=ring.seal(text, field=BODY, compartment=case.compartment, ref=row),
    )
    audit.record(officer.ref, f"custody.{kind}", ref=ref, now=now, digest=bytes(talk.digest))
    return talk


def record(
    officer: Officer, ref: str, kinds: tuple[str, ...], *, now: datetime, digest: bytes
) -> None:
    """Put several pieces of evidence on record at once."""
    for kind in kinds:
        cases.record_evidence(ref, kind=kind, by=officer, at=now, digest=digest)


@transaction.atomic
def interview(officer: Officer, *, ref: str, content: Mapping[str, str], now: datetime) -> str:
    """Write down a private interview and what he chose; a lawyer adds the check before he leaves.

    He who has not chosen yet, or will not, was heard all the same: the interview is on record, and no choice.

    Args:
        content: alone ("yes"), choice of `rules.CHOICES` or `rules.NOT_CHOSEN`, non_refoulement, note.

    Raises:
        Refused: not private, no choice, no check, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref)
    insist(rules.interview(content, child=case.child or case.state == "CHILD"))
    talk = write_talk(officer, ref=ref, kind="interview", content=content, now=now)
    kinds: tuple[str, ...] = ("private_interview",)
    if content["choice"] in rules.CHOICES:
        kinds = (*kinds, "informed_choice")
    if Duty.LEG in officer.duties and content.get("non_refoulement", "").strip():
        kinds = (*kinds, "non_refoulement")
    record(officer, ref, kinds, now=now, digest=bytes(talk.digest))
    return talk.ref


@transaction.atomic
def prepare_release(
    officer: Officer, *, ref: str, content: Mapping[str, str], now: datetime
) -> str:
    """Ask him again, in private, and name papers and receiver; nobody goes against his will.

    Args:
        content: choice, alone ("yes"), papers, party.

    Raises:
        Refused: he chooses otherwise now, was not alone, or a paper or the receiver is not named.
        Absent: there is no such case, or `officer` is not let into it.
    """
    chosen = queries.last_choice(officer, ref=ref)
    if content.get("alone") != "yes":
        insist(rules.interview({"alone": ""}, child=False))
    insist(rules.released_as(chosen, content.get("choice", "")))
    if not (content.get("papers", "").strip() and content.get("party", "").strip()):
        raise Refused(
            Refusal(
                "custody.no_party",
                "Papers or receiving party are not named.",
                "Name both: which papers, and who receives him.",
            )
        )
    talk = write_talk(officer, ref=ref, kind="release", content=content, now=now)
    kinds = ("choice_again", "transfer_papers", "receiving_party")
    record(officer, ref, kinds, now=now, digest=bytes(talk.digest))
    return talk.ref


@transaction.atomic
def settle_pledges(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> str:
    """Put on record that every pledge is closed, and put SETTLED up for two people's yes.

    Raises:
        Refused: a pledge is still open, or not among his duties.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    # Of a merged walk-in what was promised before binds too.
    still = [row for his in case_queries.promised_as(case) for row in pledges.open_of(his)]
    if still:
        raise Refused(
            Refusal(
                "custody.pledges_open",
                said("Pledges to him are open: {count}.", count=len(still)),
                "Keep them, or record his waiver or a failure with its remedy, on their own page.",
            )
        )
    record(officer, ref, ("pledges_closed",), now=now, digest=b"")
    return cases.propose(officer, ref=ref, to="SETTLED", profile=profile, now=now)
