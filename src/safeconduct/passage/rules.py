"""When a plan may be approved, offered, agreed and set off, and what burns. Pure; `now` is given.

Going needs several people; stopping needs one and is judged nowhere here. Place, time and sign
never stand in one message, in either direction.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from safeconduct.access.rules import Duty, Given, shares_duty
from safeconduct.geo import Point, distance_m
from safeconduct.refusal import Refusal
from safeconduct.watch.alerts import Checkpoint, Hold

APPROVERS = (Duty.DPC, Duty.LEG)
GOERS = (Duty.DPC, Duty.FCO, Duty.RCV)
LETTERS = ("A", "B")


class State(StrEnum):
    """Where a plan stands. A changed or lapsed plan is a new draft; one he was told burns."""

    DRAFT = "DRAFT"
    ONE_OF_TWO = "ONE_OF_TWO"
    OPEN = "OPEN"
    OFFERED = "OFFERED"
    AGREED = "AGREED"
    CLOSED = "CLOSED"
    BURNED = "BURNED"


LIVING = frozenset({State.DRAFT, State.ONE_OF_TWO, State.OPEN, State.OFFERED, State.AGREED})
TOLD = frozenset({State.OFFERED, State.AGREED})  # he knows places, a time and signs


class Fact(StrEnum):
    """What a message can say of a plan. Two of them never stand in one message."""

    PLACE = "PLACE"
    TIME = "TIME"
    SIGN = "SIGN"


@dataclass(frozen=True, slots=True)
class RouteUnderEscort:
    """What the escort may know of a passage: the agreed way, and nothing of the person.

    Attributes:
        plan: ref of the plan; a new plan is a new escort.
        letter: A or B, as he chose.
        since: GO.
        corridor_m: half width of the agreed corridor (programme limit off_route).
        starts_from, starts_until: the start window.
        signs: what he shows, in English.
    """

    passage: str
    plan: str
    case: str
    compartment: str
    letter: str
    line: tuple[Point, ...]
    corridor_m: int
    holds: tuple[Hold, ...]
    checkpoints: tuple[Checkpoint, ...]
    meeting_place: Point
    starts_from: datetime
    starts_until: datetime
    since: datetime
    signs: tuple[str, ...]
    heads: int
