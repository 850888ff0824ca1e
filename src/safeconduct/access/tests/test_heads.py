import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from safeconduct.access import actions, client, heads, workers
from safeconduct.access.connection import keeper as connection_to_keeper
from safeconduct.access.keyring import new_compartment
from safeconduct.access.queries import force
from safeconduct.access.rules import Duty, Purpose, WorkerId
from safeconduct.audit import exported, queries, verify
from safeconduct.audit.actions import record
from safeconduct.audit.rules import grow
from safeconduct.refusal import Refused

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def own_keeper(keeper, tmp_path, monkeypatch):
    """A keeper who has signed no head yet; the tables are emptied from test to test."""
    folder = tmp_path / "data"
    folder.mkdir()
    process = type(keeper)(folder)
    monkeypatch.setenv("SAFECONDUCT_DATA", str(folder))
    yield process
    process.stop()


@pytest.fixture
def clocks(own_keeper):
    """The worker that lets heads leave, as this keeper knows it."""
    return WorkerId("SYS:clocks", own_keeper.tokens["clocks"])


@pytest.mark.parametrize(
    ("fresh", "minutes", "wanted"), [(0, 60, False), (1, 9, False), (1, 10, True), (100, 0, True)]
)
def test_a_head_leaves_every_ten_minutes_or_hundred_entries(fresh, minutes, wanted):
    at = NOON - timedelta(minutes=minutes)
    told = {"size": 500 + fresh, "exported": 500, "exported_at": at.timestamp(), "wall": NOON}
    assert heads.due(**told) is wanted


@pytest.mark.usefixtures("committed")
def test_heads_that_left_prove_both_logs_and_no_head_leaves_twice(own_keeper, clocks, tmp_path):
    for number in range(3):
        with_entry(number)
    new_compartment(WorkerId("SYS:ingest", own_keeper.tokens["ingest"]), now=NOON)
    heads.export(tmp_path, clocks)
    heads.export(tmp_path, clocks)
    core = sorted(tmp_path.glob("core-*.json"))
    assert [path.name for path in core] == [f"core-{queries.head().size:012d}.json"]
    found, wrong = exported.heads_in([tmp_path], "core")
    assert wrong == []
    verdict = verify.Proof("core", found).judge(rows())
    assert verdict.code == verify.PROVED
    assert verify.verify(own_keeper.folder, "keeper", heads=[tmp_path]).code == verify.PROVED


def grown(leaves):
    """Return the head of a core's log that has these leaves."""
    peaks = grow(leaves)
    return queries.Head(peaks.size, peaks.root(), peaks.to_bytes())


def tell(clocks, size, root, *, since=0, leaves=()):
    told = [leaf.hex() for leaf in leaves]
    asks = {"worker": "clocks", "token": clocks.token}
    return connection_to_keeper().call(
        "sign_head", **asks, since=since, leaves=told, size=size, root=root.hex()
    )


LEAVES = [bytes([number]) * 32 for number in range(40)]


@pytest.mark.usefixtures("committed")
def test_the_keeper_signs_no_journal_that_has_become_shorter(clocks, tmp_path):
    for number in range(40):
        with_entry(number)
    assert heads.export_core(tmp_path, clocks)
    shorter = grown(queries.leaves(since=0, until=queries.head().size - 1))
    with pytest.raises(Refused, match="shorter"):
        heads.sign(clocks, since=queries.head().size, head=shorter)


def test_no_size_leaps_no_size_has_two_roots_and_a_wrong_root_is_not_signed(clocks):
    head = grown(LEAVES)
    assert tell(clocks, head.size, head.root, leaves=LEAVES)["size"] == head.size
    for size, root, leaves in (
        (2**62, head.root, ()),  # a leap, with nothing that leads there
        (head.size, bytes(32), ()),  # another root of the same size
        (head.size + 1, head.root, [bytes(32)]),  # a root that does not come of these leaves
    ):
        with pytest.raises(Refused, match="does not go on"):
            tell(clocks, size, root, since=head.size, leaves=leaves)
    longer = grown([*LEAVES, bytes(32)])  # and the true one is signed after all of it
    assert tell(clocks, longer.size, longer.root, since=head.size, leaves=[bytes(32)])["signature"]


def test_a_rewritten_journal_is_refused_at_its_next_head(clocks):
    head = grown(LEAVES)
    tell(clocks, head.size, head.root, leaves=LEAVES)
    other = grown([b"x" * 32, *LEAVES[1:], bytes(32)])
    with pytest.raises(Refused, match="altered"):
        tell(clocks, other.size, other.root, since=head.size, leaves=[bytes(32)])


def test_a_head_is_signed_for_the_clocks_alone(own_keeper, clocks):
    head = grown(LEAVES)
    call = connection_to_keeper().call
    told = {"since": 0, "leaves": [leaf.hex() for leaf in LEAVES]}
    told |= {"size": head.size, "root": head.root.hex()}
    askers = [
        {},
        {"worker": "clocks", "token": "guessed"},
        *({"worker": name, "token": own_keeper.tokens[name]} for name in ("send", "ingest", "web")),
    ]
    for asks in askers:
        with pytest.raises(Refused):
            call("sign_head", **asks, **told)
        with pytest.raises(Refused):
            call("core_head", **asks)
    assert tell(clocks, head.size, head.root, leaves=LEAVES)["signature"]


def test_many_leaves_go_in_several_calls_and_a_broken_telling_begins_anew(
    own_keeper, clocks, monkeypatch
):
    monkeypatch.setattr(heads, "AT_ONCE", 7)
    for size in (1, 7, 8, 14, 40):  # each goes on from the one before
        head = grown(LEAVES[:size])
        monkeypatch.setattr(queries, "leaves", lambda *, since, until: LEAVES[since:until])
        since = heads.signed_until(clocks)
        assert heads.sign(clocks, since=since, head=head)["root"] == head.root.hex()
    with pytest.raises(Refused, match="ends elsewhere"):
        tell(clocks, 41, bytes(32), since=39, leaves=LEAVES[:2])
    assert heads.signed_until(clocks) == 40
    own_keeper.stop()
    own_keeper.start()
    assert heads.signed_until(clocks) == 40


@pytest.mark.usefixtures("no_head_yet")
def test_a_supervisor_is_called_once_about_a_journal_that_does_not_go_on(keeper, staff):
    keeper.stop()
    keeper.start()  # it has called about no head yet
    clocks, head = workers.me(Purpose.CLOCKS), grown(LEAVES)
    tell(clocks, head.size, head.root, leaves=LEAVES)
    before, _called = client.limits_met(clocks)
    for size in (3, 40):
        with pytest.raises(Refused):
            tell(clocks, size, bytes(32), since=40)
    assert client.limits_met(clocks)[0] == before + 1
    assert actions.call_about_limits(clocks, now=NOON)
    supervisor = staff.hire(Duty.SUP, now=NOON)
    assert force.noted_for(supervisor)[0].what == "HEAD"


def test_whom_another_overtook_while_he_told_a_head_is_not_taken_for_a_shorter_journal(clocks):
    overtaken, head = grown(LEAVES[:30]), grown(LEAVES)
    tell(clocks, head.size, head.root, leaves=LEAVES)
    before = client.limits_met(clocks)[0]
    with pytest.raises(Refused, match="ends elsewhere"):
        tell(clocks, overtaken.size, overtaken.root, leaves=LEAVES[:30])
    assert client.limits_met(clocks)[0] == before


@pytest.mark.usefixtures("committed")
def test_a_rewritten_keeper_log_is_found_by_its_head(own_keeper, tmp_path):
    new_compartment(WorkerId("SYS:ingest", own_keeper.tokens["ingest"]), now=NOON)
    heads.export_keeper(tmp_path)
    (tmp_path / "copy").mkdir()
    with sqlite3.connect(own_keeper.folder / "keeper-log.db") as here:
        here.execute("VACUUM INTO ?", (str(tmp_path / "copy/keeper-log.db"),))
    copy = sqlite3.connect(tmp_path / "copy/keeper-log.db")
    copy.executescript("DROP TRIGGER entry_update; UPDATE entry SET who='nobody' WHERE seq=0")
    copy.close()
    here.close()
    verdict = verify.verify(tmp_path / "copy", "keeper", heads=[tmp_path])
    assert (verdict.code, verdict.first) == (verify.ALTERED, 0)


def with_entry(number):
    with transaction.atomic():
        record("p1", "case.opened", ref=f"case{number}", now=NOON)


def rows():
    with connection.cursor() as cursor:
        cursor.execute(verify._SELECT["core"])
        yield from map(verify._row, cursor.fetchall())
