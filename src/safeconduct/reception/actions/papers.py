"""The papers: challenge, the three tests, search, medical note, the four items, rights, card."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Officer, Purpose
from safeconduct.cases import actions as cases
from safeconduct.programme.profile import Profile
from safeconduct.reception import queries, rules
from safeconduct.reception.actions.arriving import arrival_of, tell
from safeconduct.reception.models import NAMED, Arrival, Paper
from safeconduct.reception.queries import BODY
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist, listed, said

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "challenge": ("challenge_noted",),
    "posture": ("three_tests",),
    "secure": ("weapons_safe", "search_done"),
    "medical": ("injuries_noted", "medical_check"),
    "four": ("four_items",),
    "rights": ("rights_sheet",),
    "card": ("capture_card",),
}
FIELDS: Mapping[str, tuple[str, ...]] = {
    "challenge": ("matched", "note"),
    "posture": (*rules.THREE, "hold_point", "note"),
    "secure": ("weapons", "search", "first_aid"),
    "medical": ("injuries", "treatment", "fit"),
    "four": rules.FOUR,
    "rights": ("language",),
    "card": (*rules.CARD, "refused"),
}
_JUDGES: Mapping[str, Callable[[Mapping[str, str]], Refusal | None]] = {
    "four": rules.four_items,
    "card": lambda content: None if content.get("refused") else rules.card(content),
}


@transaction.atomic
def write_paper(
    officer: Officer,
    *,
    ref: str,
    kind: str,
    content: Mapping[str, str],
    profile: Profile,
    now: datetime,
) -> str:
    """Write one paper of an arrival, sealed, and put its evidence on record; return its ref.

    A wrong answer to the challenge, a refused item or a refused card is a full answer: it is
    written down and changes nothing in his treatment.

    Args:
        content: field → text; fields that the paper does not have are refused.

    Raises:
        Refused: he is not here yet, a blank or strange field, or not the officer's to record.
        Absent: there is no such case, or `officer` is not let into it.
    """
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    insist(rules.may_write(arrival.case.state, queries.owed_to(arrival)))
    told = {key: text.strip()[: rules.LETTERS] for key, text in content.items() if text.strip()}
    insist(_fits(kind, told))
    judge = _JUDGES.get(kind)
    insist(judge(told) if judge else None)
    paper = _sealed(officer, arrival, kind, told, now=now)
    for slug in _evidence(arrival, kind, told):
        cases.record_evidence(ref, kind=slug, by=officer, at=now, digest=bytes(paper.digest))
    tell(arrival, officer, f"reception.{kind}", now=now, digest=bytes(paper.digest))
    return paper.ref


def _fits(kind: str, told: Mapping[str, str]) -> Refusal | None:
    if kind not in FIELDS:
        return Refusal("reception.no_paper", "There is no such paper.")
    if strange := sorted(set(told) - set(FIELDS[kind])):
        return Refusal(
            "reception.no_field",
            "This paper has no such field.",
            said("Leave out: {fields}.", fields=listed(strange)),
        )
    return None


def _evidence(arrival: Arrival, kind: str, told: Mapping[str, str]) -> list[str]:
    if kind == "posture" and not rules.three_tests(told):
        return []  # written down, and still owed
    slugs = list(EVIDENCE[kind])
    if kind == "secure" and told.get("first_aid"):
        slugs.append("first_aid")
    if kind == "card" and arrival.case.medical:
        slugs.append("card_again")
    if kind == "medical" and told.get("fit") and arrival.case.state == "MEDICAL":
        slugs.append("fit")
    return slugs


def _sealed(
    officer: Officer, arrival: Arrival, kind: str, told: Mapping[str, str], *, now: datetime
) -> Paper:
    ref, compartment = new_ref(), arrival.case.compartment
    text, digest = papers.written(told)
    if kind in NAMED:
        ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], [staff.NAME])
        body = access.seal_named(officer, ring, text, field=BODY, compartment=compartment, ref=ref)
    else:
        ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], ["body"])
        body = ring.seal(text, field=BODY, compartment=compartment, ref=ref)
    return Paper.objects.create(
        ref=ref, arrival=arrival, kind=kind, at=now, by=officer.ref, digest=digest, body=body
    )


@transaction.atomic
def share_names(officer: Officer, *, ref: str, now: datetime) -> None:
    """Give colleagues who came later what names him; seal anew what one who has left could read.

    Raises:
        Refused: the officer's own key is shut, or it was not shared with him.
        Absent: there is no such case, or `officer` is not let into it.
    """
    arrival = queries.arrival_for(officer, Purpose.WRITE, ref=ref)
    if arrival is None:
        return
    compartment = arrival.case.compartment
    rows = list(arrival.papers.select_for_update().filter(kind__in=NAMED))
    ring = keyring.open_fields(officer, Purpose.WRITE, [compartment], [staff.NAME])
    named = [queries.as_named(row, compartment) for row in rows]
    fresh = access.share(officer, ring, named, now=now)
    for row in rows:
        if row.ref in fresh:
            row.body = fresh[row.ref]
            row.save(update_fields=["body"])


@transaction.atomic
def secure(
    officer: Officer, *, ref: str, content: Mapping[str, str], profile: Profile, now: datetime
) -> None:
    """Record that weapons are safe and the search is done; he is secured, and the clocks begin.

    Raises:
        Refused: one of the two is not done yet; see also `write_paper`.
        Absent: see `write_paper`.
    """
    if not (content.get("weapons") and content.get("search")):
        raise Refused(
            Refusal(
                "reception.not_searched",
                "He is secured when weapons are safe and the search is done.",
                "Do both, with respect, then say so.",
            )
        )
    write_paper(officer, ref=ref, kind="secure", content=content, profile=profile, now=now)
    arrival = arrival_of(officer, ref=ref, profile=profile, now=now)
    if arrival.case.state in {"CONTACT", "WALK_IN"}:
        cases.advance(officer, ref=ref, to="SECURED", profile=profile, now=now)
