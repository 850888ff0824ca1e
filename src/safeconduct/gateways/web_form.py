"""The contact page for the person himself: texts in and out by a form. Its table is `[web]`.

He writes without an account, gets six words, and reads the answer here with them. What he writes is
sealed to the core and on disk before the next page; answers lie sealed to a key made from his words.
No cookie, no script, nobody's address: nothing tells who came. Its lines in gateway.toml:

    [web]
    page = "127.0.0.1:8480"         # or "unix:/run/page/page.sock"; an onion service stands before it
    away = "https://weather.example/" # where the way out leads: an everyday page
    languages = ["ru", "uk"]        # first is shown first; without it, those of the programme
    keep_days = 30                  # answers nobody has come for, and boxes nobody uses
"""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable
from dataclasses import dataclass

from safeconduct import clock, log
from safeconduct.envelope import OutboundText, Receipt, SendResult, kind_of
from safeconduct.pages import contact, wordcode
from safeconduct.pages.boxes import Answered, Boxes
from safeconduct.pages.serving import Answer, Form, Request, server
from safeconduct.pages.waiting import Busy, Kept, Lane, released
from safeconduct.pages.wordcode import Owner
from safeconduct.smpp.sending import REFUSED, SENT
from safeconduct.spool import arrivals
from safeconduct.spool.arrivals import text_of
from safeconduct.spool.config import Config, ConfigWrong
from safeconduct.spool.edge import Edge, command
from safeconduct.spool.http import NotServed, listens
from safeconduct.spool.keyfiles import LANGUAGES
from safeconduct.spool.lanes import Arrived
from safeconduct.spool.queue import SpoolFull

STEP_S = 1.0  # every form is answered at a full second after it came, whatever it found
UNSEEN_S, SEEN_S, SESSION_S = (
    600.0,
    60.0,
    1800.0,
)  # of a page not fetched yet, fetched, and its forms
KEEP_DAYS = 30
EXPIRE_EVERY_S = 3600.0
FULL_AGAIN_S = 5.0
NO_BOX = 1  # status of a REFUSED: nobody has written under this handle, or it has lapsed
_NONCE = 32
_AWAY = {"Clear-Site-Data": '"cache", "cookies", "storage"'}
logger = log.get_logger()


@dataclass(frozen=True, slots=True)
class Session:
    """What a page with answers lets its forms do without the code. In memory only."""

    code: str
    owner: Owner | None


class Desk:
    """From a form to the spool, and from a code to the answers."""

    def __init__(
        self, edge: Edge, boxes: Boxes, *, away: str, languages: list[str], step_s: float = STEP_S
    ) -> None:
        self._edge, self._boxes, self._step_s = edge, boxes, step_s
        self._away, self._languages = away, languages
        self._shown: Kept[bytes] = Kept()
        self._sessions: Kept[Session] = Kept()
        self._forms: Kept[asyncio.Future[bytes]] = Kept()
        # Whoever tries codes must not stand in the way of whoever writes.
        self._lanes = {"write": Lane(), "read": Lane()}

    async def serve(self, request: Request) -> Answer:
        """Answer one request; what is not known is the first page, never an error."""
        page = self._page(request.query.get("l", ""))
        if request.method == "POST":
            return await self._posted(request.form, page)
        if "away" in request.query:
            headers = {**dict(contact.HEADERS), **_AWAY, "Location": self._away}
            return Answer(303, b"", tuple(headers.items()))
        token = request.query.get("k", "")
        shown = self._shown.get(token)
        self._shown.shorten(
            token, lasts_s=SEEN_S
        )  # a line that broke may ask again; history may not
        return Answer(200, shown or page.start(), contact.HEADERS)

    def _page(self, language: str) -> contact.Page:
        chosen = language if language in self._languages else self._languages[0]
        return contact.Page(chosen, self._languages, secrets.token_hex(_NONCE // 2))

    async def _posted(self, form: Form, page: contact.Page) -> Answer:
        """Do what a form asks, once however often it is sent, and lead to what came of it."""
        nonce = form.get("f", "")
        if len(nonce) != _NONCE:
            raise NotServed("a form that is none of ours")
        known = self._forms.get(nonce)
        if known is None:
            known = asyncio.ensure_future(released(self._done(form, page), step_s=self._step_s))
            self._forms.put(known, lasts_s=SEEN_S, token=nonce)
        token = self._shown.put(await asyncio.shield(known), lasts_s=UNSEEN_S)
        headers = (*contact.HEADERS, ("Location", f"?l={page.language}&k={token}"))
        return Answer(303, b"", headers)

    async def _done(self, form: Form, page: contact.Page) -> bytes:
        session = self._sessions.get(form.get("s", ""))
        try:
            return await self._choose(form, page, session)
        except (Busy, SpoolFull):
            return page.told("busy", then="again")

    def _choose(self, form: Form, page: contact.Page, session: Session | None) -> Awaitable[bytes]:
        what = form.get("do", "")
        if what == "write" and form.get("m", "").strip():
            return self._write(form["m"], page, session)
        if what == "read":
            return self._read(form.get("k", ""), page)
        if session is not None and what == "older":
            return self._answers(session, page, at=form.get("at", ""))
        if session is not None and what == "erase":
            return self._erase(session, page)
        return _ready(page.start())

    async def _owner(self, code: str, *, lane: str) -> Owner:
        async with self._lanes[lane].turn():
            return await asyncio.to_thread(wordcode.owner_of, code, salt=self._boxes.salt)

    async def _write(self, text: str, page: contact.Page, session: Session | None) -> bytes:
        if session is None or session.owner is None:
            code = wordcode.new_code()
            owner = await self._owner(code, lane="write")
        else:
            code, owner = session.code, session.owner
        await asyncio.to_thread(self._store, owner, text.replace("\r\n", "\n").strip())
        return page.code(wordcode.shown(code, page.language))

    def _store(self, owner: Owner, text: str) -> None:
        self._boxes.make(owner, today=_today())
        with self._edge.to_core.queue.change() as change:
            arrivals.store(
                self._edge,
                change,
                lambda arrival: text_of(self._edge, arrival, sender=owner.handle, text=text),
            )

    async def _read(self, typed: str, page: contact.Page) -> bytes:
        code = wordcode.read(typed)
        owner = await self._owner(code, lane="read")  # what is no code takes as long as one
        return await self._answers(Session(code, owner if code else None), page, at="0")

    async def _answers(self, session: Session, page: contact.Page, *, at: str) -> bytes:
        found: list[Answered] = []
        if session.owner is not None:
            found = await asyncio.to_thread(self._open, session.owner)
        pieces = [(one.at, text) for one in found for text in contact.pieces_of(one.text)]
        token = self._sessions.put(session, lasts_s=SESSION_S)
        return page.answers(pieces, at=int(at) if at.isdecimal() else 0, session=token)

    def _open(self, owner: Owner) -> list[Answered]:
        """Open his answers, and tell the core which of them he sees for the first time."""
        found = self._boxes.answers(owner, today=_today())
        name, now = self._edge.config.name, clock.wall()
        seen = [(one.attempt, Receipt(name, 0, one.attempt, owner.handle, "DELIVRD", now))
                for one in found if one.fresh]  # fmt: skip
        self._edge.to_core.put_many((f"seen:{key}", told.to_bytes()) for key, told in seen)
        return found

    async def _erase(self, session: Session, page: contact.Page) -> bytes:
        if session.owner is not None:
            await asyncio.to_thread(self._boxes.erase, session.owner)
        return page.told("erased")


async def _ready(page: bytes) -> bytes:
    return page


def _today() -> int:
    return clock.wall().date().toordinal()


async def deliver(edge: Edge, boxes: Boxes) -> None:
    """Lay the core's answers into their boxes and say what became of each, again and again."""
    while True:
        try:
            for arrived in await edge.take():
                await asyncio.to_thread(lay, edge, boxes, arrived)
                await edge.done(arrived)
        except SpoolFull:  # all of it comes again, and twice is once
            logger.warning("web.disk_full", gateway=edge.config.name)
            await asyncio.sleep(FULL_AGAIN_S)


def lay(edge: Edge, boxes: Boxes, arrived: Arrived) -> None:
    """Lay one answer into its box. SENT means: it lies there; the receipt comes when he reads it."""
    if kind_of(arrived.content) != OutboundText.__name__:
        logger.error("web.not_a_text", seq=arrived.row)
        return
    text, now = OutboundText.from_bytes(arrived.content), clock.wall()
    late, laid = now > text.not_after, False
    if not late:
        at = f"{now:%d.%m %H:%M} UTC"
        laid = boxes.put(
            text.recipient, attempt=text.attempt, at=at, text=text.text, today=_today()
        )
    result = SendResult(
        attempt=text.attempt,
        route=text.route,
        outcome=SENT if laid else REFUSED,
        carrier_ids=[text.attempt] if laid else [],
        status=0 if laid or late else NO_BOX,
        at=now,
    )
    edge.to_core.put_many([(f"result:{text.attempt}", result.to_bytes())])


async def expire(boxes: Boxes, *, keep_days: int) -> None:
    """Erase what nobody has come for, every hour."""
    while True:
        with contextlib.suppress(SpoolFull):
            gone = await asyncio.to_thread(boxes.expire, before=_today() - keep_days)
            if gone:
                logger.info("web.lapsed", count=gone)
        await asyncio.sleep(EXPIRE_EVERY_S)


def spoken(config: Config) -> list[str]:
    """Return the page's languages: its own line, else the programme's, of those we have words in.

    Raises:
        ConfigWrong: with what to mend.
    """
    ours = list(contact.words())
    if "languages" in config.channel:
        chosen = [str(each) for each in config.channel["languages"]]
        unknown = [each for each in chosen if each not in ours]
    else:
        told = (config.folder / "keys" / LANGUAGES).read_text()
        chosen, unknown = told.split() or ours, []
    known = [each for each in chosen if each in ours]
    if unknown or not known:
        raise ConfigWrong(
            f"The page has no words in {', '.join(unknown or chosen) or 'no language'}. Give the line "
            f"languages in [web] some of {', '.join(ours)}."
        )
    return known


def desk_of(config: Config, edge: Edge, boxes: Boxes) -> Desk:
    """Return the desk a file describes.

    Raises:
        ConfigWrong: with what to mend.
    """
    away = str(config.need("away"))
    if not away.startswith("https://"):
        raise ConfigWrong('The line away in [web] must be an everyday page, "https://…".')
    return Desk(edge, boxes, away=away, languages=spoken(config))


async def run(config: Config) -> None:
    """Be the page until SIGTERM."""
    edge = Edge(config)
    boxes, keep_days = Boxes(edge.from_core), int(config.channel.get("keep_days", KEEP_DAYS))
    desk = desk_of(config, edge, boxes)
    refused = Answer(400, b"", contact.HEADERS)
    page = await listens(server(desk.serve, refused=refused), config, "page")
    logger.info("web.listens", gateway=config.name)
    async with page:
        await edge.run(deliver(edge, boxes), expire(boxes, keep_days=keep_days))


if __name__ == "__main__":
    raise SystemExit(command(run, channel="web"))
