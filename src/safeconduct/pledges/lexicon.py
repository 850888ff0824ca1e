"""The words that make a text a promise, in the programme's languages. Pure data.

Deny by default: a word stands here when a promise can be made with it, even if it is also used
innocently; an operator then takes an offer, a plan, or another word. Stems are compared with
`folding.normal` readings; `=` before a word means the whole word only. To be read by native
speakers and a lawyer before use (N, L).
"""

import re
from collections.abc import Mapping

from safeconduct.pledges.folding import normal
from safeconduct.pledges.stems import Stems

READ_LANGUAGES = frozenset({"ru", "uk", "en", "fr", "sw"})

_MONEY = """
=руб рубл =грн гривн гривен доллар долар =бакс =баксов =баксы =баксів евро =євро валют деньг =денег
=деньгам =гроши =грошей =грошима =грошами грошов вознагражд винагород =награда =награду =награды наградим
=нагорода =нагороду =нагороди выплат выплач виплат виплач заплат =платим =платят оплат оплач зарплат =премия
=премию =премії =премію =кэш =кеш наличн готівк биткоин біткоїн криптовал =купюр =компенсация компенсац =бонус
money cash dollar =usd =eur =rub =uah euro ruble rouble hryvn reward =pay =pays paid payment payout
salary bonus bounty bitcoin crypto compensat =bucks =grand =wage =wages =dengi =babki =бабки =бабло =грошики
argent franc récompens salaire =prime =payer payons pesa fedha shiling dola malipo tutalip tuzo zawadi
"""
_STATUS = """
амнист амніст помилов прощен пробачен гражданств громадянств подданств підданств паспорт убежищ притул
жительств проживан иммунитет імунітет легализ легаліз эвакуир эвакуац евакую евакуац
вывезем вивеземо =виза =визу =визы =віза =візу =жилье =жилья =жильем =жильё житл квартир трудоустр працевлашт отпустим отпустят
освобод відпустим відпустять звільнимо звільнять =посадят =посадим посадять судимост =простят
накажут покарають преследоват гавань гаван телевизор телевізор =кухня =кухню =кухни =кухні =кухней
душев пенси пенсі
amnest citizen passport asylum refuge residen immunit visa nationalit =haven =released
prosecut apartment evacuat televis kitchen =freed =exempt pension
grazhdanstv hromadianstv
amnisti asile =nationalité citoyen passeport naturalis liberé libér uraia msamaha hifadhi pasipoti ukimbizi
makazi
"""
_GUARANTEE = """
гарант обеща обіця =клянусь =клянемся =клянуся присяга honour promis guarant =swear
=vow =garanti garanti =promet promett =jure ahadi =dhamana
"""
_SCALE = """
тысяч тисяч миллион мільйон милион =тыс =тис =косарь =штук =лям =лимон миллиард мільярд сотн =сто =ста =двести
=двісті =триста =четыреста =чотириста пятьсот =полтинник =пятсот шестьсот семьсот восемьсот девятьсот
п'ятсот шістсот сімсот вісімсот дев'ятсот
thousand million hundred billion =mille =million =cent =cents elfu milioni =laki
"""
_NUMBER = """
=пять =пяти =шесть =шести =семь =восемь =восьми =девять =девяти =десять =десяти одиннадцат двенадцат
тринадцат четырнадцат пятнадцат шестнадцат семнадцат восемнадцат девятнадцат двадцат тридцат =сорок
пятьдесят шестьдесят семьдесят восемьдесят девяност =десяток =десятки полтор
=п'ять =п'яти =шість =шости =вісім =восьми =дев'ять =дев'яти одинадцят дванадцят тринадцят чотирнадцят
п'ятнадцят шістнадцят сімнадцят вісімнадцят дев'ятнадцят двадцят тридцят п'ятдесят шістдесят сімдесят вісімдесят
дев'яност
=five =six =seven =eight =nine =ten =eleven =twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen =twenty =thirty =forty =fifty =sixty =seventy =eighty =ninety =dozen
=cinq =sept =huit =neuf =dix =onze =douze =vingt =trente =quarante =cinquante
=tano =sita =saba =nane =tisa =kumi =ishirini =thelathini =hamsini
"""
_SMALL = """
=один =одну =одного =одна =два =две =двух =три =трех =четыре =четырех =дві =двох =трьох =чотири =чотирьох =сім
=пару =пара =пол =one =two =three =four =couple =half =deux =trois =quatre =moja =mbili =tatu =nne =через
=за =within =sous =baada =в =у =in =dans =on =every =each
"""
_UNIT = """
=час =часа =часов =часу =минут =минуты =минуту =годин =години =годину =хвилин =хвилини =хвилину =день =дня
=дней =днів =дні =неделю =недели =недель =тиждень =тижні =тижнів =месяц =месяца =месяцев =місяць =місяці =місяців
=сутки =суток =доба =добу =доби =діб =год =года =лет =рік =роки =років =метр =метра =метров =метрів =км =километр километр кілометр
=hour =hours =minute =minutes =day =days =week =weeks =month =months =year =years =metre =metres =km kilomet
=mile =miles =heure =heures =jour =jours =semaine =mois =saa =dakika =siku =wiki
"""
_TIME = """
=завтра =завтрашний =послезавтра =післязавтра полноч =полдень =полудень =полудня опівноч опівдні =полдня
рассвет світанк =світанку закат сумерк сутінк =полуночи =півночі =вторник =понедельник
=понедельника =вторника =среду =среда =четверг =четверга =пятницу =пятница =пятницы =субботу
=суббота =субботы воскресен =понеділок =понеділка =вівторок =вівторка =середу =середа =середи =четвер
=четверга =п'ятницю =п'ятниця =п'ятниці =суботу =субота =суботи =неділю =неділя =неділі
январ феврал =март =марта =апрель =апреля =апреле =мая =июнь =июня =июль =июля =август =августа
=сентябрь сентябр октябр ноябр декабр =січень =січня =лютого =лютий =березень =березня =квітень =квітня
=травень =травня =червень =червня =липень =липня =серпень =серпня =вересень =вересня =жовтень =жовтня
=листопад =листопада =грудень =грудня
tomorrow midnight =noon =midday =dawn =dusk sunset sunrise tonight =monday =tuesday =wednesday =thursday
=friday =saturday =sunday =january =february =april =june =july =august =september =october
=november =december o'clock =oclock
=demain minuit =midi =aube =crépuscule =lundi =mardi =mercredi =jeudi =vendredi =samedi =dimanche
=kesho jumatatu jumanne jumatano alhamisi ijumaa jumamosi jumapili =alfajiri =machweo
"""
_PLACE = """
=мост =моста =мосту =мостом =мосте =міст =церковь =церкви =церковью церкв перекрест перехрест кладбищ
кладовищ мельниц =млин =млина =школа =школы =школе =школу =школи =школі водокач водонапорн элеватор елеватор
лесополос лісосмуг =посадке =посадка =опушке опушк узлісс развилк роздоріж овраг =балке =балка =балки
=ферма =ферме =фермы =ферми =фермі =станция =станции =станцию =станція =станції колодец колодц колодяз карьер
кар'єр =дамба =дамбе =дамбы =дамбі =остановка =остановке =остановки =зупинка =зупинці памятник пам'ятник
блокпост =реке хутор
деревн =север =севере =северу =юг =юге =югу =восток =востоке =востоку =запад =западе =западу =північ =південь
=півдні =схід =захід =поворот =повороте =поворота
 =высота =высоту =высоте =висота =висоті
=bridge =bridges church crossroad junction cemeter graveyard windmill watermill =mill =school treeline tree-line
quarry =dam =barn =farm =station monument checkpoint riverbank =north =south =east =west
northern southern eastern western =hilltop =ravine =elevator =gate =turnoff =roadside
=pont =église =carrefour =rivière =village =école =nord =sud =ouest =daraja kanisa =mto =kijiji =shule
kaskazini kusini mashariki magharibi
"""

_KINDS = {
    "money": _MONEY,
    "status": _STATUS,
    "guarantee": _GUARANTEE,
    "number": _SCALE + _NUMBER,
    "time": _TIME,
    "place": _PLACE,
}


def _split(block: str) -> tuple[frozenset[str], Stems]:
    whole: set[str] = set()
    stems: set[str] = set()
    for entry in block.split():
        bare = normal(entry.removeprefix("="))
        (whole if entry.startswith("=") else stems).add(bare)
    return frozenset(whole), Stems(stems)


# kind → whole words, stems
KINDS: Mapping[str, tuple[frozenset[str], Stems]] = {
    kind: _split(block) for kind, block in _KINDS.items()
}
SMALL = _split(_SMALL)[0]
UNIT = _split(_UNIT)
# Swahili counts behind the noun: "siku mbili", two days.
BEHIND = frozenset({"moja", "mbili", "tatu", "nne"})
# Words that promise nothing beside these: "peke yako" is Swahili for alone, and its letters are also those of
# a Russian river; who says that he can promise nothing promises nothing; minors are asked their age.
INNOCENT_BESIDE = re.compile(
    r"\bpeke(?=\W+(?:yangu|yako|yake|yetu|yenu|yao)\b)"
    r"|\bpekee(?=\W+(?:tu|wa|ya|na|a)\w+)"
    r"|\bpay(?:ing)?(?=\W+(?:attention|heed)\b)"
    r"|\brub(?=\W+(?:your|it|them|the|my|his|her|gently)\b)"
    r"|\bне\W+(?:могу|можу|можем|можемо|буду|будем|будемо|стану|станем)(?:\W+\w+){0,2}?"
    r"\W+(?:обещать|обіцяти|гарантировать|гарантувати)\b"
    r"|\bne\W+(?:mogu|mozhu|mozhem|mozhemo|mozemo|budu|budem|budemo|stanu)(?:\W+\w+){0,2}?"
    r"\W+(?:obesch?at|obeshch?at|obitsiat|obitsyat|obicat|obiciat|garantirovat|harantuvat)\w*"
    r"|\b(?:обещать|обіцяти|гарантировать|гарантувати)(?:\W+\w+){0,3}?\W+не\W+(?:могу|можу|можем|можемо|буду|будем|будемо)\b"
    r"|\b(?:obesch?at|obeshch?at|obitsiaty?|obitsyaty?|obiciaty?)(?:\W+\w+){0,3}?\W+ne\W+(?:mogu|mozhu|mozhem|budu)\b"
    r"|\b(?:can't|cannot|can\W+not|won't)(?:\W+\w+){0,2}?\W+(?:promise|guarantee)\b"
    r"|\b(?:восемнадцать|вісімнадцять|eighteen)(?=\W*(?:лет|років|years)?\W*\?)"
)
_PART_OF_DAY = r"(?:(?:к|до|під|на|by|in|this)\W+)?(?:the\W+)?(?:(?:вечер|утр|вечор|ранк)\w+|ноч(?:ью|и|і)|вночі|ввечері|увечері|вранці|завтра|tomorrow|tonight|evening|morning|night)"
_FORETOLD = (
    r"(?:(?:обеща|обіця|переда|ожида|очіку)\w+|expected|forecast|coming|on\W+its\W+way|будет|буде)"
)
_WEATHER = r"(?:(?:сильн|холодн|heavy|cold)\w*\W+)?(?:дожд|дощ|снег|сніг|мороз|ветер|вітер|туман|rain|snow|fog|wind|frost)\w*"
# Who foretells the weather promises nothing and sets no deadline.
FORECAST = re.compile(
    rf"(?i)\b{_PART_OF_DAY}\W+(?:{_FORETOLD}\W+)?{_WEATHER}\b"
    rf"|\b{_FORETOLD}\W+{_WEATHER}(?:\W+{_PART_OF_DAY}\b)?"
    rf"|\b{_WEATHER}\W+(?:(?:is|are)\W+)?{_FORETOLD}(?:\W+{_PART_OF_DAY}\b)?"
)
# Innocent words one letter from a stem: never taken for its misspelling.
INNOCENT = tuple(
    normal(word)
    for word in [
        "гражданск",
        "граждан",
        "громадськ",
        "громадян",
        "мирн",
        "прощай",
        "прощальн",
        "совест",
        "совет",
        "рассвета",
        "свобод",
        "жизн",
        "оплот",
        "выплак",
        "заплак",
        "запах",
        "отпуск",
        "пастор",
        "проста",
        "прости",
        "простит",
        "слово",
        "прошу",
        "просить",
        "заплыв",
        "простой",
        "повтор",
        "gardon",
        "gardez",
        "tunahifadhi",
        "message",
        "passing",
        "paying",
        "painful",
        "prison",
        "present",
        "person",
        "resident's",
        "refuse",
        "refused",
        "refuses",
        "refusal",
        "caution",
        "vision",
        "arent",
        *(
            "президент",
            "полност",
            "полног",
            "полном",
            "полны",
            "полная",
            "полной",
            "расч",
            "раст",
            "молод",
            "дерев",
            "древ",
        ),
        *(
            "наличи",
            "процент",
            "побач",
            "помилок",
            "помиля",
            "помилк",
            "рівен",
            "рівн",
            "пристр",
            "прибу",
        ),
        *("хмельни", "сутич", "спрощ", "прощан", "соотнош", "рубаш", "грант", "присяг", "мельник"),
        *(
            "given",
            "president",
            "presid",
            "probab",
            "minute",
            "summer",
            "count",
            "double",
            "mission",
            "agent",
        ),
        *(
            "trouble",
            "function",
            "magazin",
            "honor",
            "grant",
            "regard",
            "liber",
            "driven",
            "ship",
            "promot",
            "clock",
        ),
        *(
            "liquid",
            "promin",
            "proven",
            "suspen",
            "warrant",
            "tension",
            "evalu",
            "legal",
            "compromis",
            "smil",
        ),
        *(
            "urgent",
            "violat",
            "provision",
            "laugh",
            "layout",
            "human",
            "humane",
            "prompt",
            "permis",
            "promiscuous",
        ),
        *("посторон", "сторон", "samahani", "retard"),
        *(
            "fragment",
            "garment",
            "argument",
            "parent",
            "grenade",
            "chilling",
            "shining",
            "sailing",
            "easter",
        ),
    ]
)

THREAT_STEMS = Stems(
    normal(stem)
    for stem in [
        "уничтож",
        "знищ",
        "истреб",
        "винищ",
        "ліквід",
        "ликвид",
        "ultimatum",
        "ультиматум",
        "exterminat",
        "annihilat",
        "расстрел",
        "розстріл",
        "перебьем",
        "переб'ємо",
        "сожжем",
        "спалимо",
        "execut",
        "slaughter",
        "пристрел",
        "пристріл",
        "tutawaua",
        "mtauawa",
        "exécut",
        "massacr",
    ]
)
