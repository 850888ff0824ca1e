"""The yes to what is put up on a case: the form of access, sent to this room's door."""

from typing import Any

from django import template
from django.template import RequestContext
from django.utils.translation import gettext as _

from safeconduct.access.rules import Act
from safeconduct.access.templatetags.access import approve_form, duty_name

register = template.Library()


@register.inclusion_tag("access/_approve.html", takes_context=True)
def yes_form(context: RequestContext, case: str, act: Act, proposal: str) -> dict[str, Any]:
    """Draw the form by which the officer says yes to a proposal on a case."""
    return approve_form(
        context,
        f"/cases/{case}/approve/",
        act,
        context["officer"],
        _("Say yes with passkey, as %(duty)s") % {"duty": duty_name(act.duty)},
        hidden={"proposal": proposal},
        name="cases.approve",
        key="y",
    )
