"""`safeconduct up` on PostgreSQL: the same family, its tables on a server, begun, stopped and resumed."""

import os
import secrets
import signal

import psycopg
import pytest

from tests import programme as running
from tests.programme import Programme, until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])
ASKS = "This needs a PostgreSQL: `python -m tests.postgres pytest tests/test_up_postgres.py`."


@pytest.fixture(scope="module")
def server():
    """Return where the PostgreSQL of this run listens."""
    if "SAFECONDUCT_POSTGRES" not in os.environ:
        pytest.fail(ASKS)
    return os.environ["SAFECONDUCT_POSTGRES"]


@pytest.fixture(scope="module")
def database(server):
    """Make a database of our own, and remove it again; return its name."""
    name = f"up_{secrets.token_hex(6)}"
    with psycopg.connect(place(server, "postgres"), autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
        yield name
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def shared(server, database, tmp_path_factory):
    made = Programme(tmp_path_factory.mktemp("programme"))
    made.told = {"SAFECONDUCT_POSTGRES": server, "SAFECONDUCT_POSTGRES_DB": database}
    yield made
    for browser in made.people.values():
        browser.close()
    if made.runs():
        made.stop()


@pytest.fixture
def up(shared):
    shared.start()
    return shared


@pytest.fixture
def tables(server, database, up):
    """Return what asks the server itself."""
    with psycopg.connect(place(server, database), autocommit=True) as db:
        yield lambda sql, given=(): [row[0] for row in db.execute(sql, given)]


def place(server, database):
    return f"host={server} dbname={database} user=postgres"


def answers(up):
    """The console answers, and what was written is there: nobody had to sign in again."""
    status, text = up.shows("/people/")
    return status == 200 and "Operator 14" in text


def test_what_people_do_stands_on_the_server_and_no_table_in_the_folder(up, tables):
    assert answers(up)
    assert "Operator 14" in tables("SELECT name FROM access_person")
    assert "person.added" in tables("SELECT verb FROM audit_entry")
    assert not (up.data / "safeconduct.db").exists()


def test_the_log_on_the_server_hangs_together(up, server, database):
    words = ("audit", "verify", "--data", str(up.data), "--postgres", place(server, database))
    told = running.run(*words)
    assert told.returncode == 3, told.stdout + told.stderr  # no head has left the house yet
    wrong = running.run(*words[:-1], place(server, "no_such_database"))
    assert wrong.returncode != 3


def test_stopped_it_goes_on_at_the_next_start_and_only_with_the_tables_it_had(up, tables):
    before = tables("SELECT count(*) FROM audit_entry")
    os.killpg(up.supervisor.pid, signal.SIGINT)
    assert up.supervisor.wait(30) == 0
    assert running.running_for(up.data) == []
    refuses_other_tables(up)
    up.start()
    assert "/sign-in/join/" not in up.said.read_text()
    assert answers(up)
    assert tables("SELECT count(*) FROM audit_entry") >= before


def refuses_other_tables(up):
    tried = running.run(*up.words)  # without the setting: it would make new, empty tables
    assert tried.returncode == 2
    (line,) = tried.stderr.splitlines()
    assert "are in PostgreSQL, database up_" in line
    assert "Set SAFECONDUCT_POSTGRES" in line
    assert not (up.data / "safeconduct.db").exists()


def test_each_part_goes_on_when_the_server_has_thrown_it_out(up, tables):
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
    thrown = tables("SELECT pg_backend_pid()")
    before = set(tables(others, thrown))
    assert before
    tables("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [list(before)])
    assert until(lambda: not before & set(tables(others, thrown)), wait_s=20)
    assert until(lambda: answers(up) and up.shows("/readyz")[0] == 200, wait_s=20)


def test_a_server_that_is_not_there_is_told_in_one_line_with_the_setting(tmp_path):
    told = {"SAFECONDUCT_POSTGRES": str(tmp_path)}
    tried = running.run("up", "--data", str(tmp_path / "p"), told=told)
    assert tried.returncode == 2
    (line,) = tried.stderr.splitlines()
    assert line.startswith("safeconduct: PostgreSQL does not serve us")
    assert "mend SAFECONDUCT_POSTGRES" in line
