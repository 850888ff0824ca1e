import re
from pathlib import Path

from safeconduct.web.rooms import WORKERS
from safeconduct.web.worker import all_loops

SRC = Path(__file__).parents[2]


def test_no_rooms_loops_are_forgotten():
    there = {p.parent.name for p in SRC.glob("*/worker.py") if p.parent.name != "web"}
    assert {loops.__module__.split(".")[1] for loops in WORKERS} == there


def test_no_rooms_pages_are_forgotten():
    told = (SRC / "web/urls.py").read_text()
    there = {p.parent.name for p in SRC.glob("*/urls.py") if p.parent.name != "web"}
    assert there <= set(re.findall(r'include\("safeconduct\.(\w+)\.urls"\)', told))


def test_every_loop_has_a_name_of_its_own_and_rests_between_steps():
    loops = all_loops()
    assert len({loop.name for loop in loops}) == len(loops)
    assert all(loop.every_s > 0 for loop in loops)
