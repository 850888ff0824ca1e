"""A page of 50 threads with sealed last lines, beside the same page unsealed; one keeper call.

The whole console answers, and a real keeper. What `bench inbox` asks of a hundred thousand threads
is asked here of fifty, so that nothing but the sealing is between the two.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from safeconduct.bench import inbox
from safeconduct.bench.figure import Figure, middle

ROUNDS, QUICK_ROUNDS = 400, 100


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    with inbox.sitting(inbox.PAGE) as (browser, _edge_of):
        pages = {1: inbox.FIRST}
        took = inbox.asked(browser, pages, rounds=QUICK_ROUNDS if quick else ROUNDS)
        with heard() as sealed:
            here = inbox.shown(browser.get(inbox.FIRST))
        with heard() as plain:
            bare = inbox.shown(browser.get(inbox.UNSEALED))
        inbox.refuse_if_different(here, bare)
    yield from figures(took, sealed=sealed, plain=plain)


@contextmanager
def heard() -> Iterator["Counter[str]"]:
    """Count what this process asks the keeper meanwhile, by call."""
    from safeconduct.access.connection import keeper

    calls: Counter[str] = Counter()
    before = keeper().asked.copy()
    yield calls
    calls.update(keeper().asked - before)


def figures(
    took: dict[tuple[int, str], list[float]], *, sealed: "Counter[str]", plain: "Counter[str]"
) -> Iterator[Figure]:
    """Yield the figures of one run."""
    ms, bare = (middle(took[1, kind]) for kind in (inbox.SEALED, inbox.PLAIN))
    yield Figure(
        bench="page",
        metric=f"page of {inbox.PAGE} sealed threads, median",
        value=ms,
        unit="ms",
        against=f"the same page unsealed ({bare:.1f} ms)",
        ratio=ms / bare,
        target="<= 1.5",
    )
    more = (sealed - plain).total()
    yield Figure(
        bench="page",
        metric="calls to the keeper for its keys",
        value=more,
        unit="calls",
        against=f"one; the page unsealed asks {plain.total()}, who he is",
        ratio=more / 1,
        target="== 1",
    )
