"""Where a map is imported every search is compiled: a planner's page then finds no form that is not."""

import subprocess
import sys

from safeconduct.ways.extract import read_extract
from safeconduct.ways.mapped import save
from safeconduct.ways.tests.test_extract import SQUARE, extract

# In a process of its own: in this one others have searched already.
PLANNED = """
import pathlib, sys
from datetime import UTC, datetime
from safeconduct.ways import compiled, compiled_cover, compiled_words, plain, route
from safeconduct.ways.clearly import Untellable
from safeconduct.ways.danger import price
from safeconduct.ways.mapped import load
from safeconduct.ways.ready import compile_searches

def forms():
    searches = compiled.settle, compiled.front, compiled.walks, compiled_cover.front_of_three
    return [list(each.signatures) for each in (*searches, compiled_words.plainest)]

roads = load(pathlib.Path(sys.argv[1]))
assert not any(forms())
compile_searches(roads, "ru")
ready = forms()
assert all(ready), ready
web = route.Web(roads, price(roads, [], at=datetime(2026, 6, 1, tzinfo=UTC)))
list(route.front_between(web, 0, 1))
web.tree(0, hazard_s=3.0)
web.tree(0, hazard_s=3.0, reverse=True)
route.most_covered_between(web, 0, 1, most_hazard=1.0)
try:
    plain.plain_told(web, 0, 1, language="en", place="X", most_hazard=0.5)
except Untellable:
    pass
assert forms() == ready
"""


def test_after_an_import_no_search_that_a_planner_makes_is_compiled(tmp_path):
    save(read_extract(extract(tmp_path / "a.osm.pbf", SQUARE)), tmp_path / "a.roads")
    command = [sys.executable, "-c", PLANNED, str(tmp_path / "a.roads")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
