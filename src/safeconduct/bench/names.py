"""One relative's request against 100,000 people: found in any letters, and by nothing but hashes.

Beside it `rapidfuzz`, the library that people take for this: it reads all names, open, in Latin letters, and
whoever is like enough and was born on the day, or a slip from it, is meant. Both answer for one person alone.
"""

# ruff: noqa: S311, TID251  by seed, so that a figure can be had again

import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Hamming

from safeconduct import names, sealing
from safeconduct.bench.figure import Figure, middle
from safeconduct.bench.namesakes import WAYS, Nobody, asked, latin, people
from safeconduct.traces import open_sqlite

SEED = 20_261_130
MANY, FEW = 100_000, 5_000
ASKED, ASKED_FEW = (
    60,
    20,
)  # of each way of asking, and as many again after namesakes who are not here
ALIKE = 85.0  # of 100: where rapidfuzz finds as many as it can here without twice as many strangers
PEER = "rapidfuzz over all names, open"

Search = Callable[[names.Known], int | None]


class Hashed:
    """Sentences as custody keeps them: a key and whose it is, in SQLite, on disk."""

    def __init__(self, everybody: list[Nobody], path: Path) -> None:
        """Hash and store what tells each; the key is the keeper's, here one of our own."""
        self._secret = os.urandom(sealing.KEY_BYTES)
        self._db = open_sqlite(path)
        self._db.execute("CREATE TABLE sentence (key BLOB, person INTEGER)")
        rows = (
            (self._hash(told), n)
            for n, him in enumerate(everybody)
            for told in names.sentences(him.known(n % 2))
        )
        self._db.executemany("INSERT INTO sentence VALUES (?,?)", rows)
        self._db.execute("CREATE INDEX by_key ON sentence (key)")
        self._db.commit()

    def _hash(self, told: str) -> bytes:
        return sealing.blind_index(self._secret, "name", told)

    def find(self, known: names.Known) -> int | None:
        """Return who is meant, None for nobody or more than one; it asks as many keys as the desk does."""
        keys = [self._hash(told) for told in names.questions(known)]
        keys += [os.urandom(16) for _ in range(names.MOST - len(keys))]
        marks = ",".join("?" * len(keys))
        sql = f"SELECT DISTINCT person FROM sentence WHERE key IN ({marks})"  # noqa: S608  marks alone
        found = self._db.execute(sql, keys).fetchall()
        return int(found[0][0]) if len(found) == 1 else None


class Fuzzy:
    """All names open in Latin letters, each read for each request."""

    def __init__(self, everybody: list[Nobody]) -> None:
        """Write all names in Latin letters, by one table."""
        self._names = [latin(him.known(n % 2).names) for n, him in enumerate(everybody)]
        self._born = [him.born for him in everybody]

    def find(self, known: names.Known) -> int | None:
        """Return who is meant, None for nobody or more than one."""
        born = names.born_on(known.born)
        if born is None:
            return None
        alike = process.extract(
            latin(known.names),
            self._names,
            scorer=fuzz.token_sort_ratio,
            score_cutoff=ALIKE,
            limit=None,
        )
        there = [n for _name, _score, n in alike if _near(self._born[n], born)]
        exact = [n for n in there if self._born[n] == born]
        found = exact or there
        return found[0] if len(found) == 1 else None


def _near(one: date, other: date) -> bool:
    turned = (one.year, one.day, one.month) == (other.year, other.month, other.day)
    return turned or Hamming.distance(one.isoformat(), other.isoformat()) <= 1


def measure(*, quick: bool) -> Iterable[Figure]:
    """Yield the figures."""
    dice = random.Random(SEED)
    everybody = people(FEW if quick else MANY, dice)
    rounds = ASKED_FEW if quick else ASKED
    with tempfile.TemporaryDirectory() as folder:
        finders: dict[str, Search] = {
            "ours": Hashed(everybody, Path(folder) / "names.db").find,
            PEER: Fuzzy(everybody).find,
        }
        tally = Tally(finders)
        for way in WAYS:
            for number in dice.sample(range(len(everybody)), rounds):
                tally.ask(way, asked(everybody[number], way, dice), number)
        for him in people(rounds * len(WAYS), dice):  # who are not here, most of them by a namesake
            tally.ask("", him.known(1), None)
    yield from tally.figures()


class Tally:
    """Whom each found of those who were asked for, and how long it took."""

    def __init__(self, finders: dict[str, Search]) -> None:
        """Take who is measured."""
        self._finders = finders
        self.right: dict[tuple[str, str], int] = defaultdict(int)
        self.wrong: dict[str, int] = defaultdict(int)
        self.took: dict[str, list[float]] = defaultdict(list)
        self.asked: dict[str, int] = defaultdict(int)

    def ask(self, way: str, known: names.Known, number: int | None) -> None:
        """Ask both for one person; `number` is who is meant, None for somebody who is not here."""
        self.asked[way] += 1
        for name, find in self._finders.items():
            begun = time.perf_counter()
            found = find(known)
            self.took[name].append(time.perf_counter() - begun)
            self.right[name, way] += found is not None and found == number
            self.wrong[name] += found is not None and found != number

    def figures(self) -> Iterable[Figure]:
        """Yield the figures."""
        for way in WAYS:
            ours, peer = (self.right[name, way] / self.asked[way] for name in self._finders)
            yield Figure("names", f"found, {way}", ours, "of 1", PEER, _ratio(ours, peer), ">= 1")
        ours, peer = (self._precision(name) for name in self._finders)
        yield Figure(
            "names", "right among the found", ours, "of 1", PEER, _ratio(ours, peer), ">= 1"
        )
        mine, theirs = (middle(self.took[name]) for name in self._finders)
        yield Figure(
            "names", "one request, hashed and looked up", 1e3 * mine, "ms", PEER, mine / theirs,
            "<= 0.1",
        )  # fmt: skip

    def _precision(self, name: str) -> float:
        right = sum(self.right[name, way] for way in WAYS)
        return right / max(1, right + self.wrong[name])


def _ratio(ours: float, peer: float) -> float:
    return ours / peer if peer else float("inf")
