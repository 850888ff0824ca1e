"""Place, time and sign in one text on an open channel: whoever reads it has the plan. Pure.

Only what is surely one of the three is looked for: a place in numbers or behind a link, an hour, a sign to
show. A text that names a place in words and no number is for a person to judge.
"""

import re
from collections.abc import Iterable

from safeconduct.pledges.rules import Token, facts_named
from safeconduct.post.channels import OPEN_CHANNELS, Channel
from safeconduct.refusal import Refusal, said

_PLACE = re.compile(
    r"""(?ix)
    \b-?\d{1,3}[.,]\d{3,}\s*[°]?\s*[NSСЮ]?\s*[,;/ ]\s*-?\d{1,3}[.,]\d{3,}   # 48.5231, 37.9012
    | \d{1,3}\s*°\s*\d{1,2}                                               # 48°31'
    | \b\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d{3,5}\s?\d{3,5}\b        # 37U DQ 12345 67890
    | \bgeo:-?\d | \b(?:maps?\.|goo\.gl/maps|osm\.org|yandex\.\w+/maps)
    | \b[xyхуXYХУ]\s*[:=]?\s*\d{7}\b                                        # SK-42
    | \bквадрат\w*\s+[\w-]*\d
    """
)
_HOURS = (
    "час|годин|утра|вечера|ночи|дня|ранку|вечора|ночі|am\\b|pm\\b|o'clock|heures?|h(?:[0-5]\\d)?\\b"
)
_SAA = r"(?<!\bya )(?<!\bkwa )(?<!\bkila )\bsaa (?:\d|moja|mbili|tatu|nne|tano|sita|saba|nane|tisa|kumi)"
_TIME = re.compile(
    rf"(?i)\b(?:[01]?\d|2[0-3])[:.][0-5]\d\b|\b\d{{1,2}}\s*(?:{_HOURS})|{_SAA}"
    r"|\b(?:полночь|полдень|опівноч|опівдні|midnight|minuit|midi\b)"
)
_SIGN = re.compile(
    r"""(?ix)
    \b(?:бел|біл)\w*\s+(?:флаг|прапор|ткан|тряп|ганчір|повяз|пов[’']яз|плат|простын|простирад|майк|футбол)
    | \bwhite\s+(?:flag|cloth|rag|band|shirt|stones?) | \b(?:drapeau|tissu|chiffon|linge)\s+blanc
    | \bpierres?\s+blanche | \b(?:bendera|kitambaa|nguo)\s+(?:nyeupe|cheupe) | \bmawe\s+(?:\w+\s+)?meupe
    | \barmes?\b[^.\n]{0,40}\bau-dessus\s+de\s+la\s+tête | \bsilaha\s+juu\s+ya\s+kichwa
    | \bweapons?\s+(?:\w+\s+)?(?:over|above)\s+(?:the|your)\s+head
    | \b(?:turret|gun)\s+(?:turned\s+)?(?:to\s+the\s+rear|backwards?|down) | \bhead(?:lamp|light)s?\s*:?\s*(?:two|three|once|twice)
    | \b(?:опознавательн|розпізнавальн)\w* | \b(?:башн|башт|ствол)\w*\s+(?:\w+\s+)?(?:назад|вниз|вверх|вгору)
    | \bфар\w*\s*:?\s*(?:дв|тр|раз)\w*
    """
)


def surely_told(text: str) -> frozenset[str]:
    """Return which of "place", "time" and "sign" a text surely tells."""
    found, rest = set(), text
    for fact, pattern in (("place", _PLACE), ("time", _TIME), ("sign", _SIGN)):
        rest, count = pattern.subn(" ", rest)  # the digits of a place are no hour
        if count:
            found.add(fact)
    return frozenset(found)


def at_once(text: str, *, channel: Channel) -> frozenset[str]:
    """Return what a text of his tells together, where others can read it; nothing when it is one or none."""
    found = surely_told(text) if channel in OPEN_CHANNELS else frozenset()
    return found if len(found) > 1 else frozenset()


def may_tell(text: str, *, tokens: Iterable[Token], channel: Channel) -> Refusal | None:
    """Refuse a text of ours that tells two of the three on an open channel, by token or in plain words."""
    if channel not in OPEN_CHANNELS:
        return None
    rest, told = text, set()
    for token in tokens:
        told |= {token.fact} - {""}
        for span in token.spans:
            rest = rest.replace(span, " ")
    told |= surely_told(rest)
    if len(told) < 2:  # noqa: PLR2004  one of them alone is of no use to whoever reads it
        return None
    return Refusal(
        "words.open_channel",
        said(
            "This text tells several things at once ({facts}), and others can read this channel.",
            facts=facts_named(told),
        ),
        "Send them apart, each when it is needed; or write to him by the contact page or by Signal.",
    )
