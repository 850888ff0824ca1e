"""What he is told of a plan, text by text: each stands alone, each tells one fact at most.

An offer tells the area of each place and not the place: that stands in the last text of his way.
The words it says may come on the way are those of the programme's own texts, and none that stops us.

Drafts (N): native speakers have not checked them. A language without a table is refused by
`ways.clearly`. The exact texts are part of the plan that two people approve.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypedDict

from safeconduct.passage.rules import LETTERS, Fact
from safeconduct.ways.clearly import TooLong
from safeconduct.ways.stepwords import UNITS, units


class Text(TypedDict):
    """One text of a plan: its part, the fact it tells ("" for none), its words."""

    part: str
    fact: str
    text: str


_PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "ru": {
            "place": "{letter}: {place}",
            "area": "район {villages}",
            "later": "место назовём в пути",
            "time": "Выезд {day} в {clock} по вашему времени",
            "sign": "Знак: {sign}",
            "stop": "В пути могут прийти «стойте» и «отмена». Ответ значит: вы согласны",
            "words": "В пути могут прийти ваши слова или «отмена». Ответ: вы согласны",
            "wait": "Ждать здесь: {place}",
            "ask": "Ответьте: A или B и ваше слово. Отказ ничего не стоит",
        },
        "uk": {
            "place": "{letter}: {place}",
            "area": "район {villages}",
            "later": "місце назвемо в дорозі",
            "time": "Виїзд {day} о {clock} за вашим часом",
            "sign": "Знак: {sign}",
            "stop": "У дорозі можуть прийти «стійте» і «скасовано». Відповідь це згода",
            "words": "У дорозі: ваші слова або «скасовано». Відповідь це згода",
            "wait": "Чекати тут: {place}",
            "ask": "Відповідь: A або B і ваше слово. Відмова нічого не коштує",
        },
        "en": {
            "place": "{letter}: {place}",
            "area": "near {villages}",
            "later": "we name the place on the way",
            "time": "Set out {day} at {clock} your time",
            "sign": "Sign: {sign}",
            "stop": "On the way we may text stay or stopped. Your answer accepts that",
            "words": "On the way come your words or stopped. Your answer accepts that",
            "wait": "Wait at: {place}",
            "ask": "Answer A or B and your word. Saying no costs you nothing",
        },
        "fr": {
            "place": "{letter} : {place}",
            "area": "près de {villages}",
            "later": "lieu nommé en route",
            "time": "Départ le {day} à {clock}, votre heure",
            "sign": "Signe : {sign}",
            "stop": "En route, « restez » ou « arrêté » peut venir. Répondre, c'est oui",
            "words": "En route, vos mots ou « arrêté » peuvent venir. Répondre, c'est oui",
            "wait": "Attendez ici : {place}",
            "ask": "Répondez A ou B et votre mot. Un refus ne vous coûte rien",
        },
        "sw": {
            "place": "{letter}: {place}",
            "area": "karibu na {villages}",
            "later": "tutataja mahali njiani",
            "time": "Ondoka {day}, {clock} (saa {saa}), saa zako",
            "sign": "Ishara: {sign}",
            "stop": "Njiani yaweza kuja baki au imesitishwa. Jibu ni kukubali",
            "words": "Njiani maneno yako au imesitishwa yaweza kuja. Jibu ni kukubali",
            "wait": "Subiri hapa: {place}",
            "ask": "Jibu A au B na neno lako. Kukataa hakukugharimu chochote",
        },
    }
)


def offer_texts(
    *,
    language: str,
    places: Mapping[str, str],
    starts_at: datetime,
    sign: str,
    by_words: bool = False,
) -> Iterator[Text]:
    """Yield the texts of an offer in the order they leave.

    Args:
        places: letter → what is told of the place, in his language: `area_in_words`.
        starts_at: in his own zone.
        sign: what he shows, in his language.
        by_words: hold, abort and the other place are told him by words agreed before, which stand
            in no text that says what they mean.

    Raises:
        TooLong: a text exceeds one part, or there are no phrases for the language.
    """
    said = _phrases(language)
    for letter in LETTERS:
        text = said["place"].format(letter=letter, place=places[letter])
        yield _text(letter, Fact.PLACE, text)
    told = {"day": f"{starts_at:%d.%m}", "clock": f"{starts_at:%H:%M}", "saa": _saa(starts_at)}
    yield _text("time", Fact.TIME, said["time"].format(**told))
    yield _text("sign", Fact.SIGN, said["sign"].format(sign=sign))
    yield _text("stop", "", said["words" if by_words else "stop"])
    yield _text("ask", "", said["ask"])


def _saa(at: datetime) -> str:
    """Return the hour as Swahili counts it, from sunrise and sunset: 08:30 is "2:30 asubuhi".

    In digits alone "saa 08:30" is two in the afternoon to whoever counts so, and half past eight to others.
    """
    parts = ((4, "usiku"), (6, "alfajiri"), (12, "asubuhi"), (16, "mchana"), (19, "jioni"))
    part = next((word for before_h, word in parts if at.hour < before_h), "usiku")
    return f"{(at.hour - 7) % 12 + 1}:{at:%M} {part}"


def wait_text(part: str, *, language: str, place: str) -> Text:
    """Return the text that tells him where to wait.

    Raises:
        TooLong: it exceeds one part, or there are no phrases for the language.
    """
    return _text(part, Fact.PLACE, _phrases(language)["wait"].format(place=place))


def _phrases(language: str) -> Mapping[str, str]:
    if language not in _PHRASES:
        raise TooLong(f"there are no phrases for an offer in {language!r}")
    return _PHRASES[language]


def area_in_words(language: str, villages: Sequence[str]) -> str:
    """Return what an offer tells of a place: its area by these villages, as many as one text holds.

    Without a village, that the place is named on the way.

    Raises:
        TooLong: there are no phrases for the language.
    """
    said = _phrases(language)
    for count in range(len(villages), 0, -1):
        words = said["area"].format(villages=", ".join(villages[:count]))
        if units(said["place"].format(letter=LETTERS[0], place=words)) <= UNITS:
            return words
    return said["later"]


def _text(part: str, fact: str, text: str) -> Text:
    if units(text) > UNITS:
        raise TooLong(f"“{part}” takes {units(text)} letters, {UNITS} fit into one text")
    return {"part": part, "fact": str(fact), "text": text}
