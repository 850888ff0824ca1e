"""The words of time in the programmes' languages, folded. Pure data, to be read by natives (N).

Folding makes one of what typists confuse, so one spelling here often serves both Slavic languages.
"""

from safeconduct.pledges.folding import normal

MORNING, DAY, EVENING, NIGHT = "morning", "day", "evening", "night"


def folded(words: str) -> frozenset[str]:
    """Return the words of a line, folded."""
    return frozenset(map(normal, words.split()))


def numbers(lines: dict[str, int]) -> dict[str, int]:
    """Return a table word → number, folded."""
    return {normal(word): value for words, value in lines.items() for word in words.split()}


CARDINALS = numbers({
    "один одна одну одного одной одної одну one": 1, "два две дві двух двох two": 2,
    "три трех трьох three": 3, "четыре чотири четырех чотирьох four": 4,
    "пять п'ять пяти п'яти five": 5, "шесть шість шести шести six": 6, "семь сім семи семи seven": 7,
    "восемь вісім восьми восьми eight": 8, "девять дев'ять девяти дев'яти nine": 9,
    "десять десяти ten": 10, "одиннадцать одинадцять одиннадцати одинадцяти eleven": 11,
    "двенадцать дванадцять двенадцати дванадцяти twelve": 12, "пятнадцать п'ятнадцять fifteen": 15,
    "двадцать двадцять twenty": 20, "тридцать тридцять thirty": 30, "сорок forty": 40,
    "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8, "neuf": 9, "dix": 10, "onze": 11,
})  # fmt: skip
# "о шостій", "половина шестого", "пів на шосту": the hour as an ordinal.
ORDINALS = numbers({
    "первого первом первый перша першу першої першій": 1, "второго втором друга другу другої другій": 2,
    "третьего третьем третя третю третьої третій": 3, "четвертого четверта четверту четвертої четвертій": 4,
    "пятого п'ята п'яту п'ятої п'ятій": 5, "шестого шоста шосту шостої шостій": 6,
    "седьмого сьома сьому сьомої сьомій": 7, "восьмого восьма восьму восьмої восьмій": 8,
    "девятого дев'ята дев'яту дев'ятої дев'ятій": 9, "десятого десята десяту десятої десятій": 10,
    "одиннадцатого одинадцята одинадцяту одинадцятої одинадцятій": 11,
    "двенадцатого дванадцята дванадцяту дванадцятої дванадцятій": 12,
})  # fmt: skip
DAYS = numbers({
    "сегодня сьогодні today": 0, "завтра tomorrow": 1, "послезавтра післязавтра": 2, "вчера вчора yesterday": -1,
    "aujourd'hui leo": 0, "demain kesho": 1, "après-demain keshokutwa": 2, "hier jana": -1,
})  # fmt: skip
WEEKDAYS = numbers({
    "понедельник понеділок monday": 0, "вторник вівторок tuesday": 1,
    "среда среду середа середу wednesday": 2, "четверг четвер thursday": 3,
    "пятница пятницу п'ятниця п'ятницю friday": 4, "суббота субботу субота суботу saturday": 5,
    "воскресенье неділя неділю sunday": 6,
    "lundi jumatatu": 0, "mardi jumanne": 1, "mercredi jumatano": 2, "jeudi alhamisi": 3, "vendredi ijumaa": 4,
    "samedi jumamosi": 5, "dimanche jumapili": 6,
})  # fmt: skip
MONTHS = numbers({
    "января січня january jan": 1, "февраля лютого february feb": 2, "марта березня march": 3,
    "апреля квітня april": 4, "мая травня may": 5, "июня червня june": 6, "июля липня july": 7,
    "августа серпня august aug": 8, "сентября вересня september sept": 9, "октября жовтня october oct": 10,
    "ноября листопада november nov": 11, "декабря грудня december dec": 12,
})  # fmt: skip
PARTS = {normal(word): part for words, part in {
    "утра утром утро утречком ранку вранці уранці зранку рано morning am dawn": MORNING,
    "рассвете світанку": MORNING,
    "дня днем день вдень удень обеда обіду обід обеде afternoon pm": DAY,
    "вечера вечером вечер вечора ввечері увечері вечір evening": EVENING,
    "ночи ночью ночь ночі вночі уночі ніч night tonight": NIGHT,
    "matin asubuhi alfajiri": MORNING, "après-midi mchana": DAY, "soir jioni": EVENING, "nuit usiku": NIGHT,
}.items() for word in words.split()}  # fmt: skip
NOONS = folded("полдень полудень опівдні noon midday midi")
NO = "non"  # French, and once folded as "noon" is
MIDNIGHTS = folded("полночь полуночи опівночі північ midnight minuit")
HOUR_WORDS = folded("час часа часов часам часу годин години годину година годині ч год г oclock hour hours h hrs heure heures")  # fmt: skip
MINUTE_WORDS = folded("минут минуты минуту минута хвилин хвилини хвилину мин хв minutes minute min mins")  # fmt: skip
DAY_SPANS = folded("день дня дней дні днів days day суток доба доби діб")
WEEK_SPANS = folded("неделю недели недель тиждень тижні тижнів week weeks")
HALVES = folded("пол пів половина половині половине half")
HALF_HOURS = folded("полчаса півгодини")
ONE_AND_HALF = folded("полтора півтори")
QUARTERS = folded("четверть четверти чверть чверті quarter")
LESS = folded("без за to")
MORE = folded("past на по")
AHEAD = folded("через за in within протягом dans")
AGO = folded("назад тому ago")
AT = folded("в у о об к до после після около біля близько at by around about before after till until на with с з from à vers dès avant après")  # fmt: skip
ABOUT = folded("около біля близько around about где-то десь примерно приблизно")
FILL = AT | folded("du где десь то примерно приблизно the this of on будет буде ровно рівно и і")  # fmt: skip
# In Swahili "saa" goes before the hour, which counts from sunrise or sunset: "saa moja" is seven.
SAA = folded("saa")
SAA_HOURS = numbers({
    "moja": 1, "mbili": 2, "tatu": 3, "nne": 4, "tano": 5, "sita": 6, "saba": 7, "nane": 8, "tisa": 9, "kumi": 10,
})  # fmt: skip
SAA_AND = folded("na")
SAA_MORE = numbers({"nusu": 30, "robo": 15})
SAA_SPANS = folded("ya baada kila kwa")  # "baada ya saa mbili": after two hours, or after eight
# After "в 5" these make it a number of something else.
NOT_HOURS = tuple(folded(
    "км килом кілом метр рот бригад батал полк взвод дом буд кварт этаж поверх школ чел люд раз пункт отдел арми армі група групп дивиз дивіз лет років км% процент тыс тис грн руб дол km met men people company unit per"
))  # fmt: skip
# What a time may begin with. Of a text that has none of it nothing is looked at twice.
FIRSTS = (
    frozenset(CARDINALS) | frozenset(ORDINALS) | frozenset(DAYS) | frozenset(WEEKDAYS) | frozenset(MONTHS)
    | frozenset(PARTS) | NOONS | MIDNIGHTS | HALVES | HALF_HOURS | ONE_AND_HALF | QUARTERS | LESS | AHEAD
    | HOUR_WORDS | MINUTE_WORDS | SAA | frozenset({"day", "a", "an"})
)  # fmt: skip
