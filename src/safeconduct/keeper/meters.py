"""How much is opened in 24 hours of wall time: counted by meter, and remembered over a restart.

What is hashed stands in no log: those two meters begin again with the process.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping

from safeconduct.access.rules import Purpose, WorkerId
from safeconduct.keeper import policy
from safeconduct.keeper.alarms import Alarms
from safeconduct.keeper.house import House, Who
from safeconduct.refusal import Refusal, Refused

LET_IN = "let in "
_DAY_S = 24 * 3600
_EVERYBODY, _WORKER = "everybody", "SYS:"
# Whoever is forced meets this one too (keeper/force.py), so its words fit whatever was asked.
OVER_RATE = Refusal(
    "open.rate",
    "More was asked within 24 hours than the programme allows one person.",
    "Ask a supervisor (SUP) to look into it; the limit falls hour by hour.",
)


class Meters:
    """Distinct refs of the last 24 hours, by meter: who|rate."""

    def __init__(self, house: House, alarms: Alarms) -> None:
        self._house, self._alarms = house, alarms
        self._opened: dict[str, dict[str, int]] = defaultdict(dict)  # who|rate → ref → wall
        self._many: dict[str, dict[int, int]] = defaultdict(dict)  # who → hour of wall → count
        self._remember()

    def _remember(self) -> None:
        """Count again what the log says of the last 24 h: a restart forgives nothing."""
        since = self._house.wall() - _DAY_S
        opened = list(self._house.journal.since(since, "opened "))
        workers = {ref for who, _, ref, _ in opened if who.startswith(_WORKER)}
        born, known = self._born(workers), self._taken(workers)
        for who, verb, ref, wall in opened:
            if who.startswith(_WORKER):
                # Whoever was erased since is in no table: how old he was nobody knows, and nothing of
                # him can be opened again. Counted as old, he would take the place of one who writes.
                if ref in born and not _is_new(who, born[ref], wall=wall):
                    self._opened[_worker_meter(who, ref in known)].setdefault(ref, wall)
                continue
            for meter in (_meter(who, Purpose(verb.removeprefix("opened "))), _EVERYBODY):
                self._opened[meter].setdefault(ref, wall)
        for _, verb, ref, wall in self._house.journal.since(since, LET_IN):
            person = verb.removeprefix(LET_IN).partition(" ")[0]
            self._opened[f"{person}|join"].setdefault(ref, wall)

    def rate(self, who: Who, purpose: Purpose, refs: list[str]) -> None:
        """Count what is opened.

        Raises:
            Refused: over the limit of whoever asks, or of all people together.
        """
        rates = self._house.rates
        if isinstance(who, WorkerId):
            self._rate_worker(who.ref, refs)
            return
        limit = rates.triage if purpose is Purpose.TRIAGE else rates.case
        limits = {_EVERYBODY: rates.everybody, _meter(who.ref, purpose): limit}
        self.count(who.ref, refs, limits)

    def _rate_worker(self, who: str, refs: list[str]) -> None:
        """Count for a worker: who is new does not count, and whom staff has taken counts apart.

        So however many strangers write, a man who is talked with is heard.
        """
        wall, born, known = self._house.wall(), self._born(refs), self._taken(refs)
        for taken in (True, False):
            counted = [
                ref
                for ref in refs
                if (ref in known) is taken and not _is_new(who, born.get(ref, 0), wall=wall)
            ]
            self.count(who, counted, {_worker_meter(who, taken): self._house.rates.worker})

    def _born(self, refs: Iterable[str]) -> dict[str, int]:
        """Return ref → the wall second it was made."""
        found = self._house.store.db.execute(
            "SELECT ref, made_at FROM compartment WHERE ref IN (SELECT value FROM json_each(?))",
            (json.dumps(list(refs)),),
        )
        return dict(found.fetchall())

    def _taken(self, refs: Iterable[str]) -> set[str]:
        """Return the compartments into which somebody on duty was let."""
        found = self._house.store.db.execute(
            "SELECT DISTINCT compartment FROM member "
            "WHERE compartment IN (SELECT value FROM json_each(?))",
            (json.dumps(list(refs)),),
        )
        return {ref for (ref,) in found}

    def count(self, who: str, refs: Iterable[str], limits: Mapping[str, int]) -> None:
        """Count distinct refs of 24 h against limits, by meter; over one of them none counts.

        So nobody who is over his own limit uses up what all have together.

        Raises:
            Refused: over a limit; it is noted, so that a supervisor is called.
        """
        wall, wanted = self._house.wall(), set(refs)
        for meter, limit in limits.items():
            seen = self._opened[meter]
            more = len(wanted - seen.keys())
            if more and len(seen) + more > limit:
                for ref in [ref for ref, at in seen.items() if wall - at >= _DAY_S]:
                    del seen[ref]
                if len(seen) + len(wanted - seen.keys()) > limit:
                    self._alarms.note(who, meter)
                    raise Refused(OVER_RATE)
        for meter in limits:
            self._opened[meter].update(dict.fromkeys(wanted, wall))

    def count_many(self, who: str, count: int, *, limit: int) -> None:
        """Count things by number alone, by the hour: a million of them are one figure.

        Raises:
            Refused: over the limit of 24 hours; it is noted, so that a supervisor is called.
        """
        hour = self._house.wall() // 3600
        kept = {at: told for at, told in self._many[who].items() if at > hour - 24}
        if sum(kept.values()) + count > limit:
            self._alarms.note(who, f"{who}|lists")
            raise Refused(OVER_RATE)
        self._many[who] = {**kept, hour: kept.get(hour, 0) + count}


def _is_new(who: str, made: int, *, wall: int) -> bool:
    """Return whether a worker that meets people meets a new one: there is no history to take."""
    return who.removeprefix(_WORKER) in policy.MEETS_NEW and wall - made < _DAY_S


def _worker_meter(who: str, taken: bool) -> str:
    return f"{who}|{'taken' if taken else 'case'}"


def _meter(who: str, purpose: Purpose) -> str:
    """Return the name of what counts: lists apart from the rest."""
    return f"{who}|{'triage' if purpose is Purpose.TRIAGE else 'case'}"
