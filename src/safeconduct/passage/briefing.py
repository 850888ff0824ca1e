"""What the unit that receives him is told on paper: signs, challenge, how many come. No place and no hour.

A page is lost, and found by others: place and hour its lead has read back in his own words, and they
stand on no paper. For the same reason it is printed only while the plan lives.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from safeconduct.access import queries as people
from safeconduct.access.rules import Absent, Duty, Officer, Purpose, spoken
from safeconduct.passage import queries
from safeconduct.passage.disclosing import Stage, sight
from safeconduct.passage.rules import APPROVE, LETTERS
from safeconduct.refusal import Refusal, insist

READERS = (Duty.RCV, Duty.RCP, Duty.DPC)


@dataclass(frozen=True, slots=True)
class Briefing:
    """What stands on the page, of the plan that lives.

    Attributes:
        signs: what he shows, by language.
        heads: how many are expected, he among them.
        call: pseudonyms of the commanders and of whoever planned, to be asked for.
        digest: the first two groups, as two people read them to each other.
    """

    case: str
    signs: dict[str, str]
    question: str
    answer: str
    heads: int
    call: tuple[str, ...]
    digest: str
    made_at: datetime


def may_print(duties: Collection[Duty], stage: Stage) -> Refusal | None:
    """Judge whether the page may be printed: by who may read the places, and not before two approved."""
    if stage.approved and sight(duties, stage).places == frozenset(LETTERS):
        return None
    return Refusal(
        "passage.no_briefing",
        "A unit is briefed on paper once two have approved the plan, and not before.",
        "Wait for the approvals; the signs are read back on the passage's page.",
    )


def briefing_for(officer: Officer, *, case_ref: str) -> Briefing:
    """Return what the receiving unit is told of the plan that lives.

    Raises:
        Refused: nobody has approved it yet.
        Absent: no plan of this case lives, or it is not for `officer`.
    """
    passage = queries.passage_for(officer, Purpose.READ, ref=queries.of_case(case_ref))
    plan = queries.living_plan(passage)
    if plan is None:
        raise Absent
    content = queries.content_of(queries.keys_of(officer, Purpose.READ, passage), plan)
    insist(may_print(officer.duties, queries.stage_of(plan, content)))
    commanders = [g.person for g in queries.given_to(plan, APPROVE) if g.duty is Duty.DPC]
    names = people.names_of(commanders)
    return Briefing(
        case=case_ref,
        signs=content["sign_texts"],
        question=content["challenge"]["question"],
        answer=content["challenge"]["answer"],
        heads=content["heads"],
        call=tuple(sorted(names.values())),
        digest=spoken(bytes(plan.digest)),
        made_at=plan.made_at,
    )
