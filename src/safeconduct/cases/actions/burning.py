"""What he was told: written down when it is told, burned on every exit but contact, kept for ever.

The list stands under its own key. A grid of keyed hashes finds the places near a point without
opening the list; only those near are opened and measured.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from safeconduct.access import keyring
from safeconduct.access.boxes import Box
from safeconduct.access.keyring import BURNED, Keyring
from safeconduct.access.rules import Officer, Purpose, WorkerId
from safeconduct.audit import actions as audit
from safeconduct.cases import queries, touching
from safeconduct.cases.actions.taking import burn, journal
from safeconduct.cases.models import BurnedPlace, BurnedSign, Case
from safeconduct.geo import Point, distance_m
from safeconduct.refs import new_ref
from safeconduct.refusal import Refusal, insist

E7 = 10_000_000
_POS = "cases.BurnedPlace.pos"
# Rows of the grid are this many 1e-7 degrees: 0.009° of latitude is 1,001 m, so that any place
# within the programme's 500 m lies in the same square or in one beside it.
CELL_E7 = 90_000
# East to west a square is wide enough up to 60° of latitude, where a degree is half as long.
CELL_EAST_E7 = 180_000


@transaction.atomic
def tell(
    who: Officer | WorkerId,
    *,
    ref: str,
    places: Sequence[Point],
    radius_m: float,
    points: Sequence[Point] = (),
    signs: Sequence[str] = (),
    challenge: str = "",
    now: datetime,
) -> None:
    """Write down what a person is to be told, before he is told it.

    From then on no place of it is ever used again, for anybody; if the case leaves the way other
    than by contact, it burns with all around it. A place that was free when it was planned is
    judged once more here, where all who tell stand in one line.

    Args:
        places: where he is to be met; each must be free.
        radius_m: metres around a burned place (programme limit burned_place).
        points: what else he will know, as hold points; they too must be free, by the same rule.
        signs: what he is to show, and `challenge` what he is to answer; kept as keyed hashes.

    Raises:
        Refused: a place is used or burned, or the keeper does not open the burned list for `who`.
        Absent: see `queries.case_for`.
    """
    case = queries.case_for(who, Purpose.WRITE, ref=ref, lock=True)
    journal(case, who.ref, "case.told", now=now)  # its lock comes first: two who tell take turns
    insist(_all_free(who, [*places, *points], radius_m=radius_m))
    insist(_none_waits(case))
    _enter(who, case, (*places, *points), signs=signs, challenge=challenge, now=now)


@transaction.atomic
def burn_untold(
    who: WorkerId,
    *,
    ref: str,
    points: Sequence[Point],
    signs: Sequence[str],
    challenge: str,
    now: datetime,
) -> None:
    """Burn what stands in a plan that he was not told: whoever seized it may have read it there.

    Args:
        points: its meeting places and hold points.
        signs: see `tell`, as `challenge`.

    Raises:
        Refused: the keeper does not open the burned list for `who`.
        Absent: there is no such case.
    """
    case = queries.case_for(who, Purpose.WRITE, ref=ref, lock=True)
    journal(case, who.ref, "case.untold burned", now=now)
    _enter(who, case, points, signs=signs, challenge=challenge, now=now)
    burn(*_told_in(case), now=now)


def _told_in(case: Case) -> tuple[QuerySet[BurnedPlace], QuerySet[BurnedSign]]:
    mine = {"case_ref": case.ref}
    return BurnedPlace.objects.filter(**mine), BurnedSign.objects.filter(**mine)


def _enter(
    who: Officer | WorkerId,
    case: Case,
    points: Sequence[Point],
    *,
    signs: Sequence[str],
    challenge: str,
    now: datetime,
) -> None:
    ring = keyring.open_fields(who, Purpose.WRITE, [BURNED], ["pos"])
    for point in points:
        row = new_ref()
        text = f"{round(point.lat_deg * E7)} {round(point.lon_deg * E7)}"
        cell = _mark(ring, _cell(point))
        pos = ring.seal(text, field=_POS, kind="pos", compartment=BURNED, ref=row)
        BurnedPlace.objects.create(ref=row, case_ref=case.ref, cell=cell, pos=pos, told_at=now)
        audit.remember("place", {"ref": row, "cell": cell.hex(), "pos": pos.hex()}, now=now)
    marks = [("sign", sign) for sign in signs] + ([("challenge", challenge)] if challenge else [])
    for what, value in marks:
        mark = _mark(ring, f"{what}|{case.ref}|{value}")
        BurnedSign.objects.create(case_ref=case.ref, what=what, mark=mark, told_at=now)
        audit.remember("sign", {"what": what, "mark": mark.hex()}, now=now)


def _none_waits(case: Case) -> Refusal | None:
    """Refuse to tell a place of a plan that was seized and has not burned yet."""
    if not touching.waits(case):
        return None
    return Refusal(
        "case.seized",
        "Something that knew this case was seized, and the places of its plans are being burned.",
        "Wait a moment, then make a new plan.",
    )


def _all_free(
    who: Officer | WorkerId, places: Sequence[Point], *, radius_m: float
) -> Refusal | None:
    if not burned_of(who, places, radius_m=radius_m):
        return None
    return Refusal(
        "case.place_burned",
        "A place of this plan was told to somebody, or burned, since it was planned.",
        "Make a new plan; the choices leave such places out.",
    )


@transaction.atomic
def bring_burned_back(told: Mapping[str, str], *, at: datetime) -> None:
    """Enter a place or sign that was told or burned after the copy that was restored.

    Whose it was is not known any more, nor how his way ended, so it burns at once.

    Args:
        told: one value of the register: of kind "place", "sign" or "burned".
        at: world time of the act.
    """
    if "cell" in told:
        cell = bytes.fromhex(told["cell"])
        pos = Box(bytes.fromhex(told["pos"]), column=_POS, ref=told["ref"], fresh=True)
        row = {"cell": cell, "pos": pos, "told_at": at, "burned_at": at}
        BurnedPlace.objects.get_or_create(ref=told["ref"], defaults=row)
    elif "what" in told:
        mark = bytes.fromhex(told["mark"])
        if not BurnedSign.objects.filter(mark=mark).exists():
            BurnedSign.objects.create(what=told["what"], mark=mark, told_at=at, burned_at=at)
    elif "ref" in told:
        BurnedPlace.objects.filter(ref=told["ref"], burned_at=None).update(burned_at=at)
    else:
        mark = bytes.fromhex(told["mark"])
        BurnedSign.objects.filter(mark=mark, burned_at=None).update(burned_at=at)


def is_burned(who: Officer | WorkerId, point: Point, *, radius_m: float, told_to: str = "") -> bool:
    """Return whether `point` may not be a meeting place: see `burned_of`."""
    return bool(burned_of(who, [point], radius_m=radius_m, told_to=told_to))


def burned_of(
    who: Officer | WorkerId,
    points: Collection[Point],
    *,
    radius_m: float,
    same_m: float = 50.0,
    told_to: str = "",
) -> set[Point]:
    """Return which of `points` may be no meeting place: used before, or near a burned one.

    Args:
        radius_m: metres around a burned place (programme limit burned_place, 500); at most 1,000.
        same_m: metres within which two points are one place; 50 is a farmyard and ten times the
            4.9 m open-sky error (GPS.gov, accuracy page).
        told_to: ref of a case whose own telling does not count against it, until that burns.

    Raises:
        Refused: the keeper does not open the burned list for `who`.
    """
    ring = keyring.open_fields(who, Purpose.READ, [BURNED], ["pos"])
    near = [
        (at, radius_m if row.burned_at else same_m)
        for row, at in _around(ring, points)
        if not (told_to and row.case_ref == told_to and row.burned_at is None)
    ]
    return {p for p in points if any(distance_m(p, at) <= far_m for at, far_m in near)}


def burned_near(ring: Keyring, point: Point, *, radius_m: float) -> float | None:
    """Return how far the nearest burned place lies from `point`, None beyond `radius_m`.

    Args:
        ring: opened for the burned list ("pos") before; a watch holds it, so that it sees with the
            keeper gone.
        radius_m: metres; see `is_burned`.
    """
    near = [at for row, at in _around(ring, [point]) if row.burned_at is not None]
    burned = [distance_m(point, at) for at in near]
    return min((far_m for far_m in burned if far_m <= radius_m), default=None)


def _around(ring: Keyring, points: Collection[Point]) -> Iterator[tuple[BurnedPlace, Point]]:
    """Return the places in the squares about `points`, opened."""
    marks = [_mark(ring, cell) for cell in {c for p in points for c in _cells_around(p)}]
    for row in BurnedPlace.objects.filter(cell__in=marks):
        text = ring.open(row.pos, field=_POS, kind="pos", compartment=BURNED, ref=row.ref)
        lat, lon = (int(part) / E7 for part in text.split())
        yield row, Point(lat, lon)


def was_told(who: Officer | WorkerId, *, ref: str, what: str, value: str) -> bool:
    """Return whether this person was told this sign or challenge and it has burned.

    Args:
        what: "sign" or "challenge".
    """
    ring = keyring.open_fields(who, Purpose.READ, [BURNED], ["pos"])
    mark = _mark(ring, f"{what}|{ref}|{value}")
    return BurnedSign.objects.filter(mark=mark, burned_at__isnull=False).exists()


def _square(point: Point) -> tuple[int, int]:
    return int(point.lat_deg * E7 // CELL_E7), int(point.lon_deg * E7 // CELL_EAST_E7)


def _cell(point: Point) -> str:
    north, east = _square(point)
    return f"cell|{north}|{east}"


def _cells_around(point: Point) -> list[str]:
    north, east = _square(point)
    return [f"cell|{north + n}|{east + e}" for n in (-1, 0, 1) for e in (-1, 0, 1)]


def _mark(ring: Keyring, value: str) -> bytes:
    """Return 32 bytes by which equal values meet, and which without the list's key say nothing."""
    return hashlib.sha256(ring.index(value, compartment=BURNED, kind="pos")).digest()
