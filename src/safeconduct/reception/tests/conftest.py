import pytest
from conftest import NOON

from safeconduct import clock
from safeconduct.access import workers
from safeconduct.cases.tests.walking import TO_MOVING, Crew


@pytest.fixture
def crew(officer, touch, worker):
    return Crew(officer, touch, worker, NOON)


@pytest.fixture
def at_noon(monkeypatch, crew):
    """World time of the pages is that of the crew; the clock has its own tests."""
    monkeypatch.setattr(clock, "now", lambda: crew.now)


@pytest.fixture
def contact(crew):
    """Return a crew whose man stands before the receiving unit."""
    return _came(crew)


@pytest.fixture(scope="module")
def arrived(house, _staff, keeper):
    """Hire everybody and lead one man before the receiving unit, once for a module."""
    return _came(Crew(_staff.hire, _staff.touch, workers.me, NOON))


def _came(crew):
    crew.opened()
    crew.goes(*TO_MOVING, "SIGHTED", "CONTACT")
    return crew
