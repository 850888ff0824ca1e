"""Two acts that lock in two orders: one gives way, and is done once more. A worker's step likewise."""

import threading
import time

import pytest
from conftest import NOON
from django.db import OperationalError, connection, transaction
from django.http import HttpResponseRedirect
from django.urls import path
from django.views.decorators.http import require_POST

from safeconduct.access.doors import ONCE, duty_required
from safeconduct.access.models import Person
from safeconduct.access.rules import Duty
from safeconduct.access.tests.racing import PATIENCE_S, until_somebody_waits
from safeconduct.audit import actions as audit
from safeconduct.audit.models import Entry
from safeconduct.notices.loops import Loop
from safeconduct.web import urls
from safeconduct.web.worker import Runner

pytestmark = pytest.mark.usefixtures("committed")


class Crossing:
    """A row, and two acts that lock it and the journal: one in this order, one in the other."""

    def __init__(self, ref):
        self.ref, self.times = ref, 0
        self.has_row, self.has_journal = threading.Event(), threading.Event()

    def row_first(self):
        """Lock the row, then write into the journal; the first time after the other has."""
        self.times += 1
        with transaction.atomic():
            list(Person.objects.select_for_update().filter(ref=self.ref))
            self.has_row.set()
            if connection.vendor == "postgresql":  # elsewhere one act alone is under way
                assert self.has_journal.wait(PATIENCE_S)
            audit.record(self.ref, "test.row_first", ref=self.ref, now=NOON)

    def journal_first(self):
        assert self.has_row.wait(PATIENCE_S)
        with transaction.atomic():
            audit.record(self.ref, "test.journal_first", ref=self.ref, now=NOON)
            self.has_journal.set()
            if connection.vendor == "postgresql":
                until_somebody_waits()  # so the server ends that one
            list(Person.objects.select_for_update().filter(ref=self.ref))
        connection.close()

    def beside(self, act, *, times=2, left=("test.journal_first", "test.row_first")):
        """Run `act` while the other order is under way; return its answer, once `left` is written."""
        other = threading.Thread(target=self.journal_first)
        other.start()
        said = act()
        other.join(PATIENCE_S)
        assert not other.is_alive()
        verbs = Entry.objects.filter(verb__startswith="test.").values_list("verb", flat=True)
        assert sorted(verbs) == list(left)
        assert self.times == (times if connection.vendor == "postgresql" else 1)
        return said


CROSSING: list[Crossing] = []  # a view is given nothing but a request


@require_POST
@duty_required(Duty.OP)
def acts(_request):
    CROSSING[-1].row_first()
    return HttpResponseRedirect("/", status=303)


urlpatterns = [*urls.urlpatterns, path("acts/", acts)]


@pytest.fixture
def crossing(officer):
    CROSSING.append(Crossing(officer(Duty.SUP).ref))
    yield CROSSING[-1]
    CROSSING.clear()


@pytest.mark.parametrize("form", [{ONCE: "a" * 22}, {}], ids=["form", "without a mark"])
def test_an_act_that_gave_way_to_another_is_done_and_its_form_is_answered(
    crossing, officer, client_of, settings, form
):
    settings.ROOT_URLCONF = __name__
    browser = client_of(officer(Duty.OP))
    answer = crossing.beside(lambda: browser.post("/acts/", form))
    assert (answer.status_code, answer["Location"]) == (303, "/")
    if form:  # and sent again it acts no more
        assert browser.post("/acts/", form).status_code == 303
        assert Entry.objects.filter(verb="test.row_first").count() == 1


def inside(get_response):
    """Somebody else's transaction around a whole request."""

    def answer(request):
        with transaction.atomic():
            return get_response(request)

    return answer


def test_inside_of_anothers_transaction_nothing_is_tried_again_and_its_owner_hears_why(
    crossing, officer, client_of, settings
):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: no two acts wait for each other")
    settings.ROOT_URLCONF = __name__
    browser = client_of(officer(Duty.OP))
    settings.MIDDLEWARE = [f"{__name__}.inside", *settings.MIDDLEWARE]
    browser.handler.load_middleware()

    def post():
        with pytest.raises(OperationalError, match="deadlock"):
            browser.post("/acts/", {ONCE: "a" * 22})

    crossing.beside(post, times=1, left=["test.journal_first"])


def test_a_workers_step_that_gave_way_is_taken_again(crossing):
    stop, done = threading.Event(), threading.Event()

    def step():
        if not done.is_set():
            crossing.row_first()
            done.set()
        return False

    runner = Runner(Loop("test.step", step, every_s=0.01), stop=stop)

    def run():
        runner.start()
        assert done.wait(PATIENCE_S)
        stop.set()
        runner.join(until=time.monotonic() + PATIENCE_S)

    crossing.beside(run)
