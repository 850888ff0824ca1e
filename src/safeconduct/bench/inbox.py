"""A page of 50 of one operator's own sealed threads, beside the same page unsealed.

Both pages come through the whole console: cookie, door, query, template. Only the table and the
keeper's call differ. They are asked in turns within one run, so that a busy machine slows both.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from safeconduct.bench import house
from safeconduct.bench.figure import Figure, middle

FULL, QUICK = (100_000, 1_000, 200), (10_000, 100, 40)  # threads, the deep page, rounds
PAGE, WARM = 50, 5
FIRST, UNSEALED = "/conversations/", "/bench/unsealed/"
SEALED, PLAIN = "sealed", "unsealed"
OK = 200
_SAID = re.compile(rb'class="last"[^>]*>(.*?)</span>', re.DOTALL)


class NotTheSame(RuntimeError):
    """The sealed page and its twin show different texts: nothing was compared."""


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures; the data folder is made for it and removed after."""
    threads, deep, rounds = QUICK if quick else FULL
    with sitting(threads) as (browser, edge_of):
        after = quote(edge_of((deep - 1) * PAGE))
        paths = {1: FIRST, deep: f"{FIRST}?after={after}"}
        yield from _figures(asked(browser, paths, rounds=rounds), threads=threads, deep=deep)


@contextmanager
def sitting(threads: int) -> Iterator[tuple[Any, Callable[[int], str]]]:
    """Yield the browser of an operator with so many sealed threads, and what finds a page's edge."""
    rates = (f"join={threads}", f"worker={threads}")
    with house.exercise() as here, house.keeper_alone(here, rates=rates):
        from safeconduct.access import workers
        from safeconduct.bench import threads as sealed

        workers.take(here.tokens)
        operator = sealed.hire(here.origin)
        sealed.fill(operator.ref, threads)
        yield _browser(operator.sign_in(here.origin)), sealed.edge_of


def _browser(login: str) -> Any:
    from django.conf import settings
    from django.test import Client

    settings.ROOT_URLCONF = "safeconduct.bench.threads"  # the console's pages, and the plain one
    browser = Client(SERVER_NAME="localhost")
    browser.cookies["login"], _, browser.cookies["device"] = login.partition(".")
    return browser


def asked(
    browser: Any, paths: dict[int, str], *, rounds: int
) -> dict[tuple[int, str], list[float]]:
    """Ask every page sealed and unsealed in turns; return milliseconds.

    Raises:
        NotTheSame: the two showed different texts.
    """
    took: dict[tuple[int, str], list[float]] = defaultdict(list)
    for turn in range(WARM + rounds):
        for number, path in paths.items():
            said = {}
            for kind in (SEALED, PLAIN):
                asked_for = path.replace(FIRST, UNSEALED, 1) if kind == PLAIN else path
                began = time.perf_counter()
                answer = browser.get(asked_for)
                spent = time.perf_counter() - began
                said[kind] = shown(answer)
                if turn >= WARM:
                    took[number, kind].append(spent * 1000)
            refuse_if_different(said[SEALED], said[PLAIN])
    return took


def shown(answer: Any) -> tuple[int, list[bytes]]:
    """Return the status of an answered page and its texts."""
    return answer.status_code, _SAID.findall(answer.content)


def refuse_if_different(sealed: tuple[int, list[bytes]], plain: tuple[int, list[bytes]]) -> None:
    """Return if both are pages of 50 with the same texts.

    Raises:
        NotTheSame: they are not.
    """
    if sealed != plain or sealed[0] != OK or len(sealed[1]) != PAGE:
        shown = [(status, len(texts)) for status, texts in (sealed, plain)]
        raise NotTheSame(f"statuses and numbers of texts, sealed and unsealed: {shown}")


def _figures(
    took: dict[tuple[int, str], list[float]], *, threads: int, deep: int
) -> Iterator[Figure]:
    ms = {which: middle(values) for which, values in took.items()}
    for number in (1, deep):
        sealed, plain = ms[number, SEALED], ms[number, PLAIN]
        yield Figure(
            bench="inbox",
            metric=f"page {number:,} of {threads:,} sealed threads, median",
            value=sealed,
            unit="ms",
            against=f"the same page unsealed ({plain:.1f} ms)",
            ratio=sealed / plain,
            target="<= 1.5",
        )
    yield Figure(
        bench="inbox",
        metric=f"page {deep:,} of {threads:,} sealed threads, median",
        value=ms[deep, SEALED],
        unit="ms",
        against=f"page 1, sealed ({ms[1, SEALED]:.1f} ms)",
        ratio=ms[deep, SEALED] / ms[1, SEALED],
        target="<= 1.5",
    )
