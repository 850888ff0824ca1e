"""What now stands on the units' maps, in memory: said again for late joiners, warned of when it runs out.

Only a named person's end takes an area off. That nobody renewed it, or nobody acknowledged it, is said aloud.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from safeconduct.envelope import MapPoint, Marker

WARN_BEFORE = timedelta(minutes=15)
RENEWAL_COMES = timedelta(minutes=1)  # it is renewed at fifteen minutes: one in time is no news
ASK_AGAIN = timedelta(minutes=10)
_LATEST = timedelta(
    hours=1
)  # after which an alert or a casualty that nobody ended is no longer said again
_MOST_OVER = 1000


@dataclass(frozen=True, slots=True)
class Word:
    """Something to say to whoever holds fires; `message` is its name, which receipts bear."""

    about: str
    text: str
    message: str = field(default_factory=lambda: secrets.token_hex(8))


class Standing:
    """Shapes, alerts and casualties by reference. In memory only: an edge disk holds no plain place."""

    def __init__(self) -> None:
        self._shapes: dict[str, Marker] = {}
        self._points: dict[str, MapPoint] = {}
        self._asked: dict[str, datetime] = {}
        self._acknowledged: set[str] = set()
        self._warned: dict[str, tuple[datetime, bool]] = {}
        self._over: dict[str, Marker | MapPoint] = {}
        self._stopped: set[str] = set()

    def stop(self, things: Sequence[Marker | MapPoint]) -> list[Marker | MapPoint]:
        """Take a station's stop; return what of it was not known. What it ends stands no more, whatever the core says."""
        fresh = [each for each in things if each.marker not in self._stopped]
        for each in fresh:
            self._stopped.add(each.marker)
            self.take(each)
        return fresh

    def take(self, thing: Marker | MapPoint) -> bool:
        """Take the newest word on one of them; what moves is never said again, that it is over is.

        Returns:
            False where it is not to be shown: a station has stopped it, and the core does not know that yet.
        """
        lasts = isinstance(thing, MapPoint) and thing.what == "alert"
        if thing.marker in self._stopped and not (thing.ended or lasts):
            return False
        if thing.ended:
            self._over[thing.marker] = thing
            while len(self._over) > _MOST_OVER:
                del self._over[next(iter(self._over))]
        if isinstance(thing, Marker):
            self._shapes[thing.marker] = thing
        elif thing.what in {"alert", "medical"}:
            self._points[thing.marker] = thing
        return True

    def acknowledge(self, about: str) -> None:
        """Ask nobody again about a marker: a person has answered."""
        self._acknowledged.add(about)

    def heard(self, ref: str) -> None:
        """Say again no more that a thing is over: the server had it."""
        self._over.pop(ref, None)

    def over(self) -> list[Marker | MapPoint]:
        """Return what is over and the server did not have."""
        return list(self._over.values())

    def refs(self) -> list[str]:
        """Return the references of the shapes that stand."""
        return list(self._shapes)

    def shown(self, *, now: datetime) -> list[Marker | MapPoint]:
        """Return what is to be said again. An area goes by a person's end alone, a corridor by its time as well."""
        for ref, marker in list(self._shapes.items()):
            if marker.ended or (marker.says == "corridor" and marker.valid_until < now):
                self._forget(ref)
        for ref, point in list(self._points.items()):
            if point.ended or now - point.at > _LATEST:
                del self._points[ref]
        return [*self._shapes.values(), *self._points.values()]

    def _forget(self, ref: str) -> None:
        del self._shapes[ref]
        self._acknowledged.discard(ref)
        self._asked.pop(ref, None)
        self._warned.pop(ref, None)

    def words(self, *, now: datetime) -> Iterator[Word]:
        """Yield what is to be said now: a question about each area nobody acknowledged, a warning of each that runs out."""
        for ref, marker in self._shapes.items():
            if marker.ended or marker.says == "corridor":
                continue
            if ref not in self._acknowledged and self._due(ref, now):
                self._asked[ref] = now
                yield Word(ref, f"Area {ref[:4]}: {_until(marker)}. Answer: ack {ref[:4]}")
            if (late := self._runs_out(marker, now)) is not None:
                yield Word(ref, f"Area {ref[:4]}: {late}, {_until(marker)}. It stays. Ask by voice")

    def _due(self, ref: str, now: datetime) -> bool:
        return ref not in self._asked or now - self._asked[ref] >= ASK_AGAIN

    def _runs_out(self, marker: Marker, now: datetime) -> str | None:
        """Return what is wrong with an area's validity, once for each end and once for its lapse."""
        left = marker.valid_until - now
        if left > WARN_BEFORE - RENEWAL_COMES:
            return None
        lapsed = left <= timedelta(0)
        if self._warned.get(marker.marker) in {
            (marker.valid_until, lapsed),
            (marker.valid_until, True),
        }:
            return None
        self._warned[marker.marker] = marker.valid_until, lapsed
        return "lapsed" if lapsed else "not renewed"


def _until(marker: Marker) -> str:
    return f"valid until {marker.valid_until:%H:%M}Z"
