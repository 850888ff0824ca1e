"""Texts by one bind: many from an iterator, and one in its parts with one honest outcome."""

import asyncio

import pytest

from safeconduct.smpp.client import Client
from safeconduct.smpp.codec import (
    Status,
)
from safeconduct.smpp.sending import REFUSED, SENT, UNKNOWN, Bucket, Outcome, send_each, send_text
from safeconduct.smpp.tests.linked import DRAFT, Carrier, account, linked
from safeconduct.smpp.tests.waiting import until

pytestmark = pytest.mark.enable_socket


def test_a_throttled_part_alone_is_sent_again_with_the_same_reference():
    async def story():
        carrier = Carrier([0, Status.THROTTLED, Status.QUEUE_FULL])
        async with linked(carrier) as client:
            done = await send_text(client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100))
        assert (done.outcome, done.carrier_ids) == (SENT, ["id1", "id2", "id3"])
        assert [m.short[:6] for m in carrier.taken] == [
            bytes((5, 0, 3, 7, 3, n)) for n in (1, 2, 3)
        ]

    asyncio.run(story())


def test_a_refused_part_ends_the_text_and_the_carriers_code_is_kept():
    async def story():
        carrier = Carrier([0, 0x0B])
        async with linked(carrier) as client:
            done = await send_text(client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100))
        assert (done.outcome, done.carrier_ids, done.status) == (REFUSED, ["id1", "", ""], 0x0B)
        assert len(carrier.taken) == 1

    asyncio.run(story())


def test_silence_after_a_written_part_is_unknown_and_a_late_answer_resolves_it():
    async def story():
        carrier, heard = Carrier(), list[Outcome]()
        carrier.wait_s = 0.6
        async with linked(carrier, answer_s=0.3) as client:
            done = await send_text(
                client, DRAFT, "hello", reference=7, bucket=Bucket(100), late=heard.append
            )
            assert (done.outcome, done.carrier_ids) == (UNKNOWN, [""])
            await until(lambda: heard)
        assert [(one.outcome, one.carrier_ids) for one in heard] == [(SENT, ["id1"])]
        assert len(carrier.taken) == 1

    asyncio.run(story())


async def submit_all(client, messages, told):
    return await client.submit_all(messages, lambda *one: told.append(one))


def test_a_stream_keeps_the_window_full_and_hears_of_every_part_by_its_number():
    async def story():
        carrier, told = Carrier([0, 0x0B]), []
        carrier.wait_s = 0.01
        async with linked(carrier, window=4) as client:
            beside = asyncio.ensure_future(client.submit(DRAFT))
            assert await submit_all(client, iter([DRAFT] * 40), told) == 40
            assert (await beside)[0] == 0
        assert carrier.most_under_way == 4
        assert sorted(number for number, _, _ in told) == list(range(40))
        assert sorted({status for _, status, _ in told}) == [0, 0x0B]
        assert {bool(carrier_id) == (status == 0) for _, status, carrier_id in told} == {True}

    asyncio.run(story())


def test_when_the_link_falls_what_a_stream_wrote_is_unknown_and_the_rest_is_left_to_the_caller():
    async def story():
        carrier, told, left = Carrier(), [], iter([DRAFT] * 40)
        carrier.wait_s = 30
        async with linked(carrier, window=4) as client:
            writing = asyncio.ensure_future(submit_all(client, left, told))
            await until(lambda: carrier.under_way == 4)
            await (await carrier.session()).close()
            assert await writing == 4
            assert [(status, carrier_id) for _, status, carrier_id in told] == [(None, "")] * 4
            carrier.wait_s = 0
            await until(lambda: client.is_bound)
            assert await submit_all(client, left, told) == 36
        assert len(carrier.taken) == 36

    asyncio.run(story())


def test_when_nobody_waits_for_a_stream_any_more_nothing_more_of_it_is_written():
    async def story():
        carrier, told, given = Carrier(), [], []
        carrier.wait_s = 0.1

        def messages():
            for n in range(400):
                given.append(n)
                yield DRAFT

        async with linked(carrier, window=4) as client:
            writing = asyncio.ensure_future(submit_all(client, messages(), told))
            await until(lambda: carrier.under_way == 4)
            writing.cancel()
            written = len(given)
            await until(lambda: len(told) == written)
            assert (await client.submit(DRAFT))[0] == 0
            assert len(given) == written

    asyncio.run(story())


async def each(client, parts, told, *, late=None, until_s=30.0, rate=1000):
    due = asyncio.get_running_loop().time() + until_s
    await send_each(
        client,
        parts,
        until=[due] * len(parts),
        bucket=Bucket(rate),
        told=lambda n, outcome: told.append((n, outcome)),
        late=lambda n, outcome: late.append((n, outcome)),
    )


def test_of_many_texts_each_is_told_once_and_only_what_was_not_taken_is_written_again():
    async def story():
        carrier, told = Carrier([0, Status.THROTTLED, 0x0B, Status.QUEUE_FULL]), []
        async with linked(carrier, window=4) as client:
            await each(client, [DRAFT] * 30, told)
        assert sorted(n for n, _ in told) == list(range(30))
        outcomes = [outcome for _, outcome in sorted(told, key=lambda one: one[0])]
        assert sum(one.outcome == SENT for one in outcomes) == 29
        assert [one.status for one in outcomes if one.outcome == REFUSED] == [0x0B]
        assert len(carrier.taken) == 29
        assert len({one.carrier_ids[0] for one in outcomes if one.outcome == SENT}) == 29

    asyncio.run(story())


def test_of_many_texts_those_a_falling_link_left_unwritten_go_by_the_next_and_no_other():
    async def story():
        carrier, told = Carrier(), []
        carrier.wait_s = 30
        async with linked(carrier, window=4) as client:
            writing = asyncio.ensure_future(each(client, [DRAFT] * 20, told))
            await until(lambda: carrier.under_way == 4)
            carrier.wait_s = 0
            await (await carrier.session()).close()
            await writing
        assert sorted(n for n, _ in told) == list(range(20))
        assert sum(outcome.outcome == UNKNOWN for _, outcome in told) == 4
        assert len(carrier.taken) == 16

    asyncio.run(story())


def test_what_is_too_late_before_it_may_be_written_is_not_written():
    async def story():
        carrier, told = Carrier(), []
        async with linked(carrier) as client:
            await each(client, [DRAFT] * 5, told, until_s=0.2, rate=2)
        assert [outcome.outcome for _, outcome in told].count(REFUSED) == 5 - len(carrier.taken)
        assert len(carrier.taken) <= 2
        assert sorted(n for n, _ in told) == list(range(5))

    asyncio.run(story())


def test_of_many_texts_a_late_answer_resolves_the_one_it_is_of():
    async def story():
        carrier, told, late = Carrier(), [], []
        carrier.wait_s = 0.6
        async with linked(carrier, answer_s=0.3) as client:
            await each(client, [DRAFT] * 3, told, late=late)
            assert [outcome.outcome for _, outcome in told] == [UNKNOWN] * 3
            await until(lambda: len(late) == 3)
        assert {n: outcome.outcome for n, outcome in late} == dict.fromkeys(range(3), SENT)

    asyncio.run(story())


def test_a_part_that_does_not_fit_ends_a_stream_and_what_was_written_before_is_told():
    async def story():
        carrier, told = Carrier(), []
        wrong = DRAFT._replace(short=bytes(255))
        async with linked(carrier) as client:
            with pytest.raises(ValueError, match="message_payload"):
                await submit_all(client, iter([DRAFT, DRAFT, wrong, DRAFT]), told)
            assert [status for _, status, _ in told] == [0, 0]
            assert (await client.submit(DRAFT))[0] == 0

    asyncio.run(story())


def test_a_carrier_that_never_says_yes_burns_nothing_and_is_waited_for_no_longer_than_told():
    async def story():
        carrier, written = Carrier([Status.THROTTLED] * 1000), []
        async with linked(carrier) as client:
            done = await send_text(
                client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100), patience_s=0.5,
                before_write=lambda: written.append(1),
            )  # fmt: skip
        assert (done.outcome, done.carrier_ids, done.status) == (REFUSED, [], 0)
        assert carrier.taken == []
        assert written

    asyncio.run(story())


def test_of_a_text_whose_second_part_was_never_taken_the_first_ones_id_is_kept():
    async def story():
        carrier = Carrier([0] + [Status.QUEUE_FULL] * 1000)
        async with linked(carrier) as client:
            done = await send_text(
                client, DRAFT, "д" * 150, reference=7, bucket=Bucket(100), patience_s=0.5
            )
        first = ["id1", "", ""] if carrier.taken else []  # a machine may stand still that long
        assert (done.outcome, done.carrier_ids, done.status) == (REFUSED, first, 0)

    asyncio.run(story())


def test_a_text_whose_time_is_over_before_the_link_is_back_never_leaves():
    async def story():
        client = Client(account(1))
        done = await send_text(
            client, DRAFT, "hi", reference=7, bucket=Bucket(100), patience_s=0.05
        )
        assert (done.outcome, done.carrier_ids) == (REFUSED, [])

    asyncio.run(story())
