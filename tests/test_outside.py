"""Whoever is outside learns nothing: by no verb, no page of a case, no header and no number."""

# ruff: noqa: F811  fixtures of other rooms, asked for by their names

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from conftest import NOON
from django.test import Client

from safeconduct.access import actions as access
from safeconduct.access.rules import Duty, Officer, Purpose
from safeconduct.cases.models import Case
from safeconduct.passage.tests.conftest import (  # noqa: F401  pytest finds fixtures by name
    country,
    db,
    house,
    journey,
    ready,
)
from safeconduct.pledges import actions as pledges
from safeconduct.pledges.models import Pledge
from safeconduct.pledges.tests.conftest import (  # noqa: F401  the same
    REWARD,
    in_force,
    proposed,
)
from safeconduct.refs import is_ref
from tests.test_doors import CLOSED, PLACEHOLDER, URLS, duties_of, face, filled

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_stands")]
USED = ("GET", "POST", "HEAD")  # what a browser's page sends
FOREIGN = ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
MEMBERS = [(route, p) for route, p in CLOSED if getattr(p.callback, "member", None)]
# Its number names a job of the workers, shown to those two duties who mend it; nobody else sees one.
NUMBERED = {"/settings/jobs/<int:number>/again/"}
# Pages whose business is how much there is: the shared queue, counts, the log, what is overdue.
TELL_OF_OTHERS = {"/conversations/", "/audit/", "/situation/", "/settings/", "/calls/", "/"}
ROOMS = {"/cases/", "/passage/", "/escort/", "/reception/", "/custody/", "/pledges/"}
# A challenge for a passkey, the minutes of one's own login, what the keeper itself calls about, both
# logs' newest heads, and a token masked anew.
CHANGE_BY_THEMSELVES = {"/sign-in/", "/people/me/", "/people/noted/", "/audit/paper/"} | {
    "/reception/phone/key"
}


@pytest.fixture(scope="module")
def outsiders(house, _staff, keeper) -> dict[Duty, Officer]:
    """Hire one person for each duty, let into nothing, once for a module: nobody touches them."""
    return {duty: _staff.hire(duty, now=NOON) for duty in Duty}


@pytest.fixture
def outside(outsiders, db, client_of) -> dict[Duty, Client]:
    """One signed-in person for each duty, let into nothing."""
    browsers = {duty: client_of(officer) for duty, officer in outsiders.items()}
    for browser in browsers.values():
        browser.raise_request_exception = False
    return browsers


@pytest.fixture
def there(journey, in_force, officer, worker) -> dict[str, str]:
    """What is there to be found: a case on its way, its conversation, its passage, a pledge."""
    journey.drafts()
    version = in_force(REWARD)
    keeper = officer(Duty.PLG)
    access.join(
        worker(Purpose.INGEST),
        compartment=journey.compartment,
        person=keeper.ref,
        duty=Duty.PLG,
        reason="pledges",
        until=None,
        now=NOON,
    )
    pledges.show(
        worker(Purpose.INGEST),
        person_ref=journey.conversation.person_ref,
        compartment=journey.compartment,
        version_ref=version.ref,
        language="ru",
        channel="smpp",
        message_ref="m",
        now=NOON,
    )
    pledge = Pledge.objects.filter(compartment=journey.compartment).order_by("pk").first()
    pledges.accept(keeper, ref=pledge.ref, due_at=NOON + timedelta(days=9), now=NOON)
    return {
        "case": journey.ref,
        "conversation": journey.conversation.ref,
        "passage": journey.passage.ref,
        "pledge": pledge.ref,
        "order": pledges.order(keeper, ref=pledge.ref, amount=REWARD.amount, now=NOON),
    }


def looks(answer: Any, ref: str) -> tuple[int, str, dict[str, str]]:
    """Return what can be compared of an answer: status, page, headers without its own token."""
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    shown = face(answer).replace(ref, PLACEHOLDER)
    told = {name: value.replace(ref, PLACEHOLDER) for name, value in headers.items()}
    return answer.status_code, shown, told


def test_a_verb_that_no_page_sends_is_answered_by_no_url(outside, settings):
    settings.ROOT_URLCONF = "tests.test_doors"  # the same URLs; what is absent is said in one word
    wrong, clients = [], list({"nobody": Client(), **outside}.items())
    asking = 2 * len(FOREIGN)  # each URL meets each verb from two people, in turn
    assert len(clients) > asking
    for row, (route, _pattern) in enumerate(URLS):
        for column in range(asking):
            who, client = clients[(row + column) % len(clients)]
            verb = FOREIGN[column % len(FOREIGN)]
            status = client.generic(verb, filled(route)).status_code
            if status not in {403, 404, 405, 303}:
                wrong.append(f"{who} {verb} {route}: {status}")
    assert not wrong, "\n".join(wrong)


def test_what_he_is_not_let_into_and_what_is_not_there_are_one_to_him(outside, there):
    wrong, tried = [], 0
    assert {p.callback.member for _route, p in MEMBERS} == set(there)
    for row, (route, pattern) in enumerate(MEMBERS):
        ref = there[pattern.callback.member]
        for column, duty in enumerate(sorted(set(duties_of(pattern)))):
            for verb in (*USED, FOREIGN[(row + column) % len(FOREIGN)]):
                real = outside[duty].generic(verb, put(route, ref))
                absent = outside[duty].generic(verb, put(route, PLACEHOLDER))
                tried += 1
                if looks(real, ref) != looks(absent, PLACEHOLDER):
                    codes = real.status_code, absent.status_code
                    wrong.append(f"{duty} {verb} {route}: {codes}")
                elif verb == "GET" and real.status_code not in {404, 405}:
                    wrong.append(f"{duty} {verb} {route}: {real.status_code}")
    assert tried >= len(MEMBERS) * (len(USED) + 1)
    assert not wrong, "\n".join(wrong)


def put(route: str, ref: str) -> str:
    return filled(re.sub(r"<\w+:ref>", ref, route))


def test_the_member_sees_what_the_others_do_not(there, journey, client_of):
    browser = client_of(journey[Duty.OP])
    browser.raise_request_exception = False
    found = {
        kind: browser.get(f"/{room}/{there[kind]}/").status_code
        for kind, room in (("case", "cases"), ("conversation", "conversations"))
    }
    assert found == {"case": 200, "conversation": 200}


def test_no_url_counts():
    counting = {route for route, _pattern in URLS if "<int:" in route}
    assert counting == NUMBERED


PAGES = [r for r, _p in URLS if "<" not in r and r not in {"/live", *TELL_OF_OTHERS}]


def texts(client: Client, routes: Iterable[str] = PAGES) -> Iterator[tuple[str, str]]:
    """Yield of these pages each that a person may open, as it looks."""
    for route in routes:
        answer = client.get(route)
        if answer.status_code == 200 and not answer.streaming:
            yield route, re.sub(r'(name="once" value=")[^"]*', r"\1", face(answer))


def test_what_happens_elsewhere_changes_no_page_of_one_outside(
    outside, journey, client_of, settings
):
    settings.ROOT_URLCONF = "tests.test_doors"  # the same URLs; what is absent is said in one word
    inside = client_of(journey[Duty.PLN])
    his = dict(texts(inside))
    before = {duty: dict(texts(client)) for duty, client in outside.items()}
    assert set().union(*before.values()) >= ROOMS
    journey.drafts()
    journey.proposes()
    journey.says("Понял вас, жду")  # no hint of force: that is put before every supervisor
    after = {duty: dict(texts(outside[duty], pages)) for duty, pages in before.items()}
    changed = {
        f"{duty} {route}"
        for duty, pages in before.items()
        for route, text in pages.items()
        if route not in CHANGE_BY_THEMSELVES and after[duty].get(route) != text
    }
    assert not changed, "\n".join(sorted(changed))
    assert dict(texts(inside))["/passage/"] != his["/passage/"]  # whoever is let in sees it


def test_a_page_shows_refs_and_never_the_number_of_a_row(there, journey, client_of):
    shown = set()
    for duty in (Duty.OP, Duty.PLN, Duty.SUP):
        browser = client_of(journey[duty])
        for room, kind in (("cases", "case"), ("conversations", "conversation")):
            page = browser.get(f"/{room}/{there[kind]}/")
            assert page.status_code in {200, 404}, page.content.decode()
            links = re.findall(r'(?:href|action|data-ref|hx-get)="([^"]*)"', page.content.decode())
            shown |= set(links)
    parts = {part for link in shown for part in re.split(r"[/?&=#]", link)}
    assert Case.objects.get(ref=there["case"]).pk
    numbers = {part for part in parts if part.isdecimal()}
    assert not numbers, numbers
    assert any(is_ref(part) for part in parts)
