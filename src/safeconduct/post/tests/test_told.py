"""What became of a campaign's numbers: told once, counted once; and when it ends."""

import dataclasses
import hashlib
from datetime import timedelta

import pytest

from safeconduct.envelope import SendResults
from safeconduct.post import actions, progress
from safeconduct.post.actions import Rate
from safeconduct.post.actions.arrived import match_receipt, resolve_receipt
from safeconduct.post.campaign_tables import (
    Lane,
    Recipient,
    Tally,
)
from safeconduct.post.progress import Why
from safeconduct.post.tests.conftest import NOON
from safeconduct.post.tests.listed import (
    TWO,
    answered,
    claimed,
    counted,
    drain,
    number,
    outcomes,
    parts_of,
    queue,
    read,
)


def test_a_late_answer_is_counted_in_the_place_of_unknown(listed):
    queue(listed)
    sent = drain(answer=False)
    while actions.give_up_waiting(now=NOON, wall=NOON + timedelta(hours=1)):
        pass
    answered(sent[:3], now=NOON + timedelta(hours=2))
    assert outcomes() == {"SENT": 3, "UNKNOWN": 9}
    answered(sent[:3], now=NOON + timedelta(hours=3))  # told twice is told once
    assert outcomes() == {"SENT": 3, "UNKNOWN": 9}
    assert outcomes() == counted()


def test_whatever_is_told_in_whatever_order_the_counts_are_those_of_the_rows(listed):
    queue(listed)
    sent = claimed()
    words = [("SENT", ("9",)), ("REFUSED", ()), ("REFUSED", ("9",)), ("UNKNOWN", ())]
    for turn in range(40):
        now = NOON + timedelta(minutes=17 * turn)
        drawn = hashlib.sha256(bytes([turn])).digest()  # by chance, and the same each time
        some = [ref for ref, one in zip(sent, drawn, strict=False) if one % 3 == 0]
        answered(some, *words[drawn[-1] % len(words)], now=now)
        assert all(count >= 0 for count in Tally.objects.values_list("count", flat=True))
        told = outcomes()
        waiting = told.pop("waiting", 0)
        assert told == counted()
        assert waiting + sum(told.values()) == len(sent)


def test_an_answer_for_nobody_of_ours_is_handed_back(listed):
    queue(listed)
    sent = drain(answer=False)
    assert answered([*sent, "unknown"]) == ["unknown"]


def test_a_number_is_counted_once_however_a_gateway_writes_its_attempt(listed):
    queue(listed)
    sent = drain(answer=False)
    more = [f"{sent[0]}{tail}" for tail in (" ", " 2", "x")]
    assert answered([sent[0], sent[0], *more]) == sorted(more)
    assert outcomes() == {"SENT": 1, "waiting": len(sent) - 1}
    assert counted() == {"SENT": 1}


def test_what_is_told_of_many_at_once_is_told_of_each_and_nobody_of_ours_is_passed_over(listed):
    queue(listed)
    sent = claimed()
    told = SendResults(
        "smpp",
        [*sent[:3], "nobody"],
        ["SENT", "REFUSED", "REFUSED", "SENT"],
        ["7", "", "", "8"],
        [0, 69, 0, 0],
        NOON,
    )
    for _ in range(2):  # told twice is told once
        actions.settle_results(listed, told, now=NOON)
        assert outcomes() == {
            "SENT": 1, "REFUSED": 1, "SKIPPED": 1, "waiting": len(sent) - 3
        }  # fmt: skip
    his = bytes(Recipient.objects.get(ref=sent[0]).index)
    assert match_receipt("smpp", "7", his, "DELIVRD", now=NOON)
    short = dataclasses.replace(told, attempts=[sent[3]])
    with pytest.raises(ValueError, match="longer"):
        actions.settle_results(listed, short, now=NOON)
    assert outcomes()["waiting"] == len(sent) - 3


def test_a_receipt_belongs_by_route_id_and_destination_and_all_parts_make_one_arrival(listed):
    queue(listed)
    one, two, *_ = drain(answer=False)
    answered([one, two], ids=("5", "6"))
    his, other = (bytes(Recipient.objects.get(ref=ref).index) for ref in (one, two))
    assert not match_receipt("smpp", "5", b"another", "DELIVRD", now=NOON)
    assert not match_receipt("second", "5", his, "DELIVRD", now=NOON)
    assert match_receipt("smpp", "5", his, "DELIVRD", now=NOON)
    assert progress.delivered_of("camp") == 0
    assert match_receipt("smpp", "6", his, "DELIVRD", now=NOON)
    assert match_receipt("smpp", "6", his, "DELIVRD", now=NOON)
    assert progress.delivered_of("camp") == 1
    assert match_receipt("smpp", "5", other, "UNDELIV", now=NOON)
    assert progress.delivered_of("camp") == 1


def test_a_receipt_with_an_id_nobody_told_settles_the_one_unknown_it_can_be_of(listed):
    queue(listed)
    one, *_ = drain(answer=False)
    while actions.give_up_waiting(now=NOON, wall=NOON + timedelta(hours=1)):
        pass
    his = bytes(Recipient.objects.get(ref=one).index)
    assert not resolve_receipt("second", "77", his, "DELIVRD", now=NOON)
    assert resolve_receipt("smpp", "77", his, "DELIVRD", now=NOON)
    assert outcomes() == {"SENT": 1, "UNKNOWN": 11}
    assert progress.delivered_of("camp") == 1


def test_results_stand_by_hour_route_zone_and_text_and_outlive_the_list(campaigner, writes):
    actions.put_list(campaigner, campaign="camp", parts=parts_of(40, size=20), now=NOON)
    read(campaigner, variants={"ru": 2, "uk": 1})
    queue(campaigner, texts=TWO, rate=Rate(8))
    drain()
    writes("Я здесь", sender=number(2))
    writes("СТОП", sender=number(4))
    back = progress.back_by_variant("camp", since=NOON)
    assert sum(wrote for wrote, _stopped in back.values()) == 2
    assert sum(stopped for _wrote, stopped in back.values()) == 1
    cells = progress.cells_of("camp")
    assert {cell.zone for cell in cells} == {"Europe/Kyiv", "UTC"}
    assert {(cell.hour, cell.route, cell.outcome) for cell in cells} == {(NOON, "smpp", "SENT")}
    assert {cell.variant for cell in cells} == {0, 1}
    actions.drop_recipients(campaigner, campaign="camp", now=NOON)
    assert progress.cells_of("camp") == cells


def end(wall=NOON, now=NOON):
    return progress.end_of("camp", now=now, wall=wall, speed=1.0)


def test_an_end_is_said_by_what_was_approved_until_it_can_be_measured(listed):
    assert end() is None  # not begun
    queue(listed, rate=Rate(2))
    said = end()
    assert (said.at, said.measured) == (NOON + timedelta(seconds=6), False)
    for second in range(0, 60, 20):  # a carrier that is slow to answer
        answered(claimed(wall=NOON + timedelta(seconds=second)))
    said = end(wall=NOON + timedelta(seconds=50))
    assert said.measured
    assert said.per_second == pytest.approx(0.1)
    assert said.at == NOON + timedelta(seconds=60)
    drain(wall=NOON + timedelta(seconds=60))
    assert end(wall=NOON + timedelta(seconds=60)) is None  # over


def test_no_end_is_said_while_it_is_paused_or_stands_though_its_hours_are_open(listed):
    queue(listed, rate=Rate(2))
    claimed()
    assert end(wall=NOON + timedelta(seconds=5)).why is None
    assert end(wall=NOON + timedelta(seconds=90)).why is Why.STANDS
    actions.pause_campaign(listed, campaign="camp", now=NOON)
    assert end().why is Why.PAUSED
    actions.resume_campaign(listed, campaign="camp", now=NOON)
    Lane.objects.update(per_hour=1, not_after=NOON + timedelta(hours=2))
    assert end(wall=NOON + timedelta(seconds=5)).why is Why.LATE
