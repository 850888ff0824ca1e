"""Which of the programme's languages a text is in. Pure; a hint for composer and queue, never a route."""

import re
from collections.abc import Sequence


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


SLAVIC = frozenset({"ru", "uk"})
_ONLY_UK = set("іїєґ")
_ONLY_RU = set("ыэъё")
_UK_WORDS = _words("що як мене мені вас так ні це чи щоб але вже ще дуже добрий день прошу")
_SW_WORDS = _words("na ya wa ni kwa mimi sisi nina nataka habari sana ndiyo hapana")
_FR_WORDS = _words("je vous le la les est pas une un suis nous oui non bonjour que")


def language_of(
    text: str, *, languages: Sequence[str], guess: str = "", read_back: bool = False
) -> str:
    """Return the most likely of the programme's languages: by letters, then by small words.

    Args:
        guess: what he wrote in before; it, or the first language, when the text tells nothing.
        read_back: its Latin letters stand for Cyrillic ones; then it is one of those two, if the
            programme has one of them.
    """
    slavic = [each for each in (guess, *languages) if each in SLAVIC]
    if read_back and slavic:
        return slavic[0]
    lowered = text.casefold()
    letters, words = set(lowered), set(re.findall(r"[^\W\d_]+", lowered))
    for language, sure in (
        ("uk", bool(letters & _ONLY_UK) or len(words & _UK_WORDS) > 1),
        ("ru", bool(letters & _ONLY_RU)),
        ("sw", len(words & _SW_WORDS) > 1),
        ("fr", len(words & _FR_WORDS) > 1),
    ):
        if sure and language in languages:
            return language
    cyrillic = sum("а" <= sign <= "я" for sign in lowered)
    latin = sum("a" <= sign <= "z" for sign in lowered)
    for language, sure in (
        ("ru", cyrillic > latin and guess != "uk"),
        ("uk", cyrillic > latin),
        ("en", latin > cyrillic and guess in {"", "en"}),
    ):
        if sure and language in languages:
            return language
    return guess or languages[0]
