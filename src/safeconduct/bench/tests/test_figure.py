"""A figure keeps to its target or it does not; a missing peer never does."""

import json

from safeconduct.bench import runner
from safeconduct.bench.figure import Figure, middle, share


def figure(ratio: float | None, target: str = "<= 1.5") -> Figure:
    return Figure("inbox", "page", 4.0, "ms", "the same page unsealed", ratio, target)


def test_a_ratio_within_its_target_is_met_and_one_beyond_is_not():
    assert figure(1.4).met
    assert not figure(1.6).met
    assert figure(4.2, ">= 4").met
    assert not figure(3.9, ">= 4").met


def test_a_missing_peer_is_never_met():
    assert not figure(None).met


def test_middle_and_share_of_few_values():
    assert middle([3, 1, 2]) == 2
    assert middle([4, 1, 2, 3]) == 2.5
    assert share([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9) == 10


def test_json_lines_begin_with_the_machine(capsys, monkeypatch):
    monkeypatch.setitem(runner.BENCHES, "inbox", ("", lambda *, quick: [figure(1.6)]))
    assert runner.run("inbox", quick=True, as_json=True) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "cores" in lines[0]
    assert lines[1]["met"] is False
    assert set(lines[1]) == {
        *("bench", "metric", "value", "unit", "against", "ratio", "target", "met"),
    }
