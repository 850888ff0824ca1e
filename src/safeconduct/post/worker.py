"""Hands the gateways what may leave: claimed in a transaction, sealed, spooled.

While an inbound text lies unread and reading does not get on, nothing leaves: it may be a stop.
"""

import time
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.conf import settings

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.notices.loops import SOON, Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.post import actions, spooling
from safeconduct.programme import load
from safeconduct.spool import core_end
from safeconduct.spool.queue import Queue

BATCH = 20
AGREED = ("hold", "abort", "turn_back")  # texts he accepts at AGREED, by their name in the profile
UNREAD_S = 2.0  # real seconds that inbound may lie while texts leave
_incoming: list[Queue] = []
_unread_since: list[tuple[int, float]] = []
_written: set[str] = set()
_claimed: list[actions.Claimed] = []  # of campaigns, and not written yet
_begun: list[datetime] = []


def _reading_lags() -> bool:
    """Return whether the oldest inbound thing has lain unread for longer than UNREAD_S."""
    if not _incoming:
        _incoming.append(core_end.incoming(Path(settings.DATA)))
    oldest = _incoming[0].take(limit=1)
    if not oldest:
        _unread_since.clear()
        return False
    if not _unread_since or _unread_since[0][0] != oldest[0].id:
        _unread_since[:] = [(oldest[0].id, time.monotonic())]
    return time.monotonic() - _unread_since[0][1] > UNREAD_S


def _write(claims: list[actions.Claim], *, now: datetime) -> bool:
    """Write claims; return whether any left. What the rate holds back must not keep the step going."""
    if not claims:
        return False
    profile = load.current()
    written = spooling.write(
        workers.me(Purpose.SEND),
        claims,
        data=Path(settings.DATA),
        sender=profile.sender,
        own_texts={text for texts in profile.texts.values() for text in texts.values()},
        now=now,
    )
    _written.update(written)
    return bool(written)


def _send() -> bool | Literal["soon"]:
    if _reading_lags():
        return SOON
    now, wall = clock.now(), clock.wall()
    limit = load.current().limit("reply_after_stop")
    # What an earlier step or process claimed and did not write comes first.
    claims = actions.unwritten(
        written=_written, limit=4 * BATCH, now=now, wall=wall, reply_after_stop=limit
    )
    claims += actions.claim_live(limit=BATCH, now=now, wall=wall, reply_after_stop=limit)
    if _write(claims, now=now) or (not claims and _send_listed(now=now, wall=wall)):
        return True
    return SOON if actions.paced() else False  # a campaign's pace is the clock's


def _send_listed(*, now: datetime, wall: datetime) -> bool:
    """Let a second's worth of a campaign go; first what was claimed and not written, in this life or before."""
    if not _begun:
        _claimed.extend(actions.unwritten_batches(wall=wall))
        _begun.append(wall)
    if not _claimed and (claimed := actions.claim_campaigns(now=now, wall=wall)):
        _claimed.append(claimed)
    if not _claimed:
        return False
    actions.write_batch(
        workers.me(Purpose.SEND),
        _claimed[0],
        data=Path(settings.DATA),
        sender=load.current().sender,
        now=now,
    )
    del _claimed[0]  # what could not be written stays the first
    return True


def _give_up() -> bool:
    return actions.give_up_waiting(now=clock.now(), wall=clock.wall())


def _receipts() -> bool:
    return actions.settle_waiting_receipts(now=clock.now())


def _veiled() -> bool | Literal["soon"]:
    return SOON if actions.tell_veiled(now=clock.now()) else False


def _arm() -> bool:
    profile, send = load.current(), workers.me(Purpose.SEND)
    texts = {what: profile.texts[what] for what in AGREED}
    for window in actions.unarmed(send):
        actions.arm(send, window_ref=window, texts=texts, sender=profile.sender, now=clock.now())
    return False


def _stops() -> bool:
    return actions.enter_spooled_stops()


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("post.send", _send, every_s=0.1, woken_by=(DATABASE, core_end.IN)),
        Loop("post.unknown", _give_up, every_s=2.0),
        Loop("post.receipts", _receipts, every_s=1.0, woken_by=(DATABASE,), at_latest_s=5.0),
        Loop("post.veiled", _veiled, every_s=0.25, woken_by=(DATABASE,), at_latest_s=5.0),
        Loop("post.arm", _arm, every_s=1.0, woken_by=(DATABASE,), at_latest_s=5.0),
        Loop("post.stops", _stops, every_s=0.5),
    ]
