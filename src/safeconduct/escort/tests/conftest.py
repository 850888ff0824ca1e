"""A passage under way for tests: people on duty, a vehicle that drives the agreed way, a clock."""

import math
from functools import partial

import pytest
from conftest import NOON
from django.conf import settings
from tests.ports import free_port

from safeconduct import sealing
from safeconduct.access import workers
from safeconduct.access.keyring import open_fields
from safeconduct.access.rules import Duty, Purpose
from safeconduct.envelope import Position
from safeconduct.escort import actions, heard, mapped, queries, rules, watching, worker
from safeconduct.escort.models import Escort
from safeconduct.escort.tests.map_world import UNIT_FILE, Maps
from safeconduct.geo import bearing_deg, distance_m, moved
from safeconduct.passage.tests.conftest import (  # noqa: F401  pytest finds fixtures by name
    PROFILE,
    Journey,
    country,
    db,
    house,
    journey,
    ready,
)
from safeconduct.spool import certificates, stops
from safeconduct.spool.tests.made import programme
from safeconduct.ways.places import spare_for

__all__ = ["country", "db", "house", "journey"]  # its fixtures serve here too
WORDS = {"switch": "малина", "hold": "подсолнух", "abort": "журавль"}
LIMITS = rules.limits_of(PROFILE.limits_s, PROFILE.limits_m)


def evidence(journey):
    """Return the kinds of evidence on record."""
    return set(journey.case().evidence.values_list("kind", flat=True))


class Overwatch:
    """The escort of one journey, its worker, and the machines that tell of it."""

    def __init__(self, journey):
        self.journey, self.me = journey, workers.me(Purpose.ESCORT)
        # A journey may be watched more than once: what it wishes by itself is its class's own.
        self.nearest_wish, journey.wish = partial(Journey.wish, journey), self.far_wish
        self.numbers = 0
        self.watched = None
        self.along = 0.0

    @property
    def now(self):
        return self.journey.now

    @property
    def ref(self):
        return self.journey.passage.ref

    def __getitem__(self, duty):
        return self.journey[duty]

    def far_wish(self, **other):
        """Choose the meeting place that takes him longest, so that there is a way to watch."""
        places = self.journey.outlook().ranking.choices
        main = max(places, key=lambda place: place.his_s)
        spare = spare_for(main, places)
        both = (main.junction, spare.junction)
        return self.nearest_wish(junctions=both, **{"words": WORDS, **other})

    def row(self):
        return Escort.objects.get(passage=self.ref)

    def keys(self):
        return open_fields(self.me, Purpose.ESCORT, [self.journey.compartment], ["pos"])

    def looked_at(self, subject):
        """Sign for all of an aircraft that was never read."""
        for key in ("unread", "hook"):
            actions.sign_preflight(
                self[Duty.PIL], ref=self.ref, subject=subject, key=key, now=self.now
            )

    def to_moving(self, *, aircraft=True):
        """Everything up to GO; the no-fire area and the drone by the escort's own acts."""
        self.journey.to_agreed()
        self.journey.wait(minutes=50)
        actions.request_area(self[Duty.FCO], ref=self.ref, now=self.now, limits=LIMITS)
        for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
            self.journey.reads_back(duty)
        area = self.row().areas.get()
        actions.acknowledge_area(self[Duty.FCO], area=area.ref, now=self.now)
        if aircraft:
            self.looked_at("aircraft:1")
            actions.on_station(self[Duty.PIL], ref=self.ref, aircraft="aircraft:1", now=self.now)
        else:
            self.journey.brings("drone_on_station")
        actions.unit_on_station(self[Duty.RCV], ref=self.ref, now=self.now)
        for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
            self.journey.goes_ahead(duty)
        return self.begins()

    def begins(self):
        (escort,) = actions.begin_and_end(self.me, now=self.now)
        self.watched = watching.begin(self.me, escort, profile=PROFILE, now=self.now)
        return self

    def line(self):
        return self.watched.agreed.line

    def on_way(self, along, beside=0.0):
        """Return the place so far along the way, and so far to the right of it."""
        left = along
        for start, end in zip(self.line(), self.line()[1:], strict=False):
            length = distance_m(start, end)
            if left <= length or end is self.line()[-1]:
                turn = math.radians(bearing_deg(start, end))
                return moved(
                    start,
                    east_m=left * math.sin(turn) + beside * math.cos(turn),
                    north_m=left * math.cos(turn) - beside * math.sin(turn),
                )
            left -= length
        raise AssertionError

    def fix(self, point, subject="vehicle", **health):
        self.numbers += 1
        return Position(
            route="mavlink",
            arrival=self.numbers,
            subject=subject,
            source="tracker" if subject == "vehicle" else "aircraft",
            fixed_at=self.now,
            received_at=self.now,
            lat_e7=round(point.lat_deg * 1e7),
            lon_e7=round(point.lon_deg * 1e7),
            alt_mm=60_000,
            speed_mm_s=8000,
            heading_cdeg=0,
            health={"satellites": 10, "ekf_flags": 831, "battery_percent": 80, **health},
        )

    def hears(self, *fixes):
        new = actions.record_positions(self.row(), fixes, keys=self.watched.keys)
        self.watched.escort = self.row()
        self.watched.add(new)
        return new

    def judges(self):
        self.watched.escort = self.row()
        self.watched.forget(now=self.now)
        self.watched.contacts = queries.contacts_in(self.row(), keys=self.watched.keys)
        return actions.judge(
            self.me,
            passage=self.ref,
            look=partial(self.watched.look, now=self.now, limits=LIMITS),
            now=self.now,
            limits=LIMITS,
        ).raised

    def drives(self, seconds, *, speed=8.0, beside=0.0, aircraft=True):
        """Drive, a fix a second from vehicle and drone, judged every second."""
        raised = []
        for _second in range(seconds):
            self.journey.wait(seconds=1)
            self.along += speed
            here = self.on_way(self.along, beside)
            fixes = [self.fix(here)]
            if aircraft:
                fixes.append(self.fix(here, "aircraft:1"))
            self.hears(*fixes)
            raised += self.judges()
        return raised

    def silence(self, seconds, *, step=1):
        raised = []
        for _step in range(seconds // step):
            self.journey.wait(seconds=step)
            raised += self.judges()
        return raised

    def open_alerts(self):
        return {row.key for row in self.row().alerts.filter(cleared_at=None)}


@pytest.fixture(scope="module")
def world(house, _staff, keeper, country):
    """Hire everybody and set one passage off, once for a module."""
    journey = Journey(_staff.hire, _staff.touch, workers.me, NOON)
    journey.ingest = workers.me(Purpose.INGEST)
    return Overwatch(journey.begins(country)).to_moving()


@pytest.fixture
def under_way(world, db):
    """Return the passage just set off; what a test does to it is undone."""
    with world.journey.undone():
        yield world.begins()
    world.numbers, world.along = 0, 0.0
    for stop in stops.in_force(settings.DATA):  # the spool is no table and rolls nothing back
        stops.entered(settings.DATA, stop.key)


@pytest.fixture
def made(under_way, tmp_path, settings):
    """A map gateway that is enrolled, on a data folder of its own; the passage is under way."""
    made = programme(tmp_path, name="tak", table=UNIT_FILE.format(port=free_port()))
    told = (made.data / "gateways.toml").read_text()
    (made.data / "gateways.toml").write_text(f'{told}into = "{heard.INTO}"\n')
    settings.DATA = made.data
    stops.prepare(made.data)
    mapped.forget()
    yield made
    mapped.forget()
    worker._watched.clear()


@pytest.fixture
def maps(under_way, made):
    return Maps(under_way, made)


@pytest.fixture
def enrolled(under_way, settings, tmp_path):
    """Return a folder in which two stations and a gateway are enrolled."""
    settings.DATA = tmp_path
    certificates.found(tmp_path, box_public=sealing.new_box_keys()[1])
    peers = ""
    for name in ("station1", "station2"):
        certificates.enrol(tmp_path, name, box_public=sealing.new_box_keys()[1])
        peers += f'[[gateway]]\nname = "{name}"\naddress = "127.0.0.1:7310"\ninto = "in-station"\n'
    certificates.enrol(tmp_path, "air1", box_public=sealing.new_box_keys()[1])
    peers += '[[gateway]]\nname = "air1"\naddress = "127.0.0.1:7311"\ninto = "in-mavlink"\n'
    (tmp_path / "stamp").write_text("exercise")
    (tmp_path / "gateways.toml").write_text(peers)
    return tmp_path
