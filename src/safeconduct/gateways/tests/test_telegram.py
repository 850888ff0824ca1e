"""A bot against a small Bot API of our own over real sockets; another author's types judge what is said."""

import asyncio
import http.client
import json
import threading

import pytest
from tests.ports import free_port

from safeconduct.envelope import InboundText
from safeconduct.gateways import telegram
from safeconduct.gateways.tests.channels import Ends, provider
from safeconduct.spool import saying
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.tests.test_claims import failing
from safeconduct.spool.tests.test_link import running, until

pytestmark = pytest.mark.enable_socket
TOKEN, SECRET = "123456:AA-bb_cc", "a-secret-of-the-webhook"
HIM, ACCOUNT = 5550001, "telegram:5550001"
DATE = 1_900_000_000


def update(number, text="", *, edited=False, kind="private", **more):
    message = {
        "message_id": number,
        "date": DATE,
        "chat": {"id": HIM, "type": kind, "first_name": "x"},
        "from": {"id": HIM, "is_bot": False, "first_name": "x"},
        **({"text": text} if text else {}),
        **more,
    }
    if edited:
        message["edit_date"] = DATE + 9
    return {"update_id": number, "edited_message" if edited else "message": message}


class BotApi:
    """Holds updates until an offset confirms them, as the API does, and says what it is told to say."""

    def __init__(self):
        self.updates, self.sends, self.offsets = [], [], []
        self.stirred = threading.Event()

    def brings(self, *updates):
        self.updates.extend(updates)
        self.stirred.set()

    def __call__(self, asked):
        told = json.loads(asked.body)
        assert asked.path.startswith(f"/bot{TOKEN}/")
        if asked.path.endswith("/getUpdates"):
            return self.get_updates(told)
        return (
            self.sends.pop(0) if self.sends else (200, {"ok": True, "result": {"message_id": 77}})
        )

    def get_updates(self, told):
        offset = told["offset"]
        self.offsets.append(offset)
        self.updates = [each for each in self.updates if each["update_id"] >= offset]
        if not self.updates:
            self.stirred.wait(0.05)  # the API holds the question for `timeout` seconds
            self.stirred.clear()
        return 200, {"ok": True, "result": self.updates}


class Line(Ends):
    def __init__(self, folder, there, *, more=""):
        self.port = free_port()
        table = (
            f'token = "{TOKEN}"\napi = "http://127.0.0.1:{there}"\ntexts_per_s = 50\nanswer_s = 0.5\n'
            f'secret = "{SECRET}"\n{more}'
        )
        super().__init__(folder, name="telegram", table=table)

    def bot(self):
        return telegram.Bot(self.edge, self.made.config())

    def polls(self, told, *, within_s=30.0):
        """Ask for updates again and again until something is so."""

        async def play():
            step = saying.again_and_again(self.bot().poll, gateway="telegram")
            async with running(step):
                await until(told, within_s=within_s)

        asyncio.run(play())

    def says(self, *attempts):
        async def play():
            async with running(self.bot().saying.works.run()):
                queue = self.edge.to_core.queue
                await until(lambda: all(queue.knows(f"result:{each}") for each in attempts))

        asyncio.run(play())
        return self.outcomes()

    def webhook(self, content, *, secret=SECRET):
        async def play():
            server = telegram.http.Server(self.bot().serve, refused=telegram.Answer(400))
            async with await server.listen(("127.0.0.1", self.port)):
                return await asyncio.to_thread(self._calls, content, secret)

        return asyncio.run(play())

    def _calls(self, content, secret):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        line.request("POST", "/", body=json.dumps(content), headers=headers)
        return line.getresponse().status


@pytest.fixture
def api():
    return BotApi()


@pytest.fixture
def line(tmp_path, api):
    with provider(api) as (there, asked):
        made = Line(tmp_path, there)
        made.asked = asked
        yield made


def test_updates_are_on_disk_before_the_offset_rises_and_come_once_over_a_restart(
    line, api, monkeypatch
):
    monkeypatch.setattr(saying, "AWAY_S", 0.05)
    api.brings(update(10, "раз"), update(11, "два"))
    failing(line.edge.to_core.queue, on=True)
    line.polls(lambda: len(api.offsets) > 2)
    assert set(api.offsets) == {0}  # nothing could be stored, so nothing is confirmed
    assert len(api.updates) == 2
    failing(line.edge.to_core.queue, on=False)
    line.polls(lambda: 12 in api.offsets)
    line.lives()
    api.brings(update(11, "два"), update(12, "три"))  # an API that brings one once more
    line.polls(lambda: 13 in api.offsets)
    assert line.texts() == ["раз", "два", "три"]
    assert {each.sender for each in line.of(InboundText)} == {ACCOUNT}


def test_an_edit_is_a_new_version_beside_the_first(line, api):
    api.brings(update(1, "у моста"), update(2, "у мельницы", edited=True))
    line.polls(lambda: 3 in api.offsets)
    assert [(each.text, each.edited) for each in line.of(InboundText)] == [
        ("у моста", False), ("у мельницы", True),
    ]  # fmt: skip


def test_what_he_attaches_is_named_and_what_a_group_says_is_not_taken_in(line, api):
    place = {"latitude": 48.5, "longitude": 37.9}
    api.brings(
        update(1, photo=[], caption="это мы \ud800"),
        update(2, location=place),
        update(3, "в группе", kind="group"),
        {"update_id": 4, "message": "nonsense"},
        {"update_id": 5},
    )
    line.polls(lambda: 6 in api.offsets)
    assert line.texts() == ["[photo] это мы \ufffd", "[location] 48.5, 37.9"]


def test_a_webhook_is_believed_by_its_secret_alone_and_hears_2xx_once_it_is_stored(line):
    assert line.webhook(update(1, "раз"), secret="") == 403
    assert line.webhook(update(1, "раз"), secret=SECRET + "x") == 403
    failing(line.edge.to_core.queue, on=True)
    assert line.webhook(update(1, "раз")) == 503
    failing(line.edge.to_core.queue, on=False)
    assert [line.webhook(update(n, "раз")) for n in (1, 1, 2)] == [200, 200, 200]
    assert line.texts() == ["раз", "раз"]


def test_each_answer_of_the_api_is_an_outcome_and_retry_after_is_kept(line, api):
    slow = {"ok": False, "error_code": 429, "description": "", "parameters": {"retry_after": 1}}
    blocked = {"ok": False, "error_code": 403, "description": "bot was blocked by the user"}
    api.sends = [
        (429, slow),
        (200, {"ok": True, "result": {"message_id": 8}}),
        (403, blocked),
        None,
        (502, b"x"),
    ]
    told = {}
    for attempt in ("a1", "a2", "a3", "a4"):
        line.sends(attempt, "слушаю", to=ACCOUNT)
        told = line.says(attempt)
    line.sends("a5", "слушаю", to="+380501112233")
    assert line.says("a5") == {
        "a1": ("SENT", ["8"], 0), "a2": ("REFUSED", [], 403), "a3": ("UNKNOWN", [], 0),
        "a4": ("UNKNOWN", [], 502), "a5": ("REFUSED", [], telegram.NO_ACCOUNT),
    }, told  # fmt: skip
    api.sends = [(429, {**slow, "parameters": {"retry_after": 3600}})]
    line.sends("a6", "слушаю", to=ACCOUNT)
    assert line.says("a6")["a6"] == ("REFUSED", [], 0)  # it would leave too late: nothing was taken
    assert len(line.asked) == 6  # the first was asked twice, the fifth never
    body = json.loads(line.asked[0].body)
    assert (body["chat_id"], body["text"]) == (HIM, "слушаю")
    assert body["link_preview_options"] == {"is_disabled": True}


def test_another_authors_types_read_what_we_ask_and_what_our_stand_in_tells(line, api):
    from aiogram.methods import GetUpdates, SendMessage  # noqa: PLC0415  three seconds, for this test alone
    from aiogram.types import Update  # noqa: PLC0415  the same

    told = [
        update(1, "раз"),
        update(2, "два", edited=True),
        update(3, location={"latitude": 1.5, "longitude": 2}),
    ]
    api.brings(*told)
    line.polls(lambda: 4 in api.offsets)
    line.sends("a1", "слушаю", to=ACCOUNT)
    line.says("a1")
    read = [Update.model_validate(each) for each in told]
    assert [(each.message or each.edited_message).chat.id for each in read] == [HIM] * 3
    for asked in line.asked:
        method = GetUpdates if asked.path.endswith("/getUpdates") else SendMessage
        assert set(json.loads(asked.body)) <= set(method.model_fields)
        method.model_validate(json.loads(asked.body))


@pytest.mark.parametrize(
    ("lines", "mend"),
    [
        ({"token": "x"}, "token must be"),
        ({"listen": "127.0.0.1:1", "secret": "x"}, "secret must be"),
    ],
)
def test_a_line_that_would_harm_is_refused_with_its_mend(line, lines, mend):
    config = line.made.config()
    config.channel.update(lines)
    with pytest.raises(ConfigWrong, match=mend):
        asyncio.run(telegram.run(config))
