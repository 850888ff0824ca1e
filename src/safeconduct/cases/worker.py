"""The clocks of this room: they note that time has run out and call a person. They write to nobody."""

from pathlib import Path

from django.conf import settings

from safeconduct import clock, sealing
from safeconduct.access import workers
from safeconduct.access.corekeys import core_keys
from safeconduct.access.rules import Purpose
from safeconduct.cases import actions
from safeconduct.cases.queries import SPOOLED
from safeconduct.conversations.actions import SIGN
from safeconduct.notices import actions as notices
from safeconduct.notices.loops import Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.programme import load
from safeconduct.spool import stops


def _clocks() -> bool:
    who, profile, now = workers.me(Purpose.CLOCKS), load.current(), clock.now()
    return actions.clock_steps(who, profile=profile, now=now) or actions.call_about(
        who, profile=profile, now=now
    )


def _stops() -> bool:
    """Enter stops that were spooled; reserve their space when that has not been done yet."""
    folder = Path(settings.DATA)
    if not stops.is_ready(folder):
        _lay_key()
    if not any(stop.kind in SPOOLED for stop in stops.in_force(folder)):
        return False
    return actions.enter_stops(workers.me(Purpose.CLOCKS), now=clock.now(), keys=core_keys())


def _lay_key() -> bool:
    """Lay down the key to which reasons are sealed; it is turned each week."""
    stops.prepare(Path(settings.DATA), public=sealing.box_public(core_keys()[0]))
    return False


def _receivers() -> bool:
    """Let in whoever said that he is here."""
    claimed = notices.claim_jobs([actions.JOB], wall=clock.wall(), limit=1)
    for job in claimed:
        actions.let_receiver_in(workers.me(Purpose.CLOCKS), job, now=clock.now())
    return bool(claimed)


def _signs() -> bool:
    """Freeze the cases of those in whose words or channel a sign of force was found."""
    claimed = notices.claim_jobs([SIGN], wall=clock.wall(), limit=1)
    for job in claimed:
        actions.freeze_by_sign(
            workers.me(Purpose.CLOCKS), job, language=load.current().console[0], now=clock.now()
        )
    return bool(claimed)


def _agreed() -> bool:
    """Put on record what was agreed in a conversation since its case was opened."""
    return bool(actions.hand_in_agreed(workers.me(Purpose.CLOCKS), now=clock.now()))


def _relatives() -> bool:
    """Erase relatives' enquiries whose term is over."""
    return actions.forget_relatives(
        workers.me(Purpose.CLOCKS), profile=load.current(), now=clock.now()
    )


def _children() -> bool:
    """Let out of a child's case whoever is none of the few."""
    return actions.narrow(workers.me(Purpose.CLOCKS), now=clock.now())


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("cases.clocks", _clocks, every_s=2.0),
        Loop("cases.children", _children, every_s=2.0),
        Loop("cases.stops", _stops, every_s=2.0),
        Loop("cases.stops_key", _lay_key, every_s=3600.0),
        Loop("cases.relatives", _relatives, every_s=3600.0),
        Loop("cases.agreed", _agreed, every_s=1.0, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("cases.signs", _signs, every_s=0.5, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("cases.receivers", _receivers, every_s=0.5, woken_by=(DATABASE,), at_latest_s=2.0),
    ]
