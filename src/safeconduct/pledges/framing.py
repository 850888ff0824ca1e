"""Finds the frames of `frames.py` in a text: which senses stand near one another. Pure: lines in, findings out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, reduce
from operator import or_

from safeconduct.pledges.folding import normal
from safeconduct.pledges.frames import FRAMES
from safeconduct.pledges.lines import Line
from safeconduct.pledges.senses import PLAIN, SENSES

_NEAR = 7  # words from the first to the last of a frame
_SHORT_END = 3  # letters that an ending of "+stem" has at most
_LANE = len(SENSES)  # bits; a denied sense stands as many bits higher
_BIT = {name: 1 << at for at, name in enumerate(SENSES)}
_NEG, _BETWEEN, _YOU = _BIT["neg"], _BIT["between"], _BIT["you"]
_SLAV_NOT = _BIT["slav_not"]
_MOST_BETWEEN = 3  # words: "not going to be taken"
_SECOND_PERSON = ("еш", "иш", "ете", "ите")  # of a verb, without silent letters
_LEAST_VERB = 5  # letters
_ASKED, _END = "?", "\x00"


@dataclass(frozen=True, slots=True)
class _Frame:
    kind: str
    needs: tuple[int, ...]  # in two lanes: senses as they are, and denied
    unless: int
    near: int
    unasked: bool


def _lanes(name: str) -> int:
    bit = _BIT[name.strip("-~^")]
    if name[0] == "-":
        return bit << _LANE
    return bit | bit << _LANE if name[0] in "~^" or name in PLAIN else bit


def _frame(kind: str, line: str) -> _Frame:
    parts = line.split()
    looked_for = [part for part in parts if part[0] not in "^<" and part != "unasked"]
    near = [int(part[1:]) for part in parts if part[0] == "<"]
    return _Frame(
        kind,
        tuple(reduce(or_, map(_lanes, part.split("|"))) for part in looked_for),
        reduce(or_, (_lanes(part) for part in parts if part[0] == "^"), 0),
        near[0] if near else _NEAR,
        "unasked" in parts,
    )


@cache  # put together for the first text: a start needs none
def _every() -> tuple[_Frame, ...]:
    return tuple(
        _frame(kind, line) for kind, block in FRAMES.items() for line in block.strip().splitlines()
    )


class _Words:
    """Every word of `senses.py`, by how much of a word it has to be."""

    def __init__(self, senses: Mapping[str, str]) -> None:
        self.whole: dict[str, int] = {}
        self.latin: dict[str, int] = {}  # whole, as they are spelled: "too" and "to" read alike
        self.short_end: dict[str, int] = {}
        self.stems: dict[str, int] = {}
        self.rows: dict[str, list[tuple[tuple[str, ...], int]]] = {}  # by their first word
        for name, words in senses.items():
            for word in words.split():
                self._add(word, _BIT[name])
        begins = {*self.short_end, *self.stems}
        self._lengths = range(min(map(len, begins)), max(map(len, begins)) + 1)

    def _add(self, word: str, bit: int) -> None:
        first, *rest = [normal(part) for part in word.lstrip("=+").replace("-", "_").split("_")]
        if rest:
            self.rows.setdefault(first, []).append((tuple(rest), bit))
            return
        found = {"=": self.whole, "+": self.short_end}.get(word[0], self.stems)
        found[first] = found.get(first, 0) | bit
        if word[0] == "=" and word.isascii():
            self.latin[word[1:]] = self.latin.get(word[1:], 0) | bit

    def of(self, word: str, *, shown: str) -> int:
        """Return the senses of one word, as bits; it stands in the text as `shown`."""
        bits = self.whole.get(word, 0)
        if word.isascii():  # else it is read by its sound
            bits &= self.latin.get(shown, -1)
        for length in self._lengths[: max(0, len(word) - self._lengths.start + 1)]:
            head = word[:length]
            bits |= self.stems.get(head, 0)
            if len(word) - length <= _SHORT_END:
                bits |= self.short_end.get(head, 0)
        if len(word) >= _LEAST_VERB and word.endswith(_SECOND_PERSON):
            bits |= _YOU
        return bits


@cache
def _known() -> _Words:
    return _Words(SENSES)


def found_in(lines: Iterable[Line]) -> list[tuple[str, str]]:
    """Return kind and words of every frame that stands in a text; `lines` are all ways to read it."""
    shapes: dict[tuple[str, ...], list[list[str]]] = {}
    for line in lines:
        shapes.setdefault(line.shown, []).append(line.text.split())
    return [hit for shown, ways in shapes.items() for hit in _in_shape(shown, ways)]


def _in_shape(shown: tuple[str, ...], ways: list[list[str]]) -> Iterator[tuple[str, str]]:
    places = [set(place) for place in zip(*ways, strict=True)]
    senses = _denied(_senses(places, shown))
    begins = 0
    for at, word in enumerate([*shown, _END]):
        if word == _END:  # nothing is read across what a token covered
            yield from _in_part(shown, senses, range(begins, at))
            begins = at + 1


def _senses(places: list[set[str]], shown: tuple[str, ...]) -> list[int]:
    found, known = [], _known()
    for at, readings in enumerate(places):
        bits = 0
        for word in readings:
            bits |= known.of(word, shown=shown[at].casefold())
            for rest, bit in known.rows.get(word, ()):
                following = places[at + 1 : at + 1 + len(rest)]
                if len(following) == len(rest) and all(
                    part in place for part, place in zip(rest, following, strict=True)
                ):
                    bits |= bit
        found.append(bits)
    return found


def _denied(senses: list[int]) -> list[int]:
    """Return the senses with those in the upper lane that a "not" before them turns round."""
    turned = []
    for at, bits in enumerate(senses):
        before = at - 1
        while (
            before >= max(0, at - _MOST_BETWEEN) and senses[before] & (_NEG | _BETWEEN) == _BETWEEN
        ):
            before -= 1
        behind = senses[at + 1 : at + 3]  # "take we shall not", as Slavs say it
        after = len(behind) > 1 and behind[0] & _SLAV_NOT and behind[1] & _BETWEEN
        turned.append(bits << _LANE if after or (before >= 0 and senses[before] & _NEG) else bits)
    return turned


def _in_part(shown: tuple[str, ...], senses: list[int], part: range) -> Iterator[tuple[str, str]]:
    every = reduce(or_, senses[part.start : part.stop], 0)
    for frame in _every():
        if every & frame.unless or not all(every & need for need in frame.needs):
            continue
        places = [[at for at in part if senses[at] & need] for need in frame.needs]
        for first in min(places, key=len):
            found = [min(each, key=lambda at: abs(at - first)) for each in places]
            if max(found) - min(found) > frame.near:
                continue
            if not (frame.unasked and _ASKED in shown[min(found) : part.stop]):
                yield frame.kind, " … ".join(shown[at] for at in sorted(set(found)))
