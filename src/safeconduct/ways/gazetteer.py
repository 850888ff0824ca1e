"""Names of a map and where they lie: found however they are spelled, and by their beginnings. Numpy only.

A name is never a place by itself, for many repeat: a search gives what it may mean, best first, with
the settlement each lies in, and a person chooses.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safeconduct.geo import Point, distance_m
from safeconduct.ways.roads import CYRILLIC, E7, WrongMap
from safeconduct.ways.spelling import words_of

VERSION = 1
SUFFIX = ".names"
SETTLEMENTS = ("city", "town", "village", "suburb", "hamlet", "locality")  # the larger first
STREET = "street"
LONGEST = 24  # bytes of a key, which are letters of the one spelling; longer names are cut
LEAST_FOR_A_SLIP = 4  # letters of a query in which one may be wrong
HOW = ("exact", "begins", "word", "a word begins", "one letter off", "begins, one letter off")
Bytes = npt.NDArray[np.bytes_]
Ints = npt.NDArray[np.int32]
_ARRAYS = ("lat_e7", "lon_e7", "kind", "within", "key", "key_of", "key_word")


@dataclass(frozen=True, slots=True)
class Thing:
    """A named thing as it was read: kind, names by language ("" as on the map), 1e-7 degrees."""

    kind: str
    names: Mapping[str, str]
    lat_e7: int
    lon_e7: int


@dataclass(frozen=True, slots=True)
class Found:
    """One answer.

    Attributes:
        name: in the language asked for, as far as the map has it.
        kind: a settlement's, a landmark's, or "street".
        within: the settlement it lies in or near; "" for a settlement.
        how: one of `HOW`.
    """

    name: str
    kind: str
    within: str
    point: Point
    how: str


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Names of one map.

    Attributes:
        lat_e7, lon_e7, kind, within, names: per thing; `within` is the number of its settlement, or -1.
        key, key_of, key_word: sorted spellings, whose thing, and which word of its name it begins at.
        kinds: what the kind numbers mean.
    """

    lat_e7: Ints
    lon_e7: Ints
    kind: Ints
    within: Ints
    key: Bytes
    key_of: Ints
    key_word: Ints
    names: tuple[dict[str, str], ...]
    kinds: tuple[str, ...]

    @property
    def things(self) -> int:
        """Return how many named things there are."""
        return len(self.names)

    def name(self, thing: int, language: str = "") -> str:
        """Return a thing's name in a language, else in its own script as far as the map has one."""
        told = self.names[thing]
        latin = "" if not language or language in CYRILLIC else told.get("en", "")
        return told.get(language) or latin or told.get("") or next(iter(told.values()))

    def point(self, thing: int) -> Point:
        """Return where a thing lies."""
        return Point(int(self.lat_e7[thing]) / E7, int(self.lon_e7[thing]) / E7)

    def search(
        self, text: str, *, near: Point | None = None, limit: int = 8, language: str = ""
    ) -> list[Found]:
        """Return what a text may name, best first: as spelled, by beginnings, then one letter off.

        Args:
            near: among alike ones the nearer comes first; the middle of the map, mostly.
        """
        asked = "".join(words_of(text)).encode()[:LONGEST]
        if not asked:
            return []
        best: dict[int, int] = {}
        for how, keys in self._matches(asked):
            for thing in self.key_of[keys].tolist():
                best[thing] = min(how, best.get(thing, how))

        def order(thing: int) -> tuple[int, int, float]:
            away = distance_m(near, self.point(thing)) if near else 0.0
            return best[thing], int(self.kind[thing]), away

        return [
            self._found(thing, best[thing], language) for thing in sorted(best, key=order)[:limit]
        ]

    def _found(self, thing: int, how: int, language: str) -> Found:
        within = int(self.within[thing])
        return Found(
            self.name(thing, language), self.kinds[self.kind[thing]],
            self.name(within, language) if within >= 0 else "", self.point(thing), HOW[how],
        )  # fmt: skip

    def _matches(self, told: bytes) -> Iterator[tuple[int, npt.NDArray[np.intp]]]:
        """Yield how well and which keys match; slips are looked for where nothing else was found."""
        low, high = np.searchsorted(self.key, [np.bytes_(told), np.bytes_(told + b"\xff")])
        here = np.arange(low, high)
        whole, first = self.key[here] == told, self.key_word[here] == 0
        groups = (whole & first, ~whole & first, whole & ~first, ~whole & ~first)
        for how, mask in enumerate(groups):
            yield how, here[mask]
        if len(here) or len(told) < LEAST_FOR_A_SLIP:
            return
        slipped = self._slipped(told, whole=True)
        yield 4, slipped
        if not len(slipped):
            yield 5, self._slipped(told, whole=False)

    @cached_property
    def _letters(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """Return the letters of each key, and how many they are."""
        letters = self.key.view(np.uint8).reshape(len(self.key), LONGEST)
        return letters, (letters != 0).sum(axis=1)

    def _slipped(self, told: bytes, *, whole: bool) -> npt.NDArray[np.intp]:
        """Return the keys that are `told` but for one letter, or that begin so.

        Whatever the slip, one of the first two letters of either is one of the other's; of a
        beginning the first letter must be right, so that a country is looked through in no time.
        """
        letters, length = self._letters
        if not len(letters):
            return np.empty(0, dtype=np.intp)
        first, second, n = letters[:, 0], letters[:, 1], len(told)
        near = (first == told[0]) | (first == told[1]) | (second == told[0]) | (second == told[1])
        fits = (abs(length - n) <= 1) & near if whole else (length > n) & (first == told[0])
        rows = np.flatnonzero(fits)
        return rows[
            _one_off(letters[rows], length[rows] if whole else np.minimum(length[rows], n), told)
        ]


def _one_off(
    letters: npt.NDArray[np.uint8], length: npt.NDArray[np.intp], told: bytes
) -> npt.NDArray[np.bool_]:
    """Return which words of `letters` become `told` by one letter more, less, other or exchanged."""
    asked = np.frombuffer(told, dtype=np.uint8)
    n = len(asked)
    padded = np.zeros((len(letters), n + 2), dtype=np.uint8)
    width = min(n + 2, LONGEST)
    padded[:, :width] = letters[:, :width]
    padded[np.arange(n + 2)[None, :] >= length[:, None]] = 0
    begins = np.cumprod(padded[:, :n] == asked, axis=1).sum(axis=1)

    def ends(shift: int) -> npt.NDArray[np.int64]:
        """Count letters that agree from the end, the word being `shift` letters longer."""
        lined = np.zeros((len(letters), n), dtype=np.uint8)
        lined[:, max(-shift, 0) :] = padded[:, max(shift, 0) : n + shift]
        same = (lined == asked)[:, ::-1]
        count: npt.NDArray[np.int64] = np.cumprod(same, axis=1).sum(axis=1)
        return count

    alike = length == n
    other = alike & (begins + ends(0) >= n - 1)
    longer = (length == n + 1) & (begins + ends(1) >= n)
    shorter = (length == n - 1) & (begins + ends(-1) >= n - 1)
    at = np.minimum(begins, n - 2)
    rows = np.arange(len(letters))
    crossed = (padded[rows, at] == asked[at + 1]) & (padded[rows, at + 1] == asked[at])
    exchanged = alike & crossed & (begins + ends(0) >= n - 2)
    found: npt.NDArray[np.bool_] = other | longer | shorter | exchanged
    return found


def gathered(
    things: Sequence[Thing], within: Sequence[int], *, kinds: tuple[str, ...]
) -> Gazetteer:
    """Return the names of `things`, each within the settlement of that number (-1: in none)."""
    keys = sorted(
        {
            ("".join(words[at:]).encode()[:LONGEST], number, at)
            for number, thing in enumerate(things)
            for name in thing.names.values()
            for part in name.split(";")
            for words in [words_of(part)]
            for at in range(len(words))
        }
    )
    return Gazetteer(
        lat_e7=_ints([thing.lat_e7 for thing in things]),
        lon_e7=_ints([thing.lon_e7 for thing in things]),
        kind=_ints([kinds.index(thing.kind) for thing in things]),
        within=_ints(within),
        key=np.array([key for key, _, _ in keys], dtype=f"S{LONGEST}"),
        key_of=_ints([number for _, number, _ in keys]),
        key_word=_ints([at for _, _, at in keys]),
        names=tuple(dict(thing.names) for thing in things),
        kinds=kinds,
    )


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.int32)


def save(names: Gazetteer, path: Path) -> None:
    """Write one file of names; it is complete or absent, never half."""
    told = {"version": VERSION, "names": names.names, "kinds": names.kinds}
    words = np.frombuffer(json.dumps(told, ensure_ascii=False).encode(), dtype=np.uint8)
    arrays: dict[str, Any] = {name: getattr(names, name) for name in _ARRAYS}
    buffer = BytesIO()
    np.savez_compressed(buffer, words=words, **arrays)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_bytes(buffer.getvalue())
    fresh.replace(path)


def load(path: Path) -> Gazetteer:
    """Read one file of names.

    Raises:
        WrongMap: another version, a damaged file, or none of ours.
    """
    try:
        with np.load(path, allow_pickle=False) as told:
            words = json.loads(told["words"].tobytes())
            arrays = {name: told[name] for name in _ARRAYS}
    except (KeyError, ValueError, OSError, EOFError) as wrong:
        raise WrongMap(
            f"{path.name} is no file of names of ours ({type(wrong).__name__}). Import the extract again."
        ) from None
    if words["version"] != VERSION:
        raise WrongMap(f"{path.name} is of another version. Import the extract again.")
    return Gazetteer(**arrays, names=tuple(words["names"]), kinds=tuple(words["kinds"]))
