"""Ways told in three texts and followed by those who get nothing else: shares, no times.

Trips are drawn by seed before anything is composed. On which extracts it was tuned, and what was
held out, stands in docs/decisions/0119-telling-the-way.md.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from safeconduct.bench.figure import Figure

TRIPS, QUICK = 300, 40
LANGUAGE = "ru"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
_TARGETS = {
    "told": ("of all trips are told in three texts of 67", ">= 0.95"),
    "arrive": ("of those told arrive, whoever of five men follows", "== 1"),
    "swapped noticed": ("of those told go wrong with left and right swapped", ">= 0.9"),
    "miscount noticed": ("of those told go wrong with one count wrong by one", ">= 0.9"),
}
REFUSED = "<= 0.05"  # of all trips, for all classes together
STARTS = ">= 0.99"  # he is asked for another start where no compass word leads out of his


def run(*, quick: bool, extract: Path) -> Iterable[Figure]:
    """Yield the shares for one extract; `quick` draws fewer trips."""
    from safeconduct.exercise.offered import share
    from safeconduct.exercise.refused import CLASSES
    from safeconduct.exercise.sent import shares, trips
    from safeconduct.ways.danger import price
    from safeconduct.ways.extract import read_extract
    from safeconduct.ways.route import Web

    roads = read_extract(extract)
    web = Web(roads, price(roads, [], at=NOON))
    count = QUICK if quick else TRIPS
    rows = _TARGETS | {why: (f"of all trips are refused: {why}", REFUSED) for why in CLASSES}
    for offered, ends in ((True, "to a place that may be offered"), (False, "to any junction")):
        found = shares(list(trips(web, count, language=LANGUAGE, offered=offered)))
        for name, (metric, target) in rows.items():
            yield Figure(
                bench="ways",
                metric=f"{extract.name.split('.')[0]}, {ends}: {metric}",
                value=found[name],
                unit="share",
                against=f"all of {count} trips, drawn by seed before",
                ratio=found[name],
                target=target,
            )
    two = share(web, count, language=LANGUAGE)
    yield Figure(
        bench="ways",
        metric=f"{extract.name.split('.')[0]}: of all starts have two places that can be told, of those offered",
        value=two,
        unit="share",
        against=f"all of {count} starts of his and of the unit's, drawn by seed before",
        ratio=two,
        target=STARTS,
    )
