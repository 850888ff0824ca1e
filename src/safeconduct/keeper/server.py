"""The socket: one frame in, one frame out. Callers of another user of the machine are refused."""

import os
import socket
import socketserver
import sqlite3
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from safeconduct import log
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.approvals import Approvals
from safeconduct.keeper.closures import Closures
from safeconduct.keeper.compartments import Compartments
from safeconduct.keeper.devices import Devices
from safeconduct.keeper.force import Force, answered_as_ever
from safeconduct.keeper.glass import Glass
from safeconduct.keeper.heads import Heads
from safeconduct.keeper.house import House, Told
from safeconduct.keeper.links import Links
from safeconduct.keeper.meters import OVER_RATE
from safeconduct.keeper.ownkeys import OwnKeys
from safeconduct.keeper.panic import Panic
from safeconduct.keeper.recovery import Recovery
from safeconduct.keeper.signin import SignIn
from safeconduct.keeper.vault import LOCKED
from safeconduct.refusal import Refusal, Refused
from safeconduct.sealing import Tampered, frame, read_frame

Call = Callable[[Told], dict[str, Any]]
MISFORMED = Refusal("keeper.form", "The keeper does not understand this call.")
FAILED = Refusal(
    "keeper.failed", "The keeper could not write or read its file.", "See its log; free its disk."
)
# Locked, nothing sealed opens and nothing is granted or approved; but who stops must get to the door.
_WHILE_LOCKED = frozenset(
    {"ping", "login_begin", "login_finish", "whoami", "logout", "alarms", "let_in"}
)
logger = log.get_logger()


class Calls:
    """The table of calls, one at a time."""

    def __init__(self, house: House) -> None:
        self._house, self._one = house, threading.Lock()
        alarms, devices = Alarms(house), Devices(house)
        force = Force(house, devices, alarms)
        signin, approvals = SignIn(house, devices, force), Approvals(house)
        compartments, links, self._closures = (
            Compartments(house, alarms),
            Links(house),
            Closures(house),
        )
        own = OwnKeys(house, compartments)
        parts: tuple[tuple[object, tuple[str, ...]], ...] = (
            (signin, ("first_invite", "invite", "enrol_begin", "enrol_finish", "login_begin")),
            (signin, ("login_finish", "login_code", "totp_begin", "totp_finish", "whoami")),
            (signin, ("logout", "end_logins", "devices")),
            (Recovery(house, signin), ("spare", "recover")),
            (
                approvals,
                (
                    "act_begin",
                    "act_finish",
                    "grant",
                    "end_duty",
                    "end_person",
                    "forget_person",
                    "people",
                ),
            ),
            (force, ("drill", "set_numbers")),
            (compartments, ("create", "join", "leave", "open", "blind", "let_in")),
            (self._closures, ("destroy",)),
            (links, ("gateway_keys", "hold_links", "issuer_key", "log", "ping")),
            (Heads(house, alarms), ("head", "core_head", "sign_head")),
            (alarms, ("alarms", "noted", "changed", "forged")),
            (Glass(house, alarms), ("break_glass", "glasses", "glass_told", "end_glass")),
            (Glass(house, alarms), ("review_glass",)),
            (Panic(house), ("unlock_code", "unlock_codes", "lock")),
            (own, ("own_make", "own_state", "own_open", "own_shut", "own_seal", "own_read")),
        )
        self._calls: dict[str, Call] = {op: getattr(p, op) for p, ops in parts for op in ops}

    def answer(self, told: Told) -> dict[str, Any]:
        """Return the answer to one call, or its refusal."""
        call = self._calls.get(str(told.get("op")))
        if call is None:
            return _refused(MISFORMED)
        with self._one:
            if self._house.vault.locked and told["op"] not in _WHILE_LOCKED:
                return _refused(LOCKED)
            try:
                return _refused(OVER_RATE) if self._forced(told) else {"ok": call(told)}
            except Refused as refused:
                return _refused(refused.refusal)
            except (sqlite3.Error, OSError) as failed:
                # Without its text: that may carry what we hold.
                logger.error("the keeper's file failed", error=type(failed).__name__)  # noqa: TRY400  a traceback could show what we hold
                return _refused(FAILED)
            except Exception as wrong:  # noqa: BLE001  of any form: what is asked may be anything
                logger.warning("a call was misformed", error=type(wrong).__name__)
                return _refused(MISFORMED)

    def _forced(self, told: Told) -> bool:
        """Return whether a forced login asks for what such a one is not answered as ever."""
        asks = "login" in told and not answered_as_ever(told)
        return asks and self._house.forced(str(told["login"]))

    def nightly(self) -> None:
        """Ratchet if it is time; what fails is tried again at the next call."""
        with self._one:
            try:
                self._closures.nightly()
            except Exception as failed:  # noqa: BLE001  nothing ends the thread that tries again
                logger.error("the ratchet failed", error=type(failed).__name__)  # noqa: TRY400  a traceback could show what we hold


def _refused(refusal: Refusal) -> dict[str, Any]:
    return {"refused": refusal.carried()}


def uid_of(stream: socket.socket) -> int:
    """Return the user at the other end of a Unix socket (Linux, SO_PEERCRED)."""
    told = stream.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", told)[1])


class _Line(socketserver.BaseRequestHandler):
    server: "Server"

    def handle(self) -> None:
        """Answer calls until the other side ends."""
        if uid_of(self.request) != self.server.uid:
            logger.warning("a caller of another user was refused")
            return
        while True:
            try:
                told = read_frame(self.request)
                if told is None:
                    return
                self.request.sendall(frame(self.server.calls.answer(told)))
            except (Tampered, OSError):
                return


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens on the socket and answers one user of the machine: ours, or the one told to it."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, path: Path, calls: Calls, *, uid: int) -> None:
        self.calls, self.uid = calls, uid
        path.unlink(missing_ok=True)
        before = os.umask(0o177 if uid == os.geteuid() else 0o117)  # his group is the folder's
        try:
            super().__init__(str(path), _Line)
        finally:
            os.umask(before)
