import pytest
from conftest import NOON
from django.db import connection

from safeconduct.cases.tests.walking import Crew


@pytest.fixture
def crew(officer, touch, worker):
    return Crew(officer, touch, worker, NOON)


@pytest.fixture
def no_journal(db):
    """Make the journal unwritable, and writable again when called."""
    if connection.vendor == "sqlite":
        make = [
            "CREATE TRIGGER no_journal BEFORE INSERT ON audit_entry"
            " BEGIN SELECT RAISE(ABORT, 'no journal'); END"
        ]
        mend = "DROP TRIGGER no_journal"
    else:
        make = [
            "CREATE FUNCTION no_journal() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no journal'; END $$",
            "CREATE TRIGGER no_journal BEFORE INSERT ON audit_entry"
            " FOR EACH ROW EXECUTE FUNCTION no_journal()",
        ]
        mend = "DROP TRIGGER no_journal ON audit_entry"

    def run(*statements):
        with connection.cursor() as cursor:
            for sql in statements:
                cursor.execute(sql)

    return lambda: run(*make), lambda: run(mend)
