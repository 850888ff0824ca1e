"""The yes to what is put up on a case: the form of access, sent to this room's door."""

from typing import Any

from django import template
from django.template import RequestContext
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeconduct.access.rules import Act
from safeconduct.access.templatetags.access import approve_form, duty_name
from safeconduct.cases import alike, graded
from safeconduct.cases.words import SOURCES

register = template.Library()

_ALIKE: dict[str, Promise] = {
    alike.SAME: gettext_lazy("one name"),
    alike.LETTERS: gettext_lazy("one name in other letters"),
    alike.NEAR: gettext_lazy("one name but for one sound"),
    alike.BORN: gettext_lazy("one birth date"),
    alike.SLIP: gettext_lazy("one birth date but for a slip"),
    alike.PHONE: gettext_lazy("one telephone"),
}


@register.filter
def alike_word(slug: str) -> Promise | str:
    """Return why two lines of a list may be one person."""
    return _ALIKE.get(slug, slug)


@register.filter
def source_word(slug: str) -> str:
    """Return where a signal comes from."""
    return _(SOURCES[graded.Source(slug)])


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
