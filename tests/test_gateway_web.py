"""The contact page as its own process: what he sees, what lies on its disk, what an onlooker counts."""

import re
import socket
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from safeconduct.envelope import (
    InboundText,
    OutboundText,
    Receipt,
    SendResult,
    is_page_handle,
    kind_of,
)
from safeconduct.exercise import diskgrep
from safeconduct.pages import contact, wordcode
from safeconduct.spool import core_end
from safeconduct.spool.tests.made import programme
from tests.page_world import AWAY, Browser, answer_of, at_once, running, table

pytestmark = pytest.mark.enable_socket

KINDS = {kind.__name__: kind for kind in (InboundText, SendResult, Receipt)}
QUESTION = "Как сдаться живым? Нас трое & <все>"
MARGIN_S = 0.01
ANSWER = "Оставайтесь в укрытии до темноты."


class Core:
    """What the core's workers do with its own keys."""

    def __init__(self, made):
        self.inbox = core_end.receiving(made.data, keys=made.core_keys)
        self.lane = core_end.sending_to(made.data, "web")
        self.arrived = []

    def of(self, kind):
        for one in self.inbox.take(limit=500):
            self.arrived.append(KINDS[kind_of(one.content)].from_bytes(one.content))
            self.inbox.done(one)
        return [thing for thing in self.arrived if isinstance(thing, kind)]

    def answers(self, handle, text, *, attempt, lasts=timedelta(minutes=5)):
        until = datetime.now(UTC) + lasts  # noqa: TID251  attempts lapse in real time
        thing = OutboundText(attempt, "web", "7007", handle, text, until)
        self.lane.put(attempt, thing.to_bytes())

    def close(self):
        self.inbox.queue.close()
        self.lane.queue.close()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    lines, port = table()
    made = programme(tmp_path_factory.mktemp("page"), name="web", table=lines)
    with running(
        data=made.data, folder=made.folder, private=made.gateway_private, port=port
    ) as run:
        run.core = Core(made)
        yield run
        run.core.close()


@pytest.fixture
def browser(world) -> Browser:
    return world.browser


def wait_for(world, kind, told):
    return world.until(lambda: next((one for one in world.core.of(kind) if told(one)), None))


def test_he_writes_gets_six_words_and_reads_the_answer_with_them(world, browser):
    page = browser.writes(QUESTION)
    assert len(page.code.split()) == 6
    text = wait_for(world, InboundText, lambda one: one.text == QUESTION)
    assert (text.route, text.recipient, is_page_handle(text.sender)) == ("web", "", True)
    assert browser.reads(page.code).answers == []
    world.core.answers(text.sender, ANSWER, attempt="a-first")
    sent = wait_for(world, SendResult, lambda one: one.attempt == "a-first")
    assert (sent.outcome, sent.carrier_ids) == ("SENT", ["a-first"])
    assert not [one for one in world.core.of(Receipt) if one.carrier_id == "a-first"]
    assert browser.reads(page.code.upper().replace(" ", " - ")).answers == [ANSWER]
    receipt = wait_for(world, Receipt, lambda one: one.carrier_id == "a-first")
    assert (receipt.stat, receipt.recipient) == ("DELIVRD", text.sender)
    assert browser.reads(wordcode.new_code()).answers == []


def test_he_writes_again_under_the_same_words_and_erases_what_he_has_read(world, browser):
    code = browser.writes("первое").code
    handle = wait_for(world, InboundText, lambda one: one.text == "первое").sender
    world.core.answers(handle, ANSWER, attempt="a-again")
    wait_for(world, SendResult, lambda one: one.attempt == "a-again")
    page = browser.reads(code)
    session = page.hidden("s")
    _, told = browser.post(page, do="write", s=session, m="второе")
    assert told.code == code
    assert wait_for(world, InboundText, lambda one: one.text == "второе").sender == handle
    again = browser.reads(code)
    browser.post(again, do="erase", s=again.hidden("s"))
    assert browser.reads(code).answers == []


def test_many_long_answers_come_newest_first_a_page_at_a_time(world, browser):
    code = browser.writes("много").code
    handle = wait_for(world, InboundText, lambda one: one.text == "много").sender
    sent = [f"{n} " + "ж" * 700 for n in range(6)]
    for n, text in enumerate(sent):
        world.core.answers(handle, text, attempt=f"a-many-{n}")
    wait_for(world, SendResult, lambda one: one.attempt == "a-many-5")
    page, told = browser.reads(code), ""
    for _ in range(9):
        assert len(page.body) == 8192
        told += "".join(page.answers)
        if not page.hidden("at"):
            break
        page = browser.post(page, do="older", s=page.hidden("s"), at=page.hidden("at"))[1]
    assert told == "".join(reversed(sent))


def test_words_that_were_never_given_are_answered_like_right_ones_without_an_answer(world, browser):
    right = browser.writes("тишина").code
    typed = (right, wordcode.new_code(), "не шесть слов", "")
    pages = at_once(partial(browser.reads, each) for each in typed)
    masked = {re.sub(r"[0-9a-f]{32}", "", page.text) for page in pages}
    assert len(masked) == 1


def test_what_is_no_code_leads_nobody_into_a_strangers_box(world, browser):
    def writes_on(text):
        page = browser.reads("ни одного слова")
        return browser.post(page, do="write", s=page.hidden("s"), m=text)[1].code

    first, second = at_once(partial(writes_on, text) for text in ("раз", "два"))
    assert first != second


def test_a_form_sent_twice_is_taken_once_and_leads_to_the_same_words(world, browser):
    start = browser.ask("?l=ru")
    codes = [browser.post(start, do="write", m="дважды")[1].code for _ in range(2)]
    assert codes[0] == codes[1]
    wait_for(world, InboundText, lambda one: one.text == "дважды")
    assert sum(one.text == "дважды" for one in world.core.of(InboundText)) == 1


def test_every_answer_has_one_size_and_the_same_headers(world, browser):
    start = browser.ask()
    led, code = browser.post(start, do="write", m="размер")
    wrong, none = browser.post(browser.ask(), do="read", k=wordcode.new_code())
    empty, _ = browser.post(browser.ask(), do="nonsense")
    pages = [start, code, none, browser.ask("any/path?x=1"), browser.ask("?l=xx&k=" + "0" * 32)]
    assert {page.status for page in pages} == {200}
    assert {page.status for page in (led, wrong, empty)} == {303}
    for page in (*pages, led, wrong, empty, browser.ask("?away=1")):
        assert len(page.body) == 8192
        assert "set-cookie" not in page.headers
        assert "server" not in page.headers
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in page.headers["content-security-policy"]
    assert len({len(page.headers["location"]) for page in (led, wrong, empty)}) == 1


def test_a_page_with_his_words_is_gone_from_the_history_soon_and_under_any_other_address(browser):
    led, page = browser.post(browser.ask(), do="write", m="история")
    address = led.headers["location"]
    assert page.code not in address
    assert browser.ask(address).code == page.code  # his line broke: within a minute, once more
    assert page.code not in browser.ask(address[:-1] + "g").text


def test_the_way_out_clears_what_the_browser_kept(browser):
    gone = browser.ask("?away=1")
    assert (gone.status, gone.headers["location"]) == (303, AWAY)
    assert '"cache"' in gone.headers["clear-site-data"]


@pytest.mark.parametrize(
    "raw",
    [
        b"NONSENSE\r\n\r\n",
        b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na=b",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\n" + b"x" * 30000,
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"a: b\r\n" * 3000 + b"\r\n",
    ],
    ids=["garbage", "another verb", "another form", "too long", "too many headers"],
)
def test_what_is_no_request_of_ours_is_refused_in_the_same_size_and_ends_nothing(browser, raw):
    with socket.create_connection(("127.0.0.1", browser.port), timeout=10) as line:
        line.sendall(raw)
        told = b""
        while more := line.recv(65536):
            told += more
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert len(body) == 8192
    assert browser.ask().status == 200


def test_right_and_wrong_words_take_alike_and_a_leak_of_20_ms_would_show(world, browser):
    code = browser.writes("время").code
    handle = wait_for(world, InboundText, lambda one: one.text == "время").sender
    for n in range(8):
        world.core.answers(handle, f"{n} " + ANSWER, attempt=f"a-time-{n}")
    wait_for(world, SendResult, lambda one: one.attempt == "a-time-7")
    told = []
    for _ in range(4):  # noise of the machine may tell them apart once; a leak does each time
        pairs = [took_at_once(browser, (code, wordcode.new_code())) for _ in range(4)]
        right, wrong = (min(each, key=sum) for each in zip(*pairs, strict=True))
        assert min(right[0], wrong[0]) > 0.99
        apart_s = abs(right[0] - wrong[0])
        told.append((apart_s < MARGIN_S, sum(right) - wrong[0] > MARGIN_S))
        if told[-1] == (True, True):
            return
    pytest.fail(f"right and wrong words can be told apart, or a leak cannot: {told}")


def took_at_once(browser, codes):
    """Return for each code, asked at the same time, how long its answer took, and a leak's 20 ms."""
    forms = [{"f": browser.ask().hidden("f"), "do": "read", "k": code} for code in codes]

    def took(form):
        before = time.monotonic()
        browser.ask("?l=ru", form=form)
        come = time.monotonic()
        time.sleep(0.02)  # passes really, as it would on the way of a leaking answer
        return come - before, time.monotonic() - come

    return at_once(partial(took, form) for form in forms)


def test_a_crowd_that_tries_codes_shuts_nobody_out_who_writes_or_reads(world, browser):
    code = browser.writes("толпа").code
    crowd = [browser.sends(do="read", k=wordcode.new_code()) for _ in range(10)]
    assert len(browser.writes("и всё же").code.split()) == 6
    assert browser.reads(code).status == 200
    assert {answer_of(line).status for line in crowd} == {303}


def test_a_seized_disk_opens_nothing_and_no_word_number_or_handle_lies_on_it(world, browser):
    told = "Мы у старой мельницы"
    code = browser.writes(told).code
    handle = wait_for(world, InboundText, lambda one: one.text == told).sender
    world.core.answers(handle, ANSWER, attempt="a-disk")
    wait_for(world, SendResult, lambda one: one.attempt == "a-disk")
    browser.reads(code)
    latin = wordcode.read(code)
    secrets = {
        "text": told, "answer": ANSWER, "code": code, "latin": latin, "word": code.split()[0] + " ",
        "handle": handle, "name": handle.removeprefix("web:"),
    }  # fmt: skip
    assert diskgrep.search(world.folder, secrets) == []


def test_answers_outlive_the_process_and_its_log_says_nothing_of_anybody(world, browser):
    code = browser.writes("после сбоя").code
    handle = wait_for(world, InboundText, lambda one: one.text == "после сбоя").sender
    world.core.answers(handle, ANSWER, attempt="a-restart")
    wait_for(world, SendResult, lambda one: one.attempt == "a-restart")
    told, logged = world.stop_gateway()
    assert told.strip() == "heavy []"
    assert "127.0.0.1" not in logged
    assert handle not in logged
    assert code.split()[0] not in logged
    world.start()
    assert browser.reads(code).answers == [ANSWER]


def test_an_answer_for_nobody_is_refused_and_one_too_late_is_let_lie(world):
    nobody = "web:" + "a" * 52
    world.core.answers(nobody, ANSWER, attempt="a-nobody")
    world.core.answers(nobody, ANSWER, attempt="a-late", lasts=-timedelta(seconds=1))
    refused = wait_for(world, SendResult, lambda one: one.attempt == "a-nobody")
    late = wait_for(world, SendResult, lambda one: one.attempt == "a-late")
    assert (refused.outcome, refused.status) == ("REFUSED", 1)
    assert (late.outcome, late.status, late.carrier_ids) == ("REFUSED", 0, [])


@pytest.mark.parametrize("language", list(contact.words()))
def test_each_language_is_a_page_without_script_or_address_and_the_way_out_comes_first(
    browser, language
):
    page = browser.ask(f"?l={language}")
    assert f'<html lang="{language}">' in page.text
    assert contact.words()[language]["ask"] in page.text
    assert "<script" not in page.text
    assert "://" not in page.text
    assert re.findall(r"<(?:a|input|button|textarea)[^>]*>", page.text)[0].startswith(
        '<a class="away"'
    )
    assert page.text.count('autocomplete="off"') >= page.text.count("<form")
