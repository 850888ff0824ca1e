import sqlite3
import time

import pytest

from safeconduct import sealing
from safeconduct.access import closing, keyring
from safeconduct.access.acts import destroy_digest
from safeconduct.access.connection import KeeperAway
from safeconduct.keeper import store, vault
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.tests.closing import Closing


@pytest.fixture
def stepped(fresh, monkeypatch, tmp_path):
    """A keeper that does at a step what the file says."""
    told = tmp_path / "step"
    monkeypatch.setenv("SAFECONDUCT_STEP", str(told))

    def start(**root):
        town = fresh(module="safeconduct.keeper.tests.stepped", **root)
        return Closing(town), told

    return start


def test_killed_at_each_step_of_a_closure_nothing_living_is_lost_and_nothing_closed_comes_back(
    stepped,
):
    at, told = stepped()
    process = at.town.process
    living, closed = [at.make() for _ in range(3)], []
    doomed = at.make()
    yeses, step = at.yeses(doomed[0]), 0
    while True:
        step += 1
        told.write_text(str(step))
        try:
            at.close(doomed[0], yeses)
            break  # it ended before so many steps
        except KeeperAway:
            process.bury()
        told.unlink()
        process.start()
        assert all(at.opens(*each) for each in living)
        assert not any(at.opens(*each) for each in closed)
        if not at.opens(*doomed):
            first = at.close(doomed[0], yeses)
            assert first == at.close(doomed[0], yeses)
            closed.append(doomed)
            doomed = at.make()
            yeses = at.yeses(doomed[0])
    assert step > 20, "it was killed at too few places to mean anything"
    assert closed, "it was never killed behind the transaction"


def test_a_closed_compartment_has_a_certificate_that_the_keeper_signed(fresh):
    at = Closing(fresh())
    ref, _ = at.make()
    certificate = at.close(ref)
    said = closing.facts(certificate)
    assert said.subject == destroy_digest(ref).hex()
    assert (said.root, said.after - said.before) == ("file", 1)
    assert said.claims == (closing.CLAIMS["file"],)
    changed = closing.Certificate(
        certificate.told.replace(b"root.key", b"nothing."), certificate.signature
    )
    with pytest.raises(sealing.Tampered):
        closing.facts(changed)
    with pytest.raises(sealing.Tampered, match="another keeper"):
        closing.facts(certificate, key="00" * 32)


def test_what_never_was_has_no_certificate(fresh):
    at = Closing(fresh())
    assert (
        keyring.destroy(at.town.worker("clocks"), compartment="nope", yeses=at.yeses("nope"))
        is None
    )


def test_the_weakest_root_a_key_has_lain_under_speaks():
    lay = closing.Lay
    token, gone = lay("pkcs11", ended=False), lay("pkcs11", ended=True)
    assert closing.claims([token]) == [closing.CLAIMS["pkcs11"]]
    assert closing.claims([lay("file", ended=True), token]) == [closing.CLAIMS["file"]]
    assert closing.claims([gone, lay("vault", ended=False)]) == [closing.CLAIMS["vault"]]
    assert closing.claims([token, lay("vault", ended=False)]) == [closing.CLAIMS["earlier"]]
    assert closing.claims([lay("two", ended=True), lay("passphrase", ended=False)]) == [
        closing.CLAIMS["two"],
        closing.CLAIMS["passphrase"],
    ]


def test_a_kek_that_is_a_day_old_is_changed_at_the_start_and_time_codes_stay(fresh):
    at = Closing(fresh())
    kept = at.make()
    process = at.town.process
    epoch = process.client.call("ping")["epoch"]
    process.stop()
    db = sqlite3.connect(process.folder / "keys.db")
    with db:
        db.execute("UPDATE mark SET value=value-82800 WHERE name='ratcheted'")
    process.start()
    assert process.client.call("ping")["epoch"] == epoch
    process.stop()
    with db:
        db.execute("UPDATE mark SET value=value-3600 WHERE name='ratcheted'")
    db.close()
    process.start()
    assert process.client.call("ping")["epoch"] == epoch + 1
    assert at.opens(*kept)


@pytest.fixture
def filled(tmp_path):
    opened = store.Store(tmp_path / "keys.db")
    yield opened, vault.Vault(opened, Held("two", sealing.new_key()))
    opened.close()


def test_every_box_of_the_file_is_wrapped_anew_and_still_opens(filled):
    opened, keys = filled
    epoch, dek = keys.new_dek("c1")
    plain, sign = keys.dek("c1", dek), keys.secret("sign")
    with opened.write() as db:
        db.execute("INSERT INTO compartment VALUES ('c1',?,?,0)", (epoch, dek))
        boxes = keys.wrap("totp|v1|p1", b"old"), keys.wrap("totp|v1|p1", b"new")
        numbers = keys.wrap("numbers|v1|p1", b"two")
        db.execute(
            "INSERT INTO person (ref, since, totp, totp_new, numbers) VALUES ('p1',0,?,?,?)",
            (*boxes, numbers),
        )
    keys.ratchet(wall=2)
    keys._known.clear()
    (again,) = opened.db.execute("SELECT wrapped FROM compartment").fetchone()
    codes = opened.db.execute("SELECT totp, totp_new FROM person").fetchone()
    assert again != dek
    assert (keys.dek("c1", again), keys.secret("sign")) == (plain, sign)
    assert [keys.unwrap("totp|v1|p1", box) for box in codes] == [b"old", b"new"]
    (numbers,) = opened.db.execute("SELECT numbers FROM person").fetchone()
    assert keys.unwrap("numbers|v1|p1", numbers) == b"two"
    with pytest.raises(sealing.Tampered):
        keys.dek("c1", dek)
    with pytest.raises(ValueError, match="BOXES"):
        keys.wrap("else|v1|p1", b"x")


def test_ten_thousand_compartments_are_wrapped_anew_in_under_a_second(filled):
    opened, keys = filled
    rows = [(f"c{n}", *keys.new_dek(f"c{n}"), 0) for n in range(10_000)]
    with opened.write() as db:
        db.executemany("INSERT INTO compartment VALUES (?,?,?,?)", rows)
    began = time.thread_time()  # of this thread: others share the machine
    keys.ratchet(wall=2)
    opened.db.execute("VACUUM")
    keys.finish()
    assert time.thread_time() - began < 1.0
