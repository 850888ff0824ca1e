"""Signal's gateway, before a signal-cli daemon on the same machine. Its table is `[signal]`.

The daemon runs with `--receive-mode=manual`, so that it fetches nothing before we subscribe. It tells
Signal that it has a text before we have it: our promise begins where its line reaches us. From there
on: sealed to the core and on disk before the next line is read. A changed safety number is passed on as
what it is, a change of identity; nothing is trusted anew from here. Out: one request for each text; silence,
or a line that broke, is UNKNOWN. What he attaches is named and never opened.

    [signal]
    socket = "/run/signal-cli/socket"   # of: signal-cli -a +… daemon --socket=… --receive-mode=manual
    # account = "+380…"                 # where the daemon serves several
    texts_per_s = 5
    answer_s = 30                       # silence after a request makes its fate unknown
"""

import asyncio
import itertools
import json
import re
from collections.abc import Callable
from typing import Any

from safeconduct import clock, log
from safeconduct.envelope import Carried, IdentityChanged, OutboundText, Receipt
from safeconduct.smpp.sending import REFUSED, SENT, UNKNOWN, Outcome
from safeconduct.spool import arrivals
from safeconduct.spool.config import Config
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.http import object_in
from safeconduct.spool.queue import SpoolFull
from safeconduct.spool.saying import AWAY_S, NotTaken, Saying, again_and_again

ACCOUNT = "signal:"
MOST_LINE = 1024 * 1024
FULL_AGAIN_S = 5.0
NO_ACCOUNT, IDENTITY = (
    1,
    4,
)  # status of a REFUSED: no account of this channel; its safety number changed
# signal-cli's own error codes of JSON-RPC.
_UNTRUSTED, _RATE, _LINE = -4, -5, -3
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
logger = log.get_logger()


class Daemon:
    """One line to the daemon at a time: requests by number, and what it tells by itself."""

    def __init__(self, edge: Edge, config: Config) -> None:
        self._edge = edge
        self._path = str(config.folder / str(config.need("socket")))
        self._whose = {"account": config.channel["account"]} if "account" in config.channel else {}
        self._answer_s = float(config.channel.get("answer_s", 30.0))
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._open = asyncio.Event()
        rate = float(config.channel.get("texts_per_s", 5.0))
        self.saying = Saying(edge, rate=rate, say=self.say, is_open=self._is_open)

    async def _is_open(self) -> None:
        await self._open.wait()

    async def listen(self) -> None:
        """Open the line, subscribe, and take in what comes until it breaks.

        Raises:
            OSError, EOFError: there is no line, or no line any more.
        """
        reader, writer = await asyncio.open_unix_connection(self._path, limit=MOST_LINE)
        self._writer = writer
        subscribed = asyncio.ensure_future(self._ask("subscribeReceive"))
        subscribed.add_done_callback(self._subscribed)
        try:
            while line := await reader.readline():
                await self._heard(object_in(line))
            raise EOFError("the daemon has closed the line")
        except ValueError:
            raise EOFError("a line longer than any of the daemon's") from None
        finally:
            self._open.clear()
            self._writer = None
            writer.close()
            for waits in self._asked.values():
                if not waits.done():
                    waits.set_exception(EOFError("the line broke"))

    def _subscribed(self, task: "asyncio.Future[dict[str, Any]]") -> None:
        if task.cancelled() or task.exception() is not None or "result" not in task.result():
            logger.error("signal.not_subscribed", gateway=self._edge.config.name)
            if self._writer is not None:
                self._writer.close()  # the loop opens another line
            return
        self._open.set()

    async def _ask(self, method: str, **told: Any) -> dict[str, Any]:
        """Return the answer to one request; EOFError or TimeoutError: nobody knows."""
        number = next(self._numbers)
        waits: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._asked[number] = waits
        content = {
            "jsonrpc": "2.0",
            "id": number,
            "method": method,
            "params": {**self._whose, **told},
        }
        try:
            if self._writer is None:
                raise NotTaken(AWAY_S)
            self._writer.write(json.dumps(content).encode() + b"\n")
            async with asyncio.timeout(self._answer_s):
                return await waits
        finally:
            del self._asked[number]

    async def _heard(self, told: dict[str, Any]) -> None:
        if told.get("method") == "receive" and isinstance(params := told.get("params"), dict):
            inner = params.get("result")
            await self._keep(inner if isinstance(inner, dict) else params)
            return
        waits = self._asked.get(told["id"]) if type(told.get("id")) is int else None
        if waits is not None and not waits.done():
            waits.set_result(told)

    async def _keep(self, told: dict[str, Any]) -> None:
        """Store what one line tells; while the disk takes nothing, the next line is not read."""
        while True:
            try:
                await asyncio.to_thread(self._store, told)
                break
            except SpoolFull:  # the daemon has nobody else to give it to
                logger.warning("signal.not_stored", gateway=self._edge.config.name)
                await asyncio.sleep(FULL_AGAIN_S)
        self._edge.reach("commit-answer")

    def _store(self, told: dict[str, Any]) -> None:
        envelope = told.get("envelope")
        if not isinstance(envelope, dict) or not (sender := handle_of(envelope)):
            return
        if _kind(told.get("exception")).startswith("UntrustedIdentity"):
            self._put(self._changed(sender))
        if receipts := self._receipts(envelope, sender):
            self._put(*receipts)
        message, edited = _message(envelope)
        text = said_in(message)
        if not text:
            return
        mark = f"{sender} {envelope.get('timestamp')}".encode()
        with self._edge.to_core.queue.change() as change:
            again = arrivals.came_before(change, mark, now=clock.wall())
            arrivals.store(
                self._edge,
                change,
                lambda arrival: arrivals.text_of(
                    self._edge, arrival, sender=sender, text=text, maybe_again=again, edited=edited
                ),
            )

    def _changed(self, handle: str) -> IdentityChanged:
        return IdentityChanged(self._edge.config.name, handle, clock.wall())

    def _put(self, *things: Carried) -> None:
        with self._edge.to_core.queue.change() as change:
            for thing in things:
                arrivals.store(self._edge, change, _as_it_is(thing))

    def _receipts(self, envelope: dict[str, Any], sender: str) -> list[Receipt]:
        told, name = envelope.get("receiptMessage"), self._edge.config.name
        stamps = told.get("timestamps") if isinstance(told, dict) else None
        return [
            Receipt(name, 0, str(stamp), sender, "DELIVRD", clock.wall())
            for stamp in _list(stamps)
            if type(stamp) is int
        ]

    async def say(self, text: OutboundText) -> Outcome:
        """Say one text by one request."""
        account = text.recipient.removeprefix(ACCOUNT)
        if account == text.recipient or not _UUID.fullmatch(account):
            return Outcome(REFUSED, [], NO_ACCOUNT)
        try:
            told = await self._ask("send", recipient=[account], message=text.text)
        except (OSError, EOFError, TimeoutError):
            return Outcome(UNKNOWN, [])
        outcome = outcome_of(told)
        if outcome.status == IDENTITY:
            await asyncio.to_thread(self._put, self._changed(text.recipient))
        return outcome


def _as_it_is(thing: Carried) -> Callable[[int], Carried]:
    return lambda _arrival: thing


def handle_of(envelope: dict[str, Any]) -> str:
    """Return who sent it: his account's own id, for his number may be hidden from us and may change."""
    told = str(envelope.get("sourceUuid") or "").lower()
    if _UUID.fullmatch(told):
        return ACCOUNT + told
    return str(envelope.get("sourceNumber") or "")[:64]


def _message(envelope: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return a data message and whether it is a new version of an earlier one; {} in a group."""
    edit = envelope.get("editMessage")
    message = edit.get("dataMessage") if isinstance(edit, dict) else envelope.get("dataMessage")
    if not isinstance(message, dict) or message.get("groupInfo"):
        return {}, False
    return message, isinstance(edit, dict)


def said_in(message: dict[str, Any]) -> str:
    """Return his words, and before them the name of what else he sent."""
    beside = ["[attachment]" for _ in _list(message.get("attachments"))]
    reaction = message.get("reaction")
    if isinstance(reaction, dict):
        beside.append(f"[reaction] {reaction.get('emoji')}")
    words = message.get("message")
    return " ".join([*beside, words] if isinstance(words, str) and words else beside)


def outcome_of(told: dict[str, Any]) -> Outcome:
    """Return what the daemon's answer to one `send` means.

    Raises:
        NotTaken: Signal wants fewer requests.
    """
    result, error = told.get("result"), told.get("error")
    if isinstance(error, dict):
        code, kinds = error.get("code"), _kinds(error)
        if code == _UNTRUSTED or "IDENTITY_FAILURE" in kinds:
            return Outcome(REFUSED, [], IDENTITY)
        if code == _RATE:
            raise NotTaken(AWAY_S)
        status = abs(code) if type(code) is int else 0
        return Outcome(UNKNOWN if code == _LINE or not status else REFUSED, [], status)
    if not isinstance(result, dict):
        return Outcome(UNKNOWN, [])
    kinds = {_kind(each) for each in _list(result.get("results"))}
    if "IDENTITY_FAILURE" in kinds:
        return Outcome(REFUSED, [], IDENTITY)
    sent = kinds <= {"SUCCESS"} and type(result.get("timestamp")) is int
    return Outcome(SENT, [str(result["timestamp"])]) if sent else Outcome(UNKNOWN, [])


def _kinds(error: dict[str, Any]) -> set[str]:
    data = error.get("data")
    response = data.get("response") if isinstance(data, dict) else None
    results = response.get("results") if isinstance(response, dict) else None
    return {_kind(each) for each in _list(results)}


def _list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else []


def _kind(told: Any) -> str:
    return str(told.get("type", "")) if isinstance(told, dict) else ""


async def run(config: Config) -> None:
    """Be the gateway until SIGTERM."""
    config.insist_named("signal")
    edge = Edge(config)
    daemon = Daemon(edge, config)
    works = (again_and_again(daemon.listen, gateway=config.name), daemon.saying.works.run())
    await edge.run(*works, arrivals.forget_hourly(edge), before_end=daemon.saying.works.stop)


if __name__ == "__main__":
    raise SystemExit(command(run, channel="signal"))
