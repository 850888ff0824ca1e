"""What the escort's map draws: the way, the machines, the areas, and where he probably is.

Of the plan, what passage/disclosing.py lets its reader see. The ground that he has driven is his way,
and begins at his start: who may not know them is shown what the unit's own map shows (`on_map`): where
he is while he drives, and the unit the last stretch, once he knows the place. The no-fire area lies along
the way; the units' map has it, whoever talks with him does not.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from safeconduct.access.keyring import Keyring
from safeconduct.access.rules import Absent, Officer
from safeconduct.envelope import Position
from safeconduct.escort import page, queries
from safeconduct.escort.advice import SOURCES
from safeconduct.escort.mapping import last_stretch
from safeconduct.escort.models import Escort
from safeconduct.passage import disclosing
from safeconduct.passage.changing import Course, course_of
from safeconduct.passage.disclosing import Sight
from safeconduct.passage.layers import bounds_now
from safeconduct.passage.plan import Content, point_of
from safeconduct.programme.profile import Profile
from safeconduct.watch.fixes import WORDS, in_order
from safeconduct.watch.whereabouts import apart_m, where

E7 = 10_000_000
_MINUTE_S = 60


def layer_for(officer: Officer, *, ref: str, profile: Profile, now: datetime) -> dict[str, object]:
    """Return what the map draws, as GeoJSON: way, places, track, vehicle, aircraft, area, contacts.

    Each feature's `kind` says what it is, `label` and `age` the words beside it. Nothing here is
    written to a file: the map fetches it, for those let in.

    Raises:
        Absent: there is no such passage, or it is not for `officer`.
    """
    opened = page.open_passage(officer, ref, now=now, limit=timedelta(0))
    escort = Escort.objects.filter(passage=ref).first()
    features: list[dict[str, object]] = []
    if opened.content is not None:
        features += _plan_features(
            opened.content, opened.course, seen=opened.sight, corridor_m=profile.metres("off_route")
        )
    state = queries.state_for(officer, opened.case_ref)
    on_map = _on_the_units_map(opened, state)
    if disclosing.ARRIVAL in on_map and disclosing.UNIT & officer.duties and opened.course:
        end = last_stretch([point_of(pair) for pair in opened.course.line_e7])
        line = [[point.lon_deg, point.lat_deg] for point in end]
        features.append(_feature("way", "LineString", line, letter=opened.course.letter))
    if escort is not None and opened.keys is not None:
        if opened.sight.whole or disclosing.VEHICLE in on_map:
            features += _live_features(escort, opened.keys, behind=opened.sight.whole, now=now)
        elif disclosing.sees_last_place(
            officer.duties, state=state, until=escort.searched_until, now=now
        ):
            features += _last_place(escort, opened.keys, now=now)
        if page.may_see_area(officer, opened.sight):
            features += _areas(escort, opened.keys)
        # A seized desk tells nothing of where the unit stands.
        if officer.duties & (disclosing.WHOLE | disclosing.UNIT):
            features += _unit(escort, opened.keys, now=now)
    return {"type": "FeatureCollection", "features": features, "bounds": bounds_now()}


def _on_the_units_map(opened: page.Opened, state: str) -> frozenset[str]:
    """Return what of him stands on the map of the unit now; nothing for whoever sees all of it."""
    if opened.sight.whole or opened.content is None:
        return frozenset()
    things = (disclosing.VEHICLE, disclosing.ARRIVAL)
    shown = {
        each: disclosing.on_map(each, state=state, told_all=opened.told_all) for each in things
    }
    return frozenset(each for each in things if disclosing.UNIT_MAP in shown[each])


def layer_at(officer: Officer, *, ref: str, profile: Profile, at: datetime) -> dict[str, object]:
    """Return what stood on the map at an instant that has passed: way, what was driven, he, the drone.

    Only to who may know his whole way; contacts and areas are not shown again.

    Raises:
        Absent: there is no such escort, or it is not for `officer`.
    """
    opened = page.open_passage(officer, ref, now=at, limit=timedelta(0))
    escort = Escort.objects.filter(passage=ref).first()
    if escort is None or opened.content is None or opened.keys is None or not opened.sight.whole:
        raise Absent
    corridor_m = profile.metres("off_route")
    features = _plan_features(
        opened.content, opened.course, seen=opened.sight, corridor_m=corridor_m
    )
    track = queries.track_until(escort, keys=opened.keys, at=at)
    features += _moving(escort, track, behind=True, now=at)
    return {"type": "FeatureCollection", "features": features, "bounds": bounds_now()}


def _feature(kind: str, geometry: str, coordinates: object, **more: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": {"kind": kind, **more},
        "geometry": {"type": geometry, "coordinates": coordinates},
    }


def _lon_lat(lat_e7: int, lon_e7: int) -> list[float]:
    return [lon_e7 / E7, lat_e7 / E7]


def _plan_features(
    content: Content, course: Course | None, *, seen: Sight, corridor_m: int
) -> list[dict[str, object]]:
    found = []
    both = [course_of(content, letter=each, leg=None, at=None) for each in sorted(content["ways"])]
    for way in [course] if course else both:
        each, place = way.letter, content["places"][way.letter]
        if each in seen.places:
            at = _lon_lat(place["lat_e7"], place["lon_e7"])
            found.append(_feature("place", "Point", at, letter=each))
        if not seen.whole:
            continue
        line = [_lon_lat(lat, lon) for lat, lon in way.line_e7]
        found.append(_feature("way", "LineString", line, letter=each, corridor_m=corridor_m))
        found += [
            _feature("hold", "Point", _lon_lat(hold["lat_e7"], hold["lon_e7"]))
            for hold in way.holds
        ]
    return found


def _live_features(
    escort: Escort, keys: Keyring, *, behind: bool, now: datetime
) -> list[dict[str, object]]:
    """Return where he and the machines are; `behind` says whether the ground he drove is shown."""
    found = _moving(escort, queries.track_in(escort, keys=keys, now=now), behind=behind, now=now)
    for contact in queries.contacts_in(escort, keys=keys):
        at = [contact.point.lon_deg, contact.point.lat_deg]
        age = _age(now - contact.reported_at)
        found.append(_feature("contact", "Point", at, label=_("reported"), age=age))
    return found


def _last_place(escort: Escort, keys: Keyring, *, now: datetime) -> list[dict[str, object]]:
    """Return the newest place of him that anybody told, with its age, and nothing of how he came there."""
    fix = queries.last_fix(escort, "vehicle", keys=keys)
    if fix is None:
        return []
    age, at = _age(now - fix.fixed_at), _lon_lat(fix.lat_e7, fix.lon_e7)
    return [_feature("told", "Point", at, label=_("he was here last"), age=age)]


def _moving(
    escort: Escort, track: Sequence[Position], *, behind: bool, now: datetime
) -> list[dict[str, object]]:
    mine = [fix for fix in track if fix.subject in {escort.tracker, "vehicle"}]
    driven = [fix for fix in mine if fix.source not in WORDS]
    found = []
    if behind and len(driven) > 1:
        line = [_lon_lat(fix.lat_e7, fix.lon_e7) for fix in _thinned(driven)]
        found.append(_feature("track", "LineString", line))
    found += _he(mine, now=now)
    aircraft = [fix for fix in track if escort.aircraft and fix.subject == escort.aircraft]
    if aircraft:
        height = _("drone, %(m)d m") % {"m": aircraft[-1].alt_mm // 1000}
        found.append(_now("aircraft", height, aircraft[-1], now=now))
    return found


def _areas(escort: Escort, keys: Keyring) -> list[dict[str, object]]:
    found = []
    for area in escort.areas.filter(ended_at=None):
        ring = [_lon_lat(lat, lon) for lat, lon in queries.ring_in(area, keys)]
        until = area.valid_until.isoformat()
        found.append(_feature("nofire", "Polygon", [[*ring, ring[0]]], until=until))
    return found


def _unit(escort: Escort, keys: Keyring, *, now: datetime) -> list[dict[str, object]]:
    """Return where the receiving unit's own map last had it, with its age."""
    seen = queries.unit_in(escort, keys)
    if seen is None:
        return []
    point, at = seen
    place = [point.lon_deg, point.lat_deg]
    return [_feature("told", "Point", place, label=_("the unit, by its map"), age=_age(now - at))]


def _he(fixes: Sequence[Position], *, now: datetime) -> list[dict[str, object]]:
    """Return where he probably is, with the circle that grows, and where else somebody has him."""
    some = [
        each
        for source in {f.source for f in fixes}
        for each in _thinned([f for f in fixes if f.source == source])
    ]
    place = where(in_order(some), now=now)
    if place is None:
        return []
    label = _("he, within %(m)d m, doubtful") if place.doubt else _("he, within %(m)d m")
    at = [place.point.lon_deg, place.point.lat_deg]
    radius_m = round(place.radius_m)
    shown = _feature(
        "vehicle", "Point", at,
        label=label % {"m": radius_m}, age=_age(now - place.at), radius_m=radius_m, doubt=place.doubt,
    )  # fmt: skip
    others = [
        _feature(
            "told", "Point", [each.point.lon_deg, each.point.lat_deg],
            label=str(SOURCES.get(each.source, each.source)), age=_age(now - each.at),
        )
        for each in place.told
        if each.source != place.source and apart_m(place, each) > place.radius_m
    ]  # fmt: skip
    return [shown, *others]


def _thinned(fixes: Sequence[Position], most: int = 400) -> Sequence[Position]:
    step = max(1, len(fixes) // most)
    return [*fixes[::step], fixes[-1]]


def _age(length: timedelta) -> str:
    seconds = max(0, round(length.total_seconds()))
    if seconds < _MINUTE_S:
        return _("%(s)d s ago") % {"s": seconds}
    return _("%(min)d min ago") % {"min": seconds // _MINUTE_S}


def _now(kind: str, label: str, fix: Position, *, now: datetime) -> dict[str, object]:
    at = _lon_lat(fix.lat_e7, fix.lon_e7)
    age = _age(now - fix.fixed_at)
    return _feature(kind, "Point", at, label=label, age=age, heading_deg=fix.heading_cdeg // 100)
