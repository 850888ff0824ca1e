"""Sets the world up around the product: carrier, telephones, map server, vehicles; then the staff."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from safeconduct import clock
from safeconduct.exercise import phones, staffing
from safeconduct.exercise.aircraft import Aircraft, Tracker
from safeconduct.exercise.console import Browser, Stuck
from safeconduct.exercise.ground import roads_of
from safeconduct.exercise.hunter import Hunter
from safeconduct.exercise.phones import Answer, Phone
from safeconduct.exercise.smsc import ACCOUNTS, Carrier
from safeconduct.exercise.story import Handset, Story
from safeconduct.exercise.tak import Listener
from safeconduct.exercise.vehicle import Vehicle
from safeconduct.exercise.watching import Observer
from safeconduct.exercise.weather import Weather
from safeconduct.exercise.wheel import Wheel
from safeconduct.geo import Point, moved
from safeconduct.programme import load
from safeconduct.ways.danger import price
from safeconduct.ways.route import Web

CARRIER_RECORD, MAP_RECORD = "carrier.jsonl", "map.cot"
BESIDE = "beside"  # below the records; copies, and what supervisor and player left in TMPDIR
TRACKER_RECORD = "tracker.jsonl"
MACHINES = (TRACKER_RECORD, "aircraft.jsonl", "second.jsonl")  # the records of all that hear us


class Stage:
    """Everything outside the product. `pace` is how fast the world runs now."""

    def __init__(self, story: Story, world: dict[str, Any]) -> None:
        self.folder = Path(world["data"])
        self.records = Path(world["world"])
        self.base: str = world["console"]
        self.extract: str = world["extract"]
        self.speed = float(world["speed"])
        self.pace = 1.0
        self.staff: dict[str, Browser] = {}
        self.observer: Observer | None = None
        self._world = world
        self._phones: dict[str, list[Phone]] = {}
        self._vehicles: dict[str, Vehicle] = {}
        self._machines: dict[str, Aircraft | Tracker] = {}
        self.weather = Weather()
        self._wheels: list[Wheel] = []
        record = self.records / CARRIER_RECORD
        self.carrier = Carrier(accounts=ACCOUNTS, record=record, habits=story.carrier)
        self.map = Listener(port=world["tak"], log=self.records / MAP_RECORD)
        self._sender = load.current().sender
        self._languages = {handset.key: handset.language for handset in story.phones}
        for handset in sorted(story.phones, key=lambda each: -each.count):
            # crowds first: a phone of its own name may be one of a crowd's numbers
            self._phones[handset.key] = self._telephones(handset)
        for one in story.staff:
            if one.phone:
                self._phones[one.key] = [self._telephone(one.phone)]

    def _telephone(self, number: str, *, answers: tuple[Answer, ...] = ()) -> Phone:
        return Phone(number, carrier=self.carrier, programme=self._sender, answers=answers)

    def _telephones(self, handset: Handset) -> list[Phone]:
        if handset.count == 1:
            return [self._telephone(handset.number)]
        return phones.crowd(
            handset.number,
            handset.count,
            carrier=self.carrier,
            programme=self._sender,
            opts_out=handset.opts_out,
        )

    def begin(self) -> None:
        """Start what runs by itself."""
        self.carrier.start(self._world["carrier"])
        self.map.start()

    def take_down(self) -> None:
        """Stop everything, whatever state it is in."""
        for machine in self._machines.values():
            machine.stop()
        self.map.stop()
        self.carrier.stop()
        for browser in self.staff.values():
            browser.close()

    def phone(self, key: str) -> Phone:
        """Return a telephone of the cast, the first of a crowd."""
        return self._phones[key][0]

    def crowd(self, key: str) -> list[Phone]:
        """Return all telephones of a crowd."""
        return self._phones[key]

    # ---- things that move ----------------------------------------------------------------

    def drive(self, told: dict[str, Any]) -> None:
        """Do one order of the story: {"vehicle", "does", …}; "start" gives it a way and a tracker.

        "start" takes the texts of `phone` and the place `at` where he sets out: he drives where they
        lead him. Another vehicle reads its line from a page's layer: `by`, `layer`, `feature`. "hunt"
        takes the place `at` where somebody sets out to drive to where he is, by the roads.

        Raises:
            Stuck: his texts do not lead him on.
        """
        name = told.get("vehicle", "his")
        if told["does"] == "hunt":
            self._hunt(name, told)
            return
        if told["does"] != "start":
            if name in self._machines and told["does"] in {"jam", "clear", "silent", "back"}:
                self._machines[name].obey(told)
            else:
                self._vehicles[name].obey(self._placed(told))
            return
        speed_m_s = float(told.get("speed_m_s", 8.0))
        if "phone" in told:
            wheel = self._wheel(told["phone"], told["at"])
            vehicle = Vehicle(wheel.line(), speed_m_s=speed_m_s, leads=wheel.line)
            self.insist_he_knows()
        else:
            vehicle = Vehicle(self._line(told), speed_m_s=speed_m_s)
        self._vehicles[name] = vehicle
        tracker = Tracker(
            vehicle,
            system=self._world["systems"]["vehicle"],
            to=("127.0.0.1", self._world["air"]),
            log=self.records / TRACKER_RECORD,
        )
        self._machines[name] = tracker
        tracker.start()

    def _hunt(self, name: str, told: dict[str, Any]) -> None:
        """Set a vehicle after another: `at` it sets out, `after` whom it drives; nobody is told of it."""
        roads, quarry = roads_of(Path(self.extract)), self._vehicles[told.get("after", "his")]
        web = Web(roads, price(roads, [], at=clock.now()))
        speed_m_s = float(told.get("speed_m_s", 14.0))
        hunter = Hunter(web, start=_place(told["at"]), him=quarry.where, speed_m_s=speed_m_s)
        hunter.obey({"does": "go"})
        self._vehicles[name] = hunter

    def _wheel(self, phone: str, at: str) -> Wheel:
        wheel = Wheel(
            roads_of(Path(self.extract)),
            self.phone(phone).texts,
            start=_place(at),
            language=self._languages[phone],
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
            order["line"] = self._line(order)
        return order

    def _line(self, told: dict[str, Any]) -> list[Point]:
        layer = self.staff[told["by"]].fetch(told["layer"]).json()
        wanted = told.get("feature", "way")
        for feature in layer["features"]:
            if feature["properties"].get("kind") == wanted:
                pairs = feature["geometry"]["coordinates"]
                return [Point(lat, lon) for lon, lat in pairs]
        kinds = sorted({str(f["properties"].get("kind")) for f in layer["features"]})
        raise Stuck(f"the layer {told['layer']} has no {wanted!r}; it has {kinds}")

    def fly(self, told: dict[str, Any]) -> None:
        """Do one order for an aircraft: {"does": "start" | "over" | "greet" | "jam" | …}.

        `name` says which, "aircraft" where it is left out; the gateway knows those in `systems`.
        """
        name = told.get("name", "aircraft")
        if told["does"] == "start":
            vehicle = self._vehicles.get("his")
            home = vehicle.line[-1] if vehicle else self._line(told)[-1]
            beside_m = 10.0 * sum(isinstance(each, Aircraft) for each in self._machines.values())
            aircraft = Aircraft(
                system=self._world["systems"][name],
                to=("127.0.0.1", self._world["air"]),
                log=self.records / f"{name}.jsonl",
                home=moved(home, east_m=beside_m, north_m=0),
                weather=self.weather,
            )
            self._machines[name] = aircraft
            aircraft.start()
            return
        aircraft = self._aircraft(name)
        if told["does"] == "over":
            aircraft.over(self._vehicles["his"])
        else:
            aircraft.obey(told)

    def _aircraft(self, name: str) -> Aircraft:
        found = self._machines.get(name)
        if not isinstance(found, Aircraft):
            raise Stuck("no such aircraft has been started in this exercise")
        return found

    def heading_deg(self) -> float:
        """Return where his vehicle points, for a pilot who sees it."""
        return self._vehicles["his"].heading_deg

    def whereabouts(self, now: datetime) -> dict[str, Point]:
        """Return where each vehicle is."""
        return {name: vehicle.where(now) for name, vehicle in self._vehicles.items()}

    # ---- what of the product's lies outside its data folder -------------------------------

    def copied(self) -> list[str]:
        """Make copies as a person does each night, below `BESIDE`; return of what there are some.

        Where the tables are on a server, all of them are written out there too.
        """
        beside = self.records / BESIDE
        key, to, keys_to = (beside / name for name in ("backup.key", "copies", "key-copies"))
        if not key.exists():
            safeconduct("backup-key", "--data", str(self.folder), "--to", str(key))
        words = ("backup", "--data", str(self.folder), "--to", str(to), "--keys-to", str(keys_to))
        if safeconduct(*words).returncode:
            return []
        if "SAFECONDUCT_POSTGRES" in os.environ:
            _write_out(beside)
        return sorted({path.name.partition("-")[0] for path in beside.glob("*/*.copy")})

    # ---- things on paper -----------------------------------------------------------------

    def material(self, name: str) -> Path:
        """Return a file that somebody brings: "photo.jpg" (tells a place), or a list.

        A list is "crowd.csv", "a+b.csv" of two, "crowd:120.csv" of the first so many.

        Raises:
            Stuck: no such thing can be made.
        """
        path = self.records / name
        if name.endswith(".csv"):
            zone = load.current().his_zone
            parts = [each.partition(":") for each in name.removesuffix(".csv").split("+")]
            rows = [
                f"{phone.number},{self._languages[key]},{zone}"
                for key, _, first in parts
                for phone in self._phones[key][: int(first) if first else None]
            ]
            path.write_text("\n".join(["number,language,zone", *rows]))
        elif name.endswith(".jpg"):
            path.write_bytes(photograph())
        else:
            raise Stuck(f"the exercise has no material {name!r}; it can make a .csv and a .jpg")
        return path


def _place(at: str) -> Point:
    lat, lon = map(float, at.split(","))
    return Point(lat, lon)


def safeconduct(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the product as a person at its terminal does."""
    argv = [sys.executable, "-m", "safeconduct.command.main", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603  our own


def _write_out(beside: Path) -> None:
    """Write the tables on the server out, as PostgreSQL tells them and with its hex made bytes again."""
    words = ["pg_dump", "--host", os.environ["SAFECONDUCT_POSTGRES"]]
    words += ["--username", os.environ.get("SAFECONDUCT_POSTGRES_USER", "postgres")]
    words += [os.environ.get("SAFECONDUCT_POSTGRES_DB", "safeconduct")]
    told = subprocess.run(words, capture_output=True, check=True).stdout  # noqa: S603  our own words
    raw = re.sub(rb"\\\\x([0-9a-f]+)", lambda found: bytes.fromhex(found[1].decode()), told)
    (beside / "tables.sql").write_bytes(told)
    (beside / "tables.raw").write_bytes(raw)


def photograph() -> bytes:
    """Return a small photograph whose metadata betrays a place, as a telephone's does."""
    image = Image.new("RGB", (320, 200), (96, 110, 80))
    exif = Image.Exif()
    exif[0x010F] = "PLACE-IN-EXIF 50.4501 30.5234"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


def set_up(story: Story, world: dict[str, Any], says: Callable[[str], None]) -> Stage:
    """Start the world and bring the cast on duty.

    Raises:
        Stuck: somebody could not be brought on duty.
    """
    stage = Stage(story, world)
    stage.begin()
    try:
        stage.staff = staffing.bring_on_duty(
            story.staff, base=stage.base, link=world["link"], says=says
        )
        if world.get("watched"):
            stage.observer = Observer(stage.staff["admin"], folder=stage.folder)
    except BaseException:
        stage.take_down()
        raise
    return stage
