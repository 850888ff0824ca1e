"""`safeconduct up` with a root that a person brings: asked once, kept for restarts, never in an argument."""

import os
import subprocess
from pathlib import Path

import pytest

from tests import programme as running
from tests.programme import Programme, until

pytestmark = pytest.mark.allow_hosts(["127.0.0.1", "::1", "localhost"])
WORD = "six random words of a long list"
CHEAP = ("--root", "passphrase", "--root-at", "memory_kib=1024")


class Rooted(Programme):
    """A programme whose passphrase comes by a file descriptor."""

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        self.file = place / "word"
        self.file.write_text(WORD + "\n")

    def launch(self) -> None:
        if self.tables and not self.data.exists():
            running.cut_short(self.data, self.tables)
        with self.file.open() as word, self.said.open("w") as said:
            argv = running.command(*self.words, *CHEAP[:2], "--root-fd", str(word.fileno()))
            self._process = subprocess.Popen(
                [*argv, *CHEAP[2:]],
                env=running.environment(),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[word.fileno()],
            )


def test_a_passphrase_is_asked_once_and_lasts_until_the_programme_ends(tmp_path, fresh_tables):
    up = Rooted(tmp_path)
    up.tables = fresh_tables
    try:
        up.start()
        assert not (up.data / "root.key").exists()
        assert not any(WORD in line for line in running.running_for(up.data))
        before = up.parts()["keeper"]
        os.kill(before, 9)
        assert until(lambda: up.parts().get("keeper", before) != before)
        assert until(lambda: up.shows("/readyz")[0] == 200)
    finally:
        for browser in up.people.values():
            browser.close()
        assert up.stop() == 0
    unasked = running.run(*up.words)
    assert unasked.returncode == 2
    assert "on a terminal, or give it by --root-fd" in unasked.stderr
    wrong = running.run_with_words(*up.words, lines="another six random words\n")
    assert (wrong.returncode, "does not open keys.db" in wrong.stderr) == (2, True)
    other = running.run(*up.words, "--root", "file")
    assert (other.returncode, "--to file" in other.stderr) == (2, True)


def test_another_root_is_taken_by_one_command_on_a_folder_that_stands_still(tmp_path, fresh_tables):
    data = ("--data", str(tmp_path / "data"))
    up = Programme(tmp_path)
    up.tables = fresh_tables
    up.start()
    try:
        running_still = running.run("root", *data, "--to", "two")
        assert (running_still.returncode, "Stop it" in running_still.stderr) == (2, True)
    finally:
        for browser in up.people.values():
            browser.close()
        up.stop()
    assert running.run("root", *data).stdout == "The root is file, epoch 1.\n"
    halves = (f"first={tmp_path / 'a'}", "--root-at", f"second={tmp_path / 'b'}")
    taken = running.run("root", *data, "--to", "two", "--root-at", *halves)
    assert taken.returncode == 0, taken.stderr
    assert "destroy every copy of the old root" in taken.stdout
    phrase = ("--to", "passphrase", *CHEAP[2:])
    assert running.run_with_words("root", *data, *phrase, lines=f"{WORD}\n").returncode == 0
    assert running.run("root", *data).stdout == "The root is passphrase, epoch 3.\n"
    unlocked = running.run_with_words("unlock", *data, lines=f"{WORD}\n")
    assert unlocked.returncode == 0, unlocked.stderr
