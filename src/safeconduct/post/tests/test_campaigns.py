"""What of a campaign leaves: each number claimed once, in its hours, at the carrier's rate."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from safeconduct.access import keyring
from safeconduct.access.rules import Purpose
from safeconduct.envelope import OutboundBatch
from safeconduct.post import actions, progress
from safeconduct.post.actions import Hours, Rate
from safeconduct.post.actions.claiming import boxed
from safeconduct.post.campaign_tables import (
    Batch,
    Told,
    Wording,
)
from safeconduct.post.models import OptOut
from safeconduct.post.tests.conftest import NOON
from safeconduct.post.tests.listed import (
    DAY,
    TEXTS,
    answered,
    claimed,
    drain,
    number,
    outcomes,
    queue,
)
from safeconduct.refusal import Refused
from safeconduct.spool import stops
from safeconduct.spool.claims import texts_of


def test_each_number_of_a_campaign_is_written_to_once_and_the_sums_match(listed):
    assert queue(listed) == 12
    sent = drain()
    assert len(set(sent)) == len(sent) == 12
    assert drain() == []
    lanes = progress.of("camp")
    assert sum(lane.put for lane in lanes) == sum(lane.claimed for lane in lanes) == 12
    assert outcomes() == {"SENT": 12}


def test_nothing_is_claimed_twice_though_a_lane_were_set_back(listed):
    queue(listed)
    batch = actions.claim_campaigns(now=NOON, wall=NOON)
    assert batch
    taken = Batch.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Batch.objects.create(
            lane=taken.lane, first=taken.first, last=taken.last, route="smpp", parts=1,
            claimed_at=NOON, due_at=NOON,
        )  # fmt: skip


def test_a_campaign_is_never_tried_twice_whatever_is_unknown(listed):
    queue(listed)
    drain(answer=False)
    late = NOON + timedelta(hours=1)
    while actions.give_up_waiting(now=NOON, wall=late):
        pass
    drain(answer=False)
    while actions.give_up_waiting(now=NOON, wall=late):
        pass
    assert outcomes() == {"UNKNOWN": 12}
    assert actions.unwritten_batches(wall=late) == []
    assert actions.claim_campaigns(now=NOON, wall=late) is None


def test_a_number_that_said_stop_a_moment_ago_gets_no_campaign(listed, writes):
    queue(listed)
    writes("СТОП", sender="+380502000003")
    assert len(drain()) == 11
    assert outcomes() == {"SENT": 11, "SKIPPED": 1}
    assert progress.opted_out_of("camp") == 1


def test_whoever_ever_wrote_to_us_gets_no_campaign_but_what_is_said_to_him_alone(listed, writes):
    queue(listed)
    writes("Здравствуйте", sender=number(3))
    assert len(drain()) == 11
    assert {(row.outcome, row.reason) for row in Told.objects.exclude(outcome="SENT")} == {
        ("SKIPPED", "known")
    }


def test_a_stop_that_only_the_local_spool_could_take_counts(listed, writes, data_folder):
    queue(listed)
    stops.prepare(data_folder)
    his = writes("Здравствуйте", sender=number(3)).person_ref
    stops.put(data_folder, stops.Stop("ST-1", "optout", his, "", "SYS:ingest", NOON.isoformat()))
    try:
        assert not OptOut.objects.exists()
        assert len(drain()) == 11
    finally:
        stops.entered(data_folder, "ST-1")


def test_a_closed_zone_blocks_no_other(listed):
    queue(listed, hours=Hours(13 * 60, 20 * 60))  # noon UTC is 14:00 in Kyiv
    assert len(drain()) == 8
    assert len(drain(now=NOON + timedelta(hours=1))) == 4


def test_a_pause_lets_one_seconds_batch_more_go_at_most(listed):
    queue(listed, rate=Rate(3))
    first, wall = claimed(), NOON
    assert len(first) == 3
    for _ in range(20):  # nobody answers: no more than a second's worth is ever out
        wall += timedelta(seconds=1)
        assert claimed(wall=wall) == []
    actions.pause_campaign(listed, campaign="camp", now=NOON)
    answered(first)
    assert claimed(wall=wall + timedelta(seconds=1)) == []
    actions.resume_campaign(listed, campaign="camp", now=NOON)
    assert len(drain(wall=wall + timedelta(seconds=1))) == 9


def test_lanes_and_campaigns_share_one_routes_rate_and_its_hour(listed, officer):
    queue(listed, rate=Rate(2, per_hour=5))
    sent, wall = [], NOON
    for _ in range(10):
        got = claimed(wall=wall)
        answered(got)
        sent += got
        wall += timedelta(seconds=0.5)
    assert len(sent) == 5  # the hour's, though the seconds would give more
    assert len(claimed(wall=NOON + timedelta(hours=1))) == 2


def test_the_rate_is_counted_in_short_messages(listed):
    long = {language: ["Сдаться можно живым. " * 4 + "Стоп: 0"] for language in TEXTS}
    queue(listed, rate=Rate(6), texts=long)  # two parts each
    assert {wording.parts for wording in Wording.objects.all()} == {2}
    assert len(claimed()) == 3


def test_a_campaign_is_looked_at_by_the_clock_while_it_has_texts_and_is_not_paused(listed):
    assert not actions.paced()
    queue(listed, rate=Rate(3))
    assert actions.paced()
    actions.pause_campaign(listed, campaign="camp", now=NOON)
    assert not actions.paced()
    actions.resume_campaign(listed, campaign="camp", now=NOON)
    drain()
    assert not actions.paced()


def test_a_campaign_promises_nothing_and_threatens_nobody(listed):
    for text in ("Заплатим 500 евро. Стоп: 0", "Последний шанс. Стоп: 0"):
        with pytest.raises(Refused):
            queue(listed, texts={**TEXTS, "ru": [text]})
    assert not Wording.objects.exists()
    assert actions.claim_campaigns(now=NOON, wall=NOON) is None


def test_after_the_lists_term_nothing_leaves(listed):
    queue(listed)
    assert drain(now=NOON + DAY) == []
    assert outcomes() == {"SKIPPED": 12}


def test_a_batch_goes_to_the_spool_in_one_box_with_each_number_and_its_own_text(
    listed, worker, data_folder
):
    queue(listed)
    batch = actions.claim_campaigns(now=NOON, wall=NOON)
    keys = keyring.open_fields(
        worker(Purpose.SEND), Purpose.SEND, ["campaign:camp"], ["sent", "phone"]
    )
    boxes = texts_of(OutboundBatch.from_bytes(boxed(batch, keys, sender="7007", now=NOON)))
    assert [text.attempt for text in boxes] == [row[0] for row in batch.rows]
    for text, row in zip(boxes, batch.rows, strict=True):
        assert text.text == TEXTS[row[2]][0]
    numbers = {text.recipient for text in boxes}
    assert numbers == {number(n) for n in range(8)}


def test_words_of_an_offer_that_was_withdrawn_stop_the_campaign_and_nothing_of_the_batch_left(
    listed, worker, data_folder
):
    queue(listed)
    Wording.objects.update(offers=["withdrawn"])
    batch = actions.claim_campaigns(now=NOON, wall=NOON)
    assert not actions.write_batch(
        worker(Purpose.SEND), batch, data=data_folder, sender="7007", now=NOON
    )
    assert outcomes() == {"SKIPPED": len(batch.rows)}
    assert {row.reason for row in Told.objects.all()} == {"words.dead_token"}
    assert actions.claim_campaigns(now=NOON, wall=NOON + timedelta(seconds=9)) is None
    assert all(lane.stopped_by == "words" for lane in progress.of("camp"))
