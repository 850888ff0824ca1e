"""Both sides of each pair do the same work, and what is measured is a time of one thing."""

import pytest

from safeconduct.bench import crypto
from safeconduct.bench.crypto import Pair

PAIRS = {pair.metric: pair for pair in crypto.pairs()}


@pytest.mark.parametrize("metric", PAIRS)
def test_both_sides_of_a_pair_run(metric):
    pair = PAIRS[metric]
    ours, other = pair.ours(), pair.other()
    if isinstance(ours, list):
        assert len(ours) == len(other) == crypto.BATCH
        return
    assert type(ours) is type(other)


def test_opening_ours_gives_the_text_and_the_bare_box_gives_it_padded():
    pair = PAIRS["open one text"]
    assert pair.ours() == crypto.TEXT
    assert crypto.TEXT in pair.other()


def test_a_keyed_hash_and_a_derived_key_are_the_librarys_own():
    index, key = PAIRS["blind index of one number"], PAIRS["one field key from a compartment's"]
    assert index.ours() == index.other()[: len(index.ours())]
    assert key.ours() == key.other()


def test_a_figure_is_the_ratio_of_two_times_of_one_thing(monkeypatch):
    passed_s = [0.0]
    monkeypatch.setattr(crypto.time, "perf_counter", lambda: passed_s[0])

    def takes(seconds):
        passed_s[0] += seconds

    slow = Pair("x", lambda: takes(0.004), "y", lambda: takes(0.001), "<= 3", ours_many=2)
    figure = crypto._figure(slow, rounds=3, many=2)
    assert figure.ratio == pytest.approx(2.0)  # 4 ms for two things, 1 ms for one
    assert figure.met
    assert figure.unit == "µs"
