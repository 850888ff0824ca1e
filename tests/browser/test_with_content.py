"""The console's main pages with something on them, held against axe, light and dark.

The built-in story makes the content, through the product's doors. Its campaign goes to 120
numbers instead of a thousand, nothing is erased, and of its expectations the last alone is judged:
`safeconduct demo` judges them all, and `just screenshots` looks at the other pages, in the hand and
on paper. Two minutes, most of them the story's, so it is played by `just test-story`.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from safeconduct.exercise.story import SHIPPED, read
from tests.browser.house import ROOT
from tests.browser.moments import MAIN, MOMENTS, after

CROWD = 120  # the story's second campaign goes to so many of the first one's
PATIENCE_S = 400  # a busy machine is no fault of a page
STORY = SHIPPED / "story.toml"
ERASED = '[[act]]\ninclude = "_erase"\n'  # none of the main pages waits for it
HE_IS_WRITTEN_TO = """[[act]]
step = 3
does = "the text has reached him, one of many: who writes before his turn is left out of it"
phone = "him"
hears = "{campaign_heard}"
patience_s = 120
"""
SMALLER = {
    "_reply.toml": (HE_IS_WRITTEN_TO, ""),  # he is none of so few
    "_cast.toml": ("count = 1000\n", f"count = {CROWD}\n"),
    "_outreach_end.toml": ("1000 of 1000", f"{CROWD} of {CROWD}"),
}


def small_story(folder: Path) -> Path:
    """Copy the story's files, with a smaller crowd and with one expectation and no erasure."""
    shutil.copytree(SHIPPED, folder)
    for name, (large, less) in SMALLER.items():
        told = (folder / name).read_text(encoding="utf-8")
        assert told.count(large) == 1
        (folder / name).write_text(told.replace(large, less), encoding="utf-8")
    story = folder / "story.toml"
    acts, *_judged, last = story.read_text(encoding="utf-8").split("[[expect]]")
    assert acts.count(ERASED) == 1
    story.write_text(f"{acts.replace(ERASED, '')}[[expect]]{last}", encoding="utf-8")
    return story


def test_the_main_pages_are_moments_of_the_story(tmp_path):
    assert set(MAIN) <= {moment.name for moment in MOMENTS}
    acts = read(small_story(tmp_path / "stories")).acts
    come = {moment.name for act in acts for moment in after(act, set())}
    assert set(MAIN) <= come
    whole = {moment.name for act in read(STORY).acts for moment in after(act, set())}
    assert whole == {moment.name for moment in MOMENTS}, "a moment names an act that is no more"


@pytest.mark.story
def test_axe_finds_nothing_on_the_main_pages_with_content_light_or_dark(tmp_path):
    story = small_story(tmp_path / "stories")
    argv = [sys.executable, "-m", "tests.browser.screenshots", "--brief", str(story)]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SAFECONDUCT_", "DJANGO_"))}
    looked = subprocess.run(  # a process of its own: the demo's database is not the tests'
        argv,
        cwd=ROOT,
        env={**env, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert looked.returncode == 0, looked.stdout[-4000:] + looked.stderr[-1000:]
