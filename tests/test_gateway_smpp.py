"""The SMPP gateway as its own process, over real sockets, killed where it hurts most."""

import json
import random  # noqa: TID251  seeded kills
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import smpplib.smpp
from smpplib.command import Command

from safeconduct.envelope import InboundText, OutboundBatch, Page, Receipt, SendResult, SendResults
from safeconduct.exercise.phones import Answer, crowd
from safeconduct.exercise.smsc import Habits
from tests.edge_world import world

pytestmark = pytest.mark.enable_socket

HIM = "+380501112233"


class _Client:
    def next_sequence(self):
        return 1


def pdus(record):
    """Every recorded PDU, read by another author's library."""
    for line in record.read_text().splitlines():
        told = json.loads(line)
        pdu = smpplib.smpp.parse_pdu(
            bytes.fromhex(told["hex"]), client=_Client(), allow_unknown_opt_params=True
        )
        assert isinstance(pdu, Command)
        yield told["way"], pdu


def acknowledged(record):
    """Octets of every text for which the carrier holds our answer 0."""
    sent, held = {}, []
    for way, pdu in pdus(record):
        if way == "out" and pdu.command == "deliver_sm":
            sent[pdu.sequence] = bytes(pdu.short_message or b"")
        elif way == "in" and pdu.command == "deliver_sm_resp" and pdu.status == 0:
            held.append(sent[pdu.sequence])
    return held


def submitted(record):
    return [
        (bytes(pdu.destination_addr).decode(), bytes(pdu.short_message or b""))
        for way, pdu in pdus(record)
        if way == "in" and pdu.command == "submit_sm"
    ]


def test_a_text_in_two_parts_arrives_and_an_answer_goes_back_with_its_receipt(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM)
        long = "Здравствуйте, нас тут двое, готовы выйти. Куда идти, когда лучше? Сидим дома за рекой, ждём вас."
        phone.say(long)
        here.until(lambda: len(here.of(InboundText)) == 2)
        first, second = here.of(InboundText)
        assert first.text + second.text == long
        assert (first.part, second.part, first.parts) == (1, 2, 2)
        assert first.reference == second.reference
        assert (first.sender, first.recipient, first.maybe_again) == (HIM, "100", False)
        assert [key for key, _ in here.arrived] == ["smpp:1", "smpp:2"]
        here.send("a1", "Мы вас слышим.", to=HIM)
        assert phone.hear(re.compile("слышим"), patience_s=40)
        here.until(lambda: here.of(Receipt) and here.of(SendResult))
        (result,), (receipt,) = here.of(SendResult), here.of(Receipt)
        assert (result.attempt, result.outcome) == ("a1", "SENT")
        assert result.carrier_ids == [receipt.carrier_id]
        assert (receipt.recipient, receipt.stat) == (HIM, "DELIVRD")
        told, _ = here.end_gateway()
        assert told.strip() == "heavy []"


def test_a_gateway_that_is_told_to_stop_finishes_what_it_took_and_leaves_nothing_unknown(tmp_path):
    with world(tmp_path, rate=30) as here:
        phone = here.phone(HIM)
        for n in range(20):
            here.send(f"a{n}", f"text {n}", to=HIM)
        here.until(phone.texts)
        here.end_gateway()
        assert here.gateway.returncode == 0
        here.start_gateway()
        here.until(lambda: len(here.of(SendResult)) == 20)
        assert Counter(r.outcome for r in here.of(SendResult)) == {"SENT": 20}
        assert sorted(phone.texts()) == sorted(f"text {n}" for n in range(20))


def test_an_edge_hosts_disk_shows_neither_text_nor_number(tmp_path):
    with world(tmp_path) as here:
        here.kill_dialler()  # what lies on the disk longest: no core to take it
        here.phone(HIM).say("the mill by the river")
        here.until(lambda: here.carrier.owed() == 0)
        for path in (here.made.folder).rglob("*"):
            if path.is_file():
                held = path.read_bytes()
                assert b"mill" not in held
                assert b"380501112233" not in held


def test_two_equal_texts_in_a_row_are_two_and_the_later_is_marked(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM)
        phone.say("ready")
        phone.say("ready")
        here.until(lambda: len(here.of(InboundText)) == 2)
        assert [text.text for text in here.of(InboundText)] == ["ready", "ready"]
        assert [text.maybe_again for text in here.of(InboundText)] == [False, True]


def test_what_a_carrier_delivers_once_more_after_our_answer_is_marked_and_stands_beside_it(
    tmp_path,
):
    long = "Нас тут двое, мы ждём у окна и слушаем; напишите, пожалуйста, что нам делать дальше."
    with world(tmp_path, habits=Habits(throttled=0.0, redelivers=2)) as here:
        phone = here.phone(HIM)
        phone.say(long)
        here.until(lambda: len(here.of(InboundText)) == 4)
        here.send("a1", "Мы вас слышим.", to=HIM)
        here.until(lambda: len(here.of(Receipt)) == 2)
        told = sorted((text.part, text.maybe_again) for text in here.of(InboundText))
        assert told == [(1, False), (1, True), (2, False), (2, True)]
        here.until(lambda: here.carrier.owed() == 0)
        assert phone.texts() == ["Мы вас слышим."]


def test_killed_between_commit_and_answer_nothing_is_lost_and_the_redelivery_is_marked(tmp_path):
    with world(tmp_path, kill_at="commit-answer:1") as here:
        phone = here.phone(HIM)
        phone.say("first")
        here.until(lambda: here.deaths == 1 and len(here.of(InboundText)) == 2)
        phone.say("second")
        here.until(lambda: len(here.of(InboundText)) == 3)
        texts = [(text.text, text.maybe_again) for text in here.of(InboundText)]
        assert texts == [("first", False), ("first", True), ("second", False)]
        here.until(lambda: here.carrier.owed() == 0)
        assert acknowledged(here.record) == [b"first", b"second"]


def test_a_text_repeated_after_its_answer_was_read_is_not_called_a_redelivery(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM)
        phone.say("still here")
        here.until(lambda: len(here.of(InboundText)) == 1)
        here.until(
            lambda: (
                "enquire_link_resp" in {p.command for way, p in pdus(here.record) if way == "out"}
            )
        )
        here.end_gateway()  # what came in the last minutes is forgotten with its process
        here.start_gateway()
        phone.say("still here")
        here.until(lambda: len(here.of(InboundText)) == 2)
        assert [text.maybe_again for text in here.of(InboundText)] == [False, False]


def test_killed_between_claim_and_write_the_text_is_unknown_and_never_sent_by_itself(tmp_path):
    with world(tmp_path, kill_at="claim-write:1") as here:
        phone = here.phone(HIM)
        here.send("a1", "come to the bridge", to=HIM)
        here.until(lambda: here.deaths == 1 and len(here.of(SendResult)) == 1)
        here.send("a2", "are you there", to=HIM)
        assert phone.hear(re.compile("are you there"), patience_s=40)
        here.until(lambda: len(here.of(SendResult)) == 2)
        assert [(r.attempt, r.outcome) for r in here.of(SendResult)] == [
            ("a1", "UNKNOWN"),
            ("a2", "SENT"),
        ]
        assert phone.texts() == ["are you there"]


def test_killed_between_write_and_result_the_text_is_unknown_and_not_sent_twice(tmp_path):
    with world(tmp_path, kill_at="write-result:1") as here:
        phone = here.phone(HIM)
        here.send("a1", "come to the bridge", to=HIM)
        here.until(lambda: here.deaths == 1 and len(here.of(SendResult)) == 1)
        here.until(lambda: len(here.of(Receipt)) == 1)  # the receipt still tells that it came
        assert [(r.attempt, r.outcome) for r in here.of(SendResult)] == [("a1", "UNKNOWN")]
        assert phone.texts() == ["come to the bridge"]
        assert len(submitted(here.record)) == 1


def test_an_attempt_that_the_core_sends_twice_leaves_once(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM)
        here.send("a1", "once", to=HIM)
        here.until(lambda: len(here.of(SendResult)) == 1)
        with here.lane.queue.change() as change:  # as if the core had forgotten its own key
            change._db.execute("UPDATE item SET key = 'forgotten' WHERE key = 'a1'")
        here.send("a1", "once", to=HIM)
        here.send("a2", "other", to=HIM)
        here.until(lambda: len(here.of(SendResult)) == 2)
        assert phone.texts() == ["once", "other"]


def test_a_text_past_its_time_is_refused_and_never_leaves(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM)
        here.send("late", "too late", to=HIM, lasts_s=-1)
        here.send("now", "in time", to=HIM)
        assert phone.hear(re.compile("in time"), patience_s=40)
        here.until(lambda: len(here.of(SendResult)) == 2)
        assert {r.attempt: r.outcome for r in here.of(SendResult)} == {
            "late": "REFUSED",
            "now": "SENT",
        }
        assert phone.texts() == ["in time"]


def test_a_campaign_to_a_thousand_phones_ends_with_one_outcome_for_each(tmp_path):
    habits = Habits(throttled=0.02, seed=3)
    with world(tmp_path, habits=habits, rate=1000) as here:
        phones = crowd(
            "+380671000000",
            1000,
            carrier=here.carrier,
            programme="100",
            opts_out=("СТОП", "stop", "توقف"),
        )
        for n, phone in enumerate(phones):
            here.send(f"c{n}", "Дзвоніть будь-коли.", to=phone.number)
        here.until(
            lambda: len(here.of(SendResult)) == 1000 and len(here.of(Receipt)) == 1000, within_s=60
        )
        assert Counter(r.outcome for r in here.of(SendResult)) == {"SENT": 1000}
        assert all(phone.texts() == ["Дзвоніть будь-коли."] for phone in phones)
        here.until(lambda: len(here.of(InboundText)) == 3)
        assert {t.text for t in here.of(InboundText)} == {"СТОП", "stop", "توقف"}


def words_of(here):
    """Return every word on the attempts of a batch, in order."""
    found = [(each.attempt, each.outcome) for each in here.of(SendResult)]
    for each in here.of(SendResults):
        found += zip(each.attempts, each.outcomes, strict=True)
    return found


def test_a_claim_of_a_campaign_whose_gateway_dies_twice_leaves_each_number_once(tmp_path):
    with world(tmp_path, kill_at="claim-write:7,write-result:12", rate=20) as here:
        phones = [here.phone(f"+3805011100{n:02}") for n in range(50)]
        batch = OutboundBatch(
            route="smpp",
            sender="100",
            texts=["the bridge", "the road"],
            attempts=[f"r{n}" for n in range(50)],
            recipients=[phone.number for phone in phones],
            says=[n % 2 for n in range(50)],
            not_after=datetime.now(UTC) + timedelta(minutes=5),  # noqa: TID251  as edge_world
        )
        here.lane.put("b1", batch.to_bytes())
        here.until(lambda: here.deaths == 2 and len(words_of(here)) == 50)
        told = dict(words_of(here))
        heard = {f"r{n}": phone.texts() for n, phone in enumerate(phones)}
    assert set(told) == set(heard)  # a word on each, and one alone
    assert {told[attempt] for attempt, texts in heard.items() if not texts} == {"UNKNOWN"}
    assert all(texts for attempt, texts in heard.items() if told[attempt] == "SENT")
    assert all(
        texts in ([], [batch.texts[place]])
        for texts, place in zip(heard.values(), batch.says, strict=True)
    )
    assert Counter(told.values())["UNKNOWN"] <= 40  # twice what a life may have under way


def play_under_kills(here, dice):
    """Sixty people write and are answered, while gateway, dialler and carrier's links die."""
    outside = set(dice.sample(range(10, 60), 4))
    phones = [here.phone(f"+38050111{n:04d}") for n in range(60)]
    for n, phone in enumerate(phones):
        phone.say(f"text {n}")
        here.send(f"a{n}", f"answer {n}", to=phone.number)
        if n in outside:
            here.until(lambda: here.gateway.poll() is None)
            here.gateway.kill()
            here.kill_dialler()
            here.start_dialler()
            here.carrier.drop_links()
        time.sleep(dice.uniform(0.0, 0.1))
        here.tend()
    here.until(lambda: len({r.attempt for r in here.of(SendResult)}) == 60, within_s=60)
    here.until(lambda: here.carrier.owed() == 0, within_s=30)
    return phones


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_under_many_kills_every_answered_text_is_there_and_every_attempt_has_its_outcome(
    tmp_path, seed
):
    dice = random.Random(seed)  # noqa: S311  seeded kills
    points = {"commit-answer": (1, 3), "claim-write": (2, 9), "write-result": (2, 5)}
    wish = ",".join(f"{point}:{dice.randint(*few)}" for point, few in points.items())
    with world(tmp_path, kill_at=wish, rate=15, habits=Habits(throttled=0.02, seed=seed)) as here:
        phones = play_under_kills(here, dice)
        killed = {path.name for path in (here.made.folder / "spool").glob("killed-*")}
        assert killed == {f"killed-{point}" for point in points}, f"seed {seed}, {wish}"
        told = Counter(t.text for t in here.of(InboundText))
        held = {text.decode() for text in acknowledged(here.record) if text.startswith(b"text")}
        assert held == {f"text {n}" for n in range(60)} == set(told)
        unmarked = Counter(t.text for t in here.of(InboundText) if not t.maybe_again)
        assert set(unmarked.values()) == {1}
        first = {result.attempt: result.outcome for result in reversed(here.of(SendResult))}
        assert set(first.values()) <= {"SENT", "UNKNOWN"}
        heard = Counter(text for phone in phones for text in phone.texts())
        assert max(heard.values()) == 1
        silent = {n for n in range(60) if not heard[f"answer {n}"]}
        assert {first[f"a{n}"] for n in silent} <= {"UNKNOWN"}


def test_in_an_exercise_no_carrier_beyond_this_machine_is_spoken_to(tmp_path):
    with world(tmp_path) as here:
        here.end_gateway()
        path = here.made.folder / "gateway.toml"
        path.write_text(re.sub(r'server = "127.0.0.1', 'server = "192.0.2.7', path.read_text()))
        here.start_gateway()
        _, errors = here.gateway.communicate(timeout=20)
        assert here.gateway.returncode == 2
        assert "leaves this machine" in errors


def test_a_page_reaches_whoever_is_on_duty_and_says_nothing_but_that(tmp_path):
    with world(tmp_path, name="pager", more='sender = "duty"\n') as here:
        phone = here.phone("+380441234567")
        page = Page(
            attempt="p1", route="pager", recipient=phone.number, text="Please look at the console."
        )
        here.lane.put("p1", page.to_bytes())
        assert phone.hear(re.compile("console"), patience_s=40)
        long = Page(attempt="p2", route="pager", recipient=phone.number, text="x" * 200)
        here.lane.put("p2", long.to_bytes())
        here.until(lambda: len(here.of(SendResult)) == 2)
        assert {r.attempt: r.outcome for r in here.of(SendResult)} == {
            "p1": "SENT",
            "p2": "REFUSED",
        }
        assert phone.texts() == ["Please look at the console."]


def test_a_phone_answers_by_itself_once(tmp_path):
    with world(tmp_path) as here:
        phone = here.phone(HIM, answers=(Answer(re.compile("offer"), "0"),))
        here.send("a1", "an offer", to=HIM)
        here.send("a2", "an offer", to=HIM)
        here.until(lambda: len(here.of(InboundText)) == 1 and len(phone.texts()) == 2)
        assert here.of(InboundText)[0].text == "0"
