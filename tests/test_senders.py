"""Nobody who fell silent is written to outside his own hours, whichever function of ours would.

The senders are found in the source; one that is not tried below fails the first test. Each is tried
on a man who wrote long ago, with windows that are shut, and, so that the trial says something, on
the same man when he has just written.
"""

from collections import Counter
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from safeconduct.access import keyring, workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.conversations import actions as conversations
from safeconduct.conversations.actions import receive, scripted
from safeconduct.conversations.models import Message as Said
from safeconduct.envelope import InboundText
from safeconduct.passage.actions import following, telling
from safeconduct.passage.models import Passage, Plan
from safeconduct.post import actions
from safeconduct.post.actions import Admitted, Hours, Rate
from safeconduct.post.models import Handle, Message
from safeconduct.post.rules import (
    JUST_WROTE,
    REPLY_OPEN,
    Kind,
    Opening,
    WindowKind,
    open_until,
)
from safeconduct.programme import load
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.tracing import actions as tracing
from safeconduct.tracing import calls
from safeconduct.tracing.models import CallRequest, TracingRequest
from safeconduct.tracing.queries import SOUGHT, TEXT
from tests import senders

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
HIM = "+380501112233"
PROFILE = load.current()


class Man:
    """One who wrote at noon; whoever may write to him stands ready."""

    def __init__(self, officer):
        self.ingest, self.clocks = workers.me(Purpose.INGEST), workers.me(Purpose.CLOCKS)
        arrived = InboundText("smpp", 1, NOON, HIM, "7007", "Здравствуйте", 0, 1, 1, b"", False)
        ref = conversations.receive_message(
            self.ingest, arrived, key="senders:1", profile=PROFILE, now=NOON
        )
        self.conversation = Said.objects.get(ref=ref).conversation
        self.person = self.conversation.person_ref
        self.operator = officer(Duty.OP)
        conversations.take_next(self.operator, lock_for=30 * DAY, wall=NOON, now=NOON)
        self.campaigner = officer(Duty.CAM)
        self.plan = self._planned()
        claims(NOON)  # our first answer has left

    def _planned(self):
        comp, ref, plan = self.conversation.compartment, new_ref(), new_ref()
        keys = keyring.open_fields(self.ingest, Purpose.INGEST, [comp], ["text"])

        def sealed(column, row):
            return keys.seal("{}", field=column, kind="text", compartment=comp, ref=row)

        case = cases.open_case(
            self.clocks, person_ref=self.person, compartment=comp, now=NOON, state="ENQUIRY"
        )
        passage = Passage.objects.create(
            ref=ref, case_ref=case, person_ref=self.person, compartment=comp, opened_by="x",
            opened_at=NOON, request=sealed("passage.Passage.request", ref),
        )  # fmt: skip
        return Plan.objects.create(
            ref=plan, passage=passage, number=1, state="AGREED", digest=bytes(32), language="ru",
            content=sealed("passage.Plan.content", plan), made_by="x", made_at=NOON,
            approved_at=NOON, agreed_at=NOON,
        )  # fmt: skip

    def sends(self, who, kind, now):
        return actions.send(
            who, person_ref=self.person, text="Мы вас слышим.", kind=kind, language="ru",
            reply_after_stop=DAY, now=now,
        )  # fmt: skip


def claims(now):
    """What would leave now: of the live lane, then of campaigns."""
    live = actions.claim_live(limit=50, now=now, wall=now, reply_after_stop=DAY)
    batch = actions.claim_campaigns(now=now, wall=now)
    return [*live, *(batch.rows if batch else ())]


# ---- the senders, each by the function that was found ----


def reply(man, now):
    newest = Said.objects.filter(conversation=man.conversation, direction="in").last()
    conversations.reply(
        man.operator, ref=man.conversation.ref, text="Мы вас слышим.", seen=newest.ref,
        lock_for=DAY, reply_after_stop=DAY, wall=now, now=now,
    )  # fmt: skip


def taking_in(man):
    kinds = ["text", "line", "sent", "sign"]
    return keyring.open_fields(man.ingest, Purpose.INGEST, [man.conversation.compartment], kinds)


def first_answer(man, now):
    row = man.conversation
    row.acknowledged_at = None
    keys = taking_in(man)
    admitted = Admitted(
        person_ref=row.person_ref, by=row.person_ref, compartment=row.compartment,
        route=row.route, key="k", text="Эй", maybe_again=False, incomplete=False, stopped=False,
        arrived_at=now, keys=keys,
    )  # fmt: skip
    receive._first_answer(man.ingest, row, admitted, profile=PROFILE, now=now)


def script(man, now):
    row = man.conversation
    by = scripted.Way(row.person_ref, row.route)
    scripted._say(
        man.ingest, row, "Кто-нибудь ранен?", by=by, keys=taking_in(man), profile=PROFILE, now=now
    )


def answered_request(man, now):
    """He asked after somebody long ago, and the answer is due."""
    comp, ref = man.conversation.compartment, new_ref()
    TracingRequest.objects.create(
        ref=ref, person_ref=man.person, compartment=comp, language="ru", opened_by="x",
        opened_at=NOON, due_at=NOON,
        sought=taking_in(man).seal("Кто", field=SOUGHT, kind=TEXT, compartment=comp, ref=ref),
    )  # fmt: skip
    tracing.answer_due(man.clocks, profile=PROFILE, reply_after_stop=DAY, now=now)


def call(man, now):
    """He was told that there is no call with whom he asked after: his call is due."""
    comp, ref = man.conversation.compartment, new_ref()
    row = TracingRequest.objects.create(
        ref=ref, person_ref=man.person, compartment=comp, language="ru", opened_by="x",
        opened_at=NOON, due_at=NOON, answered_at=NOON,
        sought=taking_in(man).seal("Кто", field=SOUGHT, kind=TEXT, compartment=comp, ref=ref),
    )  # fmt: skip
    CallRequest.objects.create(request=row, token=ref, asked_by="x", asked_at=NOON, due_at=NOON)
    calls.tell_due(man.clocks, profile=PROFILE, now=now)


def say(kind):
    def run(man, now):
        text = {"text": "Ждём.", "fact": "", "part": "x"}
        way = {"texts": [], "holds": [], "switches": []}
        content = {"language": "ru", "salt": "5a", "texts": [text], "words": {}}
        content["ways"] = {"A": way, "B": way}
        telling.say(man.operator, man.plan, content, [text], kind=kind, profile=PROFILE, now=now)

    return run


def way_hold(man, now):
    telling.hold(man.operator, ref=man.plan.ref, profile=PROFILE, now=now)


def turn_back(man, now):
    following._turn_back(man.clocks, man.plan, profile=PROFILE, now=now)


def door(kind):
    def run(man, now):
        man.sends(man.clocks, kind, now)

    return run


def lies_there(man, now):
    """A text that was put out while he had just written, and is claimed now."""
    man.sends(man.clocks, Kind.REPLY, NOON + timedelta(minutes=1))


def campaign(man, now):
    """A list that somebody holds has his number on it."""
    line = (2, 1, f"{HIM},ru,UTC")
    actions.put_list(man.campaigner, campaign="camp", parts=[line], now=now)
    actions.read_part(man.campaigner, campaign="camp", region="UA", variants={})
    actions.queue_campaign(
        man.campaigner, campaign="camp", route="smpp", texts={"ru": ["Сдаться можно живым. Стоп: 0"]},
        tokens={}, hours=Hours(0, 0), rate=Rate(9), not_after=now + DAY, now=now,
    )  # fmt: skip


SENDERS = {
    "conversations/actions/answer.py:reply": [reply],
    "conversations/actions/receive.py:_first_answer": [first_answer],
    "conversations/actions/scripted.py:_say": [script],
    "tracing/actions.py:_say": [answered_request],
    "tracing/calls.py:_say": [call],
    "passage/actions/telling.py:say": [say(Kind.REPLY), say(Kind.INSTRUCTION)],
    "passage/actions/telling.py:hold": [way_hold],
    "passage/actions/following.py:_turn_back": [turn_back],
    "outreach/actions.py:start_campaign": [campaign],
    "post/actions/door.py:send": [lies_there, *map(door, set(Kind) - {Kind.CAMPAIGN})],
}
TRIED = [one for each in SENDERS.values() for one in each]


def test_every_function_that_writes_to_anybody_is_tried_below():
    assert senders.callers(senders.DOOR) == set(SENDERS)


def test_rows_of_the_outbox_are_made_at_the_door_alone():
    assert senders.callers(senders.ROWS) == {
        "post/actions/door.py:send",
        "post/actions/armed.py:_put_out",  # of what the door has judged, with the keeper gone
        "post/actions/campaigns.py:queue_campaign",
        "post/actions/outbox.py:_attempt",
        "post/actions/claiming.py:_claim",
    }


def test_only_the_door_for_words_puts_a_text_to_him_into_a_gateways_spool():
    assert senders.callers(senders.SPOOL) == {
        "post/lanes.py:_lane",
        "post/spooling.py:_write",
        "post/actions/armed.py:_put_out",
        "post/actions/claiming.py:boxed",
        "post/actions/claiming.py:write_batch",
        "access/worker.py:_lane",  # pagers of our own people
        "post/actions/mapped.py:draw",  # what units' maps show: no words, and nothing to him
        "post/actions/mapped.py:drawn_waiting",
        "escort/actions/stations.py:brief",  # the one passage a station in the field watches
        "escort/actions/stations.py:_end",
        "escort/actions/stations.py:tell_around",  # and what is around it
    }


def test_a_sender_is_found_however_the_door_was_imported(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room/actions.py").write_text(
        "from safeconduct.post import actions as out\n"
        "from safeconduct.post.actions import send as tell\n"
        "from safeconduct.post.models import Message\n"
        "import safeconduct.post.actions\n"
        "from functools import partial\n"
        "def one(): out.send()\n"
        "def two(): tell()\n"
        "def three(): return partial(out.send, text='x')\n"
        "def four(): safeconduct.post.actions.send()\n"
        "def five(): out.hold()\n"
        "def six(): Message.objects.bulk_create([])\n"
    )
    found = senders.callers(senders.DOOR, root=tmp_path)
    assert found == {f"room/actions.py:{name}" for name in ("one", "two", "three", "four")}
    assert senders.callers(senders.ROWS, root=tmp_path) == {"room/actions.py:six"}


@pytest.fixture
def man(officer, db):
    return Man(officer)


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


minutes = st.integers(0, 1439)
SHUT = Opening(WindowKind.DAILY, NOON, None, "UTC", 60, 120)
shut = st.one_of(
    st.builds(
        Opening, st.just(WindowKind.DAILY), st.just(NOON), st.none(),
        st.sampled_from(["Europe/Moscow", "Europe/Kyiv", "UTC", "America/New_York"]),
        minutes, minutes,
    ),
    st.builds(
        Opening, st.sampled_from([WindowKind.ONCE, WindowKind.WAY]), st.just(NOON),
        st.just(NOON + timedelta(hours=3)),
    ),
)  # fmt: skip


@settings(
    max_examples=4,
    phases=[Phase.explicit, Phase.generate],  # an example is a world; to shrink one takes minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    openings=st.lists(shut, max_size=3),
    silent_for=st.timedeltas(timedelta(minutes=16), DAY) | st.timedeltas(DAY, 300 * DAY),
    stopped=st.booleans(),
)
@example(openings=[SHUT], silent_for=timedelta(hours=2), stopped=False)
@example(openings=[], silent_for=DAY, stopped=False)
def test_no_sender_reaches_a_silent_man_outside_his_own_hours(man, openings, silent_for, stopped):
    now = NOON + silent_for
    declared = any(each.kind is not WindowKind.WAY for each in openings)
    silent = silent_for >= (JUST_WROTE if declared else REPLY_OPEN)
    if not silent or any(open_until(opening, now=now) for opening in openings):
        return
    for sends in TRIED:
        with undone():
            for each in openings:
                actions.open_window(
                    man.operator, person_ref=man.person, kind=each.kind, opens_at=each.opens_at,
                    closes_at=each.closes_at, zone=each.zone, from_minute=each.from_minute,
                    to_minute=each.to_minute, now=NOON,
                )  # fmt: skip
            if stopped:
                actions.opt_out(man.operator, person_ref=man.person, now=NOON)
            before = Message.objects.count()
            with suppress(Refused):
                sends(man, now)
            assert Message.objects.count() == before or sends in {lies_there, campaign}
            assert claims(now) == []


def test_the_same_senders_reach_him_when_he_has_just_written_and_agreed_to_the_way(man):
    now = NOON + timedelta(minutes=2)
    said = Counter()
    for sends in TRIED:
        with undone():
            if sends is not campaign:
                actions.open_window(
                    man.operator,
                    person_ref=man.person,
                    kind=WindowKind.WAY,
                    opens_at=NOON,
                    now=NOON,
                )
            else:
                Handle.objects.all().delete()  # of a campaign: to whom nobody here knows
            try:
                sends(man, now)
            except Refused as refused:
                said[refused.refusal.code] += 1
                continue
            said["left"] += bool(claims(now))
    # A plan that nobody approved covers no words, a text of the way without one is put out and does
    # not leave, and there is no stop to confirm.
    assert said == {
        "left": len(TRIED) - 4,
        "words.dead_token": 2,
        "post.no_confirmation": 1,
    }
