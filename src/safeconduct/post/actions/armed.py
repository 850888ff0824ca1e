"""So that hold and abort reach him with the keeper gone: a kit for each open way.

When he agrees, his number and the agreed texts are sealed for the sending worker alone, under a key
made from the token that lives in its memory and the supervisor's. With the keeper away such a text
then leaves by the kit; on the disk alone the kit opens nothing. It is gone when the way closes.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from safeconduct import clock, sealing
from safeconduct.access import keyring, workers
from safeconduct.access.boxes import Box
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.envelope import OutboundText
from safeconduct.notices import actions as notices
from safeconduct.post import queries, rules
from safeconduct.post.lanes import lane_to, leaving_by
from safeconduct.post.models import Attempt, Handle, Kit, Message, Window
from safeconduct.post.queries import BODY, NUMBER, SENT
from safeconduct.post.rules import Kind, WindowKind
from safeconduct.post.segments import size_of
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, Refused

LANE = "armed"  # no cursor runs over it: such a text is claimed and written at once
EACH = 3  # how often each text can leave before the keeper is back


def _key(worker: WorkerId, window: str) -> bytes:
    return sealing.hkdf(worker.token.encode(), sealing.address("kit", window))


def unarmed(worker: WorkerId) -> list[str]:
    """Return the refs of open ways without a kit that this worker can open."""
    rows = Window.objects.filter(kind=WindowKind.WAY, closes_at=None)
    kits = {kit.window_id: kit for kit in Kit.objects.filter(window__in=rows)}
    return [row.ref for row in rows if _opened(worker, row, kits.get(row.pk)) is None]


def _opened(worker: WorkerId, window: Window, kit: Kit | None) -> dict[str, Any] | None:
    if kit is None:
        return None
    try:
        raw = sealing.unseal(
            _key(worker, window.ref), bytes(kit.sealed), sealing.address(window.ref)
        )
    except sealing.Tampered:  # of an earlier start: its key died with the supervisor
        return None
    told: dict[str, Any] = json.loads(sealing.unpad(raw))
    return told


@transaction.atomic
def arm(
    worker: WorkerId,
    *,
    window_ref: str,
    texts: Mapping[str, Mapping[str, str]],
    sender: str,
    now: datetime,
) -> None:
    """Seal number and agreed texts for one open way, ready to leave without the keeper.

    Args:
        worker: the sending one; its token makes the key.
        texts: what he agreed to, by name and language.
        sender: our own short code or name.
    """
    window = Window.objects.get(ref=window_ref)
    handle = queries.handle_of(window.person_ref)
    keys = keyring.open_fields(worker, Purpose.SEND, [handle.compartment], [SENT, "phone"])
    number = keys.open(
        handle.number, field=NUMBER, kind="phone", compartment=handle.compartment, ref=handle.ref
    )
    ready = [
        {"text": text, "language": language, "boxes": _boxes(text, handle, keys)}
        for by_language in texts.values()
        for language, text in by_language.items()
    ]
    told = {"number": number, "sender": sender, "ready": ready}
    box = sealing.seal(
        _key(worker, window_ref),
        sealing.pad(json.dumps(told).encode()),
        sealing.address(window_ref),
    )
    Kit.objects.update_or_create(
        window=window,
        defaults={"person_ref": window.person_ref, "sealed": box, "armed_at": now},
    )
    audit.record(worker.ref, "post.armed", ref=window_ref, now=now)


def _boxes(text: str, handle: Handle, keys: keyring.Keyring) -> list[tuple[str, str]]:
    """Return (ref, sealed body) of messages that do not exist yet: sealing takes the keeper."""
    refs = [new_ref() for _ in range(EACH)]
    return [
        (ref, keys.seal(text, field=BODY, kind=SENT, compartment=handle.compartment, ref=ref).hex())
        for ref in refs
    ]


def leave_by_kit(who: WorkerId, *, person_ref: str, text: str, language: str, now: datetime) -> str:
    """Put an agreed text out without the keeper, in the caller's transaction; return its ref.

    The door has judged it already. It is written to the spool when the transaction commits.

    Raises:
        Refused: no kit was armed, or this text is not in it, or it has left as often as it can.
    """
    worker = workers.me(Purpose.SEND)
    kit = Kit.objects.select_related("window").filter(person_ref=person_ref).first()
    told = _opened(worker, kit.window, kit) if kit else None
    boxes = [
        box
        for each in (told or {}).get("ready", [])
        if each["text"] == text and each["language"] == language
        for box in each["boxes"]
    ]
    used = set(Message.objects.filter(ref__in=[b[0] for b in boxes]).values_list("ref", flat=True))
    free = [box for box in boxes if box[0] not in used]
    if told is None or not free:
        raise Refused(
            Refusal(
                "post.not_armed",
                "The keeper is away, and this text was not made ready for him.",
                "It leaves when the keeper is back; call the passage commander.",
            )
        )
    return _put_out(
        who, free[0], told, person_ref=person_ref, text=text, language=language, now=now
    )


def _put_out(
    who: WorkerId,
    box: tuple[str, str],
    told: Mapping[str, str],
    *,
    person_ref: str,
    text: str,
    language: str,
    now: datetime,
) -> str:
    handle, due_at = queries.handle_of(person_ref), clock.wall() + rules.ANSWER_DUE
    message = Message.objects.create(
        ref=box[0],
        lane=LANE,
        person_ref=person_ref,
        compartment=handle.compartment,
        kind=Kind.ABORT,
        route=handle.route,
        language=language,
        body=Box(bytes.fromhex(box[1]), column=BODY, ref=box[0], fresh=True),
        by=who.ref,
        parts=size_of(text).parts,
        put_at=now,
        not_after=now + rules.MESSAGE_LIFE,
    )
    data = Path(settings.DATA)
    route = leaving_by(data, handle.route) or handle.route  # the door has seen that it is served
    attempt = Attempt.objects.create(
        ref=new_ref(), message=message, number=1, route=route, claimed_at=now, due_at=due_at
    )
    out = OutboundText(attempt.ref, route, told["sender"], told["number"], text, due_at)
    lane = lane_to(data, route)
    transaction.on_commit(partial(lane.put, attempt.ref, out.to_bytes()))
    audit.record(who.ref, "post.left_by_kit", ref=message.ref, now=now)
    notices.emit("post.put", message.ref)
    return message.ref
