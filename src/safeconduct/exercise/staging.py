"""Sets the world up around the product: carrier, telephones, map server, vehicles; then the staff."""

import io
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from safeconduct import clock
from safeconduct.exercise import phones, staffing
from safeconduct.exercise.console import Browser, Stuck
from safeconduct.exercise.fieldphone import FieldPhone
from safeconduct.exercise.fleet import Fleet
from safeconduct.exercise.laptop import Laptop
from safeconduct.exercise.phones import Answer, Phone
from safeconduct.exercise.smsc import ACCOUNTS, Carrier
from safeconduct.exercise.story import Handset, Story
from safeconduct.exercise.tak import Listener
from safeconduct.exercise.watching import Observer
from safeconduct.programme import load

CARRIER_RECORD, MAP_RECORD = "carrier.jsonl", "map.cot"
BESIDE = "beside"  # below the records; copies, and what supervisor and player left in TMPDIR


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
        self.laptop: Laptop | None = None
        self.screen: Screen | None = None  # the pilot's, where he left it open
        self._world = world
        self._phones: dict[str, list[Phone]] = {}
        self._field_phones: dict[str, FieldPhone] = {}
        self.fleet = Fleet(
            world,
            texts=lambda key: self.phone(key).texts,
            language=lambda key: self._languages[key],
            layer=lambda by, at: dict(self.staff[by].fetch(at).json()),
        )
        record = self.records / CARRIER_RECORD
        self.carrier = Carrier(accounts=ACCOUNTS, record=record, habits=story.carrier)
        self.map = Listener(port=world["tak"], log=self.records / MAP_RECORD)
        profile = load.current()
        self._sender, self.languages = profile.sender, profile.languages
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
        if self._world["laptop"]:
            self.laptop = Laptop(self.folder / "gateways/station1", self._world["laptop"])
        self.map.start()

    def take_down(self) -> None:
        """Stop everything, whatever state it is in."""
        for each in (self.laptop, self.screen):
            if each is not None:
                each.stop()
        self.fleet.stop()
        self.map.stop()
        self.carrier.stop()
        for browser in self.staff.values():
            browser.close()

    def phone(self, key: str) -> Phone:
        """Return a telephone of the cast, the first of a crowd."""
        return self._phones[key][0]

    def field_phone(self, who: str) -> FieldPhone:
        """Return the telephone of somebody who receives."""
        return self._field_phones.setdefault(who, FieldPhone(self.staff[who]))

    def crowd(self, key: str) -> list[Phone]:
        """Return all telephones of a crowd."""
        return self._phones[key]

    # ---- at the pilot's station --------------------------------------------------------------

    def pilot(self, order: str) -> str:
        """Say one order at the pilot's station, as he types it; return what it answers."""
        return safeconduct("pilot", "--config", self._of_pilot, *order.split()).stdout.strip()

    @property
    def _of_pilot(self) -> str:
        return str(self.folder / "gateways/mavlink/gateway.toml")

    def leave_screen_open(self) -> None:
        """Have the pilot leave his station's screen open, as he does while he flies."""
        self.screen = Screen(self._of_pilot)

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


class Screen:
    """`safeconduct pilot` left open: what it says by itself is kept, each line with its instant."""

    def __init__(self, config: str) -> None:
        self.said: list[tuple[datetime, str]] = []
        argv = [sys.executable, "-u", "-m", "safeconduct.command.main", "pilot", "--config", config]
        self._process = subprocess.Popen(  # noqa: S603  our own
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        threading.Thread(target=self._reads, daemon=True).start()

    def _reads(self) -> None:
        for line in self._process.stdout or ():
            self.said.append((clock.wall(), line))

    def stop(self) -> None:
        """Close it."""
        self._process.terminate()
        self._process.wait(timeout=10)


def safeconduct(*words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the product as a person at its terminal does."""
    argv = [sys.executable, "-m", "safeconduct.command.main", *words]
    return subprocess.run(argv, capture_output=True, text=True, check=False)  # noqa: S603  our own


def tables_elsewhere() -> tuple[str, ...]:
    """Return what tells `safeconduct audit verify` of a PostgreSQL; nothing where the tables are a file."""
    told = os.environ
    if "SAFECONDUCT_POSTGRES" not in told:
        return ()
    user, name = told.get("SAFECONDUCT_POSTGRES_USER"), told.get("SAFECONDUCT_POSTGRES_DB")
    where = f"host={told['SAFECONDUCT_POSTGRES']} dbname={name or 'safeconduct'}"
    return ("--postgres", f"{where} user={user or 'postgres'}")


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
