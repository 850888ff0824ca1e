"""Two processes press the same button at the same moment: one yes is counted."""

import json
import subprocess
import sys
from typing import Any

import pytest

from safeconduct.access.rules import Act, Duty, digest_of

pytestmark = pytest.mark.django_db


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
