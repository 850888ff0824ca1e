"""Which rooms have loops, by name: a string would hide the import from lint-imports.

Two loops are the frame's own: notices know nobody who could be called, and forms are its business.
"""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from safeconduct import clock
from safeconduct.access import actions as access_actions
from safeconduct.access import client
from safeconduct.access import worker as access
from safeconduct.access.rules import Duty
from safeconduct.cases import worker as cases
from safeconduct.conversations import worker as conversations
from safeconduct.custody import worker as custody
from safeconduct.escort import worker as escort
from safeconduct.notices import actions as notices_actions
from safeconduct.notices import worker as notices
from safeconduct.notices.loops import Loop
from safeconduct.outreach import worker as outreach
from safeconduct.passage import worker as passage
from safeconduct.pledges import worker as pledges
from safeconduct.post import worker as post
from safeconduct.reception import worker as reception
from safeconduct.spool import core_end
from safeconduct.spool.turns import Turns
from safeconduct.tracing import worker as tracing
from safeconduct.web import once


def _call_for_given_up() -> bool:
    """Call a supervisor when work was given up: an alert that nobody hears is no alert."""
    with transaction.atomic():
        if notices_actions.tell_given_up(wall=clock.wall()):
            access_actions.page(Duty.SUP, "work.given_up", now=clock.now())
    return False


def _call_for_refused() -> bool:
    """Call a supervisor about a gateway that sent what it may not: a key is stolen, or a disk copied."""
    data = Path(settings.DATA)
    for each in core_end.refusals(data):
        if not each.told:
            with transaction.atomic():
                access_actions.page(Duty.SUP, "gateway.refused", now=clock.now())
            core_end.refusals_told(data, each)
    return False


def _call_for_skew() -> bool:
    """Call a supervisor when a link's two ends are releases apart, or something lies aside at a gateway."""
    data = Path(settings.DATA)
    for each in core_end.standings(data):
        if each.worries and not each.told:
            with transaction.atomic():
                access_actions.page(Duty.SUP, "gateway.skew", now=clock.now())
            core_end.standing_told(data, each)
    return False


def _call_for_keys() -> bool:
    """Call an administrator before a gateway falls out that misses the turns of its keys, or holds them up."""
    data, wall = Path(settings.DATA), clock.wall()
    found = core_end.keeping(data, Turns.of(client.ping()), wall=wall)
    with transaction.atomic():
        for keeps in {each.keeps for each in core_end.untold(data, found)}:
            access_actions.page(Duty.ADM, f"gateway.{keeps}", now=clock.now())
    core_end.keeping_told(data, found)
    return False


def _sweep() -> bool:
    once.sweep(wall=clock.wall())
    return False


def _own() -> list[Loop]:
    return [
        Loop("web.given_up", _call_for_given_up, every_s=5.0),
        Loop("web.refused", _call_for_refused, every_s=5.0),
        Loop("web.skew", _call_for_skew, every_s=5.0),
        Loop("web.keys", _call_for_keys, every_s=60.0),
        Loop("web.once", _sweep, every_s=600.0),
    ]


WORKERS: tuple[Callable[[], list[Loop]], ...] = (
    _own,
    notices.loops,
    access.loops,
    pledges.loops,
    post.loops,
    outreach.loops,
    conversations.loops,
    cases.loops,
    passage.loops,
    escort.loops,
    reception.loops,
    custody.loops,
    tracing.loops,
)
