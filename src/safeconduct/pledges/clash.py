"""Whether two authorities promise different things for the same. Pure, and the same both ways round.

In 2022 three authorities promised three sums for one vehicle within five weeks: whoever has been told
two prices believes neither. So nothing is put in force beside what contradicts it, until a person says which binds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from safeconduct.pledges import money
from safeconduct.pledges.folding import normal
from safeconduct.refusal import N_, Refusal, Said, listed, said, word


class Thing(StrEnum):
    """For what a reward is given; "" is a version of an older release, which may be for any of these."""

    VEHICLE = "vehicle"
    TANK = "tank"
    CARRIER = "carrier"
    GUN = "gun"
    ROCKETS = "rockets"
    LORRY = "lorry"
    AIRCRAFT = "aircraft"
    HELICOPTER = "helicopter"
    SHIP = "ship"
    WEAPON = "weapon"
    ANYTHING = "anything"
    HIMSELF = "himself"


NAMES: Mapping[Thing, str] = MappingProxyType(
    {
        Thing.VEHICLE: N_("any vehicle"),
        Thing.TANK: N_("a tank"),
        Thing.CARRIER: N_("a fighting vehicle or carrier"),
        Thing.GUN: N_("a gun"),
        Thing.ROCKETS: N_("a rocket launcher"),
        Thing.LORRY: N_("a lorry or car"),
        Thing.AIRCRAFT: N_("an aircraft"),
        Thing.HELICOPTER: N_("a helicopter"),
        Thing.SHIP: N_("a ship"),
        Thing.WEAPON: N_("a weapon"),
        Thing.ANYTHING: N_("anything that is handed over"),
        Thing.HIMSELF: N_("that he comes, without any thing"),
    }
)
_VEHICLES = frozenset({Thing.TANK, Thing.CARRIER, Thing.GUN, Thing.ROCKETS, Thing.LORRY})


@dataclass(frozen=True, slots=True)
class Promised:
    """A version of a reward, as far as another could contradict it.

    Attributes:
        offer: its number; versions of one offer follow one another and contradict nothing.
        amount: minor units, None for no money.
    """

    offer: int
    authority: str
    given_for: str
    items: Sequence[str]
    amount: int | None
    currency: str
    starts_at: datetime
    expires_at: datetime | None


def same_thing(one: str, other: str) -> bool:
    """Return whether somebody could bring one thing for which both are promised."""
    if not one or not other or one == other:
        return True
    return _within(one, other) or _within(other, one)


def _within(one: str, other: str) -> bool:
    if other == Thing.VEHICLE:
        return one in _VEHICLES
    return other == Thing.ANYTHING and one != Thing.HIMSELF


def _overlap(one: Promised, other: Promised) -> bool:
    ends = other.expires_at is None or one.starts_at < other.expires_at
    return ends and (one.expires_at is None or other.starts_at < one.expires_at)


def _words(text: str) -> str:
    return " ".join(map(normal, text.split()))


def reasons(one: Promised, other: Promised) -> tuple[Said, ...]:
    """Return in what two rewards contradict one another; () where nobody could be promised both."""
    if one.offer == other.offer or _words(one.authority) == _words(other.authority):
        return ()
    if not same_thing(one.given_for, other.given_for) or not _overlap(one, other):
        return ()
    found = []
    if (one.amount, one.currency) != (other.amount, other.currency):
        found.append(said("another sum: {one}, and {other}", one=_sum(one), other=_sum(other)))
    here, there = _things(one), _things(other)
    if set(here) != set(there):
        only = [here.get(key) or there[key] for key in sorted(here.keys() ^ there.keys())]
        found.append(said("promised by one of them alone: {items}", items=listed(only)))
    return tuple(found)


def _sum(one: Promised) -> str:
    return word(N_("no money")) if one.amount is None else money.told(one.amount, one.currency)


def _things(one: Promised) -> dict[str, str]:
    """Return what is promised beside the sum, by its words however they are spaced and written."""
    of_money = money.sum_item(one.items, one.amount)
    return {_words(item): item for item in one.items if item != of_money}


def refused(number: str, authority: str, why: Sequence[Said]) -> Refusal:
    """Return the refusal to put a version in force beside another that contradicts it."""
    return Refusal(
        "offer.clash",
        said(
            "Another authority promises otherwise for the same: {number}, {authority} ({why}).",
            number=number,
            authority=authority,
            why=listed(why, by="; "),
        ),
        "Withdraw or change one of the two, or ask a lawyer (LEG) to sign which one binds.",
    )
