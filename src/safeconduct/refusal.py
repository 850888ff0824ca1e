"""How the system says no: what happened, why, and what to do next. Pure.

A reader is told in his own language. A fixed sentence is looked up as it stands; one with values in it
is `said`: its sentence is looked up, then its places are filled. Nobody formats one beforehand.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

_PLACE = re.compile(r"\{(\w+)\}")
_CODE = re.compile(r"[a-z0-9_.]{1,60}")
# What a refusal may hold that another process wrote: more than any of ours does.
_MOST_LETTERS, _MOST_VALUES, _MOST_DEPTH = 500, 40, 4


class Said(str):
    """A sentence with its values in it, in English; and both apart, for another language.

    A value is put in as it is: nothing in it is read as a place or a format. A value that is itself
    `Said` is told in the reader's language too; any other is a name, a number or somebody's own words.
    """

    __slots__ = ("sentence", "values")
    sentence: str
    values: Mapping[str, str]

    def __new__(cls, sentence: str, values: Mapping[str, str | int]) -> Self:
        """Fill the places of `sentence`.

        Raises:
            ValueError: its places are not those of `values`.
        """
        if set(_PLACE.findall(sentence)) != set(values):
            raise ValueError("the places of a sentence are not the values it is given")
        plain = {key: each if isinstance(each, Said) else str(each) for key, each in values.items()}
        made = super().__new__(cls, _filled(sentence, plain))
        made.sentence, made.values = sentence, plain
        return made

    def __reduce__(self) -> tuple[type["Said"], tuple[str, Mapping[str, str]]]:
        return Said, (self.sentence, self.values)


def said(sentence: str, /, **values: str | int) -> Said:
    """Return a sentence of the catalogue, a literal, with its places filled: "At least {metres} m.".

    Raises:
        ValueError: its places are not those of `values`.
    """
    return Said(sentence, values)


def gettext_noop(text: str) -> str:
    """Return `text`; the name lets the translators' tools find it in a file without Django."""
    return text


N_ = gettext_noop


def word(term: str) -> Said:
    """Return a word that is marked elsewhere (N_), as a value that is told in the reader's language."""
    return Said(term, {})


def listed(parts: Iterable[str], *, by: str = ", ") -> Said:
    """Return several values as one, each told in the reader's language where it can be."""
    values = {f"_{n}": each for n, each in enumerate(parts)}
    return Said(by.join(f"{{{place}}}" for place in values), values)


def told(text: str, translate: Callable[[str], str]) -> str:
    """Return a why or a remedy in the language of `translate`, which knows sentences."""
    if not text:  # of an empty text a catalogue tells about itself
        return ""
    if not isinstance(text, Said):
        return translate(text)
    values = {
        place: told(each, translate) if isinstance(each, Said) else each
        for place, each in text.values.items()
    }
    return _filled(translate(text.sentence), values) if text.sentence else ""


def _filled(sentence: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: str.__str__(values.get(place[1], place[0])), sentence)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A verdict against an act, in words a person can act on.

    Attributes:
        code: stable and dotted, for tests and audit ("plan.own_approval").
        why: one sentence: a literal, or `said` where values belong into it; never a name or a place.
        remedy: what to do next, one sentence of the same form.
    """

    code: str
    why: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.why} {self.remedy}".strip()

    def carried(self) -> dict[str, Any]:
        """Return it as plain content, for another process of ours."""
        return {
            "code": self.code,
            "why": _apart(self.why),
            "remedy": _apart(self.remedy),
        }

    @classmethod
    def from_carried(cls, raw: object) -> Self:
        """Return what another process refused with. Its words are shown, and are trusted no further.

        Raises:
            ValueError: it has another form, or is longer than a refusal is.
        """
        if not isinstance(raw, dict) or set(raw) != {"code", "why", "remedy"}:
            raise ValueError("this is no refusal")
        code = raw["code"]
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise ValueError("a refusal has a code of letters, digits, _ and dots")
        return cls(code, _together(raw["why"]), _together(raw["remedy"]))


def _apart(text: str) -> Any:
    if not isinstance(text, Said):
        return text
    return [text.sentence, {place: _apart(each) for place, each in text.values.items()}]


def _together(raw: object, depth: int = 0) -> str:
    if isinstance(raw, str) and len(raw) <= _MOST_LETTERS:
        return raw
    match raw:
        case [str(sentence), dict(values)] if (
            len(sentence) <= _MOST_LETTERS and len(values) <= _MOST_VALUES and depth < _MOST_DEPTH
        ):
            found = {str(place): _together(each, depth + 1) for place, each in values.items()}
            return Said(sentence, found)
    raise ValueError("words of a refusal are a text, or a sentence and its values, both short")


class Refused(Exception):
    """Raised by an action whose rule answered with a `Refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        Exception.__init__(self, str(refusal))  # whoever else is its parent takes other words
        self.refusal = refusal


def insist(verdict: Refusal | None) -> None:
    """Raise `Refused` when `verdict` is a refusal; return when it is None.

    Raises:
        Refused: carrying the verdict.
    """
    if verdict is not None:
        raise Refused(verdict)
