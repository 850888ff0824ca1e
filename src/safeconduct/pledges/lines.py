"""A text as a line of plain words, once for each way a man may read it. Pure: text in, lines out.

What is said by several words together is looked for in these lines. A line is lower case, bare of signs
and silent letters, with one space around each word; the whole text is read in one way in each.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from safeconduct.pledges.folding import (
    ORDINARY,
    from_latin,
    from_latin_with_g,
    lowered,
    normal,
    to_cyrillic,
    to_cyrillic_by_sound,
    to_latin,
    to_latin_l,
)

_WORD = re.compile(r"[^\W_]+(?:['’ʼ`@$][^\W_]+)*[$@]?|[?\x00]")
# Letters set apart: "f i n a l  o f f e r". A wider gap between them ends a word.
_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:(?:[ _]|[^\w\s])[^\W_])+(?![^\W_])")
_ALL_SPACED = re.compile(r"(?<![^\W_])[^\W_](?:(?:[ _]|[^\w\s]){1,3}[^\W_])+(?![^\W_])")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN_WORD = re.compile(r"[a-z\d'@$]*[a-z]{2}[a-z\d'@$]*|[a-z\d]{2,}")
_GAP = r" (?:[^ ?\x00]+ ){0,2}"  # nothing is read across a question, or what a token covered


@dataclass(frozen=True, slots=True)
class Line:
    """One way to read a text.

    Attributes:
        text: " word word ", normalised.
        shown: the words as they stand in the text.
        cyrillic: whether it reads Latin letters as Cyrillic ones, or the other way.
    """

    text: str
    shown: tuple[str, ...]
    cyrillic: bool

    def words_at(self, match: re.Match[str]) -> str:
        """Return what a match covers, as it stands in the text."""
        first = self.text.count(" ", 0, match.start() + 1) - 1
        return " ".join(self.shown[first : first + match.group().strip().count(" ") + 1])


def lines_of(cleaned: str) -> list[Line]:
    """Return the lines of a cleaned text (`folding.clean`), without doubles."""
    shapes = {
        cleaned: None,
        _SPACED.sub(_bare, cleaned): None,
        _ALL_SPACED.sub(_bare, cleaned): None,
    }
    found = [line for shape in shapes for line in _lines(shape)]
    return list({(line.text, line.cyrillic): line for line in found}.values())


def _bare(run: re.Match[str]) -> str:
    return re.sub(r"[^\w]|_", "", run.group())


def _lines(shape: str) -> Iterator[Line]:
    shown = tuple(_WORD.findall(shape))
    small = [lowered(word[:1] + word[1:].replace("I", "l")) for word in shown]
    for way, cyrillic in _ways_for("".join(small)):
        # A word of silent letters alone keeps its place.
        read = [normal(way(word)) or "-" for word in small]
        if cyrillic or any(
            map(_LATIN_WORD.fullmatch, read)
        ):  # else no phrase of it can stand there
            yield Line(f" {' '.join(read)} ", shown, cyrillic)


def _ways_for(letters: str) -> Iterator[tuple[Callable[[str], str], bool]]:
    """Yield the ways to read these letters, and whether each reads them as Cyrillic."""
    yield from ((to_latin, False), (to_latin_l, False), (_by_kh, True), (_by_g, True))
    if _LATIN.search(letters) and _CYRILLIC.search(letters):
        yield to_cyrillic, True
        # "Му znаеm": all of it looks Latin, so all of it may be meant by its sound.
        yield (_by_sound_alone if to_latin(letters).isascii() else _by_sound_where_mixed), True


def _cyrillic(
    by_look: Callable[[str], str], by_sound: Callable[[str], str]
) -> Callable[[str], str]:
    """Read words in Latin letters by their sound, and all others by the look of each letter."""

    def read(word: str) -> str:
        if word in ORDINARY:
            return word
        if _LATIN.search(word) and not _CYRILLIC.search(word):
            return by_sound(to_latin(word))
        return by_look(word)

    return read


def _by_sound_alone(word: str) -> str:
    return word if word in ORDINARY else from_latin(to_latin(word))


def _by_sound_where_mixed(word: str) -> str:
    latin = to_latin(word)
    return from_latin(latin) if _LATIN.search(word) and latin.isascii() else word


_by_kh = _cyrillic(to_cyrillic, from_latin)
_by_g = _cyrillic(to_cyrillic_by_sound, from_latin_with_g)


class Phrases:
    """Many phrases, looked for in one pass; put together when a text is first read.

    A phrase is written as words: "a b" has at most two other words between, "a_b" none; "a*" begins
    with a; "(a|b)" is either; "<a|b>c" is c with neither a nor b just before it.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = tuple(phrases)

    @cached_property
    def _cyrillic(self) -> re.Pattern[str]:
        return _either(p for p in map(_compiled, self._phrases) if _CYRILLIC.search(p))

    @cached_property
    def _latin(self) -> re.Pattern[str]:
        return _either(p for p in map(_compiled, self._phrases) if not _CYRILLIC.search(p))

    def found_in(self, lines: Iterable[Line]) -> Iterator[str]:
        """Yield what stands in the text for each phrase found."""
        for line in lines:
            look = self._cyrillic if line.cyrillic else self._latin
            for match in look.finditer(line.text):
                yield line.words_at(match)


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(f"(?<= )(?:{'|'.join(patterns) or '(?!)'})(?= )")


def _compiled(phrase: str) -> str:
    plain = re.sub(r" \([^()]*\)\?(?!\()", "", phrase)  # two other words may stand there anyhow
    plain = re.sub(r"[^\W\d_]+(?:'[^\W\d_]+)*", lambda word: normal(word.group()), plain)
    plain = plain.replace("(", "(?:").replace("*", r"\w*").replace("_", "\x01").replace(" ", _GAP)
    return re.sub(r"<([^>]+)>", _not_after, plain).replace("\x01", " ")


def _not_after(before: re.Match[str]) -> str:
    return "".join(f"(?<!\x01{word}\x01)" for word in before.group(1).split("|"))
