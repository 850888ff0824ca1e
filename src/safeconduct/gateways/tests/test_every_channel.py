"""What holds on every channel by which a person writes: one test over all of them."""

import asyncio
import dataclasses
from pathlib import Path

import pytest

from safeconduct import gateways
from safeconduct.envelope import InboundText
from safeconduct.gateways import signal, smpp, telegram, web_form
from safeconduct.gateways.tests import test_http_sms, test_signal, test_telegram
from safeconduct.gateways.tests.channels import Ends, provider
from safeconduct.gateways.tests.test_smpp import delivered
from safeconduct.pages.boxes import Boxes
from safeconduct.pages.serving import Request
from safeconduct.spool.config import ConfigWrong

pytestmark = pytest.mark.enable_socket
TEXT = "Я готов"
NO_PERSON = {"mavlink", "tak", "relay", "pager"}  # nobody writes by these


def by_smpp(folder):
    line = Ends(folder, name="smpp")
    inbound = smpp.Inbound(line.edge, alphabet="gsm")

    async def play():
        for _ in range(2):
            await inbound.on_deliver_sm([delivered(TEXT)])

    asyncio.run(play())
    return line


def by_http(convention):
    def brings(folder):
        line = test_http_sms.Line(folder, convention, 1)
        test_http_sms.served(line, lambda: [line.brings(TEXT), line.brings(TEXT, number="4")])
        return line

    return brings


def by_web(folder):
    line = Ends(folder, name="web")
    boxes = Boxes(line.edge.from_core)
    desk = web_form.Desk(line.edge, boxes, away="/", languages=["ru"], step_s=0.01)

    async def play():
        for n in range(2):
            form = {"f": f"{n:032x}", "do": "write", "m": TEXT}
            await desk.serve(Request("POST", {}, form))

    asyncio.run(play())
    return line


def by_telegram(folder):
    api = test_telegram.BotApi()
    with provider(api) as (there, _asked):
        line = test_telegram.Line(folder, there)
        api.brings(test_telegram.update(1, TEXT), test_telegram.update(2, TEXT))
        line.polls(lambda: 3 in api.offsets)
    return line


def by_webhook(folder):
    line = test_telegram.Line(folder, 1)
    for n in (1, 2):
        line.webhook(test_telegram.update(n, TEXT))
    return line


def by_signal(folder):
    line = test_signal.Line(folder)
    line.brings(test_signal.said(TEXT, at=1000), test_signal.said(TEXT, at=4000))
    line.runs(lambda: line.edge.to_core.queue.waiting() == 2)
    line.ends()
    line.place.cleanup()
    return line


WAYS = {
    "smpp": [by_smpp],
    "http_sms": [by_http("twilio"), by_http("kannel")],
    "telegram": [by_telegram, by_webhook],
    "signal": [by_signal],
    "web_form": [by_web],
}


@pytest.mark.parametrize("module", [telegram, signal])
def test_an_account_is_believed_by_its_gateways_name_so_another_name_does_not_start(
    tmp_path, module
):
    channel = module.ACCOUNT.rstrip(":")
    made = Ends(tmp_path, name=channel).made.config()
    with pytest.raises(ConfigWrong, match=f"must be named {channel}"):
        asyncio.run(module.run(dataclasses.replace(made, name="bot")))


# A plain SMPP text has no id: soon after an equal one it is marked, for it may be a redelivery (decision 0110).
NO_ID = {"smpp"}


def test_two_equal_texts_are_two_on_every_channel_and_a_repeat_only_where_they_have_no_id(tmp_path):
    there = {path.stem for path in Path(gateways.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(WAYS) | NO_PERSON == there
    for channel, ways in WAYS.items():
        for n, way in enumerate(ways):
            line = way(tmp_path / f"{channel}-{n}")
            found = line.of(InboundText)
            marks = [(TEXT, False), (TEXT, channel in NO_ID)]
            assert [(each.text, each.maybe_again) for each in found] == marks, channel
            assert len({each.arrival for each in found}) == 2, channel
            assert line.edge.to_core.queue.waiting() == 0, channel
