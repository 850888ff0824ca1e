"""Tags of this room: a button that needs a passkey, the pager's strip, a duty's name."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import template
from django.db import DatabaseError
from django.template import RequestContext
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safeconduct import clock
from safeconduct.access import client, queries
from safeconduct.access.rules import TABLE, Act, Duty, Method, Officer, spoken
from safeconduct.programme import load
from safeconduct.refusal import Refusal, Refused

register = template.Library()
_BY_CODE = Refusal("approve.by_code", "You signed in with a code; approving takes your passkey.")


@register.inclusion_tag("access/_approve.html", takes_context=True)
def approve_form(
    context: RequestContext,
    act_url: str,
    act: Act,
    officer: Officer,
    label: str,
    *,
    hidden: Mapping[str, Any] | None = None,
    asked: Sequence[tuple[str, str]] = (),
    name: str = "",
    key: str = "",
) -> dict[str, Any]:
    """Draw the form by which `officer` says yes to `act` with his passkey.

    For machines: `form[data-act]` is `name`, or the act's verb; `data-challenge` is base64url,
    `data-credentials` the ids of his keys, `data-rp` the relying party; hidden fields `nonce`,
    `assertion` (to be filled with the assertion as JSON), `duty`, and whatever is in `hidden`.

    Args:
        act_url: where the form is sent; the view takes `doors.proof_from(request)`.
        hidden: fields that go with it, so that what is signed and what is sent are one text.
        asked: fields of four digits that are typed into it: name and words.
        key: the letter that presses the button.
    """
    shown: dict[str, Any] = {
        "csrf_token": context.get("csrf_token"),
        "act_url": act_url,
        "act": act,
        "label": label,
        "hidden": dict(hidden or {}),
        "asked": asked,
        "name": name or act.verb,
        "key": key,
        "spoken": spoken(act.digest),
    }
    if officer.method is not Method.PASSKEY:
        return {**shown, "why_not": _BY_CODE}
    try:
        return {**shown, "challenge": client.act_begin(officer.login, act)}
    except (Refused, client.KeeperAway) as no:
        return {**shown, "why_not": no.refusal}


@register.inclusion_tag("access/_call.html", takes_context=True)
def calls_strip(context: RequestContext) -> dict[str, Any]:
    """Draw the calls this officer may answer, and that nobody can hear when that is so."""
    officer: Officer = context["officer"]
    shown: dict[str, Any] = {"csrf_token": context.get("csrf_token")}
    try:
        shown["calls"] = queries.calls_for(officer)
        shown["unheard"] = queries.nobody_hears(now=clock.now(), wall=clock.wall())
    except DatabaseError:  # the page on which a stop is said to be in force needs none
        shown |= {"calls": (), "unheard": ()}
    return shown


@register.filter
def duty_name(code: str) -> str:
    """Return what a duty is called: "OP" comes out as "Operator", or the programme's own word."""
    own = load.current().duties.get(code, {})
    return own.get(get_language() or "en") or _(TABLE[Duty(code)].name)


@register.filter
def duty_does(code: str) -> str:
    """Return what a duty does."""
    return _(TABLE[Duty(code)].does)


@register.simple_tag
def staff_name(ref: str) -> str:
    """Return the pseudonym of a person on the staff, the ref when there is none."""
    return queries.names_of([ref]).get(ref, ref)


@register.filter
def seen(at: datetime | None) -> str:
    """Return how long ago by real time, for logins: an exercise's clock does not move them."""
    if at is None:
        return "—"
    minutes = (clock.wall() - at) // timedelta(minutes=1)
    if minutes < 1:
        return _("just now")
    hours, rest = divmod(minutes, 60)
    if hours:
        return _("%(h)d h %(min)d min ago") % {"h": hours, "min": rest}
    return _("%(min)d min ago") % {"min": minutes}
