"""What can be told to one who waits at a junction: from there on, and by no compass.

He may stand before the roads of that place or past them. What can be told means the same either way,
or it names what stands there.
"""

from functools import lru_cache

from safeconduct.ways.certain import MODES, Mode
from safeconduct.ways.roads import Roads
from safeconduct.ways.sight import Sight, sight
from safeconduct.ways.steps import Run, run_from


@lru_cache(maxsize=1024)
def waiting(roads: Roads, edge: int) -> tuple[Run, ...]:
    """Return where he drives who waits at the head of `edge`, by which he came.

    Each run begins with `edge`, its metres behind it.
    """
    return tuple(_either_way(sight(roads), edge, mode=mode) for mode in MODES)


def _either_way(seen: Sight, edge: int, *, mode: Mode) -> Run:
    before = run_from(seen, edge, mode=mode, waits=True)
    if len(before.edges) == 1:  # no road goes on from here: he stands before all of them
        return before
    past = run_from(seen, before.edges[1], mode=mode)
    turns = [turn for turn in before.turns if turn._replace(run=turn.run - 1) in past.turns]
    turns += [turn for turn in before.turns if turn.run == 0 and turn.step.kind == "mark"]
    stops = [stop for stop in before.stops if stop._replace(run=stop.run - 1) in past.stops]
    driven = min(len(before.edges), len(past.edges) + 1)
    return Run(before.edges[:driven], tuple(turns), tuple(stops))
