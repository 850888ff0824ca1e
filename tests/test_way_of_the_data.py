"""docs/way-of-the-data.md is the system as it is: each name exists, each test really calls its function."""

import re

from tests import named

PAIRS = named.read(named.WAY)


def test_every_function_and_test_on_the_page_exists():
    assert [sentence for sentence in map(named.missing, PAIRS) if sentence] == []


def test_the_page_tells_all_three_ways_step_by_step():
    parts = re.split(r"^## ", named.WAY.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    told = {part.splitlines()[0]: re.findall(r"^\| (\d+) \|", part, re.MULTILINE) for part in parts}
    assert list(told) == ["One message", "One position", "One surrender"]
    for steps in told.values():
        assert len(steps) > 10
        assert [int(step) for step in steps] == list(range(1, len(steps) + 1))


def test_each_test_is_named_once():
    nodes = [pair.node for pair in PAIRS]
    assert len(nodes) == len(set(nodes))
