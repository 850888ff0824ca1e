"""One aircraft as its pilot's station flies it: watch, lead, hold, home. Values in, intents out.

Nothing is sent but by his order, while his leave is on, in the mode that he chose himself. Whatever
ends the leave ends what it does; it never begins again by itself. Pure; the time is an argument,
seconds of one clock that only goes forward.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from safeconduct.geo import Point, distance_m
from safeconduct.mavlink.encoder import Command
from safeconduct.mavlink.intents import ChangeSpeed, GoTo, Intent, Lead, LookAt, Reposition, SetMode
from safeconduct.mavlink.lists import DO_CHANGE_SPEED, GUIDED, RTL
from safeconduct.mavlink.moving import (
    ANSWERS_S,
    IGNORED,
    WANDERS,
    Told,
    ignored,
    settled,
    still,
    told_of,
)
from safeconduct.mavlink.standoff import (
    Him,
    StandOff,
    ahead_of,
    cannot_keep_up,
    is_ahead,
    place_of,
    unsafe,
    way_round,
)
from safeconduct.mavlink.wall import never
from safeconduct.refusal import Refusal

TELL_EACH_S = 1.0  # a target with a velocity goes on for three seconds (GUID_TIMEOUT)
LEAD_EACH_S = 2.0
LOST_S = 15.0  # so old a place of his is flown to no more: it holds (as SILENT is amber)
LEADS_M = 40.0  # before him (proposed): twice `Bounds.nearest_m`, for he walks while it looks
LEADS_M_S = 1.2  # walking pace, under the ceiling of 1.5
STEADY_M_S = 0.5  # slower is standing: a place without a velocity
LONGEST_S = 3600.0  # of an alarm, as it is told
SHIFTED_M = 3.0  # a place that moved less is told no anew
MEMORY = 600  # looks at how far it is from where it should be
ASKED, DENIED = "COMMAND_ACK", "it refused what it was told"


class Doing(StrEnum):
    """What an aircraft does by its pilot's last order."""

    NOTHING = "nothing"
    WATCH = "watch"
    LEAD = "lead"
    HOLD = "hold"
    HOME = "home"


@dataclass(slots=True)
class Pilot:
    """One aircraft.

    Attributes:
        speed_limit_m_s: as it was read; None where it did not answer.
        sighted, acknowledged: the pilot's own marks: he sees him, and he has answered the sign.
        alarm: what it was told brings no motion, or was refused; "" while there is none.
        behind: it cannot keep up; "" while it can.
        said: what is to be shown to him, oldest first.
    """

    system: int
    command: Command
    how: StandOff = field(default_factory=StandOff)
    speed_limit_m_s: float | None = None
    doing: Doing = Doing.NOTHING
    sighted: bool = False
    acknowledged: bool = False
    him: Him | None = None
    toward: Point | None = None
    at: Point | None = None
    height_m: float = 0.0
    alarm: str = ""
    behind: str = ""
    said: deque[str] = field(default_factory=lambda: deque(maxlen=20))
    _fixes: deque[tuple[float, Point]] = field(default_factory=lambda: deque(maxlen=WANDERS))
    _errors: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=MEMORY))
    _told: Told | None = None
    _last: Intent | None = None
    _last_s: float = float("-inf")
    _pace_m_s: float | None = None  # the speed last set and acknowledged
    _asked_m_s: float | None = None

    # ---- what is heard -------------------------------------------------------------------

    def hears(self, message: Any, *, now_s: float) -> None:
        """Take one message of the aircraft."""
        kind = message.get_type()
        if kind == "HEARTBEAT":
            said = self.command.leave.heartbeat(
                custom_mode=message.custom_mode, base_mode=message.base_mode, now_s=now_s
            )
            if said:
                self._stops(said)
        elif kind == "GLOBAL_POSITION_INT" and (message.lat or message.lon):
            self.at = Point(message.lat / 1e7, message.lon / 1e7)
            self.height_m = message.relative_alt / 1000
            self._fixes.append((now_s, self.at))
        elif kind == ASKED:
            self._answered(message)

    def _answered(self, message: Any) -> None:
        if message.command == DO_CHANGE_SPEED and message.result == 0:
            self._pace_m_s, self._asked_m_s = self._asked_m_s, None
        elif message.result and self.doing is not Doing.NOTHING and message.command != 511:  # noqa: PLR2004  a rate
            self.alarm = f"The aircraft said no to command {message.command}: {DENIED}."

    def sees(self, him: Him) -> None:
        """Take where he is."""
        self.him = him

    def ends(self) -> None:
        """End all it does, by its pilot's hand: nothing more is sent."""
        self.command.leave.switch_off()
        self._stops(self.command.leave.said)

    def _stops(self, why: str) -> None:
        self.doing, self._told, self._last = Doing.NOTHING, None, None
        self.alarm = self.behind = ""
        self.said.append(why)

    # ---- what its pilot orders -------------------------------------------------------------

    def may_begin(self, *, now_s: float) -> Refusal | None:
        """Judge whether any movement may be ordered now."""
        leave = self.command.leave
        if (no := leave.allows(now_s=now_s)) is not None:
            return no
        if not leave.armed or leave.mode != GUIDED:
            return never("mavlink.not_guided", "its pilot takes off and chooses GUIDED himself")
        if self.at is None or self.command.bounds.fence is None:
            return never("mavlink.no_fence", "no fence was read back from it, or it is nowhere yet")
        return None

    def watch(self, how: StandOff, *, now_s: float) -> Refusal | None:
        """Begin to stand off from him."""
        no = self.may_begin(now_s=now_s) or unsafe(how, self.command.bounds)
        if no is None and (self.him is None or now_s - self.him.at_s > LOST_S):
            no = never("mavlink.unseen", "nobody has told where he is")
        if no is None and self.speed_limit_m_s is None:
            no = never("mavlink.unread", "its speed limit was not read: check it first")
        if no is None:
            self.how = how
            self._begins(Doing.WATCH)
        return no

    def lead(self, toward: Point, *, now_s: float) -> Refusal | None:
        """Begin to go before him: only while he is sighted and has acknowledged."""
        no = self.may_begin(now_s=now_s)
        if no is None and not (self.sighted and self.acknowledged):
            no = never("mavlink.lead", "he is led only while he is sighted and has acknowledged")
        if no is None and not self._is_ahead(toward):
            no = never("mavlink.lead", "let it stand where he is to go first: watch him from there")
        if no is None:
            self.toward = toward
            self._begins(Doing.LEAD)
        return no

    def _is_ahead(self, toward: Point) -> bool:
        return (
            self.at is not None
            and self.him is not None
            and is_ahead(self.at, toward, him=self.him.place)
        )

    def hold(self, *, now_s: float) -> Refusal | None:
        """Stand where it is."""
        if (no := self.may_begin(now_s=now_s)) is None:
            self._begins(Doing.HOLD)
        return no

    def home(self, *, now_s: float) -> Refusal | None:
        """Return home."""
        if (no := self.command.leave.allows(now_s=now_s)) is None:
            self._begins(Doing.HOME)
        return no

    def marks(self, *, sighted: bool, acknowledged: bool) -> None:
        """Take his marks; without them leading ends, and it stands."""
        self.sighted, self.acknowledged = sighted, acknowledged
        if self.doing is Doing.LEAD and not (sighted and acknowledged):
            self._begins(Doing.HOLD)
            self.said.append("He is led no more: it stands.")

    def _begins(self, doing: Doing) -> None:
        self.doing, self._last, self._told = doing, None, None
        self._last_s = float("-inf")
        self.alarm = self.behind = ""
        self._errors.clear()

    # ---- what is said to it now ----------------------------------------------------------------

    def due(self, *, now_s: float) -> list[Intent]:
        """Return what is to be said to it now, and judge what came of what was said."""
        self._judge(now_s)
        if self.doing is Doing.NOTHING or self.command.leave.allows(now_s=now_s) is not None:
            return []
        says = {Doing.WATCH: self._watches, Doing.LEAD: self._leads, Doing.HOLD: self._holds,
                Doing.HOME: self._goes_home}  # fmt: skip
        return says[self.doing](now_s)

    def _watches(self, now_s: float) -> list[Intent]:
        him = self.him
        if him is None or now_s - him.at_s > LOST_S:
            self._begins(Doing.HOLD)
            self.said.append("Nobody has told where he is: it stands.")
            return self._holds(now_s)
        if now_s - self._last_s < TELL_EACH_S:
            return []
        paced = self._paced(self._fastest(), now_s)
        if paced:
            return paced
        place, height_m = place_of(self.how, him.place), self.how.height_m
        self._note_error(place, now_s)
        place = self._round(place, him)
        if him.speed_m_s >= STEADY_M_S:
            there = GoTo(self.system, place, height_m, him.north_m_s, him.east_m_s)
            return self._tell(there, place, now_s, looks_at=him.place)
        if isinstance(self._last, Reposition) and distance_m(self._last.target, place) < SHIFTED_M:
            return []
        return self._tell(
            Reposition(self.system, place, height_m), place, now_s, looks_at=him.place
        )

    def _leads(self, now_s: float) -> list[Intent]:
        if self.him is None or self.toward is None or now_s - self._last_s < LEAD_EACH_S:
            return []
        paced = self._paced(LEADS_M_S, now_s)
        if paced or self._pace_m_s is None:
            return paced
        him = self.him
        place = self._round(ahead_of(him.place, self.toward, by_m=LEADS_M), him)
        told = Lead(
            self.system, place, self.how.height_m, him.place, now_s - him.at_s, self._pace_m_s,
            self.sighted, self.acknowledged,
        )  # fmt: skip
        return self._tell(told, place, now_s, looks_at=him.place)

    def _round(self, place: Point, him: Him) -> Point:
        nearest_m = self.command.bounds.nearest_m
        return way_round(self.at or place, place, him=him.place, nearest_m=nearest_m)

    def _holds(self, now_s: float) -> list[Intent]:
        if self._last is not None or self.at is None:
            return []
        bounds = self.command.bounds
        height_m = min(max(self.height_m, bounds.lowest_m), bounds.highest_m)
        return self._tell(Reposition(self.system, self.at, height_m), self.at, now_s)

    def _goes_home(self, now_s: float) -> list[Intent]:
        if self._last is not None:
            return []
        self._last, self._last_s = SetMode(self.system, RTL), now_s
        return [self._last]

    def _fastest(self) -> float:
        return min(self.command.bounds.fastest_m_s, self.speed_limit_m_s or 0.0)

    def _paced(self, speed_m_s: float, now_s: float) -> list[Intent]:
        """Return the order for another speed, where the one in force is another."""
        if self._pace_m_s == speed_m_s:
            return []
        self._asked_m_s, self._last_s = speed_m_s, now_s - TELL_EACH_S / 2
        return [ChangeSpeed(self.system, speed_m_s)]

    def _tell(
        self, told: Intent, place: Point, now_s: float, *, looks_at: Point | None = None
    ) -> list[Intent]:
        self._last, self._last_s = told, now_s
        if self.at is not None:
            fresh = told_of(told, at=self._here() or self.at, now_s=now_s)
            self._told = fresh if self._told is None else self._told.anew(place)
        look = [LookAt(self.system, looks_at)] if looks_at is not None else []
        return [told, *look]

    # ---- what came of it -------------------------------------------------------------------------

    def _note_error(self, place: Point, now_s: float) -> None:
        if self.at is not None:
            self._errors.append((now_s, distance_m(self.at, place)))

    def _judge(self, now_s: float) -> None:
        if self.doing is Doing.WATCH:
            limit = self.speed_limit_m_s
            self.behind = cannot_keep_up(self.him, self._errors, limit_m_s=limit)
        if self.doing is Doing.HOME and self._last is not None:
            late = now_s - self._last_s >= ANSWERS_S and self.command.leave.mode != RTL
            self.alarm = IGNORED if late else ""
        if self._told is None or self.at is None:
            return
        moves = isinstance(self._last, GoTo)
        no_motion = (still if moves else ignored)(self._told, self._since(), now_s=now_s)
        here = self._here()
        if no_motion:
            self.alarm = no_motion
        elif here is not None and distance_m(here, self._told.start) >= SHIFTED_M:
            self._told = Told(self._told.target, here, now_s)  # it moves: from here on anew
            self.alarm = ""

    def ignored_s(self, *, now_s: float) -> int:
        """Return for how many seconds it does not do as told; 0 while it does."""
        if not self.alarm:
            return 0
        told_s = self._last_s if self._told is None else self._told.at_s
        return max(1, round(min(now_s - told_s, LONGEST_S)))

    def _since(self) -> list[tuple[float, Point]]:
        """Return the fixes by which motion is judged: the last ones."""
        return list(self._fixes)

    def _here(self) -> Point | None:
        return settled(self._since())
