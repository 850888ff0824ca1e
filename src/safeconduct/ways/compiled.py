"""Searches over road graphs, compiled by numba. Imported only where a way is looked for.

All costs are float64 that hold whole numbers below 2^53: exact, as integers are, and one compiled
form serves every search. A heap is a table of rows (first cost, second cost, label), ordered by the
two costs as a pair. Plain loops and no lists: they compile in a third of the time.
"""

import fcntl
import pickle
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba  # noqa: TID253  the one module that compiles; who imports it looks for a way
import numpy as np
import numpy.typing as npt
from numba.core.caching import FunctionCache  # noqa: TID253  as numba itself
from numba.core.compiler_lock import global_compiler_lock  # noqa: TID253  as numba itself

Costs = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
_F = TypeVar("_F", bound=Callable[..., Any])
START = 1024  # rows of a heap at first; it doubles
ROOM = 2**20  # labels at first; what is not written costs no memory
JUNCTION, BEFORE, EDGE, NEXT = range(4)  # columns of a label
PATIENCE_S = (
    30.0  # all of it takes a core some seven seconds; after it one compiles beside the other
)


_Cache: Any = FunctionCache  # numba tells no types


class _Kept(_Cache):  # type: ignore[misc]  # nor of this
    """Machine code kept on disk, where that works: a full or broken disk costs time, and stops nothing."""

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, unless the disk will not have it."""
        with suppress(OSError):
            super().save_overload(sig, data)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept, None where nothing is or it cannot be read: then it is compiled."""
        try:
            return super().load_overload(sig, target_context)
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            return None


_compiling = (
    0  # functions of this process, each for the sake of the one before; numba lets in one thread
)


@contextmanager
def _in_turn(folder: str) -> Iterator[None]:
    """Wait until no other process compiles into this folder: not for ever, nor where it cannot be.

    What starts together would compile the same together: the web process and the workers. Who comes
    second finds it kept.
    """
    global _compiling  # noqa: PLW0603  numba lets one thread of a process compile at a time
    with global_compiler_lock:
        turn: Any = None
        with suppress(OSError):
            turn = None if _compiling else _lock_of(folder)
        _compiling += 1
        try:
            yield
        finally:
            _compiling -= 1
            if turn is not None:
                turn.close()


def _lock_of(folder: str) -> Any:
    Path(folder).mkdir(parents=True, exist_ok=True)
    lock, until = (Path(folder) / "compiling").open("ab"), time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        time.sleep(0.05)
    return lock


def compiled(function: _F) -> _F:
    """Compile at the first call, and keep the machine code where numba finds a folder for it."""
    done: Any = numba.njit(function)
    with suppress(RuntimeError):  # nowhere to keep it: each process compiles for itself
        kept = done._cache = _Kept(function)  # noqa: SLF001  as its own `enable_caching` does
        compiles = done.compile

        def compile_in_turn(signature: Any) -> Any:
            with _in_turn(kept.cache_path):
                return compiles(signature)

        done.compile = compile_in_turn
    return cast(_F, done)


@compiled
def push(heap: Costs, size: int, first: float, second: float, label: int) -> None:
    """Add one row to a heap of `size` rows with room for it."""
    at = size
    while at > 0:
        up = (at - 1) // 2
        if heap[up, 0] < first or (heap[up, 0] == first and heap[up, 1] <= second):
            break
        heap[at, 0], heap[at, 1], heap[at, 2] = heap[up, 0], heap[up, 1], heap[up, 2]
        at = up
    heap[at, 0], heap[at, 1], heap[at, 2] = first, second, label


@compiled
def pop(heap: Costs, size: int) -> None:
    """Take the least row out of a heap of `size` rows: it stands at `size - 1` then."""
    last = size - 1
    first, second, label = heap[last, 0], heap[last, 1], heap[last, 2]
    heap[last, 0], heap[last, 1], heap[last, 2] = heap[0, 0], heap[0, 1], heap[0, 2]
    at, child = 0, 1
    while child < last:
        beside = child + 1
        if beside < last and (
            heap[beside, 0] < heap[child, 0]
            or (heap[beside, 0] == heap[child, 0] and heap[beside, 1] < heap[child, 1])
        ):
            child = beside
        if first < heap[child, 0] or (first == heap[child, 0] and second <= heap[child, 1]):
            break
        heap[at, 0], heap[at, 1], heap[at, 2] = heap[child, 0], heap[child, 1], heap[child, 2]
        at, child = child, 2 * child + 1
    if size > 1:
        heap[at, 0], heap[at, 1], heap[at, 2] = first, second, label


@compiled
def longer(table: Costs) -> Costs:
    """Return the table with as many rows again."""
    rows, columns = table.shape
    twice = np.empty((2 * rows, columns))
    for row in range(rows):
        for column in range(columns):
            twice[row, column] = table[row, column]
    return twice


@compiled
def settle(
    indptr: Places, other: Ints, edge: Ints, first: Costs, second: Costs,
    starts: Ints, stop: int, by_first: Costs, by_second: Costs, via: Ints,
) -> None:  # fmt: skip
    """Fill in the least (first, second) cost, as a pair, to each junction, and the edge it comes by.

    Args:
        indptr, other, edge: per junction the places of its edges; there, the other end and the edge.
        first, second: per edge.
        starts: where it begins, one or more.
        stop: the junction with which it ends; -1 for none. What is then not settled costs no less
            than `stop`, as a pair, and is left at what was seen so far.
        by_first, by_second: given as infinite.
        via: given as -1.
    """
    heap, size = np.empty((START, 3)), 0
    done = np.zeros(len(by_first), np.int8)
    for start in starts:
        by_first[start] = 0.0
        by_second[start] = 0.0
        push(heap, size, 0.0, 0.0, start)
        size += 1
    while size:
        pop(heap, size)
        size -= 1
        here = int(heap[size, 2])
        if done[here]:
            continue
        done[here] = 1
        if here == stop:
            break
        for at in range(indptr[here], indptr[here + 1]):
            there, by = other[at], edge[at]
            one, two = by_first[here] + first[by], by_second[here] + second[by]
            if one < by_first[there] or (one == by_first[there] and two < by_second[there]):
                by_first[there], by_second[there], via[there] = one, two, by
                if size == len(heap):
                    heap = longer(heap)
                push(heap, size, one, two, there)
                size += 1


@compiled
def roomier(table: Ints) -> Ints:
    """Return the table of labels with as many rows again."""
    rows, columns = table.shape
    twice = np.empty((2 * rows, columns), np.int32)
    for row in range(rows):
        for column in range(columns):
            twice[row, column] = table[row, column]
    return twice


@compiled
def front(
    indptr: Places, head: Ints, time: Costs, hazard: Costs, left_time: Costs, left_hazard: Costs,
    start: int, is_end: Flags, limit: float, least: Costs, queue: Ints,
) -> tuple[Ints, Ints, int]:  # fmt: skip
    """Return all labels, those of the answers soonest first, and how many answers there are.

    BOA* (Hernández and others, 2020): labels are taken by their time with what is left at the least
    added, so that one is beaten exactly when its hazard is not below the least that was taken at
    its junction, or, what is left added, at the end. Times are whole, so the queue is a list of
    labels for each unit of time and no heap; of two answers at one time the later is better.

    Args:
        indptr, head: the graph; an edge is its place in `head`.
        time, hazard: per edge.
        left_time, left_hazard: from each junction, no more than what is left to the end, and no
            more than over an edge and from there on.
        start: a junction.
        is_end: per junction.
        limit: the longest time.
        least: per junction, given as infinite.
        queue: per unit of time from the soonest to the limit, given as -1.
    """
    labels, risks = np.empty((ROOM, 4), np.int32), np.empty((ROOM, 1))
    answers, found, many = np.empty(len(queue), np.int32), 0, 1
    labels[0, JUNCTION], labels[0, BEFORE], labels[0, EDGE], labels[0, NEXT] = start, -1, -1, -1
    risks[0, 0], soonest, queue[0], best = 0.0, left_time[start], 0, np.inf
    for now in range(len(queue)):
        while queue[now] >= 0:
            label = queue[now]
            queue[now] = labels[label, NEXT]
            here, seen = labels[label, JUNCTION], risks[label, 0]
            if seen >= least[here] or seen + left_hazard[here] >= best:
                continue
            least[here] = seen
            if is_end[here]:
                best = seen
                if not found or labels[answers[found - 1], NEXT] < now:
                    found += 1
                answers[found - 1] = label
                labels[label, NEXT] = now
                continue
            spent = soonest + now - left_time[here]
            for edge in range(indptr[here], indptr[here + 1]):
                there = head[edge]
                when, risk = spent + time[edge] + left_time[there], seen + hazard[edge]
                if when > limit or risk >= least[there] or risk + left_hazard[there] >= best:
                    continue
                if many == len(labels):
                    labels, risks = roomier(labels), longer(risks)
                at = int(when - soonest)
                labels[many, JUNCTION], labels[many, BEFORE], labels[many, EDGE] = (
                    there,
                    label,
                    edge,
                )
                labels[many, NEXT], risks[many, 0], queue[at] = queue[at], risk, many
                many += 1
    return labels, answers, found


@compiled
def walks(labels: Ints, answers: Ints, at: Places, edges: Ints) -> None:
    """Write each answer's edges into `edges` from `at[n]` to `at[n + 1]`; with no edges, fill `at`."""
    for number in range(len(answers)):
        label = answers[number]
        place = at[number + 1] if len(edges) else at[number]
        while labels[label, BEFORE] >= 0:
            if len(edges):
                place -= 1
                edges[place] = labels[label, EDGE]
            else:
                place += 1
            label = labels[label, BEFORE]
        if not len(edges):
            at[number + 1] = place
