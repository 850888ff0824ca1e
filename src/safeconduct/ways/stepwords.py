"""How a step is said, and what stands beside the road, per language. Drafts (N): no native speaker has
checked them.

`{n}` is a count, `{at}` which circle, `{d}` a distance, `{place}` what the meeting place is called. A
language without a table is refused, never replaced by another: he would follow words he cannot read.
"""

from collections.abc import Mapping
from types import MappingProxyType

UNITS = 67  # UTF-16 units of one text: a joined UCS-2 part
Table = Mapping[str, str]

_RU_MARKS = {
    "at fuel": "у АЗС", "at church": "у церкви", "at bridge": "у моста", "at parking": "у стоянки",
    "at quarry": "у карьера", "at yard": "у фермы", "at water_tower": "у водонапорной башни",
    "at mast": "у вышки", "at mill": "у мельницы", "at cross": "у креста",
    "at memorial": "у памятника", "at bus_stop": "у остановки", "at crossing": "у переезда",
    "fuel": "АЗС", "church": "церковь", "bridge": "мост", "parking": "стоянка", "quarry": "карьер",
    "yard": "ферма", "water_tower": "водонапорная башня", "mast": "вышка", "mill": "мельница",
    "cross": "крест", "memorial": "памятник", "bus_stop": "остановка", "crossing": "переезд",
    "past fuel": "за АЗС", "past church": "за церковью", "past bridge": "за мостом",
    "past parking": "за стоянкой", "past quarry": "за карьером", "past yard": "за фермой",
    "past water_tower": "за водонапорной башней", "past mast": "за вышкой",
    "past mill": "за мельницей", "past cross": "за крестом", "past memorial": "за памятником",
    "past bus_stop": "за остановкой", "past crossing": "за переездом",
}  # fmt: skip
_UK_MARKS = {
    "at fuel": "біля АЗС", "at church": "біля церкви", "at bridge": "біля мосту",
    "at parking": "біля стоянки", "at quarry": "біля кар'єру", "at yard": "біля ферми",
    "at water_tower": "біля водонапірної вежі", "at mast": "біля вежі", "at mill": "біля млина",
    "at cross": "біля хреста", "at memorial": "біля пам'ятника", "at bus_stop": "біля зупинки",
    "at crossing": "біля переїзду", "fuel": "АЗС", "church": "церква", "bridge": "міст",
    "parking": "стоянка", "quarry": "кар'єр", "yard": "ферма", "water_tower": "водонапірна вежа",
    "mast": "вежа", "mill": "млин", "cross": "хрест", "memorial": "пам'ятник",
    "bus_stop": "зупинка", "crossing": "переїзд",
    "past fuel": "за АЗС", "past church": "за церквою", "past bridge": "за мостом",
    "past parking": "за стоянкою", "past quarry": "за кар'єром", "past yard": "за фермою",
    "past water_tower": "за водонапірною вежею", "past mast": "за вежею",
    "past mill": "за млином", "past cross": "за хрестом", "past memorial": "за пам'ятником",
    "past bus_stop": "за зупинкою", "past crossing": "за переїздом",
}  # fmt: skip
_EN_MARKS = {
    "at fuel": "at the fuel stop", "at church": "at the church", "at bridge": "at the bridge",
    "at parking": "at the car park", "at quarry": "at the quarry", "at yard": "at the farm",
    "at water_tower": "at the water tower", "at mast": "at the mast", "at mill": "at the mill",
    "at cross": "at the cross", "at memorial": "at the memorial", "at bus_stop": "at the bus stop",
    "at crossing": "at the rail crossing", "fuel": "fuel stop", "church": "church",
    "bridge": "bridge", "parking": "car park", "quarry": "quarry", "yard": "farm",
    "water_tower": "water tower", "mast": "mast", "mill": "mill", "cross": "cross",
    "memorial": "memorial", "bus_stop": "bus stop", "crossing": "rail crossing",
    "past fuel": "past the fuel stop", "past church": "past the church",
    "past bridge": "past the bridge", "past parking": "past the car park",
    "past quarry": "past the quarry", "past yard": "past the farm",
    "past water_tower": "past the water tower", "past mast": "past the mast",
    "past mill": "past the mill", "past cross": "past the cross",
    "past memorial": "past the memorial", "past bus_stop": "past the bus stop",
    "past crossing": "past the rail crossing",
}  # fmt: skip
_FR_MARKS = {
    "at fuel": "à la station", "at church": "à l'église", "at bridge": "au pont",
    "at parking": "au parking", "at quarry": "à la carrière", "at yard": "à la ferme",
    "at water_tower": "au château d'eau", "at mast": "au pylône", "at mill": "au moulin",
    "at cross": "à la croix", "at memorial": "au monument", "at bus_stop": "à l'arrêt de bus",
    "at crossing": "au passage à niveau", "fuel": "station", "church": "église", "bridge": "pont",
    "parking": "parking", "quarry": "carrière", "yard": "ferme", "water_tower": "château d'eau",
    "mast": "pylône", "mill": "moulin", "cross": "croix", "memorial": "monument",
    "bus_stop": "arrêt de bus", "crossing": "passage à niveau",
    "past fuel": "après la station", "past church": "après l'église",
    "past bridge": "après le pont", "past parking": "après le parking",
    "past quarry": "après la carrière", "past yard": "après la ferme",
    "past water_tower": "après le château d'eau", "past mast": "après le pylône",
    "past mill": "après le moulin", "past cross": "après la croix",
    "past memorial": "après le monument", "past bus_stop": "après l'arrêt de bus",
    "past crossing": "après le passage à niveau",
}  # fmt: skip
_SW_MARKS = {
    "at fuel": "kwenye kituo cha mafuta", "at church": "kanisani", "at bridge": "darajani",
    "at parking": "maegeshoni", "at quarry": "machimboni", "at yard": "shambani",
    "at water_tower": "kwenye mnara wa maji", "at mast": "kwenye mnara", "at mill": "kinuni",
    "at cross": "msalabani", "at memorial": "kwenye mnara wa kumbukumbu",
    "at bus_stop": "kituoni cha basi", "at crossing": "kivuko cha reli", "fuel": "kituo cha mafuta",
    "church": "kanisa", "bridge": "daraja", "parking": "maegesho", "quarry": "machimbo",
    "yard": "shamba", "water_tower": "mnara wa maji", "mast": "mnara", "mill": "kinu",
    "cross": "msalaba", "memorial": "kumbukumbu", "bus_stop": "kituo cha basi",
    "crossing": "kivuko cha reli",
    "past fuel": "baada ya kituo cha mafuta", "past church": "baada ya kanisa",
    "past bridge": "baada ya daraja", "past parking": "baada ya maegesho",
    "past quarry": "baada ya machimbo", "past yard": "baada ya shamba",
    "past water_tower": "baada ya mnara wa maji", "past mast": "baada ya mnara",
    "past mill": "baada ya kinu", "past cross": "baada ya msalaba",
    "past memorial": "baada ya kumbukumbu", "past bus_stop": "baada ya kituo cha basi",
    "past crossing": "baada ya kivuko cha reli",
}  # fmt: skip
_RU = {
    "left": "влево", "right": "вправо", "nth left": "{n}й влево", "nth right": "{n}й вправо",
    "road left": "{n}я дорога влево", "road right": "{n}я дорога вправо",
    "access left": "{n}й проезд влево", "access right": "{n}й проезд вправо",
    "track left": "{n}я грунтовка влево", "track right": "{n}я грунтовка вправо",
    "check": " ({d})", "at end": "в конце",
    "fork left": "левее", "fork right": "правее", "straight": "прямо",
    "sharp left": "резко влево", "sharp right": "резко вправо",
    "first road left": "дорога влево", "first road right": "дорога вправо",
    "onto road": "на дорогу", "onto access": "в проезд", "onto track": "на грунтовку",
    "next left": "{n}й перекрёсток: левее", "next right": "{n}й перекрёсток: правее",
    "next turn left": "{n}й перекрёсток: влево", "next turn right": "{n}й перекрёсток: вправо",
    "first next left": "сразу левее", "first next right": "сразу правее",
    "first next turn left": "сразу влево", "first next turn right": "сразу вправо",
    "place first next": "Место на перекрёстке: {place}", "place next": "Место на {n}-м перекрёстке: {place}",
    "first access left": "проезд влево", "first access right": "проезд вправо",
    "first track left": "грунтовка влево", "first track right": "грунтовка вправо",
    "place first left": "Место у поворота влево: {place}",
    "place first right": "Место у поворота вправо: {place}",
    "circle": "кольцо: {n}й",
    "nth circle": "{at}е кольцо: {n}й", "past circle": "за кольцом",
    "past circles": "за {n}-м кольцом", "main": "главной", "km": "{d}км", "m": "{d}м",
    "place": "Место: {place}", "place end": "Место в конце дороги: {place}",
    "place distance": "Место через {d}: {place}",
    "place left": "Место у {n}го поворота влево: {place}",
    "place right": "Место у {n}го поворота вправо: {place}",
    "place after left": "Место через {d}, где поворот влево: {place}",
    "place after right": "Место через {d}, где поворот вправо: {place}",
    "north": "север", "north-east": "на СВ", "east": "восток", "south-east": "на ЮВ",
    "south": "юг", "south-west": "на ЮЗ", "west": "запад", "north-west": "на СЗ",
    "full north": "на север", "full east": "на восток", "full south": "на юг", "full west": "на запад",
    "full north-east": "на северо-восток", "full south-east": "на юго-восток",
    "full south-west": "на юго-запад", "full north-west": "на северо-запад",
}  # fmt: skip
_UK = {
    "left": "вліво", "right": "вправо", "nth left": "{n}й вліво", "nth right": "{n}й вправо",
    "road left": "{n}а дорога вліво", "road right": "{n}а дорога вправо",
    "access left": "{n}й проїзд вліво", "access right": "{n}й проїзд вправо",
    "track left": "{n}а ґрунтівка вліво", "track right": "{n}а ґрунтівка вправо",
    "check": " ({d})", "at end": "в кінці",
    "fork left": "лівіше", "fork right": "правіше", "straight": "прямо",
    "sharp left": "різко вліво", "sharp right": "різко вправо",
    "first road left": "дорога вліво", "first road right": "дорога вправо",
    "onto road": "на дорогу", "onto access": "у проїзд", "onto track": "на ґрунтівку",
    "next left": "{n}е перехрестя: лівіше", "next right": "{n}е перехрестя: правіше",
    "next turn left": "{n}е перехрестя: вліво", "next turn right": "{n}е перехрестя: вправо",
    "first next left": "одразу лівіше", "first next right": "одразу правіше",
    "first next turn left": "одразу вліво", "first next turn right": "одразу вправо",
    "place first next": "Місце на перехресті: {place}", "place next": "Місце на {n}-му перехресті: {place}",
    "first access left": "проїзд вліво", "first access right": "проїзд вправо",
    "first track left": "ґрунтівка вліво", "first track right": "ґрунтівка вправо",
    "place first left": "Місце біля повороту вліво: {place}",
    "place first right": "Місце біля повороту вправо: {place}",
    "circle": "кільце: {n}й",
    "nth circle": "{at}е кільце: {n}й", "past circle": "за кільцем",
    "past circles": "за {n}-м кільцем", "main": "головною", "km": "{d}км", "m": "{d}м",
    "place": "Місце: {place}", "place end": "Місце в кінці дороги: {place}",
    "place distance": "Місце через {d}: {place}",
    "place left": "Місце біля {n}го повороту вліво: {place}",
    "place right": "Місце біля {n}го повороту вправо: {place}",
    "place after left": "Місце через {d}, де поворот вліво: {place}",
    "place after right": "Місце через {d}, де поворот вправо: {place}",
    "north": "північ", "north-east": "на ПнСх", "east": "схід", "south-east": "на ПдСх",
    "south": "південь", "south-west": "на ПдЗх", "west": "захід", "north-west": "на ПнЗх",
    "full north": "на північ", "full east": "на схід", "full south": "на південь", "full west": "на захід",
    "full north-east": "на північний схід", "full south-east": "на південний схід",
    "full south-west": "на південний захід", "full north-west": "на північний захід",
}  # fmt: skip
_EN = {
    "left": "left", "right": "right", "nth left": "turning {n} left", "nth right": "turning {n} right",
    "road left": "road {n} left", "road right": "road {n} right",
    "access left": "lane {n} left", "access right": "lane {n} right",
    "track left": "dirt track {n} left", "track right": "dirt track {n} right",
    "check": " ({d})", "at end": "at the end",
    "fork left": "keep left", "fork right": "keep right", "straight": "straight on",
    "sharp left": "sharp left", "sharp right": "sharp right",
    "first road left": "road left", "first road right": "road right",
    "onto road": "onto the road", "onto access": "into the lane", "onto track": "onto the dirt track",
    "next left": "junction {n}: keep left", "next right": "junction {n}: keep right",
    "next turn left": "junction {n}: left", "next turn right": "junction {n}: right",
    "first next left": "at once keep left", "first next right": "at once keep right",
    "first next turn left": "at once left", "first next turn right": "at once right",
    "place first next": "Place at the next junction: {place}", "place next": "Place at junction {n}: {place}",
    "first access left": "lane left", "first access right": "lane right",
    "first track left": "dirt track left", "first track right": "dirt track right",
    "place first left": "Place at the first left: {place}",
    "place first right": "Place at the first right: {place}",
    "circle": "roundabout: exit {n}",
    "nth circle": "roundabout {at}: exit {n}", "past circle": "past the roundabout",
    "past circles": "past roundabout {n}", "main": "main road", "km": "{d}km",
    "m": "{d}m", "place": "Place: {place}", "place end": "Place at the end of the road: {place}",
    "place distance": "Place after {d}: {place}",
    "place left": "Place at turning {n} left: {place}",
    "place right": "Place at turning {n} right: {place}",
    "place after left": "Place after {d}, at a turning left: {place}",
    "place after right": "Place after {d}, at a turning right: {place}",
    "north": "go north", "north-east": "go NE", "east": "go east", "south-east": "go SE",
    "south": "go south", "south-west": "go SW", "west": "go west", "north-west": "go NW",
    "full north": "go north", "full east": "go east", "full south": "go south", "full west": "go west",
    "full north-east": "go north-east", "full south-east": "go south-east",
    "full south-west": "go south-west", "full north-west": "go north-west",
}  # fmt: skip
_FR = {
    "left": "à gauche", "right": "à droite", "nth left": "{n}e à gauche", "nth right": "{n}e à droite",
    "road left": "rue {n} à gauche", "road right": "rue {n} à droite",
    "access left": "voie d'accès {n} à gauche", "access right": "voie d'accès {n} à droite",
    "track left": "piste {n} à gauche", "track right": "piste {n} à droite",
    "check": " ({d})", "at end": "au bout",
    "fork left": "serrez à gauche", "fork right": "serrez à droite", "straight": "tout droit",
    "sharp left": "en arrière à gauche", "sharp right": "en arrière à droite",
    "first road left": "rue à gauche", "first road right": "rue à droite",
    "onto road": "sur la route", "onto access": "dans la voie d'accès", "onto track": "sur la piste",
    "next left": "carrefour {n}: serrez à gauche", "next right": "carrefour {n}: serrez à droite",
    "next turn left": "carrefour {n}: à gauche", "next turn right": "carrefour {n}: à droite",
    "first next left": "tout de suite à gauche", "first next right": "tout de suite à droite",
    "first next turn left": "tout de suite à gauche", "first next turn right": "tout de suite à droite",
    "place first next": "Lieu au prochain carrefour: {place}", "place next": "Lieu au carrefour {n}: {place}",
    "first access left": "voie d'accès à gauche", "first access right": "voie d'accès à droite",
    "first track left": "piste à gauche", "first track right": "piste à droite",
    "place first left": "Lieu à la 1re à gauche: {place}",
    "place first right": "Lieu à la 1re à droite: {place}",
    "circle": "rond-point: sortie {n}",
    "nth circle": "rond-point {at}: sortie {n}", "past circle": "après le rond-point",
    "past circles": "après le rond-point {n}", "main": "par la grande route", "km": "{d} km",
    "m": "{d} m", "place": "Lieu: {place}", "place end": "Lieu au bout de la route: {place}",
    "place distance": "Lieu après {d}: {place}",
    "place left": "Lieu à la route {n} à gauche: {place}",
    "place right": "Lieu à la route {n} à droite: {place}",
    "place after left": "Lieu après {d}, à une route à gauche: {place}",
    "place after right": "Lieu après {d}, à une route à droite: {place}",
    "north": "vers le nord", "north-east": "vers le N-E", "east": "vers l'est",
    "south-east": "vers le S-E", "south": "vers le sud", "south-west": "vers le S-O",
    "west": "vers l'ouest", "north-west": "vers le N-O",
    "full north": "vers le nord", "full east": "vers l'est", "full south": "vers le sud", "full west": "vers l'ouest",
    "full north-east": "vers le nord-est", "full south-east": "vers le sud-est",
    "full south-west": "vers le sud-ouest", "full north-west": "vers le nord-ouest",
}  # fmt: skip
_SW = {
    "left": "kushoto", "right": "kulia", "nth left": "ya {n} kushoto", "nth right": "ya {n} kulia",
    "road left": "barabara ya {n} kushoto", "road right": "barabara ya {n} kulia",
    "access left": "njia ndogo ya {n} kushoto", "access right": "njia ndogo ya {n} kulia",
    "track left": "njia ya vumbi ya {n} kushoto", "track right": "njia ya vumbi ya {n} kulia",
    "check": " ({d})", "at end": "mwishoni",

    "fork left": "kaa kushoto", "fork right": "kaa kulia", "straight": "moja kwa moja",
    "sharp left": "rudi nyuma kushoto", "sharp right": "rudi nyuma kulia",
    "first road left": "barabara kushoto", "first road right": "barabara kulia",
    "onto road": "ingia barabara", "onto access": "ingia njia ndogo", "onto track": "ingia njia ya vumbi",
    "next left": "makutano ya {n}: kaa kushoto", "next right": "makutano ya {n}: kaa kulia",
    "next turn left": "makutano ya {n}: kushoto", "next turn right": "makutano ya {n}: kulia",
    "first next left": "mara moja kushoto", "first next right": "mara moja kulia",
    "first next turn left": "mara moja kushoto", "first next turn right": "mara moja kulia",
    "place first next": "Mahali kwenye makutano: {place}", "place next": "Mahali makutano ya {n}: {place}",
    "first access left": "njia ndogo kushoto", "first access right": "njia ndogo kulia",
    "first track left": "njia ya vumbi kushoto", "first track right": "njia ya vumbi kulia",
    "place first left": "Mahali njia ya kwanza kushoto: {place}",
    "place first right": "Mahali njia ya kwanza kulia: {place}",
    "circle": "mzunguko: toka ya {n}",
    "nth circle": "mzunguko wa {at}: toka ya {n}", "past circle": "baada ya mzunguko",
    "past circles": "baada ya mzunguko wa {n}", "main": "fuata barabara kuu", "km": "km {d}",
    "m": "m {d}", "place": "Mahali: {place}", "place end": "Mahali mwisho wa barabara: {place}",
    "place distance": "Mahali baada ya {d}: {place}",
    "place left": "Mahali njia ya {n} kushoto: {place}",
    "place right": "Mahali njia ya {n} kulia: {place}",
    "place after left": "Mahali baada ya {d}, njia ya kushoto: {place}",
    "place after right": "Mahali baada ya {d}, njia ya kulia: {place}",
    "north": "nenda kaskazini", "north-east": "nenda kaskazini-mashariki",
    "east": "nenda mashariki", "south-east": "nenda kusini-mashariki", "south": "nenda kusini",
    "south-west": "nenda kusini-magharibi", "west": "nenda magharibi",
    "north-west": "nenda kaskazini-magharibi",
    "full north": "nenda kaskazini", "full east": "nenda mashariki", "full south": "nenda kusini", "full west": "nenda magharibi",
    "full north-east": "nenda kaskazini-mashariki", "full south-east": "nenda kusini-mashariki",
    "full south-west": "nenda kusini-magharibi", "full north-west": "nenda kaskazini-magharibi",
}  # fmt: skip

# Where he stops at a road, a lane or a track: of each the count, and the first. No table has more than these.
_STOPS = {
    "ru": ("Место у {what} {side}: {{place}}", ("{n}й дороги", "дороги"), ("{n}го проезда", "проезда"), ("{n}й грунтовки", "грунтовки")),
    "uk": ("Місце біля {what} {side}: {{place}}", ("{n}ї дороги", "дороги"), ("{n}го проїзду", "проїзду"), ("{n}ї ґрунтівки", "ґрунтівки")),
    "en": ("Place at {what} {side}: {{place}}", ("road {n}", "the road"), ("lane {n}", "the lane"), ("dirt track {n}", "the dirt track")),
    "fr": ("Lieu à {what} {side}: {{place}}", ("la rue {n}", "la rue"), ("la voie d'accès {n}", "la voie d'accès"), ("la piste {n}", "la piste")),
    "sw": ("Mahali {what} {side}: {{place}}", ("barabara ya {n}", "barabara"), ("njia ndogo ya {n}", "njia ndogo"), ("njia ya vumbi ya {n}", "njia ya vumbi")),
}  # fmt: skip


def _stops(language: str, own: Table) -> Table:
    said, *roads = _STOPS[language]
    return {
        f"place {first}{kind} {side}": said.format(what=what, side=own[side])
        for kind, words in zip(("road", "access", "track"), roads, strict=True)
        for first, what in zip(("", "first "), words, strict=True)
        for side in ("left", "right")
    }


TABLES: Mapping[str, Table] = MappingProxyType(
    {
        code: MappingProxyType({**marks, **own, **_stops(code, own)})
        for code, marks, own in (
            ("ru", _RU_MARKS, _RU), ("uk", _UK_MARKS, _UK), ("en", _EN_MARKS, _EN),
            ("fr", _FR_MARKS, _FR), ("sw", _SW_MARKS, _SW),
        )
    }
)  # fmt: skip


def units(text: str) -> int:
    """Return the length of a text in UTF-16 units, as a UCS-2 channel counts."""
    return len(text.encode("utf-16-le")) // 2
