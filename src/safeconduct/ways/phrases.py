"""How a way is said, per language. Drafts (N): native speakers have not checked them.

`{n}` is a count, `{d}` a distance, `{at}` a landmark. A language without a table is refused by
`tell`, never replaced by another: he would follow words he cannot read.
"""

from collections.abc import Mapping
from types import MappingProxyType

Table = Mapping[str, str]

_RU = {
    "at fuel": "у АЗС", "at church": "у церкви", "at bridge": "у моста", "at parking": "у стоянки",
    "at quarry": "у карьера", "at yard": "у фермы", "at water_tower": "у водонапорной башни",
    "at mast": "у вышки", "at mill": "у мельницы", "at cross": "у креста",
    "at memorial": "у памятника", "at bus_stop": "у остановки", "at crossing": "у переезда",
    "fuel": "АЗС", "church": "церковь", "bridge": "мост", "parking": "стоянка", "quarry": "карьер",
    "yard": "ферма", "water_tower": "водонапорная башня", "mast": "вышка", "mill": "мельница",
    "cross": "крест", "memorial": "памятник", "bus_stop": "остановка", "crossing": "переезд",
    "left": "налево", "right": "направо", "first left": "1-й налево",
    "first right": "1-й направо", "nth left": "{n}-й налево",
    "nth right": "{n}-й направо", "after": "через {d}", "straight": "прямо {d}",
    "start": "Выезд: {compass}", "end": "Место: {place}", "km": "{d} км", "m": "{d} м",
    "north": "на север", "east": "на восток", "south": "на юг", "west": "на запад",
}  # fmt: skip
_UK = {
    "at fuel": "біля АЗС", "at church": "біля церкви", "at bridge": "біля мосту",
    "at parking": "біля стоянки", "at quarry": "біля кар'єру", "at yard": "біля ферми",
    "at water_tower": "біля водонапірної вежі", "at mast": "біля вежі", "at mill": "біля млина",
    "at cross": "біля хреста", "at memorial": "біля пам'ятника", "at bus_stop": "біля зупинки",
    "at crossing": "біля переїзду",
    "fuel": "АЗС", "church": "церква", "bridge": "міст", "parking": "стоянка", "quarry": "кар'єр",
    "yard": "ферма", "water_tower": "водонапірна вежа", "mast": "вежа", "mill": "млин",
    "cross": "хрест", "memorial": "пам'ятник", "bus_stop": "зупинка", "crossing": "переїзд",
    "left": "ліворуч", "right": "праворуч", "first left": "1-й ліворуч",
    "first right": "1-й праворуч", "nth left": "{n}-й ліворуч",
    "nth right": "{n}-й праворуч", "after": "через {d}", "straight": "прямо {d}",
    "start": "Виїзд: {compass}", "end": "Місце: {place}", "km": "{d} км", "m": "{d} м",
    "north": "на північ", "east": "на схід", "south": "на південь", "west": "на захід",
}  # fmt: skip
_EN = {
    "at fuel": "at the fuel stop", "at church": "at the church", "at bridge": "at the bridge",
    "at parking": "at the car park", "at quarry": "at the quarry", "at yard": "at the farm",
    "at water_tower": "at the water tower", "at mast": "at the mast", "at mill": "at the mill",
    "at cross": "at the cross", "at memorial": "at the memorial", "at bus_stop": "at the bus stop",
    "at crossing": "at the rail crossing",
    "fuel": "fuel stop", "church": "church", "bridge": "bridge", "parking": "car park",
    "quarry": "quarry", "yard": "farm", "water_tower": "water tower", "mast": "mast",
    "mill": "mill", "cross": "cross", "memorial": "memorial", "bus_stop": "bus stop",
    "crossing": "rail crossing",
    "left": "left", "right": "right", "first left": "1st left", "first right": "1st right",
    "nth left": "turning {n} left",
    "nth right": "turning {n} right", "after": "after {d}",
    "straight": "straight {d}", "start": "Leave {compass}", "end": "Place: {place}",
    "km": "{d} km", "m": "{d} m",
    "north": "north", "east": "east", "south": "south", "west": "west",
}  # fmt: skip
_FR = {
    "at fuel": "à la station", "at church": "à l'église", "at bridge": "au pont",
    "at parking": "au parking", "at quarry": "à la carrière", "at yard": "à la ferme",
    "at water_tower": "au château d'eau", "at mast": "au pylône", "at mill": "au moulin",
    "at cross": "à la croix", "at memorial": "au monument", "at bus_stop": "à l'arrêt de bus",
    "at crossing": "au passage à niveau",
    "fuel": "station", "church": "église", "bridge": "pont", "parking": "parking",
    "quarry": "carrière", "yard": "ferme", "water_tower": "château d'eau", "mast": "pylône",
    "mill": "moulin", "cross": "croix", "memorial": "monument", "bus_stop": "arrêt de bus",
    "crossing": "passage à niveau",
    "left": "à gauche", "right": "à droite", "first left": "1re à gauche",
    "first right": "1re à droite", "nth left": "{n}e à gauche", "nth right": "{n}e à droite",
    "after": "après {d}", "straight": "tout droit {d}", "start": "Partez vers {compass}",
    "end": "Lieu: {place}", "km": "{d} km", "m": "{d} m",
    "north": "le nord", "east": "l'est", "south": "le sud", "west": "l'ouest",
}  # fmt: skip
_SW = {
    "at fuel": "kwenye kituo cha mafuta", "at church": "kanisani", "at bridge": "darajani",
    "at parking": "maegeshoni", "at quarry": "machimboni", "at yard": "shambani",
    "at water_tower": "kwenye mnara wa maji", "at mast": "kwenye mnara",
    "at mill": "kinuni", "at cross": "msalabani", "at memorial": "kwenye mnara wa kumbukumbu",
    "at bus_stop": "kituoni cha basi", "at crossing": "kivuko cha reli",
    "fuel": "kituo cha mafuta", "church": "kanisa", "bridge": "daraja", "parking": "maegesho",
    "quarry": "machimbo", "yard": "shamba", "water_tower": "mnara wa maji", "mast": "mnara",
    "mill": "kinu", "cross": "msalaba", "memorial": "kumbukumbu", "bus_stop": "kituo cha basi",
    "crossing": "kivuko cha reli",
    "left": "kushoto", "right": "kulia", "first left": "ya 1 kushoto",
    "first right": "ya 1 kulia", "nth left": "ya {n} kushoto", "nth right": "ya {n} kulia",
    "after": "baada ya {d}", "straight": "moja kwa moja {d}", "start": "Ondoka {compass}",
    "end": "Mahali: {place}", "km": "km {d}", "m": "m {d}",
    "north": "kaskazini", "east": "mashariki", "south": "kusini", "west": "magharibi",
}  # fmt: skip

TABLES: Mapping[str, Table] = MappingProxyType(
    {"ru": _RU, "uk": _UK, "en": _EN, "fr": _FR, "sw": _SW}
)
