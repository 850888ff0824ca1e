"""How a step is said, per language, beside the landmarks of `phrases`. Drafts (N): no native speaker has
checked them.

`{n}` is a count, `{at}` which circle, `{d}` a distance, `{place}` what the meeting place is called. A
language without a table is refused, never replaced by another.
"""

from collections.abc import Mapping
from types import MappingProxyType

from safeconduct.ways import phrases
from safeconduct.ways.phrases import Table

_RU = {
    "left": "влево", "right": "вправо", "nth left": "{n}-й влево", "nth right": "{n}-й вправо",
    "road left": "{n}-я дорога влево", "road right": "{n}-я дорога вправо",
    "access left": "{n}-й проезд влево", "access right": "{n}-й проезд вправо",
    "track left": "{n}-я грунтовка влево", "track right": "{n}-я грунтовка вправо",
    "check": " ({d})", "after": "через {d}", "at end": "в конце", "past bridge": "за мостом",
    "fork left": "развилка: левее", "fork right": "развилка: правее",
    "sharp left": "резко влево назад", "sharp right": "резко вправо назад",
    "circle": "кольцо: {n}-й съезд",
    "nth circle": "{at}-е кольцо: {n}-й съезд", "past circle": "за кольцом ",
    "past circles": "за {n}-м кольцом ", "main": "по главной, ", "km": "{d} км", "m": "{d} м",
    "place": "Место: {place}", "place end": "Место в конце дороги: {place}",
    "place distance": "Место через {d}: {place}",
    "place left": "Место у {n}-го поворота влево: {place}",
    "place right": "Место у {n}-го поворота вправо: {place}",
    "place after left": "Место через {d}, где поворот влево: {place}",
    "place after right": "Место через {d}, где поворот вправо: {place}",
    "north": "на север", "north-east": "на северо-восток", "east": "на восток",
    "south-east": "на юго-восток", "south": "на юг", "south-west": "на юго-запад",
    "west": "на запад", "north-west": "на северо-запад",
}  # fmt: skip
_UK = {
    "left": "ліворуч", "right": "праворуч", "nth left": "{n}-й ліворуч", "nth right": "{n}-й праворуч",
    "road left": "{n}-а дорога ліворуч", "road right": "{n}-а дорога праворуч",
    "access left": "{n}-й проїзд ліворуч", "access right": "{n}-й проїзд праворуч",
    "track left": "{n}-а ґрунтівка ліворуч", "track right": "{n}-а ґрунтівка праворуч",
    "check": " ({d})", "after": "через {d}", "at end": "в кінці", "past bridge": "за мостом",
    "fork left": "розвилка: лівіше", "fork right": "розвилка: правіше",
    "sharp left": "різко ліворуч назад", "sharp right": "різко праворуч назад",
    "circle": "кільце: {n}-й з'їзд",
    "nth circle": "{at}-е кільце: {n}-й з'їзд", "past circle": "за кільцем ",
    "past circles": "за {n}-м кільцем ", "main": "по головній, ", "km": "{d} км", "m": "{d} м",
    "place": "Місце: {place}", "place end": "Місце в кінці дороги: {place}",
    "place distance": "Місце через {d}: {place}",
    "place left": "Місце біля {n}-го повороту ліворуч: {place}",
    "place right": "Місце біля {n}-го повороту праворуч: {place}",
    "place after left": "Місце через {d}, де поворот ліворуч: {place}",
    "place after right": "Місце через {d}, де поворот праворуч: {place}",
    "north": "на північ", "north-east": "на північний схід", "east": "на схід",
    "south-east": "на південний схід", "south": "на південь", "south-west": "на південний захід",
    "west": "на захід", "north-west": "на північний захід",
}  # fmt: skip
_EN = {
    "left": "left", "right": "right", "nth left": "turning {n} left", "nth right": "turning {n} right",
    "road left": "road {n} left", "road right": "road {n} right",
    "access left": "lane {n} left", "access right": "lane {n} right",
    "track left": "dirt track {n} left", "track right": "dirt track {n} right",
    "check": " ({d})", "after": "after {d}", "at end": "at the end", "past bridge": "past the bridge",
    "fork left": "at the fork keep left", "fork right": "at the fork keep right",
    "sharp left": "sharp left, back", "sharp right": "sharp right, back",
    "circle": "roundabout: exit {n}",
    "nth circle": "roundabout {at}: exit {n}", "past circle": "past the roundabout ",
    "past circles": "past roundabout {n} ", "main": "on the main road, ", "km": "{d} km",
    "m": "{d} m", "place": "Place: {place}", "place end": "Place at the end of the road: {place}",
    "place distance": "Place after {d}: {place}",
    "place left": "Place at turning {n} left: {place}",
    "place right": "Place at turning {n} right: {place}",
    "place after left": "Place after {d}, at a turning left: {place}",
    "place after right": "Place after {d}, at a turning right: {place}",
    "north": "go north", "north-east": "go north-east", "east": "go east",
    "south-east": "go south-east", "south": "go south", "south-west": "go south-west",
    "west": "go west", "north-west": "go north-west",
}  # fmt: skip
_FR = {
    "left": "à gauche", "right": "à droite", "nth left": "{n}e à gauche", "nth right": "{n}e à droite",
    "road left": "rue {n} à gauche", "road right": "rue {n} à droite",
    "access left": "voie d'accès {n} à gauche", "access right": "voie d'accès {n} à droite",
    "track left": "piste {n} à gauche", "track right": "piste {n} à droite",
    "check": " ({d})", "after": "après {d}", "at end": "au bout", "past bridge": "après le pont",
    "fork left": "à la fourche à gauche", "fork right": "à la fourche à droite",
    "sharp left": "en arrière à gauche", "sharp right": "en arrière à droite",
    "circle": "rond-point: sortie {n}",
    "nth circle": "rond-point {at}: sortie {n}", "past circle": "après le rond-point ",
    "past circles": "après le rond-point {n} ", "main": "par la grande route, ", "km": "{d} km",
    "m": "{d} m", "place": "Lieu: {place}", "place end": "Lieu au bout de la route: {place}",
    "place distance": "Lieu après {d}: {place}",
    "place left": "Lieu à la route {n} à gauche: {place}",
    "place right": "Lieu à la route {n} à droite: {place}",
    "place after left": "Lieu après {d}, à une route à gauche: {place}",
    "place after right": "Lieu après {d}, à une route à droite: {place}",
    "north": "vers le nord", "north-east": "vers le nord-est", "east": "vers l'est",
    "south-east": "vers le sud-est", "south": "vers le sud", "south-west": "vers le sud-ouest",
    "west": "vers l'ouest", "north-west": "vers le nord-ouest",
}  # fmt: skip
_SW = {
    "left": "kushoto", "right": "kulia", "nth left": "ya {n} kushoto", "nth right": "ya {n} kulia",
    "road left": "barabara ya {n} kushoto", "road right": "barabara ya {n} kulia",
    "access left": "njia ndogo ya {n} kushoto", "access right": "njia ndogo ya {n} kulia",
    "track left": "njia ya vumbi ya {n} kushoto", "track right": "njia ya vumbi ya {n} kulia",
    "check": " ({d})", "after": "baada ya {d}", "at end": "mwishoni",
    "past bridge": "baada ya daraja",
    "fork left": "njia panda kushoto", "fork right": "njia panda kulia",
    "sharp left": "rudi nyuma kushoto", "sharp right": "rudi nyuma kulia",
    "circle": "mzunguko: toka ya {n}",
    "nth circle": "mzunguko wa {at}: toka ya {n}", "past circle": "baada ya mzunguko ",
    "past circles": "baada ya mzunguko wa {n} ", "main": "fuata barabara kuu, ", "km": "km {d}",
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
}  # fmt: skip

TABLES: Mapping[str, Table] = MappingProxyType(
    {
        code: MappingProxyType({**phrases.TABLES[code], **own})
        for code, own in (("ru", _RU), ("uk", _UK), ("en", _EN), ("fr", _FR), ("sw", _SW))
    }
)
