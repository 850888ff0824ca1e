"""Texts in and out by a provider's HTTP, in Kannel's convention or in Twilio's. Its table is `[http_sms]`.

In: what the provider calls us with is proved to be its own, numbered, sealed to the core and on disk
before it hears 2xx; else it hears 5xx and comes again. Out: one request for each text; silence after
it is UNKNOWN. No text and no number stands in an address, in either direction: servers write addresses
down. So Kannel's `sendsms` and `post-url` are used by POST, never its usual GET.

    [http_sms]
    convention = "twilio"            # or "kannel"
    send = "https://…/Messages.json" # where a text is posted to; Kannel: "http://127.0.0.1:13013/cgi-bin/sendsms"
    account = "AC…"                  # Kannel: the username of its sendsms-user
    secret = "…"                     # Twilio: the auth token, which signs too; Kannel: the password
    listen = "127.0.0.1:8490"        # or "unix:/run/…"; a web server with TLS stands before it
    public = "https://sms.example"   # how the provider reaches `listen`; Twilio signs this address
    hook = "…"                       # Kannel only: the last word of its post-url, long and random
    texts_per_s = 10                 # what the contract allows
    answer_s = 10                    # silence after a request makes its fate unknown
    ca = "keys/provider-ca.pem"      # trusts this authority alone; without it those of this machine
    # idempotency = "Idempotency-Key" # the header in which the provider takes our own id, if it has one
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message as Mime
from typing import ClassVar, Protocol
from urllib.parse import parse_qsl, urlencode

from safeconduct import clock, log, sealing
from safeconduct.envelope import OutboundText, Receipt
from safeconduct.smpp.alphabet import septets
from safeconduct.smpp.sending import REFUSED, SENT, UNKNOWN, Outcome
from safeconduct.spool import arrivals, http
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.http import Answer, NotSent, Request, Unanswered
from safeconduct.spool.queue import SpoolFull
from safeconduct.spool.saying import AWAY_S, NotTaken, Saying

IN, TOLD = "/in", "/told"  # below `public`: texts, and what became of ours
LONGEST_HANDLE = 64
SHORTEST_HOOK = 20
_TOLD = b"http_sms.told"
_TOO_MANY, _AWAY = 429, 503
_OK = range(200, 300)
_NO = range(400, 500)
logger = log.get_logger()


class Forged(ValueError):
    """Not the provider's: the signature, or the word that stands for one, is wrong."""


class Malformed(ValueError):
    """The provider's, and without a field that it must have."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the provider brings it; `provider_id` marks what may have come before."""

    sender: str
    recipient: str
    text: str
    provider_id: bytes
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Told:
    """What the provider says of a text of ours; `stat` is "" where it says nothing final."""

    token: str
    carrier_id: str
    stat: str


class Convention(Protocol):
    """How one kind of provider speaks."""

    thanks: Answer  # a 2xx by which nothing is sent to him

    def request(self, text: OutboundText, *, told: str) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a text's request; the provider is to call `told` of its fate."""

    def outcome(self, answer: Answer, *, attempt: str) -> Outcome:
        """Return what an answer means. Raises `NotTaken` for one that says: not taken, later."""

    def heard(self, asked: Request) -> Text | Told:
        """Return what a call of the provider's says. Raises `Forged`, `Malformed`."""


def _after(asked: Request, beginning: str) -> str:
    """Return the last word of an address that begins so, "" when it begins otherwise."""
    path = asked.target.partition("?")[0]
    return path.removeprefix(beginning + "/") if path.startswith(beginning + "/") else ""


class Twilio:
    """Form posts with basic authentication; its own calls are signed over address and fields."""

    thanks = Answer(200, b"<Response/>", {"Content-Type": "text/xml"})
    _STATS: ClassVar = {"delivered": "DELIVRD", "undelivered": "UNDELIV", "failed": "REJECTD"}

    def __init__(self, config: Config) -> None:
        self._account, self._secret = str(config.need("account")), str(config.need("secret"))
        self._public = str(config.need("public")).rstrip("/")

    def request(self, text: OutboundText, *, told: str) -> tuple[dict[str, str], bytes]:
        """Return a form with our words and the address that is to hear of them."""
        form = {"To": text.recipient, "From": text.sender, "Body": text.text}
        body = urlencode({**form, "StatusCallback": told}).encode()
        word = base64.b64encode(f"{self._account}:{self._secret}".encode()).decode()
        kind = "application/x-www-form-urlencoded"
        return {"Authorization": f"Basic {word}", "Content-Type": kind}, body

    def outcome(self, answer: Answer, *, attempt: str) -> Outcome:
        """Return SENT with the provider's id, REFUSED with its code, else UNKNOWN."""
        del attempt
        if answer.status == _TOO_MANY:
            raise NotTaken(_seconds(answer))
        told = http.object_in(answer.body)
        if answer.status in _OK and isinstance(told.get("sid"), str):
            return Outcome(SENT, [told["sid"][:LONGEST_HANDLE]])
        if answer.status in _NO:
            code = told.get("code")
            return Outcome(REFUSED, [], code if type(code) is int else answer.status)
        return Outcome(UNKNOWN, [], answer.status)

    def heard(self, asked: Request) -> Text | Told:
        """Return a text or a fate, once the signature over the raw body's fields is right."""
        fields = parse_qsl(asked.body.decode("latin-1"), keep_blank_values=True, encoding="utf-8")
        form = dict(fields)
        if len(form) != len(fields):
            raise Malformed("a field stands twice")
        if not http.same(asked.headers.get("x-twilio-signature", ""), self.signature(asked, form)):
            raise Forged
        token = _after(asked, TOLD)
        if token:
            return Told(token, form.get("MessageSid", "")[:LONGEST_HANDLE], self._stat(form))
        if asked.target.partition("?")[0] != IN or not (
            form.get("From") and form.get("MessageSid")
        ):
            raise Malformed("a text without its sender or its id, or elsewhere than below /in")
        media = form.get("NumMedia", "0")
        shown = "" if media == "0" else f"[media: {media}]"
        text = " ".join(part for part in (form.get("Body", ""), shown) if part)
        return Text(form["From"], form.get("To", ""), text, form["MessageSid"].encode())

    def signature(self, asked: Request, form: Mapping[str, str]) -> str:
        """Return what the provider signs a call with: the address, then each field by name."""
        said = self._public + asked.target + "".join(k + form[k] for k in sorted(form))
        digest = hmac.new(self._secret.encode(), said.encode("utf-8", "replace"), hashlib.sha1)
        return base64.b64encode(digest.digest()).decode()

    def _stat(self, form: Mapping[str, str]) -> str:
        return self._STATS.get(form.get("MessageStatus", ""), "")


class Kannel:
    """`sendsms` and `post-url` by POST: the text is the body, all else stands in headers."""

    thanks = Answer(200, b"", {"Content-Type": "text/plain"})
    _STATS: ClassVar = {"1": "DELIVRD", "2": "UNDELIV", "16": "REJECTD"}
    _MASK = 1 | 2 | 16

    def __init__(self, config: Config) -> None:
        self._user, self._password = str(config.need("account")), str(config.need("secret"))
        self._hook = str(config.need("hook"))
        if len(self._hook) < SHORTEST_HOOK:
            raise ConfigWrong(
                f"The line hook must be {SHORTEST_HOOK} letters or more: it alone proves who calls."
            )

    def request(self, text: OutboundText, *, told: str) -> tuple[dict[str, str], bytes]:
        """Return the text as a body; Cyrillic asks for UCS-2, which Kannel does not choose itself."""
        headers = {
            "X-Kannel-Username": self._user,
            "X-Kannel-Password": self._password,
            "X-Kannel-From": text.sender,
            "X-Kannel-To": text.recipient,
            "X-Kannel-Coding": "0" if septets(text.text) is not None else "2",
            "X-Kannel-DLR-Mask": str(self._MASK),
            "X-Kannel-DLR-Url": f"{told}?stat=%d",
            "Content-Type": "text/plain; charset=UTF-8",
        }
        return headers, text.text.encode()

    def outcome(self, answer: Answer, *, attempt: str) -> Outcome:
        """Return SENT under our own attempt, for Kannel gives no id; its 503 means: not taken."""
        if answer.status in {_TOO_MANY, _AWAY}:
            raise NotTaken(_seconds(answer))
        if answer.status in _OK:
            return Outcome(SENT, [attempt])
        return Outcome(REFUSED if answer.status in _NO else UNKNOWN, [], answer.status)

    def heard(self, asked: Request) -> Text | Told:
        """Return a text, proved by the word in the address, or a fate, proved by its token."""
        token = _after(asked, TOLD)
        if token:
            query = dict(parse_qsl(asked.target.partition("?")[2]))
            return Told(token, "", self._STATS.get(query.get("stat", ""), ""))
        if not http.same(_after(asked, IN), self._hook):
            raise Forged
        sender = asked.headers.get("x-kannel-from", "")
        if asked.method != "POST" or not sender:
            raise Malformed("a text without its sender, or by GET; see send-sender and post-url")
        named = ("x-kannel-from", "x-kannel-to", "x-kannel-time", "x-kannel-smsc")
        marks = "\0".join(asked.headers.get(name, "") for name in named).encode()
        text = _decoded(asked)
        raw = b"" if text is not None else asked.body
        to = asked.headers.get("x-kannel-to", "")
        return Text(sender, to, text or "", marks + b"\0" + asked.body, raw)


CONVENTIONS: dict[str, Callable[[Config], Convention]] = {"twilio": Twilio, "kannel": Kannel}


def _decoded(asked: Request) -> str | None:
    mime = Mime()
    mime["Content-Type"] = asked.headers.get("content-type", "text/plain")
    if mime.get_content_type() != "text/plain":
        return None
    try:
        return asked.body.decode(str(mime.get_content_charset() or "utf-8"))
    except (LookupError, UnicodeDecodeError):
        return None


def _seconds(answer: Answer) -> float:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdecimal() and len(told) < len("10000") else AWAY_S


class Tokens:
    """The last word of the address that hears of a text: attempt and number, sealed, so that no log has them."""

    def __init__(self, secret: str) -> None:
        self._key = sealing.hkdf(secret.encode(), info=_TOLD)

    def of(self, text: OutboundText) -> str:
        """Return the token of one text."""
        plain = json.dumps([text.attempt, text.route, text.recipient]).encode()
        sealed = sealing.seal(self._key, plain, aad=_TOLD)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, token: str) -> tuple[str, str, str]:
        """Return attempt, route and number.

        Raises:
            Forged: no token of ours.
        """
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
            attempt, route, recipient = json.loads(sealing.unseal(self._key, raw, aad=_TOLD))
        except (ValueError, sealing.Tampered):
            raise Forged from None
        return attempt, route, recipient


class Hook:
    """From a call of the provider's to the spool, and from the core's text to its request."""

    def __init__(self, edge: Edge, config: Config) -> None:
        name = str(config.need("convention"))
        if name not in CONVENTIONS:
            raise ConfigWrong(f"convention must be one of {', '.join(CONVENTIONS)}.")
        self._edge, self._speaks = edge, CONVENTIONS[name](config)
        self._site = http.site(config, "send")
        self._public = str(config.need("public")).rstrip("/")
        self._tokens = Tokens(str(config.need("secret")))
        self._answer_s = float(config.channel.get("answer_s", 10.0))
        self._idempotency = str(config.channel.get("idempotency", ""))
        rate = float(config.channel.get("texts_per_s", 10.0))
        self.saying = Saying(edge, rate=rate, say=self.say)

    async def say(self, text: OutboundText) -> Outcome:
        """Send one text by one request."""
        told = f"{self._public}{TOLD}/{self._tokens.of(text)}"
        headers, body = self._speaks.request(text, told=told)
        if self._idempotency:
            headers[self._idempotency] = text.attempt
        try:
            answer = await self._site.post(headers=headers, body=body, answer_s=self._answer_s)
        except NotSent:
            raise NotTaken(AWAY_S) from None
        except Unanswered:
            return Outcome(UNKNOWN, [])
        return self._speaks.outcome(answer, attempt=text.attempt)

    async def serve(self, asked: Request) -> Answer:
        """Take in one call: 2xx once it is on disk, 403 and 400 for what is not the provider's, else 503."""
        try:
            heard = self._speaks.heard(asked)
            if isinstance(heard, Told):
                await self._settle(heard)
            else:
                await asyncio.to_thread(self._store, heard)
                self._edge.reach("commit-answer")
        except Forged:
            logger.warning("http_sms.forged", gateway=self._edge.config.name)
            return Answer(403)
        except Malformed:
            logger.warning("http_sms.malformed", bytes=len(asked.body))
            return Answer(400)
        except SpoolFull:
            logger.warning("http_sms.not_stored", gateway=self._edge.config.name)
            return Answer(_AWAY)
        return self._speaks.thanks

    def _store(self, heard: Text) -> None:
        if len(heard.sender) > LONGEST_HANDLE:
            raise Malformed("a sender longer than any number or name")
        with self._edge.to_core.queue.change() as change:
            again = arrivals.came_before(change, heard.provider_id, now=clock.wall())
            arrivals.store(
                self._edge,
                change,
                lambda arrival: arrivals.text_of(
                    self._edge,
                    arrival,
                    sender=heard.sender,
                    recipient=heard.recipient,
                    text=heard.text,
                    raw=heard.raw,
                    maybe_again=again,
                ),
            )

    async def _settle(self, heard: Told) -> None:
        """Keep what the provider says of a text; whatever it says, it has taken it."""
        attempt, route, recipient = self._tokens.open(heard.token)
        carrier_id = heard.carrier_id or attempt
        await self.saying.settle(attempt, route, Outcome(SENT, [carrier_id]), late=True)
        if heard.stat:
            await asyncio.to_thread(
                self._keep, Receipt(route, 0, carrier_id, recipient, heard.stat, clock.wall())
            )

    def _keep(self, receipt: Receipt) -> None:
        key = f"told:{receipt.carrier_id}:{receipt.stat}"[:80]
        self._edge.to_core.put(key, receipt.to_bytes())


async def run(config: Config) -> None:
    """Be the gateway until SIGTERM."""
    edge = Edge(config)
    hook = Hook(edge, config)
    server = http.Server(hook.serve, refused=Answer(400))
    listening = await http.listens(server, config, "listen")
    async with listening:
        works = (hook.saying.works.run(), arrivals.forget_hourly(edge))
        await edge.run(*works, before_end=hook.saying.works.stop)


if __name__ == "__main__":
    raise SystemExit(command(run, channel="http_sms"))
