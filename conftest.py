"""What every test may lean on: a data folder, a real keeper, people with real (software) passkeys."""

import gc
import os
import secrets
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

# Before anything reads it: a test never touches a data folder that somebody works in.
os.environ["SAFECONDUCT_DATA"] = tempfile.mkdtemp(prefix="sc-")

import hypothesis
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler
from django.utils import translation
from tests import tables
from tools.compile_words import compile_words

from safeconduct import clock
from safeconduct.access import actions, acts, client, letting, queries, workers
from safeconduct.access.models import HeldDuty, Person
from safeconduct.access.rules import Act, Duty, Officer, Proof, Purpose, WorkerId
from safeconduct.audit import register
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.keeper.tests.process import ORIGIN, KeeperProcess
from safeconduct.refs import new_ref
from safeconduct.spool import core_end

# A busy machine is slow and not wrong: no property has a deadline. The same examples each time, so
# that chance refuses no change; others are tried by `just chance SEED`.
ANY_MACHINE = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("the same", derandomize=True, **ANY_MACHINE)
hypothesis.settings.register_profile("by seed", database=None, **ANY_MACHINE)
hypothesis.settings.load_profile("the same")
compile_words(Path(__file__).parent)  # a checkout that nobody installed has none yet
gc.disable()  # until all tests are collected: what is read in stays

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_numbers = count(1)
READS_NAMES = {
    Duty.RCV,
    Duty.RCP,
    Duty.LEG,
    Duty.DPO,
}  # whose own keys are made when they are hired


# What is begun late keeps one process at work while the others have nothing left to take over.
LONGEST = tuple(
    f"tests/{name}.py" for name in ("test_proofs", "test_outside", "browser/test_console")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, where processes share the tests."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """Look for garbage from here on, and never again among what was collected: it stays to the end.

    And seldom: a look at each 700th new thing, the usual, took an eighth of the processor.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 50, 100)


@pytest.fixture(autouse=True)
def _no_tongue() -> Iterator[None]:
    """Leave no language behind: a page that was asked for in one leaves it to its thread."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _gateways_as_before() -> Iterator[None]:
    """Leave no gateway struck out: the folder is every test's, and a seizure strikes out all."""
    link = Path(os.environ["SAFECONDUCT_DATA"]) / "link"
    before = {key.name: key.read_bytes() for key in link.glob("*-sign.pub*")}
    yield
    after = {key.name for key in link.glob("*-sign.pub*")}
    for struck in {name for name in after if name.endswith(".struck")} - before.keys():
        (link / struck).unlink()
    for name in before.keys() - after:
        (link / name).write_bytes(before[name])


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the data folder of this test run, stamped exercise; its world starts at NOON."""
    folder = Path(os.environ["SAFECONDUCT_DATA"])
    (folder / clock.STAMP).write_text("exercise")
    clock.move(folder, world=NOON, speed=1.0)  # the keeper judges terms by this clock too
    settings.DATA = folder
    return folder


@pytest.fixture
def time_stands(data_folder: Path) -> Iterator[None]:
    """Let the world stand still, for who compares two pages: an age on them must not tick."""
    clock.move(data_folder, speed=1e-9)
    yield
    clock.move(data_folder, speed=1.0)


@pytest.fixture
def struck_out(data_folder: Path) -> Callable[[], None]:
    """Return what strikes out the gateway by which he writes, enrolled by another test or not."""
    key = data_folder / "link" / "smpp-sign.pub"

    def strike() -> None:
        key.parent.mkdir(exist_ok=True)
        key.touch()
        assert core_end.strike_out(data_folder, "smpp")

    return strike


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest,
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Give this process a test database; processes side by side migrate once. (pytest-django sees the name.)"""
    mine = tmp_path_factory.getbasetemp()
    with django_db_blocker.unblock():
        tables.lay_out(mine.parent if hasattr(request.config, "workerinput") else mine)
    yield
    with django_db_blocker.unblock():
        tables.take_away()


@pytest.fixture(scope="session")
def fresh_tables(django_db_setup: None) -> Path | None:
    """Return the file of tables as a first start makes them; None where they are on a server."""
    told = os.environ.get(tables.TOLD)
    return Path(told) if told else None


@pytest.fixture(scope="session")
def words_of_the_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where what can be told on the district is kept: learned once for all processes of a run."""
    mine = tmp_path_factory.getbasetemp()
    shared = mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine
    return Path(os.environ.setdefault("SAFECONDUCT_WORDS", str(shared / "words")))


@pytest.fixture(scope="session")
def keeper(data_folder: Path) -> Iterator[KeeperProcess]:
    """Run one real keeper; this process has the workers' tokens.

    What all together may open in a day is a programme's, and a run of tests is one long day.
    """
    process = KeeperProcess(data_folder, *("--rate", "everybody=1000000"))
    workers.take(process.tokens)
    yield process
    process.stop()


@pytest.fixture
def elsewhere(
    django_db_setup: None,
    django_db_blocker: Any,
    keeper: KeeperProcess,
    data_folder: Path,
    tmp_path: Path,
) -> Iterator[dict[str, str]]:
    """Yield the environment of processes with a database of their own, and the same keeper."""
    root = Path(__file__).parent
    (tmp_path / "keeper.sock").symlink_to(data_folder / "keeper.sock")
    env = {**os.environ, "SAFECONDUCT_DATA": str(tmp_path), "PYTHONPATH": str(root / "src")}
    env["SAFECONDUCT_SECRET"] = secrets.token_hex(32)
    with django_db_blocker.unblock(), tables.another(env, tmp_path):
        yield env


class Staff:
    """Hires people: through the keeper, by invitation, each with a passkey of his own."""

    def __init__(self) -> None:
        self.keys: dict[str, Authenticator] = {}
        self.words: dict[str, str] = {}  # person → what opens his own key
        self.first = ""
        self.here: Officer | None = None

    def key(self, ref: str) -> Authenticator:
        """Return the passkey of one person."""
        return self.keys[ref]

    def touch(self, officer: Officer, act: Act) -> Proof:
        """Return this officer's touch for one act, over the keeper's own challenge."""
        asked = client.act_begin(officer.login, act)
        return Proof(asked.nonce, self.keys[officer.ref].sign(asked.challenge, ORIGIN, asked.rp_id))

    def lets_in(
        self, officer: Officer, *, duty: Duty, compartment: str, person: str, reason: str = "r",
        until: datetime | None = None, now: datetime = NOON,
    ) -> None:  # fmt: skip
        """Let another person in by this officer's touch, in a duty of his."""
        signer = min(officer.duties)
        told: dict[str, Any] = {
            "compartment": compartment, "person": person, "duties": [duty], "reason": reason,
            "until": until, "duty": signer,
        }  # fmt: skip
        proof = self.touch(officer, letting.act_of(**told))
        actions.let_in(officer, **told, proof=proof, now=now)

    def enrol(self, token: str, *, now: datetime) -> Officer:
        """Make a passkey by an invitation, come in, and return who that is."""
        key = Authenticator()
        credential = key.register(queries.invitation(token).options, ORIGIN)
        login = actions.enrol(token, credential, now=now, wall=clock.wall())
        officer = queries.officer_of(login, now=now, wall=clock.wall())
        assert officer is not None
        self.keys[officer.ref] = key
        return officer

    def sign_in(self, ref: str, *, now: datetime) -> Officer:
        """Come in again with the passkey one has."""
        answered = self.keys[ref].answer(client.login_begin(), ORIGIN)
        login = actions.sign_in(answered, now=now, wall=clock.wall())
        officer = queries.officer_of(login, now=now, wall=clock.wall())
        assert officer is not None
        return officer

    def administrator(self, *, now: datetime) -> Officer:
        """Return the first administrator, signed in; the keeper knows him from test to test."""
        if not self.first:
            invited = actions.first_administrator(now=now)
            assert invited is not None
            self.here = self.enrol(invited.token, now=now)
            self.first = self.here.ref
            return self.here
        here = self.here and queries.officer_of(self.here.login, now=now, wall=clock.wall())
        if here:
            return here
        person, made = Person.objects.get_or_create(
            ref=self.first, defaults={"name": "Administrator 1", "created_at": now}
        )
        if made:
            HeldDuty.objects.create(person=person, duty=Duty.ADM, since=now)
        self.here = self.sign_in(self.first, now=now)
        return self.here

    def hire(self, *duties: Duty, now: datetime = NOON, language: str = "en") -> Officer:
        """Add a person with these duties, and let him come in."""
        admin, ref, number = self.administrator(now=now), new_ref(), next(_numbers)
        invited = actions.create_person(
            admin,
            person=ref,
            name=f"{duties[0] if duties else 'Person'} {number}",
            language=language,
            duties=duties,
            reason="hired for a test",
            proof=self.touch(admin, acts.invite(ref, duties, reason="hired for a test")),
            now=now,
        )
        here = self.enrol(invited.token, now=now)
        if READS_NAMES & set(duties):
            self.own_key(here, now=now)
        return here

    def own_key(self, officer: Officer, *, now: datetime) -> str:
        """Make this officer's own key, which is open then; return its six words."""
        duty = min(officer.duties)
        proof = self.touch(officer, acts.own_key(officer.ref, duty))
        words = actions.make_own_key(officer, duty=duty, proof=proof, now=now, wall=clock.wall())
        self.words[officer.ref] = words
        return words


@pytest.fixture(scope="session")
def _staff() -> Staff:
    return Staff()


@pytest.fixture
def _triggers(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[str]]:
    """Bring the database's own refusals back after the tables were emptied."""
    kept: list[str] = []
    yield kept
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in kept:
            cursor.execute(statement)


@pytest.fixture
def committed(_triggers: list[str], transactional_db: None) -> Iterator[None]:
    """For a test whose transactions really commit: the journal lets itself be emptied after it."""
    yield
    Path(settings.DATA, register.FILE).unlink(missing_ok=True)  # its tables are emptied too
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
            _triggers.append("SET session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        for name, sql in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
            _triggers.append(sql)


@pytest.fixture
def no_head_yet(keeper: KeeperProcess) -> Iterator[None]:
    """Let the keeper sign a log that is shorter than one he signed: tables go with their test."""

    def forget() -> None:
        with closing(sqlite3.connect(keeper.folder / "keys.db")) as db:
            db.execute("DELETE FROM mark WHERE name='core head'")
            db.execute("DELETE FROM core_tree")
            db.commit()

    forget()
    yield
    forget()


@pytest.fixture
def staff(_staff: Staff, keeper: KeeperProcess, db: None) -> Staff:
    """Return who hires people."""
    return _staff


@pytest.fixture
def admin(staff: Staff) -> Officer:
    """Return an administrator, signed in by passkey."""
    return staff.administrator(now=NOON)


@pytest.fixture
def officer(staff: Staff) -> Callable[..., Officer]:
    """Return `officer(Duty.OP, Duty.VER)`: a new person with these duties, signed in by passkey."""
    return staff.hire


@pytest.fixture
def touch(staff: Staff) -> Callable[[Officer, Act], Proof]:
    """Return `touch(officer, act)`: his passkey's answer to the keeper for exactly this act."""
    return staff.touch


@pytest.fixture
def worker(keeper: KeeperProcess) -> Callable[[Purpose], WorkerId]:
    """Return `worker(Purpose.SEND)`: a worker with the token the keeper knows."""
    return workers.me


@pytest.fixture
def lock_keeper(staff: Staff, keeper: KeeperProcess) -> Iterator[Callable[[], None]]:
    """Return what puts the panic lock on. After the test it is taken off, and whoever was in is in again."""
    who, path = staff.administrator(now=NOON), keeper.folder / "keys.db"
    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT * FROM login").fetchall()
    yield lambda: client.lock(who.login)
    keeper.stop()
    assert keeper.run("--unlock").returncode == 0
    with closing(sqlite3.connect(path)) as db:
        db.executemany("INSERT OR IGNORE INTO login VALUES (?,?,?,?,?,?)", rows)
        db.commit()
    keeper.start()


@pytest.fixture
def client_of() -> Callable[[Officer], Client]:
    """Return `client_of(officer)`: a browser in which he is signed in."""

    handler = ClientHandler(
        enforce_csrf_checks=False
    )  # one for all of a test: each reads middleware and static files anew

    def open_browser(officer: Officer) -> Client:
        browser = Client(SERVER_NAME="localhost")
        browser.handler = handler
        browser.cookies["login"], _, browser.cookies["device"] = officer.login.partition(".")
        return browser

    return open_browser
