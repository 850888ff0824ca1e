"""The signature of a handover: the form of access, sent to this room's door."""

from typing import Any

from django import template
from django.template import RequestContext

from safeconduct.access.rules import Act
from safeconduct.access.templatetags.access import approve_form

register = template.Library()


@register.inclusion_tag("access/_approve.html", takes_context=True)
def sign_form(context: RequestContext, act: Act, name: str, label: str, ref: str) -> dict[str, Any]:
    """Draw the form by which the officer signs a handover."""
    return approve_form(
        context, f"/reception/{ref}/sign/", act, context["officer"], label, name=name, key="y"
    )
