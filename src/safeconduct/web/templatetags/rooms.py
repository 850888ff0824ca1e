"""Whether a link is worth showing: a door that would not open is no way on."""

from django import template

from safeconduct.access.rules import Officer
from safeconduct.web import frame

register = template.Library()


@register.filter
def opens_to(url: str, officer: Officer | None) -> bool:
    """Return whether the page at `url` opens to one of the officer's duties."""
    return officer is not None and frame.is_open(url, officer.duties)
