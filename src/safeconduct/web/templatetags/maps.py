"""What a page with a map loads: Leaflet always; MapLibre where this install brought it and the map has tiles."""

from functools import cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders

from safeconduct.passage import ground
from safeconduct.ways.roads import ATTRIBUTION

register = template.Library()
BROUGHT = "maplibre/maplibre-gl.mjs"  # by hatch_build.py, into a release


@cache
def has_maplibre() -> bool:
    """Return whether this install brought MapLibre: a release did, a checkout did not."""
    return finders.find(BROUGHT) is not None


@register.inclusion_tag("web/maps.html")
def map_scripts() -> dict[str, Any]:
    """Load what draws a map."""
    return {"tiles": ground.version() if has_maplibre() else "", "attribution": ATTRIBUTION}
