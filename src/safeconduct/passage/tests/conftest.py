"""A passage for tests: a fictional district, a man who writes, and everybody on duty."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from conftest import NOON
from tests import tables

from safeconduct.access import workers
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.cases import actions as cases
from safeconduct.cases.tests.walking import TO_READY, Crew, db, house
from safeconduct.conversations import actions as conversations
from safeconduct.conversations.models import Message
from safeconduct.envelope import InboundText
from safeconduct.exercise import district
from safeconduct.passage import actions, queries, roads
from safeconduct.passage.actions.drafting import choices
from safeconduct.passage.models import Passage, Plan
from safeconduct.passage.outlook import Request
from safeconduct.passage.plan import Wish
from safeconduct.passage.rules import APPROVE, GO
from safeconduct.programme import load
from safeconduct.ways.learned import SUFFIX
from safeconduct.ways.roads import E7

__all__ = ["db", "house"]  # fixtures of cases that serve here too
PROFILE = load.current()
WORDS = {
    Duty.DPC: "white cloth, the first place at the hour we set",
    Duty.FCO: "fires are off around the place until somebody ends it",
    Duty.RCV: "we look for a white cloth in the right hand",
}


@pytest.fixture(scope="session")
def country(data_folder, words_of_the_map, tmp_path_factory):
    """A fictional district, imported as any extract is."""
    path = tmp_path_factory.mktemp("map") / "district.osm.pbf"
    drawn = district.build(7)
    district.write(drawn, path)
    roads.import_roads(path, folder=data_folder / "roads", name="district")
    bring_words(data_folder / "roads", words_of_the_map)
    return drawn


def bring_words(folder, shared):
    """Lay what can be told on the district beside it: learned once, by the first process of a run."""
    shared.mkdir(exist_ok=True)
    with tables.in_turn(shared / "district"):  # the others wait: each for itself would take as long
        shutil.copy(folder / "district.roads", shared)
        roads.learn_words(Path("district"), folder=shared)
    for words in shared.glob(f"*{SUFFIX}"):
        # what is there may be mapped, and is never written anew in place
        if not (folder / words.name).exists():
            shutil.copytree(words, folder / words.name)


class Journey(Crew):
    """Takes one passage along its way, through the real actions."""

    passage: Passage
    ingest: WorkerId
    arrivals = 0

    def begins(self, country):
        """A man writes, agrees two words, and his case comes to ready."""
        self.worker = self.clocks
        first = self.says("Добрый день")
        self.conversation = first.conversation
        self.compartment = self.conversation.compartment
        for (duty, _n), officer in self._people.items():
            self.let_in(officer, duty)
        self.ref = cases.open_case(
            self.clocks,
            person_ref=self.conversation.person_ref,
            compartment=self.compartment,
            conversation_ref=self.conversation.ref,
            now=self.now,
        )
        conversations.agree_words(
            self[Duty.OP],
            ref=self.conversation.ref,
            distress="гололёд",
            all_clear="ромашка",
            now=self.now,
        )
        self.goes(*TO_READY)
        self.country = country
        return self

    def says(self, text):
        """He writes; return the message."""
        Journey.arrivals += 1
        arrived = InboundText(
            "smpp",
            10_000 + self.arrivals,
            self.now,
            "+380501234567",
            "7007",
            text,
            0,
            1,
            1,
            b"",
            False,
        )
        ref = conversations.receive_message(
            self.ingest, arrived, key=f"smpp:{arrived.arrival}", profile=PROFILE, now=self.now
        )
        return Message.objects.get(ref=ref)

    def request(self, **other):
        villages = self.country.of_kind("village")
        his, team = villages[3].point, villages[9].point
        request = Request(
            round(his.lat_deg * E7), round(his.lon_deg * E7),
            round(team.lat_deg * E7), round(team.lon_deg * E7),
            1, "car", "ru", 3600, 3600,
        )  # fmt: skip
        return replace(request, **other)

    def drafts(self, **other):
        self.passage = actions.open_passage(
            self[Duty.PLN], case_ref=self.ref, request=self.request(**other), now=self.now
        )
        return self.passage

    def outlook(self):
        return choices(
            self[Duty.PLN], ref=self.passage.ref, roads=self.map(), profile=PROFILE, now=self.now
        )

    def map(self):
        held = roads.current()
        assert held is not None
        return held[1]

    def wish(self, **other):
        outlook = self.outlook()
        main, spare = (found(most_p_milli=150) for found in (outlook.main, outlook.spare))
        wish = Wish(
            (main.junction, spare.junction),
            "within30",
            self.now + timedelta(minutes=60),
            ("white_cloth",),
            "как звали собаку",
            "Мухтар",
            "shortest for him",
            "the bridge is narrow",
        )
        return replace(wish, **other)

    def proposes(self, **other):
        return actions.propose(
            self[Duty.PLN],
            ref=self.passage.ref,
            wish=self.wish(**other),
            roads=self.map(),
            profile=PROFILE,
            now=self.now,
        )

    def plan(self):
        return Plan.objects.select_related("passage").get(passage=self.passage, ended_at=None)

    def content(self, plan=None):
        keys = queries.keys_of(self[Duty.PLN], Purpose.READ, self.passage)
        return queries.content_of(keys, plan or self.plan())

    def prepares(self):
        """Everything on record that a plan needs beside its approvals."""
        self.reads_back(Duty.RCV)
        actions.record(self[Duty.PIL], ref=self.plan().ref, kind="weather_battery", now=self.now)
        self.acknowledged("no_fire_ack")
        self.brings_all("PLANNED")

    def approves(self, duty, number=0):
        officer = self.another(duty, number)
        act = queries.act_for(self.plan(), APPROVE, Duty(duty))
        return actions.approve(
            officer,
            ref=self.plan().ref,
            duty=Duty(duty),
            proof=self._touch(officer, act),
            profile=PROFILE,
            now=self.now,
        )

    def reads_back(self, duty, number=0, words=""):
        return actions.read_back(
            self.another(duty, number),
            ref=self.plan().ref,
            duty=duty,
            words=words or WORDS[duty],
            language="en",
            profile=PROFILE,
            now=self.now,
        )

    def offers(self):
        return actions.offer(self[Duty.OP], ref=self.plan().ref, profile=PROFILE, now=self.now)

    def agrees(self, text="A ромашка", *, accepts=True):
        self.wait(minutes=2)
        said = self.says(text)
        return actions.agree(
            self[Duty.OP],
            ref=self.plan().ref,
            message=said.ref,
            accepts=accepts,
            profile=PROFILE,
            now=self.now,
        )

    def on_station(self):
        self.acknowledged("no_fire_again")
        self.escort_tells("drone_on_station", Duty.PIL)
        self.escort_tells("unit_on_station", Duty.RCV)

    def acknowledged(self, kind):
        self.escort_tells(kind, Duty.FCO)

    def escort_tells(self, kind, duty):
        """What the escort, a later room, tells the case once somebody has pressed it there."""
        cases.record_evidence(self.passage.case_ref, kind=kind, by=self[duty], at=self.now)

    def goes_ahead(self, duty, number=0):
        officer = self.another(duty, number)
        act = queries.act_for(self.plan(), GO, duty)
        return actions.give_go(
            officer,
            ref=self.plan().ref,
            duty=duty,
            proof=self._touch(officer, act),
            profile=PROFILE,
            now=self.now,
        )

    def to_open(self):
        self.drafts()
        self.proposes()
        self.prepares()
        self.approves(Duty.DPC)
        return self.approves(Duty.LEG)

    def to_agreed(self):
        self.to_open()
        self.offers()
        return self.agrees()

    def to_moving(self):
        self.to_agreed()
        return self.to_moving_from_agreed()

    def to_moving_from_agreed(self):
        self.wait(minutes=50)
        for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
            self.reads_back(duty)
        self.on_station()
        for duty in (Duty.DPC, Duty.FCO, Duty.RCV):
            self.goes_ahead(duty)
        return self.plan()

    def follows(self):
        while actions.follow(self.clocks, profile=PROFILE, now=self.now):
            pass


ON_DUTY = ("OP", "SUP", "PLN", "DPC", "FCO", "PIL", "RCV", "LEG")


@pytest.fixture(scope="module")
def ready(house, _staff, keeper, country):
    """Hire everybody and bring one case to ready, once for a module."""
    before = NOON - timedelta(hours=1)  # pages read NOON
    made = Journey(_staff.hire, _staff.touch, workers.me, before)
    made.ingest = workers.me(Purpose.INGEST)
    made.begins(country)
    for duty in ON_DUTY:
        made[duty]
    return made


@pytest.fixture
def journey(ready, db):
    """Return the case that is ready; what a test does to it is undone."""
    with ready.undone():
        yield ready
