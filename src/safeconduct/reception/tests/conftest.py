import pytest
from conftest import NOON

from safeconduct import clock
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
    crew.opened()
    crew.goes(*TO_MOVING, "SIGHTED", "CONTACT")
    return crew
