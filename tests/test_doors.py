"""Every URL by every duty: what is declared is kept, what is not declared opens to nobody."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import NOON
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, path

from safeconduct.access import actions, queries
from safeconduct.access.doors import duty_required
from safeconduct.access.rules import Duty, Officer
from safeconduct.cases import actions as cases
from safeconduct.cases.tests.walking import db, house
from safeconduct.web import urls

__all__ = ["db", "house"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_stands")]
PLACEHOLDER = "n4thmg7cdefg"  # a ref that names nothing
EVERYBODY = frozenset(Duty)


def patterns(within: URLResolver, before: str = "/") -> Iterator[tuple[str, URLPattern]]:
    for each in within.url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from patterns(each, route)
        else:
            yield route, each


def filled(route: str) -> str:
    """Return a path of the route, with a number or a ref that names nothing."""
    route = re.sub(r"<int:\w+>", "1", route)
    return re.sub(r"<[^>]+>", PLACEHOLDER, route)


def duties_of(pattern: URLPattern) -> tuple[Duty, ...]:
    return tuple(map(Duty, getattr(pattern.callback, "duties", ())))


URLS = list(patterns(get_resolver()))
CLOSED = [(r, p) for r, p in URLS if not getattr(p.callback, "open_to_all", False)]
NARROW = [(r, p) for r, p in CLOSED if frozenset(duties_of(p)) != EVERYBODY]


def ask(client: Client, url: str) -> dict[str, Any]:
    """Ask by every method that the view knows at all."""
    answers = {"GET": client.get(url), "POST": client.post(url)}
    return {m: a for m, a in answers.items() if a.status_code != 405}


def face(answer: Any) -> str:
    """Return what the page looks like while time stands, without the stream's cursor and form tokens."""
    text = answer.content.decode(
        errors="backslashreplace"
    )  # a sheet is no text, and is compared all the same
    text = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"', "", text)
    text = text.replace(" data-posted", "")  # what one asked, not what is there
    return re.sub(r"/live\?after=[\w-]*", "", text)


def test_every_url_declares_who_may_enter():
    assert len(URLS) > 250, "a list that came out short would prove nothing"
    assert len(CLOSED) > len(NARROW) > 200
    for route, pattern in URLS:
        view = pattern.callback
        assert hasattr(view, "duties"), f"{route}: use duty_required or open_to_all"
        assert bool(view.duties) != getattr(view, "open_to_all", False), f"{route} declares both"
        assert set(view.duties) <= EVERYBODY, route


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page(keeper):
    nobody = Client()
    wrong = [
        f"{method} {route}: {answer.status_code}"
        for route, _pattern in CLOSED
        for method, answer in ask(nobody, filled(route)).items()
        if (answer.status_code, answer.headers.get("Location")) != (303, "/sign-in/")
    ]
    assert not wrong, "\n".join(wrong)


@pytest.fixture(scope="module")
def of_each_duty(house, _staff, keeper) -> dict[Duty, Officer]:
    """Hire one person for each duty, once for a module: no test does anything to them."""
    return {duty: _staff.hire(duty, now=NOON) for duty in Duty}


@pytest.fixture
def by_duty(of_each_duty, db, client_of):
    """One signed-in person for each duty."""
    browsers = {duty: client_of(officer) for duty, officer in of_each_duty.items()}
    for browser in browsers.values():
        browser.raise_request_exception = False  # an error is a wrong answer, told with the others
    return browsers


def outsiders_of(pattern: URLPattern) -> list[Duty]:
    return sorted(EVERYBODY - set(duties_of(pattern)))


def test_every_url_is_closed_to_every_duty_it_does_not_name(by_duty, settings):
    settings.ROOT_URLCONF = __name__  # the same URLs; what is absent is said in one word, for speed
    wrong = []
    for route, pattern in NARROW:
        url, methods = filled(route), {"GET", "POST"}
        for duty in outsiders_of(pattern):
            for method in sorted(methods):
                status = by_duty[duty].generic(method, url).status_code
                if status == 405:
                    methods.discard(method)
                elif status != 404:
                    wrong.append(f"{duty} {method} {route}: {status}")
        assert methods, f"{route} answers neither GET nor POST"
    assert not wrong, "\n".join(wrong)


def test_a_closed_page_looks_as_if_it_were_not_there(by_duty):
    wrong, nowhere = [], {}
    for number, (route, pattern) in enumerate(NARROW):
        outsiders = outsiders_of(pattern)
        duty = outsiders[number % len(outsiders)]
        room = "/" + route.split("/")[1]  # the frame marks the room one is in
        if (duty, room) not in nowhere:
            nowhere[duty, room] = face(by_duty[duty].get(f"{room}/there/is/no/such/page/"))
        for method, answer in ask(by_duty[duty], filled(route)).items():
            if answer.status_code != 404 or face(answer) != nowhere[duty, room]:
                wrong.append(f"{duty} {method} {route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_with_the_duty_every_page_without_a_ref_opens(by_duty):
    wrong = []
    for route, pattern in CLOSED:
        if "<" in route or route == "/live":
            continue
        for duty in duties_of(pattern):
            answer = by_duty[duty].get(route)
            if answer.status_code not in {200, 405, 409}:  # 409 says what is missing, and the mend
                wrong.append(f"{duty} {route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_names_nothing_is_absent_for_those_with_the_duty_too(by_duty):
    wrong = []
    for route, pattern in CLOSED:
        if "<" not in route:
            continue
        duty = duties_of(pattern)[0]
        for method, first in ask(by_duty[duty], filled(route)).items():
            answer = first
            if answer.status_code == 303 and PLACEHOLDER not in answer.headers["Location"]:
                continue  # back to a list, which names nothing either
            if answer.status_code == 303:
                answer = by_duty[duty].get(answer.headers["Location"])
            if answer.status_code not in {404, 409}:
                wrong.append(f"{duty} {method} {route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_with_the_duty_but_not_let_in_a_case_looks_as_if_it_were_not_there(officer, client_of):
    holder = officer(Duty.OP)
    room = actions.open_compartment(holder, duty=Duty.OP, reason="a case", now=NOON)
    ref = cases.open_case(holder, person_ref="", compartment=room, now=NOON)
    assert client_of(holder).get(f"/cases/{ref}/").status_code == 200
    outside = {d: client_of(officer(d)) for d in Duty if d is not Duty.SUP}
    wrong = []
    for number, (route, pattern) in enumerate(CLOSED):
        duties = sorted(set(duties_of(pattern)) & set(outside))
        if getattr(pattern.callback, "member", None) != "case" or not duties:
            continue
        duty = duties[number % len(duties)]
        there = ask(outside[duty], re.sub(r"<[^>]+>", ref, route))
        absent = ask(outside[duty], filled(route))
        for method, answer in there.items():
            alike = face(answer).replace(ref, PLACEHOLDER) == face(absent[method])
            closed = answer.status_code == 404 or method == "POST"
            if answer.status_code != absent[method].status_code or not alike or not closed:
                wrong.append(f"{duty} {method} {route}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_no_page_is_kept_by_a_cache_and_none_has_an_inline_script_or_style(by_duty):
    wrong = []
    for route, pattern in URLS:
        if "<" in route or route == "/live":
            continue
        duties = duties_of(pattern) or tuple(Duty)
        answer = by_duty[duties[0]].get(route)
        a_page = answer.status_code == 200 and answer.headers["Content-Type"].startswith(
            "text/html"
        )
        text = answer.content.decode() if a_page else ""
        inline = re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=\"", text)
        if inline or answer.headers["Cache-Control"] != "no-store":
            wrong.append(f"{route}: {inline} {answer.headers['Cache-Control']}")
    assert not wrong, "\n".join(wrong)


# ---- the door itself, on views of this test ----


def _undeclared(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("open by omission")


@duty_required(Duty.MED)
def _declared(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for medics")


@duty_required(Duty.MED)
async def _waits(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("for medics who wait")


def handler404(_request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse("absent", status=404)


urlpatterns = [
    *urls.urlpatterns,
    path("undeclared/", _undeclared),
    path("declared/", _declared),
    path("waits/", _waits),
]


def test_a_page_that_declares_nothing_opens_to_nobody(by_duty, settings):
    settings.ROOT_URLCONF = __name__
    assert Client().get("/undeclared/").status_code == 404
    assert {client.get("/undeclared/").status_code for client in by_duty.values()} == {404}


@pytest.mark.parametrize("url", ["/declared/", "/waits/"])
def test_a_door_opens_to_the_declared_duty_alone(by_duty, settings, url):
    settings.ROOT_URLCONF = __name__
    answers = {duty: client.get(url).status_code for duty, client in by_duty.items()}
    assert answers == {duty: 200 if duty is Duty.MED else 404 for duty in Duty}
    assert Client().get(url).status_code == 303


def test_a_door_without_duties_cannot_be_written():
    with pytest.raises(TypeError, match="at least one"):
        duty_required()


def test_a_duty_that_ended_closes_the_page_at_the_next_request(officer, admin, client_of):
    medic = officer(Duty.MED)
    client = client_of(medic)
    assert client.get("/").status_code == 200
    (held,) = queries.person_for(admin, ref=medic.ref, now=NOON, wall=NOON).duties
    actions.end_duty(admin, ref=held.ref, reason="ends", now=NOON)
    assert client.get("/").status_code == 404
