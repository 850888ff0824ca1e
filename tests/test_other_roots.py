"""Back up, restore and drill under a root that people bring: a passphrase, two halves."""

import shutil

import pytest

from safeconduct import clock
from safeconduct.command import copies
from tests import programme as running
from tests.restoring import POSTGRES, ask, story

__all__ = ["story"]

WORD, OTHER = "six random words of a long list\n", "six other words of a long list\n"
PEOPLE = "SELECT ref FROM cases_case"
pytestmark = pytest.mark.skipif(POSTGRES, reason="the keys are in a file on either")


class Passphrase:
    """One word, cheap to try here: 1 MiB instead of 256."""

    def __init__(self, _place):
        self.taking = ("--to", "passphrase", "--root-at", "memory_kib=1024")

    def run(self, *words):
        return running.run_with_words(*words, lines=WORD)

    def run_wrongly(self, *words):
        return running.run_with_words(*words, lines=OTHER)


class TwoHalves:
    """Two files; wrongly, one of them alone is there."""

    def __init__(self, place):
        self._at = [f"--root-at={name}={place / name}" for name in ("first", "second")]
        self.taking = ("--to", "two", *self._at)
        self._place = place

    def run(self, *words):
        return running.run(*words, *self._at)

    def run_wrongly(self, *words):
        half = self._place / "second"
        away = half.rename(half.with_name("elsewhere"))
        try:
            return self.run(*words)
        finally:
            away.rename(half)


@pytest.mark.parametrize("kind", [Passphrase, TwoHalves])
def test_a_copy_under_another_root_is_restored_and_drilled_with_it_and_refused_without(
    story, tmp_path, kind
):
    data = shutil.copytree(story.restored()[0], tmp_path / "data")
    root, before = kind(tmp_path), ask(data, PEOPLE)
    taking = ("root", "--data", str(data), *root.taking)
    taken = root.run(*taking) if kind is Passphrase else running.run(*taking)
    assert taken.returncode == 0, taken.stdout + taken.stderr
    assert not (data / "root.key").exists()
    copies.make_key(data, to=tmp_path / "backup.key")
    copies.back_up(data, to=tmp_path / "b", keys_to=tmp_path / "c", at=clock.wall())
    words = (str(tmp_path / "b"), "--key", str(tmp_path / "backup.key"))
    words += ("--keys", str(tmp_path / "c"), "--heads", str(story.elsewhere))
    again = tmp_path / "again"
    refused = root.run_wrongly("restore", *words, "--data", str(again))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    assert not again.exists()
    restored = root.run("restore", *words, "--data", str(again))
    assert restored.returncode == 0, restored.stdout + restored.stderr
    assert ask(again, PEOPLE) == before
    (tmp_path / "at").mkdir()
    drilled = root.run("drill", *words, "--at", str(tmp_path / "at"))
    assert drilled.returncode == 0, drilled.stdout + drilled.stderr
    assert "The drill is passed." in drilled.stdout
    assert list((tmp_path / "at").iterdir()) == []
