"""What a reward may hang on: that a thing was handed over, and that he came of his own will. Pure.

No promise depends on enlisting or on intelligence (docs/refusals.md). So a condition is written in the
few words below, and a word that is not among them refuses it: what nobody foresaw hides in no other
word. A line is read with the tricks of spelling undone (folding.py). To be read by native speakers (N).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from safeconduct.pledges.folding import Word, clean, joined, normal, words_of
from safeconduct.pledges.stems import Stems
from safeconduct.refusal import N_, Refusal, Said, listed, said

_THING = """
    vehicle car truck lorry tank armoured armored carrier ifv apc mlrs howitzer gun mortar rifle weapon ammunition equipment machine
    aircraft aeroplane airplane plane helicopter ship boat vessel drone trailer radar engine
    машин техник автомобил танк бтр бмп рсзо рсзв сау гаубиц міномет миномет орудие гармат пушк зброя зброї зброю оружи боєприпас
    боеприпас обладнан оборудован літак самолет вертоліт гелікоптер вертолет корабл катер судно дрон причеп прицеп транспорт
    автівк вантажівк грузовик бронемашин бронетранспортер військов военн майн имуществ
"""
_WILL = """
    voluntar will free freely force forced forcing pressure own himself came come comes coming arrive surrender
    своей своєї свого своего воле добровільн добровольн власн собствен волею волі воля воли примус принужден тиску давлен сам сама прийш прибу приход пришел пришл
    прибыл прибуд здав сдал сдач здач
"""
_HOW = """
    hand handed hands over given give gives left leave deliver bring brings brought fit use usable working work works running order good
    condition whole intact undamaged damaged serviceable safe unloaded complete moving drives starts with without and or in of on to the
    for a an is are was be at by from his it its that which he any one each not no if place agreed named
    передан передав переда переж зданий здан сдан оставл залиш пригон пригн придатн пригодн справн исправн цілий цел ціл неушкоджен
    неповрежден пошкоджен поврежден робоч рабоч стан состоян використан использован користуван ужитк руха едет їде заводит заводить розрядж
    разряж доставл прив привел безпечн безопасн комплект
"""
_EXACT = """
    по до к для з із і й та и с со у в на не без або или що что який яка яке яку который которая которое которую він она он воно вона
    його її его ее є есть був была було было була бути быть буде будет місц мест місці місце месте место що
"""
_ENLIST = """
    служит служи слугув воюва воева вступит вступ армі арми army legion легіон легион батальйон батальон battalion бригад brigade enlist
    recruit рекрут serve serves serving мобіліз мобилиз mobiliz mobilis присяг доброволец добровольц добровольч доброволч volunteer fight
    fights fighting fought сражат боротис бороться ополчен приєднат приєднує присоедин joins joining підрозділ подразделен
"""
_TELL = """
    розвід разведк разведыв разведд intel intelligence information informant інформац информац відомост сведен допит допрос interrogat
    debrief розпові розкаж рассказ расскаж tells telling disclos reveal викри координат coordinat позиці позици position співробітн
    сотруднич співпрац cooperat collaborat доніс донос spy spies шпигун шпион знає знает knows свідч свидетельств testif
"""
# Beside a condition these too: on its own an offer may promise papers, secrecy or a service.
_ALSO = {
    "enlist": "служб service контракт contract armed присяга oath join воин воїн soldier formation unit unіt",
    "tell": """
        inform інформ информ повідом сообщ видат видасть выдает выдать карти карты карту map maps документ document шифр cipher пароль
        password code codes код коды частот frequenc agent агент таємн тайны секрет secret names naming назве назов knowledge questioning
        відео видео video інтервю интервью interview propaganda пропаганд
    """,
}
_ALONE = {"enlist": frozenset[str](), "tell": frozenset({normal("tell"), normal("told")})}


def _stems(words: str) -> Stems:
    return Stems(normal(word) for word in words.split())


_MAY = _stems(_THING + _WILL + _HOW)
_SMALL = frozenset(normal(word) for word in _EXACT.split())
_OF_THING, _OF_WILL = _stems(_THING), _stems(_WILL)
_NEVER = {"enlist": _stems(_ENLIST), "tell": _stems(_TELL)}
_NEVER_IN_A_CONDITION = {
    "enlist": _stems(_ENLIST + _ALSO["enlist"]),
    "tell": _stems(_TELL + _ALSO["tell"]),
}
_WHY = {
    "enlist": N_(
        "A promise hangs here on serving or fighting: {words}. No promise may (GC III 130)."
    ),
    "tell": N_(
        "A promise hangs here on what he tells or shows: {words}. No promise may (GC III 17)."
    ),
}


def may_hang_on(conditions: str) -> Refusal | None:
    """Judge the conditions of a reward, one a line; "" for none.

    A line speaks of a thing that is handed over or of his own will, in the words above alone.
    """
    refused = _refused(conditions, _NEVER_IN_A_CONDITION)
    if refused:
        return refused
    for line in filter(str.strip, conditions.splitlines()):
        words = words_of(clean(line))
        strange = [word.shown for word in words if not _known(word)]
        if strange or not any(_of(word, _OF_THING) or _of(word, _OF_WILL) for word in words):
            return Refusal(
                "offer.condition",
                said(
                    "This condition is not one that is read as allowed: {line} ({words}).",
                    line=line.strip(),
                    words=listed(strange) if strange else line.strip(),
                ),
                "A reward may hang on a thing that is handed over and on coming of his own will. Say it in plain words of those.",
            )
    return None


def hangs_on_him(texts: Iterable[str]) -> Refusal | None:
    """Refuse words of an offer that make it a price for serving or for telling, wherever they stand."""
    return next(filter(None, (_refused(text, _NEVER) for text in texts)), None)


def _refused(text: str, never: Mapping[str, Stems]) -> Refusal | None:
    for kind, stems in never.items():
        hits = list(dict.fromkeys(_hits(text, stems, _ALONE[kind])))
        if hits:
            return Refusal(
                f"offer.hangs_on_{kind}",
                Said(_WHY[kind], {"words": ", ".join(f"“{hit}”" for hit in hits[:3])}),
                "Take it out: a reward may hang on a thing that is handed over and on coming of his own will.",
            )
    return None


def _hits(text: str, stems: Stems, alone: Collection[str]) -> Iterator[str]:
    cleaned = clean(text)
    words = words_of(cleaned)
    for word in [*words, *joined(words, cleaned, begins=stems.begun)]:
        if word.readings & set(alone) or (_of(word, stems) and not _of(word, _OF_WILL)):
            yield word.shown


def _of(word: Word, stems: Stems) -> bool:
    return any(map(stems.begins, word.readings))


def _known(word: Word) -> bool:
    return word.shown.isdigit() or bool(word.readings & _SMALL) or _of(word, _MAY)
