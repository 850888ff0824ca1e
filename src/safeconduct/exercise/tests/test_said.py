"""What the judge of texts finds wrong: each check holds on a true record, and fails on each lie."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import lxml.html
import pytest

from safeconduct import clock
from safeconduct.exercise import judge, said, staging
from safeconduct.exercise.console import Shown
from safeconduct.smpp.codec import Address, Command, Message, Pdu, Status, id_body, message_body
from safeconduct.smpp.segments import messages

HIM, OTHER = "380671000777", "380671000001"
US = "7007"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Record:
    """A carrier's record, PDU by PDU, one second apart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = NOON
        self.sequence = 0
        path.write_text("")

    def note(self, link, way, pdu):
        self.at += timedelta(seconds=1)
        told = {"at": self.at.isoformat(), "link": link, "way": way, "hex": pdu.to_bytes().hex()}
        with self.path.open("a") as file:
            file.write(json.dumps(told) + "\n")

    def ask(self, command, source, to, text, *, link=1, sequence=None, answered=True):
        self.sequence += 1
        number = self.sequence if sequence is None else sequence
        draft = Message(Address.of(source), Address.of(to))
        for n, part in enumerate(messages(draft, text, reference=number % 200)):
            way = "in" if command == Command.SUBMIT_SM else "out"
            self.note(link, way, Pdu(command, 0, number + n, message_body(part)))
            if answered:
                self.answer(link, command, number + n)

    def answer(self, link, command, number):
        back = "out" if command == Command.SUBMIT_SM else "in"
        self.note(link, back, Pdu(command | 0x80000000, Status.OK, number, id_body("1")))

    def came(self, sender, text, **how):
        self.ask(Command.DELIVER_SM, sender, US, text, **how)

    def left(self, to, text, **how):
        self.ask(Command.SUBMIT_SM, US, to, text, **how)


class Console:
    """Answers with pages that a test wrote."""

    def __init__(self, pages):
        self.pages = pages

    def open(self, path):
        return Shown(path, 200, lxml.html.document_fromstring(self.pages[path] or "<p></p>"))


def thread(*texts):
    return "".join(
        f'<article data-kind="conversations.message" data-direction="in"><p>{text.rstrip("!")}</p>'
        f"{'<b data-again=possible></b>' * text.endswith('!')}</article>"
        for text in texts
    )


def log(count):
    row = f'<i data-kind="audit.entry" data-verb="{said.RECEIVED}"></i>'
    return '<i data-kind="audit.entry" data-verb="x"></i>' + row * count


@pytest.fixture
def record(tmp_path):
    return Record(tmp_path / staging.CARRIER_RECORD)


@pytest.fixture
def play(tmp_path, monkeypatch):
    """The little of a play that a judge asks for; `pages` is what the console shows."""
    monkeypatch.setattr(said, "SETTLES_S", 0.0)
    pages = {"/talk/": "", "/audit/": "", "/campaign/": ""}
    console = Console(pages)
    phones = {"him": [SimpleNamespace(number=f"+{HIM}")], "crowd": []}
    phones["crowd"] = [SimpleNamespace(number=f"+38067100000{n}") for n in range(4)]
    kept = {"{place_a}": "вышка, Верхняя Лозна"}
    return SimpleNamespace(
        pages=pages,
        fill=lambda text: kept.get(text, text),
        kills=SimpleNamespace(gateway_died=lambda **_since: 0, died_at=lambda _gap: None),
        stage=SimpleNamespace(
            records=tmp_path,
            staff={"op": console, "aud": console, "cam": console},
            phone=lambda key: phones[key][0],
            crowd=lambda key: phones[key],
        ),
    )


THERE = {"pages": {"him": "op /talk/"}, "auditor": "aud"}


def test_two_equal_texts_are_two_on_the_page(record, play):
    record.came(HIM, "да")
    record.came(HIM, "да")
    record.came(OTHER, "СТОП")
    play.pages |= {"/talk/": thread("да", "да"), "/audit/": log(3)}
    assert said.inbound_is_there(THERE, play).held
    play.pages["/talk/"] = thread("да")
    assert not said.inbound_is_there(THERE, play).held
    play.pages["/talk/"] = thread("да", "да", "да")
    assert not said.inbound_is_there(THERE, play).held


@pytest.mark.parametrize(("taken", "held"), [(1, False), (2, True), (3, False)])
def test_the_texts_of_every_sender_were_taken_in_by_the_auditors_count(record, play, taken, held):
    record.came(HIM, "да")
    record.came(OTHER, "СТОП")
    play.pages |= {"/talk/": thread("да"), "/audit/": log(taken)}
    assert said.inbound_is_there(THERE, play).held == held


@pytest.mark.parametrize(("taken", "held"), [(1, True), (2, False), (3, False)])
def test_a_long_text_is_one_taken_in_however_many_parts_it_came_in(record, play, taken, held):
    text = "да " * 60 + "да"
    record.came(HIM, text)
    play.pages |= {"/talk/": thread(text), "/audit/": log(taken)}
    assert said.inbound_is_there(THERE, play).held == held


def test_what_was_lost_between_commit_and_answer_stands_there_again_with_its_mark(record, play):
    record.came(HIM, "да", answered=False)
    died = record.at + timedelta(seconds=1)
    play.kills.died_at = lambda _gap: died
    record.came(HIM, "да", link=2)
    play.pages |= {"/talk/": thread("да", "да!"), "/audit/": log(2)}
    assert said.inbound_is_there(THERE, play).held
    play.pages["/talk/"] = thread("да", "да")
    assert not said.inbound_is_there(THERE, play).held
    play.pages["/talk/"] = thread("да")
    assert not said.inbound_is_there(THERE, play).held


def test_what_an_earlier_death_lost_and_what_came_again_before_this_one_needs_no_mark(record, play):
    record.came(HIM, "да", answered=False)
    record.came(HIM, "да", link=2)
    died = record.at + timedelta(seconds=1)
    play.kills.died_at = lambda _gap: died
    play.pages |= {"/talk/": thread("да"), "/audit/": log(1)}
    assert said.inbound_is_there(THERE, play).held


def test_a_text_that_no_carrier_delivered_is_amiss(record, play):
    record.came(HIM, "да")
    play.pages |= {"/talk/": thread("да", "нет"), "/audit/": log(1)}
    assert not said.inbound_is_there(THERE, play).held


def test_equal_numbers_on_two_links_are_two_requests(record, play):
    record.left(OTHER, "one", link=1, sequence=7, answered=False)
    record.left(HIM, "two", link=2, sequence=7, answered=False)
    record.answer(1, Command.SUBMIT_SM, 7)
    record.answer(2, Command.SUBMIT_SM, 7)
    assert [text.text for text in said.carrier(play).submitted] == ["one", "two"]


STOPPED = {"words": ["СТОП"], "campaigns": ["first", "second"], "stops": 1, "others": 2}


def stopped(record, *, to_stopped="", to_others=2):
    for n in range(4):
        record.left(f"38067100000{n}", "first")
    record.came(OTHER, "стоп")
    record.left(OTHER, "You are out.")
    for text in filter(None, [to_stopped]):
        record.left(OTHER, text)
    for n in range(2, 2 + to_others):
        record.left(f"38067100000{n}", "second")


def test_from_the_answer_to_a_stop_no_campaign_leaves_for_it_while_it_does_for_others(record, play):
    stopped(record)
    assert said.stopped_means_stopped(STOPPED, play).held


@pytest.mark.parametrize(
    "lie",
    [{"to_stopped": "second"}, {"to_stopped": "first"}, {"to_stopped": "?"}, {"to_others": 1}],
    ids=str,
)
def test_an_open_door_and_a_second_campaign_that_reached_nobody_are_found(record, play, lie):
    stopped(record, **lie)
    assert not said.stopped_means_stopped(STOPPED, play).held


def test_only_a_death_since_the_second_campaign_began_excuses_whom_it_did_not_reach(record, play):
    stopped(record, to_others=1)
    began = record.at - timedelta(seconds=1)
    died = began - timedelta(minutes=5)
    play.kills.gateway_died = lambda since: int(died >= since)
    assert not said.stopped_means_stopped(STOPPED, play).held
    died = began
    assert said.stopped_means_stopped(STOPPED, play).held


def test_a_stop_that_the_judge_does_not_find_is_found_lacking(record, play):
    stopped(record)
    assert not said.stopped_means_stopped(STOPPED | {"stops": 2}, play).held


CROWD = {"crowd": "crowd", "says": "first", "who": "cam", "at": "/campaign/"}
UNKNOWN = '<div data-kind="outreach.outcome" data-ref="unknown" data-state="1"></div>'


def test_each_of_a_crowd_is_written_to_once_and_only_a_death_excuses_a_lack(record, play):
    for n in range(3):
        record.left(f"38067100000{n}", "first")
    play.pages["/campaign/"] = UNKNOWN
    assert not said.crowd_written_once(CROWD, play).held
    play.kills.gateway_died = lambda **_since: 1
    assert said.crowd_written_once(CROWD, play).held
    play.pages["/campaign/"] = ""  # a lack that the page does not own up to
    assert not said.crowd_written_once(CROWD, play).held
    record.left("380671000003", "first")
    assert said.crowd_written_once(CROWD, play).held
    record.left("380671000003", "first")
    assert not said.crowd_written_once(CROWD, play).held


FACTS = {"phone": "him", "facts": {"place": ["{place_a}"], "time": [r"\d\d:\d\d"]}}


def test_each_fact_is_told_and_none_with_another(record, play):
    record.left(HIM, "A: вышка, Верхняя Лозна")
    assert not said.never_in_one_text(FACTS, play).held  # the time was never told
    record.left(HIM, "Выезд в 13:00")
    record.left(OTHER, "Верхняя Лозна, 13:00")  # another's
    assert said.never_in_one_text(FACTS, play).held
    record.came(HIM, "верхняя лозна в 13:00?")
    assert not said.never_in_one_text(FACTS, play).held


def test_a_word_is_found_in_whatever_case_and_silence_proves_nothing(record, play):
    words = {"words": ["Квартиру"]}
    assert not said.never_said(words, play).held
    record.left(HIM, "Добрый день")
    assert said.never_said(words, play).held
    record.left(HIM, "КВАРТИРУ дадут")
    assert not said.never_said(words, play).held


SOON = {"phone": "him", "who": "op", "at": "/talk/", "cards": "conversations.waiting"}
WAITS = '<i data-kind="conversations.waiting"></i>'


@pytest.mark.parametrize(
    ("how", "held"),
    [({"ago_s": 0.5}, True), ({"ago_s": 3}, False), ({"ago_s": 3, "speed": 60}, True),
     ({"ago_s": 3, "killed": 10}, True)],
    ids=str,
)  # fmt: skip
def test_a_second_is_held_at_speed_one_and_where_nothing_was_killed(record, play, how, held):
    record.at = clock.wall() - timedelta(seconds=how["ago_s"] + 1)
    record.came(HIM, "да", answered=False)
    play.pages["/talk/"] = WAITS
    play.stage.speed, play.kills.count = how.get("speed", 1), how.get("killed", 0)
    assert said.shown_within(SOON | {"within_s": 1}, play).held == held


def test_what_never_came_up_is_missing_at_any_speed(record, play):
    play.stage.speed, play.kills.count = 60, 10
    record.came(HIM, "да", answered=False)
    assert not said.shown_within(SOON | {"within_s": 1}, play).held
    play.pages["/talk/"] = WAITS
    (play.stage.records / staging.CARRIER_RECORD).write_text("")
    assert not said.shown_within(SOON | {"within_s": 1}, play).held


def test_a_check_that_is_not_given_what_it_asks_for_does_not_hold(record, play):
    record.left(HIM, "да")
    verdict = judge.check("never_said", {}, play)
    assert not verdict.held
    assert "words" in verdict.found


def test_an_alert_that_was_raised_twice_or_never_is_found(play):
    once = {"who": "aud", "times": {said.RECEIVED: 1}}
    for raised, held in ((0, False), (1, True), (2, False)):
        play.pages["/audit/"] = log(raised)
        assert said.logged_times(once, play).held == held
    assert not said.logged_times(once | {"times": {}}, play).held


FLOOD = {"phone": "him", "flood": 3, "most": 1}


def test_who_is_answered_before_one_in_a_flood_is_counted_from_his_text_to_our_first_to_him(
    record, play
):
    for n in range(3):
        record.came(f"38067100010{n}", "Готов сдаться")
    record.left("380671000100", "Мы здесь.")  # before his text came: he waits behind none of it
    record.came(HIM, "Нас двое.")
    assert not said.few_before_him(FLOOD, play).held  # nothing left for him yet
    record.left("380671000101", "Мы здесь.")
    record.left(HIM, "Мы здесь.")
    record.left("380671000102", "Мы здесь.")
    assert said.few_before_him(FLOOD, play).held
    assert said.few_before_him(FLOOD, play).evidence["before_him"] == 1
    assert not said.few_before_him({**FLOOD, "most": 0}, play).held
    assert not said.few_before_him({**FLOOD, "flood": 4}, play).held


def test_in_a_crowd_one_without_an_answer_or_with_two_is_found(play):
    given = {"crowds": ["crowd"], "patience_s": 0}
    heard = [["Мы здесь."] for _phone in play.stage.crowd("crowd")]
    for phone, texts in zip(play.stage.crowd("crowd"), heard, strict=True):
        phone.texts = texts.copy
    assert said.each_heard_once(given, play).held
    heard[1].append("Мы здесь.")
    assert not said.each_heard_once(given, play).held
    del heard[1][:]
    assert not said.each_heard_once(given, play).held
