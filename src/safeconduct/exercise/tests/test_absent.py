"""What was erased is looked for by everybody at every page; one that still says something is found."""

from types import SimpleNamespace

import lxml.html
import pytest

from safeconduct.exercise import judge
from safeconduct.exercise.console import Shown

NEVER = (404, "<p>Nothing is here.</p>")
GONE = {"who": ["op", "dpc"], "at": ["/cases/{case}/", "/passage/p7/layer.json"]}


class Console:
    """Answers 404 with one text, but for the pages that a test wrote."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []

    def open(self, path):
        self.asked.append(path)
        status, body = self.pages.get(path, NEVER)
        return Shown(path, status, lxml.html.document_fromstring(body))


@pytest.fixture
def world():
    staff = {"op": Console({}), "dpc": Console({})}
    play = SimpleNamespace(
        fill=lambda text: text.replace("{case}", "c7"), stage=SimpleNamespace(staff=staff)
    )
    return staff, play


def test_what_is_nowhere_for_nobody_holds_and_each_was_looked_for(world):
    staff, play = world
    assert judge.check("absent", GONE, play).held
    for console in staff.values():
        assert {"/cases/c7/", "/passage/p7/layer.json"} <= set(console.asked)
        assert {"/cases/nosuchthing2/", "/passage/nosuchthing2/layer.json"} <= set(console.asked)


@pytest.mark.parametrize(
    "left",
    [(200, "<p>His case</p>"), (403, NEVER[1]), (404, "<p>It was erased.</p>")],
    ids=str,
)
def test_one_page_that_is_there_for_one_person_or_says_something_else_is_found(world, left):
    staff, play = world
    staff["dpc"].pages["/passage/p7/layer.json"] = left
    verdict = judge.check("absent", GONE, play)
    assert not verdict.held
    assert "dpc /passage/p7/layer.json" in verdict.found
    staff["dpc"].pages.clear()
    staff["op"].pages["/cases/c7/"] = left
    assert not judge.check("absent", GONE, play).held


def test_whoever_looks_for_nothing_proves_nothing(world):
    assert not judge.check("absent", {"who": "op", "at": []}, world[1]).held


FRAME = "<main><p>{strip}</p><header><div><h1>{head}</h1></div><p>{clock}</p></header><div class='page-body'>{body}</div></main>"


def test_the_clock_and_a_call_make_no_difference_and_the_words_below_do(world):
    staff, play = world
    never = FRAME.format(strip="", head="Nothing here", clock="12:59", body="Ask somebody.")
    same = FRAME.format(strip="A call", head="Nothing here", clock="13:00", body="Ask somebody.")
    other = FRAME.format(strip="", head="Nothing here", clock="12:59", body="It was erased.")
    for console in staff.values():
        for room in ("/cases/nosuchthing2/", "/passage/nosuchthing2/layer.json"):
            console.pages[room] = (404, never)
        for page in ("/cases/c7/", "/passage/p7/layer.json"):
            console.pages[page] = (404, same)
    assert judge.check("absent", GONE, play).held
    staff["dpc"].pages["/cases/c7/"] = (404, other)
    assert not judge.check("absent", GONE, play).held
