"""A town of its own for the keeper's tests: a fresh keeper, and people who enrol with it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from safeconduct import clock
from safeconduct.access import acts, client, letting
from safeconduct.access.rules import Act, Duty, Officer, Proof, WorkerId
from safeconduct.exercise.authenticator import Authenticator
from safeconduct.keeper.tests.process import ORIGIN, KeeperProcess
from safeconduct.keeper.tests.tokens import ASK, MODULE, Token

NOON = datetime(2027, 3, 3, 12, tzinfo=UTC)


class Town:
    """People with passkeys, and the keeper they speak to."""

    def __init__(self, process: KeeperProcess) -> None:
        self.process = process
        self.keys: dict[str, Authenticator] = {}
        self.count = 0

    def worker(self, purpose: str) -> WorkerId:
        return WorkerId(f"SYS:{purpose}", self.process.tokens[purpose])

    def enrol(self, invite: str) -> Officer:
        key = Authenticator()
        options = client.enrol_begin(invite, name="Operator")
        signed_in = client.enrol_finish(invite, key.register(options, ORIGIN))
        self.keys[signed_in.person] = key
        return Officer(signed_in.person, 0, "", signed_in.duties, signed_in.login)

    def administrator(self) -> Officer:
        if "adm" not in self.keys:
            self.adm = self.enrol(client.first_invite(person="adm"))
        return self.adm

    def person(self, *duties: Duty) -> Officer:
        self.count += 1
        ref, adm = f"p{self.count}", self.administrator()
        proof = self.touch(adm, acts.invite(ref, duties, reason="a test"))
        return self.enrol(
            client.invite(adm.login, person=ref, duties=duties, reason="a test", proof=proof)
        )

    def forgets(self, person: str) -> None:
        """End somebody and delete his keys, by the administrator's touch."""
        adm, act = self.administrator(), acts.forget(person, Duty.ADM)
        client.end_person(adm.login, person=person)
        proof = self.touch(adm, act)
        client.forget_person(adm.login, person=person, duty=Duty.ADM, proof=proof)

    def lets_in(self, officer: Officer, person: Officer, compartment: str, *, duty: Duty) -> None:
        """Let another person in by this officer's touch, in a duty of his."""
        told: dict[str, Any] = {
            "compartment": compartment,
            "person": person.ref,
            "duties": [duty],
            "reason": "x",
            "until": None,
            "duty": min(officer.duties),
        }
        letting.let_in(officer, **told, proof=self.touch(officer, letting.act_of(**told)))

    def touch(self, officer: Officer, act: Act) -> Proof:
        asked = client.act_begin(officer.login, act)
        signed = self.keys[officer.ref].sign(asked.challenge, ORIGIN, asked.rp_id)
        return Proof(asked.nonce, signed)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., KeeperProcess]]:
    """Start keepers over folders of their own; all end with the module."""
    started: list[KeeperProcess] = []

    def start(*arguments: str, **root: Any) -> KeeperProcess:
        folder = tmp_path_factory.mktemp("keeper")
        (folder / clock.STAMP).write_text("exercise")
        clock.move(folder, world=NOON, speed=1.0)
        started.append(KeeperProcess(folder, *arguments, **root))
        return started[-1]

    yield start
    for process in started:
        process.stop()


@pytest.fixture(scope="module")
def shared_town(kept: Callable[..., KeeperProcess]) -> Town:
    return Town(kept())


@pytest.fixture
def town(shared_town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    monkeypatch.setenv("SAFECONDUCT_DATA", str(shared_town.process.folder))
    return shared_town


@pytest.fixture
def fresh(
    kept: Callable[..., KeeperProcess], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Town]:
    """A keeper that the test may kill, lock or move in time."""

    def start(*arguments: str, **root: Any) -> Town:
        process = kept(*arguments, **root)
        monkeypatch.setenv("SAFECONDUCT_DATA", str(process.folder))
        return Town(process)

    return start


@pytest.fixture
def token(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Token:
    """A fresh token, found by every keeper that this test starts."""
    if not Path(MODULE).exists():
        pytest.fail(ASK, pytrace=False)
    made = Token(tmp_path_factory.mktemp("token") / "softhsm")
    made.initialise()
    monkeypatch.setenv("SOFTHSM2_CONF", str(made.conf))
    return made
