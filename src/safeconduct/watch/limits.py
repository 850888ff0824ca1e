"""The programme's limits on their way to a station: integers alone, thousandths of a second or metre. Pure."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import timedelta
from typing import Any

from safeconduct.watch.known import Limits
from safeconduct.watch.relay import Times

_MILLI = timedelta(milliseconds=1)
_RELAY = "relay."


def told(limits: Limits) -> dict[str, int]:
    """Return limits by name; what is not set is left out."""
    found = {}
    for name, value in _flat(limits):
        if isinstance(value, timedelta):
            found[name] = value // _MILLI
        elif value is not None:
            found[name] = round(value * 1000)
    return found


def _flat(limits: Limits) -> list[tuple[str, Any]]:
    own = [(each.name, getattr(limits, each.name)) for each in fields(Limits)]
    relay = [(_RELAY + each.name, getattr(limits.relay, each.name)) for each in fields(Times)]
    return [pair for pair in own if pair[0] != "relay"] + relay


def read(limits: Mapping[str, int]) -> Limits:
    """Return what `told` wrote. A limit that this release does not know belongs to no rule of it.

    Raises:
        ValueError: one is missing, so a rule of this release could not judge.
    """
    relay = {each.name: _read(limits, _RELAY, each) for each in fields(Times)}
    own = {each.name: _read(limits, "", each) for each in fields(Limits) if each.name != "relay"}
    return Limits(**own, relay=Times(**relay))


def _read(limits: Mapping[str, int], prefix: str, field: Any) -> Any:
    name, is_span = prefix + field.name, "timedelta" in str(field.type)
    if name in limits:
        return limits[name] * _MILLI if is_span else limits[name] / 1000
    if "None" in str(field.type):
        return None
    if field.default is not MISSING:
        return field.default
    raise ValueError(f"the limit {name} is missing: bring the core up to this release")
