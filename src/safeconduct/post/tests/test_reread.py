"""A hijacked web process writes rows into the outbox by itself; the process that sends reads each once more."""

from datetime import timedelta

import pytest

from safeconduct.access import keyring, workers
from safeconduct.access.boxes import Box
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose
from safeconduct.envelope import OutboundText
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as offers
from safeconduct.pledges.tests.conftest import REWARD, in_force, proposed
from safeconduct.post import actions, spooling, timed
from safeconduct.post.models import Message, Result
from safeconduct.post.queries import BODY, SENT
from safeconduct.post.rules import LIVE, Kind
from safeconduct.post.tests.conftest import NOON
from safeconduct.programme import load
from safeconduct.refs import new_ref
from safeconduct.refusal import Refused
from safeconduct.spool import core_end
from safeconduct.spool.carried import Opener
from safeconduct.spool.form import read
from safeconduct.spool.tests.made import programme

__all__ = ["in_force", "proposed"]
pytestmark = pytest.mark.enable_socket  # a free port for the gateway
DAY = timedelta(days=1)
OFFER = REWARD.texts["ru"]
PLAIN = "Мы вас слышим."


@pytest.fixture
def edge(tmp_path, settings):
    """Return `edge()`: the texts that lie in the spool of the one gateway, as it would open them."""
    made = programme(tmp_path)
    settings.DATA = made.data

    def lying():
        opener = Opener(made.gateway_private, direction="out")
        queue = core_end.outgoing(made.data, "smpp")
        raws = [item.body for item in queue.take()]
        queue.close()
        return [
            OutboundText.from_bytes(opener.open(sealed)).text
            for raw in raws
            for sealed in read(raw).each()
        ]

    return lying


@pytest.fixture
def forges(writes, ingest):
    """Return `forges(text, …)`: a row as whoever holds the web process writes it, past the door."""
    row = writes("Здравствуйте")

    def put(text, *, kind=Kind.REPLY, tokens=(), body=None):
        ref = new_ref()
        keys = keyring.open_fields(ingest, Purpose.WRITE, [row.compartment], [SENT])
        sealed = keys.seal(text, field=BODY, kind=SENT, compartment=row.compartment, ref=ref)
        return Message.objects.create(
            ref=ref, lane=LIVE, person_ref=row.person_ref, compartment=row.compartment, kind=kind,
            route="smpp", language="ru", body=body(sealed) if body else sealed, by="SYS:ingest",
            tokens=[[t.kind, t.ref, t.digest.hex()] for t in tokens], put_at=NOON,
            not_after=NOON + DAY,
        )  # fmt: skip

    put.row, put.who = row, ingest
    return put


def claimed():
    return actions.claim_live(limit=50, now=NOON, wall=NOON, reply_after_stop=DAY)


def spooled(claims, *, data):
    texts = {text for each in load.current().texts.values() for text in each.values()}
    spooling.write(
        workers.me(Purpose.SEND), claims, data=data, sender="7007", own_texts=texts, now=NOON
    )


def reason(message):
    found = Result.objects.filter(attempt__message=message).first()
    return found.reason if found else ""


def test_a_forged_row_that_promises_or_threatens_does_not_leave_and_a_supervisor_is_called(
    forges, edge, settings
):
    bad = {
        forges("Заплатим 10 000 долларов."): "words.promise",
        forges("Пленных не берём"): "words.no_quarter",
        forges("Ждём вас у моста", kind=Kind.SCRIPT): "words.promise",
        forges("Заплатим 10 000 долларов.", kind=Kind.ABORT): "post.no_way_window",
    }
    plain = forges(PLAIN)
    spooled(claimed(), data=settings.DATA)
    assert {row: reason(row) for row in bad} | {plain: ""} == {
        **{row: why.removeprefix("post.") for row, why in bad.items()}, plain: "",
    }  # fmt: skip
    assert edge() == [PLAIN]
    assert Call.objects.filter(duty=Duty.SUP, kind="post.words_refused").count() == 1


def test_under_the_name_of_hold_and_abort_nothing_leaves_but_the_profiles_own_words(
    forges, edge, ingest, settings
):
    actions.open_window(
        ingest, person_ref=forges.row.person_ref, kind="way", opens_at=NOON, now=NOON
    )
    forged = forges("Идите к мосту", kind=Kind.ABORT)
    agreed = load.current().text("abort", "ru")
    forges(agreed, kind=Kind.ABORT)
    spooled(claimed(), data=settings.DATA)
    assert reason(forged) == "words.promise"
    assert edge() == [agreed]


def test_a_promise_cut_in_two_stops_at_its_second_half_at_the_door_and_where_it_leaves(
    forges, edge, ingest, settings
):
    first, second = forges("Поговорим про амни"), forges("стию, когда захотите")
    spooled(claimed(), data=settings.DATA)
    assert (reason(first), reason(second)) == ("", "words.split")
    assert edge() == ["Поговорим про амни"]
    with pytest.raises(Refused, match="Together with the text before"):
        put(ingest, forges.row, "стию, когда захотите")
    assert put(ingest, forges.row, PLAIN)


def put(who, row, text, tokens=(), form=""):
    return actions.send(
        who, person_ref=row.person_ref, text=text, kind=Kind.REPLY, language="ru",
        reply_after_stop=DAY, tokens=tokens, form=form, now=NOON,
    )  # fmt: skip


def test_an_hour_leaves_without_a_plan_in_the_programmes_own_form_and_with_no_other_word(
    forges, edge, ingest, settings
):
    form = load.current().text("tracing_call_at", "ru")
    text = timed.told(form, NOON + DAY, zone="Europe/Moscow")
    with pytest.raises(Refused, match="promises without leave"):
        put(ingest, forges.row, text)
    with pytest.raises(ValueError, match="not its form"):
        put(ingest, forges.row, "Идите к мосту", form=form)
    assert put(ingest, forges.row, text, form=form)
    others = [
        text.replace("(UTC+3)", "(UTC+3) у моста"),
        text.replace("видеозвонок", "выход"),
        f"{text} Ждём у моста.",
        timed.told("Встреча: {at}", NOON + DAY, zone="UTC"),
    ]
    forged = [forges(other) for other in others]
    spooled(claimed(), data=settings.DATA)
    assert {reason(row) for row in forged} == {"words.promise"}
    assert edge() == [text]


def test_a_row_that_does_not_open_holds_up_none_of_the_others(forges, edge, settings):
    moved = forges(
        PLAIN, body=lambda box: Box(bytes(box)[:-1] + bytes([bytes(box)[-1] ^ 1]), column=BODY)
    )
    forges("Пишите, когда сможете.")
    spooled(claimed(), data=settings.DATA)
    assert reason(moved) == "keys.changed"
    assert edge() == ["Пишите, когда сможете."]


def test_an_offers_name_covers_its_own_words_alone_and_only_while_it_is_in_force(
    forges, edge, in_force, officer, settings
):
    version = in_force(REWARD)
    token = offers.token_for(version, "ru")
    forged = forges("Заплатим 90 000 долларов.", tokens=[token])
    put(forges.who, forges.row, OFFER, tokens=[token])
    claims = claimed()
    late = Message.objects.get(pk=forges(OFFER, tokens=[token]).pk)
    spooled(claims, data=settings.DATA)
    assert reason(forged) == "words.promise"
    assert edge() == [OFFER]
    claims = claimed()  # it stands; then the offer falls before the text is written
    pledges.withdraw(officer(Duty.OFF), ref=version.ref, now=NOON)
    spooled(claims, data=settings.DATA)
    assert reason(late) == "words.dead_token"
    assert edge() == [OFFER]
