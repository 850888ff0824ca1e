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
    """Return where "his" or the "team"'s way starts, in degrees and as a square of 10 m."""
    his = side == "his"
    lat_e7, lon_e7 = (
        (request.his_lat_e7, request.his_lon_e7)
        if his
        else (request.team_lat_e7, request.team_lon_e7)
    )
    point = Point(lat_e7 / E7, lon_e7 / E7)
    return f"{decimal(point)} ({mgrs(point)})"


@register.filter
def square_of(danger: Danger) -> str:
    """Return where a report is, as a square of 10 m: two reports of one kind are told apart by it."""
    return mgrs(Point(danger.lat_deg, danger.lon_deg))
