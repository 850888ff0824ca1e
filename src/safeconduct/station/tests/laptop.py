"""A laptop with a station and a gateway beside it, and the core that enrolled them; the clock stands in the test's hand."""

from datetime import UTC, datetime, timedelta

from safeconduct import sealing
from safeconduct.envelope import Position
from safeconduct.spool import certificates, config, core_end
from safeconduct.spool.beside import Beside
from safeconduct.spool.lanes import Arrived
from safeconduct.station import serving
from safeconduct.stationed import Briefing, Records, StationWord
from safeconduct.watch import chain, limits
from safeconduct.watch.tests.test_alerts import LIMITS as WATCHED

WORDS = "six words that nobody knows of"
NAME = "station1"
GO = datetime(2031, 5, 4, 20, tzinfo=UTC)
LIMITS = limits.told(WATCHED)


def briefing(ref="p1", *, turn=1, **other):
    told = {
        "passage": ref,
        "turn": turn,
        "since": GO,
        "line_e7": [[504_000_000, 305_000_000], [504_000_000, 306_000_000]],
        "holds": [],
        "checkpoints": [],
        "tracker": "vehicle",
        "aircraft": "aircraft:1",
        "limits": LIMITS,
        "area_e7": [],
        "marker": "m4rk",
        "heads": 1,
        "advice": {"en:SILENT": ["No news of the vehicle", "find him by eye"]},
        "maps": {},
    }
    return Briefing(**{**told, **other})


class Laptop:
    """See the module's words."""

    def __init__(self, folder, *, port=lambda: 7310):
        self.data, self.now, self.row, self.number = folder / "data", GO, 0, 0
        self.core_private, core_public = sealing.new_box_keys()
        self.private, public = sealing.new_box_keys()
        certificates.found(self.data, box_public=core_public)
        self.folder = certificates.enrol(self.data, NAME, box_public=public, dials=True)
        self.air = certificates.enrol(self.data, "air1", box_public=public)
        self.link, self.console = port(), port()
        (self.data / "stamp").write_text("exercise")
        (self.data / "gateways.toml").write_text(
            f'[[gateway]]\nname = "{NAME}"\naddress = "127.0.0.1:{self.link}"\ninto = "in-station"\n'
        )
        (self.folder / "station.toml").write_text(
            f'[gateway]\nname = "{NAME}"\nstamp = "exercise"\nlisten = "127.0.0.1:{self.link}"\n'
            f'[station]\nconsole = "127.0.0.1:{self.console}"\nhears = ["air1"]\n'
        )
        self.config = config.load(self.folder / "station.toml", channel="station")

    def starts(self, words=WORDS):
        """Begin a life of the process."""
        key = serving.key_of(self.config, words, memory_kib=64)
        self.process = serving.Process(self.config, key=key)
        self.station = self.process.station
        self.station._clock = lambda: self.now
        return self.station

    def hears(self, thing):
        """Have the core's word arrive."""
        self.row += 1
        self.station.hear(Arrived(self.row, "core", f"k{self.row}", thing.to_bytes()))

    def briefed(self, **other):
        self.starts()
        self.hears(briefing(**other))
        return self.station

    def beside(self):
        air = config.Config("air1", "exercise", self.config.listen, self.air, {})
        return Beside(air, station=self.folder)

    def fix(self, subject="vehicle", *, north_m=0.0, east_m=0.0):
        self.number += 1
        return Position(
            "mavlink", self.number, subject, "tracker" if subject == "vehicle" else "aircraft", self.now, self.now,
            504_000_000 + round(north_m * 90), 305_000_000 + round(east_m * 141), 0, 8000, 0,
            {"satellites": 10, "battery_percent": 77},
        )  # fmt: skip

    def tells(self, *fixes):
        self.beside().say([(f"mavlink:{each.arrival}", each) for each in fixes])
        while self.station.follow(self.process.lane):
            pass
        self.station.judge()

    def waits(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.station.judge()

    def records(self):
        """Return what waits for the core, opened as the core opens it, its chain looked at."""
        lane = core_end.receiving(self.data, keys=lambda: (self.core_private,), into="in-station")
        for item in self.process.edge.to_core.queue.take(limit=10_000):
            if not item.key.startswith("filling"):
                lane.queue.put(item.key, item.body)
        found, heads = [], {}
        for each in lane.take(limit=10_000):
            told = each.read(Records)
            number, head = heads.get(told.passage, (0, chain.BEGIN))
            assert (told.first, told.before) == (number + 1, head)
            raws = [raw.encode() for raw in told.records]
            heads[told.passage] = (
                told.first + len(raws) - 1,
                chain.follow(head, raws, first=told.first),
            )
            found += [_opened(raw) for raw in raws]
        return found

    def words(self):
        return [(each.what, each.about) for each in self.records() if isinstance(each, StationWord)]


def _opened(raw):
    try:
        return Position.from_bytes(raw)
    except ValueError:
        return StationWord.from_bytes(raw)
