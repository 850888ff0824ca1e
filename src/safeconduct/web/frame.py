"""What every page carries: rooms, watch, exercise banner, and whether the clocks still run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safeconduct import clock
from safeconduct.notices import queries as notices
from safeconduct.programme import load
from safeconduct.web.templatetags.when import utc_offset

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


def _open_to(url: str, duties: Iterable[str]) -> bool:
    try:
        view = resolve(url).func
    except Resolver404:
        return False
    declared = frozenset(getattr(view, "duties", ()))
    return not declared or bool(declared & frozenset(duties))


def rooms_for(duties: Iterable[str], *, path: str) -> list[list[Room]]:
    """Return the rooms whose doors open to one of `duties`, in the order of the way."""
    held = frozenset(duties)
    return [
        [
            Room(url, name, here=path == "/" if url == "/" else path.startswith(url))
            for url, name in group
            if _open_to(url, held)
        ]
        for group in ROOMS
    ]


def frame(request: HttpRequest) -> dict[str, object]:
    """Give every template what the frame shows; refused pages and sign-in have no officer."""
    profile, now, wall = load.current(), clock.now(), clock.wall()
    local = now.astimezone(ZoneInfo(profile.zone))
    officer = getattr(request, "officer", None)
    folder = clock.data_folder()
    beat = notices.last_beat() if officer else None
    return {
        "programme": profile.name.get(get_language() or "en") or profile.name["en"],
        "officer": officer,
        "room_groups": rooms_for(officer.duties, path=request.path) if officer else [],
        "is_exercise": bool(folder) and clock.stamp_of(folder) == "exercise",
        "watch": local,
        "watch_text": f"{local:%H:%M}",
        "watch_zone": utc_offset(local),
        "worker_silent": officer is not None and (beat is None or wall - beat > SILENT_AFTER),
        "worker_beat": beat,
    }
