"""What a telephone may say: one entry, read strictly, and when it was written. Pure.

It is somebody's word from the field, hours old, and may be mistaken or forged by whoever found the
telephone: so it passes the same rules as a form, and what they refuse a person looks at.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from safeconduct.reception.rules import FOUR
from safeconduct.refusal import Refusal, Refused

WALK_IN, HERE, COUNT, CHALLENGE, SECURE = "walk_in", "here", "count", "challenge", "secure"
EFFECT, MONEY, FOUR_ITEMS = "effect", "money", "four"
FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        WALK_IN: ("people", "children", "hurt", "armed"),
        HERE: (),
        COUNT: ("counted",),
        CHALLENGE: ("matched",),
        SECURE: ("weapons", "search", "first_aid"),
        EFFECT: ("what",),
        MONEY: ("money", "currency"),
        FOUR_ITEMS: FOUR,
    }
)
UNSEALED = frozenset(
    {HERE, FOUR_ITEMS}
)  # says no more than its act; names lie in their paper alone
MOST_AT_ONCE = 9  # people of one walk-in: a page has nine signs for them
_TAG, _ENTRY = re.compile(r"[A-Z0-9]{6}(-[2-9])?"), re.compile(r"[0-9a-f]{32}")
LETTERS = 300
SKEW = timedelta(minutes=5)  # ours: by how much a telephone's clock may be behind
AGAIN = timedelta(days=7)  # ours: so long what was looked at may be looked at again
DONE, LOOK, SEEN = "done", "look", "seen"
STATES = (DONE, LOOK, SEEN)
UNREADABLE = Refusal(
    "reception.phone_unreadable",
    "What came from the telephone does not open or cannot be read.",
    "Ask whoever wrote it, and write it down by hand. What came is kept as it came.",
)
NO_CASE = Refusal(
    "reception.phone_no_case",
    "It names a case or a tag that is not there, or into which you were not let.",
    "Find whose it is, and write it down on his page.",
)
AWAY = Refusal(
    "reception.phone_form", "This is no entry of a telephone's.", "Open the telephone's page anew."
)


@dataclass(frozen=True, slots=True)
class Noted:
    """One entry, opened.

    Attributes:
        about: the tag that a walk-in was given on the spot, or the ref of a case.
        at: when it was written down, by the telephone's clock.
    """

    kind: str
    about: str
    told: Mapping[str, str]
    at: datetime


def is_tag(about: str) -> bool:
    """Return whether it is a tag that a telephone made up, and no ref of ours."""
    return bool(_TAG.fullmatch(about))


def may_come(entry: str, box: bytes) -> Refusal | None:
    """Judge whether something may be an entry at all, before it is opened."""
    return None if _ENTRY.fullmatch(entry) and box else AWAY


def read(plain: bytes) -> Noted:
    """Return the entry that was sealed.

    Raises:
        Refused: it is none that this page writes.
    """
    try:
        raw = json.loads(plain)
        kind, about, told, at = raw["kind"], raw["about"], raw["told"], raw["at"]
        texts = {str(key): str(text)[:LETTERS] for key, text in told.items() if str(text).strip()}
        noted = Noted(str(kind), _about(about), texts, datetime.fromtimestamp(at / 1000, UTC))
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        OSError,
        RecursionError,
    ):
        raise Refused(UNREADABLE) from None
    if noted.kind not in FIELDS or set(texts) - set(FIELDS[noted.kind]):
        raise Refused(UNREADABLE)
    return noted


def _about(text: str) -> str:
    """Return a tag or a ref as it is kept, whatever letters a telephone's keyboard made of it."""
    tag = text.strip().upper()[:LETTERS]
    return tag if is_tag(tag) else tag.lower()


def may_be_here(noted: Noted, *, entered_at: datetime) -> Refusal | None:
    """Judge "he is here" that was written without a link: of a case that has moved on since it says nothing."""
    if noted.at >= entered_at - SKEW:
        return None
    return Refusal(
        "reception.phone_old",
        "His case has moved on since this was written down.",
        "Ask where he is now. If he is here, press “He is here” on this page.",
    )


def numbers(noted: Noted) -> tuple[int, int, int]:
    """Return how many people came, how many of them are children, and how many are hurt.

    Raises:
        Refused: no number of people, or more children or hurt than people.
    """
    found = [noted.told.get(key, "0") for key in ("people", "children", "hurt")]
    if all(each.isdecimal() and len(each) == 1 for each in found):
        people, children, hurt = map(int, found)
        if 1 <= people <= MOST_AT_ONCE and max(children, hurt) <= people:
            return people, children, hurt
    raise Refused(
        Refusal(
            "reception.phone_number",
            "The numbers of people, children and hurt do not fit together.",
            "Count them, and open a walk-in for each.",
        )
    )
