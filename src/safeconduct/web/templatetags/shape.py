"""The console's shapes: stage by shape, state by word. The symbols are in web/sprite.html."""

from django import template

register = template.Library()


@register.inclusion_tag("web/shape.html", name="shape")
def shape(name: str, label: str = "", tone: str = "") -> dict[str, str]:
    """Draw the symbol `name`; with a label it speaks, without one the word stands beside it."""
    return {"id": name, "label": label, "tone": tone}
