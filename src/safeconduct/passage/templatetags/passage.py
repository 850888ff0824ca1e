"""How a place that was typed is said back: so that whoever typed it sees what was understood."""

from django import template

from safeconduct.geo import Point
from safeconduct.passage.outlook import Request
from safeconduct.ways.coordinates import decimal, mgrs
from safeconduct.ways.danger import Danger
from safeconduct.ways.roads import E7

register = template.Library()


@register.filter
def start_of(request: Request, side: str) -> str:
    """Return where "his", the "team"'s or the "drone"'s way starts, in degrees and as a square of 10 m."""
    team = Point(request.team_lat_e7 / E7, request.team_lon_e7 / E7)
    point = {"his": request.his, "team": team, "drone": request.drone}[side]
    return f"{decimal(point)} ({mgrs(point)})" if point else ""


@register.filter
def square_of(danger: Danger) -> str:
    """Return where a report is, as a square of 10 m: two reports of one kind are told apart by it."""
    return mgrs(Point(danger.lat_deg, danger.lon_deg))
