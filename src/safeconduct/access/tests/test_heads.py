import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from safeconduct.access import heads
from safeconduct.access.keyring import new_compartment
from safeconduct.access.rules import WorkerId
from safeconduct.audit import exported, queries, verify
from safeconduct.audit.actions import record
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


@pytest.mark.parametrize(
    ("fresh", "minutes", "wanted"), [(0, 60, False), (1, 9, False), (1, 10, True), (100, 0, True)]
)
def test_a_head_leaves_every_ten_minutes_or_hundred_entries(fresh, minutes, wanted):
    at = NOON - timedelta(minutes=minutes)
    told = {"size": 500 + fresh, "exported": 500, "exported_at": at.timestamp(), "wall": NOON}
    assert heads.due(**told) is wanted


@pytest.mark.usefixtures("committed")
def test_heads_that_left_prove_both_logs_and_no_head_leaves_twice(own_keeper, tmp_path):
    for number in range(3):
        with_entry(number)
    new_compartment(WorkerId("SYS:ingest", own_keeper.tokens["ingest"]), now=NOON)
    heads.export(tmp_path)
    heads.export(tmp_path)
    core = sorted(tmp_path.glob("core-*.json"))
    assert [path.name for path in core] == [f"core-{queries.head().size:012d}.json"]
    found, wrong = exported.heads_in([tmp_path], "core")
    assert wrong == []
    verdict = verify.Proof("core", found).judge(rows())
    assert verdict.code == verify.PROVED
    assert verify.verify(own_keeper.folder, "keeper", heads=[tmp_path]).code == verify.PROVED


@pytest.mark.usefixtures("committed")
def test_the_keeper_signs_no_journal_that_has_become_shorter(own_keeper, tmp_path):
    for number in range(40):
        with_entry(number)
    assert heads.export_core(tmp_path)
    with pytest.raises(Refused, match="shorter"):
        heads.client.sign_head(size=queries.head().size - 1, root=bytes(32))


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
