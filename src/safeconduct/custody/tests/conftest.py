import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.access.rules import Act, Duty
from safeconduct.cases.tests.walking import PROFILE, TO_CUSTODY, Crew
from safeconduct.pledges import actions as pledges
from safeconduct.pledges import queries as pledge_queries
from safeconduct.pledges.tests.conftest import STANDARD
from safeconduct.reception import actions as reception


@pytest.fixture
def crew(officer, touch, worker):
    return Crew(officer, touch, worker, NOON)


@pytest.fixture
def at_noon(monkeypatch, held):
    """World time of the pages is that of the crew; the clock has its own tests."""
    monkeypatch.setattr(clock, "now", lambda: held.now)


@pytest.fixture
def held(crew):
    """Return a crew whose man is registered in custody."""
    return _registered(crew)


@pytest.fixture(scope="module")
def registered(house, _staff, keeper):
    """Hire everybody and register one man in custody, once for a module."""
    return _registered(Crew(_staff.hire, _staff.touch, workers.me, NOON))


def carded(crew, **told):
    """Write his card, with what he said of himself."""
    card = {
        "name": "Кузьмінов",
        "first_names": "Олексій",
        "father": "Сергій",
        "birth_date": "1995-03-07",
        "health": "good",
    }
    reception.write_paper(
        crew["RCP"],
        ref=crew.ref,
        kind="card",
        content={**card, **told},
        profile=PROFILE,
        now=crew.now,
    )


def _registered(crew):
    crew.opened()
    crew.goes(*TO_CUSTODY)
    return crew


@pytest.fixture
def standard(officer, touch):
    """A standard of custody that an authority has put in force: television, telephone …"""
    author = officer(Duty.OFF)
    ref = pledges.propose(author, STANDARD, languages=("ru", "uk", "en"), now=NOON)
    for duty in (Duty.LEG, Duty.SUP):
        judge = officer(duty)
        version = pledge_queries.version_for(judge, pledge_queries.Purpose.APPROVE, ref=ref)
        act: Act = pledge_queries.act_for(judge, version)
        pledges.approve(judge, ref=ref, proof=touch(judge, act), now=NOON)
    return ref
