"""Whoever stands beside a colleague whom he forced to sign in sees every page as it is, and nothing on it."""

import re
from collections import Counter

import lxml.html
import pyotp
import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver

from safeconduct import clock
from safeconduct.access import actions as access
from safeconduct.access import acts
from safeconduct.access import queries as staffed
from safeconduct.access import worker as calling
from safeconduct.access.models import Call
from safeconduct.access.rules import Duty, Purpose
from safeconduct.cases import actions as cases
from safeconduct.cases.models import Case
from safeconduct.conversations import actions as conversations
from safeconduct.conversations.models import Message
from safeconduct.envelope import InboundText
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.programme import load
from safeconduct.refs import new_ref

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("time_stands")]
OWN, FORCE = "4817", "9052"
REF = len(new_ref())
WAYS = pytest.mark.parametrize("way", ["by_key", "by_code"])


class Man:
    """An operator with two numbers, who comes in at the console's own pages."""

    def __init__(self, staff, who):
        self.staff, self.who, self.step = staff, who, -60
        duty = min(who.duties)
        proof = staff.touch(who, acts.numbers(who.ref, duty))
        access.set_numbers(who, own=OWN, force=FORCE, duty=duty, proof=proof, now=clock.now())
        self.totp = pyotp.parse_uri(access.begin_code(who)["uri"])
        access.finish_code(who, self._code(), now=clock.now())

    def _code(self):
        self.step += 30
        return self.totp.at(int(clock.wall().timestamp()) + self.step)

    def by_key(self, number):
        browser = Client(SERVER_NAME="localhost")
        page = lxml.html.document_fromstring(browser.get("/sign-in/").content)
        (form,) = page.xpath("//form[@data-act='access.sign_in']")
        key = self.staff.key(self.who.ref)
        assertion = key.sign(form.get("data-challenge"), ORIGIN, form.get("data-rp"))
        return browser, browser.post("/sign-in/", {"assertion": assertion, "number": number})

    def by_code(self, number):
        browser = Client(SERVER_NAME="localhost")
        told = {"name": self.who.name, "code": self._code(), "number": number}
        return browser, browser.post("/sign-in/code/", told)


@pytest.fixture
def man(staff, officer):
    return Man(staff, officer(Duty.OP))


@pytest.fixture
def writes(worker):
    """Return `writes()`: somebody writes, and his conversation waits in the queue."""

    def write():
        arrived = InboundText(
            "smpp", 1, clock.now(), "+380501112233", "7007", "Здравствуйте", 0, 1, 1, b"", False
        )
        ref = conversations.receive_message(
            worker(Purpose.INGEST), arrived, key="smpp:1", profile=load.current(), now=clock.now()
        )
        return Message.objects.get(ref=ref).conversation

    return write


def takes(browser, row):
    """Take the next conversation on the page, and open its case; return what must not be seen."""
    assert browser.post("/conversations/take/").status_code == 303
    who = officer_in(browser)
    case = cases.open_case(
        who, person_ref=row.person_ref, compartment=row.compartment, now=clock.now(),
        conversation_ref=row.ref,
    )  # fmt: skip
    return {row.ref: f"/conversations/{row.ref}/", case: f"/cases/{case}/"}


def officer_in(browser):
    login = f"{browser.cookies['login'].value}.{browser.cookies['device'].value}"
    found = staffed.officer_of(login, now=clock.now(), wall=clock.wall())
    assert found is not None
    return found


def bare(response):
    """Return status, headers, cookies' lengths and page, without what is drawn anew each time."""
    page = re.sub(r"[A-Za-z0-9_-]{40,}|after=[\w-]+", "", shown(response))
    lengths = {name: len(morsel.value) for name, morsel in response.cookies.items()}
    headers = {k: v for k, v in response.headers.items() if k != "Content-Length"}
    return response.status_code, headers, lengths, page


def without_tables(told):
    """Leave out the lists of one's own logins and browsers, which grow by one each time."""
    return re.sub(r"<table.*?</table>", "", str(told))


def shown(response):
    return "" if response.streaming else response.content.decode()


def addresses():
    """Return every address that takes no argument; one's own page apart, which lists his logins."""
    found, left = [], [("/", get_resolver())]
    for before, each in left:
        path = before + str(each.pattern).removeprefix("^/")
        left += [(path, below) for below in getattr(each, "url_patterns", ())]
        if not hasattr(each, "url_patterns") and not set(path) & set("<^(\\"):
            found.append(path)
    return sorted(set(found) - {"/people/me/", "/live"})


@WAYS
def test_every_page_of_a_forced_session_is_that_of_one_who_is_let_in_nowhere(man, writes, way):
    browser, came_in = getattr(man, way)(OWN)
    pages = addresses()
    before = {path: browser.get(path) for path in pages}
    assert sum(page.status_code == 200 for page in before.values()) >= 10
    his = takes(browser, writes())
    lists = [path for path in pages if any(ref in shown(browser.get(path)) for ref in his)]
    assert lists == ["/cases/", "/conversations/", "/conversations/hand-over/"]
    assert {browser.get(path).status_code for path in his.values()} == {200}
    own = bare(browser.get("/people/me/"))
    beside, forced = getattr(man, way)(FORCE)
    assert bare(forced) == bare(came_in)
    assert without_tables(bare(beside.get("/people/me/"))) == without_tables(own)
    for path in pages:
        assert bare(beside.get(path)) == bare(before[path]), path
    assert {beside.get(path).status_code for path in his.values()} == {404}


@WAYS
def test_nothing_in_the_database_tells_a_forced_sign_in_from_another(man, way):
    changing = re.compile(r"\d+|passkey|totp")  # the login that ends by it was made by passkey

    def told():
        """Return how often each row stands there; refs, hashes and times apart."""
        found = Counter()
        for model in apps.get_models():
            columns = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
            for row in model.objects.values_list(*columns):
                plain = [each for each in row if isinstance(each, (str, int, type(None)))]
                plain = [each for each in plain if len(str(each)) != REF]
                found[model._meta.label, changing.sub("n", str(plain))] += 1
        return found

    def grown(number):
        before = told()
        getattr(man, way)(number)
        return told() - before

    ordinary = grown(OWN)
    assert [label for label, row in ordinary if "login.n" in row] == ["audit.Entry"]
    assert grown(FORCE) == ordinary


def test_a_supervisor_is_called_within_a_minute_and_reads_who_it_is(man, staff, officer, client_of):
    loops = {loop.name: loop for loop in calling.loops()}
    limits, calls = loops["access.limits"], loops["access.calls"]
    assert limits.every_s + calls.every_s <= 60
    limits.step()  # whatever other tests have met
    Call.objects.all().delete()
    chief, beside = officer(Duty.SUP), man.by_key(OWN)[0]
    assert not limits.step()
    beside, _ = man.by_key(FORCE)
    assert limits.step()
    assert [(call.duty, call.kind) for call in Call.objects.all()] == [("SUP", "keeper.noted")]
    rings = shown(client_of(chief).get("/calls/"))
    assert "The keeper asks a supervisor to look" in rings
    assert man.who.name not in rings
    assert "The keeper asks" not in shown(beside.get("/calls/"))
    page = lxml.html.document_fromstring(client_of(chief).get("/people/noted/").content)
    (line,) = page.xpath("//tr[@data-kind='keeper.noted'][@data-ref=$ref]", ref=man.who.ref)
    assert line.get("data-state") == "FORCED"
    assert man.who.name in line.text_content()
    assert client_of(officer(Duty.OP)).get("/people/noted/").status_code == 404


def test_a_drill_told_by_one_who_is_held_is_shown_as_what_it_is(man, officer, client_of):
    beside, _ = man.by_key(FORCE)
    assert "A drill is told" in shown(beside.post("/people/me/numbers/drill/"))
    page = client_of(officer(Duty.SUP)).get("/people/noted/").content
    noted = lxml.html.document_fromstring(page)
    states = noted.xpath("//tr[@data-ref=$ref]/@data-state", ref=man.who.ref)
    assert states == ["FORCED", "FORCED"]


def test_one_chooses_two_numbers_on_ones_own_page_and_tries_the_one_for_force(
    staff, officer, client_of
):
    who, chief = officer(Duty.OP), officer(Duty.SUP)
    browser = client_of(who)
    page = lxml.html.document_fromstring(browser.get("/people/me/").content)
    (form,) = page.xpath("//form[@data-act='access.set_numbers']")
    key = staff.key(who.ref)
    sent = dict(form.form_values()) | {
        "own": OWN, "force": FORCE,
        "assertion": key.sign(form.get("data-challenge"), ORIGIN, form.get("data-rp")),
    }  # fmt: skip
    assert browser.post(form.get("action"), sent | {"force": "4818"}).status_code == 409
    assert "These two count from now on" in shown(browser.post(form.get("action"), sent))
    assert "A drill is told" in shown(browser.post("/people/me/numbers/drill/"))
    man = Man.__new__(Man)
    man.staff, man.who = staff, who
    beside, _ = man.by_key(FORCE)
    assert "A drill is told" in shown(beside.post("/people/me/numbers/drill/"))
    noted = lxml.html.document_fromstring(client_of(chief).get("/people/noted/").content)
    states = noted.xpath("//tr[@data-ref=$ref]/@data-state", ref=who.ref)
    assert states == ["TOLD", "DRILL", "TOLD"]
    assert man.by_key("0000")[1].status_code == 409


@pytest.mark.parametrize("gone", [False, True], ids=["keeper there", "keeper gone"])
def test_a_stop_goes_on_in_a_forced_session_and_waits_for_no_keeper(man, writes, keeper, gone):
    browser, _ = man.by_key(OWN)
    row = writes()
    case = next(path for path in takes(browser, row).values() if path.startswith("/cases/"))
    beside, _ = man.by_key(FORCE)
    if gone:
        keeper.kill()
    try:
        assert beside.post(f"{case}stop/", {"to": "DECLINED"}).status_code == 303
    finally:
        if gone:
            keeper.start()
    assert Case.objects.get(ref=case.split("/")[2]).state == "DECLINED"
