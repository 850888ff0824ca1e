"""What a telephone wrote without a link comes in: once, by the same verbs as a form, and never lost."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from django.db import transaction

from safeconduct import sealing
from safeconduct.access import keyring
from safeconduct.access.keyring import PHONES
from safeconduct.access.rules import Absent, Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import actions as cases
from safeconduct.cases import queries as case_queries
from safeconduct.notices import actions as notices
from safeconduct.programme.profile import Profile
from safeconduct.reception import phonebox, phoned, queries
from safeconduct.reception.actions.arriving import count_heads, walk_in
from safeconduct.reception.actions.papers import secure, write_paper
from safeconduct.reception.actions.things import add_item
from safeconduct.reception.models import PhoneEntry, PhoneKey
from safeconduct.reception.phoned import Noted
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused, insist

TURNED, KEPT = timedelta(days=7), timedelta(days=90)  # ours: nobody is without a link so long


@transaction.atomic
def key_now(officer: Officer, *, now: datetime) -> PhoneKey:
    """Return the key that telephones seal to now; it turns each week, and old ones are forgotten.

    Raises:
        Refused, KeeperAway: the keeper does not open the compartment of telephones to him.
    """
    newest = PhoneKey.objects.order_by("-made_at", "-pk").first()
    if newest is not None and now - newest.made_at < TURNED:
        return newest
    PhoneKey.objects.filter(made_at__lt=now - KEPT).delete()
    ref, private = new_ref(), sealing.new_key()
    ring = keyring.open_fields(officer, Purpose.WRITE, [PHONES], ["body"])
    audit.record(officer.ref, "reception.phone key made", ref=ref, now=now)
    return PhoneKey.objects.create(
        ref=ref,
        public=phonebox.public_of(private),
        private=ring.seal(private, field=queries.PRIVATE, compartment=PHONES, ref=ref),
        made_at=now,
    )


@transaction.atomic
def take_in(
    officer: Officer, *, entry: str, key: str, box: bytes, profile: Profile, now: datetime
) -> str:
    """Take in one entry of a telephone; return what became of it. Sent twice, it is taken once.

    It is opened, done by the verbs that a form calls, and sealed anew. What does not open, and what
    those verbs refuse, waits with its reason for a person.

    Args:
        entry: the telephone's own random number for it.
        key: the ref of the key it was sealed to.

    Raises:
        Refused: it is no entry at all.
        KeeperAway: nothing can be opened; the telephone keeps it.
    """
    insist(phoned.may_come(entry, box))
    row, new = PhoneEntry.objects.get_or_create(
        entry=entry,
        defaults={
            "state": phoned.LOOK,
            "at": now,
            "came_at": now,
            "by": officer.ref,
            "key": key[:20],
        },
    )
    if not new:
        return row.state
    ring = keyring.open_fields(officer, Purpose.WRITE, [PHONES], ["body"])
    try:
        noted = phoned.read(_opened(ring, key, box, entry=entry))
    except (sealing.Tampered, Refused) as unread:
        why = unread.refusal if isinstance(unread, Refused) else phoned.UNREADABLE
        row.box = box
        _set_aside(officer, ring, row, {}, why, now=now)
        return row.state
    row.at = noted.at
    told = {"kind": noted.kind, "about": noted.about, **noted.told}
    try:
        with transaction.atomic():
            refs = _DONE_BY[noted.kind](officer, noted, profile, now)
    except (Refused, Absent) as barred:
        why = barred.refusal if isinstance(barred, Refused) else phoned.NO_CASE
        row.case = _whose(noted)  # it goes with him when he is erased, and is told to his own alone
        _set_aside(officer, ring, row, told, why, now=now)
    else:
        _keep(officer, row, refs, told, tag=noted.about, walk_in=noted.kind == phoned.WALK_IN)
    return row.state


def _opened(ring: keyring.Keyring, key: str, box: bytes, *, entry: str) -> bytes:
    held = PhoneKey.objects.filter(ref=key).first()
    if held is None:
        raise sealing.Tampered("the key was forgotten")
    private = ring.open_bytes(held.private, field=queries.PRIVATE, compartment=PHONES, ref=held.ref)
    return phonebox.opened(private, box, entry=entry)


def _set_aside(
    officer: Officer,
    ring: keyring.Keyring,
    row: PhoneEntry,
    told: Mapping[str, str],
    why: Refusal,
    *,
    now: datetime,
) -> None:
    text = json.dumps({"told": dict(told), "why": why.carried()}, ensure_ascii=False)
    row.body = ring.seal(text, field=queries.NOTED, compartment=PHONES, ref=row.ref)
    row.save(update_fields=["at", "box", "body", "case"])
    audit.record(officer.ref, "reception.phone set aside", ref=row.ref, now=now)
    notices.emit("cases.case", row.ref, to=f"person:{officer.ref}")


def _keep(
    officer: Officer,
    row: PhoneEntry,
    refs: Sequence[str],
    told: Mapping[str, str],
    *,
    tag: str,
    walk_in: bool,
) -> None:
    """Seal it anew in its case; of a group that walked in, in each one's, under a tag of his own.

    That he is here says no more than that, and whoever says so need not be let in yet: of it nothing is sealed.
    Nor of the four items, which lie in their paper, for its readers' own keys.
    """
    text = json.dumps({"told": dict(told)}, ensure_ascii=False)
    for n, ref in enumerate(refs, start=1):
        each = row if n == 1 else PhoneEntry(
            entry=f"{row.entry}-{n}", at=row.at, came_at=row.came_at, by=row.by, key=row.key
        )  # fmt: skip
        each.case = case = case_queries.case_to_stop(ref=ref)
        each.state, each.tag = phoned.DONE, (tag if n == 1 else f"{tag}-{n}") if walk_in else ""
        if case.compartment and told["kind"] not in phoned.UNSEALED:
            ring = keyring.open_fields(officer, Purpose.WRITE, [case.compartment], ["body"])
            each.body = ring.seal(
                text, field=queries.NOTED, compartment=case.compartment, ref=each.ref
            )
        each.save()


def _case(noted: Noted) -> str:
    if not phoned.is_tag(noted.about):
        return noted.about
    found = list(PhoneEntry.objects.filter(tag=noted.about, case__isnull=False)[:2])
    if len(found) != 1 or found[0].case is None:
        raise Absent  # unknown, or two telephones made up the same
    return found[0].case.ref


def _whose(noted: Noted) -> case_queries.CaseRow | None:
    """Return the case that an entry is about, if there is one."""
    try:
        return case_queries.case_to_stop(ref=_case(noted))
    except Absent:
        return None


def _walks_in(officer: Officer, noted: Noted, _profile: Profile, now: datetime) -> list[str]:
    people, children, hurt = phoned.numbers(noted)
    refs = [walk_in(officer, now=now) for _ in range(people)]
    for ref in refs[people - children :]:  # in doubt a child; which of them it is, people see
        cases.set_fact(officer, ref=ref, fact="child", now=now)
    for ref in refs[:hurt]:
        cases.set_fact(officer, ref=ref, fact="medical", now=now)
    return refs


def _is_here(officer: Officer, noted: Noted, _profile: Profile, now: datetime) -> list[str]:
    ref = _case(noted)
    insist(phoned.may_be_here(noted, entered_at=case_queries.case_to_stop(ref=ref).entered_at))
    cases.stop(officer, ref=ref, to="CONTACT", now=now)
    return [ref]


def _counts(officer: Officer, noted: Noted, profile: Profile, now: datetime) -> list[str]:
    ref, counted = _case(noted), noted.told.get("counted", "")
    if not counted.isdecimal():
        raise Refused(Refusal("reception.bad_count", "This is no number.", "Write it like 1."))
    count_heads(
        officer, ref=ref, gate="contact", counted=int(counted[:4]), profile=profile, now=now
    )
    return [ref]


def _asked(officer: Officer, noted: Noted, profile: Profile, now: datetime) -> list[str]:
    ref = _case(noted)
    write_paper(officer, ref=ref, kind="challenge", content=noted.told, profile=profile, now=now)
    return [ref]


def _secured(officer: Officer, noted: Noted, profile: Profile, now: datetime) -> list[str]:
    ref = _case(noted)
    secure(officer, ref=ref, content=noted.told, profile=profile, now=now)
    return [ref]


def _four(officer: Officer, noted: Noted, profile: Profile, now: datetime) -> list[str]:
    ref = _case(noted)
    write_paper(officer, ref=ref, kind="four", content=noted.told, profile=profile, now=now)
    return [ref]


def _thing(officer: Officer, noted: Noted, profile: Profile, now: datetime) -> list[str]:
    ref = _case(noted)
    add_item(officer, ref=ref, kind=noted.kind, content=noted.told, profile=profile, now=now)
    return [ref]


_DONE_BY: Mapping[str, Callable[[Officer, Noted, Profile, datetime], list[str]]] = MappingProxyType(
    {
        phoned.WALK_IN: _walks_in,
        phoned.HERE: _is_here,
        phoned.COUNT: _counts,
        phoned.CHALLENGE: _asked,
        phoned.SECURE: _secured,
        phoned.EFFECT: _thing,
        phoned.MONEY: _thing,
        phoned.FOUR_ITEMS: _four,
    }
)


@transaction.atomic
def take_over(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> None:
    """Do what an entry that waited says, as the officer who looks at it; nothing of it stays behind.

    Raises:
        Refused: it does not open, or the verb of a form refuses it to him too: then it waits on.
        Absent: no such entry waits, or it is about somebody into whose case he was not let.
    """
    row = _waiting(ref)
    if not queries.may_read(officer, row):
        raise Absent
    ring = keyring.open_fields(officer, Purpose.WRITE, [PHONES], ["body"])
    said = (
        ring.open(row.body, field=queries.NOTED, compartment=PHONES, ref=row.ref)
        if row.body
        else "{}"
    )
    told: dict[str, str] = json.loads(said).get("told", {})
    if not told:
        raise Refused(phoned.UNREADABLE)
    rest = {key: text for key, text in told.items() if key not in {"kind", "about"}}
    noted = Noted(told["kind"], told["about"], rest, row.at)
    try:
        refs = _DONE_BY[noted.kind](officer, noted, profile, now)
    except Absent:
        raise Refused(phoned.NO_CASE) from None
    row.body, row.box = None, b""
    _keep(officer, row, refs, told, tag=noted.about, walk_in=noted.kind == phoned.WALK_IN)
    audit.record(officer.ref, "reception.phone taken over", ref=row.ref, now=now)


def _waiting(ref: str) -> PhoneEntry:
    rows = PhoneEntry.objects.select_for_update(of=("self",)).filter(state=phoned.LOOK)
    row = rows.select_related("case").filter(ref=ref).first()
    if row is None:
        raise Absent
    return row


@transaction.atomic
def looked_at(officer: Officer, *, ref: str, now: datetime) -> None:
    """Say that an entry which waited was looked at, and what it says is where it belongs.

    For a week it may be looked at again; then what it said is forgotten.

    Raises:
        Absent: no such entry waits.
    """
    row = _waiting(ref)
    row.state, row.seen_at, row.seen_by = phoned.SEEN, now, officer.ref
    row.save(update_fields=["state", "seen_at", "seen_by"])
    audit.record(officer.ref, "reception.phone looked at", ref=row.ref, now=now)


@transaction.atomic
def look_again(officer: Officer, *, ref: str, now: datetime) -> None:
    """Let an entry wait again that somebody said he had looked at.

    Raises:
        Absent: nobody said so within a week.
    """
    rows = PhoneEntry.objects.select_for_update().filter(state=phoned.SEEN, ref=ref)
    row = rows.filter(seen_at__gte=now - phoned.AGAIN).first()
    if row is None:
        raise Absent
    row.state, row.seen_at, row.seen_by = phoned.LOOK, None, ""
    row.save(update_fields=["state", "seen_at", "seen_by"])
    audit.record(officer.ref, "reception.phone again", ref=row.ref, now=now)


@transaction.atomic
def forget_seen(worker: WorkerId, *, now: datetime) -> bool:
    """Empty what was looked at a week ago; its number stays while a telephone may send it once more."""
    seen = PhoneEntry.objects.filter(state=phoned.SEEN).exclude(seen_at__gte=now - phoned.AGAIN)
    full = list(seen.exclude(body__isnull=True, box=b"").values_list("ref", flat=True))
    PhoneEntry.objects.filter(ref__in=full).update(body=None, box=b"")
    for ref in full:
        audit.record(worker.ref, "reception.phone forgotten", ref=ref, now=now)
    gone, _ = PhoneEntry.objects.filter(state=phoned.SEEN, came_at__lt=now - KEPT).delete()
    return bool(full or gone)
