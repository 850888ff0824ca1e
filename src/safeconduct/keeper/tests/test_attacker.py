"""What each root's certificate claims, tried by an attacker who has all the files that ever were."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from safeconduct import sealing
from safeconduct.access import closing
from safeconduct.keeper.roots import passphrase, two
from safeconduct.keeper.tests import attacker, transit_server
from safeconduct.keeper.tests.closing import Closing
from safeconduct.keeper.tests.process import SRC
from safeconduct.keeper.tests.tokens import MODULE, PIN, Token

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
WORD = "six random words of a long list"


@dataclass
class Scene:
    """One closure, with every byte that was in the files before, during and after it."""

    at: Closing
    ever_in: Path
    said: closing.Facts = field(init=False)

    def play(self, told: Path, before: Callable[[], None]) -> None:
        self.dead, self.living = self.at.make(), self.at.make()
        self.keep("backup")
        before()
        told.write_text(str(self.ever_in))
        self.said = closing.facts(self.at.close(self.dead[0]))
        told.unlink()
        assert len(list(self.ever_in.glob("*-journal"))) > 3, "the journal was seen while it stood"
        assert self.at.opens(*self.living)
        self.now = self.keep("after")

    def keep(self, name: str) -> bytes:
        folder, whole = self.at.town.process.folder, b""
        for each in folder.glob("keys.db*"):
            shutil.copyfile(each, self.ever_in / f"{name}-{each.name}")
            whole += each.read_bytes()
        return whole

    @property
    def ever(self) -> bytes:
        return b"".join(each.read_bytes() for each in sorted(self.ever_in.iterdir()))

    def told(self) -> dict[str, str]:
        db = sqlite3.connect(self.at.town.process.folder / "keys.db")
        (found,) = db.execute("SELECT told FROM root").fetchone()
        db.close()
        return json.loads(found)


@pytest.fixture
def scene(fresh, monkeypatch, tmp_path) -> Iterator[Callable[..., Scene]]:
    told, ever = tmp_path / "step", tmp_path / "ever"
    ever.mkdir()
    monkeypatch.setenv("SAFECONDUCT_STEP", str(told))
    towns = []

    def play(*root: str, word: str = "", before: Callable[[], None] = lambda: None) -> Scene:
        town = fresh(module="safeconduct.keeper.tests.stepped", root=root, word=word)
        towns.append(town)
        made = Scene(Closing(town), ever)
        made.play(told, before)
        return made

    yield play
    for town in towns:  # while Vault still answers
        town.process.stop()


def reads_with_old_copies_alone(made: Scene, carve: attacker.Carve) -> None:
    """Assert the claim of a root that cannot destroy, and its negative."""
    assert attacker.reads(made.ever, carve, *made.dead), "the old copy and the root do read"
    assert not attacker.reads(made.now, carve, *made.dead), "without an old copy nothing reads"
    assert attacker.reads(made.now, carve, *made.living)
    another = attacker.by_key(sealing.new_key())
    assert not attacker.reads(made.ever, another, *made.dead), "without the root nothing reads"


def test_with_the_root_file_and_an_old_copy_the_closed_is_read_and_the_certificate_says_so(scene):
    made = scene()
    root = (made.at.town.process.folder / "root.key").read_bytes()
    reads_with_old_copies_alone(made, attacker.by_key(root))
    assert made.said.claims == (closing.CLAIMS["file"],)
    assert "unless an old copy of keys.db and root.key are both kept" in made.said.claims[0]


def test_with_the_passphrase_and_an_old_copy_the_closed_is_read_and_the_certificate_says_so(scene):
    made = scene("--root", "passphrase", "--root-at", "memory_kib=1024", word=WORD)
    key = passphrase.open_with(WORD, made.told())._key
    reads_with_old_copies_alone(made, attacker.by_key(key))
    assert made.said.claims == (closing.CLAIMS["passphrase"],)
    assert "unless an old copy of keys.db and the passphrase are both kept" in made.said.claims[0]


def test_with_both_halves_and_an_old_copy_the_closed_is_read_and_with_one_half_it_is_not(
    scene, tmp_path
):
    halves = [tmp_path / "first", tmp_path / "second"]
    at = [f"{name}={path}" for name, path in zip(("first", "second"), halves, strict=True)]
    made = scene("--root", "two", "--root-at", at[0], "--root-at", at[1])
    reads_with_old_copies_alone(made, attacker.by_key(two.open_with(made.told())._key))
    for path in halves:
        alone = attacker.by_key(bytes.fromhex(path.read_text().splitlines()[1]))
        assert not attacker.reads(made.ever, alone, *made.dead)
    assert made.said.claims == (closing.CLAIMS["two"],)
    assert "unless an old copy of keys.db and both halves" in made.said.claims[0]


def by_token(made: Scene, token: Token, ref: str, box: bytes) -> bool:
    (token.place / "ever").write_bytes(made.ever)
    wish = {"ever": str(token.place / "ever"), "module": MODULE, "label": token.label, "pin": PIN}
    run = subprocess.run(
        [sys.executable, "-m", "safeconduct.keeper.tests.attacker"],
        input=json.dumps({**wish, "ref": ref, "box": box.hex()}),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(SRC), "SOFTHSM2_CONF": str(token.conf)},
    )
    return run.stdout == "reads"


def test_with_a_token_nobody_reads_the_closed_from_any_backup_but_with_an_old_copy_of_the_token(
    scene, token, tmp_path
):
    stolen: list[Token] = []

    def steal() -> None:
        stolen.append(token.copied(tmp_path / "stolen"))

    made = scene(*token.root, word=PIN, before=steal)
    assert not by_token(made, token, *made.dead)
    assert by_token(made, token, *made.living), "the attacker knows his trade"
    assert by_token(made, stolen[0], *made.dead)
    assert made.said.claims == (closing.CLAIMS["pkcs11"],)
    assert "cannot be opened by anyone, with any backup of keys.db" in made.said.claims[0]
    assert "old copy of the token itself" in made.said.claims[0]


def test_with_vault_nobody_reads_the_closed_from_any_backup_but_with_an_old_copy_of_its_storage(
    scene,
):
    with transit_server.running() as vault:
        before: list[dict[str, transit_server.Key]] = []
        made = scene(
            *("--root", "vault", "--root-at", f"address={vault.address}"),
            word=vault.token,
            before=lambda: before.append(vault.copy()),
        )
        carve = attacker.by_transit(made.told(), vault.token)
        assert not attacker.reads(made.ever, carve, *made.dead)
        assert attacker.reads(made.ever, carve, *made.living), "the attacker knows his trade"
        now, vault.keys = vault.keys, before[0]
        assert attacker.reads(made.ever, carve, *made.dead)
        vault.keys = now
        assert made.said.claims == (closing.CLAIMS["vault"],)
        assert "cannot be opened by anyone, with any backup of keys.db" in made.said.claims[0]
        assert "old copy of Vault’s own storage" in made.said.claims[0]
        made.at.town.process.stop()
