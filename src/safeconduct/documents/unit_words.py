"""Words of the unit's page and under its cards, in the languages of the staff. Drafts (N).

The lines of law are short for somebody who stands in the cold: the articles are named so that a
lawyer can hold each against its text (L).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

SPEAKS = ("en", "uk", "ru")
LINES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "title": (
            "For the unit that receives him",
            "Для підрозділу, що приймає",
            "Для принимающего подразделения",
        ),
        "always": (
            "Wrong sign, wrong answer, another number of people, nobody you expect: the same protection "
            "for each of them. What does not fit is reported, never punished.",
            "Інший знак, інша відповідь, інша кількість людей, не той, кого чекали: захист для кожного "
            "той самий. Про те, що не збігається, доповідають; за це не карають.",
            "Другой знак, другой ответ, другое число людей, не тот, кого ждали: защита для каждого та же. "
            "О том, что не совпадает, докладывают; за это не наказывают.",
        ),
        "signs": ("What he shows", "Що він показує", "Что он показывает"),
        "question": ("You ask", "Ви питаєте", "Вы спрашиваете"),
        "answer": ("He answers", "Він відповідає", "Он отвечает"),
        "heads": ("People expected", "Скільки людей чекаємо", "Сколько людей ожидается"),
        "alone": ("He comes alone.", "Він іде сам.", "Он идёт один."),
        "others": (
            "Those who come with him may know of nothing, and are asked to do nothing. Each has a case "
            "of his own; children first, families stay together.",
            "Ті, хто йде з ним, можуть нічого не знати; від них нічого не вимагають. У кожного своя "
            "справа; діти передусім, родини не розлучають.",
            "Те, кто идёт с ним, могут ничего не знать; от них ничего не требуют. У каждого своё дело; "
            "дети прежде всего, семьи не разлучают.",
        ),
        "form": (
            "What was answered (mark one), and how many came",
            "Що відповіли (позначте одне) і скільки прийшло",
            "Что ответили (отметьте одно) и сколько пришло",
        ),
        "fits": ("The answer fits", "Відповідь збігається", "Ответ совпадает"),
        "fits_not": (
            "It does not; nothing changes for him",
            "Не збігається; для нього нічого не змінюється",
            "Не совпадает; для него ничего не меняется",
        ),
        "cannot": (
            "He cannot answer: hurt, afraid, another language",
            "Не може відповісти: поранений, наляканий, інша мова",
            "Не может ответить: ранен, испуган, другой язык",
        ),
        "counted": (
            "Counted: ______  of them children: ______",
            "Полічено: ______  з них дітей: ______",
            "Сосчитано: ______  из них детей: ______",
        ),
        "not": ("What nobody does", "Чого не робить ніхто", "Чего не делает никто"),
        "not_shoot": (
            "Nobody shoots at, threatens or strikes one who gives himself up, is wounded, or can fight no more.",
            "Ніхто не стріляє, не погрожує й не б’є того, хто здається, поранений або не може битися.",
            "Никто не стреляет, не угрожает и не бьёт того, кто сдаётся, ранен или не может сражаться.",
        ),
        "not_search": (
            "No search with force or shame; a woman is searched by a woman. His protective gear stays with him.",
            "Жодного обшуку силою чи приниженням; жінку обшукує жінка. Захисне спорядження лишається в нього.",
            "Никакого обыска силой или унижением; женщину обыскивает женщина. Средства защиты остаются у него.",
        ),
        "not_ask": (
            "No questioning. Four things may be asked, and “no” is a full answer.",
            "Жодних допитів. Можна спитати чотири речі, і «ні» – повна відповідь.",
            "Никаких допросов. Можно спросить четыре вещи, и «нет» – полный ответ.",
        ),
        "not_picture": (
            "No picture, no film, no post: his family at home pays for it.",
            "Жодних фото, відео й дописів: за це заплатить його родина вдома.",
            "Никаких фото, видео и публикаций: за это заплатит его семья дома.",
        ),
        "not_take": (
            "Nothing of his is kept without a line on the receipt; identity papers stay with him.",
            "Нічого з його речей не беруть без запису в розписці; документи лишаються в нього.",
            "Ничего из его вещей не берут без записи в расписке; документы остаются у него.",
        ),
        "not_leave": (
            "Nobody goes to him over ground that was not looked at; nobody leaves him in the open.",
            "Ніхто не йде до нього необстеженою місцевістю; ніхто не лишає його на відкритому місці.",
            "Никто не идёт к нему по непроверенной местности; никто не оставляет его на открытом месте.",
        ),
        "law": (
            "What the Third Geneva Convention asks of you",
            "Чого вимагає від вас Третя Женевська конвенція",
            "Чего требует от вас Третья Женевская конвенция",
        ),
        "humane": (
            "13, 14: humane at all times; no violence, insult, public curiosity, reprisal.",
            "13, 14: завжди гуманно; без насильства, образ, цікавості юрби, репресалій.",
            "13, 14: всегда гуманно; без насилия, оскорблений, любопытства толпы, репрессалий.",
        ),
        "no_adverse": (
            "16: the same for everybody, whatever he is, believes or did.",
            "16: однаково для кожного, хто б він не був, у що б не вірив і що б не зробив.",
            "16: одинаково для каждого, кем бы он ни был, во что бы ни верил и что бы ни сделал.",
        ),
        "four": (
            "17: name, rank, date of birth, service number; no pressure for anything more.",
            "17: ім’я, звання, дата народження, особистий номер; жодного тиску заради більшого.",
            "17: имя, звание, дата рождения, личный номер; никакого давления ради большего.",
        ),
        "things": (
            "18: effects and helmet stay his; money only on an officer’s order, entered, with a receipt.",
            "18: речі й шолом лишаються його; гроші – лише за наказом офіцера, із записом і розпискою.",
            "18: вещи и каска остаются его; деньги – только по приказу офицера, с записью и распиской.",
        ),
        "care": (
            "15, 30: water, food, warmth, a medic first for whoever needs one most.",
            "15, 30: вода, їжа, тепло; медик спершу до того, кому найгірше.",
            "15, 30: вода, еда, тепло; медик сначала к тому, кому хуже всех.",
        ),
        "away": (
            "19, 20: out of danger as soon as it can be done, fed and guarded on the way.",
            "19, 20: якнайшвидше з небезпеки, із їжею й охороною в дорозі.",
            "19, 20: как можно скорее из опасности, с едой и охраной в пути.",
        ),
        "call": (
            "Whom to call, at once, when anything differs",
            "Кому дзвонити одразу, якщо щось не так",
            "Кому звонить сразу, если что-то не так",
        ),
        "commander": (
            "Passage commander", "Командир переходу", "Командир перехода",
        ),
        "medic": ("Medic", "Медик", "Медик"),
        "reception": ("Reception officer", "Офіцер приймання", "Офицер приёма"),
        "channel": (
            "channel, call sign (by hand)",
            "канал, позивний (від руки)",
            "канал, позывной (от руки)",
        ),
        "burn": (
            "Destroy this page when he is with you, when all is called off, and when your unit is relieved: "
            "say so at once, for your read-back goes with you. It bears no place and no hour; write none on it.",
            "Знищте цей аркуш, коли він у вас, коли все скасовано і коли ваш підрозділ змінено: скажіть про це "
            "одразу, бо ваш повтор іде з вами. На ньому немає ні місця, ні години; не пишіть їх.",
            "Уничтожьте этот лист, когда он у вас, когда всё отменено и когда ваше подразделение сменено: скажите "
            "об этом сразу, ваш повтор уходит с вами. На нём нет ни места, ни часа; не пишите их.",
        ),
    }
)  # fmt: skip
CARDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "hands": ("show your hands", "покажіть руки", "покажите руки"),
        "weapon_down": ("put the weapon down", "покладіть зброю", "положите оружие"),
        "how_many": ("how many are you", "скільки вас", "сколько вас"),
        "sit": ("sit down", "сядьте", "сядьте"),
        "safe": (
            "nobody will hurt you", "ніхто вас не скривдить", "никто вас не тронет",
        ),
        "water": ("water", "вода", "вода"),
        "doctor": ("a doctor", "лікар", "врач"),
        "wait": ("wait", "зачекайте", "подождите"),
    }
)  # fmt: skip
