"""The signature of a handover: the form of access, sent to this room's door; and the pictograms."""

from typing import Any

from django import template
from django.template import RequestContext
from django.utils.safestring import SafeString, mark_safe

from safeconduct.access.rules import Act
from safeconduct.access.templatetags.access import approve_form
from safeconduct.documents.briefing import drawing

register = template.Library()


@register.inclusion_tag("access/_approve.html", takes_context=True)
def sign_form(context: RequestContext, act: Act, name: str, label: str, ref: str) -> dict[str, Any]:
    """Draw the form by which the officer signs a handover."""
    return approve_form(
        context, f"/reception/{ref}/sign/", act, context["officer"], label, name=name, key="y"
    )


@register.simple_tag
def pictogram(name: str) -> SafeString:
    """Return a drawing of ours, in the colour of the text around it; a word beside it says what it is."""
    drawn = drawing(name).replace("<svg ", '<svg class="pictogram" aria-hidden="true" ', 1)
    return mark_safe(drawn)  # noqa: S308  a file of this package, never anybody's text
