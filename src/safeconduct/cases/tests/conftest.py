import pytest
from conftest import NOON

from safeconduct.cases.tests.walking import Crew


@pytest.fixture
def crew(officer, touch, worker):
    return Crew(officer, touch, worker, NOON)
