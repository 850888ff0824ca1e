"""An escort looked at again: one instant that has passed, what stood on the map, and what had been said by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from safeconduct.access.rules import Absent, Officer, Purpose
from safeconduct.escort import exports, films, page, queries
from safeconduct.escort.advice import ADVICE, Words

STEP_S = 5
EASY_S = 60  # one press on, or back


@dataclass(frozen=True, slots=True)
class Told:
    """One alert or order: when it came, and until when it stood; None where it stood still."""

    ref: str
    what: str  # the alert's cause, or the order
    title: Words
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Replay:
    """One instant of an escort.

    Attributes:
        after_s, length_s: seconds since GO, of all there are.
        back_s, on_s: where one press leads.
        leaves: he who looks may see what of it is to leave the house.
        notes: he may note where film of it lies; `filmed` are those that are noted.
    """

    ref: str
    at: datetime
    after_s: int
    length_s: int
    back_s: int
    on_s: int
    told: list[Told]
    leaves: bool = False
    notes: bool = False
    filmed: Sequence[films.Shown] = ()


def instant(officer: Officer, *, ref: str, after_s: int, now: datetime) -> Replay:
    """Return one instant, to who may know his whole way.

    Args:
        officer: who looks.
        ref: the passage's.
        after_s: seconds since GO; held within the escort.
        now: world time; an escort under way ends here.

    Raises:
        Absent: there is no such escort, it has not begun, or it is not for `officer`.
    """
    escort = queries.escort_for(officer, Purpose.READ, ref=ref)
    opened = page.open_passage(officer, ref, now=now, limit=timedelta(0))
    if escort.began_at is None or not opened.sight.whole:
        raise Absent
    length_s = max(0, int(((escort.ended_at or now) - escort.began_at).total_seconds()))
    after_s = min(max(0, after_s), length_s)
    at = escort.began_at + timedelta(seconds=after_s)
    alerts, orders = queries.happened(escort, until=at)
    told = [
        *(
            Told(a.ref, a.cause, _title(a.cause), a.raised_at, _by(a.cleared_at, at))
            for a in alerts
        ),
        *(Told(o.ref, o.order, o.order, o.at, _by(o.ended_at, at)) for o in orders),
    ]
    told.sort(key=lambda each: each.at, reverse=True)
    back_s, on_s = max(0, after_s - EASY_S), min(length_s, after_s + EASY_S)
    leaves = bool(officer.duties & (exports.ASKERS | exports.GRANTERS))
    filmed: Sequence[films.Shown] = ()
    if opened.keys is not None:
        filmed = films.shown(opened.keys, escort, began=escort.began_at)
    notes = bool(officer.duties & films.NOTERS)
    return Replay(ref, at, after_s, length_s, back_s, on_s, told, leaves, notes, filmed)


def _title(cause: str) -> Words:
    return ADVICE[cause].title if cause in ADVICE else cause


def _by(ended: datetime | None, at: datetime) -> datetime | None:
    return ended if ended is not None and ended <= at else None
