"""His wish to be found by those who ask after him: written down, taken back, and what it lays out.

What they are found by is hashed by the keeper and never stored in words; see safeconduct/names.py.
"""

from datetime import datetime

from django.db import transaction

from safeconduct import names
from safeconduct.access import keyring
from safeconduct.access.rules import Officer, Purpose
from safeconduct.audit import actions as audit
from safeconduct.cases import queries as case_queries
from safeconduct.custody import queries, rules
from safeconduct.custody.models import Sentence, Wish
from safeconduct.refusal import Refusal, Refused, insist


@transaction.atomic
def let_find(
    officer: Officer, *, ref: str, word: str, alone: bool, marks: str, now: datetime
) -> int:
    """Write down whether one who asks after him may be told; return by how many sentences he is found.

    His no takes effect with nothing opened and nobody asked. What was laid out before goes each time.

    Args:
        word: yes, no, or law for a legal decision.
        alone: he was asked without guards and comrades.
        marks: what he wants his family to know him by, parted by commas; "" for nothing.

    Raises:
        Refused: see `rules.may_wish`; what names him is shut; too little is known of him to be found.
        Absent: there is no such case, or `officer` is not let into it.
    """
    case = case_queries.case_for(officer, Purpose.WRITE, ref=ref, lock=True)
    before = queries.wish_of(case)
    insist(rules.may_wish(word, before=before, alone=alone, duties=officer.duties))
    told = {"word": word, "at": now, "by": officer.ref}
    Wish.objects.update_or_create(case=case, defaults=told)
    Sentence.objects.filter(case=case).delete()
    keys = [] if word == rules.NO else _keys(officer, ref=ref, marks=marks)
    Sentence.objects.bulk_create(Sentence(case=case, key=key) for key in keys)
    audit.record(officer.ref, f"custody.wish.{word}", ref=ref, now=now)
    return len(keys)


def _keys(officer: Officer, *, ref: str, marks: str) -> list[bytes]:
    who = queries.who_he_is(officer, ref=ref)
    apart = " ".join(who.get(name, "") for name in ("name", "first_names")).strip()
    known = names.Known(
        names=apart if who.get("first_names", "").strip() else who.get("names", ""),
        father=who.get("father", ""),
        born=who.get("birth_date", ""),
        marks=marks,
    )
    sentences = names.sentences(known)
    if not sentences:
        raise Refused(
            Refusal(
                "custody.unnamed",
                "Too little is known of him to tell him from his namesakes.",
                "It takes surname, first name and birth date on his card, beside a short name his father's or a mark, or without a date both.",
            )
        )
    return keyring.blind_many(officer, "name", sentences)
