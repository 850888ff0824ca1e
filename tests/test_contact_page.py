"""One whole way by the contact page: his form, the sealed spool, the core, an answer, his page again."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from safeconduct import clock
from safeconduct.access import client
from safeconduct.access.rules import Duty, Officer, Purpose, WorkerId
from safeconduct.conversations import actions as conversations
from safeconduct.conversations import queries as talk
from safeconduct.conversations import worker as reading
from safeconduct.conversations.models import Conversation
from safeconduct.exercise import diskgrep
from safeconduct.pages import wordcode
from safeconduct.post import queries, rules
from safeconduct.post import worker as sending
from safeconduct.post.models import Handle, Message
from safeconduct.post.rules import Kind, Outcome
from safeconduct.programme import load
from safeconduct.spool import certificates
from tests.page_world import running, table
from tests.ports import free_port

pytestmark = pytest.mark.enable_socket
DAY = timedelta(days=1)
QUESTION = "Хочу сдаться, как это сделать?"
REPLY = "Вы не один. Напишите, сколько вас."


@pytest.fixture
def page(data_folder, keeper, db):
    """The product's own keeper and workers; the gateway and the link as processes of their own."""
    link, port = WorkerId("SYS:link", keeper.tokens["link"]), free_port()
    core = client.gateway_keys(link, "core")
    certificates.found(data_folder, box_public=core.box_public)
    ours = client.gateway_keys(link, "web")
    folder = certificates.enrol(data_folder, "web", box_public=ours.box_public)
    lines, at = table()
    (folder / "gateway.toml").write_text(
        f'[gateway]\nname = "web"\nstamp = "exercise"\nlisten = "127.0.0.1:{port}"\n[web]\n{lines}'
    )
    (data_folder / "gateways.toml").write_text(
        f'[[gateway]]\nname = "web"\naddress = "127.0.0.1:{port}"\n'
    )
    reading._lane.clear()  # whoever read before did not know this gateway
    with running(data=data_folder, folder=folder, private=ours.box_private, port=at) as run:
        yield run
    reading._lane.clear()
    (data_folder / "gateways.toml").unlink()


def work() -> None:
    """Turn the core's loops once over."""
    while reading._ingest():
        pass
    sending._send()


def answer(officer: Officer, row: Conversation, text: str) -> None:
    """Answer as an operator does at the console."""
    conversations.reply(
        officer, ref=row.ref, text=text, seen=talk.newest_in(row), lock_for=timedelta(minutes=15),
        reply_after_stop=DAY, wall=clock.wall(), now=clock.now(),
    )  # fmt: skip


def test_a_word_by_the_page_reaches_the_inbox_and_the_answer_waits_under_his_six_words(
    page, officer, data_folder
):
    code = page.browser.writes(QUESTION).code

    def arrived():
        work()
        return Conversation.objects.first()

    row = page.until(arrived)
    handle = Handle.objects.get(person_ref=row.person_ref)
    assert handle.route == "web"

    def acknowledged():
        work()
        return page.browser.reads(code).answers

    [ack] = page.until(acknowledged)
    assert ack == load.current().text("ack", "ru")

    operator = officer(Duty.OP, now=clock.now())
    taken = conversations.take_next(
        operator, lock_for=timedelta(minutes=15), wall=clock.wall(), now=clock.now()
    )
    assert taken.ref == row.ref
    answer(operator, taken, REPLY)

    def both():
        work()
        found = page.browser.reads(code).answers
        return found if len(found) == 2 else None

    assert page.until(both) == [REPLY, ack]

    def read():
        work()
        ref = Message.objects.order_by("-id").values_list("ref", flat=True)[0]
        fate = queries.fates_of(operator, Purpose.READ, [ref])[ref]
        return fate if fate.delivered else None

    assert page.until(read).outcome is Outcome.SENT  # and the operator sees that he has read it

    secrets = {"text": QUESTION, "reply": REPLY, "code": code, "latin": wordcode.read(code)}
    assert diskgrep.search(data_folder, secrets) == []


def test_whoever_fetches_his_answers_may_be_answered_later_and_never_after_a_stop_or_on_the_way(
    page,
):
    page.browser.writes(QUESTION)

    def arrived():
        work()
        return Conversation.objects.first()

    row = page.until(arrived)
    later, standing = clock.now() + 3 * DAY, queries.standing_of(queries.handle_of(row.person_ref))
    may = partial(rules.may_send, now=later, reply_after_stop=DAY)
    assert may(Kind.REPLY, standing) is None
    assert may(Kind.INSTRUCTION, standing).code == "post.no_way_window"
    by_text = replace(standing, fetches=False)
    assert may(Kind.REPLY, by_text).code == "post.window"
    assert may(Kind.REPLY, replace(standing, opted_out_at=later)).code == "post.stopped"
