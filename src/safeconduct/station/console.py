"""The station's page on loopback: shows what stands, takes what people there say, locks itself.

A lock hides content; watching, alerts and ABORT go on behind it. ABORT needs no passphrase, so that nobody
waits for one; it takes only a form of this very page, from this machine.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qsl

from safeconduct import clock, log
from safeconduct.spool.http import Answer, Request, Server, same
from safeconduct.spool.queue import SpoolFull
from safeconduct.station import pages
from safeconduct.station.lock import NotOpened
from safeconduct.station.seen import Seen, seen_of
from safeconduct.station.watching import Station
from safeconduct.station.words import say_in

MOST_HEADS = 200
_STATIC = Path(__file__).parent / "static"
_FILES = {
    "/station.css": ("station.css", "text/css; charset=utf-8"),
    "/station.js": ("station.js", "text/javascript; charset=utf-8"),
}
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": pages.CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with none at all a browser hides where a form comes from
    "Cross-Origin-Opener-Policy": "same-origin",
}
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_COOKIE = "station"
_REFUSED = Answer(400, b"", _HEADERS)
logger = log.get_logger()


class Console:
    """Answers the page's requests. One browser holds it open at a time; the rest find it locked.

    Args:
        opens: raises NotOpened for any other than the station's passphrase.
        linked: whether the core is on the line, and since when.
        lock_s: real seconds without a key pressed after which it locks itself.
    """

    def __init__(
        self,
        station: Station,
        *,
        opens: Callable[[str], object],
        linked: Callable[[], tuple[bool, datetime]],
        language: str,
        lock_s: float,
    ) -> None:
        self._station, self._opens, self._linked = station, opens, linked
        self._language, self._lock_s, self._say = language, lock_s, say_in(language)
        self._open, self._touched = "", 0.0
        self._trying = asyncio.Lock()  # one passphrase at a time: each takes memory and seconds

    async def serve(self, request: Request) -> Answer:
        """Answer one request of this machine's own browser; anything else is refused."""
        if not _is_ours(request):
            return Answer(403, b"", _HEADERS)
        path = request.target.partition("?")[0]
        if request.method == "POST":
            return await self._posted(path, request)
        if path in _FILES:
            name, kind = _FILES[path]
            return Answer(200, (_STATIC / name).read_bytes(), {**_HEADERS, "Content-Type": kind})
        if path == "/favicon.ico":  # a browser asks for it by itself
            return Answer(204, b"", _HEADERS)
        if path not in {"/", "/live"}:
            return Answer(404, b"", _HEADERS)
        return await self._shown(request, whole=path == "/")

    async def _shown(self, request: Request, *, whole: bool, wrong: str = "") -> Answer:
        if request.headers.get("x-touched") == "1" and self._is_open(request):
            self._touched = time.monotonic()
        is_open, now = self._is_open(request), clock.now()
        seen = await asyncio.to_thread(seen_of, self._station, language=self._language, now=now)
        live = self._live(seen, is_open=is_open, wrong=wrong, now=now)
        if not whole:
            return Answer(200, live.encode(), {**_HEADERS, "X-Locked": str(int(not is_open))})
        acts = pages.acts(seen, self._say) if is_open else pages.unlock(self._say)
        body = pages.page(self._language, live, locked=not is_open, acts=acts, _=self._say)
        return Answer(200, body, _HEADERS)

    def _live(self, seen: Seen | None, *, is_open: bool, wrong: str, now: datetime) -> str:
        linked, since = self._linked()
        line = pages.link(linked=linked, since=since, seen=seen, now=now, _=self._say)
        if not is_open:
            return pages.locked(seen, line, wrong=wrong, _=self._say)
        return line + (pages.idle(self._say) if seen is None else pages.live(seen, self._say))

    async def _posted(self, path: str, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if path == "/abort":
            await asyncio.to_thread(self._station.abort)
        elif path == "/unlock":
            return await self._unlock(request, form.get("words", ""))
        elif not self._is_open(request):
            return _to_page()
        elif path == "/lock":
            self._open = ""
        elif not await self._said(path, form):
            return Answer(400, b"", _HEADERS)
        return _to_page()

    async def _said(self, path: str, form: dict[str, str]) -> bool:
        self._touched = time.monotonic()
        heads = form.get("heads", "")
        try:
            if path == "/mark":
                await asyncio.to_thread(self._station.mark)
            elif path == "/take":
                await asyncio.to_thread(self._station.take, form.get("alert", ""))
            elif path == "/fires":
                await asyncio.to_thread(self._station.say, "fires")
            elif path in {"/sighted", "/here"} and heads.isdecimal() and int(heads) <= MOST_HEADS:
                await asyncio.to_thread(self._station.say, path[1:], heads=int(heads))
            else:
                return False
        except SpoolFull:  # the page says that the disk takes nothing
            logger.warning("station.not_stored")
        return True

    async def _unlock(self, request: Request, words: str) -> Answer:
        async with self._trying:
            try:
                await asyncio.to_thread(self._opens, words)
            except NotOpened as wrong:
                return await self._shown(request, whole=True, wrong=str(wrong))
        self._open, self._touched = secrets.token_urlsafe(32), time.monotonic()
        cookie = f"{_COOKIE}={self._open}; HttpOnly; SameSite=Strict; Path=/"
        return _to_page({"Set-Cookie": cookie})

    def _is_open(self, request: Request) -> bool:
        if self._open and time.monotonic() - self._touched > self._lock_s:
            self._open = ""
        told = dict(
            each.strip().partition("=")[::2]
            for each in request.headers.get("cookie", "").split(";")
        )
        return bool(self._open) and same(told.get(_COOKIE, ""), self._open)


def _is_ours(request: Request) -> bool:
    """Return whether a request names this machine, and a form comes from our own page.

    A page from elsewhere in the same browser can send one here, and may call itself by any name.
    """
    host = request.headers.get("host", "")
    if host.rpartition(":")[0] not in _HOSTS:
        return False
    if request.method != "POST":
        return request.method in {"GET", "HEAD"}
    return request.headers.get("origin", "") == f"http://{host}"


def _to_page(more: dict[str, str] | None = None) -> Answer:
    return Answer(303, b"", {**_HEADERS, "Location": "/", **(more or {})})


def server(console: Console) -> Server:
    """Return the server of a console."""
    return Server(console.serve, refused=_REFUSED)
