"""Words on the sheets that stand beside card and receipt. Drafts (N): a native speaker checks them.

Each is written once in every language of the programmes; what the card has a label for takes it from
there.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from safeconduct.documents.labels import CARD_LABELS, HEALTH_WORDS

LANGUAGES = ("en", "ru", "uk", "fr", "sw")
_CARD = (
    *("power", "name", "first_names", "father", "birth_date", "birthplace", "rank"),
    *("service_number", "kin_address", "taken_on", "health"),
)
_WORDS: Mapping[str, Sequence[str]] = {
    # titles
    "equipment_receipt": (
        "Receipt for equipment handed over",
        "Расписка за переданную технику и оружие",
        "Розписка за передані техніку й зброю",
        "Reçu pour le matériel remis",
        "Stakabadhi ya vifaa vilivyokabidhiwa",
    ),
    "medical_note": (
        "Medical note",
        "Медицинская записка",
        "Медична записка",
        "Note médicale",
        "Maelezo ya daktari",
    ),
    "notice": (
        "Notice to the National Information Bureau",
        "Сообщение в Национальное справочное бюро",
        "Повідомлення до Національного інформаційного бюро",
        "Avis au Bureau national de renseignements",
        "Taarifa kwa Ofisi ya Taifa ya Habari",
    ),
    "transfer": (
        "Notice of transfer",
        "Извещение о переводе",
        "Повідомлення про переведення",
        "Avis de transfert",
        "Taarifa ya uhamisho",
    ),
    "release": (
        "Release paper",
        "Документ об освобождении",
        "Документ про звільнення",
        "Attestation de libération",
        "Hati ya kuachiliwa",
    ),
    "evacuees": (
        "List of those evacuated",
        "Список эвакуируемых",
        "Список евакуйованих",
        "Liste des évacués",
        "Orodha ya wanaohamishwa",
    ),
    "death_certificate": (
        "Certificate of death",
        "Свидетельство о смерти",
        "Свідоцтво про смерть",
        "Certificat de décès",
        "Cheti cha kifo",
    ),
    "statement": (
        "Statement of promises",
        "Справка об обещаниях",
        "Довідка про обіцянки",
        "Relevé des promesses",
        "Taarifa ya ahadi",
    ),
    "inspection": (
        "Inspection of custody",
        "Проверка условий содержания",
        "Перевірка умов тримання",
        "Inspection des conditions de détention",
        "Ukaguzi wa mahali pa kizuizi",
    ),
    # what stands in a row or over a column
    "case": ("Case", "Дело", "Справа", "Dossier", "Faili"),
    "names": (
        "Surname and first names",
        "Фамилия и имена",
        "Прізвище та імена",
        "Nom et prénoms",
        "Jina la ukoo na majina",
    ),
    "prisoner_number": (
        "Prisoner number",
        "Номер военнопленного",
        "Номер військовополоненого",
        "Numéro de prisonnier",
        "Namba ya mfungwa",
    ),
    "camp": ("Camp", "Лагерь", "Табір", "Camp", "Kambi"),
    "date": ("Date", "Дата", "Дата", "Date", "Tarehe"),
    "by": ("By", "Кем", "Ким", "Par", "Na"),
    "amount": ("Sum", "Сумма", "Сума", "Somme", "Kiasi"),
    "money": ("Money", "Деньги", "Гроші", "Argent", "Fedha"),
    "what": ("What it is", "Что", "Що", "Objet", "Kitu"),
    "serial": (
        "Serial number",
        "Заводской номер",
        "Заводський номер",
        "Numéro de série",
        "Namba ya kifaa",
    ),
    "serviceable": (
        "Suitable for use",
        "Исправно",
        "Справне",
        "En état de marche",
        "Kinafaa kutumika",
    ),
    "made_safe_by": (
        "Made safe by",
        "Обезврежено кем",
        "Знешкоджено ким",
        "Mis en sûreté par",
        "Kimewekwa salama na",
    ),
    "offer": (
        "Offer version",
        "Версия предложения",
        "Версія пропозиції",
        "Version de l’offre",
        "Toleo la ofa",
    ),
    "injuries": (
        "What was found",
        "Что установлено",
        "Що виявлено",
        "Constatations",
        "Kilichoonekana",
    ),
    "treatment": (
        "What was done",
        "Что сделано",
        "Що зроблено",
        "Soins donnés",
        "Matibabu yaliyotolewa",
    ),
    "fit": (
        "Fit for the way and for custody",
        "Годен к дороге и содержанию",
        "Придатний до дороги й тримання",
        "Apte au trajet et à la détention",
        "Anafaa kwa safari na kizuizi",
    ),
    "about": ("About", "О чём", "Про що", "Objet de l’avis", "Kuhusu"),
    "why": ("Reason", "Причина", "Причина", "Motif", "Sababu"),
    "choice": (
        "His own choice, asked alone",
        "Его выбор, наедине",
        "Його вибір, наодинці",
        "Son choix, recueilli seul à seul",
        "Chaguo lake, alipoulizwa peke yake",
    ),
    "papers": (
        "Papers given",
        "Выданные документы",
        "Видані документи",
        "Papiers remis",
        "Hati alizopewa",
    ),
    "party": (
        "Receiving party",
        "Принимающая сторона",
        "Сторона, що приймає",
        "Partie d’accueil",
        "Upande unaompokea",
    ),
    "died_at": (
        "Died on, at",
        "Умер: дата и время",
        "Помер: дата й час",
        "Décédé le, à",
        "Alifariki tarehe, saa",
    ),
    "died_where": (
        "Place of death",
        "Место смерти",
        "Місце смерті",
        "Lieu du décès",
        "Mahali alipofariki",
    ),
    "cause": (
        "Cause of death",
        "Причина смерти",
        "Причина смерті",
        "Cause du décès",
        "Sababu ya kifo",
    ),
    "burial": (
        "Burial: date, place, grave",
        "Погребение: дата, место, могила",
        "Поховання: дата, місце, могила",
        "Inhumation : date, lieu, tombe",
        "Mazishi: tarehe, mahali, kaburi",
    ),
    "inquiry": (
        "Inquiry: who leads it",
        "Расследование: кто ведёт",
        "Розслідування: хто веде",
        "Enquête : qui la mène",
        "Uchunguzi: nani anauongoza",
    ),
    "promise": ("Promise", "Обещание", "Обіцянка", "Promesse", "Ahadi"),
    "shown_at": ("Shown on", "Показано", "Показано", "Montrée le", "Ilionyeshwa"),
    "due_at": ("Due on", "Срок", "Строк", "Échéance", "Tarehe ya mwisho"),
    "stands": ("Where it stands", "Состояние", "Стан", "État", "Hali"),
    "receipt": (
        "His receipt",
        "Его расписка",
        "Його розписка",
        "Son reçu",
        "Stakabadhi yake",
    ),
    "line": (
        "What is owed to everybody",
        "Что положено каждому",
        "Що належить кожному",
        "Ce qui est dû à tous",
        "Kinachostahili kila mtu",
    ),
    "found": ("Found", "Найдено", "Виявлено", "Constaté", "Kilichokutwa"),
    # values
    "yes": ("yes", "да", "так", "oui", "ndiyo"),
    "no": ("no", "нет", "ні", "non", "hapana"),
    "refused": (
        "refused, which is his right",
        "отказался, это его право",
        "відмовився, це його право",
        "refusé, c’est son droit",
        "amekataa, ni haki yake",
    ),
    "undecided": ("not yet", "ещё нет", "ще ні", "pas encore", "bado"),
    "unknown": ("unknown", "неизвестно", "невідомо", "inconnu", "haijulikani"),
    "met": ("kept", "соблюдено", "дотримано", "respecté", "imetimizwa"),
    "unmet": ("not kept", "не соблюдено", "не дотримано", "non respecté", "haijatimizwa"),
    "unseen": (
        "not inspected",
        "не проверено",
        "не перевірено",
        "pas inspecté",
        "haijakaguliwa",
    ),
    "move": ("moved", "переведён", "переведено", "transféré", "amehamishwa"),
    "hospital": (
        "taken to hospital",
        "помещён в госпиталь",
        "поміщено до шпиталю",
        "hospitalisé",
        "amelazwa hospitalini",
    ),
    "sick": ("fallen sick", "заболел", "захворів", "tombé malade", "ameugua"),
    "exchange": ("exchange", "обмен", "обмін", "échange", "kubadilishana wafungwa"),
    "stay": (
        "to stay in the country",
        "остаться в стране",
        "залишитися в країні",
        "rester dans le pays",
        "kubaki nchini",
    ),
    "asylum": ("asylum", "убежище", "притулок", "asile", "hifadhi"),
    "third_country": (
        "a third country",
        "третья страна",
        "третя країна",
        "un pays tiers",
        "nchi ya tatu",
    ),
    "SHOWN": ("shown", "показано", "показано", "montrée", "imeonyeshwa"),
    "ACCEPTED": ("accepted", "принято", "прийнято", "acceptée", "imekubaliwa"),
    "DUE": ("due", "срок наступил", "строк настав", "échue", "imefika"),
    "FULFILLED": ("kept", "выполнено", "виконано", "tenue", "imetimizwa"),
    "FAILED": (
        "not kept; a remedy is written down",
        "не выполнено; возмещение записано",
        "не виконано; відшкодування записано",
        "non tenue ; la réparation est notée",
        "haikutimizwa; fidia imeandikwa",
    ),
    "WAIVED": (
        "waived by him",
        "он отказался сам",
        "він відмовився сам",
        "il y a renoncé lui-même",
        "ameiacha mwenyewe",
    ),
    "bureau_notice": (
        "first notice",
        "первое сообщение",
        "перше повідомлення",
        "premier avis",
        "taarifa ya kwanza",
    ),
    "bureau_notice_escape": ("escape", "побег", "втеча", "évasion", "kutoroka"),
    "bureau_notice_release": ("release", "освобождение", "звільнення", "libération", "kuachiliwa"),
    "bureau_notice_civilian": (
        "civilian, wrongly routed",
        "гражданский, попал по ошибке",
        "цивільний, потрапив помилково",
        "civil, orienté par erreur",
        "raia, alielekezwa kimakosa",
    ),
    "bureau_notice_return": ("return", "возвращение", "повернення", "retour", "kurudi"),
    "bureau_notice_death": ("death", "смерть", "смерть", "décès", "kifo"),
    "bureau_transfer": (
        "transfer, or hospital",
        "перемещение или госпиталь",
        "переміщення або госпіталь",
        "transfert ou hôpital",
        "kuhamishwa au hospitali",
    ),
    "sick_weekly": (
        "weekly word on his health",
        "еженедельное сообщение о его здоровье",
        "щотижневе повідомлення про його здоров’я",
        "avis hebdomadaire sur sa santé",
        "taarifa ya kila wiki kuhusu afya yake",
    ),
    "notice_power": (
        "to the Power on which he depends",
        "державе, от которой он зависит",
        "державі, від якої він залежить",
        "à la Puissance dont il dépend",
        "kwa Dola yake",
    ),
    "notice_family": ("to his family", "его родным", "його рідним", "à sa famille", "kwa familia"),
    # who signs
    "for_us": (
        "For the detaining Power: name, rank, unit",
        "От держащей в плену державы: имя, звание, часть",
        "Від держави, що тримає в полоні: ім’я, звання, частина",
        "Pour la Puissance détentrice : nom, grade, unité",
        "Kwa Dola inayoshikilia: jina, cheo, kikosi",
    ),
    "himself": (
        "He himself (or: refused)",
        "Он сам (или: отказался)",
        "Він сам (або: відмовився)",
        "Lui-même (ou : refusé)",
        "Yeye mwenyewe (au: amekataa)",
    ),
    "receives": (
        "Receives them: name, rank, unit",
        "Принял: имя, звание, часть",
        "Прийняв: ім’я, звання, частина",
        "Les reçoit : nom, grade, unité",
        "Anayewapokea: jina, cheo, kikosi",
    ),
    "medic": ("Medic", "Медик", "Медик", "Soignant", "Mganga"),
}
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {key: dict(zip(LANGUAGES, said, strict=True)) for key, said in _WORDS.items()}
    | {
        field: {language: CARD_LABELS[language][n] for language in LANGUAGES}
        for n, field in enumerate(_CARD)
    }
)


def each(key: str, languages: Sequence[str]) -> list[str]:
    """Return a word in each of these languages, one that two languages share once."""
    said = WORDS[key]
    return list(dict.fromkeys(said[language] for language in languages))


def label(key: str, languages: Sequence[str]) -> str:
    """Return a word in each of these languages, in one line."""
    return " / ".join(each(key, languages))


def value(field: str, text: str, languages: Sequence[str]) -> str:
    """Return what stands in a field: in his languages where it is one of our words, else as written."""
    if field == "health" and text in HEALTH_WORDS:
        return " / ".join(HEALTH_WORDS[text][language] for language in languages)
    return label(text, languages) if text in _CODES else text


# Values that are written down as a code; whatever else he or anybody wrote stays as it is.
_CODES = frozenset(
    {
        *("yes", "no", "refused", "unknown", "met", "unmet", "unseen", "move", "hospital", "sick"),
        *("exchange", "stay", "asylum", "third_country", "undecided"),
        *("SHOWN", "ACCEPTED", "DUE", "FULFILLED", "FAILED", "WAIVED"),
        *("bureau_notice", "bureau_notice_escape", "bureau_notice_release"),
        *("bureau_notice_civilian", "bureau_notice_return", "notice_power", "notice_family"),
        *("sick_weekly", "bureau_notice_death", "bureau_transfer"),
    }
)
