"""Two processes press the same button at the same moment: one yes is counted."""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from safeconduct.access.rules import Act, Duty, digest_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[4]


@pytest.fixture
def elsewhere(keeper, data_folder, tmp_path):
    """The environment of processes with a database of their own, and the same keeper."""
    (tmp_path / "keeper.sock").symlink_to(data_folder / "keeper.sock")
    env = {**os.environ, "SAFECONDUCT_DATA": str(tmp_path), "PYTHONPATH": str(ROOT / "src")}
    env["SAFECONDUCT_SECRET"] = secrets.token_hex(32)
    name = f"race_{secrets.token_hex(4)}"
    if connection.vendor == "postgresql":
        env["SAFECONDUCT_POSTGRES_DB"] = name
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
    told = [sys.executable, str(ROOT / "manage.py"), "migrate", "--verbosity", "0"]
    done = subprocess.run(told, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield env
    if connection.vendor == "postgresql":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def ready(env, told):
    """Start a process that waits with its finger on the button."""
    process = subprocess.Popen(
        [sys.executable, "-m", "safeconduct.access.tests.clicking"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write(json.dumps(told) + "\n")
    process.stdin.flush()
    said = process.stdout.readline()
    assert said == "ready\n", process.communicate()[1]
    return process


def pressed(*processes):
    """Let all press at once; return what each says in the end."""
    for process in processes:
        process.stdin.write("now\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in processes]
    assert all(out for out, _ in ended), "\n".join(err for _, err in ended)
    return sorted(out.split()[0] for out, _ in ended), max(int(out.split()[1]) for out, _ in ended)


def test_three_clicks_at_once_are_one_yes(elsewhere, officer, touch):
    who, digest = officer(Duty.DPC), digest_of({"place": 1})
    for does in ("action", "insert"):
        act = Act("passage.approve", f"plan-{does}", digest, Duty.DPC)
        told: dict[str, Any] = {
            "person": who.ref,
            "login": who.login,
            "verb": act.verb,
            "subject": act.subject,
            "digest": act.digest.hex(),
        }
        assert pressed(ready(elsewhere, {**told, "does": "prepare"})) == (["yes"], 0)
        touched = [touch(who, act) for _ in range(3)]
        proofs = [{"nonce": each.nonce, "assertion": each.assertion} for each in touched]
        clicks = [ready(elsewhere, {**told, "does": does, "proof": proof}) for proof in proofs]
        assert pressed(*clicks) == (["no", "no", "yes"], 1), does
