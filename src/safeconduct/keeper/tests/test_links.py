"""The links' box keys are turned each week: one night makes the new, and ends the one before the last."""

import shutil

import pytest

from safeconduct import clock, sealing
from safeconduct.keeper import links, restored, server, vault
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal, entry
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.process import ORIGIN
from safeconduct.sealing import to_bytes

TOKENS = {"link": "l" * 32, "ingest": "i" * 32}
ROOT = b"r" * 32


class House_:  # noqa: N801  not a house: one that is opened from its files
    def __init__(self, folder):
        self.store, self.journal = Store(folder / "keys.db"), Journal(folder / "keeper-log.db")
        self.vault = vault.Vault(self.store, Held("two", ROOT))
        self.calls = server.Calls(
            House(self.store, self.vault, self.journal, TOKENS, [ORIGIN], "localhost")
        )

    def keys(self, name, *, worker="link"):
        told = {"op": "gateway_keys", "worker": worker, "token": TOKENS[worker], "name": name}
        answer = self.calls.answer(told)["ok"]
        return {"turned": answer.pop("turned"), **{n: to_bytes(v) for n, v in answer.items()}}

    def issuer(self, *, worker="link"):
        told = {"op": "issuer_key", "worker": worker, "token": TOKENS[worker]}
        return self.calls.answer(told)

    def after(self, *, days):
        """So many days later, at night."""
        for mark in (vault.RATCHETED, links.TURNED):
            self.store.set_mark(mark, self.store.mark(mark) - days * 24 * 3600)
        self.calls.nightly()

    def close(self):
        self.store.close()
        self.journal.close()


@pytest.fixture
def house(tmp_path):
    made = House_(tmp_path)
    yield made
    made.close()


def opens(keys, box):
    for half in ("box_private", "box_earlier"):
        try:
            return sealing.hpke_open(keys[half], box, info=b"")
        except (sealing.Tampered, ValueError):
            continue
    return None


def sealed(keys):
    return sealing.hpke_seal(keys["box_public"], b"the mill", info=b"")


def test_in_the_week_they_stay_and_after_it_what_waits_opens_for_one_week_more_and_never_again(
    house,
):
    first = {name: house.keys(name) for name in ("smpp", "core")}
    assert all(keys["box_earlier"] == b"" for keys in first.values())
    boxes = {name: sealed(keys) for name, keys in first.items()}
    house.after(days=6)
    assert {name: house.keys(name)["box_public"] for name in first} == {
        name: keys["box_public"] for name, keys in first.items()
    }
    house.after(days=1)
    for name, keys in first.items():
        turned = house.keys(name)
        assert turned["box_public"] != keys["box_public"]
        assert turned["box_earlier"] == keys["box_private"]
        assert turned["sign_private"] == keys["sign_private"]
        assert turned["turned"] > keys["turned"] - 7 * 24 * 3600
        assert opens(turned, boxes[name]) == b"the mill"
    house.after(days=7)
    for name, box in boxes.items():
        assert opens(house.keys(name), box) is None


def test_the_earlier_private_half_goes_where_this_weeks_goes_and_nowhere_else(house):
    house.keys("smpp"), house.keys("core")
    house.after(days=7)
    assert house.keys("core", worker="ingest")["box_earlier"]
    assert house.keys("smpp")["box_earlier"]
    assert house.keys("smpp", worker="ingest")["box_earlier"] == b""


def test_a_keeper_that_was_away_for_months_turns_once_and_what_waited_opens(house):
    keys = house.keys("smpp")
    box = sealed(keys)
    house.after(days=100)
    house.calls.nightly()
    assert opens(house.keys("smpp"), box) == b"the mill"


def test_a_clock_that_was_set_back_never_makes_a_turn_older(house):
    keys = house.keys("smpp")
    turn = links.turning(
        house.vault, last=keys["turned"] + 10, wall=keys["turned"] + links.WEEK_S + 10
    )
    assert turn is not None
    assert links.turning(house.vault, last=keys["turned"] + 10, wall=keys["turned"]) is None
    early = links.turning(house.vault, last=0, wall=links.WEEK_S)
    with house.store.write() as db:
        early(db)
    assert house.store.mark(links.TURNED) == links.WEEK_S


def test_in_a_house_of_before_there_was_a_turn_the_week_begins_with_its_first_night(house):
    keys = house.keys("smpp")
    with house.store.write() as db:  # such a folder holds keys, and no word of when they were made
        db.execute("DELETE FROM mark WHERE name=?", (links.TURNED,))
    house.store.set_mark(vault.RATCHETED, 0)
    house.calls.nightly()
    began = house.keys("smpp")
    assert (began["box_earlier"], began["box_private"]) == (b"", keys["box_private"])
    assert began["turned"] >= keys["turned"] > 0
    house.after(days=6)
    assert house.keys("smpp")["box_earlier"] == b""
    house.after(days=1)
    assert house.keys("smpp")["box_earlier"] == keys["box_private"]


def test_while_a_gateway_could_not_follow_nothing_turns_and_it_turns_the_night_after(house):
    def hold(held, *, worker="link"):
        told = {"op": "hold_links", "worker": worker, "token": TOKENS[worker], "held": held}
        return house.calls.answer(told)

    keys = house.keys("smpp")
    assert "refused" in hold(True, worker="ingest")
    assert hold(True) == {"ok": {}}
    house.after(days=20)
    assert house.keys("smpp")["box_private"] == keys["box_private"]
    assert house.calls.answer({"op": "ping"})["ok"]["held"]
    hold(False)
    house.after(days=1)
    turned = house.keys("smpp")
    assert turned["box_earlier"] == keys["box_private"]
    ping = house.calls.answer({"op": "ping"})["ok"]
    assert not ping["held"]
    assert (ping["turned"], ping["turns"]) == (turned["turned"], turned["turned"] + links.WEEK_S)
    assert ping["before"] == 0  # before it there was none, only the making of the keys
    house.after(days=7)
    again = house.calls.answer({"op": "ping"})["ok"]
    assert 0 < again["before"] <= again["turned"] - 7 * 24 * 3600
    verbs = [row["verb"] for row in map(entry, house.journal.latest(last=9, subject=""))]
    assert {"link keys held", "link keys let go", "link keys turned"} <= set(verbs)


def test_killed_at_any_statement_of_the_night_what_was_sealed_before_opens_afterwards(
    house, tmp_path
):
    boxes = {name: sealed(house.keys(name)) for name in ("smpp", "core")}
    steps = []

    def step(_statement):
        place = tmp_path / f"step{len(steps)}"
        place.mkdir()
        for path in tmp_path.glob("keys.db*"):
            shutil.copyfile(path, place / path.name)
        steps.append(place)

    house.store.db.set_trace_callback(step)
    house.after(days=7)
    house.store.db.set_trace_callback(None)
    step("the end")
    turned = []
    for place in steps:
        again = House_(place)
        for name, box in boxes.items():
            assert opens(again.keys(name), box) == b"the mill"
        turned.append(again.keys("smpp")["box_earlier"] != b"")
        again.close()
    assert turned == sorted(turned)  # before it, or after it
    assert (turned[0], turned[-1]) == (False, True)


def test_the_issuers_key_goes_to_the_link_worker_alone_and_stays_when_the_links_turn(house):
    house.keys("core")
    first = house.issuer()
    assert len(to_bytes(first["ok"]["key"])) == 32
    assert "refused" in house.issuer(worker="ingest")
    for _week in range(3):
        house.after(days=8)
    assert house.issuer() == first
    assert "issuer key" in {
        row["verb"] for row in map(entry, house.journal.latest(last=9, subject=""))
    }


def test_after_a_restore_the_keys_of_the_copy_are_the_latest_and_the_earlier_one_opens_still(house):
    keys = house.keys("smpp")
    house.after(days=7)
    before = house.keys("smpp")
    files = restored.Files(house.store, house.vault, house.journal)
    restored._forget([], files, now=clock.now(), wall=before["turned"] + 60)
    house.calls.nightly()
    after = house.keys("smpp")
    assert after == {**before, "turned": before["turned"] + 60}
    assert opens(after, sealed(keys)) == b"the mill"
