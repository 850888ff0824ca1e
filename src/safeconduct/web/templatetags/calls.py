"""What a call is about, by its cause: the kind of thing, never whose, where or what was said.

Of what is owed in a case the strip says no more than that: its name would tell the state of a case
to everybody who answers for the duty, duress among it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from safeconduct.custody import page as custody
from safeconduct.escort.advice import ADVICE

register = template.Library()
_WHOLE: Mapping[str, Promise] = MappingProxyType(
    {
        "cases.silence": _("A check-in was missed"),
        "cases.plan_lapsed": _("The approval of a plan has lapsed"),
        "cases.yes_too_old": _(
            "A yes to a case's step grew too old before the others were said: it is put up anew, or not"
        ),
        "approval.waits": _("Something waits too long for a yes: For you, or Due, says what"),
        "approval.old": _(
            "A yes waits too long for the others, or grows too old: see Due in Custody, and For you"
        ),
        "cases.missing": _("Missing"),
        "cases.seized": _(
            "Something was seized: look at what is owed in your cases, within the hour"
        ),
        "cases.seized_on_the_way": _("A place has burned of somebody who is on the way"),
        "cases.seized_machine": _("A machine was seized: ask the supervisor which"),
        "passage.not_told": _(
            "ABORT cannot reach him by text: see his passage, and his conversation"
        ),
        "passage.way_worse": _(
            "A danger was reported on the way of a plan: see Passages, and the plan's page"
        ),
        "passage.not_priced": _(
            "What reported dangers make of a plan could not be worked out: see Passages, and the plan's page"
        ),
        "passage.not_ready": _(
            "Somebody took his read-back back before GO: GO begins anew, see the passage's page"
        ),
        "passage.unit_relieved": _(
            "A receiving unit was relieved: the new one reads the plan back, see the passage's page"
        ),
        "conversations.child": _(
            "A child in our hands has written: see Due and overdue; who is not let in asks a supervisor"
        ),
        "pledges.overdue": _("A promised date has passed: see Pledges, the late ones first"),
        "pledges.unpaid": _(
            "A payment that two have signed was not made: see Due and overdue, then pay it or cancel it"
        ),
        "post.way_unsaid": _(
            "A text of the way did not leave: see his passage, and his conversation"
        ),
        "post.orphans": _(
            "A carrier's receipts fit none of our texts: the base of its message ids is set wrong, most often"
        ),
        "reception.count_differs": _("The heads do not match"),
        "keeper.noted": _(
            "The keeper asks a supervisor to look: People, What the keeper calls about"
        ),
        "register.unwritten": _(
            "What no restore may bring back cannot be written to disk: ask an administrator for room"
            " on it, and the auditor for the page Audit"
        ),
        "gateway.refused": _("A gateway sent what it may not: Settings says what and what next"),
        "gateway.skew": _("A gateway waits for an upgrade or for a look: Settings says what next"),
        "gateway.holds": _(
            "A gateway of an earlier release holds up the turning of all keys: see Settings"
        ),
        "gateway.wanes": _(
            "A gateway is away for too long: Settings says by when to bring it back"
        ),
        "gateway.out": _("A gateway was away for too long: Settings says what that means"),
        "glass.broken": _("A supervisor broke the glass"),
        "glass.late": _("The review of a broken glass is late"),
        "work.given_up": _("Work was given up"),
        "escort.untold": _(
            "No gateway tells the units' maps of no-fire areas: say them by voice, then see Settings"
        ),
        "post.words_refused": _(
            "A text lay in the outbox that no door of ours would have let in: it did not leave."
            " Ask an administrator who got into the console"
        ),
        "escort.station_broken": _(
            "A station's records do not fit together: see the passage's page, and ask by voice who keeps it"
        ),
        "escort.station_refused": _("A station did not take the passage: see the passage's page"),
        "escort.station_abort": _(
            "A station in the field said ABORT, and the case could not be stopped by it: see the case"
        ),
        "escort.station_sighted": _(
            "The station in the field has sighted him: record the sighting on the passage's page"
        ),
        "escort.station_here": _(
            "The station in the field says that he is here: record it on the passage's page"
        ),
        "escort.preflight_withdrawn": _(
            "Somebody took back what was signed for a drone: open the page “Before the flight”"
        ),
        "escort.abort": _("ABORT was said"),
        "escort.hold": _("HOLD was said"),
        "escort.lead": _("LEAD was said"),
    }
)
_ENDINGS: Mapping[str, Promise] = MappingProxyType(
    {
        "unanswered": _("%(what)s: nobody answered"),
        "unseen": _("%(what)s: he is not seen"),
        "due": _("%(what)s: due"),
        "warned": _("%(what)s: the limit comes near"),
        "broken": _("%(what)s: the limit is broken"),
    }
)


def _thing(kind: str) -> str:
    if kind in _WHOLE:
        return str(_WHOLE[kind])
    room, _dot, rest = kind.partition(".")
    if room == "escort" and rest.upper() in ADVICE:
        return str(ADVICE[rest.upper()].title)
    if room == "custody":
        return str(custody.clock_name(rest))
    if kind.startswith("cases.owed."):
        return gettext("Something owed in a case is overdue")
    return ""


@register.filter
def about(kind: str) -> str:
    """Return what a call of this cause is about, in the language of the page."""
    before, _dot, last = kind.rpartition(".")
    if last in _ENDINGS and (what := _thing(before)):
        return str(_ENDINGS[last]) % {"what": what}
    return _thing(kind) or gettext("A call")
