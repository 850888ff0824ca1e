"""The units' maps: do they answer, did anybody there acknowledge, is the unit where it says. Pure.

Anybody with a certificate may call himself a unit there. So a word from a map raises these alarms, and
ends none but its own: what a person said stands until a person says otherwise, and no-fire stands anyway.
"""

from datetime import datetime, timedelta

from safeconduct.geo import distance_m
from safeconduct.watch.known import Alert, Cause, Sight

UNIT_OLD = timedelta(minutes=10)  # after which the place of a unit is shown as old (proposed)


def _overdue(
    known: Sight, cause: Cause, since: datetime, limit: timedelta, *, grave: bool
) -> list[Alert]:
    late = known.now - since
    if late < limit:
        return []
    seconds = round(limit.total_seconds())
    return [Alert(str(cause), cause, grave, round(late.total_seconds()), seconds, "s")]


def _silent(known: Sight) -> list[Alert]:
    """Tell that the map server answers no more: what stands there may be old, and a stop will not arrive."""
    maps = known.route.maps
    if maps is None:
        return []
    since = max(maps.since, maps.answered_at or maps.since)
    return _overdue(known, Cause.MAP_SILENT, since, known.limits.map_silent, grave=True)


def _area_unheard(known: Sight) -> list[Alert]:
    """Tell that nobody has acknowledged the area on the map. It stays there; fires are asked by voice."""
    maps = known.route.maps
    if maps is None or maps.area_told_at is None:
        return []
    if maps.area_word_at is not None and maps.area_word_at >= maps.area_told_at:
        return []
    limit = known.limits.area_word
    return _overdue(known, Cause.AREA_UNHEARD, maps.area_told_at, limit, grave=False)


def _stop_unreached(known: Sight) -> list[Alert]:
    """Tell that a stop is in force and the units' maps do not have it."""
    maps = known.route.maps
    if maps is None or maps.stopped_at is None or maps.stop_shown_at is not None:
        return []
    limit = known.limits.stop_shown
    return _overdue(known, Cause.STOP_UNREACHED, maps.stopped_at, limit, grave=True)


def _unit_away(known: Sight) -> list[Alert]:
    """Tell that the unit said that it stands ready, and its own map has it elsewhere."""
    maps, unit, place = known.route.maps, known.route.unit, known.route.met_at
    if maps is None or maps.unit is None or unit is None or place is None or not unit.ready:
        return []
    point, at = maps.unit
    away_m, limit_m = distance_m(point, place), known.limits.unit_away_m
    if away_m <= limit_m:
        return []
    old = known.now - at > UNIT_OLD
    cause = Cause.UNIT_AWAY
    return [Alert(str(cause), cause, False, round(away_m), round(limit_m), "m", old=old)]


RULES = (_silent, _area_unheard, _stop_unreached, _unit_away)
