"""How the gateways stand to this release, in words for whoever sees to it: which side is to be brought up."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safeconduct import clock
from safeconduct.access import client
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.spool.carried import Gap, Newer, Unopenable
from safeconduct.spool.lanes import WAITS
from safeconduct.spool.protocol import FOLLOWS_TURNS, NEW, OLD, OURS
from safeconduct.spool.standing import Standing
from safeconduct.spool.turns import Keeping, Keeps, Turns

Told = list[tuple[Promise, int]]  # words, and how many, 0 for none to count

_LIES_THERE: Mapping[str, Promise] = MappingProxyType(
    {
        Newer.__name__: _(
            "It set aside what only a newer release knows. Bring the gateway up to this release: it "
            "takes them then by itself. Too late for its time, a text is refused and never sent twice."
        ),
        Unopenable.__name__: _(
            "It set aside what none of its keys opens: altered there, or sealed to a key that was turned "
            "more than a week ago. That one opens never more: see in the conversation whether to write anew."
        ),
    }
)
_LIES_HERE: Mapping[str, Promise] = MappingProxyType(
    {
        Newer.__name__: _(
            "What only a newer release knows. Bring the core up to the gateways' release: it takes them "
            "in then by itself."
        ),
        Unopenable.__name__: _(
            "What none of our keys opens: altered on the way, or sealed to a key that was turned more "
            "than a week ago, by a gateway that was not linked for so long."
        ),
        WAITS: _(
            "More people wrote than the keeper opens in a day: these wait, and come in by themselves. A stop "
            "among them is in force."
        ),
        Gap.__name__: _("A number was missing on our own disk; what came after it was read."),
    }
)
_OTHER = _("What failed when it was taken in.")
_BEYOND: Mapping[str, Promise] = MappingProxyType(
    {
        OLD: _(
            "Too old for this release: nothing passes, and all of it waits, sealed. Bring the gateway up."
        ),
        NEW: _(
            "Too new for this release: nothing passes, and all of it waits, sealed. Bring the core up, or "
            "the gateway back to its release before."
        ),
    }
)
_ONE_BEHIND = _(
    "One release behind, which is understood. But it cannot follow when keys are turned: until it is brought "
    "up, or struck out, or taken out of gateways.toml, the keys of all links stay as they are. Bring it up "
    "within the week."
)
_ONE_AHEAD = _("One release ahead, which is understood. Bring the core up next.")


def page(data: Path) -> dict[str, object]:
    """Return what Settings shows of the links: `gateways`, `here`, `away`, and whether anything `worries`."""
    standings, aside, away = core_end.standings(data), core_end.set_aside_here(data), _away(data)
    return {
        "gateways": [
            {"name": each.gateway, "release": each.release, "at": each.at, "told": _told(each)}
            for each in standings
        ],
        "here": _words(aside, _LIES_HERE),
        "away": away,
        "worries": bool(aside or away) or any(each.worries for each in standings),
    }


def _away(data: Path) -> list[Keeping]:
    """Return the gateways that miss the turns of their keys; none while the keeper cannot be asked."""
    try:
        when = Turns.of(client.ping())
    except (client.KeeperAway, Refused):
        return []
    found = core_end.keeping(data, when, wall=clock.wall())
    return [each for each in found if each.keeps in {Keeps.WANES, Keeps.OUT}]


def _words(aside: Mapping[str, int], words: Mapping[str, Promise]) -> Told:
    return [(words.get(kind, _OTHER), count) for kind, count in sorted(aside.items())]


def _told(standing: Standing) -> Told:
    told: Told = []
    if standing.beyond:
        told.append((_BEYOND[standing.beyond], 0))
    elif standing.speaks < FOLLOWS_TURNS:
        told.append((_ONE_BEHIND, 0))
    elif standing.speaks > OURS.speaks:
        told.append((_ONE_AHEAD, 0))
    return told + _words(standing.aside, _LIES_THERE)
