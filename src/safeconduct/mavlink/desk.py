"""The pilot's station before its aircraft: takes his orders, flies by them, and says what it sees.

The one place where the pilot's list is used. What it begins with is "off": nothing moves until he
has checked the aircraft, switched it on, and brought its fence there and read it back.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from safeconduct.envelope import Position
from safeconduct.geo import Point
from safeconduct.mavlink import orders, preflight
from safeconduct.mavlink.exchange import ReadBack, Upload
from safeconduct.mavlink.fence import Fence, differs
from safeconduct.mavlink.listener import Listener
from safeconduct.mavlink.lists import FENCE
from safeconduct.mavlink.orders import Order
from safeconduct.mavlink.pilot import Doing, Pilot
from safeconduct.mavlink.preflight import Finding, Mark
from safeconduct.mavlink.standoff import Him, StandOff, too_near
from safeconduct.mavlink.wall import never
from safeconduct.refusal import Refusal, Refused, insist

TICK_S = 0.1
MARK_STANDS_S = 30.0  # what the pilot sees outweighs what a tracker tells, for so long (proposed)
EKF_DOUBT = 32768 | 128  # GPS glitching; constant-position mode: such a fix of his is not flown to
IGNORED, ON = "ignored_s", "pilots_list"  # marks on the fixes that go to the core
Answer = dict[str, Any]


class Desk:
    """The station of one file: its aircraft, and where he is."""

    def __init__(
        self,
        listener: Listener,
        *,
        fence: Fence,
        vehicles: frozenset[int],
        our_system: int,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold what it flies.

        Args:
            listener: hears and speaks; its `commands` are whom this station flies.
            fence: where they may fly; counts for each once it was read back from it.
            vehicles: system ids that tell where he is.
            our_system: our own system id.
            clock_s: seconds of one clock that only goes forward.
        """
        self.pilots = {
            system: Pilot(system, command) for system, command in listener.commands.items()
        }
        self.found: dict[int, list[Finding]] = {}
        self._listener, self._fence, self._vehicles = listener, fence, vehicles
        self._ours, self._clock_s = our_system, clock_s
        self._marked_s = float("-inf")
        self._homes: set[int] = set()
        self._busy: set[int] = set()
        listener.ear = self._hears

    # ---- what is heard ---------------------------------------------------------------------

    def _hears(self, system: int, message: Any, fix: Position | None) -> None:
        now_s = self._clock_s()
        if system in self.pilots:
            self.pilots[system].hears(message, now_s=now_s)
            if message.get_type() == "HOME_POSITION":
                self._homes.add(system)
            return
        marked = now_s - self._marked_s <= MARK_STANDS_S
        if system in self._vehicles and fix is not None and not (marked or _doubtful(fix)):
            place = Point(fix.lat_e7 / 1e7, fix.lon_e7 / 1e7)
            self._sees(Him(place, now_s, message.vx / 100, message.vy / 100))

    def _sees(self, him: Him) -> None:
        for pilot in self.pilots.values():
            pilot.sees(him)

    # ---- orders ------------------------------------------------------------------------------

    async def order(self, line: str) -> Answer:
        """Do one order; return what is shown: "done", or why not.

        Never raises: whatever is typed, the aircraft that fly go on to be watched.
        """
        try:
            order = orders.read(line)
            if order.verb == "status":
                return self.status()
            pilot = self.pilots.get(order.system)
            if pilot is None:
                insist(never("pilot.order", "no aircraft of this station has that system id"))
            else:
                await self._do(order, pilot)
        except Refused as no:
            return {"done": False, "code": no.refusal.code, "why": str(no)}
        return {"done": True}

    async def _do(self, order: Order, pilot: Pilot) -> None:
        talks = {"check": self._check, "fence": self._bring_fence}
        if order.verb in talks:
            await self._alone(talks[order.verb](order, pilot), order.system)
            return
        now_s = self._clock_s()
        does: dict[str, Callable[[], Refusal | None]] = {
            "on": lambda: self._may_switch_on(pilot) or pilot.command.leave.switch_on(now_s=now_s),
            "off": pilot.ends,
            "watch": lambda: self._watch(order, pilot, now_s),
            "lead": lambda: self._lead(order, pilot, now_s),
            "hold": lambda: pilot.hold(now_s=now_s),
            "home": lambda: pilot.home(now_s=now_s),
            "mark": lambda: self._mark(order, pilot),
            "see": lambda: self._see(order, now_s),
            "sees": lambda: self._relieved_by(pilot, now_s),
        }
        insist(does[order.verb]())

    async def _alone(self, talk: Coroutine[Any, Any, None], system: int) -> None:
        if system in self._busy:
            talk.close()
            raise Refused(never("pilot.busy", "it is being talked with: wait for the end of that"))
        self._busy.add(system)
        try:
            await talk
        finally:
            self._busy.discard(system)

    async def _check(self, order: Order, pilot: Pilot) -> None:
        """Read the aircraft's parameters and judge them; a release function forbids it."""
        values = await self._listener.read(order.system, preflight.wanted())
        plan = preflight.Plan(
            vehicle_m_s=order.number("speed", 8.0),
            our_system=self._ours,
            home_known=order.system in self._homes,
        )
        self.found[order.system] = preflight.findings(values, plan)
        self._listener.note_read(order.system, values, plan)
        limit = values.get("WPNAV_SPEED")
        pilot.speed_limit_m_s = None if limit is None else limit / 100
        insist(self._may_switch_on(pilot))

    def _may_switch_on(self, pilot: Pilot) -> Refusal | None:
        """Judge by what a machine can see; who signs for the rest does it at the core."""
        found = self.found.get(pilot.system)
        if found is None:
            return never("preflight.unread", "it was not read: check it first")
        refused = [each.key for each in found if each.mark is Mark.REFUSED]
        if refused:
            return never("preflight.refused", f"this aircraft is refused: {', '.join(refused)}")
        return None

    async def _bring_fence(self, order: Order, pilot: Pilot) -> None:
        """Upload the fence and read it back; it counts once it is the same."""
        fence = self._fence_by(order, pilot)
        pilot.command.bounds = replace(pilot.command.bounds, fence=None)
        up = Upload(order.system, FENCE, fence.items())
        await self._listener.converse(order.system, up, clock_s=self._clock_s)
        back = ReadBack(order.system, FENCE)
        if up.done:
            await self._listener.converse(order.system, back, clock_s=self._clock_s)
        why = up.why or back.why or differs(fence.items(), back.items)
        if why:
            raise Refused(never("mavlink.fence", f"the fence does not stand: {why}"))
        pilot.command.bounds = replace(pilot.command.bounds, fence=fence)

    def _fence_by(self, order: Order, pilot: Pilot) -> Fence:
        """Return the fence of the file, narrowed by the plan's ring where he typed one: it must lie in both."""
        ring = order.ring("ring")
        if ring is None:
            return self._fence
        fence = replace(self._fence, inclusions=(*self._fence.inclusions, ring))
        if pilot.at is None or not fence.holds(pilot.at):
            raise Refused(
                never("mavlink.fence", "the aircraft stands outside that ring, or is nowhere yet")
            )
        return fence

    def _watch(self, order: Order, pilot: Pilot, now_s: float) -> Refusal | None:
        plain = StandOff()
        how = StandOff(
            order.number("distance", plain.distance_m),
            order.number("height", plain.height_m),
            order.number("side", plain.from_deg),
        )
        others = (
            each.how.height_m
            for each in self.pilots.values()
            if each is not pilot and each.doing in _AT_HIM
        )
        if too_near(how.height_m, others):
            return never("mavlink.two_at_one_height", "another aircraft is with him at that height")
        return pilot.watch(how, now_s=now_s)

    @staticmethod
    def _lead(order: Order, pilot: Pilot, now_s: float) -> Refusal | None:
        toward = order.place("to")
        if toward is None:
            return never("pilot.order", "say where he is led: to=latitude,longitude")
        return pilot.lead(toward, now_s=now_s)

    @staticmethod
    def _mark(order: Order, pilot: Pilot) -> None:
        pilot.marks(sighted=order.yes("sighted"), acknowledged=order.yes("acknowledged"))

    def _see(self, order: Order, now_s: float) -> Refusal | None:
        place = order.place("at")
        if place is None:
            return never("pilot.order", "say where you see him: at=latitude,longitude")
        self._marked_s = now_s
        self._sees(Him(place, now_s))
        return None

    def _relieved_by(self, pilot: Pilot, now_s: float) -> Refusal | None:
        """Take its pilot's word that he sees him: whoever watched before goes home."""
        if pilot.doing not in _AT_HIM:
            return never("pilot.relief", "it is not with him yet: let it watch first")
        pilot.sighted = True
        for other in self.pilots.values():
            if other is not pilot and other.doing in _AT_HIM and other.home(now_s=now_s) is None:
                other.said.append("Relieved: it goes home.")
        return None

    # ---- what goes on by itself ------------------------------------------------------------------

    async def fly(self) -> None:
        """Say what is due, again and again, for as long as the station runs."""
        while True:
            self.tick()
            await asyncio.sleep(TICK_S)

    def tick(self) -> None:
        """Say to each aircraft what is due now; what the wall lets not leave is an alarm."""
        now_s = self._clock_s()
        for system, pilot in self.pilots.items():
            try:
                for intent in pilot.due(now_s=now_s):
                    self._listener.say(system, intent, now_s=now_s)
            except Refused as no:
                pilot.alarm = str(no)
            self._listener.mark(system, IGNORED, pilot.ignored_s(now_s=now_s))
            self._listener.mark(system, ON, int(pilot.command.leave.on))

    def status(self) -> Answer:
        """Return what the pilot sees of each aircraft."""
        return {str(system): self._shown(pilot) for system, pilot in self.pilots.items()}

    def _shown(self, pilot: Pilot) -> Answer:
        leave = pilot.command.leave
        return {
            "on": leave.on,
            "why_off": leave.said,
            "mode": leave.mode,
            "armed": leave.armed,
            "doing": pilot.doing.value,
            "height_m": round(pilot.height_m),
            "fence": pilot.command.bounds.fence is not None,
            "alarm": pilot.alarm,
            "behind": pilot.behind,
            "said": list(pilot.said),
            "checked": [f"{each.key}: {each.mark}: {each.read}: {each.why}"
                        for each in self.found.get(pilot.system, []) if each.mark is not Mark.FINE],
        }  # fmt: skip


_AT_HIM = frozenset({Doing.WATCH, Doing.LEAD, Doing.HOLD})


def _doubtful(fix: Position) -> bool:
    return bool(fix.health.get("ekf_flags", 0) & EKF_DOUBT or fix.health.get("gnss_warning", 0))
