"""Reads what the gateways brought: texts to conversations, answers and receipts to the post.

A thing is taken in by one transaction under its key, and only then said to be done; a crash in
between takes it in again, and the key keeps it single.
"""

from pathlib import Path

from django.conf import settings

from safeconduct import clock, log
from safeconduct.access import client, workers
from safeconduct.access.rules import Purpose
from safeconduct.conversations import actions
from safeconduct.envelope import InboundText, Receipt, SendResult, kind_of
from safeconduct.notices.loops import Loop
from safeconduct.post import actions as post
from safeconduct.programme import load
from safeconduct.spool import core_end
from safeconduct.spool.lanes import Arrived, Receiving

BATCH = 20
logger = log.get_logger()
_lane: list[Receiving] = []


def _receiving() -> Receiving:
    """Open the lane once; the core's private key lives in this process's memory alone."""
    if not _lane:
        private = client.gateway_keys(workers.me(Purpose.INGEST), "core").box_private
        _lane.append(core_end.receiving(Path(settings.DATA), private=private))
    return _lane[0]


def take_in(arrived: Arrived) -> None:
    """Bring one arrived thing to where it belongs; doing it twice changes nothing."""
    worker, profile, now = workers.me(Purpose.INGEST), load.current(), clock.now()
    kind = kind_of(arrived.content)
    if kind == "InboundText":
        inbound = InboundText.from_bytes(arrived.content)
        actions.receive_message(worker, inbound, key=arrived.key, profile=profile, now=now)
    elif kind == "SendResult":
        post.settle_result(worker, SendResult.from_bytes(arrived.content), now=now)
    elif kind == "Receipt":
        receipt = Receipt.from_bytes(arrived.content)
        post.settle_receipt(worker, receipt, key=arrived.key, region=profile.phone_region, now=now)
    else:
        logger.warning("ingest.not_for_us", kind=kind, gateway=arrived.sender)


def _ingest() -> bool:
    lane = _receiving()
    arrived = lane.take(limit=BATCH)
    for each in arrived:
        take_in(each)
        lane.done(each)
    return bool(arrived)


def _incomplete() -> bool:
    shown = actions.show_incomplete(
        workers.me(Purpose.INGEST), profile=load.current(), wall=clock.wall(), now=clock.now()
    )
    return bool(shown)


def _free() -> bool:
    return actions.free_overdue(workers.me(Purpose.CLOCKS), wall=clock.wall(), now=clock.now())


def _draw() -> bool:
    return actions.draw_readings(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("conversations.ingest", _ingest, every_s=0.1),
        Loop("conversations.incomplete", _incomplete, every_s=5.0),
        Loop("conversations.locks", _free, every_s=5.0),
        Loop("conversations.readings", _draw, every_s=60.0),
    ]
