"""A gateway is struck out while answers wait: none of them vanishes, and another may take its place."""

from datetime import timedelta

import pytest

from safeconduct.access import workers
from safeconduct.access.rules import Duty, Purpose
from safeconduct.envelope import OutboundText, SendResult
from safeconduct.post import actions, progress, queries, spooling
from safeconduct.post.campaign_tables import Batch
from safeconduct.post.models import Handle, Result, Retry
from safeconduct.post.rules import ANSWER_DUE, HoldKind, Kind, Outcome
from safeconduct.post.tests.conftest import NOON
from safeconduct.post.tests.listed import queue
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.spool.carried import Chain, Opener
from safeconduct.spool.form import read
from safeconduct.spool.keyfiles import read_key
from safeconduct.spool.tests.made import programme

pytestmark = pytest.mark.enable_socket  # a free port for the gateways
DAY = timedelta(days=1)
LINES = '[[gateway]]\nname = "{0}"\naddress = "127.0.0.1:7300"\ninstead_of = {1}\n'


class Gateways:
    """Two of them, "smpp" by which he wrote and "second", in one data folder."""

    def __init__(self, folder):
        self.made = {name: programme(folder, name=name) for name in ("smpp", "second")}
        self.data = self.made["smpp"].data
        self.name(second="[]")

    def name(self, *, second):
        lines = LINES.format("smpp", "[]") + LINES.format("second", second)
        (self.data / "gateways.toml").write_text(lines)

    def strike_out(self):
        assert core_end.strike_out(self.data, "smpp")

    def lying_for(self, name):
        """What lies in the core's spool for a gateway, as that one would open it."""
        opener = Opener(self.made[name].gateway_private, direction="out")
        chain = Chain({"core": read_key(self.data / "link" / "core-sign.pub")}, direction="out")
        queue = core_end.outgoing(self.data, name)
        raws = [item.body for item in queue.take()]
        queue.close()
        assert all(chain.check_sender(raw) for raw in raws)
        return [
            OutboundText.from_bytes(opener.open(sealed))
            for raw in raws
            for sealed in read(raw).each()
        ]


@pytest.fixture
def gateways(tmp_path, settings):
    made = Gateways(tmp_path)
    settings.DATA = made.data
    return made


def put(who, row, *, kind=Kind.REPLY, now=NOON):
    return actions.send(
        who,
        person_ref=row.person_ref,
        text="Мы вас слышим.",
        kind=kind,
        language="ru",
        reply_after_stop=DAY,
        now=now,
    )


def leaves(data, *, now=NOON, wall=NOON):
    """One step of the sending worker."""
    claims = actions.claim_live(limit=50, now=now, wall=wall, reply_after_stop=DAY)
    spooling.write(workers.me(Purpose.SEND), claims, data=data, sender="7007", now=now)
    return claims


def fate(ref, officer):
    return queries.fates_of(officer, Purpose.READ, [ref])[ref]


def test_an_answer_that_lies_there_unclaimed_is_not_sent_and_its_writer_is_told_why(
    writes, ingest, officer, gateways
):
    row = writes("Здравствуйте")
    ref = put(ingest, row)
    gateways.strike_out()
    assert leaves(gateways.data) == []
    told = fate(ref, officer(Duty.OP))
    assert (told.outcome, told.unserved) == (Outcome.SKIPPED, True)
    assert gateways.lying_for("smpp") == []


def test_one_that_went_to_it_before_is_unknown_stays_so_and_is_written_nowhere_again(
    writes, ingest, officer, gateways
):
    row = writes("Здравствуйте")
    ref = put(ingest, row)
    [claim] = leaves(gateways.data)
    gateways.strike_out()
    gateways.name(second='["smpp"]')
    later = NOON + ANSWER_DUE
    assert actions.give_up_waiting(now=later, wall=later)
    assert leaves(gateways.data, now=later, wall=later) == []
    assert not Retry.objects.exists()
    told = fate(ref, officer(Duty.OP))
    assert (told.outcome, told.maybe_twice, told.unserved) == (Outcome.UNKNOWN, False, False)
    assert [text.attempt for text in gateways.lying_for("smpp")] == [claim.attempt]
    assert gateways.lying_for("second") == []


def test_an_attempt_that_nobody_wrote_before_it_was_struck_out_is_not_written_after(
    writes, ingest, gateways
):
    put(ingest, writes("Здравствуйте"))
    actions.claim_live(limit=50, now=NOON, wall=NOON, reply_after_stop=DAY)
    known = {"written": (), "limit": 9, "now": NOON, "wall": NOON, "reply_after_stop": DAY}
    assert len(actions.unwritten(**known)) == 1
    gateways.strike_out()
    assert actions.unwritten(**known) == []


@pytest.mark.parametrize("kind", [Kind.REPLY, Kind.SCRIPT, Kind.ABORT])
def test_while_none_takes_its_place_the_door_says_so_to_whoever_writes(
    writes, ingest, officer, gateways, kind
):
    row = writes("Здравствуйте")
    gateways.strike_out()
    with pytest.raises(Refused, match="was struck out"):
        put(ingest, row, kind=kind)
    reach = queries.reach_of(
        officer(Duty.OP), Purpose.READ, person_ref=row.person_ref, now=NOON, reply_after_stop=DAY
    )
    assert reach.refusal_code == "post.struck_out"


def test_the_gateway_that_stands_in_its_place_takes_what_is_written_from_then_on(
    writes, ingest, gateways
):
    row = writes("Здравствуйте")
    gateways.strike_out()
    gateways.name(second='["other", "smpp"]')
    put(ingest, row)
    [claim] = leaves(gateways.data)
    [text] = gateways.lying_for("second")
    assert (text.route, text.recipient, text.attempt) == ("second", "+380501112233", claim.attempt)
    assert gateways.lying_for("smpp") == []
    result = SendResult(claim.attempt, "second", "SENT", ["c1"], 0, NOON)
    actions.settle_result(ingest, result, now=NOON)
    assert Result.objects.get().outcome == Outcome.SENT
    assert queries.people_through("second", since=NOON) == {row.person_ref}


def test_a_false_alarm_taken_back_lets_his_answers_leave_as_before(writes, ingest, gateways):
    row = writes("Здравствуйте")
    gateways.strike_out()
    key = gateways.data / "link" / "smpp-sign.pub"
    key.with_name("smpp-sign.pub.struck").rename(key)
    put(ingest, row)
    assert [claim.route for claim in leaves(gateways.data)] == ["smpp"]
    assert len(gateways.lying_for("smpp")) == 1


@pytest.mark.parametrize(
    ("name", "refused"),
    [("web", ""), ("web2", ""), ("websms", "post.window"), ("smpp", "post.window")],
)
def test_a_contact_page_under_a_new_name_is_one_on_which_nothing_rings(
    writes, officer, name, refused
):
    row, night = writes("Здравствуйте"), NOON + timedelta(hours=30)
    Handle.objects.update(route=name)
    reach = queries.reach_of(
        officer(Duty.OP), Purpose.READ, person_ref=row.person_ref, now=night, reply_after_stop=DAY
    )
    assert reach.refusal_code == refused


def test_one_in_its_place_that_is_struck_out_too_or_not_enrolled_takes_nothing(
    writes, ingest, gateways
):
    row = writes("Здравствуйте")
    gateways.strike_out()
    gateways.name(second='["smpp"]')
    core_end.strike_out(gateways.data, "second")
    with pytest.raises(Refused, match="was struck out"):
        put(ingest, row)


def test_who_is_held_in_silence_is_told_what_anybody_is(writes, ingest, officer, gateways):
    held, free = writes("Раз"), writes("Два", sender="+380501112299")
    actions.hold(officer(Duty.SUP), person_ref=held.person_ref, kind=HoldKind.SILENT, now=NOON)
    refs = [put(ingest, row) for row in (held, free)]
    gateways.strike_out()
    assert leaves(gateways.data) == []
    operator = officer(Duty.OP)
    assert fate(refs[0], operator) == fate(refs[1], operator)
    for row in (held, free):
        with pytest.raises(Refused, match="was struck out"):
            put(ingest, row)


def test_a_campaign_stands_where_it_is_until_a_person_resumes_it_by_another(listed, gateways):
    queue(listed)
    gateways.strike_out()
    assert actions.claim_campaigns(now=NOON, wall=NOON) is None
    lanes = progress.of("camp")
    assert {lane.stopped_by for lane in lanes} <= {"", "struck_out"}
    assert lanes[0].stopped_at == NOON
    assert not Batch.objects.exists()
    gateways.name(second='["smpp"]')
    actions.resume_campaign(listed, campaign="camp", now=NOON)
    batch = actions.claim_campaigns(now=NOON, wall=NOON)
    assert batch.route == "second"
    assert len(batch.rows) == 8
