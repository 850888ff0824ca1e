"""A request is begun, proved, decided on by a lawyer, and answered at its time by the clock alone, in approved words."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from safeconduct import names
from safeconduct.access import actions as access
from safeconduct.access import keyring, papers
from safeconduct.access import queries as staff
from safeconduct.access.rules import Absent, Duty, Officer, Proof, Purpose, WorkerId, can
from safeconduct.audit import actions as audit
from safeconduct.custody import confirmed
from safeconduct.notices import actions as notices
from safeconduct.post import actions as post
from safeconduct.post import queries as door
from safeconduct.post.rules import Kind
from safeconduct.programme.profile import Profile
from safeconduct.refs import new_ref
from safeconduct.refusal import N_, Refusal, Refused, insist
from safeconduct.tracing import calls, queries, rules
from safeconduct.tracing.models import TracingRequest
from safeconduct.tracing.queries import DESCRIBED, FILE, KINSHIP, PAPER, SOUGHT, TEXT

AT_ONCE = 50  # requests looked up and answered by one step


@transaction.atomic
def open_request(
    officer: Officer, *, compartment: str, sought: str, language: str, now: datetime
) -> TracingRequest:
    """Begin the request of an asker; when it is answered is fixed here, before anything is looked up.

    Raises:
        Absent: the officer does not talk with the asker.
        Refused: nobody is named, or a request of his is open.
    """
    insist(can(officer, "tracing.open", among=[Duty.TRC]))
    people = door.people_in(compartment)
    if not people or not staff.member(officer, compartment):
        raise Absent
    insist(rules.may_record(answered=False, words=sought))
    keys = keyring.open_fields(officer, Purpose.WRITE, [compartment], [TEXT])
    ref = new_ref()
    try:
        with transaction.atomic():
            row = TracingRequest.objects.create(
                ref=ref, person_ref=people[0], compartment=compartment, language=language,
                sought=keys.seal(sought.strip(), field=SOUGHT, kind=TEXT, compartment=compartment, ref=ref),
                opened_by=officer.ref, opened_at=now, due_at=rules.due_at(now),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(
            Refusal(
                "tracing.open",
                "A request of this asker is open already.",
                "Open it under Tracing, and go on there.",
            )
        ) from None
    return _told(officer, row, "tracing.opened", now=now)


@transaction.atomic
def prove_kinship(officer: Officer, *, ref: str, seen: str, now: datetime) -> TracingRequest:
    """Record which proof of kinship was seen."""
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row.kinship = _sealed(officer, row, seen, field=KINSHIP)
    _undecided(row, ["kinship"], now=now)
    return _told(officer, row, "tracing.kinship", now=now)


@transaction.atomic
def give_ground(
    officer: Officer, *, ref: str, ground: str, paper: str, now: datetime
) -> TracingRequest:
    """Record by what the asker may be told: his consent or a legal decision, by its paper."""
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    row.ground, row.paper = rules.Ground(ground), _sealed(officer, row, paper, field=PAPER)
    _undecided(row, ["ground", "paper"], now=now)
    return _told(officer, row, f"tracing.{row.ground}", now=now)


@transaction.atomic
def describe(officer: Officer, *, ref: str, known: names.Known, now: datetime) -> TracingRequest:
    """Record by what he who is sought is told from his namesakes. Nothing is looked up before the time.

    Raises:
        Refused: by this nobody is told from his namesakes; the request is answered; over the rate.
        Absent: there is none, or it is not for `officer`.
    """
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    questions = names.questions(known)
    insist(rules.may_describe(len(questions)))
    words = json.dumps(asdict(known), ensure_ascii=False)
    row.described = _sealed(officer, row, words, field=DESCRIBED)
    row.keys = b"".join(keyring.blind_many(officer, "name", questions))
    _undecided(row, ["described", "keys"], now=now)
    return _told(officer, row, "tracing.described", now=now)


@transaction.atomic
def take_back(officer: Officer, *, ref: str, fact: str, now: datetime) -> TracingRequest:
    """Take back what was recorded wrongly: a proof that was forged, a paper of another's.

    Nothing of it stays but that it was taken back, by whom and when; the time of the answer does not move.

    Raises:
        Refused: the request is answered.
        Absent: there is none, or it is not for `officer`.
        ValueError: no such fact.
    """
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_record(answered=row.answered_at is not None, words=fact))
    empty: dict[str, dict[str, object]] = {
        rules.Fact.KINSHIP: {"kinship": None},
        rules.Fact.GROUND: {"ground": "", "paper": None},
        rules.Fact.DESCRIBED: {"described": None, "keys": b""},
    }
    gone = empty[rules.Fact(fact)]
    for name, nothing in gone.items():
        setattr(row, name, nothing)
    _undecided(row, list(gone), now=now)
    return _told(officer, row, f"tracing.{fact} taken back", now=now)


@transaction.atomic
def put_up(officer: Officer, *, ref: str, now: datetime) -> TracingRequest:
    """Ask a lawyer to decide: what he reads is copied into a compartment that lets him into no conversation.

    Raises:
        Refused: something is lacking, the request is answered, or it is put up already.
        Absent: there is none, or it is not for `officer`.
    """
    row = queries.request_for(officer, Purpose.WRITE, ref=ref, lock=True)
    insist(rules.may_record(answered=row.answered_at is not None, words=ref))
    insist(
        rules.may_put_up(
            kinship=row.kinship is not None,
            ground=row.ground,
            described=row.described is not None,
        )
    )
    if row.file_digest is not None:
        raise Refused(Refusal("tracing.put_up", "A lawyer (LEG) has been asked already."))
    shown = queries.shown(officer, Purpose.WRITE, ref=ref)
    text, digest = papers.written(queries.told_to_lawyer(shown))
    room = queries.file_of(ref)
    keys = keyring.open_fields(officer, Purpose.WRITE, [room], ["body"])
    row.file = keys.seal(text, field=FILE, kind="body", compartment=room, ref=ref)
    row.file_digest, row.put_by = digest, officer.ref
    row.save(update_fields=["file", "file_digest", "put_by"])
    access.put_subject(
        ref, verb=queries.DECIDE, digest=digest, author=officer.ref, now=now,
        title=N_("Decide whether an asker may be told"), url=f"/tracing/{ref}/decision/",
        duties=[Duty.LEG],
    )  # fmt: skip
    return _told(officer, row, "tracing.put_up", now=now)


@transaction.atomic
def decide(officer: Officer, *, ref: str, proof: Proof, now: datetime) -> None:
    """Say yes, as a lawyer, to exactly what was put up; what changes afterwards voids it.

    Raises:
        Refused: not among his duties, he put it up, or it has changed since.
        Absent: nothing waits for a decision under this ref.
    """
    insist(can(officer, queries.DECIDE, among=[Duty.LEG]))
    row = queries.to_decide(officer, ref=ref, lock=True)
    access.approve(officer, queries.act_for(row), proof, now=now)
    access.close_subject(ref, verb=queries.DECIDE, now=now)
    row.decided_by, row.decided_at = officer.ref, now
    row.save(update_fields=["decided_by", "decided_at"])
    _told(officer, row, "tracing.decided", now=now)


@transaction.atomic
def send_back(officer: Officer, *, ref: str, now: datetime) -> None:
    """Send it back to the desk, as a lawyer, without a word why: what he knows of cases is not the desk's.

    Raises:
        Refused: not among his duties.
        Absent: nothing waits for a decision under this ref.
    """
    insist(can(officer, queries.DECIDE, among=[Duty.LEG]))
    row = queries.to_decide(officer, ref=ref, lock=True)
    _undecided(row, [], now=now)
    _told(officer, row, "tracing.sent_back", now=now)


def _undecided(row: TracingRequest, changed: list[str], *, now: datetime) -> None:
    """Save what has changed of a request; a lawyer's yes was to what stood there before."""
    row.file, row.file_digest, row.put_by = None, None, ""
    row.decided_by, row.decided_at = "", None
    decision = ["file", "file_digest", "put_by", "decided_by", "decided_at"]
    row.save(update_fields=[*changed, *decision])
    access.close_subject(row.ref, verb=queries.DECIDE, now=now)


def _sealed(officer: Officer, row: TracingRequest, words: str, *, field: str) -> bytes:
    insist(rules.may_record(answered=row.answered_at is not None, words=words))
    keys = keyring.open_fields(officer, Purpose.WRITE, [row.compartment], [TEXT])
    return keys.seal(
        words.strip(), field=field, kind=TEXT, compartment=row.compartment, ref=row.ref
    )


def _told(officer: Officer, row: TracingRequest, verb: str, *, now: datetime) -> TracingRequest:
    audit.record(officer.ref, verb, ref=row.ref, now=now)
    notices.emit("tracing.request", row.ref, to=f"member:{row.compartment}")
    return row


@transaction.atomic
def forget_askers(worker: WorkerId, *, now: datetime) -> bool:
    """Delete the requests of askers who were erased, by their term or with a case; return whether any was."""
    askers = set(TracingRequest.objects.values_list("person_ref", flat=True))
    gone = sorted(askers - door.still_known(askers))[:AT_ONCE]
    for person_ref in gone:
        calls.forget(person_ref, now=now)
        TracingRequest.objects.filter(person_ref=person_ref).delete()
        audit.record(worker.ref, "tracing.forgotten", ref=person_ref, now=now)
    return bool(gone)


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where those who are due were looked up: the last of a step."""

    due_at: datetime
    pk: int


@transaction.atomic
def answer_due(
    worker: WorkerId,
    *,
    after: Place | None = None,
    profile: Profile,
    reply_after_stop: timedelta,
    now: datetime,
) -> Place | None:
    """Answer the next fifty that are due, in approved words, whatever was found; return how far they go.

    They are looked up alike, all before the first of them is answered, and answered in the order in
    which they were begun: neither words nor order nor time tell what was found of whom. Each is looked
    up once on the way from None back to None; whoever cannot be written to stays due until the next.

    Args:
        after: what the step before returned; None begins with whoever waits longest.
    """
    due = TracingRequest.objects.select_for_update().filter(answered_at=None, due_at__lte=now)
    if after is not None:
        due = due.filter(Q(due_at__gt=after.due_at) | Q(due_at=after.due_at, pk__gt=after.pk))
    rows = list(due.order_by("due_at", "pk")[:AT_ONCE])
    meant = confirmed.meant([rules.asked(bytes(row.keys), ref=row.ref) for row in rows])
    told = [(row, _answer_to(row, each)) for row, each in zip(rows, meant, strict=True)]
    for row, words in told:
        _say(worker, row, words, profile=profile, reply_after_stop=reply_after_stop, now=now)
    return Place(rows[-1].due_at, rows[-1].pk) if len(rows) == AT_ONCE else None


def _answer_to(row: TracingRequest, meant: int) -> rules.Answer:
    return rules.answer(
        kinship=row.kinship is not None,
        ground=row.ground,
        decided=row.decided_at is not None,
        meant=meant,
    )


def _say(
    worker: WorkerId,
    row: TracingRequest,
    told: rules.Answer,
    *,
    profile: Profile,
    reply_after_stop: timedelta,
    now: datetime,
) -> None:
    try:
        with transaction.atomic():
            post.send(
                worker,
                person_ref=row.person_ref,
                text=profile.text(told, row.language),
                kind=Kind.SCRIPT,
                language=row.language,
                reply_after_stop=reply_after_stop,
                now=now,
            )
    except Refused:  # outside his hours, or he said stop: it waits until he may be written to
        return
    except Absent:  # erased since: `forget_askers` takes his request
        return
    row.answer, row.answered_at = told, now
    row.keys = (
        b""  # equal bytes in custody would join him to whom he sought, for as long as both lie
    )
    row.file = None  # what the lawyer read; that he decided stays, and its digest
    row.save(update_fields=["answer", "answered_at", "keys", "file"])
    access.close_subject(row.ref, verb=queries.DECIDE, now=now)
    audit.record(worker.ref, "tracing.answered", ref=row.ref, now=now)
    notices.emit("tracing.request", row.ref, to=f"member:{row.compartment}")
