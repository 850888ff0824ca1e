"""Calls people: looks up the roster, sends the message that says nothing, passes on the unanswered."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from safeconduct import clock, log
from safeconduct.access import actions, ageing, heads, inboxes, queries, workers
from safeconduct.access.ageing import Ages
from safeconduct.access.rules import Duty, Purpose
from safeconduct.audit import actions as audit
from safeconduct.audit import register
from safeconduct.envelope import Page
from safeconduct.notices import actions as notices
from safeconduct.notices.loops import Loop
from safeconduct.notices.waking import DATABASE
from safeconduct.programme import load
from safeconduct.spool import core_end
from safeconduct.spool.lanes import Sending

GATEWAY = queries.PAGER
logger = log.get_logger()


@lru_cache(maxsize=2)
def _lane(data: Path, gateway: str = GATEWAY) -> Sending:
    return core_end.sending_to(data, gateway)


def page_text(language: str) -> str:
    """Return the whole content of a call, in one language: whoever finds the pager learns nothing."""
    with translation.override(language):
        return _("Safeconduct: please look at the console.")


def _calls() -> bool:
    limit = load.current().limit("page_unanswered")
    return actions.escalate_calls(now=clock.now(), wall=clock.wall(), unanswered=limit) > 0


def _pages() -> bool:
    data = Path(settings.DATA)
    jobs = notices.claim_jobs([actions.PAGE_JOB], wall=clock.wall(), limit=5)
    for job in jobs:
        call, shift, _try = job.ref.split(".")
        found = queries.pager_of(workers.me(Purpose.SEND), call=call, shift=shift)
        if found is not None:
            put_page(data, job.ref, *found)
        actions.page_sent(job)
    return bool(jobs)


def put_page(data: Path, attempt: str, number: str, language: str) -> None:
    """Spool one page; the spool knows it by its attempt: doing this twice calls once."""
    # Struck out meanwhile, and none in its place, it goes unanswered, and the next is called.
    gateway = core_end.serving(data, GATEWAY) or GATEWAY
    page = Page(attempt, gateway, number, page_text(language))
    _lane(data, gateway).put(attempt, page.to_bytes())


def _heads() -> bool:
    heads.export_due(Path(settings.DATA) / "heads", workers.me(Purpose.CLOCKS), wall=clock.wall())
    return False


def _heads_asked() -> bool:
    jobs = notices.claim_jobs([heads.JOB], wall=clock.wall(), limit=1)
    for job in jobs:
        heads.export(Path(settings.DATA) / "heads", workers.me(Purpose.CLOCKS))
        notices.finish_job(job, job.token)
    return bool(jobs)


def _inboxes() -> bool:
    more, away = inboxes.send_due(Path(settings.DATA))
    for gone in away:
        logger.warning("an inbox of heads takes nothing", code=gone.code)
    return more


class _Register:
    """Brings the register's file up to its table. While it cannot, a supervisor is called, once.

    The call ends by itself when the file is written again; a worker that begins anew while it is
    not calls anew.
    """

    def __init__(self) -> None:
        self._called: bool | None = None  # None: a worker before this one may have called

    def step(self) -> bool:
        try:
            audit.write_register()
        except (OSError, register.Torn):
            if not self._called:
                actions.page(Duty.SUP, "register.unwritten", now=clock.now())
                self._called = True
            raise
        if self._called is not False:
            actions.call_off("register.unwritten", now=clock.now())
            self._called = False
        return False


def _limits() -> bool:
    return actions.call_about_limits(workers.me(Purpose.CLOCKS), now=clock.now())


def _ages() -> bool:
    profile = load.current()
    ages = Ages(profile.limit(ageing.WAITS), profile.limit(ageing.OLD))
    return actions.call_about_ages(ages=ages, now=clock.now())


def _glass() -> bool:
    clocks, now = workers.me(Purpose.CLOCKS), clock.now()
    late = actions.call_late_reviews(now=now)
    over = actions.end_terms(now=now)
    shut = actions.shut_ended(clocks)  # before any is told of: what was ended never opens
    return any((late, over, shut, actions.tell_glasses(clocks, now=now)))


def loops() -> list[Loop]:
    """Return the loops of this room."""
    return [
        Loop("access.calls", _calls, every_s=0.5, woken_by=(DATABASE,)),
        Loop("access.pages", _pages, every_s=0.5, woken_by=(DATABASE,), at_latest_s=2.0),
        Loop("access.heads", _heads, every_s=5.0),
        Loop(
            "access.heads_asked", _heads_asked, every_s=0.5, woken_by=(DATABASE,), at_latest_s=5.0
        ),
        Loop("access.inboxes", _inboxes, every_s=30.0),
        Loop("access.register", _Register().step, every_s=2.0),
        Loop("access.glass", _glass, every_s=0.5, woken_by=(DATABASE,), at_latest_s=5.0),
        Loop("access.ages", _ages, every_s=5.0),
        Loop("access.limits", _limits, every_s=10.0),
        Loop("access.panic", actions.enter_spooled_panic, every_s=0.5),
    ]
