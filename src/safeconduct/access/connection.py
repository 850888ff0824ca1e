"""The line to the keeper: one socket in the data folder, one call, one answer.

That the keeper does not answer is `KeeperAway`, known within CONNECT_S, so that stopping never
waits for it. Its refusals arrive as `Refused`.
"""

import os
import selectors
import socket
import threading
import time
import weakref
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

from safeconduct import apart, clock
from safeconduct.refusal import Refusal, Refused
from safeconduct.sealing import Tampered, frame, read_frame

CONNECT_S = 0.5  # patience while the supervisor restarts it; the contract asks for under a second
ANSWER_S = 10.0
LOCKED = "keeper.locked"
AWAY = Refusal(
    "keeper.away",
    "The keeper of the keys does not answer, so nothing sealed opens and nothing was changed.",
    "Try again in a moment. Stopping goes on without it: abort, opt-out, he is here.",
)
# Calls that may be asked twice: the second answer is as good as the first.
_REPEATABLE = frozenset(
    {"ping", "open", "blind", "whoami", "act_begin", "login_begin", "enrol_begin", "head", "log"}
    | {"core_head", "gateway_keys", "hold_links", "issuer_key", "people", "alarms", "leave"}
    | {"logout", "let_in"}
)


class KeeperAway(Exception):
    """The keeper does not answer. Nothing sealed opens until it does; stopping goes on."""

    refusal = AWAY

    def __init__(self) -> None:
        super().__init__(str(AWAY))


class KeeperLocked(Refused, KeeperAway):
    """The panic lock is on. To a worker it is as if the keeper were away; to a person it says why."""


class Keeper:
    """Calls to one keeper. Threads share it: each call has a connection to itself.

    Attributes:
        asked: how often each was asked in this process's life; a measure, nothing is decided by it.
    """

    def __init__(
        self, path: Path, *, connect_s: float = CONNECT_S, answer_s: float = ANSWER_S
    ) -> None:
        self._path, self._connect_s, self._answer_s = path, connect_s, answer_s
        self.asked: Counter[str] = Counter()
        self._idle: list[socket.socket] = []
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def call(self, op: str, **content: Any) -> dict[str, Any]:
        """Ask one thing and return the answer.

        Raises:
            KeeperAway: it does not answer, or in words that are none of a keeper.
            Refused: it says no, with its reason and remedy.
        """
        self.asked[op] += 1
        request = frame({"op": op, **content})
        answer = self._once(request) or (self._once(request) if op in _REPEATABLE else None)
        if answer is None:
            raise KeeperAway
        if "refused" in answer:
            try:
                refusal = Refusal.from_carried(answer["refused"])
            except ValueError:
                raise KeeperAway from None
            raise KeeperLocked(refusal) if refusal.code == LOCKED else Refused(refusal)
        told: dict[str, Any] = answer["ok"]
        return told

    def _once(self, request: bytes) -> dict[str, Any] | None:
        stream = self._take()
        try:
            stream.sendall(request)
            answer = read_frame(stream)
        except (OSError, Tampered):
            answer = None
        if answer is None:
            stream.close()
        else:
            with self._lock:
                self._idle.append(stream)
        return answer

    def _take(self) -> socket.socket:
        while True:
            with self._lock:
                stream = self._idle.pop() if self._idle else None
            if stream is None:
                return self._connect()
            if not _ended(stream):
                return stream
            stream.close()

    def _connect(self) -> socket.socket:
        end = time.monotonic() + self._connect_s
        while True:
            stream = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            stream.settimeout(self._connect_s)
            try:
                stream.connect(str(self._path))
            except OSError:
                stream.close()
                if time.monotonic() > end:
                    raise KeeperAway from None
                time.sleep(0.02)
            else:
                stream.settimeout(self._answer_s)
                return stream

    def close(self) -> None:
        """End the idle connections."""
        with self._lock:
            _close_all(self._idle)


@lru_cache(maxsize=4)
def _at(path: Path, _pid: int) -> Keeper:
    return Keeper(path)


def keeper() -> Keeper:
    """Return this process's client of the data folder's keeper.

    Raises:
        KeeperAway: SAFECONDUCT_DATA names no data folder.
    """
    folder = clock.data_folder()
    if folder is None:
        raise KeeperAway
    return _at(apart.of_keeper(folder) / "keeper.sock", os.getpid())


def _close_all(streams: list[socket.socket]) -> None:
    while streams:
        streams.pop().close()


def _ended(stream: socket.socket) -> bool:
    """Return whether the keeper closed an idle connection, which it does only by ending."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        return bool(selector.select(0))
