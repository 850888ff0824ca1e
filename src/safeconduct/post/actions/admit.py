"""The way in: a number becomes an opaque person ref, and nobody behind this door sees it again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import phonenumbers
from django.db import transaction

from safeconduct.access import keyring
from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.envelope import InboundText, account_channel
from safeconduct.post import linked, rules
from safeconduct.post.actions.stopping import opt_out
from safeconduct.post.actions.strangers import MET, Meeting, meet
from safeconduct.post.channels import channel_of
from safeconduct.post.models import Handle, Part
from safeconduct.post.queries import NUMBER
from safeconduct.refs import new_ref

PART = "post.Part.body"
_ASKED = 500  # indexes in one question to the tables; SQLite takes 999 at least
_UNREAD = "\ufffd"  # stands where the carrier's bytes could not be read; the bytes are kept


@dataclass(frozen=True, slots=True)
class Admitted:
    """A whole text, or as much of it as came, from somebody who is a ref from here on.

    Attributes:
        person_ref: as other rooms know him.
        by: the handle by which he wrote; another ref where it follows one of his.
        key: unique for this text; a second reading of the spool brings the same.
        keys: opened for this person's compartment: body.
        stopped: the whole text was a stop word, and the door is closed.
        edited: a new version of a text that he sent before.
        met: this is the first that ever came from him, so no row anywhere knows him.
        incomplete: parts are missing still; they come later or never.
    """

    person_ref: str
    by: str
    compartment: str
    route: str
    key: str
    text: str
    maybe_again: bool
    incomplete: bool
    stopped: bool
    arrived_at: datetime
    keys: Keyring
    edited: bool = False
    met: bool = False


def e164(number: str, *, region: str, route: str = "") -> str:
    """Return a number in the one international form; a short code, a name or an account stays.

    An account counts only on its own channel: a carrier brings whatever name a sender gives himself.

    Args:
        route: by which it came; "" where only numbers can come.
    """
    account = account_channel(number)
    if account:  # its letters and digits are no number, though some might parse
        return number if account == channel_of(route) else f"?{number}"
    return telephone(number, region=region) or number.strip().casefold()


def telephone(written: str, *, region: str) -> str:
    """Return a telephone number in the one international form; "" for what can be none."""
    try:
        parsed = phonenumbers.parse(written, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@transaction.atomic
def admit(
    worker: WorkerId,
    inbound: InboundText,
    *,
    key: str,
    region: str,
    stop_words: tuple[str, ...],
    meeting: Meeting | None = None,
    now: datetime,
) -> Admitted | None:
    """Take one text in; None while it is a piece of a longer one, or was taken in before.

    Args:
        key: the carried form's: route and arrival number.
        region: where a number without a country belongs (profile).
        stop_words: of the profile, all alphabets.
        meeting: what the keeper told beforehand, where many are taken in at once.

    A stop word closes the outgoing door here, before any room has read the text.
    """
    if Part.objects.filter(key=key).exists():
        return None
    met = meeting or Meeting()
    handle, keys, new = _handle_for(worker, inbound, met, region=region, now=now)
    part = _store_part(handle, inbound, keys=keys, key=key, now=now)
    if part.text_ref:
        whole: _Whole | None = _Whole([part], _told(inbound), incomplete=False)
    else:
        whole = _whole_text(handle, part, keys=keys)
    if whole is None:
        return None
    admitted = _admitted(worker, handle, whole, keys=keys, stop_words=stop_words, met=new, now=now)
    return replace(admitted, edited=inbound.edited)


def meet_senders(worker: WorkerId, senders: Sequence[tuple[str, str]], *, region: str) -> Meeting:
    """Ask the keeper what taking in these senders takes; see `known_senders` and `strangers.meet`."""
    numbers = [e164(handle, region=region, route=route) for route, handle in senders]
    return meet(worker, list(dict.fromkeys(numbers)))


def known_senders(
    worker: WorkerId, senders: Sequence[tuple[str, str]], *, region: str
) -> frozenset[tuple[str, str]]:
    """Return those of some senders whom the programme has heard before, in one question to the keeper.

    Args:
        senders: each as the route by which he wrote, and his handle there.

    Raises:
        Refused: the keeper is away, or its rate is met.
    """
    numbers = [e164(handle, region=region, route=route) for route, handle in senders]
    indexes = keyring.blind_many(worker, "phone", numbers)
    heard = {
        bytes(index)
        for at in range(0, len(indexes), _ASKED)
        for index in Handle.objects.filter(index__in=indexes[at : at + _ASKED]).values_list(
            "index", flat=True
        )
    }
    known = zip(senders, indexes, strict=True)
    return frozenset(sender for sender, index in known if index in heard)


def _handle_for(
    worker: WorkerId, inbound: InboundText, met: Meeting, *, region: str, now: datetime
) -> tuple[Handle, Keyring, bool]:
    """Return whose text it is, the keys for it, and whether nobody has heard of him before."""
    number = e164(inbound.sender, region=region, route=inbound.route)
    index = met.index(worker, "phone", number)
    handle = Handle.objects.select_for_update().filter(index=index).first()
    if handle is not None:
        handle.last_inbound_at, handle.route = now, inbound.route
        handle.save(update_fields=["last_inbound_at", "route"])
        home = linked.home_of(handle)
        if home != handle.compartment:
            return handle, _move(worker, handle, number, to=home), False
        return handle, _keys(worker, handle.compartment), False
    compartment, keys = met.compartment(worker)
    ref = new_ref()
    sealed = keys.seal(number, field=NUMBER, kind="phone", compartment=compartment, ref=ref)
    handle = Handle.objects.create(
        ref=ref,
        person_ref=new_ref(),
        compartment=compartment,
        route=inbound.route,
        number=sealed,
        index=index,
        optout_index=met.index(worker, "optout", number),
        first_at=now,
        last_inbound_at=now,
    )
    return handle, keys, True


def _move(worker: WorkerId, handle: Handle, number: str, *, to: str) -> Keyring:
    """Bring a handle home: its number, and pieces of a text that wait, are sealed there anew."""
    keys = keyring.open_fields(worker, Purpose.INGEST, [handle.compartment, to], [*MET, "phone"])
    for part in Part.objects.filter(handle=handle, body__isnull=False):
        told = _text(part, keys)
        part.body = keys.seal(told, field=PART, kind="text", compartment=to, ref=part.ref)
        part.compartment = to
        part.save(update_fields=["body", "compartment"])
    handle.number = keys.seal(number, field=NUMBER, kind="phone", compartment=to, ref=handle.ref)
    handle.compartment = to
    handle.save(update_fields=["number", "compartment"])
    return keys


def _keys(worker: WorkerId, compartment: str) -> Keyring:
    return keyring.open_fields(worker, Purpose.INGEST, [compartment], MET)


def _told(inbound: InboundText) -> str:
    return inbound.text or (_UNREAD + inbound.raw.hex() if inbound.raw else "")


def _store_part(
    handle: Handle, inbound: InboundText, *, keys: Keyring, key: str, now: datetime
) -> Part:
    """Keep a piece until its text is whole; of a text in one piece no words are kept here."""
    ref, alone = new_ref(), inbound.parts <= 1
    seal = partial(keys.seal, field=PART, kind="text", compartment=handle.compartment, ref=ref)
    return Part.objects.create(
        ref=ref,
        key=key,
        handle=handle,
        compartment=handle.compartment,
        reference=inbound.reference,
        number=max(1, inbound.part),
        total=max(1, inbound.parts),
        body=None if alone else seal(_told(inbound)),
        text_ref=ref if alone else "",
        maybe_again=inbound.maybe_again,
        arrived_at=now,
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    parts: list[Part]
    text: str
    incomplete: bool


def _whole_text(handle: Handle, last: Part, *, keys: Keyring) -> _Whole | None:
    """Return the text that the part `last` completed, if it completed one."""
    rows = Part.objects.filter(
        handle=handle,
        reference=last.reference,
        total=last.total,
        text_ref="",
        body__isnull=False,
    ).order_by("pk")
    by_key = {row.key: row for row in rows}
    texts = {row.key: _text(row, keys) for row in by_key.values()}
    pieces = [rules.Piece(row.key, row.number, row.total) for row in by_key.values()]
    for group in rules.groups_of(pieces):
        if any(piece.key == last.key for piece in group) and len(group) == last.total:
            whole = [by_key[piece.key] for piece in group]
            text = "".join(texts[piece.key] for piece in group)
            return _used(_Whole(whole, text, incomplete=False))
    return None


def _used(whole: _Whole) -> _Whole:
    """Forget the words of pieces that stand in a text from here on."""
    parts = [part.pk for part in whole.parts]
    Part.objects.filter(pk__in=parts).update(text_ref=whole.parts[0].ref, body=None)
    return whole


def _text(row: Part, keys: Keyring) -> str:
    if row.body is None:
        return ""
    return keys.open(row.body, field=PART, kind="text", compartment=row.compartment, ref=row.ref)


def _admitted(
    worker: WorkerId,
    handle: Handle,
    whole: _Whole,
    *,
    keys: Keyring,
    stop_words: tuple[str, ...],
    met: bool = False,
    now: datetime,
) -> Admitted:
    first = whole.parts[0]
    stopped = rules.is_stop(whole.text, stop_words)
    if stopped:
        opt_out(worker, person_ref=handle.person_ref, now=now)
    return Admitted(
        person_ref=handle.person_ref if met else linked.leader_of(handle),
        by=handle.person_ref,
        compartment=handle.compartment,
        route=handle.route,
        key=first.key,
        text=whole.text,
        maybe_again=any(part.maybe_again for part in whole.parts),
        incomplete=whole.incomplete,
        stopped=stopped,
        arrived_at=first.arrived_at,
        keys=keys,
        met=met,
    )


def person_behind(worker: WorkerId, handle: str, *, route: str, region: str) -> str:
    """Return the person who writes by a handle, "" when nobody ever did.

    Args:
        route: by which it came.
        region: where a number without a country belongs (profile).
    """
    index = keyring.blind(worker, "phone", e164(handle, region=region, route=route))
    found = Handle.objects.filter(index=index).first()
    return linked.leader_of(found) if found else ""


def stop_unopened(
    worker: WorkerId,
    inbound: InboundText,
    *,
    region: str,
    stop_words: tuple[str, ...],
    now: datetime,
) -> None:
    """Close the door to one whose text is a stop and cannot be taken in yet; it needs no key of his."""
    if rules.is_stop(inbound.text, stop_words):
        person_ref = person_behind(worker, inbound.sender, route=inbound.route, region=region)
        if person_ref:
            opt_out(worker, person_ref=person_ref, now=now)


@transaction.atomic
def overdue_parts(
    worker: WorkerId, *, stop_words: tuple[str, ...], now: datetime
) -> Admitted | None:
    """Return the oldest text whose missing parts are given up for now; None when there is none."""
    first = (
        Part.objects.select_related("handle")
        .filter(text_ref="", body__isnull=False, arrived_at__lt=now - rules.PARTS_WAIT)
        .order_by("pk")
        .first()
    )
    if first is None:
        return None
    keys = _keys(worker, first.compartment)
    rows = Part.objects.filter(
        handle=first.handle, reference=first.reference, total=first.total, text_ref=""
    ).order_by("pk")
    pieces = [rules.Piece(row.key, row.number, row.total) for row in rows]
    group = next(g for g in rules.groups_of(pieces) if any(p.key == first.key for p in g))
    by_key = {row.key: row for row in rows}
    have = {piece.number: _text(by_key[piece.key], keys) for piece in group}
    text = "".join(have.get(number, " […] ") for number in range(1, first.total + 1))
    whole = _used(_Whole([by_key[piece.key] for piece in group], text, incomplete=True))
    return _admitted(worker, first.handle, whole, keys=keys, stop_words=stop_words, now=now)
