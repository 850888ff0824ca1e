"""How promises and offers are said to a person."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from safeconduct.pledges import clash
from safeconduct.pledges.money import MINOR, told
from safeconduct.refusal import told as in_words

register = template.Library()

_STATES: dict[str, tuple[Promise, str, str]] = {
    "OVERDUE": (_("Overdue"), "bang", "attention"),
    "FAILED": (_("Failed"), "s-side", "danger"),
    "DUE": (_("Due"), "due", ""),
    "ACCEPTED": (_("Accepted"), "due", ""),
    "SHOWN": (_("Shown, not answered"), "word", ""),
    "WAIVED": (_("Given up by him"), "s-end", ""),
    "FULFILLED": (_("Kept"), "yes", "safe"),
}
_OFFERS: dict[str, Promise] = {
    "live": _("in force"),
    "waiting": _("waits for approval"),
    "withdrawn": _("withdrawn"),
    "over": _("has run out"),
    "future": _("begins later"),
}
_ORDERS: dict[str, Promise] = {
    "waiting": _("waits for approval"),
    "approved": _("approved, not paid yet"),
    "done": _("done"),
    "cancelled": _("cancelled"),
}
_KINDS: dict[str, Promise] = {"reward": _("Reward"), "standard": _("Standard of custody")}


@register.filter
def state_word(state: str) -> Promise:
    """Return the word of a promise's state."""
    return _STATES[state][0]


@register.filter
def state_shape(state: str) -> str:
    """Return its shape."""
    return _STATES[state][1]


@register.filter
def state_tone(state: str) -> str:
    """Return its tone, "" for none."""
    return _STATES[state][2]


@register.filter
def standing_word(standing: str) -> Promise:
    """Return where a version of an offer stands."""
    return _OFFERS[standing]


@register.filter
def kind_word(kind: str) -> Promise:
    """Return what kind of offer it is."""
    return _KINDS[kind]


@register.filter
def thing_word(given_for: str) -> str:
    """Return for what a reward is given; a version of an older release does not say."""
    return gettext(clash.NAMES[clash.Thing(given_for)]) if given_for else "—"


@register.filter
def said(text: str) -> str:
    """Return a sentence with its values in the reader's language."""
    return in_words(text, gettext)


@register.filter
def money(minor: int | None, currency: str) -> str:
    """Return an amount of minor units: 1000000 USD comes out as "10,000 USD"."""
    return "—" if minor is None else told(minor, currency)


@register.filter
def order_word(state: str) -> Promise:
    """Return what has become of a payment order."""
    return _ORDERS[state]


@register.filter
def typed(minor: int) -> str:
    """Return an amount as a field takes it: "10000.00"."""
    return f"{minor // MINOR}.{minor % MINOR:02}"
