"""/live: one stream a tab, by server-sent events. It names a topic, and nothing else: no ref.

A nudge goes only to those who may hear it. The page then asks the room again, so that a withdrawn
permission bites on an open page. The stream ends when the login does, and says so when it ends by
the panic lock: the page then shows nothing any more, whether the database could be written or not.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.http import HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_GET

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access import queries as access
from safeconduct.access.doors import OfficerRequest, duty_required
from safeconduct.access.rules import Duty, Officer
from safeconduct.notices import queries as notices
from safeconduct.notices.tail import READER_HOLDS, TAILER, Nudge, Reader
from safeconduct.web import cursor

QUIET_S = 15.0  # a comment line this often keeps proxies from closing the stream
_LOOK_S = 0.5  # how often the keeper is asked whether it was locked, once for all tabs together
_RIGHTS_LAST_S = 5.0  # how stale the list of compartments may be; it guards a nudge, not content


def _audiences(login: str) -> frozenset[str] | None:
    """Return what this login may hear, or None when it has ended."""
    now = clock.now()
    officer = access.officer_of(login, now=now, wall=clock.wall())
    if officer is None:
        return None
    members = access.compartments_of(access.as_the_keeper_knows(officer), now=now)
    return frozenset(
        {
            "",
            f"person:{officer.ref}",
            *(f"duty:{duty}" for duty in officer.duties),
            *(f"member:{compartment}" for compartment in members),
            *(f"member:{compartment}:{duty}" for compartment in members for duty in officer.duties),
        }
    )


def _line(nudge: Nudge) -> str:
    told = json.dumps({"topic": nudge.topic})
    return f"id: {cursor.sealed(nudge.number)}\nevent: nudge\ndata: {told}\n\n"


def _left(nudge: Nudge) -> str:
    return f"id: {cursor.sealed(nudge.number)}\nevent: left\ndata: {{}}\n\n"


_LEFT = "access.left"  # he was let out, or a duty of his ended: what he has open may not be his any more
_RELOAD = "event: reload\ndata: {}\n\n"
_LOCK = "event: lock\ndata: {}\n\n"


class _Lock:
    """Whether the panic lock is on, as this process asked the keeper last."""

    def __init__(self) -> None:
        self._on, self._asked = False, -_LOOK_S

    async def on(self) -> bool:
        """Return it, at most half a second old. A keeper that is away locked nothing."""
        if time.monotonic() - self._asked >= _LOOK_S:
            self._asked = time.monotonic()
            self._on = await sync_to_async(_locked)()
        return self._on


def _locked() -> bool:
    try:
        return bool(client.ping()["state"] == "locked")
    except client.KeeperAway:
        return False


_LOCKED = _Lock()


class _Stream:
    def __init__(self, officer: Officer, *, after: int, anew: bool) -> None:
        self._login, self._anew = officer.login, anew
        self._last = after
        self._rights: frozenset[str] | None = frozenset()
        self._asked = -_RIGHTS_LAST_S
        self._spoke = time.monotonic()

    async def lines(self) -> AsyncIterator[str]:
        """Yield the stream's lines: what was missed, then what comes."""
        locked = await _LOCKED.on()  # who came in under the lock stays: he stops, he watches
        with TAILER.reader(after=self._last) as reader:
            yield "retry: 1000\n\n"
            if self._anew:
                yield f"id: {cursor.sealed(self._last)}\n{_RELOAD}"
            for line in await self._missed():
                yield line
            while await self._may_hear():
                if not locked and await _LOCKED.on():
                    yield _LOCK
                    return
                if reader.full:
                    yield _RELOAD
                    return
                if line := await self._next(reader):
                    self._spoke = time.monotonic()
                    yield line

    async def _may_hear(self) -> bool:
        if time.monotonic() - self._asked >= _RIGHTS_LAST_S:
            self._rights = await sync_to_async(_audiences)(self._login)
            self._asked = time.monotonic()
        return self._rights is not None

    async def _missed(self) -> list[str]:
        rows = await sync_to_async(notices.notices_after)(self._last, limit=READER_HOLDS + 1)
        if len(rows) > READER_HOLDS:
            self._last = rows[-1][0]
            return [_RELOAD]
        await self._may_hear()
        return [line for row in rows if (line := self._heard(Nudge(*row)))]

    async def _next(self, reader: Reader) -> str:
        try:
            nudge = await asyncio.wait_for(reader.queue.get(), _LOOK_S)
        except TimeoutError:
            line = ""
        else:
            if nudge.topic == _LEFT:
                self._asked = -_RIGHTS_LAST_S
            await self._may_hear()
            line = self._heard(nudge)
        # A nudge for others leaves no mark here: its time alone would tell that something happens.
        quiet = time.monotonic() - self._spoke >= QUIET_S
        return line or (": still here\n\n" if quiet else "")

    def _heard(self, nudge: Nudge) -> str:
        if nudge.number <= self._last or self._rights is None:
            return ""
        self._last = nudge.number
        if nudge.to not in self._rights:
            return ""
        return _left(nudge) if nudge.topic == _LEFT else _line(nudge)


@require_GET
@duty_required(*Duty)
async def live(request: OfficerRequest) -> HttpResponseBase:
    """Stream nudges to one tab, from the notice it names as its last."""
    told = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = cursor.number_of(told)
    anew = after is None and bool(told)  # told under another start: what was missed is not known
    if after is None:
        after = await sync_to_async(_cursor)()
    stream = _Stream(request.officer, after=after, anew=anew)
    response = StreamingHttpResponse(stream.lines(), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


def _cursor() -> int:
    return notices.cursor(wall=clock.wall())
