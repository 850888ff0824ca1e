"""A Telegram bot's gateway: texts in and out by the Bot API. Its table in gateway.toml is `[telegram]`.

In: updates are asked for, or brought to a webhook; each is sealed to the core and on disk before the
offset rises, or before the webhook hears 2xx. An update's own number keeps it single; an edit is a new
version beside the first. Out: one request for each text; silence after it is UNKNOWN. What he attaches
is named and never fetched, and no link is opened. The bot's token stands in addresses, as the API wants;
texts and accounts never do.

    [telegram]
    token = "123456:…"
    api = "https://api.telegram.org"  # or a Bot API server of one's own
    texts_per_s = 20                  # the API allows some 30, and one a second in one chat
    answer_s = 10                     # silence after a request makes its fate unknown
    # listen = "127.0.0.1:8491"       # take a webhook instead of asking; a web server with TLS stands before it
    # secret = "…"                    # with it: the webhook's secret_token
"""

import asyncio
import json
import re
from typing import Any

from safeconduct import log
from safeconduct.envelope import OutboundText
from safeconduct.smpp.sending import REFUSED, SENT, UNKNOWN, Outcome
from safeconduct.spool import arrivals, http
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.http import Answer, NotSent, Request, Unanswered
from safeconduct.spool.queue import Change, SpoolFull
from safeconduct.spool.saying import AWAY_S, NotTaken, Saying, again_and_again

ACCOUNT = "telegram:"
WANTED = ("message", "edited_message")
POLL_S = 25  # how long the API holds our question when there is nothing to tell
MOST_UPDATE = 256 * 1024  # bytes of one that is brought to the webhook
SHORTEST_SECRET = 20
NO_ACCOUNT = 1  # status of a REFUSED: this handle is no account of this channel
_OFFSET = "offset"
_TOO_MANY, _NO = 429, range(400, 500)
# What he may send beside words, by the API's own names.
_BESIDE = (
    *("photo", "voice", "video", "video_note", "audio", "document", "sticker", "animation"),
    *("contact", "poll", "dice", "story"),
)
logger = log.get_logger()


class Refused(OSError):
    """The API does not answer our question for updates with updates."""


class Bot:
    """One bot: what it hears and what it says."""

    def __init__(self, edge: Edge, config: Config) -> None:
        self._edge = edge
        self._token = str(config.need("token"))
        if not re.fullmatch(r"\d+:[\w-]+", self._token):
            raise ConfigWrong("token must be as the API gave it: a number, a colon and letters.")
        config.channel.setdefault("api", "https://api.telegram.org")
        self._site = http.site(config, "api")
        self._answer_s = float(config.channel.get("answer_s", 10.0))
        self._secret = str(config.channel.get("secret", ""))
        rate = float(config.channel.get("texts_per_s", 20.0))
        self.saying = Saying(edge, rate=rate, say=self.say)

    async def _ask(self, method: str, *, answer_s: float, **told: Any) -> dict[str, Any]:
        answer = await self._site.post(
            headers={"Content-Type": "application/json"},
            body=json.dumps(told).encode(),
            answer_s=answer_s,
            below=f"/bot{self._token}/{method}",
        )
        return {"error_code": answer.status, **http.object_in(answer.body)}

    async def poll(self) -> None:
        """Ask for updates once and store them; the next question's offset says that they are here.

        Raises:
            SpoolFull: nothing was stored, and the API brings it again.
            OSError: no line, no answer, or one without updates.
        """
        offset = self._edge.to_core.queue.note(_OFFSET)
        told = await self._ask(
            "getUpdates",
            answer_s=POLL_S + self._answer_s,
            offset=int(offset or 0),
            timeout=POLL_S,
            allowed_updates=WANTED,
        )
        if told.get("ok") is not True or not isinstance(told.get("result"), list):
            logger.warning("telegram.refused", code=_number(told.get("error_code")))
            await asyncio.sleep(_wait_s(told) if told.get("error_code") == _TOO_MANY else 0.0)
            raise Refused("no updates")
        if told["result"]:
            await asyncio.to_thread(self._store, told["result"])
            self._edge.reach("commit-answer")

    async def serve(self, asked: Request) -> Answer:
        """Take in one update of the webhook: 2xx once it is on disk, 403 for a stranger's, else 503."""
        secret = asked.headers.get("x-telegram-bot-api-secret-token", "")
        if not http.same(secret, self._secret):
            logger.warning("telegram.forged", gateway=self._edge.config.name)
            return Answer(403)
        try:
            await asyncio.to_thread(self._store, [http.object_in(asked.body)])
        except SpoolFull:
            logger.warning("telegram.not_stored", gateway=self._edge.config.name)
            return Answer(503)
        self._edge.reach("commit-answer")
        return Answer(200)

    def _store(self, updates: list[Any]) -> None:
        """Store each update under bot and its own number, and how far they have come."""
        known = [
            each for each in updates if isinstance(each, dict) and _number(each.get("update_id"))
        ]
        with self._edge.to_core.queue.change() as change:
            for update in known:
                self._keep(change, update)
            offset = int(change.note(_OFFSET) or 0)
            newest = max((each["update_id"] + 1 for each in known), default=offset)
            change.set_note(_OFFSET, str(max(offset, newest)).encode())

    def _keep(self, change: Change, update: dict[str, Any]) -> None:
        edited = "edited_message" in update
        message = update.get("edited_message" if edited else "message")
        account = _account(message)
        if not isinstance(message, dict) or not account:
            logger.info("telegram.not_private", gateway=self._edge.config.name)
            return
        bot = self._token.partition(":")[0]
        arrivals.store(
            self._edge,
            change,
            lambda arrival: arrivals.text_of(
                self._edge, arrival, sender=account, text=said_in(message), edited=edited
            ),
            key=f"{self._edge.config.name}:{bot}:{update['update_id']}",
        )

    async def say(self, text: OutboundText) -> Outcome:
        """Say one text by one request."""
        account = text.recipient.removeprefix(ACCOUNT)
        if account == text.recipient or not account.isdecimal():
            return Outcome(REFUSED, [], NO_ACCOUNT)
        try:
            told = await self._ask(
                "sendMessage",
                answer_s=self._answer_s,
                chat_id=int(account),
                text=text.text,
                link_preview_options={"is_disabled": True},
                protect_content=True,  # he cannot forward by one touch what would betray him
            )
        except NotSent:
            raise NotTaken(AWAY_S) from None
        except Unanswered:
            return Outcome(UNKNOWN, [])
        return _outcome(told)


def _outcome(told: dict[str, Any]) -> Outcome:
    result, code = told.get("result"), _number(told.get("error_code"))
    if told.get("ok") is True and isinstance(result, dict):
        return Outcome(SENT, [str(result.get("message_id", ""))[:65]])
    if code == _TOO_MANY:
        raise NotTaken(_wait_s(told))
    return Outcome(REFUSED if code in _NO else UNKNOWN, [], code)


def _number(told: Any) -> int:
    return told if type(told) is int else 0


def _wait_s(told: dict[str, Any]) -> float:
    """Return `retry_after`, which the API tells when it wants fewer requests."""
    parameters = told.get("parameters")
    wait = parameters.get("retry_after") if isinstance(parameters, dict) else None
    return float(_number(wait) or AWAY_S)


def _account(message: Any) -> str:
    """Return the handle of whoever wrote alone to the bot, "" in a group or for nobody."""
    chat = message.get("chat") if isinstance(message, dict) else None
    if not isinstance(chat, dict) or chat.get("type") != "private":
        return ""
    number = _number(chat.get("id"))
    return f"{ACCOUNT}{number}" if number > 0 else ""


def said_in(message: dict[str, Any]) -> str:
    """Return his words, and before them the name of what else he sent; a location by its numbers."""
    beside = [f"[{kind}]" for kind in _BESIDE if kind in message]
    place = message.get("location")
    if isinstance(place, dict):
        beside.append(f"[location] {place.get('latitude')}, {place.get('longitude')}")
    words = message.get("text") or message.get("caption") or ""
    return " ".join([*beside, words] if isinstance(words, str) and words else beside)


async def run(config: Config) -> None:
    """Be the gateway until SIGTERM."""
    config.insist_named("telegram")
    edge = Edge(config)
    bot = Bot(edge, config)
    if "listen" not in config.channel:
        asks = again_and_again(bot.poll, gateway=config.name)
        await edge.run(bot.saying.works.run(), asks, before_end=bot.saying.works.stop)
        return
    if len(str(config.need("secret"))) < SHORTEST_SECRET:
        raise ConfigWrong(
            f"The line secret must be {SHORTEST_SECRET} letters or more: it alone proves who calls."
        )
    server = http.Server(bot.serve, refused=Answer(400), most_body=MOST_UPDATE)
    async with await http.listens(server, config, "listen"):
        await edge.run(bot.saying.works.run(), before_end=bot.saying.works.stop)


if __name__ == "__main__":
    raise SystemExit(command(run, channel="telegram"))
