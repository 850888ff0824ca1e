"""Roots: made once, brought at each start, and what they say when they are wrong or away."""

import shutil
from pathlib import Path

import pytest

from safeconduct.access import client, closing
from safeconduct.access.connection import KeeperAway
from safeconduct.keeper.roots import choosing, passphrase, transit, two
from safeconduct.keeper.roots.choosing import Brought
from safeconduct.keeper.roots.root import NoRoot
from safeconduct.keeper.tests import transit_server
from safeconduct.keeper.tests.closing import Closing
from safeconduct.keeper.tests.tokens import PIN
from safeconduct.refusal import Refused

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
WORD = "six random words of a long list"
PHRASE = ("--root", "passphrase", "--root-at", "memory_kib=1024")


def halves(place: Path) -> tuple[str, ...]:
    return ("--root-at", f"first={place / 'first'}", "--root-at", f"second={place / 'second'}")


def said(process, word: str) -> str:
    """Return why a keeper does not start with this word."""
    tokens = {**process.tokens, "root": word}
    run = process.run(told=tokens)
    assert run.returncode == 2
    return run.stderr


def test_a_passphrase_opens_what_it_closed_and_no_other_does(fresh):
    at = Closing(fresh(root=PHRASE, word=WORD))
    kept, process = at.make(), at.town.process
    assert WORD not in " ".join(process.words)
    process.stop()
    assert "does not open keys.db" in said(process, "another six random words")
    assert "it needs the passphrase" in said(process, "")
    process.start()
    assert at.opens(*kept)


def test_a_passphrase_costs_a_guesser_256_mib_unless_told_otherwise_and_is_no_short_word():
    assert passphrase.choose(WORD, {})["memory_kib"] == str(256 * 1024)
    with pytest.raises(NoRoot, match="six random words"):
        passphrase.choose("short", {})


def test_two_halves_open_together_and_say_what_is_wrong_with_one(fresh, tmp_path):
    at = Closing(fresh(root=("--root", "two", *halves(tmp_path))))
    kept, process = at.make(), at.town.process
    process.stop()
    shutil.move(tmp_path / "second", tmp_path / "safe")
    assert "no half at" in said(process, "")
    shutil.copy(tmp_path / "first", tmp_path / "second")
    assert "do not belong together" in said(process, "")
    (tmp_path / "second").write_text("a letter")
    assert "is no half of a root" in said(process, "")
    shutil.move(tmp_path / "safe", tmp_path / "second")
    process.start()
    assert at.opens(*kept)
    with pytest.raises(NoRoot, match="never written over"):
        two.choose({"first": str(tmp_path / "first"), "second": str(tmp_path / "third")})
    with pytest.raises(NoRoot, match="in one file"):
        two.choose({"first": str(tmp_path / "third"), "second": str(tmp_path / "third")})


def test_a_token_refuses_a_wrong_pin_and_an_old_keys_db(fresh, token):
    at = Closing(fresh(root=token.root, word=PIN))
    kept, process = at.make(), at.town.process
    process.stop()
    assert "refuses the PIN" in said(process, "000000")
    shutil.copy(process.folder / "keys.db", process.folder / "old")
    process.start()
    at.close(at.make()[0])
    assert at.opens(*kept)
    process.stop()
    shutil.copy(process.folder / "keys.db", process.folder / "new")
    shutil.copy(process.folder / "old", process.folder / "keys.db")
    assert "which nothing opens any more" in said(process, PIN)
    shutil.copy(process.folder / "new", process.folder / "keys.db")
    process.start()
    assert at.opens(*kept)


def test_killed_at_each_step_with_a_token_there_is_one_key_in_it_after_the_next_start(
    fresh, token, tmp_path, monkeypatch
):
    told = tmp_path / "step"
    monkeypatch.setenv("SAFECONDUCT_STEP", str(told))
    module = "safeconduct.keeper.tests.stepped"
    at = Closing(fresh(module=module, root=token.root, word=PIN))
    process, living, doomed = at.town.process, at.make(), at.make()
    yeses, closed, died = at.yeses(doomed[0]), [], 0
    for step in range(4, 40, 2):
        told.write_text(str(step))
        try:
            at.close(doomed[0], yeses)
            break
        except KeeperAway:
            process.bury()
            died += 1
        told.unlink()
        process.start()
        assert token.objects == 1
        assert at.opens(*living)
        if not at.opens(*doomed):
            closed.append(at.close(doomed[0], yeses))
            doomed = at.make()
            yeses = at.yeses(doomed[0])
    assert died > 8
    assert closed


def test_while_vault_is_away_nothing_is_lost_and_nothing_is_certified(fresh):
    with transit_server.running() as vault:
        places = ("--root-at", f"address={vault.address}", "--root-at", "key=ours")
        at = Closing(fresh(root=("--root", "vault", *places), word=vault.token))
        kept, doomed, process = at.make(), at.make(), at.town.process
        yeses = at.yeses(doomed[0])
        vault.away = True
        with pytest.raises(Refused, match="root of the keys did not answer"):
            at.close(doomed[0], yeses)
        assert at.opens(*doomed)
        vault.away = False
        at.close(doomed[0], yeses)
        assert list(vault.keys["ours"].versions) == [vault.keys["ours"].latest]
        assert vault.renewed > 1
        process.stop()
        assert "refuses the token" in said(process, "s.wrong")
        vault.away = True
        assert "answers 503" in said(process, vault.token)
        vault.away = False
        process.start()
        assert at.opens(*kept)
        process.stop()


def test_a_key_that_may_leave_vault_is_no_root():
    with transit_server.running() as vault:
        vault.keys["ours"] = transit_server.Key(exportable=True)
        root = transit.TransitRoot({"address": vault.address, "key": "ours"}, vault.token)
        with pytest.raises(NoRoot, match="may leave Vault"):
            root.seal(b"k" * 32, epoch=1)
        root.forget()
        with pytest.raises(NoRoot, match="panic lock"):
            root.seal(b"k" * 32, epoch=1)


@pytest.mark.parametrize(
    ("kind", "at", "mend"),
    [
        ("vault", {"address": "http://vault.example:8200"}, "https"),
        ("pkcs11", {"module": "x.so"}, "token=LABEL"),
        ("two", {"first": "/a"}, "second=FILE"),
        ("paper", {}, "there are file"),
    ],
)
def test_what_is_missing_for_a_root_is_named(kind, at, mend, tmp_path):
    with pytest.raises(NoRoot, match=mend):
        choosing.choose(kind, tmp_path, Brought(at, "a word"))


def test_a_folder_keeps_the_root_it_was_made_with_until_another_one_is_taken(fresh, tmp_path):
    at = Closing(fresh())
    old, process = at.make(), at.town.process
    process.stop()
    refused = process.run("--make-root", "--root", "two", *halves(tmp_path))
    assert (refused.returncode, "has the root file" in refused.stderr) == (2, True)
    changed = process.run("--change-root", "two", *halves(tmp_path))
    assert changed.returncode == 0, changed.stderr
    assert not (process.folder / "root.key").exists()
    process.start()
    assert process.client.call("ping")["root"] == "two"
    young = at.make()
    assert at.opens(*old)
    assert closing.facts(at.close(young[0])).claims == (closing.CLAIMS["two"],)
    both = closing.facts(at.close(old[0]))
    assert both.claims == (closing.CLAIMS["file"], closing.CLAIMS["two"])
    assert both.root == "two"


def test_from_a_file_to_a_token_the_old_stay_under_the_weaker_claim_and_the_new_do_not(
    fresh, token
):
    at = Closing(fresh())
    old, process = at.make(), at.town.process
    key = client.ping()["key"]
    process.stop()
    changed = process.run("--change-root", *token.root[1:], told={"new": PIN})
    assert changed.returncode == 0, changed.stderr
    process.word = PIN
    process.start()
    assert client.ping()["key"] == key  # what was signed before is believed on
    young = at.make()
    assert closing.facts(at.close(young[0])).claims == (closing.CLAIMS["pkcs11"],)
    assert closing.facts(at.close(old[0])).claims == (closing.CLAIMS["file"],)
    process.stop()
    again = process.run("--change-root", "file", told={"root": PIN})
    assert again.returncode == 0, again.stderr
    assert token.objects == 0
