"""docs/threats.md and docs/asvs.md: each claim names what proves it, or says plainly that nothing does."""

import re

import pytest

from tests.named import ROOT, SRC, _defined

THREATS, ASVS = ROOT / "docs/threats.md", ROOT / "docs/asvs.md"
TEST = re.compile(r"`([\w/]+\.py)::(test_\w+)`")
UNPROVED = ("no test: ", "not built")
STATES = {"met", "in part", "not met"}
# The items of ASVS 5.0 that this product is judged by, chosen for what its hunters do.
ITEMS = [
    "1.2.10",
    "1.3.7",
    "1.3.12",
    "4.1.4",
    "5.2.3",
    "5.2.6",
    "2.3.1",
    "2.3.3",
    "2.3.4",
    "2.3.5",
    "2.4.1",
    "2.4.2",
    "3.3.3",
    "3.4.3",
    "3.4.6",
    "3.4.8",
    "3.5.8",
    "14.3.2",
    "14.3.3",
    "6.3.3",
    "6.3.4",
    "6.3.5",
    "6.3.7",
    "6.3.6",
    "6.3.8",
    "6.4.3",
    "6.4.6",
    "6.5.1",
    "6.5.6",
    "6.6.1",
    "7.3.1",
    "7.3.2",
    "7.4.5",
    "7.5.2",
    "8.1.2",
    "8.2.3",
    "8.2.2",
    "8.2.4",
    "8.3.2",
    "8.3.3",
    "8.4.2",
    "11.1.2",
    "11.1.3",
    "11.1.4",
    "11.2.2",
    "11.2.4",
    "11.2.5",
    "11.3.4",
    "11.7.2",
    "12.3.5",
    "13.3.3",
    "13.3.4",
    "15.2.4",
    "13.4.6",
    "14.2.6",
    "14.2.7",
    "14.2.8",
    "15.4.2",
    "16.2.5",
    "16.3.2",
    "16.4.1",
    "16.4.2",
    "16.4.3",
    "16.5.2",
    "16.5.3",
]


def rows(page, under=""):
    """Return the cells of every row of the tables of a page, or of one part of it; no heads."""
    text = page.read_text(encoding="utf-8")
    if under:
        text = text.partition(under)[2].partition("\n## ")[0]
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("| ")]
        found += [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]
    return found


SEIZED = rows(THREATS, "## What each machine tells")
JUDGED = rows(ASVS)


def ids(row):
    return row[0]


def absent(cell):
    """Return the tests a cell names that do not exist, and the files it names that hold none."""
    named = TEST.findall(cell)
    missing = [test for file, test in named if test not in held_by(file)]
    files = re.findall(r"`([\w/]+\.py)`", cell)
    return missing + [file for file in files if not held_by(file)]


def held_by(file):
    """Return the tests of a file as these pages name it; none where there is no such file."""
    path = (ROOT if file.startswith("tests/") else SRC) / file
    if not path.name.startswith("test_") or not path.is_file():
        return []
    return [name for name in _defined(path) if name.startswith("test_")]


def test_the_tables_are_found():
    assert {"`keys.db` alone", "web process, running", "his telephone", "the carrier"} <= {
        row[0] for row in SEIZED
    }
    assert len(SEIZED) > 20


@pytest.mark.parametrize("row", SEIZED, ids=ids)
def test_what_a_taken_machine_tells_is_proved_or_said_to_be_unproved(row):
    assert len(row) == len(("taken", "tells", "does not tell", "proved by"))
    proof = row[3]
    assert absent(" ".join(row)) == []  # files that hold tests stand in any column
    assert TEST.search(proof) or proof.startswith(UNPROVED)


def test_every_chosen_item_is_judged_once():
    assert sorted(row[0].split(",")[0] for row in JUDGED) == sorted(ITEMS)


@pytest.mark.parametrize("row", JUDGED, ids=ids)
def test_an_item_is_met_by_a_test_or_says_what_is_missing(row):
    _item, asks, state, proof = row
    assert asks
    assert state in STATES
    assert absent(proof) == []
    if state == "met":
        assert TEST.search(proof)
    else:
        assert len(TEST.sub("", proof)) > len("missing")


def test_a_file_that_holds_no_test_is_found():
    for file in ("tests/test_no_such.py", "tests/named.py", "cases/rules.py"):
        assert absent(f"looked at in `{file}`") == [file]
    assert absent("looked at in `tests/test_threats.py`") == []


def test_a_name_of_no_test_is_found():
    assert absent("`tests/test_threats.py::test_no_such`") == ["test_no_such"]
    assert absent("`tests/test_threats.py::test_a_name_of_no_test_is_found`") == []
