"""How the slugs of a request are said to a person."""

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

_GROUNDS: dict[str, Promise] = {
    "consent": _("consent of the one who is sought"),
    "decision": _("legal decision"),
}
_ANSWERS: dict[str, Promise] = {
    "tracing_same": _("the words that anybody gets"),
    "tracing_confirmed": _("that the bureau has confirmed news"),
}
_LACKS: dict[str, Promise] = {
    "kinship": _("proof of kinship"),
    "ground": _("by what the asker may be told"),
    "described": _("what tells him from his namesakes"),
    "decided": _("a lawyer’s yes"),
}


@register.filter
def ground_word(slug: str) -> Promise | str:
    """Return how a ground is called."""
    return _GROUNDS.get(slug, slug)


@register.filter
def answer_word(slug: str) -> Promise | str:
    """Return what an answer said."""
    return _ANSWERS.get(slug, slug)


@register.filter
def lack_word(slug: str) -> Promise | str:
    """Return how something is called that a request lacks."""
    return _LACKS.get(slug, slug)
