"""What differs from one country's programme to the next, as one reviewed file. Pure values.

`read` parses the TOML text; `programme/load.py` finds the file. A missing or misspelt entry stops
the start and names itself: a programme must not run on a guess.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any


class WrongProfile(ValueError):
    """The programme's profile lacks something or contradicts itself; the message names the line."""


Texts = Mapping[str, str]  # language → text
_COST = re.compile(r"\d{1,4}(\.\d{1,4})? [A-Z]{3}")
# What the programme says by itself: without one of them a text of his, or a due answer, would fail.
SAID = (
    *("ack", "optout", "hold", "abort", "turn_back", "tracing_same", "tracing_confirmed"),
    *("tracing_call_at", "tracing_call_none"),
)
AT, TIMED = (
    "{at}",
    frozenset({"tracing_call_at"}),
)  # the texts with one place for a time; see post/timed.py
WITHDRAWAL_WORDS = 4  # fewer come up in talk ("all is well"), and would hold his answers back


@dataclass(frozen=True, slots=True)
class Sign:
    """A recognition sign, as he is told it and as the staff reads it, in each language of both."""

    key: str
    text: Texts


@dataclass(frozen=True, slots=True)
class Profile:
    """One programme.

    Attributes:
        languages: of the people who write in, most likely first; every text exists in each.
        console: languages of the staff.
        zone: IANA zone of the programme's own watch; `his_zone` of most who write in.
        part_cost: of one short message by the carrier's contract, "0.02 EUR"; "" where nobody says.
        stop_words: opt-out words, all alphabets, compared after `post.rules` folds them.
        withdrawal_texts: by language, whole texts that say "all is well, I need nothing more"; who
            sends one of them may be forced to. Each has WITHDRAWAL_WORDS words at least.
        texts: canned texts by key ("ack", "optout", "hold", "abort", "turn_back" …), per language;
            those of TIMED have one place for a time, AT.
        limits_s, limits_m, limits_milli: programme limits in seconds, metres and thousandths, by
            name; some have BOUNDS.
        duties: what each duty is called on the programme's own screens, by its code.
        apart: pairs of duties that nobody holds together here, beside those kept apart everywhere.
        states: what the programme calls a state of a case, where it has a name of its own.
        area_deg: south, west, north, east, in degrees: where the programme works. A place that somebody
            writes is held against it.
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
    part_cost: str
    stop_words: tuple[str, ...]
    withdrawal_texts: Mapping[str, tuple[str, ...]]
    signs: tuple[Sign, ...]
    texts: Mapping[str, Texts]
    limits_s: Mapping[str, int]
    limits_m: Mapping[str, int]
    limits_milli: Mapping[str, int]
    duties: Mapping[str, Texts]
    apart: tuple[frozenset[str], ...]
    states: Mapping[str, Texts]
    law: Texts
    regions: Texts
    area_deg: tuple[float, float, float, float]

    @property
    def withdrawals(self) -> tuple[str, ...]:
        """Return the withdrawal texts of all languages: he may write in any."""
        return tuple(text for texts in self.withdrawal_texts.values() for text in texts)

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

    def milli(self, name: str) -> int:
        """Return the limit `name` in thousandths.

        Raises:
            WrongProfile: the profile has no such limit.
        """
        if name not in self.limits_milli:
            raise WrongProfile(f"the profile has no limit {name!r}; add it under [limits_milli]")
        return self.limits_milli[name]

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


def _cost(told: object) -> str:
    if told == "" or (isinstance(told, str) and _COST.fullmatch(told)):
        return str(told)
    raise WrongProfile('part_cost must be an amount and a currency of three letters: "0.02 EUR"')


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
            part_cost=_cost(told.get("part_cost", "")),
            stop_words=tuple(told["stop_words"]),
            withdrawal_texts=_frozen(
                {language: tuple(texts) for language, texts in told["withdrawal_texts"].items()}
            ),
            signs=tuple(Sign(key, _frozen(text)) for key, text in told["signs"].items()),
            texts=_frozen({key: _frozen(text) for key, text in told["texts"].items()}),
            limits_s=_frozen(told["limits_s"]),
            limits_m=_frozen(told["limits_m"]),
            limits_milli=_frozen(told["limits_milli"]),
            duties=_frozen({code: _names(names) for code, names in told["duties"].items()}),
            apart=_apart(told["duties"]),
            states=_frozen({state: _frozen(names) for state, names in told["states"].items()}),
            law=_frozen(told["law"]),
            regions=_frozen(told["regions"]),
            area_deg=_area(told["area_deg"]),
        )
    except KeyError as missing:
        raise WrongProfile(f"the profile lacks {missing}; see docs/operate.md, Profile") from None
    _insist_on_texts(profile)
    _insist_on_withdrawals(profile)
    for table in _TABLES:
        for name, value in getattr(profile, table).items():
            _insist_on_bounds(table, name, value)
    return profile


_SIDES, _POLE, _TURN = 4, 90, 180  # degrees


def _area(told: Any) -> tuple[float, float, float, float]:
    south, west, north, east = told if len(told) == _SIDES else (1, 1, 0, 0)
    if not (-_POLE <= south < north <= _POLE and -_TURN <= west < east <= _TURN):
        raise WrongProfile(
            f"area_deg = {told!r} is not south, west, north, east in degrees, each less than its other side"
        )
    return float(south), float(west), float(north), float(east)


_TABLES = ("limits_s", "limits_m", "limits_milli")
# (table, limit) → least, most, and whose the bound is. A programme may be stricter, never laxer.
BOUNDS: Mapping[tuple[str, str], tuple[int, int, str]] = MappingProxyType(
    {
        ("limits_s", "read_back"): (60, 1800, "GO rests on read-backs of the last half hour"),
        ("limits_s", "plan_approval"): (600, 21600, "an approved plan is stale after six hours"),
        ("limits_s", "approval_waits"): (
            600,
            259200,
            "what waits for a yes is waited for by a man",
        ),
        ("limits_s", "approval_old"): (3600, 1209600, "what was true then may be so no more"),
        ("limits_s", "card_breach"): (3600, 604800, "one week, GC III Article 70"),
        ("limits_s", "card_warn"): (3600, 518400, "before the week of GC III Article 70 is over"),
        ("limits_s", "bureau_notice"): (3600, 86400, "within a day, GC III Article 122"),
        ("limits_s", "child_target"): (3600, 86400, "24 hours, IDDRS 5.20"),
        ("limits_s", "child_cap"): (3600, 172800, "48 hours, IDDRS 5.20"),
        ("limits_s", "out_of_danger"): (600, 86400, "out of the fighting zone, GC III Article 19"),
        ("limits_s", "custody_review"): (86400, 2592000, "who is held is asked each month"),
        **{
            ("limits_s", f"aftercare_{number}"): (86400, most, "a check-in is not put off")
            for number, most in enumerate((604800, 2592000, 7776000, 15552000, 31536000), 1)
        },
        ("limits_s", "transit_stay"): (3600, 259200, "out of transit in three days"),
        ("limits_s", "visit_answer"): (3600, 604800, "a visit is not refused, GC III Article 126"),
        ("limits_s", "voice_answer"): (3600, 2592000, "a complaint is answered, GC III Article 78"),
        ("limits_s", "letters_cap"): (86400, 2678400, "letters each month, GC III Article 71"),
        ("limits_s", "letters_target"): (86400, 2678400, "letters each month, GC III Article 71"),
        ("limits_s", "safety_check"): (3600, 172800, "who missed his check-in may be in danger"),
        ("limits_s", "sick_weekly"): (3600, 604800, "each week, GC III Article 122"),
        ("limits_s", "purge_relatives"): (
            2592000,
            31536000,
            "an answer waits for its asker to write; nobody's enquiry is kept for years",
        ),
        ("limits_m", "burned_place"): (
            500,
            20000,
            "nearer, whoever waits at the old place sees him",
        ),
        ("limits_m", "danger_near"): (
            200,
            10000,
            "farther, a planner of one case would see the dangers of others",
        ),
        ("limits_m", "fence_margin"): (
            300,
            20000,
            "nearer, a drone cannot stand off to his side, and its memory draws the way",
        ),
        ("limits_m", "no_fire_margin"): (300, 5000, "nearer, the area draws the way on the map"),
        ("limits_milli", "exposed"): (
            1,
            300,
            "above, the model sees death nearly one time in three",
        ),
    }
)


def _insist_on_bounds(table: str, name: str, value: object) -> None:
    least, most, why = BOUNDS.get(
        (table, name), (1, 2**31, "a limit is a span, a length or a share")
    )
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise WrongProfile(
            f"[{table}] {name} = {value!r} is not a whole number from {least} to {most} ({why})"
        )


def _insist_on_texts(profile: Profile) -> None:
    if unsaid := [key for key in SAID if key not in profile.texts]:
        raise WrongProfile(f"[texts] lacks {', '.join(unsaid)}; add it to the profile")
    for key, texts in profile.texts.items():
        places = [text.count(AT) for text in texts.values()]
        if set(places) - {int(key in TIMED)}:
            raise WrongProfile(
                f"text {key!r} takes {'one' if key in TIMED else 'no'} {AT} in each language"
            )
    told = [(f"text {key!r}", texts) for key, texts in profile.texts.items()]
    signs = [(f"sign {sign.key!r}", sign.text) for sign in profile.signs]
    named = [(f"[duties.{code}]", names) for code, names in profile.duties.items()]
    named += [(f"[states.{state}]", names) for state, names in profile.states.items()]
    # Who receives him looks for the sign that he was told: it is said to both.
    both = (*profile.languages, *profile.console)
    for languages, rows in ((profile.languages, told), (profile.console, named), (both, signs)):
        for what, texts in rows:
            lacking = [language for language in languages if not texts.get(language)]
            if lacking:
                raise WrongProfile(f"{what} lacks {', '.join(lacking)}; add it to the profile")


def _insist_on_withdrawals(profile: Profile) -> None:
    lacking = [each for each in profile.languages if not profile.withdrawal_texts.get(each)]
    if lacking:
        raise WrongProfile(f"withdrawal_texts lacks {', '.join(lacking)}; add it to the profile")
    short = [text for text in profile.withdrawals if len(text.split()) < WITHDRAWAL_WORDS]
    if short:
        raise WrongProfile(
            f"withdrawal_texts has {short[0]!r}: under {WITHDRAWAL_WORDS} words, people say it anyway"
        )


def _names(told: Mapping[str, Any]) -> Texts:
    return _frozen({language: name for language, name in told.items() if language != "apart"})


def _apart(told: Mapping[str, Mapping[str, Any]]) -> tuple[frozenset[str], ...]:
    pairs = {frozenset({code, other}) for code in told for other in told[code].get("apart", ())}
    return tuple(sorted(pairs, key=sorted))
