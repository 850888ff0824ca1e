"""How an autopilot or a tracker speaks MAVLink over UDP, as ArduCopter's simulator was seen to.

It sends only a heartbeat until it is asked: each telemetry rate by command 511, once by 512. It
gives up for good when nobody listened to its first packet: listen first. Everything it receives
is written down, byte for byte, for a judge who decodes it with his own eyes.

Times of fixes are world time, told by SYSTEM_TIME; the rates are real time. So at a speed of 10
a message asked for 4 times a second carries fixes 2.5 world seconds apart, and the product's own
way from here to an alert (about half a second, real) looks 5 world seconds long. Rules that count
in seconds are judged fairly up to a speed of about 8; a story drives no faster than that.
"""

import json
import math
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as codec

from safeconduct import clock

TICK_S = 0.02
PARAMETERS = {  # a plain aircraft: nothing that could drop, spray or throw
    "GRIP_ENABLE": 0.0,
    "SPRAY_ENABLE": 0.0,
    "CHUTE_ENABLED": 0.0,
    "WINCH_TYPE": 0.0,
    "FENCE_ENABLE": 1.0,
    "FS_GCS_ENABLE": 1.0,
    "WPNAV_SPEED": 1500.0,
    **{f"SERVO{n}_FUNCTION": 32.0 + n for n in range(1, 5)},
    **{f"RELAY{n}_FUNCTION": 0.0 for n in range(1, 3)},
}


class Autopilot:
    """One MAVLink system on UDP. What it tells is given by `telling`: message id → its maker."""

    def __init__(
        self,
        *,
        system: int,
        to: tuple[str, int],
        log: Path,
        kind: int = codec.MAV_TYPE_QUADROTOR,
        key: bytes | None = None,
    ) -> None:
        self.system, self.kind = system, kind
        self.silent = False  # the link is down: nothing leaves, nothing comes
        self.refused = False  # nobody listened to the first packet
        self.telling: dict[int, Callable[[datetime], codec.MAVLink_message]] = {}
        self._to, self._log, self._key = to, log, key
        self._rates: dict[int, float] = {}
        self._due: dict[int, float] = {}
        self._texts: list[tuple[int, str]] = []
        self._booted = clock.now()
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
            made.signing.timestamp = int((time.time() - 1_420_070_400) * 100_000)
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

    def boot_ms(self, now: datetime) -> int:
        """Return milliseconds of world time since boot, as far as 32 bits go."""
        return int((now - self._booted).total_seconds() * 1000) % 2**32

    # ---- the link ----------------------------------------------------------------------

    def _run(self) -> None:
        first = True
        while not self._stopped.wait(TICK_S):
            if self.silent or self.refused:
                self._drain()
                continue
            self._send_due(time.monotonic())
            if first:
                time.sleep(TICK_S)
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

    def _send_due(self, at: float) -> None:
        now = clock.now()
        if at >= self._due.get(-1, 0.0):
            self._due[-1] = at + 1.0
            self._send(self._heartbeat())
        for number, rate in self._rates.items():
            if number in self.telling and at >= self._due.get(number, 0.0):
                self._due[number] = at + 1.0 / rate
                self._send(self.telling[number](now))
        while self._texts:
            severity, text = self._texts.pop(0)
            self._send(codec.MAVLink_statustext_message(severity, text.encode("ascii")))

    def _heartbeat(self) -> codec.MAVLink_message:
        armed = codec.MAV_MODE_FLAG_SAFETY_ARMED | codec.MAV_MODE_FLAG_CUSTOM_MODE_ENABLED
        return codec.MAVLink_heartbeat_message(
            self.kind, codec.MAV_AUTOPILOT_ARDUPILOTMEGA, armed, 5, codec.MAV_STATE_ACTIVE, 3
        )

    def _send(self, message: codec.MAVLink_message) -> None:
        try:
            self._socket.send(message.pack(self._codec, force_mavlink1=False))
        except OSError:
            return  # nobody listens just now; a radio does not care either

    def _receive(self) -> None:
        while True:
            try:
                raw = self._socket.recv(2048)
            except OSError:
                return
            self._write_down(raw)
            for message in self._reader.parse_buffer(raw) or []:
                self._answer(message)

    def _write_down(self, raw: bytes) -> None:
        line = {"at": clock.wall().isoformat(), "way": "in", "hex": raw.hex()}
        with self._log.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def _answer(self, message: codec.MAVLink_message) -> None:
        kind = message.get_type()
        if kind == "COMMAND_LONG":
            known = self._command(message)
            result = codec.MAV_RESULT_ACCEPTED if known else codec.MAV_RESULT_UNSUPPORTED
            self._send(codec.MAVLink_command_ack_message(message.command, result))
        elif kind == "PARAM_REQUEST_READ":
            name = message.param_id
            if name in PARAMETERS:
                self._send(self._parameter(name))
        elif kind == "PARAM_REQUEST_LIST":
            for name in PARAMETERS:
                self._send(self._parameter(name))

    def _command(self, message: codec.MAVLink_message) -> bool:
        number = int(message.param1)
        if message.command == codec.MAV_CMD_SET_MESSAGE_INTERVAL and message.param2 > 0:
            self._rates[number] = 1e6 / message.param2
        elif message.command == codec.MAV_CMD_REQUEST_MESSAGE and number in self.telling:
            self._send(self.telling[number](clock.now()))
        else:
            return False
        return True

    def _parameter(self, name: str) -> codec.MAVLink_message:
        return codec.MAVLink_param_value_message(
            name.encode("ascii"), PARAMETERS[name], codec.MAV_PARAM_TYPE_REAL32,
            len(PARAMETERS), list(PARAMETERS).index(name),
        )  # fmt: skip


def metres_north(heading_deg: float, speed_m_s: float) -> tuple[int, int]:
    """Return a velocity's north and east in cm/s, as GLOBAL_POSITION_INT wants them."""
    heading = math.radians(heading_deg)
    return round(speed_m_s * math.cos(heading) * 100), round(speed_m_s * math.sin(heading) * 100)
