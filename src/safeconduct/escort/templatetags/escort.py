"""What a state of the case is called, and drawn as."""

from django import template

from safeconduct.cases import gates

register = template.Library()


@register.filter
def state_name(state: str) -> str:
    """Return what a state of the case is called."""
    return gates.name_of(state)


@register.filter
def state_shape(state: str) -> str:
    """Return the symbol of a state of the case."""
    return gates.shape_of(state)
