"""One life of the process that sends, for a test that ends it by SIGKILL.

`python -m tests.sending_campaign` reads one JSON line: the keeper's token, and what to do. "claim" brings a
list, begins, and dies between a claim and the spool; "write" dies behind the spool; "send" sends like the
worker, telling each batch, and in the end what became of all.
"""

# ruff: noqa: E402  after django.setup

import json
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings

from safeconduct.access import workers
from safeconduct.access.rules import Purpose
from safeconduct.envelope import SendResult
from safeconduct.post import actions, progress, worker
from safeconduct.post.campaign_tables import Batch, Recipient

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NUMBERS, A_SECOND = 300, 40


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def begin(send):
    lines = "\n".join(
        f"+3805020{n:05},ru,{'UTC' if n % 3 else 'Asia/Tokyo'}" for n in range(NUMBERS)
    )
    actions.put_list(send, campaign="camp", parts=[(2, NUMBERS, lines)], now=NOON)
    while actions.read_part(send, campaign="camp", region="UA", variants={}):
        pass
    actions.queue_campaign(
        send, campaign="camp", route="smpp", texts={"ru": ["Сдаться можно живым. Стоп: 0"]}, tokens={},
        hours=actions.Hours(0, 0), rate=actions.Rate(A_SECOND), not_after=NOON + timedelta(days=9),
        now=NOON,
    )  # fmt: skip


def seconds():
    """Yield later and later instants: half a second's tokens have gathered at each."""
    last = Batch.objects.order_by("-claimed_at").first()
    wall = last.claimed_at if last else NOON
    while True:
        wall += timedelta(seconds=0.5)
        yield wall


def send_all(_send):
    """Send as the worker's step does, until nothing is left."""
    for wall in seconds():
        if worker._send_listed(now=NOON, wall=wall):
            say("sent")
        elif not actions.paced():
            tell()
            return
        answer_earlier()


def answer_earlier():
    """Let all be answered but the end of the last batch: more than a second's worth is never out."""
    last = Batch.objects.order_by("pk").last()
    for batch in Batch.objects.order_by("pk"):
        until = batch.last if batch != last else (batch.first + batch.last) // 2
        rows = Recipient.objects.filter(
            lane=batch.lane, position__gte=batch.first, position__lte=until
        )
        results = [
            SendResult(ref, "smpp", "SENT", ["7"], 0, NOON)
            for ref in rows.values_list("ref", flat=True)
        ]
        actions.settle_campaigns(results, now=NOON)


def die_between(send, *, written):
    """Claim and die; or write what an earlier life claimed, and die before anybody knows."""
    wall = next(seconds())
    if written:
        [claimed] = actions.unwritten_batches(wall=wall)
        data = Path(settings.DATA)
        assert actions.write_batch(send, claimed, data=data, sender="7007", now=NOON)
    else:
        begin(send)
        assert actions.claim_campaigns(now=NOON, wall=wall)
    os.kill(os.getpid(), signal.SIGKILL)


def tell():
    lanes = progress.of("camp")
    told = {"claimed": sum(lane.claimed for lane in lanes), "put": sum(lane.put for lane in lanes)}
    say(json.dumps({**told, "refs": list(Recipient.objects.values_list("ref", flat=True))}))


if __name__ == "__main__":
    asked = json.loads(sys.stdin.readline())
    workers.take({"send": asked["token"]})
    does = {
        "send": send_all,
        "claim": lambda send: die_between(send, written=False),
        "write": lambda send: die_between(send, written=True),
    }
    does[asked["does"]](workers.me(Purpose.SEND))
    say("done")
