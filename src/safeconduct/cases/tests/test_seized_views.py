"""The pages of a seizure, in a browser of whoever says it."""

import re
from datetime import timedelta

import lxml.html
import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access.models import Glass
from safeconduct.access.rules import Duty
from safeconduct.audit.models import Entry
from safeconduct.cases import actions
from safeconduct.cases.models import BurnedPlace, Seizure
from safeconduct.geo import Point
from safeconduct.spool.keyfiles import write_key

pytestmark = pytest.mark.django_db
PAGE, COUNT, BURN = "/cases/seized/", "/cases/seized/count/", "/cases/seized/burn/"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_noon(monkeypatch):
    """World time of the pages is that of the crew; the clock has its own tests."""
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def man(crew):
    """A case in which a place was told, and an operator who is let into it."""
    crew[Duty.OP]
    crew.opened()
    actions.tell(crew[Duty.OP], ref=crew.ref, places=[Point(50, 30)], radius_m=500, now=NOON)
    return crew


@pytest.fixture
def browser(officer, client_of):
    """A supervisor's, who is let into no case."""
    return client_of(officer(Duty.SUP))


def text(answer):
    return answer.content.decode()


def number(answer, what):
    return int(re.search(rf'data-count="{what}">(\d+)<', text(answer))[1])


def pressed(browser, answer):
    """Press the one button of the page; return the page it leads to."""
    form = dict(re.findall(r'name="(kind|name|since)" value="([^"]*)"', text(answer)))
    led = browser.post(BURN, form)
    assert led.status_code == 303, text(led)
    return browser.get(led.headers["Location"])


def test_numbers_are_shown_before_and_after_and_never_which_cases(man, browser):
    asked = browser.post(COUNT, {"kind": "staff", "name": man[Duty.OP].name, "hours": "2"})
    assert (number(asked, "cases"), number(asked, "places")) == (1, 1)
    assert not BurnedPlace.objects.exclude(burned_at=None).exists()
    done = pressed(browser, asked)
    assert Seizure.objects.get().since == NOON - timedelta(hours=2)
    assert BurnedPlace.objects.get().burned_at == NOON
    assert (number(done, "cases"), number(done, "places")) == (1, 1)
    assert "Take him off the duty roster" in text(done)
    for page in (asked, done, browser.get(PAGE)):
        assert man[Duty.OP].name in text(page)
        assert man.ref not in text(page)
        assert man.compartment not in text(page)


def test_what_is_named_stands_in_no_address_and_to_open_a_page_writes_nothing(man, browser):
    (form,) = lxml.html.document_fromstring(browser.get(PAGE).content).xpath(
        "//form[@data-act='cases.count_seized']"
    )
    assert (form.method, form.action) == ("POST", COUNT)
    typed = dict(form.form_values()) | {"kind": "case", "name": man.ref}
    before = Entry.objects.count()
    assert browser.get(COUNT, typed).status_code == 405
    assert "data-count" not in text(browser.get(PAGE, typed))
    assert Entry.objects.count() == before
    asked = browser.post(COUNT, typed)
    assert asked.status_code == 200
    assert Entry.objects.filter(verb="seizure.case counted", subject=man.ref).count() == 1
    for page in (asked, pressed(browser, asked)):
        tree = lxml.html.document_fromstring(page.content)
        assert not [url for url in tree.xpath("//@href | //@action") if man.ref in url]


def test_whose_review_is_late_counts_and_burns_still(man, officer, client_of):
    late = officer(Duty.SUP)
    Glass.objects.create(
        person_id=late.pk, compartment=man.compartment, about="a case", url="/",
        asked_at=NOON - 2 * DAY, due_at=NOON - DAY,
    )  # fmt: skip
    browser = client_of(late)
    assert b"glass.owes_review" in browser.post("/cases/open/").content
    asked = browser.post(COUNT, {"kind": "everything"})
    assert number(asked, "places") == 1
    pressed(browser, asked)
    assert BurnedPlace.objects.get().burned_at == NOON


def test_of_a_case_somebody_outside_reads_no_number_and_another_not_even_its_ref(
    man, browser, officer, client_of
):
    done = pressed(browser, browser.post(COUNT, {"kind": "case", "name": man.ref}))
    assert "data-count" not in text(done)
    assert man.ref in text(done)  # he named it himself
    another, member = client_of(officer(Duty.VER)), client_of(man[Duty.SUP])
    url = f"{PAGE}{Seizure.objects.get().ref}/"
    for page in (another.get(url), another.get(PAGE)):
        assert man.ref not in text(page)
        assert "data-count" not in text(page)
    assert number(member.get(url), "places") == 1
    assert man.ref in text(member.get(PAGE))


@pytest.fixture
def web(settings, tmp_path):
    """A data folder in which the contact page's gateway is enrolled; its key there."""
    settings.DATA = tmp_path
    key = tmp_path / "link/web-sign.pub"
    write_key(key, bytes(32))
    return key


def test_a_gateway_is_struck_out_by_the_press(browser, web):
    assert "Gateways here: web" in text(browser.get(PAGE))
    done = text(pressed(browser, browser.post(COUNT, {"kind": "gateway", "name": "web"})))
    assert not web.exists()
    assert "It is struck out" in done
    assert "mv DIR" not in done


def test_a_gateway_that_cannot_be_struck_out_from_here_is_said_with_what_to_type(browser, web):
    (web.parent / f"{web.name}.struck").mkdir()  # a name that is taken, as on a disk gone wrong
    done = text(pressed(browser, browser.post(COUNT, {"kind": "gateway", "name": "web"})))
    assert web.exists()
    assert "mv DIR/link/web-sign.pub DIR/link/web-sign.pub.struck" in done
    assert "It is struck out" not in done


def test_it_is_said_that_the_keeper_did_not_hear_and_the_page_works_without_it(
    man, browser, keeper
):
    keeper.kill()
    try:
        asked = browser.post(COUNT, {"kind": "staff", "name": man[Duty.OP].name})
        done = text(pressed(browser, asked))
    finally:
        keeper.start()
    assert "the keeper did not answer" in done
    assert BurnedPlace.objects.get().burned_at == NOON


def test_behind_the_panic_lock_it_burns_as_well(man, officer, client_of, lock_keeper):
    browser = client_of(officer(Duty.DPC))
    lock_keeper()
    browser.post(BURN, {"kind": "case", "name": man.ref})
    assert BurnedPlace.objects.get().burned_at == NOON


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "horse"},
        {"kind": "staff", "name": "nobody"},
        {"kind": "everything", "since": "yesterday"},
        {"kind": "everything", "since": "2026-13-45T00:00:00+00:00"},
        {"kind": "everything", "since": "2026-11-22T10:00:00"},
        {"kind": "everything", "since": "0001-01-01T00:00:00+23:59"},
        {"kind": "everything", "since": "2030-01-01T00:00:00+00:00"},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_words_and_burns_nothing(man, browser, form):
    assert browser.post(BURN, form).status_code == 409
    assert not BurnedPlace.objects.exclude(burned_at=None).exists()


def test_a_case_that_is_not_there_is_absent(browser):
    assert browser.post(COUNT, {"kind": "case", "name": "nothing"}).status_code == 404
    assert browser.post(BURN, {"kind": "case", "name": "nothing"}).status_code == 404
    assert browser.get(f"{PAGE}nothing/").status_code == 404


def test_hours_before_the_calendar_are_no_time(browser):
    for many in ("99999999", "1e300", "nan", "soon"):
        assert browser.post(COUNT, {"kind": "everything", "hours": many}).status_code == 409
