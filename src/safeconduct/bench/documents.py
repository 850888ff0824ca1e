"""What a sheet costs: a hundred capture cards, each another man's, beside the second one may wait for it.

And whether the same card twice is the same bytes, as an archive and a digest need it.
"""

import time
from collections.abc import Iterable
from datetime import UTC, datetime

from safeconduct.bench.figure import Figure, share
from safeconduct.documents.card import card_pdf
from safeconduct.documents.sheets import notice, printed

MANY, FEW = 100, 20
WAIT_S = 1.0  # the limit that the programme sets itself: nobody waits longer at the desk
DAY = datetime(2026, 3, 2, tzinfo=UTC)
THREE = ("ru", "uk", "en")


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures."""
    people = [
        {"name": f"Иванов {n}", "first_names": "Иван", "father": "Пётр", "birth_date": "1998-07-03",
         "service_number": f"AB-{n}", "kin_address": "Курск", "health": "good"}
        for n in range(FEW if quick else MANY)
    ]  # fmt: skip
    took, same = [], 0
    for him in people:
        begun = time.perf_counter()
        first = card_pdf(him, languages=THREE, on=DAY)
        took.append(time.perf_counter() - begun)
        same += card_pdf(him, languages=THREE, on=DAY) == first
    yield _slowest("a capture card, the 99th of a hundred", took)
    yield Figure(
        "documents", "cards that are the same bytes twice", same, "cards",
        "cards made", same / len(people), "== 1",
    )  # fmt: skip
    yield _slowest("a notice to the bureau, the 99th of a hundred", list(_notices(people)))


def _notices(people: Iterable[dict[str, str]]) -> Iterable[float]:
    for him in people:
        begun = time.perf_counter()
        sheet = notice("CASE-1", {**him, "kind": "bureau_notice"})
        printed(sheet, case="CASE-1", languages=THREE, on=DAY)
        yield time.perf_counter() - begun


def _slowest(metric: str, took: list[float]) -> Figure:
    value = share(took, 0.99)
    return Figure("documents", metric, value, "s", "a second", value / WAIT_S, "<= 1")
