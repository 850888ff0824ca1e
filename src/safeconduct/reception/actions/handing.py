"""The handover: two people sign the same digest, the giver first, each with his own passkey."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop as _

from safeconduct.access import actions as access
from safeconduct.access.rules import Absent, Act, Duty, Officer, Proof, Purpose, digest_of
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries, rules
from safeconduct.reception.actions.arriving import arrival_of, tell
from safeconduct.reception.models import Arrival, Handover
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

VERB = "reception.handover"
TITLE = _("Sign a handover")
EVIDENCE = {Duty.RCV: "handover_given", Duty.RCP: "handover_taken"}


def content_of(arrival: Arrival) -> dict[str, object]:
    """Return what exactly both sign: how many people, which papers and which things."""
    return {
        "case": arrival.case.ref,
        "counted": queries.counts_of(arrival),
        "papers": sorted(bytes(p.digest).hex() for p in arrival.papers.all()),
        "things": sorted(bytes(i.digest).hex() for i in arrival.items.all()),
        # of a thing with its offer's version, and of what it looked like when it was handed over
        "photographs": sorted(
            f"{bytes(i.digest).hex()} {bytes(p.digest).hex()}"
            for i in arrival.items.prefetch_related("photos")
            for p in i.photos.all()
        ),
    }


@transaction.atomic
def put_handover(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> str:
    """Put the handover up for both signatures; return its ref.

    Put up again after another paper or thing, it is another text, and both sign anew.

    Raises:
        Refused: he is not secured, nobody was counted, or somebody is here whom nobody expected.
        Absent: there is no such case, or `officer` is not let into it.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    if not officer.duties & case_queries.RECEIVERS:
        raise Refused(Refusal("reception.not_your_duty", "Receiving is not among your duties."))
    insist(
        rules.may_hand_over(
            arrival.case.state,
            queries.counts_of(arrival),
            expected=arrival.expected,
            accounted=arrival.accounted,
            owed=queries.owed_to(arrival),
        )
    )
    digest = digest_of(content_of(arrival))
    row, made = Handover.objects.get_or_create(
        arrival=arrival,
        defaults={"ref": new_ref(), "digest": digest, "put_at": now, "put_by": officer.ref},
    )
    if not made and bytes(row.digest) != digest:
        row.digest, row.put_at, row.put_by = digest, now, officer.ref
        row.given_at = row.taken_at = None
        row.given_by = row.taken_by = ""
        row.save()
    access.put_subject(
        row.ref,
        verb=VERB,
        digest=digest,
        author=None,
        now=now,
        title=TITLE,
        url=f"/reception/{ref}/",
        duties=[Duty.RCV, Duty.RCP],
        compartment=arrival.case.compartment,
    )
    tell(arrival, officer, "reception.handover put up", now=now, digest=digest)
    return row.ref


def act_of(handover: Handover, duty: Duty) -> Act:
    """Return what the giver (RCV) or the receiver (RCP) signs."""
    return Act(VERB, handover.ref, bytes(handover.digest), duty)


@transaction.atomic
def sign_handover(
    officer: Officer, *, ref: str, duty: Duty, proof: Proof, profile: Profile, now: datetime
) -> bool:
    """Sign as giver (RCV) or receiver (RCP); the second signature takes him over. True when done.

    Raises:
        Refused: the receiver before the giver, the same person twice, or no valid touch.
        Absent: there is no handover to sign, or not for `officer`.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row = Handover.objects.select_for_update().filter(arrival__case=case).first()
    if row is None:
        raise Absent
    if duty is Duty.RCP and row.given_at is None:
        raise Refused(
            Refusal(
                "reception.not_given",
                "The giver signs first.",
                "Ask the receiving lead (RCV) to sign on his own machine.",
            )
        )
    given = access.approve(officer, act_of(row, duty), proof, now=now)
    cases.record_evidence(ref, kind=EVIDENCE[duty], by=officer, at=now, digest=bytes(row.digest))
    if duty is Duty.RCV:
        row.given_at, row.given_by = now, officer.ref
        row.save(update_fields=["given_at", "given_by"])
    else:
        row.taken_at, row.taken_by = now, officer.ref
        row.save(update_fields=["taken_at", "taken_by"])
        _take_over(officer, case.ref, row, profile=profile, now=now)
    tell(row.arrival, officer, "reception.handover signed", now=now, digest=bytes(row.digest))
    return len({each.person for each in given}) > 1


def _take_over(
    officer: Officer, ref: str, row: Handover, *, profile: Profile, now: datetime
) -> None:
    if row.arrival.case.state == "SECURED":
        cases.advance(
            officer,
            ref=ref,
            to="RECEIVED",
            profile=profile,
            now=now,
            subject=row.ref,
            digest=bytes(row.digest),
        )
    access.close_subject(row.ref, verb=VERB, now=now)
