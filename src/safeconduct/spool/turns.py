"""Whether a gateway keeps up with the keys of its link, which are turned each week. Pure; wall time.

Whatever is carried opens with the key of its week and for one week more. A gateway that is away for two
turns falls out: what lay on it before opens never more. One whose release hears of no turn would fall out while
it is linked, so no key is turned as long as it is known.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from safeconduct.spool.protocol import FOLLOWS_TURNS

WARNS_BEFORE = timedelta(days=5)  # (P) time to bring a machine back, over a weekend too


class Keeps(StrEnum):
    """How a gateway keeps up."""

    WELL = "well"
    HOLDS = "holds"  # no key is turned because of it
    WANES = "wanes"  # it missed a turn, and the next comes soon
    OUT = "out"  # it missed two


@dataclass(frozen=True, slots=True)
class Turns:
    """When the keys were and will be turned.

    Attributes:
        last: of the last turn, or when the first keys were made.
        before: of the turn before that, None when there was none.
        following: of the next, at the earliest.
    """

    last: datetime
    before: datetime | None
    following: datetime

    @classmethod
    def of(cls, told: dict[str, Any]) -> Self:
        """Read what the keeper tells (keeper/links.py:Links.ping)."""
        last, before, following = (
            datetime.fromtimestamp(int(told[name]), UTC) for name in ("turned", "before", "turns")
        )
        return cls(last, before if told["before"] else None, following)


@dataclass(frozen=True, slots=True)
class Keeping:
    """One gateway.

    Attributes:
        linked: when it was linked last, or enrolled where it never was.
        ever: it was linked once.
        until: what lies on it opens until then, at the least.
        calls: somebody is to be called about it.
    """

    gateway: str
    keeps: Keeps
    linked: datetime
    ever: bool
    until: datetime
    calls: bool


def keeping(
    gateway: str, *, speaks: int | None, linked: datetime, turns: Turns, wall: datetime
) -> Keeping:
    """Judge how a gateway keeps up.

    Args:
        speaks: its protocol; None where it was never linked.
        linked: when it was linked last; for one that never was, when it was enrolled.
    """
    following = max(turns.following, wall)  # it may be due: held up, or waiting for its night
    week = turns.following - turns.last
    until = following if linked < turns.last else following + week
    keeps = Keeps.WELL
    if turns.before is not None and linked < turns.before:
        keeps = Keeps.OUT
    elif speaks is not None and speaks < FOLLOWS_TURNS:
        keeps = Keeps.HOLDS
    elif until - wall <= WARNS_BEFORE:
        keeps = Keeps.WANES
    overdue = wall >= turns.following
    calls = keeps in {Keeps.OUT, Keeps.WANES} or (keeps is Keeps.HOLDS and overdue)
    return Keeping(gateway, keeps, linked, speaks is not None, until, calls)
