"""What differs from one country's programme to the next, as one reviewed file. Pure values.

`read` parses the TOML text; `programme/load.py` finds the file. A missing or misspelt entry stops
the start and names itself: a programme must not run on a guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any


class WrongProfile(ValueError):
    """The programme's profile lacks something or contradicts itself; the message names the line."""


Texts = Mapping[str, str]  # language → text


@dataclass(frozen=True, slots=True)
class Sign:
    """A recognition sign, as he is told it, in each language."""

    key: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Profile:
    """One programme.

    Attributes:
        languages: of the people who write in, most likely first; every text exists in each.
        console: languages of the staff.
        zone: IANA zone of the programme's own watch; `his_zone` of most who write in.
        stop_words: opt-out words, all alphabets, compared after `post.rules` folds them.
        texts: canned texts by key ("ack", "optout", "hold", "abort", "turn_back" …), per language.
        limits_s, limits_m: programme limits in seconds and metres, by name.
        law: reference by key ("gc3.17" → "Third Geneva Convention, Article 17").
        country: ISO 3166-1 alpha-2 of the receiving authority, "" for an international section.
    """

    key: str
    name: Texts
    authority: Texts
    country: str
    languages: tuple[str, ...]
    console: tuple[str, ...]
    zone: str
    his_zone: str
    phone_region: str
    sender: str
    stop_words: tuple[str, ...]
    signs: tuple[Sign, ...]
    texts: Mapping[str, Texts]
    limits_s: Mapping[str, int]
    limits_m: Mapping[str, int]
    law: Texts
    regions: Texts

    def limit(self, name: str) -> timedelta:
        """Return the limit `name` as a span.

        Raises:
            WrongProfile: the profile has no such limit.
        """
        if name not in self.limits_s:
            raise WrongProfile(f"the profile has no limit {name!r}; add it under [limits_s]")
        return timedelta(seconds=self.limits_s[name])

    def metres(self, name: str) -> int:
        """Return the limit `name` in metres.

        Raises:
            WrongProfile: the profile has no such limit.
        """
        if name not in self.limits_m:
            raise WrongProfile(f"the profile has no limit {name!r}; add it under [limits_m]")
        return self.limits_m[name]

    def text(self, key: str, language: str) -> str:
        """Return the canned text `key` in `language`, else in the programme's first language.

        Raises:
            WrongProfile: there is no such text.
        """
        if key not in self.texts:
            raise WrongProfile(f"the profile has no text {key!r}; add it under [texts]")
        texts = self.texts[key]
        return texts.get(language) or texts[self.languages[0]]


def _frozen(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return MappingProxyType(dict(told))


def read(told: Mapping[str, Any]) -> Profile:
    """Return the profile a parsed TOML document describes.

    Raises:
        WrongProfile: an entry is missing, or a text lacks one of the programme's languages.
    """
    try:
        profile = Profile(
            key=told["key"],
            name=_frozen(told["name"]),
            authority=_frozen(told["authority"]),
            country=told["country"],
            languages=tuple(told["languages"]),
            console=tuple(told["console"]),
            zone=told["zone"],
            his_zone=told["his_zone"],
            phone_region=told["phone_region"],
            sender=told["sender"],
            stop_words=tuple(told["stop_words"]),
            signs=tuple(Sign(key, _frozen(text)) for key, text in told["signs"].items()),
            texts=_frozen({key: _frozen(text) for key, text in told["texts"].items()}),
            limits_s=_frozen(told["limits_s"]),
            limits_m=_frozen(told["limits_m"]),
            law=_frozen(told["law"]),
            regions=_frozen(told["regions"]),
        )
    except KeyError as missing:
        raise WrongProfile(f"the profile lacks {missing}; see docs/operate.md, Profile") from None
    for key, texts in [*profile.texts.items(), *((s.key, s.text) for s in profile.signs)]:
        lacking = [language for language in profile.languages if not texts.get(language)]
        if lacking:
            raise WrongProfile(f"text {key!r} lacks {', '.join(lacking)}; add it to the profile")
    return profile
