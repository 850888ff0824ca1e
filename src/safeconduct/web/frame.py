"""What every page carries: rooms, watch, exercise banner, and whether the clocks still run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safeconduct import clock
from safeconduct.access.rules import Duty, Officer
from safeconduct.notices import queries as notices
from safeconduct.programme import load
from safeconduct.web import cursor, tls
from safeconduct.web.templatetags.when import utc_offset

MOST_DUTIES = 3  # named under the rooms; who holds more sees how many more
KEYS_COOKIE = "keys"
MENDERS = frozenset({Duty.ADM, Duty.SUP})  # who sees and mends work that was given up
SILENT_AFTER = timedelta(seconds=15)  # the worker beats every 2 s; 15 s allows a restart

# The order of the way, then what stands beside it, then what keeps it honest.
ROOMS: tuple[tuple[tuple[str, Promise], ...], ...] = (
    (
        ("/", _("For you")),
        ("/conversations/", _("Conversations")),
        ("/cases/", _("Cases")),
        ("/passage/", _("Passages")),
        ("/escort/", _("Escort")),
        ("/reception/", _("Reception")),
        ("/custody/", _("Custody")),
    ),
    (
        ("/relatives/", _("Relatives")),
        ("/tracing/", _("Tracing")),
        ("/custody/visits/", _("Visits")),
        ("/custody/voices/", _("His own voice")),
        ("/pledges/", _("Pledges")),
        ("/outreach/", _("Campaigns")),
        ("/situation/", _("Picture")),
    ),
    (
        ("/audit/", _("Audit")),
        ("/people/", _("People")),
        ("/settings/", _("Settings")),
    ),
)


@dataclass(frozen=True, slots=True)
class Room:
    """One link on the left; without counts, for a count can betray."""

    url: str
    name: Promise
    here: bool


@cache
def _declared(url: str, _among: str) -> frozenset[str] | None:
    """Return the duties to which the page at `url` opens, empty for all; None where there is none."""
    try:
        return frozenset(getattr(resolve(url).func, "duties", ()))
    except Resolver404:
        return None


def is_open(url: str, duties: Iterable[str]) -> bool:
    """Return whether the page at `url` opens to one of `duties`."""
    declared = _declared(url, settings.ROOT_URLCONF)
    return declared is not None and (not declared or bool(declared & frozenset(duties)))


def rooms_for(duties: Iterable[str], *, path: str) -> list[list[Room]]:
    """Return the rooms whose doors open to one of `duties`, in the order of the way."""
    held = frozenset(duties)
    if path.startswith("/conversations/") and not is_open("/conversations/", held):
        path = "/relatives/"  # a relative's conversation, to who has no other queue
    groups = [
        [
            Room(url, name, here=path == "/" if url == "/" else path.startswith(url))
            for url, name in group
            if is_open(url, held)
        ]
        for group in ROOMS
    ]
    return [group for group in groups if group]


def is_silent(beat: datetime | None, *, wall: datetime) -> bool:
    """Return whether the worker has been silent too long, or was never heard."""
    return beat is None or wall - beat > SILENT_AFTER


def frame(request: HttpRequest) -> dict[str, object]:
    """Give every template what the frame shows; refused pages and sign-in have no officer."""
    profile, now = load.current(), clock.now()
    local = now.astimezone(ZoneInfo(profile.zone))
    folder = clock.data_folder()
    shown: dict[str, object] = {
        "programme": profile.name.get(get_language() or "en") or profile.name["en"],
        "is_exercise": folder is not None and clock.stamp_of(folder) == "exercise",
        "watch": local,
        "watch_text": f"{local:%H:%M}",
        "watch_zone": utc_offset(local),
    }
    officer: Officer | None = getattr(request, "officer", None)
    return shown | (_for(officer, request) if officer else {"officer": None})


def _stands(officer: Officer, *, wall: datetime) -> dict[str, object]:
    """Return how the clocks stand; where no database says it they stand still, as far as we know."""
    try:
        beat = notices.last_beat()
        return {
            "live_after": cursor.sealed(notices.cursor(wall=wall)),
            "worker_silent": is_silent(beat, wall=wall),
            "worker_beat": beat,
            "work_given_up": bool(officer.duties & MENDERS) and notices.any_given_up(),
        }
    except DatabaseError:
        return {"live_after": cursor.sealed(0), "worker_silent": True}


def _for(officer: Officer, request: HttpRequest) -> dict[str, object]:
    wall = clock.wall()
    return {
        "officer": officer,
        "officer_duties": sorted(officer.duties)[:MOST_DUTIES],
        "officer_duties_more": max(0, len(officer.duties) - MOST_DUTIES),
        "room_groups": rooms_for(officer.duties, path=request.path),
        "keys_on": request.COOKIES.get(KEYS_COOKIE) != "off",
        "certificate_ends": tls.ends_soon(wall=wall) if officer.duties & MENDERS else None,
        **_stands(officer, wall=wall),
    }
