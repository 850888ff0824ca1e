"""A place found by its name, for the fields of a planner's page: buttons that fill one, without a script.

Asked for in the body of a form: a proxy writes down addresses, and what is looked for is a place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext_noop as _

from safeconduct.geo import Point
from safeconduct.passage import roads
from safeconduct.refusal import Refused
from safeconduct.ways.coordinates import decimal, mgrs, understood
from safeconduct.ways.gazetteer import Found

KINDS = {
    "city": _("city"), "town": _("town"), "village": _("village"), "suburb": _("part of a town"),
    "hamlet": _("hamlet"), "locality": _("locality"), "street": _("street"), "fuel": _("fuel"),
    "church": _("church"), "parking": _("car park"), "quarry": _("quarry"), "yard": _("farmyard"),
    "water_tower": _("water tower"), "mast": _("mast"), "mill": _("mill"), "cross": _("cross"),
    "memorial": _("memorial"), "bus_stop": _("bus stop"), "crossing": _("level crossing"),
    "bridge": _("bridge"),
}  # fmt: skip
LONGEST = 100  # characters of what is looked for


@dataclass(frozen=True, slots=True)
class Line:
    """One place that may be meant.

    Attributes:
        region: its name, where regions were brought in; four in ten Ukrainian names repeat.
        fills: label of a field and what its button sends.
    """

    name: str
    kind: str
    within: str
    region: str
    decimal: str
    square: str
    fills: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked for on a page, and what its fields hold.

    Attributes:
        to: where the form asks.
        kept: what the form sends along, for the page to come back as it is.
        filled: field → what stands in it.
    """

    to: str
    text: str
    lines: Sequence[Line]
    kept: Mapping[str, str]
    filled: Mapping[str, str]


def finding(
    told: Mapping[str, str],
    *,
    to: str,
    fields: Mapping[str, str],
    keep: Mapping[str, str] = MappingProxyType({}),
    language: str,
) -> Finding:
    """Return what a page looks for, and what its fields were filled with.

    Args:
        told: of the form: `find` is looked for, and `fill` is a field and the place put into it.
        to: where the form asks.
        fields: name of a field → what the button that fills it says.
        keep: what else the form sends along.
        language: in which names are shown.
    """
    text = told.get("find", "").strip()[:LONGEST]
    filled = {name: told.get(name, "") for name in fields}
    field, _bar, place = told.get("fill", "").partition("|")
    if field in filled:
        filled[field] = place
    lines = [
        Line(
            each.name, KINDS.get(each.kind, each.kind), each.within,
            region.name(language) if (region := roads.region_at(each.point)) else "",
            decimal(each.point), mgrs(each.point),
            [(label, f"{name}|{decimal(each.point)}") for name, label in fields.items()],
        )
        for each in looked_for(text, language=language)
    ]  # fmt: skip
    return Finding(to, text, lines, {**keep, **filled}, filled)


def looked_for(text: str, *, language: str) -> list[Found]:
    """Return what a text may mean on the map in use: a place in any form, or names."""
    held, names = roads.current(), roads.names()
    if not text or held is None:
        return []
    middle = roads.middle(held[1])
    if point := _written(text, near=middle):
        return [Found(text, "", "", point, "")]
    return names.search(text, near=middle, language=language) if names else []


def _written(text: str, *, near: Point) -> Point | None:
    try:
        return understood(text, near=near).point
    except Refused:
        return None
