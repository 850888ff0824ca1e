"""What names a person, tried by whoever holds all of one side: bytes, logins, the socket."""

import contextlib
import sqlite3
from dataclasses import dataclass, field

import pytest

from safeconduct import sealing
from safeconduct.access import acts, client, keyring, ownkeys
from safeconduct.access.rules import Act, Duty, Officer, Purpose
from safeconduct.access.staff import SEES_NAMES
from safeconduct.keeper import policy
from safeconduct.keeper.compartments import Compartments
from safeconduct.keeper.house import House
from safeconduct.keeper.journal import Journal
from safeconduct.keeper.ownkeys import LASTS_S, OwnKeys
from safeconduct.keeper.roots.file import FileRoot
from safeconduct.keeper.roots.held import Held
from safeconduct.keeper.store import Store
from safeconduct.keeper.tests.conftest import NOON, Town
from safeconduct.keeper.vault import Vault
from safeconduct.pages import wordcode
from safeconduct.refusal import Refused

NAME = "Пётр Выдуманный, 1998-07-03"
PLACE = {"field": "reception.Paper.body", "ref": "row1"}
OTHER = {"field": "reception.Paper.body", "ref": "row2"}


@dataclass
class Desk:
    """One compartment, and people who read and write names in it."""

    town: Town
    ref: str = ""
    words: dict[str, str] = field(default_factory=dict)
    copies: dict[str, bytes] = field(default_factory=dict)
    box: bytes = b""

    def __post_init__(self) -> None:
        self.ref = client.create(self.town.worker("clocks"))[0]

    def reader(self, duty: Duty = Duty.RCP, *, let_in: bool = True, key: bool = True) -> Officer:
        who = self.town.person(duty)
        if let_in:
            self.let_in(who, duty)
        if key:
            self.make_key(who, duty)
        return who

    def let_in(self, who: Officer, duty: Duty = Duty.RCP) -> None:
        client.join(
            self.town.worker("clocks"), compartment=self.ref, person=who.ref, duty=duty, reason="t"
        )

    def make_key(self, who: Officer, duty: Duty = Duty.RCP) -> None:
        words = self.words[who.ref] = wordcode.new_code()
        proof = self.town.touch(who, acts.own_key(who.ref, duty))
        ownkeys.make(who.login, words=words, duty=duty, proof=proof)

    def ring(self, who: Officer) -> keyring.Keyring:
        return keyring.open_fields(who, Purpose.WRITE, [self.ref], ["name"])

    def write(self, who: Officer) -> None:
        own = sealing.new_key()
        told = ownkeys.seal(who.login, compartment=self.ref, keys={"row1": own})
        self.copies = {person: copy for _, person, copy in told}
        self.box = self.ring(who).seal(NAME, kind="name", compartment=self.ref, own=own, **PLACE)

    def read(self, who: Officer, *, copy: bytes | None = None) -> str:
        copy = self.copies[who.ref] if copy is None else copy
        own = ownkeys.read(who.login, compartment=self.ref, copies={"row1": copy})["row1"]
        return self.ring(who).open(self.box, kind="name", compartment=self.ref, own=own, **PLACE)

    def shut(self, *people: Officer) -> None:
        for who in people:
            ownkeys.shut(who.login)


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


def refused(code: str):
    return pytest.raises(Refused, check=lambda no: no.refusal.code == code)


def test_who_is_let_in_and_has_his_key_open_reads_and_so_does_his_colleague(desk):
    one, other = desk.reader(), desk.reader(Duty.LEG)
    desk.write(one)
    assert {one.ref, other.ref} <= set(desk.copies)
    assert desk.read(one) == desk.read(other) == NAME


def test_a_shut_key_opens_with_its_own_words_alone(desk):
    one, other = desk.reader(), desk.reader()
    desk.write(one)
    desk.shut(one, other)
    with refused("own.shut"):
        desk.read(one)
    for words in (desk.words[other.ref], wordcode.new_code()):
        with refused("own.wrong"):
            ownkeys.open_own(one.login, words=words)
    ownkeys.open_own(one.login, words=desk.words[one.ref])
    assert desk.read(one) == NAME


def test_whoever_has_no_key_yet_is_told_so_and_may_write_for_those_who_have(desk):
    one, bare = desk.reader(), desk.reader(key=False)
    desk.write(bare)
    assert desk.read(one) == NAME
    with refused("own.none"):
        desk.read(bare, copy=desk.copies[one.ref])


def test_what_nobody_could_read_is_not_written(fresh):
    desk = Desk(fresh())
    bare = desk.reader(key=False)
    with refused("own.nobody"):
        desk.write(bare)


def test_who_is_let_out_reads_nothing_from_that_moment_though_his_key_is_open(desk):
    one, gone = desk.reader(), desk.reader()
    desk.write(one)
    assert desk.read(gone) == NAME
    client.leave(one, compartment=desk.ref, person=gone.ref)
    with refused("open.not_a_member"):
        ownkeys.read(gone.login, compartment=desk.ref, copies={"row1": desk.copies[gone.ref]})
    with refused("open.not_a_member"):
        desk.ring(gone)
    desk.write(one)
    assert gone.ref not in desk.copies


def test_a_copy_opens_for_its_row_its_compartment_and_its_reader_only(desk):
    one, other = desk.reader(), desk.reader()
    desk.write(one)
    for copies in ({"row2": desk.copies[one.ref]}, {"row1": desk.copies[other.ref]}):
        with refused("own.not_for_you"):
            ownkeys.read(one.login, compartment=desk.ref, copies=copies)
    second = Desk(desk.town)
    second.let_in(one)
    with refused("own.not_for_you"):
        ownkeys.read(one.login, compartment=second.ref, copies={"row1": desk.copies[one.ref]})


def test_duties_that_see_no_names_get_none_and_policy_and_rules_say_the_same(desk):
    pilot = desk.reader(Duty.PIL)
    one = desk.reader()
    desk.write(one)
    assert pilot.ref not in desk.copies
    with refused("open.not_for_this"):
        ownkeys.read(pilot.login, compartment=desk.ref, copies={"row1": desk.copies[one.ref]})
    assert {duty for duty, kinds in policy.KINDS_OF.items() if "name" in kinds} == SEES_NAMES


def test_data_protection_holds_a_copy_and_opens_it_only_once_let_in(desk):
    one, standby = desk.reader(), desk.reader(Duty.DPO, let_in=False)
    desk.write(one)
    with refused("open.not_a_member"):
        ownkeys.read(standby.login, compartment=desk.ref, copies={"row1": desk.copies[standby.ref]})
    desk.let_in(standby, Duty.DPO)
    assert desk.read(standby) == NAME


@pytest.mark.parametrize("ends", ["logout", "another login", "ended by another", "recovered"])
def test_a_key_is_shut_when_its_login_ends(desk, ends):
    town, one = desk.town, desk.reader()
    desk.write(one)
    if ends == "logout":
        client.logout(one.login)
    elif ends == "ended by another":
        client.end_logins(town.administrator().login, person=one.ref)
    elif ends == "recovered":
        recover(town, one)
    answer = town.keys[one.ref].answer(client.login_begin(), "http://localhost:8400")
    if ends == "recovered":
        return
    again = client.login_finish(answer)
    with refused("own.shut"):
        desk.read(Officer(one.ref, 0, "", one.duties, again.login))


def recover(town: Town, lost: Officer) -> None:
    """A colleague's lost passkey: two others say yes; his own key stays his, by his words."""
    two = [town.person(Duty.SUP), town.person(Duty.SUP)]
    yeses = []
    for each in two:
        act = acts.recover(lost.ref, Duty.SUP, reason="lost")
        yeses.append(client.act(each, act, town.touch(each, act), now=NOON))
    link = client.recover(two[0].login, person=lost.ref, reason="lost", yeses=yeses)
    back = town.enrol(link)
    assert ownkeys.state(back.login).until is None


def test_whoever_lost_his_words_makes_a_new_key_and_a_colleague_shares_with_it(desk):
    one, lost = desk.reader(), desk.reader()
    desk.write(one)
    desk.make_key(lost)
    with refused("own.not_for_you"):
        desk.read(lost)
    own = ownkeys.read(one.login, compartment=desk.ref, copies={"row1": desk.copies[one.ref]})
    shared = ownkeys.seal(one.login, compartment=desk.ref, keys=own)
    assert desk.read(lost, copy={person: box for _, person, box in shared}[lost.ref]) == NAME


def test_a_key_is_made_by_its_owners_touch_alone(desk):
    one, other = desk.reader(key=False), desk.reader()
    touch = desk.town.touch(other, acts.own_key(other.ref, Duty.RCP))
    with pytest.raises(Refused):
        ownkeys.make(one.login, words="x", duty=Duty.RCP, proof=touch)


def everything_of(folder) -> tuple[set[bytes], list[bytes]]:
    """Return every key that the root, keys.db and their owner's absence give, and the wrapped own keys."""
    store = Store(folder / "keys.db")
    vault = Vault(store, FileRoot(folder / "root.key"))
    keys: set[bytes] = {vault._key()}
    for ref, wrapped in store.db.execute("SELECT ref, wrapped FROM compartment").fetchall():
        dek = vault.dek(ref, wrapped)
        keys |= {dek, *(sealing.field_key(dek, kind) for kind in sealing.KINDS)}
    for name, wrapped in store.db.execute("SELECT name, wrapped FROM secret WHERE name!='kek'"):
        keys.add(vault.unwrap(f"secret|v1|{name}", wrapped))
    rows = store.db.execute("SELECT person, wrapped FROM own_key").fetchall()
    inner = [vault.unwrap(f"own|v1|{person}", wrapped) for person, wrapped in rows]
    store.close()
    return keys, inner


def test_root_disk_database_and_every_copy_together_open_no_name(fresh):
    """The keeper's own user, with all its files and the console's database, but nobody's words."""
    desk = Desk(fresh())
    one, other = desk.reader(), desk.reader()
    desk.write(one)
    desk.town.process.stop()
    keys, inner = everything_of(desk.town.process.folder)
    assert len(inner) == 2
    address = sealing.address(PLACE["field"], desk.ref, PLACE["ref"])
    with_words = []
    for person in (one.ref, other.ref):
        for box in inner:
            with contextlib.suppress(sealing.Tampered):
                secret = ownkeys.secret_of(desk.words[person])
                with_words.append(sealing.unseal(secret, box, sealing.address("own", person)))
    for key in keys:
        for box, aad in [(desk.box, address), *((each, address) for each in inner)]:
            with pytest.raises(sealing.Tampered):
                sealing.unseal_field(key, box, aad)
        for each in inner:
            for person in (one.ref, other.ref):
                with pytest.raises(sealing.Tampered):
                    sealing.unseal(key, each, sealing.address("own", person))
    # the same attacker, given one reader's words, reads it: so the test would have seen a way in
    info = sealing.address("own", desk.ref, "row1", one.ref)
    own = next(
        key
        for private in with_words
        if (key := opened(private, desk.copies[one.ref], info)) is not None
    )
    assert any(carved(sealing.named_key(key, own), desk.box, address) == NAME for key in keys)


def opened(private: bytes, box: bytes, info: bytes) -> bytes | None:
    with contextlib.suppress(sealing.Tampered):
        return sealing.hpke_open(private, box, info=info)
    return None


def carved(key: bytes, box: bytes, aad: bytes) -> str:
    with contextlib.suppress(sealing.Tampered):
        return sealing.unseal_field(key, box, aad).decode()
    return ""


def test_no_words_secret_private_half_or_name_lies_in_the_keepers_files(fresh):
    desk = Desk(fresh())
    one = desk.reader()
    desk.write(one)
    assert desk.read(one) == NAME
    words = desk.words[one.ref]
    store = Store(desk.town.process.folder / "keys.db")
    (public,) = store.db.execute("SELECT public FROM own_key").fetchone()
    store.close()
    files = b"".join(
        each.read_bytes() for each in desk.town.process.folder.glob("*") if each.is_file()
    )
    assert any(piece in files for piece in pieces(public))  # the search finds what is there
    for secret in (words.encode(), ownkeys.secret_of(words), NAME.encode()):
        assert not any(piece in files for piece in pieces(secret))


def pieces(whole: bytes) -> list[bytes]:
    """Return it cut into 16 bytes each: a long row does not lie in one place of a file."""
    return [whole[at : at + 16] for at in range(0, len(whole) - 15, 16)]


def test_a_hijacked_web_process_gets_names_only_of_those_whose_key_is_open(desk):
    absent, there = desk.reader(), desk.reader()
    desk.write(absent)
    desk.shut(absent)
    got = []
    for login in (absent.login, there.login, "", "x.y"):  # all that it could hold, and forgeries
        for copy in desk.copies.values():
            with contextlib.suppress(Refused):
                got.append(ownkeys.read(login, compartment=desk.ref, copies={"row1": copy}))
    assert len(got) == 1  # of him who has it open, with his own copy
    for worker in policy.WORKER_NAMES:
        with pytest.raises(Refused):
            desk.town.process.client.call(
                "own_read",
                worker=worker,
                token=desk.town.process.tokens["web"],
                compartment=desk.ref,
                copies=[["row1", sealing.text(desk.copies[absent.ref])]],
            )


def test_the_ratchet_carries_own_keys_and_the_end_of_a_person_takes_his_for_ever(fresh):
    desk = Desk(fresh())
    one, gone = desk.reader(), desk.reader()
    desk.write(one)
    two = [desk.town.person(Duty.DPO), desk.town.person(Duty.DPO)]
    other = client.create(desk.town.worker("clocks"))[0]
    purge = Act("cases.purge", "case1", acts.destroy_digest(other), Duty.DPO)
    yeses = [client.act(each, purge, desk.town.touch(each, purge), now=NOON) for each in two]
    wrapped = wrapped_of(desk, gone)
    keyring.destroy(desk.town.worker("clocks"), compartment=other, yeses=yeses)
    desk.shut(one)
    ownkeys.open_own(one.login, words=desk.words[one.ref])
    assert desk.read(one) == NAME
    assert wrapped_of(desk, gone) != wrapped
    parts, file = pieces(wrapped_of(desk, gone)), desk.town.process.folder / "keys.db"
    assert sum(part in file.read_bytes() for part in parts) > len(parts) // 2
    desk.town.forgets(gone.ref)
    assert not any(part in file.read_bytes() for part in parts)


def wrapped_of(desk: Desk, who: Officer) -> bytes:
    with contextlib.closing(sqlite3.connect(desk.town.process.folder / "keys.db")) as db:
        return db.execute("SELECT wrapped FROM own_key WHERE person=?", (who.ref,)).fetchone()[0]


def test_the_panic_lock_shuts_every_key(fresh):
    desk = Desk(fresh())
    one = desk.reader()
    desk.write(one)
    client.lock(one.login)
    answer = desk.town.keys[one.ref].answer(client.login_begin(), "http://localhost:8400")
    back = client.login_finish(answer)
    with pytest.raises(Refused):
        desk.read(Officer(one.ref, 0, "", one.duties, back.login))


def test_a_restart_shuts_every_key_and_forgets_none(fresh):
    desk = Desk(fresh())
    one = desk.reader()
    desk.write(one)
    assert desk.read(one) == NAME
    desk.town.process.kill()
    desk.town.process.start()
    with refused("own.shut"):
        desk.read(one)
    ownkeys.open_own(one.login, words=desk.words[one.ref])
    assert desk.read(one) == NAME


class Later(House):
    """A house whose wall clock the test sets, and whose people need no login."""

    at = 1_000

    def wall(self):
        return self.at

    def officer(self, login):
        return Officer("p1", 0, "", frozenset({Duty.RCP}), login)


def test_an_open_key_is_shut_after_a_quarter_of_an_hour_and_in_another_login(tmp_path):
    store, journal = Store(tmp_path / "keys.db"), Journal(tmp_path / "keeper-log.db")
    house = Later(store, Vault(store, Held("two", b"r" * 32)), journal, {}, [], "localhost")
    keys = OwnKeys(house, Compartments(house, None))
    secret, (private, public) = b"s" * 32, sealing.new_box_keys()
    inner = sealing.seal(secret, private, sealing.address("own", "p1"))
    with store.write() as db:
        db.execute(
            "INSERT INTO own_key VALUES ('p1',?,?,?)",
            (public, 1, house.vault.wrap("own|v1|p1", inner)),
        )
    keys.own_open({"login": "a.b", "secret": sealing.text(secret)})
    assert keys.own_state({"login": "a.b"}) == {"made": 1, "until": 1_000 + LASTS_S}
    assert keys.own_state({"login": "c.b"})["until"] == 0
    house.at += LASTS_S
    assert keys.own_state({"login": "a.b"})["until"] == 0
    assert house.opened == {}
    store.close()
    journal.close()
