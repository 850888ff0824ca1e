"""What can be told on a whole map, kept beside it: a folder of arrays that processes share.

It is of all edges of a map or of none, so that it says nothing of where anybody starts: a function of
the map and of this package alone. It bears the digest of the map and one of the package's own sources:
with any other word, rule or limit it is another's, and is learned anew. What is damaged, or cannot be
read or written, costs the time to learn it, and stops nothing.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import scipy

from safeconduct.ways.roads import Column, Ints, Roads
from safeconduct.ways.step import Step

SUFFIX, STAMP = ".words", "stamp.json"
# Rows that nobody has written yet: what one process learns of somebody who waits stays its own.
SLACK = 1 << 14
_WRONG = (OSError, EOFError, ValueError, KeyError, IndexError, TypeError, AttributeError)


class Tables(NamedTuple):
    """What is known of a map in a language: see the attributes of `lexicon.Words`; rows that are used."""

    begun: Ints
    words: Ints
    driven: Ints
    stops: MutableMapping[int, Step]
    many: int = 0
    used: int = 0


@cache
def rules() -> str:
    """Return what the words are made by: sha256 of this package's sources, and who computes beside them.

    It is empty where the sources are not to be had: then nothing is kept.
    """
    sources = sorted(Path(__file__).parent.glob("*.py"))
    told = hashlib.sha256(f"{sys.version_info[:2]} {np.__version__} {scipy.__version__}".encode())
    for source in sources:
        told.update(f"{source.name}\n".encode() + source.read_bytes())
    return told.hexdigest() if sources else ""


def _map_of(roads: Roads) -> str:
    """Return the digest of a map without its times: who is slower is told the same."""
    same_s = np.zeros_like(roads.time_s)
    return replace(roads, time_s=same_s, vehicle="car", counts={}, afoot=None).digest.hex()


def folder_of(roads: Roads, language: str, beside: Path) -> Path:
    """Return the folder, among those of a map, for one vehicle's part of it in one language."""
    return beside / f"{_map_of(roads)[:16]}-{language}{SUFFIX}"


def keep(roads: Roads, language: str, told: Tables, beside: Path) -> None:
    """Write the words of a whole map into a folder that is complete or absent, never half.

    Raises:
        ValueError: not every edge of the map was learned, or there are no sources to tell the rules by.
        OSError: it cannot be written.
    """
    if not rules() or (told.begun[: roads.edges, 0] < 0).any():
        raise ValueError(
            "what is kept is of the whole map, and of rules that can be told by a mark"
        )
    target = folder_of(roads, language, beside)
    fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=beside))
    try:
        _write(fresh, told, roads.edges)
        (fresh / STAMP).write_text(_stamp(fresh, roads), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _write(fresh: Path, told: Tables, edges: int) -> None:
    begun = np.full((edges + SLACK, 2), -1, dtype=np.int32)
    begun[:edges] = told.begun[:edges]
    rows = sorted(told.stops)
    stops = [told.stops[row] for row in rows]
    texts = sorted({text for step in stops for text in _texts(step)})
    number = {text: at for at, text in enumerate(texts)}
    said = [
        (*(number[text] for text in _texts(step)), step.number, step.past, step.after_m)
        for step in stops
    ]
    arrays: dict[str, Column] = {
        "begun": begun,
        "words": _with_slack(told.words[: told.many]),
        "driven": _with_slack(told.driven[: told.used]),
        "stops_at": np.array(rows, dtype=np.int32),
        "stops": np.array(said, dtype=np.int32).reshape(-1, 8),
        "stops_m": np.array([step.length_m for step in stops], dtype=np.float64),
        "used": np.array([told.many, told.used], dtype=np.int64),
        "texts": np.array(texts or [""]),
    }
    for name, array in arrays.items():
        np.save(fresh / f"{name}.npy", array, allow_pickle=False)


def _texts(step: Step) -> tuple[str, str, str, str, str]:
    return step.kind, step.side, step.mark, step.mode, step.beyond


def _with_slack(rows: Ints) -> Ints:
    return np.concatenate([rows, np.zeros((SLACK, *rows.shape[1:]), dtype=np.int32)])


def _stamp(folder: Path, roads: Roads) -> str:
    """Return what must stand in the stamp of a folder: of which map, by which rules, and each array's digest."""
    told = {"map": _map_of(roads), "rules": rules()}
    for path in sorted(folder.glob("*.npy")):
        with path.open("rb") as file:
            told[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return json.dumps(told)


def kept(roads: Roads, language: str, beside: Path) -> Tables | None:
    """Return what is kept of a map, mapped; None where nothing is, or it is damaged or of other rules."""
    folder = folder_of(roads, language, beside)
    try:
        if not rules() or (folder / STAMP).read_text("utf-8") != _stamp(folder, roads):
            return None
        return _read(folder)
    except _WRONG:
        return None


def _read(folder: Path) -> Tables:
    # "c": what one process writes there stays its own and reaches no file
    got = {
        path.stem: np.asarray(np.load(path, mmap_mode="c", allow_pickle=False))
        for path in folder.glob("*.npy")
    }
    many, used = got["used"].tolist()
    texts, at = got["texts"].tolist(), got["stops_at"]
    stops = _Stops(at, got["stops"], got["stops_m"], texts)
    return Tables(got["begun"], got["words"], got["driven"], stops, many, used)


class _Stops(dict[int, Step]):
    """What is said at a stop, by row: made when it is asked for."""

    def __init__(self, at: Ints, told: Ints, length_m: Any, texts: Sequence[str]) -> None:
        super().__init__()
        self._at, self._told, self._length_m, self._texts = at, told, length_m, texts

    def __missing__(self, row: int) -> Step:
        at = int(np.searchsorted(self._at, row))
        if at == len(self._at) or self._at[at] != row:
            raise KeyError(row)
        *texts, number, past, after_m = self._told[at].tolist()
        kind, side, mark, mode, beyond = (self._texts[each] for each in texts)
        length_m = float(self._length_m[at])
        return Step(kind, side, number, length_m, mark, mode, past, beyond, after_m)


def forget(beside: Path) -> None:
    """Drop all that is kept of the maps in a folder, and what was half written when it was killed."""
    for folder in beside.glob(f"*{SUFFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)
