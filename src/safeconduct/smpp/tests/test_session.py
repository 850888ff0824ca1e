"""Our client against our small server over TCP: binds, windows, answers, link checks, ends."""

import asyncio
import ssl

import pytest

from safeconduct.smpp.client import Client, _backoff_s, _failures_after
from safeconduct.smpp.codec import (
    Command,
    Status,
    message_body,
)
from safeconduct.smpp.server import Server
from safeconduct.smpp.tests.linked import DRAFT, Carrier, account, linked
from safeconduct.smpp.tests.tls import self_signed
from safeconduct.smpp.tests.waiting import until
from safeconduct.smpp.wire import NotSent, Unanswered

pytestmark = pytest.mark.enable_socket


def test_the_window_is_kept_and_everything_is_answered_once():
    async def story():
        carrier = Carrier()
        carrier.wait_s = 0.02
        async with linked(carrier, window=4) as client:
            told = await asyncio.gather(*(client.submit(DRAFT) for _ in range(40)))
        assert {status for status, _ in told} == {0}
        assert carrier.most_under_way == 4
        assert len(carrier.taken) == 40

    asyncio.run(story())


def test_a_delivered_text_is_answered_only_once_the_caller_has_stored_it():
    async def story():
        carrier, stored, batches = Carrier(), asyncio.Event(), []

        async def deliver(batch):
            await stored.wait()
            batches.append(len(batch))
            return [0] * len(batch)

        async with linked(carrier, deliver=deliver) as client:
            session = await carrier.session()
            asked = [asyncio.ensure_future(session.deliver(DRAFT)) for _ in range(50)]
            await asyncio.sleep(0.2)
            assert not any(task.done() for task in asked)
            stored.set()
            assert await asyncio.gather(*asked) == [0] * 50
            assert sum(batches) == 50
            assert len(batches) <= 3  # answered in batches, not one by one
            assert client._stored

    asyncio.run(story())


def test_what_cannot_be_stored_is_answered_come_again_and_then_the_link_is_given_back():
    async def story():
        carrier = Carrier()

        async def deliver(_batch):
            raise OSError

        async with linked(carrier, deliver=deliver) as client:
            session = await carrier.session()
            for _ in range(3):
                assert await session.deliver(DRAFT) == Status.TEMPORARY
            assert not client._stored, "the waits go on growing"
            await asyncio.wait_for(carrier.left.wait(), 15)

    asyncio.run(story())


def test_after_the_answers_the_carrier_is_asked_so_that_they_are_known_to_be_read():
    async def story():
        carrier, proofs = Carrier(), []

        async def deliver(batch):
            return [0] * len(batch)

        async def read_past():
            proofs.append(1)

        async with linked(carrier, deliver=deliver, read_past=read_past):
            session = await carrier.session()
            await session.deliver(DRAFT)
            await until(lambda: proofs)
            await asyncio.sleep(1.2)
            assert proofs == [1]

    asyncio.run(story())


def test_a_link_that_closes_leaves_everything_written_unknown_and_is_bound_anew():
    async def story():
        carrier, said = Carrier(), []
        carrier.wait_s = 30
        async with linked(carrier, tell=lambda event, _: said.append(event)) as client:
            asked = [asyncio.ensure_future(client.submit(DRAFT)) for _ in range(5)]
            await asyncio.sleep(0.1)
            await (await carrier.session()).close()
            told = await asyncio.gather(*asked, return_exceptions=True)
            assert {type(one) for one in told} == {Unanswered}
            carrier.wait_s = 0
            await asyncio.sleep(0.05)
            await client.bound()
            assert (await client.submit(DRAFT))[0] == 0
        assert said.count("bound") == 2

    asyncio.run(story())


@pytest.mark.parametrize("mode", ["receiver", "transmitter"])
def test_a_bind_of_one_way_goes_one_way(mode):
    async def story():
        carrier, came = Carrier(), []

        async def deliver(batch):
            came.extend(batch)
            return [0] * len(batch)

        async with linked(carrier, mode=mode, deliver=deliver) as client:
            (session,) = carrier.server.sessions
            assert (session.mode, session.receives) == (mode, mode == "receiver")
            if mode == "receiver":
                assert await session.deliver(DRAFT) == 0
                with pytest.raises(NotSent):
                    await client.submit(DRAFT)
                told = await client._wire.ask(Command.SUBMIT_SM, message_body(DRAFT), within_s=5)
                assert told.status == Status.WRONG_BIND_STATE
            else:
                assert (await client.submit(DRAFT))[0] == 0
                with pytest.raises(NotSent):
                    await session.deliver(DRAFT)
        assert (len(came), len(carrier.taken)) == ((1, 0) if mode == "receiver" else (0, 1))

    asyncio.run(story())


def test_a_link_check_is_answered_while_the_caller_is_still_storing():
    async def story():
        carrier, stored = Carrier(), asyncio.Event()

        async def deliver(batch):
            await stored.wait()
            return [0] * len(batch)

        async with linked(carrier, deliver=deliver):
            session = await carrier.session()
            text = asyncio.ensure_future(session.deliver(DRAFT))
            assert (await session._wire.ask(Command.ENQUIRE_LINK, within_s=15)).status == 0
            assert not text.done()
            stored.set()
            assert await text == 0

    asyncio.run(story())


def test_a_carrier_that_unbinds_gets_our_answers_and_we_take_its_own_first():
    async def story():
        carrier, said = Carrier(), []
        carrier.wait_s = 0.3
        async with linked(carrier, tell=lambda event, _: said.append(event)) as client:
            asked = asyncio.ensure_future(client.submit(DRAFT))
            await until(lambda: carrier.under_way)
            session = await carrier.session()
            ending = asyncio.ensure_future(session._wire.ask(Command.UNBIND, within_s=15))
            assert (await asked)[0] == 0
            assert (await ending).status == 0
            await until(lambda: said.count("bound") == 2)

    asyncio.run(story())


def test_a_server_that_unbinds_finishes_what_it_took():
    async def story():
        carrier = Carrier()
        carrier.wait_s = 0.3
        async with linked(carrier) as client:
            asked = asyncio.ensure_future(client.submit(DRAFT))
            await until(lambda: carrier.under_way)
            await (await carrier.session()).unbind()
            assert (await asked)[0] == 0

    asyncio.run(story())


def test_stopping_while_texts_are_being_stored_answers_them_before_the_link_is_given_back():
    async def story():
        carrier, stored, began = Carrier(), asyncio.Event(), asyncio.Event()

        async def deliver(batch):
            began.set()
            await stored.wait()
            return [0] * len(batch)

        async with linked(carrier, deliver=deliver) as client:
            session = await carrier.session()
            text = asyncio.ensure_future(session.deliver(DRAFT))
            await began.wait()
            stopping = asyncio.ensure_future(client.stop())
            await asyncio.sleep(0)
            stored.set()
            assert await text == 0
            await stopping

    asyncio.run(story())


def test_a_context_that_checks_nobody_is_refused_before_anything_is_said():
    careless = ssl.create_default_context()
    careless.check_hostname = False
    with pytest.raises(ValueError, match="does not check"):
        account(1, tls=careless)
    careless.verify_mode = ssl.CERT_NONE
    with pytest.raises(ValueError, match="does not check"):
        account(1, tls=careless)


def test_without_a_link_nothing_is_written_and_that_is_said():
    async def story():
        client = Client(account(1))
        with pytest.raises(NotSent):
            await client.submit(DRAFT)

    asyncio.run(story())


def test_a_wrong_name_raises_an_alarm_and_is_not_tried_in_a_loop():
    async def story():
        carrier, said = Carrier(), []
        port = await carrier.server.start()
        client = Client(
            account(port, system_id="stranger"),
            tell=lambda event, status: said.append((event, status)),
        )
        running = asyncio.ensure_future(client.run())
        await until(lambda: said)
        await asyncio.sleep(1.0)  # and no second try
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()
        assert said == [("refused", Status.BAD_SYSTEM_ID)]

    asyncio.run(story())


def test_stopping_waits_for_what_is_under_way_and_unbinds():
    async def story():
        carrier = Carrier()
        carrier.wait_s = 0.3
        async with linked(carrier) as client:
            asked = asyncio.ensure_future(client.submit(DRAFT))
            await asyncio.sleep(0.05)
            await client.stop()
            assert (await asked)[0] == 0
            await asyncio.wait_for(carrier.left.wait(), 15)

    asyncio.run(story())


def test_over_tls_the_carriers_name_is_checked_and_another_authority_refused(tmp_path):
    ours, others = self_signed(tmp_path, "localhost"), self_signed(tmp_path, "localhost")

    async def story():
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(ours)
        carrier = Carrier()
        carrier.server = Server(accounts={"us": "secret"}, submit=carrier.submit, tls=serving)
        trusting = ssl.create_default_context(cafile=ours)
        async with linked(carrier, tls=trusting, host="localhost") as client:
            assert (await client.submit(DRAFT))[0] == 0
        said = []
        carrier.server = Server(accounts={"us": "secret"}, submit=carrier.submit, tls=serving)
        port = await carrier.server.start()
        wrong = ssl.create_default_context(cafile=others)
        client = Client(
            account(port, tls=wrong, host="localhost"), tell=lambda event, _: said.append(event)
        )
        running = asyncio.ensure_future(client.run())
        await until(lambda: said)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await carrier.server.stop()
        assert said
        assert set(said) == {"lost"}

    asyncio.run(story())


@pytest.mark.parametrize("failures", range(1, 20))
def test_the_wait_between_two_tries_doubles_to_a_minute_and_no_two_wait_alike(failures):
    most = min(60.0, 0.1 * 2 ** (failures - 1))
    waits = {_backoff_s(failures) for _ in range(50)}
    assert all(most / 2 <= wait <= most for wait in waits)
    assert len(waits) > 10


def test_a_link_that_stood_or_carried_a_text_begins_the_waits_anew_and_no_other_does():
    assert _failures_after(9, stood_s=1.0, carried=False) == 9
    assert _failures_after(9, stood_s=1.0, carried=True) == 0
    assert _failures_after(9, stood_s=3600.0, carried=False) == 0
