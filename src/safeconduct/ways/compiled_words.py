"""The compiled search for the plainest way, from what he is told to what he is told next. Imported as `compiled` is.

It stops where it does not know what can be told, says what it lacks, and goes on where it stopped:
what nobody asks for is found on no map.
"""

import numpy as np
import numpy.typing as npt

from safeconduct.ways.compiled import (  # noqa: TID253  as compiled itself, it is imported late
    Costs,
    Ints,
    Places,
    compiled,
    longer,
    pop,
    push,
    roomier,
)

__all__ = ["longer", "plainest", "roomier"]  # what a search calls, and what makes room for it
Row = npt.NDArray[np.float64]
EDGE, BEFORE, BY, USED = range(
    4
)  # columns of a label: the edge, what came before, the words, letters
COST, SECONDS, HAZARD = range(3)  # columns of its costs
TO, LETTERS, FIRST, PAST, STOPS_AT = range(5)  # columns of words; the last is -1 where he goes on
SIZE, MANY, ASKED, TOO_LONG = range(4)  # what stands: rows of the heap, labels, what is lacking
FOUND, NONE, LACKS_EDGE, LACKS_STOP, LACKS_ROOM = range(5)  # how it stops
ARRIVED = -1


@compiled
def _lacks(
    label: int, heap: Costs, labels: Ints, begun: Ints, words: Ints, stop_letters: Ints, end: int,
    stands: Places,
) -> int:  # fmt: skip
    """Return what is not known of a label that is to be gone on from; `FOUND` where nothing lacks."""
    edge = labels[label, EDGE]
    if begun[edge, 0] < 0:
        stands[ASKED] = edge
        return LACKS_EDGE
    many = begun[edge, 1] - begun[edge, 0]
    if stands[MANY] + many > len(labels) or stands[SIZE] + many > len(heap):
        return LACKS_ROOM
    for each in range(begun[edge, 0], begun[edge, 1]):
        if words[each, STOPS_AT] == end and stop_letters[each] == 0:
            stands[ASKED] = each
            return LACKS_STOP
    return FOUND


@compiled
def plainest(
    heap: Costs, labels: Ints, costs: Costs, stands: Places, least: Ints,
    begun: Ints, words: Ints, driven: Ints, stop_letters: Ints,
    tail: Ints, time_s: Row, hazard: Row, left_s: Row, left_hazard: Row,
    limits: Row, price: Row, end: int, most: int, line: int,
) -> int:  # fmt: skip
    """Go on until a way is found, there is none, or something is lacking; return which.

    An edge is reached more than once: at more cost, where the texts are less filled.

    Args:
        heap, labels, costs: rows with room; `stands` says how many are used.
        stands: `SIZE`, `MANY`; it is told `ASKED`, and that something was `TOO_LONG`.
        least: per row of `begun`, and last of all for the end, how little the texts were filled.
        begun: per edge its first words and what follows the last; -1 where they are not known.
        words, driven: see the columns; the edges driven are `driven[FIRST:PAST]`.
        stop_letters: of words that end at `end`, 0 where they are not known.
        tail: the junction at which an edge begins.
        time_s, hazard: per edge; `left_s`, `left_hazard` from each junction to the end, at the least.
        limits: of seconds and of hazard.
        price: of a letter, a second, a unit of hazard.
        end: a place.
        most, line: letters that all texts, and one, have room for.
    """
    while stands[SIZE]:
        label = int(heap[0, 2])
        edge, used = labels[label, EDGE], labels[label, USED]
        if used < least[edge] and edge != ARRIVED:
            lacks = _lacks(label, heap, labels, begun, words, stop_letters, end, stands)
            if lacks != FOUND:
                return lacks
        pop(heap, stands[SIZE])
        stands[SIZE] -= 1
        if used >= least[edge]:
            continue
        least[edge] = used
        if edge == ARRIVED:
            stands[ASKED] = label
            return FOUND
        for each in range(begun[edge, 0], begun[edge, 1]):
            to, letters = words[each, TO], words[each, LETTERS]
            if to == ARRIVED:
                if words[each, STOPS_AT] != end:
                    continue
                letters = stop_letters[each]
            left = -used % line
            filled = used + letters + (left if letters > left else 0)
            if filled >= least[to]:
                continue
            if filled > most:
                stands[TOO_LONG] = 1
                continue
            more_s, more_hazard = 0.0, 0.0
            for at in range(words[each, FIRST], words[each, PAST]):
                more_s += time_s[driven[at]]
                more_hazard += hazard[driven[at]]
            seconds, risk = costs[label, SECONDS] + more_s, costs[label, HAZARD] + more_hazard
            rest, danger = 0.0, 0.0
            if to != ARRIVED:
                rest, danger = left_s[tail[to]], left_hazard[tail[to]]
            if not (seconds + rest <= limits[0] and risk + danger <= limits[1]):
                continue
            many = stands[MANY]
            labels[many, EDGE], labels[many, BEFORE] = to, label
            labels[many, BY], labels[many, USED] = each, filled
            cost = (
                costs[label, COST] + price[0] * letters + price[1] * more_s + price[2] * more_hazard
            )
            costs[many, COST], costs[many, SECONDS], costs[many, HAZARD] = cost, seconds, risk
            push(heap, stands[SIZE], cost + price[1] * rest, cost, many)
            stands[SIZE] += 1
            stands[MANY] += 1
    return NONE
