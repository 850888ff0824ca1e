"""One tag for every form: where it says `csrf_token`, it also gets its own `once`.

The tag of Django is replaced in settings, so that no form can be written without it.
"""

import secrets

from django import template
from django.template.base import Parser, Token
from django.template.context import Context
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString

from safeconduct.access.doors import ONCE

register = template.Library()


class _FormNode(CsrfTokenNode):
    def render(self, context: Context) -> SafeString:
        field = SafeString(super().render(context))
        if not field:
            return field
        return format_html(
            '{}<input type="hidden" name="{}" value="{}">', field, ONCE, secrets.token_hex(32)
        )


@register.tag
def csrf_token(_parser: Parser, _token: Token) -> CsrfTokenNode:
    """Put both hidden fields into a form."""
    return _FormNode()
