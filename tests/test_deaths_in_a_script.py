"""SIGKILL in the middle of a script: each question is asked once, and it goes on where it stood."""

import json
import signal
import subprocess
import sys
from pathlib import Path

from safeconduct.conversations.tests.test_scripts import FIRST

LEAST = 30  # statements of taking in one answer: with fewer the deaths would be elsewhere


def test_killed_at_each_statement_it_asks_each_question_once_and_goes_on_where_it_stood(
    elsewhere, keeper, tmp_path
):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/first.toml").write_text(FIRST)
    command = [sys.executable, "-m", "tests.deaths_in_a_script"]
    told = json.dumps({"tokens": keeper.tokens})
    root = Path(__file__).parent.parent
    done = subprocess.run(
        command, env=elsewhere, cwd=root, input=told, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    asked, *before, after, again = map(json.loads, done.stdout.splitlines())
    assert asked == ["asked", 0, "ask", 2, 3, 1]
    assert len(before) >= LEAST
    assert {tuple(each) for each in before} == {("before", -signal.SIGKILL, "ask", 2, 3, 1)}
    assert after == ["after", -signal.SIGKILL, "hurt", 3, 4, 2]
    assert again == ["again", 0, "hurt", 3, 4, 2]
