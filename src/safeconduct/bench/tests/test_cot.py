"""What is compared with taky: the same events, which our own reader takes, and the right way round."""

from safeconduct.bench.cot import OURS, PEER, RECEIVERS, Best, figures
from safeconduct.bench.cot_clients import event
from safeconduct.cot.reading import Cutter, read


def test_the_clients_events_are_checked_whole_and_bear_when_they_were_said():
    [raw] = Cutter().feed(event(7, told=42))
    assert read(raw).uid == "UNIT-7"
    assert b"t=42;" in raw
    assert len(event(7)) * 8 < 4096  # of more at once taky leaves a part unread


def test_five_times_as_many_events_for_a_fifth_of_the_processor_meet_the_goal_and_less_does_not():
    found = {(OURS, n): Best(5000.0, 20.0, [[1.0] * 100]) for n in RECEIVERS}
    found |= {(PEER, n): Best(1000.0, 100.0, [[2.0] * 100]) for n in RECEIVERS}
    assert all(figure.met for figure in figures(found))
    found[OURS, 1].rate, found[OURS, 10].cpu_us = 4999.0, 20.1
    assert [figure.metric for figure in figures(found) if not figure.met] == [
        "events checked and heard, 1 receivers", "CPU of the server for one event, 10 receivers",
    ]  # fmt: skip
