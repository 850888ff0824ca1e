"""What the station knows and does: takes a briefing, follows fixes, judges by the core's rules, notes each thing.

Each step is one transaction on its file: the record for the core, and what the station must still know after
it was killed. It needs no link for any of it. It gives no GO, and takes no second passage while it holds one.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from safeconduct import log
from safeconduct.envelope import Position
from safeconduct.spool.lanes import Arrived, Receiving
from safeconduct.spool.queue import Change, SpoolFull
from safeconduct.station import alerting, stopping
from safeconduct.station.journal import Journal
from safeconduct.station.notebook import Notebook
from safeconduct.station.under import (
    Standing,
    Under,
    add,
    begun,
    fix_of,
    route,
    turned,
)
from safeconduct.stationed import Around, Briefing, BriefingEnded, Stop
from safeconduct.watch import alerts, known
from safeconduct.watch.pair import LEAST, MEMORY

AT_ONCE = 200  # fixes in one record: a form of the link holds them easily
PILOT_ERROR_MM = 15_000  # he is under the drone, give or take: as good as the core takes it for
logger = log.get_logger()


class Station:
    """One station.

    Args:
        journal: its file.
        name: its name at the core, and the route of its own marks.
        clock: world time.
    """

    def __init__(self, journal: Journal, *, name: str, clock: Callable[[], datetime]) -> None:
        self._journal, self._name, self._clock = journal, name, clock
        self.lock = threading.RLock()
        self.book = Notebook(journal, clock=self._now)
        self.under = self._resumed()

    def _now(self) -> datetime:
        return self._clock()

    def _resumed(self) -> Under | None:
        """Return the passage under way as an earlier life left it."""
        raw = self._journal.get("briefing")
        if raw is None:
            return None
        briefing = Briefing.from_bytes(raw.encode())
        under = begun(briefing, furthest_m=self._journal.get("furthest") or 0)
        under.head = self._journal.head(briefing.passage)
        for key, told in (self._journal.get("standing") or {}).items():
            under.standing[key] = Standing.of(told)
        if (around := self._journal.get("around")) is not None:
            under.around = Around.from_bytes(around.encode())
        if (aborted := self._journal.get("aborted")) is not None:
            stopping.resume(under, aborted)
        for name, raws in self._journal.track().items():
            fixes = [Position.from_bytes(each) for each in raws]
            under.tracks.append((max(fix.received_at for fix in fixes), name))
            add(under, fixes)
        return under

    # ---- what comes from the core ----

    def hear(self, arrived: Arrived) -> None:
        """Take what the core said; once stored it may be called done.

        Raises:
            SpoolFull: nothing was stored; it comes again.
        """
        with self.lock:
            if arrived.kind == Briefing.__name__:
                self._take(arrived.read(Briefing))
            elif arrived.kind == Around.__name__:
                self._look_around(arrived.read(Around))
            elif arrived.kind == BriefingEnded.__name__:
                self._end(arrived.read(BriefingEnded).passage)
            else:
                logger.error("station.not_for_us", kind=arrived.kind)

    def _take(self, briefing: Briefing) -> None:
        here = self.under
        if here is not None and here.briefing.passage != briefing.passage:
            self._refuse(briefing)
            return
        if here is not None and briefing.turn <= here.briefing.turn:
            return
        try:
            fresh = begun(briefing)
        except ValueError:
            self._refuse(briefing)  # a limit is missing: this release could not judge
            return
        with self.book.storing() as change:
            self._journal.keep(change, "briefing", briefing.to_bytes().decode())
            word = self.book.word("briefed", numbers={"turn": briefing.turn})
            self.book.write(change, here or fresh, [word])
        self.under = fresh if here is None else turned(here, fresh)
        logger.info("station.briefed", seq=briefing.turn)

    def _refuse(self, briefing: Briefing) -> None:
        with self.book.storing() as change:
            word = self.book.word("refused", numbers={"turn": briefing.turn})
            self._journal.refuse(change, briefing.passage, word)
        logger.warning("station.refused", seq=briefing.turn)

    def _look_around(self, around: Around) -> None:
        under = self.under
        if under is None or under.briefing.passage != around.passage:
            return
        with self.book.storing() as change:
            self._journal.keep(change, "around", around.to_bytes().decode())
        under.around = around

    def _end(self, passage: str) -> None:
        """Forget the passage. What the core has not acknowledged lies in the lane, sealed to it, until it has."""
        under = self.under
        if under is None or under.briefing.passage != passage:
            return
        with self.book.storing() as change:
            self.book.write(change, under, [self.book.word("forgotten")])
            self._journal.wipe(change)
        self.under = None
        logger.info("station.forgotten")

    # ---- what comes from the gateway beside ----

    def follow(self, lane: Receiving) -> bool:
        """Take fixes from the lane beside; return whether there was anything.

        Raises:
            SpoolFull: nothing was stored; they come again.
        """
        with self.lock:
            arrived = lane.take(limit=AT_ONCE)
            if not arrived:
                return False
            taken = self._journal.taken()
            fixes = [fix for each in arrived if each.row > taken and (fix := fix_of(each))]
            self._follow(fixes, row=arrived[-1].row)
            lane.done(arrived[-1])
            return True

    def _follow(self, fixes: Sequence[Position], *, row: int) -> None:
        under = self.under
        if under is None:
            return  # nobody is watched: the core has them, and they are none of ours
        ours = {under.briefing.tracker, under.briefing.aircraft}
        mine = [fix for fix in fixes if fix.subject in ours]
        if not mine:
            return
        old = self._clock() - MEMORY
        gone = [name for at, name in under.tracks[:-LEAST] if at < old]
        with self.book.storing() as change:
            self.book.write(change, under, mine)
            name = self._journal.keep_track(change, row, mine, forget=gone)
        under.tracks = under.tracks[len(gone) :]
        under.tracks.append((max(fix.received_at for fix in mine), name))
        add(under, mine)

    # ---- judging ----

    def judge(self) -> None:
        """Judge by what is in memory; note each alert that came or went. Time alone brings one.

        Raises:
            SpoolFull: what came is shown all the same, and noted once there is room.
        """
        with self.lock:
            under, now = self.under, self._clock()
            if under is None:
                return
            under.pair.forget(now=now)
            seen = alerts.look(
                route(under), under.pair.vehicle, under.pair.aircraft,
                now=now, limits=under.limits, standing=under.standing,
            )  # fmt: skip
            under.alerts, under.furthest_m = seen.alerts, seen.furthest_m
            if not stopping.is_noted(under):
                stopping.note(self.book, self._journal, under)
            self._note_alerts(under, seen.alerts, now=now)

    def _note_alerts(self, under: Under, seen: Sequence[known.Alert], *, now: datetime) -> None:
        noted = alerting.noted(under, seen, now=now)
        if not noted.things:
            return
        with self.book.storing() as change:
            self.book.write(change, under, noted.words(self.book))
            self._keep_standing(change, noted.standing)
            self._journal.keep(change, "furthest", round(under.furthest_m))
        under.standing = noted.standing

    def _keep_standing(self, change: Change, standing: Mapping[str, Standing]) -> None:
        told = {key: each.told() for key, each in standing.items()}
        self._journal.keep(change, "standing", told)

    # ---- what people here do ----

    def abort(self) -> bool:
        """Stop everything: at once, whatever the disk says; return whether there was anything to stop.

        It stands on the screen here; the door tells those near, and the core all others once it has the record.
        """
        with self.lock:
            under = self.under
            if under is None or under.aborted_at is not None:
                return under is not None
            under.aborted_at = self._clock()
            try:
                stopping.note(self.book, self._journal, under)
            except SpoolFull:  # `judge` tries again four times a second
                logger.error("station.abort_not_stored")  # noqa: TRY400  the screen says it
            return True

    def owed(self, whom: str) -> Stop | None:
        """Return the stop that somebody near is to be told now."""
        with self.lock:
            return stopping.owed(self.under, whom) if self.under is not None else None

    def reached(self, whom: str) -> None:
        """Note that a stop has reached somebody near, for the page and the core."""
        with self.lock:
            if self.under is None or whom in self.under.reached:
                return
            self.under.reached[whom] = self._clock()
            with suppress(SpoolFull):  # `judge` tries again
                stopping.note(self.book, self._journal, self.under)

    def abort_arrived(self) -> bool:
        """Return whether the core has the abort: from then on it tells all the others."""
        under = self.under
        return (
            under is not None
            and bool(under.abort_key)
            and self._journal.queue.is_done(under.abort_key)
        )

    def say(self, what: str, *, heads: int = 0) -> bool:
        """Note what somebody here saw or heard: "sighted", "here", "fires"; False without a passage.

        Raises:
            SpoolFull: nothing was stored; say it again.
        """
        with self.lock:
            under = self.under
            if under is None:
                return False
            about = under.briefing.marker if what == "fires" else ""
            numbers = {"heads": heads} if what != "fires" else {}
            with self.book.storing() as change:
                self.book.write(change, under, [self.book.word(what, about=about, numbers=numbers)])
            return True

    def take(self, key: str) -> bool:
        """Note that somebody here looks to an alert; False where none of that key stands.

        Raises:
            SpoolFull: nothing was stored; press it again.
        """
        with self.lock:
            under = self.under
            stands = under.standing.get(key) if under is not None else None
            if under is None or stands is None:
                return False
            if stands.taken_at is None:
                standing = under.standing | {key: replace(stands, taken_at=self._clock())}
                with self.book.storing() as change:
                    self.book.write(change, under, [self.book.word("taken", about=key)])
                    self._keep_standing(change, standing)
                under.standing = standing
            return True

    def mark(self) -> bool:
        """Note "I see him, under the drone"; False while the drone has told no place.

        Raises:
            SpoolFull: nothing was stored; press it again.
        """
        with self.lock:
            under, now = self.under, self._clock()
            if under is None or not under.pair.aircraft.fixes:
                return False
            over = under.pair.aircraft.fixes[-1].fix
            fix = replace(
                over, route=self._name, arrival=under.head.number + 1, source="pilot",
                subject=under.briefing.tracker, fixed_at=now, received_at=now, alt_mm=0,
                speed_mm_s=0, heading_cdeg=0, health={"h_acc_mm": PILOT_ERROR_MM},
            )  # fmt: skip
            with self.book.storing() as change:
                self.book.write(change, under, [fix])
            add(under, [fix])
            return True

    def waiting(self) -> int:
        """Return how many records the core has not acknowledged."""
        return self._journal.queue.waiting()
