"""Relatives who ask, and the four whom they may not be told of: unknown, applied, unconfirmed, refused.

By the door of the product a thousand of them take an hour; here the rows are written as its own actions
write them, for `bench tracing` and the test beside it.
"""

# ruff: noqa: TID251  by seed, so that a figure can be had again

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.access import keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.custody.models import Document, Sentence, Wish
from safeconduct.envelope import InboundText
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.tracing import rules
from safeconduct.tracing.models import TracingRequest
from safeconduct.tracing.queries import KINSHIP, SOUGHT, TEXT

KINDS = ("unknown", "applied", "unconfirmed", "refused")
KEYS = 19  # questions of a request with names, father and birth date
LANGUAGE = "ru"
DECIDED = {"file_digest": bytes(32), "put_by": "TRC", "decided_by": "LEG"}


@dataclass(frozen=True, slots=True)
class Asker:
    """One relative: who, and where his conversation lies."""

    person_ref: str
    compartment: str


def keys_of() -> list[bytes]:
    """Return the hashed questions after one person."""
    return [os.urandom(rules.KEY_BYTES) for _ in range(KEYS)]


def sought(worker: WorkerId, *, now: datetime) -> dict[str, list[bytes]]:
    """Make one person of each kind; return by which keys each is asked after."""
    made = {kind: keys_of() for kind in KINDS}
    for kind in KINDS[1:]:
        compartment = keyring.new_compartment(worker, now=now)
        ref = cases.open_case(worker, person_ref=new_ref(), compartment=compartment, now=now)
        if kind == "applied":
            continue
        case = case_queries.case_for(worker, Purpose.CLOCKS, ref=ref)
        confirmed = now if kind == "refused" else None
        told = {"queued_at": now, "due_at": now, "sent_at": now, "confirmed_at": confirmed}
        Document.objects.create(case=case, kind="bureau_notice", sent_by=worker.ref, **told)
        word = "no" if kind == "refused" else "yes"
        Wish.objects.create(case=case, word=word, at=now, by=worker.ref)
        if word == "yes":
            Sentence.objects.bulk_create(Sentence(case=case, key=key) for key in made[kind])
    return made


def confirm(now: datetime) -> None:
    """Let the bureau confirm whatever was sent: who wishes to be found then is."""
    Document.objects.filter(confirmed_at=None).update(confirmed_at=now)


def askers(count: int, worker: WorkerId, *, profile: Profile, now: datetime) -> list[Asker]:
    """Let as many people write to us for the first time; they may be answered for a day."""
    met = []
    for number in range(count):
        arrived = InboundText(
            route="smpp", arrival=number, arrived_at=now, sender=f"+38050{7_000_000 + number}",
            recipient="7007", text="Ищу сына", reference=0, part=1, parts=1, raw=b"", maybe_again=False,
        )  # fmt: skip
        admitted = post.admit(
            worker, arrived, key=f"ask:{number}", region=profile.phone_region,
            stop_words=profile.stop_words, now=now,
        )  # fmt: skip
        if admitted is not None:
            met.append(Asker(admitted.person_ref, admitted.compartment))
    return met


def ask(
    asking: Sequence[tuple[Asker, str]],
    keys: dict[str, list[bytes]],
    worker: WorkerId,
    *,
    now: datetime,
) -> list[TracingRequest]:
    """Begin a request of each, after a person of a kind, as far as the desk can bring it; all are due.

    Args:
        asking: who asks after which kind, in the order in which they ask.
        keys: of each kind, see `sought`.
        worker: that takes words in.
        now: when they are due.
    """
    where = {asker.compartment for asker, _kind in asking}
    ring = keyring.open_fields(worker, worker.purpose, where, [TEXT])
    rows = []
    for asker, kind in asking:
        ref = new_ref()
        boxes = {
            name: ring.seal(
                "сын, Курск", field=field, kind=TEXT, compartment=asker.compartment, ref=ref
            )
            for name, field in (("sought", SOUGHT), ("kinship", KINSHIP))
        }
        row = TracingRequest(
            ref=ref, person_ref=asker.person_ref, compartment=asker.compartment,
            language=LANGUAGE, opened_by=kind, opened_at=now - timedelta(days=3), due_at=now,
            ground=rules.Ground.DECISION, keys=b"".join(keys[kind]), **boxes, **DECIDED, decided_at=now,
        )  # fmt: skip
        rows.append(row)
    return TracingRequest.objects.bulk_create(rows)


def last_said(asker: Asker, worker: WorkerId) -> tuple[str, int]:
    """Return the last text that was put out for somebody, and how many bytes its box has."""
    ring = keyring.open_fields(worker, worker.purpose, [asker.compartment], [door.SENT])
    row = door.texts_of(asker.person_ref)[-1]
    return door.opened(row, ring), len(row.body)


def shuffled(count: int, dice: random.Random) -> list[str]:
    """Return as many of each kind, in an order of chance."""
    kinds = [kind for kind in KINDS for _ in range(count)]
    dice.shuffle(kinds)
    return kinds
