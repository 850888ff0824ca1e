"""How an autopilot or a tracker speaks MAVLink 2 over UDP, signed where it holds a key.

It sends only a heartbeat until it is asked: each telemetry rate by command 511, once by 512. It
gives up for good when nobody listened to its first packet: listen first. Everything it receives
is written down, byte for byte, for a judge who decodes it with his own eyes.

Times of fixes are world time, told by SYSTEM_TIME; rates and heartbeats are real time, for a radio
and whoever listens live in it. So at a speed of 10 a message asked for 4 times a second carries
fixes 2.5 world seconds apart, and the product's own way from here to an alert (about half a second,
real) looks 5 world seconds long. Rules that count in seconds are judged fairly up to a speed of
about 8; a story drives no faster than that.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import clock

Message = Any  # the codec's; it brings no types
LINK_TICK_S = 0.02
ACCEPTED, UNSUPPORTED = codec.MAV_RESULT_ACCEPTED, codec.MAV_RESULT_UNSUPPORTED
SET_RATE, ASK_ONCE = codec.MAV_CMD_SET_MESSAGE_INTERVAL, codec.MAV_CMD_REQUEST_MESSAGE
_SIGNING_EPOCH_S = 1_420_070_400  # 2015-01-01


class Autopilot:
    """One MAVLink system on UDP.

    Attributes:
        telling: message id → its maker.
        takes: takes each message that is no request for telemetry; returns what it answers.
        each_tick: called before anything is sent, with world time and the link's seconds.
        silent: the link is down: nothing leaves, nothing comes.
        refused: nobody listened to the first packet.
    """

    def __init__(
        self,
        *,
        system: int,
        to: tuple[str, int],
        log: Path,
        beat: Callable[[], Message],
        key: bytes | None = None,
        now: Callable[[], datetime] = clock.now,
        link_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.system = system
        self.silent = self.refused = False
        self.telling: dict[int, Callable[[datetime], Message]] = {}
        self.takes: Callable[[Message], Iterable[Message]] = lambda _message: ()
        self.each_tick: Callable[[datetime, float], None] = lambda _now, _link_s: None
        self._to, self._log, self._key, self._beat = to, log, key, beat
        self.now, self.link_s = now, link_s
        self._rates: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._texts: list[tuple[int, str]] = []
        self._booted = now()
        self._stopped = threading.Event()
        self._codec = self._new_codec()
        self._reader = self._new_codec()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._thread = threading.Thread(target=self._run, name=f"system-{system}", daemon=True)

    def _new_codec(self) -> Any:
        made = codec.MAVLink(None, srcSystem=self.system, srcComponent=codec.MAV_COMP_ID_AUTOPILOT1)
        made.robust_parsing = True
        if self._key is not None:
            made.signing.secret_key, made.signing.sign_outgoing = self._key, True
            made.signing.timestamp = int((time.time() - _SIGNING_EPOCH_S) * 100_000)
            made.signing.allow_unsigned_callback = lambda *_: False
        return made

    # ---- from outside ------------------------------------------------------------------

    def start(self) -> None:
        """Begin to send and to listen."""
        self._socket.connect(self._to)
        self._socket.setblocking(False)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()

    def stop(self) -> None:
        """Fall silent for good."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(timeout=5)
        self._socket.close()

    def say(self, text: str, *, severity: int = codec.MAV_SEVERITY_CRITICAL) -> None:
        """Send one STATUSTEXT, as an autopilot does when something is wrong."""
        self._texts.append((severity, text))

    def boot_s(self, now: datetime) -> float:
        """Return seconds of world time since boot."""
        return (now - self._booted).total_seconds()

    def boot_ms(self, now: datetime) -> int:
        """Return milliseconds of world time since boot, as far as 32 bits go."""
        return int(self.boot_s(now) * 1000) % 2**32

    # ---- the link ----------------------------------------------------------------------

    def _run(self) -> None:
        first = True
        while not self._stopped.wait(LINK_TICK_S):
            now, link_s = self.now(), self.link_s()
            self.each_tick(now, link_s)
            if self.silent or self.refused:
                self._drain()
                continue
            self._send_due(now, link_s)
            if first:
                time.sleep(LINK_TICK_S)
                self.refused, first = self._was_refused(), False
            self._receive()

    def _was_refused(self) -> bool:
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0

    def _drain(self) -> None:
        try:
            while self._socket.recv(2048):
                pass
        except OSError:
            return

    def _send_due(self, now: datetime, link_s: float) -> None:
        if link_s >= self._due.get(-1, 0.0):
            self._due[-1] = link_s + 1.0
            self._send(self._beat())
        for number, rate in list(self._rates.items()):
            if link_s >= self._due.get(number, 0.0):
                self._due[number] = link_s + 1.0 / rate
                self._send(self.telling[number](now))
        while self._texts:
            severity, text = self._texts.pop(0)
            self._send(codec.MAVLink_statustext_message(severity, text.encode("ascii")))

    def _send(self, message: Message) -> None:
        with contextlib.suppress(OSError):  # nobody listens just now; a radio does not care either
            self._socket.send(message.pack(self._codec, force_mavlink1=False))
        self._codec.seq = (self._codec.seq + 1) % 256  # `pack` leaves it as it was

    def _receive(self) -> None:
        while True:
            try:
                raw = self._socket.recv(2048)
            except OSError:
                return
            self._write_down(raw)
            for message in self._reader.parse_buffer(raw) or []:
                for answer in self._answers(message):
                    self._send(answer)

    def _write_down(self, raw: bytes) -> None:
        line = {"at": clock.wall().isoformat(), "way": "in", "hex": raw.hex()}
        with self._log.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _answers(self, message: Message) -> Iterable[Message]:
        if getattr(message, "target_system", self.system) not in {0, self.system}:
            return []  # for another
        if message.get_type() == "COMMAND_LONG" and message.command in {SET_RATE, ASK_ONCE}:
            return self._telemetry(message)
        return self.takes(message)

    def _telemetry(self, message: Message) -> Iterable[Message]:
        """Take a request for telemetry: the answer first, then what was asked for."""
        number = int(message.param1)
        known = number in self.telling
        result = ACCEPTED if known else UNSUPPORTED
        yield codec.MAVLink_command_ack_message(message.command, result)
        if known and message.command == ASK_ONCE:
            yield self.telling[number](self.now())
        elif known and message.param2 > 0:
            self._rates[number] = 1e6 / message.param2
        else:
            self._rates.pop(number, None)
