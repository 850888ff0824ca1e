"""The compiled search of three criteria: time, hazard, and time in the open. Imported as `compiled` is.

Kept apart from `compiled`, so that who never asks for cover compiles nothing of it.
"""

import numpy as np

from safeconduct.ways.compiled import (  # noqa: TID253  as compiled itself, it is imported late
    Costs,
    Flags,
    Ints,
    Places,
    compiled,
    longer,
    roomier,
)

ROOM = 2**18  # labels at first
HUNDRED, ALLOWED = 100.0, 105.0  # 1.05 in whole numbers, so that the comparison is exact
JUNCTION, BEFORE, EDGE, NEXT, BESIDE, STATE = range(6)  # columns of a label
OPEN, SHUT, GONE = range(3)  # states of a label: waits, was taken, merged into another
# columns of its costs: 0 to 2 the least of all ways it stands for (its apex), 3 to 5 those of its own


@compiled
def _stands_for(costs: Costs, own: int, one: int, other: int, left: Costs, here: int) -> bool:
    """Return whether `own` is within the factor of the least of `one` and `other`, what is left added."""
    for n in range(3):
        least = min(costs[one, n], costs[other, n]) + left[here, n]
        if HUNDRED * (costs[own, 3 + n] + left[here, n]) > ALLOWED * least:
            return False
    return True


@compiled
def _covered(costs: Costs, labels: Ints, first: int, label: int) -> bool:
    """Return whether one that was taken at the junction is at least as good in hazard and cover."""
    beside = first
    while beside >= 0:
        if (
            labels[beside, STATE] == SHUT
            and costs[beside, 1] <= costs[label, 1]
            and costs[beside, 2] <= costs[label, 2]
        ):
            return True
        beside = labels[beside, BESIDE]
    return False


@compiled
def _answered(
    costs: Costs, labels: Ints, answers: Ints, found: int, label: int, left: Costs
) -> bool:  # fmt: skip
    """Return whether a found way is within the factor of all that the label may still become."""
    for number in range(found - 1, -1, -1):
        told, within = answers[number], True
        end, here = labels[told, JUNCTION], labels[label, JUNCTION]
        for n in range(3):
            whole = costs[told, 3 + n] + left[end, n]
            if HUNDRED * whole > ALLOWED * (costs[label, n] + left[here, n]):
                within = False
                break
        if within:
            return True
    return False


@compiled
def _merged(costs: Costs, labels: Ints, first: int, label: int, left: Costs) -> int:
    """Merge the label with one that waits at its junction: return that one, now gone, or -1.

    Where one that waits stands for it already, the label itself is gone.
    """
    here, beside = labels[label, JUNCTION], first
    while beside >= 0:
        if labels[beside, STATE] == OPEN:
            own = -1
            if _stands_for(costs, beside, beside, label, left, here):
                own = beside
            elif _stands_for(costs, label, beside, label, left, here):
                own = label
            if own >= 0:
                lower = False
                for n in range(3):
                    if costs[label, n] < costs[beside, n]:
                        lower = True
                if not lower:
                    labels[label, STATE] = GONE
                    return label
                for n in range(3):
                    costs[label, n] = min(costs[label, n], costs[beside, n])
                    costs[label, 3 + n] = costs[own, 3 + n]
                labels[label, BEFORE], labels[label, EDGE] = labels[own, BEFORE], labels[own, EDGE]
                labels[beside, STATE] = GONE
                return beside
        beside = labels[beside, BESIDE]
    return -1


@compiled
def front_of_three(
    indptr: Places, head: Ints, each: Costs, left: Costs, start: int, is_end: Flags,
    first: Ints, queue: Ints,
) -> tuple[Ints, Costs, Ints, int]:  # fmt: skip
    """Return labels, their costs, those of the answers, and how many answers there are.

    Args:
        indptr, head: the graph; an edge is its place in `head`.
        each: per edge: time, hazard, time in the open.
        left: per junction, at most what is left of each, no more than over an edge and from there.
        start: a junction.
        is_end: per junction.
        first: per junction, given as -1.
        queue: per tick from the soonest to the limit, given as -1.
    """
    labels, costs = np.empty((ROOM, 6), np.int32), np.zeros((ROOM, 6))
    answers, found, many = np.empty(ROOM, np.int32), 0, 1
    labels[0, JUNCTION], labels[0, BEFORE], labels[0, EDGE], labels[0, NEXT] = start, -1, -1, -1
    labels[0, BESIDE], labels[0, STATE] = -1, OPEN
    soonest, queue[0], first[start] = left[start, 0], 0, 0
    for now in range(len(queue)):
        while queue[now] >= 0:
            label = queue[now]
            queue[now] = labels[label, NEXT]
            here = labels[label, JUNCTION]
            if labels[label, STATE] != OPEN:
                continue
            labels[label, STATE] = GONE
            if _covered(costs, labels, first[here], label) or _answered(
                costs, labels, answers, found, label, left
            ):
                continue
            labels[label, STATE] = SHUT
            if is_end[here]:
                if found == len(answers):
                    answers = np.append(answers, answers)
                answers[found] = label
                found += 1
                continue
            first[here] = _kept(costs, labels, first[here], label)
            for edge in range(indptr[here], indptr[here + 1]):
                there = head[edge]
                when = costs[label, 0] + each[edge, 0] + left[there, 0] - soonest
                if when >= len(queue):
                    continue
                if many == len(labels):
                    labels, costs = roomier(labels), longer(costs)
                for n in range(3):
                    costs[many, n] = costs[label, n] + each[edge, n]
                    costs[many, 3 + n] = costs[label, 3 + n] + each[edge, n]
                labels[many, JUNCTION], labels[many, BEFORE], labels[many, EDGE] = (
                    there,
                    label,
                    edge,
                )
                labels[many, STATE] = OPEN
                if _covered(costs, labels, first[there], many) or _answered(
                    costs, labels, answers, found, many, left
                ):
                    continue
                while (
                    labels[many, STATE] == OPEN
                    and _merged(costs, labels, first[there], many, left) >= 0
                ):
                    pass
                if labels[many, STATE] == OPEN:
                    at = int(costs[many, 0] + left[there, 0] - soonest)
                    labels[many, NEXT], queue[at] = queue[at], many
                    labels[many, BESIDE], first[there] = first[there], many
                    many += 1
    return labels, costs, answers, found


@compiled
def _kept(costs: Costs, labels: Ints, first: int, label: int) -> int:
    """Take out of a junction's list what is gone, and what the label now covers; return its first."""
    head, last, beside = -1, -1, first
    while beside >= 0:
        after = labels[beside, BESIDE]
        covered = (
            labels[beside, STATE] == SHUT
            and beside != label
            and costs[label, 1] <= costs[beside, 1]
            and costs[label, 2] <= costs[beside, 2]
        )
        if labels[beside, STATE] != GONE and not covered:
            if last < 0:
                head = beside
            else:
                labels[last, BESIDE] = beside
            last = beside
        beside = after
    if last >= 0:
        labels[last, BESIDE] = -1
    return head
