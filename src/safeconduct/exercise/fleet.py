"""What moves in an exercise: his vehicle and its tracker, who hunts him, the aircraft, the weather over all.

Each machine that speaks to the product does so through a wiretap of its own, whose record is judged.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from safeconduct import clock
from safeconduct.exercise.aircraft import Aircraft, Tracker
from safeconduct.exercise.console import Stuck
from safeconduct.exercise.ground import roads_of
from safeconduct.exercise.hunter import Hunter
from safeconduct.exercise.sightings import Sightings
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.weather import Weather
from safeconduct.exercise.wheel import Wheel
from safeconduct.exercise.wiretap import Wiretap
from safeconduct.geo import Point, distance_m, moved
from safeconduct.ways.danger import price
from safeconduct.ways.route import Web

_OF_MACHINES = {"jam", "clear", "silent", "back"}


def tapped(name: str) -> str:
    """Return the name of the record of what went to a machine."""
    return f"tap-{name}.jsonl"


class Fleet:
    """All of them.

    Args:
        world: what the command that set the world up told of it.
        texts: returns all texts on a telephone of the cast, by its key, and `language` their language.
        layer: returns a layer of a map, by whom and at which address.
    """

    def __init__(
        self,
        world: dict[str, Any],
        *,
        texts: Callable[[str], Callable[[], Sequence[str]]],
        language: Callable[[str], str],
        layer: Callable[[str, str], dict[str, Any]],
    ) -> None:
        self.weather = Weather()
        self.vehicles: dict[str, Vehicle] = {}
        self.machines: dict[str, Aircraft | Tracker] = {}
        self._world, self._records = world, Path(world["world"])
        self._texts, self._language, self._layer = texts, language, layer
        self._wheels: list[Wheel] = []
        self.tapped: dict[str, int] = {}  # system ids of the machines before which a wiretap stands
        self._taps: list[Wiretap] = []
        self._sightings = Sightings(self._records, self)

    def stop(self) -> None:
        """Stop them all."""
        self._sightings.stop()
        for each in (*self.machines.values(), *self._taps):
            each.stop()

    def _tap(self, name: str) -> tuple[str, int]:
        """Return where a machine speaks to: a wiretap on its way to the product."""
        to = ("127.0.0.1", int(self._world["air"]))
        tap = Wiretap(to, record=self._records / tapped(name))
        self._taps.append(tap)
        self.tapped[name] = int(self._world["systems"][name])
        tap.start()
        return tap.address

    # ---- on the road -----------------------------------------------------------------------

    def drive(self, told: dict[str, Any]) -> None:
        """Do one order of the story: {"vehicle", "does", …}; "start" gives it a way and a tracker.

        "start" takes the texts of `phone` and the place `at` where he sets out: he drives where they
        lead him. Another vehicle reads its line from a page's layer: `by`, `layer`, `feature`. "hunt"
        takes the place `at` where somebody sets out to drive to where he is, by the roads; or `ahead_m`,
        so far before him on his own way, where they stand until they are told to "go".

        Raises:
            Stuck: his texts do not lead him on.
        """
        name = told.get("vehicle", "his")
        if told["does"] == "hunt":
            self._hunt(name, told)
        elif told["does"] == "start":
            self._start(name, told)
        elif name in self.machines and told["does"] in _OF_MACHINES:
            self.machines[name].obey(told)
        else:
            self.vehicles[name].obey(self._placed(told))

    def _start(self, name: str, told: dict[str, Any]) -> None:
        speed_m_s = float(told.get("speed_m_s", 8.0))
        if "phone" in told:
            wheel = self._wheel(told["phone"], told["at"])
            vehicle = Vehicle(wheel.line(), speed_m_s=speed_m_s, leads=wheel.line)
            self.insist_he_knows()
        else:
            vehicle = Vehicle(self.line(told), speed_m_s=speed_m_s)
        self.vehicles[name] = vehicle
        tracker = Tracker(
            vehicle,
            system=self._world["systems"]["vehicle"],
            to=self._tap("vehicle"),
            log=self._records / "tracker.jsonl",
        )
        self.machines[name] = tracker
        tracker.start()
        self._sightings.begin()

    def _hunt(self, name: str, told: dict[str, Any]) -> None:
        """Set a vehicle after another, `after`; nobody is told of it."""
        roads, quarry = self._roads(), self.vehicles[told.get("after", "his")]
        waits = "ahead_m" in told
        at = ahead(quarry, float(told["ahead_m"])) if waits else place(told["at"])
        web = Web(roads, price(roads, [], at=clock.now()))
        speed_m_s = float(told.get("speed_m_s", 14.0))
        hunter = Hunter(web, start=at, him=quarry.where, speed_m_s=speed_m_s)
        if not waits:
            hunter.obey({"does": "go"})
        self.vehicles[name] = hunter

    def _roads(self) -> Any:
        return roads_of(Path(self._world["extract"]))

    def _wheel(self, phone: str, at: str) -> Wheel:
        wheel = Wheel(
            self._roads(), self._texts(phone), start=place(at), language=self._language(phone)
        )
        self._wheels.append(wheel)
        return wheel

    def insist_he_knows(self) -> None:
        """Be stuck when a man at a wheel could not follow what he was sent."""
        for wheel in self._wheels:
            if wheel.lost:
                raise Stuck(f"he is lost on the way: {wheel.lost}")

    def _placed(self, told: dict[str, Any]) -> dict[str, Any]:
        order = {k: v for k, v in told.items() if k != "vehicle"}
        if "layer" in order:
            order["line"] = self.line(order)
        return order

    def line(self, told: dict[str, Any]) -> list[Point]:
        """Return a line of a page's layer: `by` whom, at `layer`, the `feature`.

        Raises:
            Stuck: it has no such feature.
        """
        layer = self._layer(told["by"], told["layer"])
        wanted = told.get("feature", "way")
        for feature in layer["features"]:
            if feature["properties"].get("kind") == wanted:
                pairs = feature["geometry"]["coordinates"]
                return [Point(lat, lon) for lon, lat in pairs]
        kinds = sorted({str(f["properties"].get("kind")) for f in layer["features"]})
        raise Stuck(f"the layer {told['layer']} has no {wanted!r}; it has {kinds}")

    # ---- in the air ------------------------------------------------------------------------

    def fly(self, told: dict[str, Any]) -> None:
        """Do one order for an aircraft: {"does": "start" | "over" | "greet" | "jam" | …}.

        `name` says which, "aircraft" where it is left out; the gateway knows those in `systems`. It
        starts at the end of a line, or `along_m` behind its beginning.
        """
        name = told.get("name", "aircraft")
        if told["does"] == "start":
            self._puts_down(name, told)
        elif told["does"] == "over":
            self.aircraft(name).over(self.vehicles["his"])
        else:
            self.aircraft(name).obey(told)

    def _puts_down(self, name: str, told: dict[str, Any]) -> None:
        vehicle = self.vehicles.get("his")
        line = vehicle.line if vehicle else self.line(told)
        home = along(line, float(told["along_m"])) if "along_m" in told else line[-1]
        beside_m = 10.0 * sum(isinstance(each, Aircraft) for each in self.machines.values())
        aircraft = Aircraft(
            system=self._world["systems"][name],
            to=self._tap(name),
            log=self._records / f"{name}.jsonl",
            home=moved(home, east_m=beside_m, north_m=0),
            weather=self.weather,
        )
        self.machines[name] = aircraft
        aircraft.start()

    def aircraft(self, name: str) -> Aircraft:
        """Return one of them.

        Raises:
            Stuck: it was never started.
        """
        found = self.machines.get(name)
        if not isinstance(found, Aircraft):
            raise Stuck(f"no aircraft {name!r} has been started in this exercise")
        return found

    def flying(self) -> dict[str, Aircraft]:
        """Return those that are in the air."""
        found = {n: m for n, m in list(self.machines.items()) if isinstance(m, Aircraft)}
        return {name: each for name, each in found.items() if each.copter.flying}

    # ---- where they are ---------------------------------------------------------------------

    def whereabouts(self, now: datetime) -> dict[str, Point]:
        """Return where each vehicle is."""
        return {name: vehicle.where(now) for name, vehicle in list(self.vehicles.items())}


def place(at: str) -> Point:
    """Read a place of the file: "latitude, longitude"."""
    lat, lon = map(float, at.split(","))
    return Point(lat, lon)


def along(line: Sequence[Point], metres: float) -> Point:
    """Return the corner of a line that is next behind so many metres of it, its end where it is shorter."""
    gone = accumulate((distance_m(a, b) for a, b in pairwise(line)), initial=0.0)
    return next((p for p, at_m in zip(line, gone, strict=True) if at_m >= metres), line[-1])


def ahead(vehicle: Vehicle, metres: float) -> Point:
    """Return a place on a vehicle's own way, so far before it."""
    vehicle.where(clock.now())
    return along(vehicle.line, vehicle.along_m + metres)
