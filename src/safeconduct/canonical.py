"""The one byte form of plain content, and what knows its own: `Carried`, written and read back. Pure."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, call
from typing import Any, Self, get_args, get_origin

_MOST = 2**63  # what a database column holds


def canonical(content: Any) -> bytes:
    """Return the one byte form of plain content: sorted keys, no spaces, UTF-8.

    Raises:
        TypeError: a float, for two machines may print it apart; or something JSON does not know.
    """
    _refuse_floats(content)
    return _CANONICAL.encode(content).encode()


# Made once: `json.dumps` with words of its own makes one for each call.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_QUOTED = json.encoder.encode_basestring


def _refuse_floats(content: Any) -> None:
    if isinstance(content, float):
        raise TypeError("canonical content has integers only; scale the number and name its unit")
    if isinstance(content, dict):
        content = content.values()
    elif not isinstance(content, (list, tuple)):
        return
    for value in content:
        if not isinstance(value, (str, int)):
            _refuse_floats(value)


class Newer(ValueError):
    """A kind, or a field of one, that this release does not know: whoever wrote it is of a newer one."""


class Carried:
    """Anything that knows its canonical bytes and can be read back from them.

    A field that a later release adds has a default. What holds the default is not written, so that a
    release before reads all that says nothing new; and where it is missing, the default stands for it.
    """

    def to_bytes(self) -> bytes:
        """Return canonical JSON with the kind of thing it is."""
        kind: Any = type(self)
        usual = _defaults(kind).items()
        form = _form(kind, tuple(name for name, value in usual if getattr(self, name) != value))
        return (form[0] % tuple(map(call, form[1], form[2](self)))).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read back what `to_bytes` wrote. Whoever seized a gateway signs what he likes.

        Raises:
            Newer: it has a field that is not known here.
            ValueError: the bytes are another kind of thing, not ours, or hold what it cannot.
        """
        return cls.from_told(object_of(raw))

    @classmethod
    def from_told(cls, told: Mapping[str, Any]) -> Self:
        """Read what `insist_known` returned. Raises as `from_bytes`."""
        if told.get("is") != cls.__name__:
            raise ValueError(f"these bytes are no {cls.__name__}")
        kind: Any = cls
        kinds = kinds_of(kind)
        if told.keys() - kinds.keys() != {"is"}:
            raise Newer(f"a {cls.__name__} of a newer release: bring this side up")
        if kinds.keys() - told.keys() - _defaults(kind).keys():
            raise ValueError(f"a {cls.__name__} has other fields than these bytes")
        return cls(**{name: _read(of, told[name]) for name, of in kinds.items() if name in told})


@lru_cache(maxsize=256)
def _form(
    kind: Any, said: tuple[str, ...]
) -> "tuple[str, list[Callable[[Any], str]], attrgetter[Any]]":
    """Return a place for each field as `canonical` orders them, what writes each, and what gets them.

    The kind stands under "is", as no field is called. Of those with a default stand the `said` ones.
    """
    kinds, usual = {**kinds_of(kind), "is": str}, _defaults(kind)
    names = sorted(name for name in kinds if name in said or name not in usual)
    places = ("__class__.__name__" if name == "is" else name for name in names)
    whole = ",".join(f'"{name}":%s' for name in names)
    writes = [_WRITES.get(kinds[name], lambda value: canonical(value).decode()) for name in names]
    return "{" + whole + "}", writes, attrgetter(*places)


# What writes a value of a kind as `canonical` does, without its detours. Each raises TypeError for another.
_WRITES: dict[Any, Callable[[Any], str]] = {
    str: _QUOTED,
    int: int.__repr__,
    bool: ("false", "true").__getitem__,
    datetime: lambda value: f'"{value.isoformat()}"',
    bytes: lambda value: f'"{base64.b64encode(value).decode()}"',
    list[str]: lambda value: f"[{','.join(map(_QUOTED, value))}]",
}


@lru_cache(maxsize=64)
def kinds_of(kind: type[Any]) -> dict[str, Any]:
    """Return the fields of a kind, each with the kind of what it holds."""
    return {field.name: field.type for field in fields(kind)}


@lru_cache(maxsize=64)
def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {each.name: each.default for each in fields(kind) if each.default is not MISSING}


def object_of(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in these bytes. Raises ValueError: they hold none."""
    try:
        told = json.loads(raw)
    except RecursionError:
        raise ValueError("these bytes are nested deeper than anything of ours") from None
    if not isinstance(told, dict):
        raise ValueError("these bytes are no thing of ours")  # noqa: TRY004  as from_bytes says
    return told


def _read(kind: Any, value: Any) -> Any:
    """Return one field's value as its kind has it. Raises ValueError: it is of another kind."""
    if kind is str and type(value) is str:
        value.encode()  # half a surrogate pair is no text
        return value
    if type(value) is kind and (kind is bool or (kind is int and abs(value) < _MOST)):
        return value
    if kind is datetime and isinstance(value, str):
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None:
            return at
    elif kind is bytes and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    elif get_origin(kind) is list and isinstance(value, list):
        return [_read(get_args(kind)[0], each) for each in value]
    elif get_origin(kind) is dict and isinstance(value, dict):
        of = get_args(kind)[1]
        return {name: _read(of, each) for name, each in value.items()}
    raise ValueError("a field holds what it cannot")


def kind_of(raw: bytes) -> str:
    """Return the name of the kind that `to_bytes` wrote, "" if there is none. Raises as `from_bytes`."""
    return str(object_of(raw).get("is", ""))
