"""The commands of docs/operate.md on copies, run as they are written, one after the other."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import programme as running
from tests.restoring import POSTGRES, ask, story

__all__ = ["story"]

OPERATE = Path(__file__).parent.parent / "docs/operate.md"
SECTIONS = ("Back up", "Restore", "Drill")


def commands():
    """Return the command lines of the sections, in their order, with what is broken over lines joined."""
    parts = re.split(r"^## ", OPERATE.read_text(), flags=re.MULTILINE)
    told = {part.partition("\n")[0]: part.replace("\\\n", " ") for part in parts}
    return [
        line.split()[1:]
        for section in SECTIONS
        for line in told[section].splitlines()
        if line.startswith("    safeconduct ")
    ]


@pytest.mark.skipif(POSTGRES, reason="the guide's tables are in a file")
def test_the_guide_to_copies_works_as_it_is_written(story, tmp_path):
    data, _said = story.restored()
    media = tmp_path / "media"
    for name in ("a", "b", "c", "d"):
        (media / name).mkdir(parents=True)
    (tmp_path / "srv").mkdir()
    shutil.copytree(story.elsewhere, media / "bar")
    shutil.copy(data / "root.key", media / "d")
    shutil.copytree(data, tmp_path / "DIR")
    asked = commands()
    assert [words[0] for words in asked] == ["backup-key", "backup", "restore", "drill"]
    for words in asked:
        there = [re.sub(r"(^|=)/(media|srv)\b", rf"\1{tmp_path}/\2", word) for word in words]
        done = subprocess.run(
            running.command(*there),
            env=running.environment(),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, shlex.join(words) + done.stdout + done.stderr
    assert ask(tmp_path / "srv/again", "SELECT ref FROM cases_case") == ask(
        data, "SELECT ref FROM cases_case"
    )
    assert [path.name for path in (tmp_path / "srv").iterdir()] == ["again"]
    assert not (media / "c/keys/root.key").exists()
