"""Hears the systems of one station over whatever link, and says to them what the encoder lets leave.

It asks for telemetry, and keeps what it hears: fixes, and the flight log both ways. The instant of
hearing is the caller's clock.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from safeconduct.envelope import AircraftRead, FlightLog, Position
from safeconduct.mavlink import links
from safeconduct.mavlink.encoder import OUR_SYSTEM, Command, Encoder, requests
from safeconduct.mavlink.exchange import Exchange, Reading, carry
from safeconduct.mavlink.hearing import Hearing
from safeconduct.mavlink.intents import AskOnce, Beat, Intent
from safeconduct.mavlink.links import Way
from safeconduct.mavlink.preflight import Plan
from safeconduct.mavlink.quality import Quality
from safeconduct.mavlink.signing import Proof, Stamps, stamp_of
from safeconduct.mavlink.telemetry import Telemetry
from safeconduct.mavlink.tlog import Piece
from safeconduct.mavlink.wall import Frame

ASK_AGAIN_S = 3.0  # a request may be lost on the air
BEAT_S = 1.0
MOST_WAITING = 5000  # fixes in memory while the disk refuses: the newest matter, the oldest go
LOG_S, LOG_BYTES = 2.0, 2**15  # a piece of the flight log is sealed after so long, or so much
MOST_PIECES = 100  # of the flight log in memory while the disk refuses

Ear = Callable[[int, Any, Position | None], None]


@dataclass(slots=True)
class Heard:
    """One system we listen to, who speaks to it, and where it speaks from."""

    telemetry: Telemetry
    encoder: Encoder
    way: Way | None = None
    asked_at: float = -ASK_AGAIN_S
    told_at: float = 0.0
    piece: Piece = field(default_factory=Piece)
    quality: Quality = field(default_factory=Quality)
    talks: "asyncio.Queue[Any] | None" = None  # where its messages go while somebody talks with it


class Listener:
    """Hears the systems of one file over whatever link, and asks them for what the watch needs.

    Attributes:
        fixes, logs, reads: what was heard and not yet taken.
        commands: at the pilot's station, system id → its pilot's leave and bounds.
        ear: told of each believed message: its system, itself, and the fix it made.
    """

    def __init__(
        self,
        *,
        systems: Mapping[int, str],
        rate_hz: float,
        now: Callable[[], datetime],
        keys: Mapping[int, bytes] | None = None,
        stamps: Stamps | None = None,
        ours: int = OUR_SYSTEM,
        beats: bool = False,
        commands: Mapping[int, Command] | None = None,
        route: str = "mavlink",
    ) -> None:
        """Hold what is heard of each system.

        Args:
            systems: system id → "aircraft:<n>" or "vehicle".
            rate_hz: fixes asked for each second.
            now: world time.
            keys: system id → its signing key; a system without one is believed unsigned.
            stamps: for signing; needed with keys.
            ours: our own system id.
            beats: whether our heartbeat is sent.
            commands: system id → its pilot's leave and bounds, at the pilot's station alone.
            route: the gateway's name: fixes are numbered by it, and two gateways number apart.
        """
        keys, floor = keys or {}, stamp_of(time.time_ns() / 1e9)
        self.commands = dict(commands or {})
        self.fixes: list[Position] = []
        self.logs: list[FlightLog] = []
        self.reads: list[AircraftRead] = []
        self.ear: Ear = lambda _system, _message, _fix: None
        self._rate_hz, self._beats, self._now = rate_hz, beats, now
        self._sent: dict[Way, int] = {}  # frames of ours on each link that is in use
        self._hearing = Hearing(
            {each: Proof(keys[each], floor) if each in keys else None for each in systems}
        )
        self._hearing.on_radio = self._radio
        self._systems = {
            number: Heard(
                Telemetry(subject, "aircraft" if ":" in subject else "tracker", route),
                Encoder(
                    system=ours,
                    key=keys.get(number),
                    stamps=stamps,
                    beats=beats,
                    command=self.commands.get(number),
                ),
            )
            for number, subject in systems.items()
        }

    def hear(self, data: bytes, way: Way) -> None:
        """Take what came over one link; what cannot be read, or is not believed, is nothing."""
        for message, raw in self._hearing.frames(data, way):
            self._systems[message.get_srcSystem()].piece.add(raw, at=self._now())
            self._take(message, way)

    def _take(self, message: Any, way: Way) -> None:
        system = message.get_srcSystem()
        heard, now = self._systems[system], time.monotonic()
        moved = heard.way != way  # or it came back: then it has forgotten what it was asked
        if moved:
            heard.way, heard.quality = way, Quality()
        heard.quality.took(message.get_srcComponent(), message.get_seq(), now_s=now)
        if message.get_type() == "GLOBAL_POSITION_INT":
            heard.told_at = now
        waited = now - max(heard.asked_at, heard.told_at) > ASK_AGAIN_S
        if moved or waited:
            heard.asked_at = now
            for intent in requests(system, rate_hz=self._rate_hz):
                self.say(system, intent)
        if heard.talks is not None:
            heard.talks.put_nowait(message)
        if (percent := heard.quality.percent(now_s=now)) is not None:
            heard.telemetry.health["link_percent"] = percent
        fix = heard.telemetry.take(message, heard_at=self._now())
        if fix is not None:
            self.fixes.append(fix)
            del self.fixes[:-MOST_WAITING]
        self.ear(system, message, fix)

    def _radio(self, message: Any, way: object) -> None:
        """Take a radio's word on the link that it is, for each system that speaks by it."""
        now = time.monotonic()
        for heard in self._systems.values():
            if heard.way == way:
                heard.quality.radio(message, now_s=now)

    def say(self, system: int, intent: Intent, *, now_s: float = 0.0) -> None:
        """Say one thing to one system, where it speaks from; not heard yet, it is said nothing.

        Args:
            system: whom; its encoder's list decides.
            intent: what is wanted.
            now_s: seconds of the clock by which its pilot's leave is told of heartbeats.

        Raises:
            Refused: it is on no list, or may not be said now.
        """
        heard = self._systems[system]
        frame = self._frame(heard, heard.way, intent, now_s=now_s)
        if heard.way is not None:
            heard.piece.add(frame.raw, at=self._now())
            heard.way.send(frame)

    def _frame(self, heard: Heard, way: Way | None, intent: Intent, *, now_s: float = 0.0) -> Frame:
        """Return the next frame of ours on a link; one that was refused, or goes nowhere, has no number there."""
        number = self._sent.get(way, 0) if way is not None else 0
        frame = heard.encoder.encode(intent, now_s=now_s, number=number)
        if way is not None:
            used = [each.way for each in self._systems.values()]
            self._sent = {each: sent for each, sent in self._sent.items() if each in used}
            self._sent[way] = number + 1
        return frame

    def mark(self, system: int, name: str, value: int) -> None:
        """Have each later fix of a system carry a mark, or with 0 no longer: the core reads it there."""
        if value:
            self._systems[system].telemetry.health[name] = value
        else:
            self._systems[system].telemetry.health.pop(name, None)

    def close_pieces(self, *, all_: bool = False) -> None:
        """End the pieces of the flight log that are long enough, or all of them."""
        for heard in self._systems.values():
            piece = heard.piece
            if piece.began is None or piece.ended is None:
                continue
            old = piece.size >= LOG_BYTES or (self._now() - piece.began).total_seconds() >= LOG_S
            if all_ or old:
                told, heard.piece = heard.telemetry, Piece()
                content = (piece.began, piece.ended, piece.content())
                self.logs.append(FlightLog(told.route, 0, told.subject, *content))
                del self.logs[:-MOST_PIECES]

    async def converse(
        self, system: int, exchange: Exchange, *, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Have one conversation with a system until it is over; one at a time with each.

        Raises:
            Refused: the encoder let nothing leave.
        """
        heard = self._systems[system]
        heard.talks = asyncio.Queue()
        try:
            await carry(
                exchange,
                say=lambda intent: self.say(system, intent, now_s=clock_s()),
                heard=heard.talks,
            )
        finally:
            heard.talks = None

    async def read(self, system: int, names: Sequence[str]) -> dict[str, float]:
        """Return the parameters of one system that answered; the others were not checked."""
        reading = Reading(system, names)
        await self.converse(system, reading)
        return reading.values

    def note_read(self, system: int, values: Mapping[str, float], plan: Plan) -> None:
        """Have the core told what an aircraft's parameters said; the newest reading of each waits."""
        told, tenths = self._systems[system].telemetry, round(plan.vehicle_m_s * 10)
        names, numbers = list(values), [f"{value:.9g}" for value in values.values()]
        self.reads = [each for each in self.reads if each.subject != told.subject]
        known = (names, numbers, tenths, plan.our_system, plan.home_known)
        self.reads.append(AircraftRead(told.route, 0, told.subject, self._now(), *known))

    async def beat(self) -> None:
        """Say once a second that we are here, where the programme wants that; else only sleep."""
        while True:
            await asyncio.sleep(BEAT_S)
            for system in self._systems if self._beats else ():
                self.say(system, Beat())

    async def call(self, host: str, port: int) -> None:
        """Keep one UDP peer that waits to be spoken to: ask it for a heartbeat until it speaks."""
        async with links.dialled(host, port, self.hear) as way:
            while True:
                for number, heard in self._systems.items():
                    if heard.way is None or heard.way == way:
                        way.send(self._frame(heard, way, AskOnce(number, 0)))
                await asyncio.sleep(ASK_AGAIN_S)
