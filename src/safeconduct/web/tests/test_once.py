"""Nothing pressed twice is done twice; and whoever stops, stops as often as he presses."""

import asyncio
import os
import signal

import httpx
import lxml.html
import pytest
from django.core.asgi import get_asgi_application
from django.db import connections
from django.test import override_settings
from django.urls import get_resolver

from safeconduct import clock
from safeconduct.access.rules import Duty
from safeconduct.conversations.models import Message
from safeconduct.conversations.tests.conftest import writes
from safeconduct.post.models import Hold
from safeconduct.web import once
from safeconduct.web.checks import doors
from safeconduct.web.models import Posted
from safeconduct.web.settings import MIDDLEWARE

__all__ = ["writes"]  # a fixture of the room whose form is pressed here

STOPS = {
    *("/cases/<str:ref>/fact/", "/cases/<str:ref>/here/", "/cases/<str:ref>/stop/"),
    *("/conversations/<slug:ref>/freeze/", "/conversations/<slug:ref>/stop/"),
    *("/escort/<str:ref>/abort", "/escort/<str:ref>/hold", "/escort/<str:ref>/lead"),
    *("/escort/<str:ref>/missing", "/passage/<str:ref>/abort/", "/passage/<str:ref>/hold/"),
    *("/outreach/<slug:ref>/pause", "/people/lock/", "/reception/here/"),
    *("/people/<str:ref>/recovery/stop/", "/glass/<str:ref>/end/", "/cases/seized/burn/"),
}
HERE = "safeconduct.web.tests.test_once"


def dies(get_response):
    """A process that is killed just here, once the form was worked on."""

    def answer(request):
        get_response(request)
        os.kill(os.getpid(), signal.SIGKILL)

    return answer


def breaks(get_response):
    """A fault that nobody foresaw, after the act and before its mark is kept."""

    def answer(request):
        get_response(request)
        raise LookupError("nobody foresaw this")

    return answer


def fields(page, act, **given):
    """What a browser sends for the form of `act`, with what is typed."""
    (form,) = lxml.html.document_fromstring(page.content).xpath("//form[@data-act=$a]", a=act)
    return dict(form.form_values()) | given


def said():
    return Message.objects.filter(direction="out", kind="reply").count()


@pytest.fixture
def held(writes, officer, client_of):
    """A conversation that an operator holds: his browser, and its address."""
    row = writes("Завтра нас перекидывают", now=clock.now())
    browser = client_of(officer(Duty.OP, Duty.SUP))
    browser.post("/conversations/take/")
    return browser, f"/conversations/{row.ref}/"


def reply_form(held, text="Слышим вас."):
    browser, url = held
    return fields(browser.get(url), "conversations.reply", text=text)


def test_a_reply_sent_again_is_one_text_and_two_forms_are_two(held):
    browser, url = held
    form = reply_form(held)
    first = browser.post(url + "reply/", form)
    again = browser.post(url + "reply/", form)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first["Location"] == again["Location"] == url
    assert said() == 1
    assert browser.post(url + "reply/", reply_form(held)).status_code == 303
    assert said() == 2


def test_what_was_typed_anew_after_going_back_is_no_repeat(held):
    browser, url = held
    form = reply_form(held)
    browser.post(url + "reply/", form)
    browser.post(url + "reply/", form | {"text": "Слышим вас. Пишите."})
    assert said() == 2


def test_a_form_of_a_machine_without_a_once_acts_each_time(held):
    browser, url = held
    form = reply_form(held)
    del form["once"]
    for _ in range(2):
        assert browser.post(url + "reply/", form).status_code == 303
    assert said() == 2
    assert not Posted.objects.exists()


def test_a_refused_form_leaves_no_mark_and_is_judged_again(held):
    browser, url = held
    form = reply_form(held, "Дадим 500 евро")
    for _ in range(2):
        assert browser.post(url + "reply/", form).status_code == 409
    assert not Posted.objects.exists()
    assert browser.post(url + "reply/", form | {"text": "Слышим вас."}).status_code == 303


def test_the_form_of_one_person_is_not_the_form_of_another(held):
    browser = held[0]
    note = fields(browser.get(held[1]), "conversations.note", text="Он ждёт.")
    browser.post(held[1] + "note/", note)
    mark = Posted.objects.get()
    mark.person = "somebody"
    mark.save(update_fields=["person"])
    browser.post(held[1] + "note/", note)
    assert Message.objects.filter(direction="note").count() == 2


def test_every_form_of_a_page_has_a_once_of_its_own_and_no_two_are_alike(held):
    browser, url = held
    seen = set()
    for _ in range(2):
        tree = lxml.html.document_fromstring(browser.get(url).content)
        forms = tree.xpath("//form[translate(@method, 'POST', 'post')='post']")
        assert len(forms) > 5
        for form in forms:
            (value,) = form.xpath(".//input[@name='once']/@value")
            assert len(value) == 64
            assert value not in seen
            seen.add(value)


def test_a_stop_is_never_taken_for_a_repeat(held):
    browser, url = held
    form = fields(browser.get(url), "conversations.freeze")
    browser.post(url + "freeze/", form)
    browser.post(url + "unfreeze/", fields(browser.get(url), "conversations.unfreeze"))
    assert not Hold.objects.filter(ended_at=None).exists()
    browser.post(url + "freeze/", form)  # the old page, still open somewhere
    assert Hold.objects.filter(ended_at=None).exists()


def test_nothing_stands_before_a_stop_and_every_other_form_is_looked_at():
    there = doors(get_resolver().url_patterns)
    assert {url for url, view in there if getattr(view, "stops", False)} == STOPS


def killed(at, browser, url, form):
    """Send a form from a process that is killed at a place of the middlewares' row."""
    connections.close_all()
    child = os.fork()
    if not child:
        with override_settings(MIDDLEWARE=[*MIDDLEWARE[:at], f"{HERE}.dies", *MIDDLEWARE[at:]]):
            browser.handler.load_middleware()
            browser.post(url, form)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def test_a_process_killed_between_commit_and_answer_has_acted_once(committed, held):
    browser, url = held
    form = reply_form(held)
    killed(MIDDLEWARE.index("safeconduct.web.once.OnceMiddleware"), browser, url + "reply/", form)
    assert (said(), Posted.objects.count()) == (1, 1)
    again = browser.post(url + "reply/", form)
    assert (again.status_code, again["Location"]) == (303, url)
    assert said() == 1


def test_a_process_killed_before_the_commit_has_not_acted_and_the_repeat_does(committed, held):
    browser, url = held
    form = reply_form(held)
    killed(len(MIDDLEWARE), browser, url + "reply/", form)
    assert (said(), Posted.objects.count()) == (0, 0)
    assert browser.post(url + "reply/", form).status_code == 303
    assert said() == 1


def test_as_it_is_served_the_act_and_its_mark_are_one_transaction(committed, held):
    browser, url = held
    form = reply_form(held)

    async def post():
        transport = httpx.ASGITransport(get_asgi_application(), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as person:
            cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
            head = {"Cookie": "; ".join(f"{n}={v}" for n, v in cookies.items())}
            return await person.post(url + "reply/", data=form, headers=head)

    with override_settings(MIDDLEWARE=[*MIDDLEWARE, f"{HERE}.breaks"]):
        assert asyncio.run(post()).status_code == 500
    assert (said(), Posted.objects.count()) == (0, 0)
    for _ in range(2):
        answer = asyncio.run(post())
        assert (answer.status_code, answer.headers["Location"]) == (303, url)
    assert said() == 1


def test_a_mark_is_forgotten_after_a_day_and_not_before(held):
    browser, url = held
    browser.post(url + "reply/", reply_form(held))
    at = Posted.objects.get().at
    assert once.sweep(wall=at + once.KEPT) == 0
    assert once.sweep(wall=at + once.KEPT + once.KEPT / 1000) == 1
