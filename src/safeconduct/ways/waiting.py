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
    seen = sight(roads)
    # Where no road goes on from here, whatever he keeps to, he stands before all of them.
    alone = len(run_from(seen, edge, mode=MODES[0], waits=True).edges) == 1
    return tuple(_either_way(seen, edge, mode=mode, alone=alone) for mode in MODES)


def _either_way(seen: Sight, edge: int, *, mode: Mode, alone: bool) -> Run:
    before = run_from(seen, edge, mode=mode, waits=True)
    if alone:
        return before
    turns = [turn for turn in before.turns if turn.run == 0 and turn.step.kind == "mark"]
    if len(before.edges) == 1:  # he may stand past its roads, and then looks for others
        return Run(before.edges, tuple(turns), ())
    past = run_from(seen, before.edges[1], mode=mode)
    told = [turn for turn in before.turns if turn._replace(run=turn.run - 1) in past.turns]
    stops = [stop for stop in before.stops if stop._replace(run=stop.run - 1) in past.stops]
    driven = min(len(before.edges), len(past.edges) + 1)
    return Run(before.edges[:driven], (*told, *turns), tuple(stops))
