"""Reads what the gateways brought: texts and reports to conversations, answers and receipts to the post.

A person's text waits for no receipt, and a known person's for no stranger's: what lies there is put
in order first (`backlog`), some twenty things at a time, so that everybody else may write between.
Then all comes in its order, many things by one commit, and only then is said to be done. A crash in
between, or a text's own turn, takes it in again, and the key keeps it single.

What the keeper's rate does not let in yet waits aside and sealed, and holds nobody up; it is tried
again each minute. If it is a stop it is in force at once.

A thing that fails again and again is set aside, so that the next one is read. It stays sealed in
the spool; a supervisor is called, and on the page of settings he has it tried again.
"""

import time
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from safeconduct import clock, log
from safeconduct.access import client, keyring, workers
from safeconduct.access.corekeys import core_keys
from safeconduct.access.rules import Purpose
from safeconduct.conversations import actions
from safeconduct.conversations.backlog import Backlog, Sender, sender_of
from safeconduct.envelope import (
    IdentityChanged,
    InboundText,
    Receipt,
    SendResult,
    SendResults,
    kind_of,
)
from safeconduct.notices import actions as notices
from safeconduct.notices.loops import Loop
from safeconduct.post import actions as post
from safeconduct.programme import load
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.spool.lanes import Arrived, Receiving

BATCH = 20  # things by one commit, and for `BATCH_S` at most: so long another's act waits for the tables
BATCH_S = 0.1
AT_ONCE = 200  # things that waited for a rate, tried again by one step
ASIDE = "conversations.set_aside"  # the job a supervisor finds given up, one for each thing
# What fails for everything alike and passes: then nothing is set aside, and all of it waits.
_PASSING = (client.KeeperAway, OperationalError, InterfaceError, OSError)
logger = log.get_logger()
_lane: list[Receiving] = []
_backlog: list[Backlog] = []
_beside: list[Receiving] = []  # the same for the other loops: a lane belongs to one thread
_behind: list[Receiving] = []


def _receiving(kept: list[Receiving]) -> Receiving:
    """Open a lane once; the core's private keys live in this process's memory alone."""
    if not kept:
        kept.append(core_end.receiving(Path(settings.DATA), keys=core_keys))
    return kept[0]


def take_in(
    arrived: Arrived, *, of_a_wave: bool = False, meeting: post.Meeting | None = None
) -> None:
    """Bring one arrived thing to where it belongs; doing it twice changes nothing.

    Args:
        arrived: from the lane.
        of_a_wave: many texts like it lie in the lane.
        meeting: what the keeper told beforehand, where many are taken in at once.
    """
    worker, profile, now = workers.me(Purpose.INGEST), load.current(), clock.now()
    kind = kind_of(arrived.content)
    if kind == "InboundText":
        inbound = InboundText.from_bytes(arrived.content)
        actions.receive_message(
            worker,
            inbound,
            key=arrived.key,
            profile=profile,
            of_a_wave=of_a_wave,
            meeting=meeting,
            now=now,
        )
    elif kind == "IdentityChanged":
        report = IdentityChanged.from_bytes(arrived.content)
        actions.identity_changed(
            worker, report, key=arrived.key, region=profile.phone_region, now=now
        )
    elif kind == "SendResult":
        post.settle_result(worker, SendResult.from_bytes(arrived.content), now=now)
    elif kind == "SendResults":
        post.settle_results(worker, SendResults.from_bytes(arrived.content), now=now)
    elif kind == "Receipt":
        receipt, worker = Receipt.from_bytes(arrived.content), workers.me(Purpose.SEND)
        # A campaign's receipts are by the hundred thousand; they use up no rate of people who write.
        post.settle_receipt(worker, receipt, key=arrived.key, region=profile.phone_region, now=now)
    else:
        logger.warning("ingest.not_for_us", kind=kind, gateway=arrived.sender)


def _ingest() -> bool:
    lane = _receiving(_lane)
    backlog = _backlog_of(lane)
    ahead = _texts_first(backlog)
    arrived = lane.take(limit=BATCH)
    fresh = [each for each in arrived if not backlog.was_taken(each)]
    taken = {each.row for each in fresh[: _taken_in(backlog, fresh)]}
    if fresh and not taken:
        _each_by_itself(lane, arrived, backlog)
        return True
    done = list(takewhile(lambda each: each.row in taken or backlog.was_taken(each), arrived))
    if done:
        lane.done(done[-1])
        backlog.done(done)
    return ahead or bool(done)


def _backlog_of(lane: Receiving) -> Backlog:
    if not _backlog or _backlog[0].lane is not lane:
        _backlog[:] = [Backlog(lane, known=_known)]
    return _backlog[0]


def _known(senders: Sequence[Sender]) -> frozenset[Sender]:
    region = load.current().phone_region
    try:
        return post.known_senders(workers.me(Purpose.INGEST), senders, region=region)
    except Refused as fault:
        if fault.refusal.code != keyring.OVER_RATE:
            raise
        return frozenset()  # then all wait alike


def _each_by_itself(lane: Receiving, arrived: Sequence[Arrived], backlog: Backlog) -> None:
    for each in arrived:
        try:
            if not backlog.was_taken(each):
                take_in(each, of_a_wave=backlog.is_of_a_wave(each))
        except Exception as fault:
            if _over_rate(fault):
                _stop_all_the_same(each)
                lane.let_wait(each)
            elif _passes(fault) or not lane.failed(each, why=type(fault).__name__):
                raise
        else:
            lane.done(each)
        backlog.done([each])


def _texts_first(backlog: Backlog) -> bool:
    """Take in the next things that wait for no turn; True when some were.

    One that fails is tried in its turn, and holds up none behind it.
    """
    backlog.look()
    found = backlog.next(BATCH)
    taken = _taken_in(backlog, found)
    if found and not taken:
        tried = [
            _ahead(backlog, each) for each in found
        ]  # each of them, whatever became of the first
        return any(tried)
    backlog.took(found[:taken])
    return bool(taken)


def _ahead(backlog: Backlog, each: Arrived) -> bool:
    try:
        take_in(each, of_a_wave=backlog.is_of_a_wave(each))
    except Exception as fault:
        if _passes(fault):
            raise
        if _over_rate(fault):
            _stop_all_the_same(each)
        logger.warning("ingest.not_ahead", seq=each.row, error=type(fault).__name__)
        backlog.fails(each)
        return False
    backlog.took([each])
    return True


def _taken_in(backlog: Backlog, arrived: Sequence[Arrived]) -> int:
    """Take in the first of many by one commit, for `BATCH_S`; return how many.

    None is kept, and 0 is returned, when one fails: then each is tried by itself.
    """
    if not arrived:
        return 0
    taken = 0
    try:
        meeting = _meeting(arrived)
        until = time.monotonic() + BATCH_S
        with transaction.atomic():
            for each in arrived:
                take_in(each, of_a_wave=backlog.is_of_a_wave(each), meeting=meeting)
                taken += 1
                if time.monotonic() > until:
                    break
            return 0 if transaction.get_rollback() else taken
    except Exception as fault:
        if _passes(fault):
            raise
        return 0


def _meeting(arrived: Sequence[Arrived]) -> post.Meeting | None:
    """Ask the keeper once for all who write, before the tables are taken; None for one alone."""
    senders = [sender for each in arrived if (sender := sender_of(each))]
    if not senders[1:]:
        return None
    return post.meet_senders(
        workers.me(Purpose.INGEST), senders, region=load.current().phone_region
    )


def _passes(fault: Exception) -> bool:
    """Return whether the fault lies not with the thing, but with what all need: keeper, disk."""
    if isinstance(fault, Refused):
        return fault.refusal.code.startswith("keeper.")
    return isinstance(fault, _PASSING)


def _over_rate(fault: Exception) -> bool:
    """Return whether the keeper's rate is met for this one's key; another's may still be had."""
    return isinstance(fault, Refused) and fault.refusal.code == keyring.OVER_RATE


def _stop_all_the_same(arrived: Arrived) -> None:
    if kind_of(arrived.content) != InboundText.__name__:
        return
    worker, profile = workers.me(Purpose.INGEST), load.current()
    inbound = InboundText.from_bytes(arrived.content)
    region, words, now = profile.phone_region, profile.stop_words, clock.now()
    try:
        post.stop_unopened(worker, inbound, region=region, stop_words=words, now=now)
    except Refused as fault:
        logger.warning("ingest.stop_waits", seq=arrived.row, reason_code=fault.refusal.code)


def _waiting() -> bool:
    """Take in what waited for the keeper's rate, as far as it falls; what fails now is a person's."""
    lane = _receiving(_behind)
    for row in lane.waiting()[:AT_ONCE]:
        try:
            arrived = lane.again(row)
            if arrived is not None:
                take_in(arrived)
        except Exception as fault:
            if _over_rate(fault):
                continue
            if _passes(fault):
                raise
            lane.wait_no_more(row, why=type(fault).__name__)
        else:
            lane.forget(row)
    return False


def _set_asides() -> bool:
    """Put each thing that was set aside before a supervisor; take up again what he told us to."""
    lane, wall = _receiving(_beside), clock.wall()
    waiting = set(lane.waiting())
    rows = [str(row) for row in lane.queue.asides() if row not in waiting]
    notices.settle_given_up(ASIDE, but=rows, wall=wall)  # a release that knows them took them in
    if not rows:
        return False
    with transaction.atomic():
        for row in rows:
            notices.put_given_up(ASIDE, row, wall=wall)
    for job in notices.claim_jobs([ASIDE], wall=wall):
        _take_again(lane, job)
    return False


def _take_again(lane: Receiving, job: notices.Claimed) -> None:
    """Take one thing in once more; what did not fail any longer may not have been alone."""
    row = int(job.ref)
    try:
        arrived = lane.again(row)
        if arrived is not None:
            take_in(arrived)
    except Exception as fault:
        if _passes(fault):
            raise
        logger.warning("ingest.failed_again", seq=row, error=type(fault).__name__)
        with transaction.atomic():
            notices.give_up(job, wall=clock.wall())
        return
    with transaction.atomic():
        notices.finish_job(job, job.token)
        notices.try_all_again(ASIDE, wall=clock.wall())
    lane.forget(row)  # killed before this, it comes before him once more, and its key keeps it one


def _incomplete() -> bool:
    shown = actions.show_incomplete(
        workers.me(Purpose.INGEST), profile=load.current(), wall=clock.wall(), now=clock.now()
    )
    return bool(shown)


def _free() -> bool:
    return actions.free_overdue(workers.me(Purpose.CLOCKS), wall=clock.wall(), now=clock.now())


def _wake() -> bool:
    return actions.wake(
        workers.me(Purpose.CLOCKS),
        lock_for=load.current().limit("conversation_lock"),
        wall=clock.wall(),
        now=clock.now(),
    )


def _draw() -> bool:
    return actions.draw_readings(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("conversations.ingest", _ingest, every_s=0.02, woken_by=(core_end.IN,)),
        Loop("conversations.set_asides", _set_asides, every_s=2.0),
        Loop("conversations.waiting", _waiting, every_s=60.0),
        Loop("conversations.incomplete", _incomplete, every_s=5.0),
        Loop("conversations.locks", _free, every_s=5.0),
        Loop("conversations.wake", _wake, every_s=5.0),
        Loop("conversations.readings", _draw, every_s=60.0),
    ]
