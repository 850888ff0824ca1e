"""What the bureau has confirmed, and nothing else: the one window through which tracing may look.

A person stands here only when a notice on him was sent, the bureau confirmed it, and he wishes
to be found or a legal decision stands for his wish. That somebody wrote, applied, was expected or came is no such fact;
unknown, applied, unconfirmed and refused look the same here, for there is nothing of them.

A video call goes through it as a token of chance, and comes back as a time or as none: whether he said no or
nothing, got no time, was moved, or is not who was meant, is the same none.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from safeconduct.access import keyring
from safeconduct.access.rules import WorkerId
from safeconduct.audit import actions as audit
from safeconduct.custody import call_rules, calls
from safeconduct.custody.models import Document, Sentence, VideoCall
from safeconduct.custody.rules import BUREAU_KINDS
from safeconduct.notices import actions as notices
from safeconduct.refs import new_ref

AT_ONCE = 50  # requests by one question to the database: SQLite takes some 32,000 values in one


def meant(asked: Sequence[Collection[bytes]]) -> list[int]:
    """Return of each request how many persons are meant of whom the bureau has confirmed a fact, and who may be found.

    One question asks for many requests: how long it takes says nothing of one of them.

    Args:
        asked: for each request the hashes of its questions; see safeconduct/names.py.
    """
    return [len(cases) for cases in _cases(asked)]


def _cases(asked: Sequence[Collection[bytes]]) -> list[set[int]]:
    told = Document.objects.filter(confirmed_at__isnull=False, kind__in=sorted(BUREAU_KINDS))
    may_be_found = Sentence.objects.filter(case__in=told.values("case"))
    whose: dict[bytes, set[int]] = defaultdict(set)
    for at in range(0, len(asked), AT_ONCE):
        keys = [key for each in asked[at : at + AT_ONCE] for key in each]
        for key, case in may_be_found.filter(key__in=keys).values_list("key", "case"):
            whose[bytes(key)].add(case)
    return [{case for key in each if key in whose for case in whose[key]} for each in asked]


def ask_call(
    who: WorkerId, asked: Collection[bytes], *, caller: str, until: datetime, now: datetime
) -> str:
    """Ask for a video call with the one who is meant; return its token, which says nothing, not even whether he is.

    The journal names the call and not his case: beside the desk's own line it would join the two for ever.

    Args:
        caller: who asks, as he is told it.
        until: when the asker is told, whatever is said here.
    """
    token, ref = new_ref(), new_ref()
    [cases] = _cases([asked])
    if len(cases) != 1:
        return token
    case = Sentence.objects.select_related("case").filter(case__in=cases)[:1].get().case
    ring = keyring.open_fields(who, who.purpose, [case.compartment], ["body"])
    VideoCall.objects.create(
        ref=ref, case=case, token=token, asked_at=now, until=until,
        caller=ring.seal(caller, field=calls.CALLER, compartment=case.compartment, ref=ref),
    )  # fmt: skip
    audit.record(who.ref, "custody.call.asked", ref=ref, now=now)
    notices.emit("custody.due", case.ref, to=f"member:{case.compartment}")
    return token


def call_time(token: str, *, now: datetime) -> datetime | None:
    """Return the time that the asker is told now, None for no call; from now on it stands or is cancelled."""
    row = _row(token)
    if row is None:
        return None
    at = calls.stands(row)
    row.answered_at = now
    row.told = at if at is not None and at > now + call_rules.NOTICE else None
    _changed(row)
    return row.told


def still_on(token: str, *, now: datetime) -> bool:
    """Return whether a call whose time was told can be held, or was; if not, it is over."""
    row = _row(token)
    if row is None:
        return False
    if row.outcome == call_rules.HELD or calls.stands(row) is not None:
        return True
    call_off(token, now=now)
    return False


def call_off(token: str, *, now: datetime) -> None:
    """End a call that nobody waits for any more; what became of one that was held stays."""
    row = _row(token)
    if row is not None and not row.outcome:
        row.answered_at, row.told = row.answered_at or now, None
        _changed(row)


def _row(token: str) -> VideoCall | None:
    rows = VideoCall.objects.select_for_update(of=("self",)).select_related("case")
    return rows.filter(token=token).first()


def _changed(row: VideoCall) -> None:
    row.save(update_fields=["answered_at", "told"])
    notices.emit("custody.due", row.case.ref, to=f"member:{row.case.compartment}")
