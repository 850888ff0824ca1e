"""What a driver makes of the words he is sent: his own grammar of five languages.

It shares no table and no rule with who composes the words. What he does not understand he does not
guess: then he stands still.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

POINTS = ("north", "NE", "east", "SE", "south", "SW", "west", "NW")


@dataclass(frozen=True, slots=True)
class Order:
    """One thing he has understood.

    Attributes:
        does: "leave" (by which of two roads that lead that way, if a side is said), "turn", "road", "lane", "track", "after", "at", "end", "fork", "next", "onto",
            "back" or "circle".
        side: "left", "right", "" for none; for "leave" degrees from north are in `number`.
        number: which one of them.
        metres: after how many, 0 for not said.
        mark: kind of landmark at it; for "onto" what the road looks like.
        keeps: what he is to keep to until then: "main", the main road, or "straight".
        circles: how many circles come first, straight on.
        stop: he is there then.
        beyond: kind of landmark behind which he begins to look.
        skips: metres after which he begins to look.
    """

    does: str
    side: str = ""
    number: int = 1
    metres: float = 0.0
    mark: str = ""
    keeps: str = ""
    circles: int = 0
    stop: bool = False
    beyond: str = ""
    skips: float = 0.0


class NotUnderstood(ValueError):
    """Words that he cannot follow."""


_KINDS = ("fuel", "church", "bridge", "parking", "quarry", "yard", "water_tower", "mast", "mill",
          "cross", "memorial", "bus_stop", "crossing")  # fmt: skip


def _marks(words: str) -> dict[str, str]:
    return dict(zip((word.strip() for word in words.split("|")), _KINDS, strict=True))


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language as he knows it: words to sides, points and landmarks, and sentences."""

    sides: dict[str, str]
    points: dict[str, float]
    at: dict[str, str]
    called: dict[str, str]
    past: dict[str, str]
    sentences: tuple[tuple[str, str], ...]
    keeps: dict[str, str]
    circles: str
    after: str
    stop: str


def _points(words: str) -> dict[str, float]:
    return {word.strip(): 45.0 * n for n, word in enumerate(words.split("|"))}


_SLAVIC_METRES = r"(?P<d>[\d,]+) ?(?P<u>км|м)"
_RU = Tongue(
    {"влево": "left", "вправо": "right", "левее": "left", "правее": "right"},
    _points("север|на СВ|восток|на ЮВ|юг|на ЮЗ|запад|на СЗ"),
    _marks("у АЗС|у церкви|у моста|у стоянки|у карьера|у фермы|у водонапорной башни|у вышки"
           "|у мельницы|у креста|у памятника|у остановки|у переезда"),
    _marks("АЗС|церковь|мост|стоянка|карьер|ферма|водонапорная башня|вышка|мельница|крест"
           "|памятник|остановка|переезд"),
    _marks("за АЗС|за церковью|за мостом|за стоянкой|за карьером|за фермой"
           "|за водонапорной башней|за вышкой|за мельницей|за крестом|за памятником"
           "|за остановкой|за переездом"),
    (
        ("turn", rf"((?P<n>\d)-?й )?(?P<s>влево|вправо)( \({_SLAVIC_METRES}\))?"),
        ("road", r"((?P<n>\d)-?я )?дорога (?P<s>влево|вправо)"),
        ("lane", r"((?P<n>\d)-?й )?проезд (?P<s>влево|вправо)"),
        ("track", r"((?P<n>\d)-?я )?грунтовка (?P<s>влево|вправо)"),
        ("after", rf"{_SLAVIC_METRES}, (?P<s>влево|вправо)"),
        ("end", r"в конце (?P<s>влево|вправо)"),
        ("fork", r"(?P<s>левее|правее)"),
        ("next", r"(сразу|(?P<n>\d)-?й перекрёсток:) (?P<s>левее|правее|влево|вправо)"),
        ("onto", r"(?P<onto>на дорогу|в проезд|на грунтовку)"),
        ("back", r"резко (?P<s>влево|вправо)"),
        ("circle", r"((?P<c>\d)-?е )?кольцо: (?P<n>\d)-?й"),
        ("at", r"(?P<at>у .+) (?P<s>влево|вправо)"),
        ("stop next", r"место на ((?P<n>\d)-?м )?перекрёстке(: (?P<name>.+))?"),
        ("stop end", r"место в конце дороги(: (?P<name>.+))?"),
        ("stop turn", r"место у ((?P<n>\d)-?го )?поворота (?P<s>влево|вправо)(: (?P<name>.+))?"),
        ("stop road", r"место у ((?P<n>\d)-?й )?дороги (?P<s>влево|вправо)(: (?P<name>.+))?"),
        ("stop lane", r"место у ((?P<n>\d)-?го )?проезда (?P<s>влево|вправо)(: (?P<name>.+))?"),
        ("stop track", r"место у ((?P<n>\d)-?й )?грунтовки (?P<s>влево|вправо)(: (?P<name>.+))?"),
        ("stop after", rf"место через {_SLAVIC_METRES}(, где поворот (?P<s>влево|вправо))?"
                       r"(: (?P<name>.+))?"),
        ("stop at", r"место: (?P<name>.+)"),
    ),
    {"главной": "main", "прямо": "straight"}, r"за ((?P<k>\d)-?м )?кольцом ",
    rf"{_SLAVIC_METRES}, ", "место",
)  # fmt: skip
_UK = Tongue(
    {"вліво": "left", "вправо": "right", "лівіше": "left", "правіше": "right"},
    _points("північ|на ПнСх|схід|на ПдСх|південь|на ПдЗх|захід|на ПнЗх"),
    _marks("біля АЗС|біля церкви|біля мосту|біля стоянки|біля кар'єру|біля ферми"
           "|біля водонапірної вежі|біля вежі|біля млина|біля хреста|біля пам'ятника"
           "|біля зупинки|біля переїзду"),
    _marks("АЗС|церква|міст|стоянка|кар'єр|ферма|водонапірна вежа|вежа|млин|хрест|пам'ятник"
           "|зупинка|переїзд"),
    _marks("за АЗС|за церквою|за мостом|за стоянкою|за кар'єром|за фермою"
           "|за водонапірною вежею|за вежею|за млином|за хрестом|за пам'ятником"
           "|за зупинкою|за переїздом"),
    (
        ("turn", rf"((?P<n>\d)-?й )?(?P<s>вліво|вправо)( \({_SLAVIC_METRES}\))?"),
        ("road", r"((?P<n>\d)-?а )?дорога (?P<s>вліво|вправо)"),
        ("lane", r"((?P<n>\d)-?й )?проїзд (?P<s>вліво|вправо)"),
        ("track", r"((?P<n>\d)-?а )?ґрунтівка (?P<s>вліво|вправо)"),
        ("after", rf"{_SLAVIC_METRES}, (?P<s>вліво|вправо)"),
        ("end", r"в кінці (?P<s>вліво|вправо)"),
        ("fork", r"(?P<s>лівіше|правіше)"),
        ("next", r"(одразу|(?P<n>\d)-?е перехрестя:) (?P<s>лівіше|правіше|вліво|вправо)"),
        ("onto", r"(?P<onto>на дорогу|у проїзд|на ґрунтівку)"),
        ("back", r"різко (?P<s>вліво|вправо)"),
        ("circle", r"((?P<c>\d)-?е )?кільце: (?P<n>\d)-?й"),
        ("at", r"(?P<at>біля .+) (?P<s>вліво|вправо)"),
        ("stop next", r"місце на ((?P<n>\d)-?му )?перехресті(: (?P<name>.+))?"),
        ("stop end", r"місце в кінці дороги(: (?P<name>.+))?"),
        ("stop turn", r"місце біля ((?P<n>\d)-?го )?повороту (?P<s>вліво|вправо)(: (?P<name>.+))?"),
        ("stop road", r"місце біля ((?P<n>\d)-?ї )?дороги (?P<s>вліво|вправо)(: (?P<name>.+))?"),
        ("stop lane", r"місце біля ((?P<n>\d)-?го )?проїзду (?P<s>вліво|вправо)(: (?P<name>.+))?"),
        ("stop track", r"місце біля ((?P<n>\d)-?ї )?ґрунтівки (?P<s>вліво|вправо)(: (?P<name>.+))?"),
        ("stop after", rf"місце через {_SLAVIC_METRES}(, де поворот (?P<s>вліво|вправо))?"
                       r"(: (?P<name>.+))?"),
        ("stop at", r"місце: (?P<name>.+)"),
    ),
    {"головною": "main", "прямо": "straight"}, r"за ((?P<k>\d)-?м )?кільцем ",
    rf"{_SLAVIC_METRES}, ", "місце",
)  # fmt: skip
_METRES = r"(?P<d>[\d,]+) ?(?P<u>km|m)"
_EN = Tongue(
    {"left": "left", "right": "right"},
    {f"go {point}": 45.0 * n for n, point in enumerate(POINTS)},
    _marks("at the fuel stop|at the church|at the bridge|at the car park|at the quarry"
           "|at the farm|at the water tower|at the mast|at the mill|at the cross"
           "|at the memorial|at the bus stop|at the rail crossing"),
    _marks("fuel stop|church|bridge|car park|quarry|farm|water tower|mast|mill|cross|memorial"
           "|bus stop|rail crossing"),
    _marks("past the fuel stop|past the church|past the bridge|past the car park"
           "|past the quarry|past the farm|past the water tower|past the mast"
           "|past the mill|past the cross|past the memorial|past the bus stop"
           "|past the rail crossing"),
    (
        ("turn", rf"(turning (?P<n>\d) )?(?P<s>left|right)( \({_METRES}\))?"),
        ("road", r"road ((?P<n>\d) )?(?P<s>left|right)"),
        ("lane", r"lane ((?P<n>\d) )?(?P<s>left|right)"),
        ("track", r"dirt track ((?P<n>\d) )?(?P<s>left|right)"),
        ("after", rf"{_METRES}, (?P<s>left|right)"),
        ("end", r"at the end (?P<s>left|right)"),
        ("fork", r"keep (?P<s>left|right)"),
        ("next", r"(at once|junction (?P<n>\d):) (keep )?(?P<s>left|right)"),
        ("onto", r"(?P<onto>onto the road|into the lane|onto the dirt track)"),
        ("back", r"sharp (?P<s>left|right)"),
        ("circle", r"roundabout( (?P<c>\d))?: exit (?P<n>\d)"),
        ("at", r"(?P<at>at the .+) (?P<s>left|right)"),
        ("stop next", r"place at (the next junction|junction (?P<n>\d))(: (?P<name>.+))?"),
        ("stop end", r"place at the end of the road(: (?P<name>.+))?"),
        ("stop turn", r"place at (the first|turning (?P<n>\d)) (?P<s>left|right)(: (?P<name>.+))?"),
        ("stop road", r"place at (the road|road (?P<n>\d)) (?P<s>left|right)(: (?P<name>.+))?"),
        ("stop lane", r"place at (the lane|lane (?P<n>\d)) (?P<s>left|right)(: (?P<name>.+))?"),
        ("stop track", r"place at (the dirt track|dirt track (?P<n>\d)) (?P<s>left|right)(: (?P<name>.+))?"),
        ("stop after", rf"place after {_METRES}(, at a turning (?P<s>left|right))?"
                       r"(: (?P<name>.+))?"),
        ("stop at", r"place: (?P<name>.+)"),
    ),
    {"main road": "main", "straight on": "straight"},
    r"past (the roundabout|roundabout (?P<k>\d)) ", rf"{_METRES}, ", "place",
)  # fmt: skip
_FR = Tongue(
    {"à gauche": "left", "à droite": "right", "serrez à gauche": "left", "serrez à droite": "right"},
    _points("vers le nord|vers le N-E|vers l'est|vers le S-E|vers le sud|vers le S-O|vers l'ouest|vers le N-O"),
    _marks("à la station|à l'église|au pont|au parking|à la carrière|à la ferme|au château d'eau"
           "|au pylône|au moulin|à la croix|au monument|à l'arrêt de bus|au passage à niveau"),
    _marks("station|église|pont|parking|carrière|ferme|château d'eau|pylône|moulin|croix|monument"
           "|arrêt de bus|passage à niveau"),
    _marks("après la station|après l'église|après le pont|après le parking|après la carrière"
           "|après la ferme|après le château d'eau|après le pylône|après le moulin|après la croix"
           "|après le monument|après l'arrêt de bus|après le passage à niveau"),
    (
        ("turn", rf"((?P<n>\d)e )?(?P<s>à gauche|à droite)( \({_METRES}\))?"),
        ("road", r"rue ((?P<n>\d) )?(?P<s>à gauche|à droite)"),
        ("lane", r"voie d'accès ((?P<n>\d) )?(?P<s>à gauche|à droite)"),
        ("track", r"piste ((?P<n>\d) )?(?P<s>à gauche|à droite)"),
        ("after", rf"{_METRES}, (?P<s>à gauche|à droite)"),
        ("end", r"au bout (?P<s>à gauche|à droite)"),
        ("fork", r"(?P<s>serrez à gauche|serrez à droite)"),
        ("next", r"(tout de suite|carrefour (?P<n>\d):) (serrez )?(?P<s>à gauche|à droite)"),
        ("onto", r"(?P<onto>sur la route|dans la voie d'accès|sur la piste)"),
        ("back", r"en arrière (?P<s>à gauche|à droite)"),
        ("circle", r"rond-point( (?P<c>\d))?: sortie (?P<n>\d)"),
        ("at", r"(?P<at>(à|au) .+) (?P<s>à gauche|à droite)"),
        ("stop next", r"lieu au (prochain carrefour|carrefour (?P<n>\d))(: (?P<name>.+))?"),
        ("stop end", r"lieu au bout de la route(: (?P<name>.+))?"),
        ("stop turn", r"lieu à la (1re|route (?P<n>\d)) (?P<s>à gauche|à droite)(: (?P<name>.+))?"),
        ("stop road", r"lieu à la rue ((?P<n>\d) )?(?P<s>à gauche|à droite)(: (?P<name>.+))?"),
        ("stop lane", r"lieu à la voie d'accès ((?P<n>\d) )?(?P<s>à gauche|à droite)(: (?P<name>.+))?"),
        ("stop track", r"lieu à la piste ((?P<n>\d) )?(?P<s>à gauche|à droite)(: (?P<name>.+))?"),
        ("stop after", rf"lieu après {_METRES}(, à une route (?P<s>à gauche|à droite))?(: (?P<name>.+))?"),
        ("stop at", r"lieu: (?P<name>.+)"),
    ),
    {"par la grande route": "main", "tout droit": "straight"},
    r"après le rond-point( (?P<k>\d))? ", rf"{_METRES}, ", "lieu",
)  # fmt: skip
_SW_METRES = r"(?P<u>km|m) (?P<d>[\d,]+)"
_SW = Tongue(
    {"kushoto": "left", "kulia": "right", "kaa kushoto": "left", "kaa kulia": "right"},
    {f"nenda {point}": 45.0 * n for n, point in enumerate(
        ("kaskazini", "kaskazini-mashariki", "mashariki", "kusini-mashariki", "kusini",
         "kusini-magharibi", "magharibi", "kaskazini-magharibi"))},
    _marks("kwenye kituo cha mafuta|kanisani|darajani|maegeshoni|machimboni|shambani"
           "|kwenye mnara wa maji|kwenye mnara|kinuni|msalabani|kwenye mnara wa kumbukumbu"
           "|kituoni cha basi|kivuko cha reli"),
    _marks("kituo cha mafuta|kanisa|daraja|maegesho|machimbo|shamba|mnara wa maji|mnara|kinu"
           "|msalaba|kumbukumbu|kituo cha basi|kivuko cha reli"),
    _marks("baada ya kituo cha mafuta|baada ya kanisa|baada ya daraja|baada ya maegesho"
           "|baada ya machimbo|baada ya shamba|baada ya mnara wa maji|baada ya mnara"
           "|baada ya kinu|baada ya msalaba|baada ya kumbukumbu|baada ya kituo cha basi"
           "|baada ya kivuko cha reli"),
    (
        ("turn", rf"(ya (?P<n>\d) )?(?P<s>kushoto|kulia)( \({_SW_METRES}\))?"),
        ("road", r"barabara (ya (?P<n>\d) )?(?P<s>kushoto|kulia)"),
        ("lane", r"njia ndogo (ya (?P<n>\d) )?(?P<s>kushoto|kulia)"),
        ("track", r"njia ya vumbi (ya (?P<n>\d) )?(?P<s>kushoto|kulia)"),
        ("after", rf"{_SW_METRES}, (?P<s>kushoto|kulia)"),
        ("end", r"mwishoni (?P<s>kushoto|kulia)"),
        ("fork", r"(?P<s>kaa kushoto|kaa kulia)"),
        ("next", r"(mara moja|makutano ya (?P<n>\d):) (kaa )?(?P<s>kushoto|kulia)"),
        ("onto", r"(?P<onto>ingia barabara|ingia njia ndogo|ingia njia ya vumbi)"),
        ("back", r"rudi nyuma (?P<s>kushoto|kulia)"),
        ("circle", r"mzunguko( wa (?P<c>\d))?: toka ya (?P<n>\d)"),
        ("at", r"(?P<at>\w+ni|(kwenye|kituoni|kivuko) .+) (?P<s>kushoto|kulia)"),
        ("stop next", r"mahali (kwenye makutano|makutano ya (?P<n>\d))(: (?P<name>.+))?"),
        ("stop end", r"mahali mwisho wa barabara(: (?P<name>.+))?"),
        ("stop turn", r"mahali njia ya (kwanza|(?P<n>\d)) (?P<s>kushoto|kulia)(: (?P<name>.+))?"),
        ("stop road", r"mahali barabara (ya (?P<n>\d) )?(?P<s>kushoto|kulia)(: (?P<name>.+))?"),
        ("stop lane", r"mahali njia ndogo (ya (?P<n>\d) )?(?P<s>kushoto|kulia)(: (?P<name>.+))?"),
        ("stop track", r"mahali njia ya vumbi (ya (?P<n>\d) )?(?P<s>kushoto|kulia)(: (?P<name>.+))?"),
        ("stop after", rf"mahali baada ya {_SW_METRES}(, njia ya (?P<s>kushoto|kulia))?(: (?P<name>.+))?"),
        ("stop at", r"mahali: (?P<name>.+)"),
    ),
    {"fuata barabara kuu": "main", "moja kwa moja": "straight"},
    r"baada ya mzunguko( wa (?P<k>\d))? ", rf"{_SW_METRES}, ", "mahali",
)  # fmt: skip
_LOOKS = {
    "на дорогу": "road", "в проезд": "lane", "на грунтовку": "track",
    "у проїзд": "lane", "на ґрунтівку": "track",
    "onto the road": "road", "into the lane": "lane", "onto the dirt track": "track",
    "sur la route": "road", "dans la voie d'accès": "lane", "sur la piste": "track",
    "ingia barabara": "road", "ingia njia ndogo": "lane", "ingia njia ya vumbi": "track",
}  # fmt: skip
TONGUES = {"ru": _RU, "uk": _UK, "en": _EN, "fr": _FR, "sw": _SW}


def heard(text: str, *, language: str) -> list[Order]:
    """Return what he is to do, in order, from the texts joined by line ends.

    Raises:
        NotUnderstood: a sentence is none he knows.
    """
    tongue = TONGUES[language]
    lines = [re.sub(r"^\d\) ", "", line) for line in text.splitlines() if line]
    whole = _with_beginnings(map(_small, lines), tongue)
    return [_order(_small(each), tongue) for line in whole for each in _sentences(line, tongue)]


def _with_beginnings(lines: Iterable[str], tongue: Tongue) -> Iterator[str]:
    """Yield the lines; one that says only how far he drives, or by what, with the line after it."""
    begun = ""
    for line in lines:
        far = re.search(rf"(^| ){tongue.after.removesuffix(', ')}$", line)
        ends = re.search(rf"\b{tongue.stop}\b", line)
        begun += line
        if line in tongue.keeps or (far and not ends):
            begun += ", "
            continue
        yield begun
        begun = ""
    if begun:
        yield begun


def _small(said: str) -> str:
    return said[:1].lower() + said[1:]


def _sentences(line: str, tongue: Tongue) -> Iterator[str]:
    """Yield the sentences of a text; the name of a place may have full stops of its own."""
    parts = line.split(". ")
    for number, part in enumerate(parts):
        if re.search(rf"(^|, |{tongue.circles}|{tongue.after}){tongue.stop}\b", _small(part)):
            yield ". ".join(parts[number:])
            return
        yield part


def _order(said: str, tongue: Tongue) -> Order:
    point, _comma, hand = said.partition(", ")
    side = tongue.sides.get(hand.removeprefix("keep "), "")
    if point in tongue.points and bool(hand) == bool(side):
        return Order("leave", side, number=round(tongue.points[point]))
    kept = "|".join(tongue.keeps)
    begins = re.match(rf"(?P<keeps>{kept})(, | (?={tongue.after}))", said)
    keeps, rest = (tongue.keeps[begins["keeps"]], said[begins.end() :]) if begins else ("", said)
    circles = 0
    if passed := re.match(tongue.circles, rest):
        circles, rest = int(passed["k"] or 1), rest[passed.end() :]
    beyond, rest = _without(rest, {f"{words} ": kind for words, kind in tongue.past.items()})
    before = Order("", keeps=keeps, circles=circles, beyond=beyond)
    if order := _sentence(rest, tongue, before):
        return order
    far = re.match(tongue.after, rest)
    later = replace(before, skips=_metres(far.groupdict())) if far else before
    if order := _sentence(rest[far.end() :] if far else "", tongue, later):
        return order
    raise NotUnderstood(said)


def _without(said: str, known: dict[str, str]) -> tuple[str, str]:
    """Return what the words mean with which a sentence begins, and the rest of it."""
    begins = next((words for words in known if said.startswith(words)), "")
    return known.get(begins, ""), said.removeprefix(begins)


def _sentence(rest: str, tongue: Tongue, before: Order) -> Order | None:
    for does, sentence in tongue.sentences:
        if found := re.fullmatch(sentence, _lowered(rest, tongue)):
            return _filled(does, found.groupdict(), tongue, before)
    return None


def _lowered(said: str, tongue: Tongue) -> str:
    return _small(said) if _small(said).startswith(tongue.stop) else said


def _metres(told: dict[str, str | None]) -> float:
    number = told.get("d")
    unit = 1 if told.get("u") in {"м", "m"} else 1000
    return float(number.replace(",", ".")) * unit if number else 0.0


def _filled(does: str, told: dict[str, str | None], tongue: Tongue, before: Order) -> Order:
    stop = does.startswith("stop")
    mark = _LOOKS.get(told.get("onto") or "", "")
    if at := told.get("at"):
        mark = tongue.at.get(at, "")
    if does == "stop at":
        name = re.split(r",| «", told["name"] or "")[0]
        mark = tongue.called.get(name, "")
    if does in {"at", "stop at"} and not mark:
        raise NotUnderstood(str(told))
    return replace(
        before,
        does=does.removeprefix("stop "),
        side=tongue.sides.get(told.get("s") or "", ""),
        number=int(told.get("n") or 1),
        metres=_metres(told),
        mark=mark,
        circles=int(told.get("c") or 0) - 1 if told.get("c") else before.circles,
        stop=stop,
    )
