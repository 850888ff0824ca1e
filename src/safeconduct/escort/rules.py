"""What the escort may do, and when silence about him has lasted too long. Pure; `now` is given.

Nothing here commands an aircraft. HOLD and LEAD are words to people; ABORT is judged nowhere: it
is one person's, at once (cases.actions.stop).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from safeconduct.access.rules import Duty
from safeconduct.geo import Point, local_m, moved
from safeconduct.refusal import Refusal, said
from safeconduct.watch import known as watch
from safeconduct.watch.aircraft import CRUISE_M_S
from safeconduct.watch.relay import Times

ON_THE_WAY = frozenset({"MOVING", "SIGHTED"})  # judged every second
STILL_OUT = frozenset({"MOVING", "SIGHTED", "ABORTED", "MISSING"})  # every fix of him is kept
BEFORE = frozenset({"READY", "PLANNED", "AGREED"})
ABORTABLE = frozenset({"PLANNED", "AGREED", "MOVING", "SIGHTED", "MISSING"})
PARTIES = (Duty.DPC, Duty.FCO, Duty.PIL, Duty.RCV, Duty.OP)  # who hears of HOLD and ABORT
STOPPERS = (Duty.OP, Duty.SUP, Duty.PIL, Duty.DPC, Duty.FCO, Duty.RCV)
BY_PEOPLE = "pilot"  # the route of fixes that people tell
TOLD_BY = ("map", "text", "share")
GATES = ("start", "sight", "contact")
TRACKERS = ("vehicle", "vehicle:2", "vehicle:3")  # as the aircraft's gateway has them in its file
UNITS = ("unit:1", "unit:2", "unit:3", "unit:4", "unit:5", "unit:6")  # as the map gateway has them
LONGEST_NAME = 120  # letters of a recipient's name
ANSWERS = (1, 2, 3)
SEARCHED = timedelta(minutes=60)  # so long takes the search plan (states.json)
UNSEEN = 3  # "I cannot see him": the commander is called at once


class Order(StrEnum):
    """An instruction to people."""

    HOLD = "HOLD"
    LEAD = "LEAD"
    ABORT = "ABORT"


@dataclass(frozen=True, slots=True)
class OwnCause:
    """An alert that fixes do not tell: who owns it, and what it measures."""

    owner: Duty
    unit: str


PLACE_BURNED = "PLACE_BURNED"
WAY_WORSE = "WAY_WORSE"  # by dangers reported since GO
HOLD_UNTOLD = "HOLD_UNTOLD"  # HOLD is in force, and no text could leave to him
OWN_CAUSES = {
    "MISSING": OwnCause(Duty.DPC, "s"),
    "HEADS": OwnCause(Duty.RCV, "people"),
    "NO_FIRE_ACK": OwnCause(Duty.FCO, "s"),
    "NO_FIRE_LAPSED": OwnCause(Duty.FCO, "s"),
    PLACE_BURNED: OwnCause(Duty.DPC, "m"),
    WAY_WORSE: OwnCause(Duty.DPC, "%"),
    HOLD_UNTOLD: OwnCause(Duty.DPC, "s"),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The programme's limits of an escort."""

    watch: watch.Limits
    alert_unanswered: timedelta
    missing_unanswered: timedelta
    heartbeat_green: timedelta
    heartbeat_amber: timedelta
    heartbeat_red: timedelta
    sight_lost: timedelta
    read_back: timedelta
    no_fire_validity: timedelta
    no_fire_renew_before: timedelta
    burned_place_m: float  # around a burned place nobody is met
    fence_margin_m: float  # beyond every way, for its drone
    no_fire_margin_m: float  # the area is far wider than the road, so it does not draw the way


# Proposed values, seconds and metres, of limits that an older profile does not have.
LATER = {
    "link_weak": 10, "keep_up": 10, "light": 1800, "unit_word": 3600,
    "relief_prepare": 120, "relief_overlap": 60, "drone_landing": 60, "drone_reserve": 300,
    "keep_up_m": 100, "stand_off_m": 60, "fence_margin_m": 1000,
}  # fmt: skip


def limits_of(limits_s: Mapping[str, int], limits_m: Mapping[str, int]) -> Limits:
    """Return an escort's limits from those of the programme's profile.

    Raises:
        KeyError: the profile lacks one.
    """

    def span(name: str) -> timedelta:
        return timedelta(seconds=limits_s[name])

    def later(name: str) -> timedelta:
        return timedelta(seconds=limits_s.get(name, LATER[name]))

    judged = watch.Limits(
        silent_amber=span("silent_amber"),
        silent=span("silent_alert"),
        aircraft_silent=span("aircraft_silent"),
        stopped=span("stopped"),
        stopped_m=limits_m["stopped"],
        off_route=span("off_route"),
        off_route_m=limits_m["off_route"],
        off_route_clear=span("off_route_clear"),
        off_route_clear_m=limits_m["off_route_clear"],
        wrong_way_m=limits_m["wrong_way"],
        closing=span("closing"),
        closing_m=limits_m["closing"],
        contact_old=span("contact_old"),
        link_weak=later("link_weak"),
        keep_up=later("keep_up"),
        keep_up_m=limits_m.get("keep_up", LATER["keep_up_m"]),
        stand_off_m=limits_m.get("stand_off", LATER["stand_off_m"]),
        light=later("light"),
        unit_word=later("unit_word"),
        flight=span("drone_flight") if "drone_flight" in limits_s else None,
        relay=Times(
            prepare_s=later("relief_prepare").total_seconds(),
            transit_s=limits_s.get("drone_transit", 0),
            overlap_s=later("relief_overlap").total_seconds(),
            return_s=limits_s.get("drone_transit", 0),
            land_s=later("drone_landing").total_seconds(),
            reserve_s=later("drone_reserve").total_seconds(),
        ),
    )
    return Limits(
        watch=judged,
        alert_unanswered=span("alert_unanswered"),
        missing_unanswered=span("missing_unanswered"),
        heartbeat_green=span("heartbeat_green"),
        heartbeat_amber=span("heartbeat_amber"),
        heartbeat_red=span("heartbeat_red"),
        sight_lost=span("sight_lost"),
        read_back=span("read_back"),
        no_fire_validity=span("no_fire_validity"),
        no_fire_renew_before=span("no_fire_renew_before"),
        burned_place_m=limits_m["burned_place"],
        fence_margin_m=limits_m.get("fence_margin", LATER["fence_margin_m"]),
        no_fire_margin_m=limits_m["no_fire_margin"],
    )


def flown_from(limits: watch.Limits, drone_m: float | None) -> watch.Limits:
    """Return the limits of one passage: a drone's way there and back is that from where it starts.

    Args:
        drone_m: from there to what of his way lies farthest, so that a relief is never called too
            late; None where nobody said: then both take the programme's time.
    """
    if drone_m is None:
        return limits
    way_s = drone_m / CRUISE_M_S
    return replace(limits, relay=replace(limits.relay, transit_s=way_s, return_s=way_s))


def heartbeat(news_at: datetime | None, *, now: datetime, limits: Limits) -> str:
    """Return "green", "late", "amber" or "red" by the age of the last trusted news of him.

    Green up to 5 minutes, amber from 10, red from 20 (programme limits). No news at all is red:
    no news is bad news.
    """
    if news_at is None:
        return "red"
    age = now - news_at
    if age >= limits.heartbeat_red:
        return "red"
    if age >= limits.heartbeat_amber:
        return "amber"
    return "late" if age >= limits.heartbeat_green else "green"


def is_missing(
    state: str, *, news_at: datetime | None, seen_at: datetime | None, now: datetime, limits: Limits
) -> bool:
    """Return whether he counts as missing: red heartbeat while MOVING, out of sight while SIGHTED.

    Args:
        news_at: last trusted fix, or the pilot's own mark; `seen_at` the last sighting.
    """
    if state == "MOVING":
        return heartbeat(news_at, now=now, limits=limits) == "red"
    last = max([at for at in (news_at, seen_at) if at is not None], default=None)
    return state == "SIGHTED" and (last is None or now - last >= limits.sight_lost)


# ---- instructions ----


def may_hold(state: str) -> Refusal | None:
    """Judge whether he can be told to stand: only while he is on the way."""
    if state in ON_THE_WAY:
        return None
    return Refusal(
        "escort.not_on_the_way",
        "He is not on the way, so there is nothing to hold.",
        "Look at the state of the case.",
    )


def may_show_last_place(state: str) -> Refusal | None:
    """Judge whether the unit may be given where he was last: only to search for one who is missing."""
    if state == "MISSING":
        return None
    return Refusal(
        "escort.not_missing",
        "He is not missing, so nobody is given where he was last.",
        "Look at the state of the case.",
    )


def may_lead(state: str) -> Refusal | None:
    """Judge whether the pilot may be asked to lead: only one who was sighted, by mutual sign."""
    if state == "SIGHTED":
        return None
    return Refusal(
        "escort.not_sighted",
        "He and the aircraft have not acknowledged each other, so nobody may lead him.",
        "Wait until the pilot has recorded the mutual sign.",
    )


def may_sight(*, signs: bool, mutual: bool) -> Refusal | None:
    """Judge whether what the pilot saw is a sighting: the agreed signs, and each greeted the other."""
    if signs and mutual:
        return None
    if signs:
        why = said("A sighting needs his raised hands after our greeting; that was not ticked.")
    else:
        why = said("A sighting needs the agreed signs; that was not ticked.")
    return Refusal(
        "escort.not_seen",
        why,
        "Greet again: rise and sink a few metres, and wait for his hands.",
    )


def heads_differ(planned: int, counted: int) -> int:
    """Return how many more (or, negative, fewer) people there are than planned.

    One more stops the handover and lifts no protection from anybody.
    """
    return counted - planned


# ---- machines and maps ----


def may_track(tracker: str, *, taken: bool) -> Refusal | None:
    """Judge whether a tracker may be this passage's: one tells of one man."""
    if tracker not in TRACKERS:
        return Refusal(
            "escort.no_tracker", "There is no such tracker.", 'Choose one, as "vehicle".'
        )
    if taken:
        return Refusal(
            "escort.tracker_taken",
            "This tracker tells of another passage under way.",
            "Choose another, and look which one he has.",
        )
    return None


def may_fetch(state: str, *, people: int) -> Refusal | None:
    """Judge whether somebody can be asked to be fetched from where he is."""
    if state not in STILL_OUT:
        return Refusal(
            "escort.not_out",
            "He is not out there, so nobody is fetched from the way.",
            "Once he is with the unit, its own medic asks.",
        )
    if people < 1:
        return Refusal(
            "escort.nobody_to_fetch",
            "Nobody is to be fetched.",
            "Say how many lie, and how many walk.",
        )
    return None


# ---- the record ----


def may_export(*, over: bool, recipient: str) -> Refusal | None:
    """Judge whether the record of an escort may be asked for: once it is over, for one person by name."""
    if not over:
        return Refusal(
            "escort.not_over",
            "He is still on the way, or somebody still looks for him: nothing of it leaves.",
            "Ask again once the escort is over.",
        )
    if not 0 < len(recipient) <= LONGEST_NAME:
        return Refusal(
            "escort.no_recipient",
            "Nobody is named for whom it is.",
            "Write the name of one person, who answers for it.",
        )
    return None


def may_take_out(*, granted: bool, his: bool) -> Refusal | None:
    """Judge whether the sealed record may be fetched: a second person has granted it, and he himself asked."""
    if granted and his:
        return None
    return Refusal(
        "escort.not_granted",
        "A second person has not granted this, or it was asked for by another.",
        "Have a supervisor or a lawyer grant it; then whoever asked fetches it.",
    )


# ---- the no-fire area ----


def may_request(state: str, *, has_plan: bool) -> Refusal | None:
    """Judge whether a no-fire area can be asked for."""
    if not has_plan:
        return Refusal(
            "escort.no_plan",
            "There is no living plan, so nobody knows what to protect.",
            "Wait until the planner has put one up.",
        )
    if state not in BEFORE | STILL_OUT:
        return Refusal(
            "escort.not_before_a_passage",
            "This case is not before or on a passage.",
            "Look at the state of the case.",
        )
    return None


def renewed(valid_until: datetime, *, now: datetime, limits: Limits) -> datetime | None:
    """Return the new end of an area's validity when it is time to renew it, else None."""
    if valid_until - now > limits.no_fire_renew_before:
        return None
    return now + limits.no_fire_validity


def ack_lacking(
    state: str, *, acked_at: datetime | None, requested_at: datetime, now: datetime, limits: Limits
) -> bool:
    """Return whether fires owe an acknowledgement: none since the request, or none fresh on the way."""
    if acked_at is None:
        return now - requested_at > limits.alert_unanswered
    return state in ON_THE_WAY and now - acked_at > limits.read_back


def area_around(lines: Iterable[Sequence[Point]], *, margin_m: float) -> list[Point]:
    """Return the convex ring that lies `margin_m` round all lines: it hides which road is meant.

    Raises:
        ValueError: there is no point to lie round.
    """
    points = [point for line in lines for point in line]
    if not points:
        raise ValueError("an area needs a way to lie round")
    origin = points[0]
    corners = []
    for point in points:
        east, north = local_m(point, origin=origin)
        corners += [(east + dx * margin_m, north + dy * margin_m) for dx, dy in _OCTAGON]
    return [moved(origin, east_m=x, north_m=y) for x, y in _hull(sorted(set(corners)))]


_DIAGONAL = 0.7071067811865476
_OCTAGON = (
    (1.0, 0.0), (_DIAGONAL, _DIAGONAL), (0.0, 1.0), (-_DIAGONAL, _DIAGONAL),
    (-1.0, 0.0), (-_DIAGONAL, -_DIAGONAL), (0.0, -1.0), (_DIAGONAL, -_DIAGONAL),
)  # fmt: skip


def _hull(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the convex hull, counter-clockwise (Andrew's monotone chain)."""

    def half(ordered: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        chain: list[tuple[float, float]] = []
        for x, y in ordered:
            while len(chain) > 1 and _turn(chain[-2], chain[-1], (x, y)) <= 0:
                chain.pop()
            chain.append((x, y))
        return chain[:-1]

    return half(points) + half(reversed(points))


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
