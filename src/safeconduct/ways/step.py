"""One thing that a driver is told."""

from typing import NamedTuple

from safeconduct.ways.certain import Mode


class Step(NamedTuple):
    """One thing he is told.

    Attributes:
        kind: "start", "count", "road", "access" and "track" (a count of those alone), "distance",
            "mark", "end", "fork", "sharp" (back), "circle", "next" and "next turn" (the outer road
            at the next place where there is a choice), "onto" (a road of another look, `mark`
            says which); the same after "place" where he is to stop; "here" where he is there
            already.
        side: "left", "right", "" for none; of a start the compass word.
        number: which turning on that side, which exit.
        length_m: since the last decision.
        mark: kind of landmark, "" for none; of a start on which hand of another road that leads that way.
        mode: what he keeps to until there.
        past: how many circles he passes straight on before; number and length begin behind them.
        beyond: the landmark behind which he begins to look, "" for none.
        after_m: the distance after which he begins to look, 0 for none.
    """

    kind: str
    side: str = ""
    number: int = 0
    length_m: float = 0.0
    mark: str = ""
    mode: Mode = ""
    past: int = 0
    beyond: str = ""
    after_m: int = 0
