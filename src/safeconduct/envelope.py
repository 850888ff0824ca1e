"""What crosses between edge and core, and the one form in which it is carried. Pure values.

Plain things (`InboundText`, `IdentityChanged`, `OutboundText`, `Receipt`, `Position` …) exist in
memory only; on any disk or wire they lie inside a `Sealed`.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter, call
from typing import Any, Self, get_args, get_origin

_MOST = 2**63  # what a database column holds
_NORTH_E7, _EAST_E7 = 90 * 10**7, 180 * 10**7

PAGE_HANDLE = "web:"  # begins a handle of the contact page; 52 letters of base32 follow
_PAGE_HANDLE = re.compile(rf"{PAGE_HANDLE}[a-z2-7]{{52}}")
_ACCOUNT = re.compile(
    rf"{_PAGE_HANDLE.pattern}|telegram:[0-9]{{1,16}}|signal:[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}"
)


def is_page_handle(text: str) -> bool:
    """Return whether a sender wrote by the contact page: 56 letters, more than any number has."""
    return _PAGE_HANDLE.fullmatch(text) is not None


def account_channel(text: str) -> str:
    """Return whose account a handle is, "web", "telegram" or "signal"; "" for a number or a name."""
    return text.partition(":")[0] if _ACCOUNT.fullmatch(text) else ""


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
        return cls.from_told(_object(raw))

    @classmethod
    def from_told(cls, told: Mapping[str, Any]) -> Self:
        """Read what `insist_known` returned. Raises as `from_bytes`."""
        if told.get("is") != cls.__name__:
            raise ValueError(f"these bytes are no {cls.__name__}")
        kind: Any = cls
        kinds = _kinds(kind)
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
    kinds, usual = {**_kinds(kind), "is": str}, _defaults(kind)
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
def _kinds(kind: type[Any]) -> dict[str, Any]:
    return {field.name: field.type for field in fields(kind)}


@lru_cache(maxsize=64)
def _defaults(kind: type[Any]) -> dict[str, Any]:
    return {each.name: each.default for each in fields(kind) if each.default is not MISSING}


def _object(raw: bytes) -> dict[str, Any]:
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
    return str(_object(raw).get("is", ""))


@dataclass(frozen=True, slots=True)
class InboundText(Carried):
    """One text as a channel delivered it: one SMPP PDU, assembled later, never merged here.

    Attributes:
        arrived_at: wall time at the gateway.
        reference, part, parts: concatenation group, 0, 1, 1 for a single text.
        raw: undecodable bytes, kept; `text` is then "".
        maybe_again: equal bytes arrived just before, after a reconnect of ours.
        edited: a new version of a text that he had sent before; the earlier one stays.
    """

    route: str
    arrival: int
    arrived_at: datetime
    sender: str
    recipient: str
    text: str
    reference: int
    part: int
    parts: int
    raw: bytes
    maybe_again: bool
    edited: bool = False


@dataclass(frozen=True, slots=True)
class IdentityChanged(Carried):
    """A channel's own word, unasked, that another device or card may answer by a handle now.

    Signal's safety number is such a word. Nothing is looked up to learn it, and it has no content.

    Attributes:
        handle: the number or account, as the channel writes it.
        at: wall time at the gateway.
    """

    route: str
    handle: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OutboundText(Carried):
    """One text to leave by one route; `attempt` is the idempotency key on the way."""

    attempt: str
    route: str
    sender: str
    recipient: str
    text: str
    not_after: datetime


@dataclass(frozen=True, slots=True)
class OutboundBatch(Carried):
    """The texts of a campaign that one claim lets go, each to leave as an `OutboundText` of its own.

    Attributes:
        texts: what they say; most say the same.
        attempts, recipients, says: one for each; `says` is the place of its text in `texts`.
    """

    route: str
    sender: str
    texts: list[str]
    attempts: list[str]
    recipients: list[str]
    says: list[int]
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SendResult(Carried):
    """What became of an attempt at the gateway.

    Attributes:
        outcome: SENT, REFUSED or UNKNOWN.
        carrier_ids: one per part, in order; "" where the part had no answer.
        status: the carrier's command status, 0 when none.
    """

    attempt: str
    route: str
    outcome: str
    carrier_ids: list[str]
    status: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SendResults(Carried):
    """What became of many attempts by one route: in each list one for each; an id "" where there is none."""

    route: str
    attempts: list[str]
    outcomes: list[str]
    carrier_ids: list[str]
    statuses: list[int]
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt(Carried):
    """A delivery receipt. `stat` is the carrier's word (DELIVRD, EXPIRED …), not ours."""

    route: str
    arrival: int
    carrier_id: str
    recipient: str
    stat: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Position(Carried):
    """One fix. Integers: 1e-7 degrees, millimetres, mm/s, hundredths of a degree.

    Attributes:
        subject: "vehicle" or "aircraft:<n>".
        source: who said so: "own", "pilot", "tracker", "aircraft".
        health: integers that judge trust: satellites, fix_type, ekf_flags, battery_percent,
            link_percent; absent where not told.
    """

    route: str
    arrival: int
    subject: str
    source: str
    fixed_at: datetime
    received_at: datetime
    lat_e7: int
    lon_e7: int
    alt_mm: int
    speed_mm_s: int
    heading_cdeg: int
    health: dict[str, int]

    def __post_init__(self) -> None:
        """Refuse a place that is not on Earth. Raises ValueError: there is no such place."""
        if abs(self.lat_e7) > _NORTH_E7 or abs(self.lon_e7) > _EAST_E7:
            raise ValueError("a fix lies between 90 degrees south and north, 180 west and east")


@dataclass(frozen=True, slots=True)
class Marker(Carried):
    """An area for the units' own maps: shape, time, a random reference. No name, no case.

    Attributes:
        shape: "polygon", "circle" or "point"; `ring_e7` has lat, lon pairs in 1e-7 degrees.
        ended: a named person ended it; the marker is taken off the map.
    """

    marker: str
    shape: str
    ring_e7: list[list[int]]
    radius_m: int
    valid_from: datetime
    valid_until: datetime
    ended: bool


@dataclass(frozen=True, slots=True)
class Page(Carried):
    """A content-free call to one person on duty: he is to look at the console."""

    attempt: str
    route: str
    recipient: str
    text: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """One carried thing: sealed, signed with those stored beside it, numbered, idempotent (spool/form.py).

    Attributes:
        sender: who sealed it, also the name of its verification key.
        seq: 1, 2, 3 … without a gap for each sender.
        prev: hash of the previous thing, 32 zero bytes for the first.
        key: idempotency key, opaque.
        wrap: the wrapped key of its batch.
        box: ciphertext under that key.
    """

    sender: str
    seq: int
    prev: bytes
    key: str
    wrap: bytes
    box: bytes


KINDS: dict[str, type[Carried]] = {
    kind.__name__: kind
    for kind in (
        *(InboundText, IdentityChanged, OutboundText, OutboundBatch, SendResult, SendResults),
        *(Receipt, Position, Marker, Page),
    )
}


def insist_known(raw: bytes) -> Mapping[str, Any]:
    """Return what these bytes tell, by field, for `Carried.from_told`; nothing of what is no thing at all.

    Raises:
        Newer: with a kind, or a field of one, that is not known here.
    """
    try:
        told = _object(raw)
    except ValueError:
        return {}
    name = told.get("is", "")
    if not isinstance(name, str) or not name:
        return told
    if name not in KINDS:
        raise Newer("a kind that this release does not know: bring this side up")
    kind: Any = KINDS[name]
    if told.keys() - _kinds(kind).keys() != {"is"}:
        raise Newer(f"a {name} of a newer release: bring this side up")
    return told
