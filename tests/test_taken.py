"""A whole exercise, and then the machine is taken: nothing of him can be read in any byte of it.

On SQLite and on PostgreSQL, in each run of the suite; `just test-story` does the same on the long one.
"""

import json
import os
import secrets
import subprocess
from pathlib import Path

import pytest

from safeconduct.exercise import diskgrep
from tests import programme as running

POSTGRES = os.environ.get("SAFECONDUCT_POSTGRES", "")
HIS = {
    "number": "+380671000777",
    "name": "Канарейченко",
    "his words": "Нам три дня не дают еды",
    "our words": "Пишите, когда вам удобно",
    "distress word": "берёза",
}


@pytest.fixture
def server():
    """Return what asks the server in a database of its own; None where tables are in a file."""
    if not POSTGRES:
        yield None
        return
    import psycopg  # noqa: PLC0415  an extra

    name = f"taken_{secrets.token_hex(6)}"
    with psycopg.connect(f"host={POSTGRES} dbname=postgres user=postgres", autocommit=True) as db:
        db.execute(f"CREATE DATABASE {name}")
        yield name, db
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def play(tmp_path, server):
    words = ["exercise", "run", "seized", "--headless", "--speed", "600"]
    words += ["--report", str(tmp_path / "told.json"), "--data", str(tmp_path / "data")]
    env = running.environment()
    if server:
        env |= {"SAFECONDUCT_POSTGRES": POSTGRES, "SAFECONDUCT_POSTGRES_DB": server[0]}
    done = subprocess.run(
        running.command(*words), env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return json.loads((tmp_path / "told.json").read_text())


def files_of(server):
    """Return the server's own files of the database, whole on its disk."""
    name, db = server
    db.execute("CHECKPOINT")
    (data,) = db.execute("SHOW data_directory").fetchone()
    asked = db.execute("SELECT oid FROM pg_database WHERE datname=%s", (name,))
    (number,) = asked.fetchone()
    return Path(data, "base", str(number))


def test_number_name_texts_and_places_can_be_read_in_no_byte_after_a_whole_exercise(
    tmp_path, server
):
    told = play(tmp_path, server)
    assert all(step["held"] and step["acts"] for step in told["steps"])
    (searched,) = (
        each["evidence"]
        for step in told["steps"]
        for each in step["evidence"]
        if "copies" in each["evidence"]
    )
    assert searched["secrets"] > len(HIS)
    assert searched["places"] == 2
    assert searched["copies"] == ["core", "keys"]
    beside = tmp_path / "data-world/beside"
    assert {path.name for path in beside.iterdir()} >= {"copies", "key-copies", "tmp"}
    assert (beside / "tables.raw").exists() == bool(server)
    # Once more when all is stopped, and where it was not looked before.
    for folder in (tmp_path / "data", *([files_of(server)] if server else [])):
        assert diskgrep.search(folder, HIS) == []
    assert told["cpu"]["sum_s"] > 1
