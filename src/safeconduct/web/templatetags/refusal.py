"""A refusal in the language of its reader: why, and what to do next."""

from django import template
from django.utils.translation import gettext

from safeconduct.refusal import Refusal
from safeconduct.refusal import told as in_words

register = template.Library()


@register.filter
def told(refusal: Refusal | None) -> str:
    """Return why and remedy, one after the other; a template escapes them as any other text."""
    if refusal is None:
        return ""
    return f"{in_words(refusal.why, gettext)} {in_words(refusal.remedy, gettext)}".strip()
