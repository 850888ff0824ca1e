"""A provider's HTTP, both ways and in both conventions: real sockets, another author's server and client."""

import asyncio
import base64
import hashlib
import hmac
import http.client
from functools import partial
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from tests.ports import free_port

from safeconduct.envelope import InboundText, Receipt
from safeconduct.gateways import http_sms
from safeconduct.gateways.tests.channels import Ends, provider
from safeconduct.spool.config import ConfigWrong
from safeconduct.spool.http import Request
from safeconduct.spool.tests.test_claims import failing
from safeconduct.spool.tests.test_link import running, until

pytestmark = pytest.mark.enable_socket
PUBLIC = "https://sms.example"
HOOK = "a-long-and-random-word"
HIM, TEXT = "+380501112233", "Ждите у моста & берегите себя €"
TABLE = (
    'convention = "{convention}"\nsend = "http://127.0.0.1:{there}/send"\naccount = "AC1"\nsecret = "token"\n'
    'listen = "127.0.0.1:{here}"\npublic = "'
    + PUBLIC
    + '"\nhook = "'
    + HOOK
    + '"\ntexts_per_s = 50\n'
    'answer_s = 0.5\nidempotency = "Idempotency-Key"\n'
)


class Line(Ends):
    """The gateway as its module runs it, and how its provider calls it."""

    def __init__(self, folder, convention, there):
        self.port, self.convention = free_port(), convention
        super().__init__(
            folder,
            name="http_sms",
            table=TABLE.format(convention=convention, there=there, here=self.port),
        )

    def hook(self):
        return http_sms.Hook(self.edge, self.made.config())

    def calls(self, path, *, body=b"", headers=None, method="POST"):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request(method, path, body=body, headers=headers or {})
        answer = line.getresponse()
        return answer.status, answer.read()

    def signed(self, path, *, secret=b"token", **form):
        said = PUBLIC + path + "".join(name + form[name] for name in sorted(form))
        word = base64.b64encode(hmac.new(secret, said.encode(), hashlib.sha1).digest()).decode()
        return self.calls(path, body=urlencode(form), headers={"X-Twilio-Signature": word})

    def brings(self, text, *, number="1", sender=HIM):
        """Bring one text as this convention does; `number` is the provider's own id of it."""
        if self.convention == "twilio":
            return self.signed("/in", From=sender, To="7007", Body=text, MessageSid=f"SM{number}")
        headers = {
            "X-Kannel-From": sender,
            "X-Kannel-To": "7007",
            "X-Kannel-Time": f"2031-05-04 12:00:{int(number):02d}",
            "Content-Type": 'text/plain; charset="UTF-16BE"',
        }
        return self.calls(f"/in/{HOOK}", body=text.encode("utf-16-be"), headers=headers)


def answers(convention):
    return (201, {"sid": "SM900"}) if convention == "twilio" else (202, b"0: Accepted for delivery")


@pytest.fixture(params=["twilio", "kannel"])
def convention(request):
    return request.param


def served(line, story):
    """Run the gateway's listener, then `story` beside it."""

    async def play():
        server = http_sms.http.Server(line.hook().serve, refused=http_sms.Answer(400))
        async with await server.listen(("127.0.0.1", line.port)):
            return await asyncio.to_thread(story)

    return asyncio.run(play())


def said(line, *attempts):
    """Let the gateway say what lies before it until each attempt has a result."""

    async def play():
        async with running(line.hook().saying.works.run()):
            queue = line.edge.to_core.queue
            await until(lambda: all(queue.knows(f"result:{each}") for each in attempts))

    asyncio.run(play())
    return line.outcomes()


def test_what_the_provider_brings_is_on_disk_before_it_hears_2xx(tmp_path, convention):
    line = Line(tmp_path, convention, 1)

    def story():
        assert line.brings(TEXT)[0] == 200
        assert line.edge.to_core.queue.waiting() == 1
        failing(line.edge.to_core.queue, on=True)
        assert line.brings("потеряно?", number="2")[0] == 503
        failing(line.edge.to_core.queue, on=False)
        assert line.brings("потеряно?", number="2")[0] == 200

    served(line, story)
    first, second = line.of(InboundText)
    assert (first.text, first.sender, first.recipient) == (TEXT, HIM, "7007")
    assert (second.text, second.arrival, second.maybe_again) == ("потеряно?", 2, False)


def test_what_is_brought_once_more_is_marked_and_stands_beside_the_first(tmp_path, convention):
    line = Line(tmp_path, convention, 1)
    served(line, lambda: [line.brings(TEXT), line.brings(TEXT), line.brings(TEXT, number="2")])
    assert [(each.text, each.maybe_again) for each in line.of(InboundText)] == [
        (TEXT, False), (TEXT, True), (TEXT, False),
    ]  # fmt: skip


def test_whoever_is_not_the_provider_is_refused_and_nothing_of_it_is_kept(tmp_path):
    twilio, kannel = Line(tmp_path / "t", "twilio", 1), Line(tmp_path / "k", "kannel", 1)
    form = {"From": HIM, "To": "7007", "Body": "стоп", "MessageSid": "SM1"}

    def forged():
        statuses = [
            twilio.signed("/in", secret=b"other", **form)[0],
            twilio.signed("/in?x=1", **form)[0],
            twilio.signed("/elsewhere", **form)[0],
            twilio.calls("/in", body=urlencode(form))[0],
            twilio.signed("/told/" + "A" * 80, MessageSid="SM1", MessageStatus="delivered")[0],
        ]
        twice = urlencode([*form.items(), ("Body", "иду")])
        return [*statuses, twilio.calls("/in", body=twice)[0]]

    assert served(twilio, forged) == [403, 200, 400, 403, 403, 400]
    assert len(twilio.of(InboundText)) == 1
    headers = {"X-Kannel-From": HIM}
    assert served(
        kannel,
        lambda: [
            kannel.calls(f"/in/{HOOK}x", body=b"x", headers=headers)[0],
            kannel.calls(f"/in/{HOOK}?text=x", headers=headers, method="GET")[0],
            kannel.calls(f"/in/{HOOK}", body=b"x")[0],
            kannel.calls("/told/AAAA?stat=1", method="GET")[0],
        ],
    ) == [403, 400, 400, 403]  # fmt: skip
    assert kannel.of(InboundText) == []


def test_a_signature_is_the_one_that_the_providers_own_library_makes(tmp_path):
    made = Line(tmp_path, "twilio", 1).made.config()
    made.channel.update({"secret": "12345", "public": "https://mycompany.com"})
    form = {
        "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234",
        "From": "+14158675309", "To": "+18005551212",
    }  # fmt: skip
    asked = Request("POST", "/myapp.php?foo=1&bar=2", {}, b"")
    # Of twilio-python's own test of its validator.
    assert http_sms.Twilio(made).signature(asked, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def test_a_text_leaves_by_one_request_and_no_address_holds_text_or_number(tmp_path, convention):
    with provider(lambda _asked: answers(convention)) as (there, asked):
        line = Line(tmp_path, convention, there)
        line.sends("a1", TEXT, to=HIM)
        outcome = said(line, "a1")["a1"]
    [one] = asked
    assert outcome == ("SENT", ["SM900" if convention == "twilio" else "a1"], 0)
    assert (one.method, one.path, one.headers["Idempotency-Key"]) == ("POST", "/send", "a1")
    if convention == "twilio":
        form = parse_qs(one.body.decode())
        assert (form["To"], form["From"], form["Body"]) == ([HIM], ["7007"], [TEXT])
        told = form["StatusCallback"][0]
    else:
        assert one.body.decode() == TEXT
        assert (one.headers["X-Kannel-To"], one.headers["X-Kannel-Coding"]) == (HIM, "2")
        told = one.headers["X-Kannel-DLR-Url"]
    for secret in (HIM[1:], "a1", "мост", "%D0"):
        assert secret not in one.path + told


def test_silence_is_unknown_and_the_providers_own_call_resolves_it(tmp_path, convention):
    with provider(lambda _asked: None) as (there, asked):
        line = Line(tmp_path, convention, there)
        line.sends("a1", TEXT, to=HIM)
        assert said(line, "a1")["a1"] == ("UNKNOWN", [], 0)
    assert len(asked) == 1  # and is not sent again from here
    if convention == "twilio":
        told = parse_qs(asked[0].body.decode())["StatusCallback"][0]
        path = urlsplit(told).path
        steps = [
            partial(line.signed, path, MessageSid="SM7", MessageStatus=state, To=HIM)
            for state in ("sent", "delivered", "delivered")
        ]
    else:
        path = urlsplit(asked[0].headers["X-Kannel-DLR-Url"]).path
        steps = [partial(line.calls, f"{path}?stat={n}", method="GET") for n in ("8", "1", "1")]
    assert [served(line, step)[0] for step in steps] == [200, 200, 200]
    carrier_id = "SM7" if convention == "twilio" else "a1"
    assert line.outcomes()["a1"] == ("SENT", [carrier_id], 0)
    [receipt] = line.of(Receipt)
    assert (receipt.carrier_id, receipt.recipient, receipt.stat) == (carrier_id, HIM, "DELIVRD")


def test_only_what_was_surely_not_taken_is_said_again(tmp_path, convention, monkeypatch):
    monkeypatch.setattr(http_sms, "AWAY_S", 0.05)
    told = [
        (429, b"", ("Retry-After", "0")),
        answers(convention),
        (400, {"code": 21211}),
        (500, b""),
    ]
    with provider(lambda _asked: told.pop(0)) as (there, asked):
        line = Line(tmp_path, convention, there)
        for attempt in ("a1", "a2", "a3"):
            line.sends(attempt, TEXT, to=HIM)
            said(line, attempt)
    outcomes = line.outcomes()
    assert [outcomes[each][0] for each in ("a1", "a2", "a3")] == ["SENT", "REFUSED", "UNKNOWN"]
    assert outcomes["a2"][2] == (21211 if convention == "twilio" else 400)
    assert len(asked) == 4


def test_a_provider_that_cannot_be_reached_gets_the_text_once_it_can(tmp_path, monkeypatch):
    monkeypatch.setattr(http_sms, "AWAY_S", 0.05)
    there = free_port()
    line = Line(tmp_path, "twilio", there)
    line.sends("a1", TEXT, to=HIM)

    async def play():
        async with running(line.hook().saying.works.run()):
            await until(lambda: line.edge.from_core.notes("taken:"))
            opened = await asyncio.start_server(answer, "127.0.0.1", there)
            async with opened:
                await until(lambda: line.edge.to_core.queue.knows("result:a1"))

    async def answer(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{"sid":"SM1"}')
        await writer.drain()
        writer.close()

    asyncio.run(play())
    assert line.outcomes()["a1"] == ("SENT", ["SM1"], 0)


@pytest.mark.parametrize(
    ("lines", "mend"),
    [
        ({"convention": "smtp"}, "convention must be one of"),
        ({"send": "http://sms.example/send"}, "leaves this machine"),
        ({"send": "sms.example"}, "must be an address"),
        ({"hook": "short", "convention": "kannel"}, "hook must be 20 letters"),
        ({"listen": "0.0.0.0:80"}, "leaves this machine"),
    ],
)
def test_a_line_that_would_harm_is_refused_with_its_mend(tmp_path, lines, mend):
    line = Line(tmp_path, "twilio", 1)
    config = line.made.config()
    config.channel.update(lines)
    with pytest.raises(ConfigWrong, match=mend):
        asyncio.run(http_sms.run(config))
