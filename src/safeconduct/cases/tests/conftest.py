import pytest
from conftest import NOON
from tests.tables import closed

from safeconduct.cases.tests.walking import Crew


@pytest.fixture
def crew(officer, touch, worker):
    return Crew(officer, touch, worker, NOON)


@pytest.fixture
def no_journal(db):
    """Make the journal unwritable, and writable again when called."""
    block = closed("audit_entry")
    return block.__enter__, lambda: block.__exit__(None, None, None)
