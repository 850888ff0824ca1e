"""What the live page says of the units' maps: what stands there, whom it is for, and whether they have it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Officer
from safeconduct.escort import queries
from safeconduct.escort.advice import Words
from safeconduct.escort.models import Escort, Mark
from safeconduct.geo import Point, distance_m
from safeconduct.passage import disclosing

OVER_SHOWN = timedelta(hours=1)
NAMES: dict[str, Words] = {
    disclosing.WAY: gettext_lazy("his way"),
    disclosing.ARRIVAL: gettext_lazy("the last stretch of his way"),
    disclosing.VEHICLE: gettext_lazy("he himself"),
    disclosing.DRONE: gettext_lazy("the drone"),
    disclosing.STOP: gettext_lazy("the stop"),
    disclosing.CASUALTY: gettext_lazy("somebody to be fetched"),
}


@dataclass(frozen=True, slots=True)
class OnMap:
    """One thing: for whom, and when the map server had it; None where nobody knows that it has."""

    row: Mark
    name: Words
    to: str
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Maps:
    """What stands and what is over; `unit_m` is how far its own map has the unit from where he is met."""

    standing: Sequence[OnMap]
    over: Sequence[OnMap]
    stop: OnMap | None
    fetched: bool
    answers_at: datetime | None
    unit_m: int | None
    unit_at: datetime | None


def maps_for(
    officer: Officer, escort: Escort | None, *, keys: Keyring | None, met_at: Point | None,
    now: datetime,
) -> Maps | None:  # fmt: skip
    """Return what the page says of the maps; None where nothing of this passage was ever given to them.

    Where the unit stands is for those who may know the place: a seized desk tells nothing of it.
    """
    if escort is None:
        return None
    marks = list(escort.marks.order_by("pk"))
    standing = [_shown(mark) for mark in marks if mark.ended_at is None]
    over = [_shown(mark) for mark in marks if mark.ended_at and now - mark.ended_at <= OVER_SHOWN]
    unit_m = unit_at = None
    if officer.duties & (disclosing.WHOLE | disclosing.UNIT) and keys and met_at:
        unit = queries.unit_in(escort, keys)
        unit_m, unit_at = (round(distance_m(unit[0], met_at)), unit[1]) if unit else (None, None)
    if not marks and unit_m is None and escort.map_at is None:
        return None
    return Maps(
        standing=standing,
        over=over,
        stop=next((each for each in standing if each.row.what == disclosing.STOP), None),
        fetched=any(each.row.what == disclosing.CASUALTY for each in standing),
        answers_at=escort.map_at,
        unit_m=unit_m,
        unit_at=unit_at,
    )


def _shown(mark: Mark) -> OnMap:
    reached = mark.withdrawn_at if mark.ended_at else mark.shown_at
    return OnMap(mark, NAMES[mark.what], ", ".join(map(_name, mark.to.split())), reached)


def _name(to: str) -> str:
    kind, _colon, number = to.partition(":")
    return _("unit %(n)s") % {"n": number} if kind == "unit" else _("fires")
