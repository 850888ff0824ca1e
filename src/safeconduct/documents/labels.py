"""Words on the capture card and the property receipt, in the languages of the programmes. Drafts (N).

Fourteen labels of the card in the order of GC III Annex IV B, and what the receipt says. A native
speaker checks them.
"""

from types import MappingProxyType

CARD_TITLE = MappingProxyType(
    {
        "en": "Capture card for prisoner of war",
        "ru": "Карточка о взятии в плен",
        "uk": "Картка про взяття в полон",
        "fr": "Carte de capture de prisonnier de guerre",
        "sw": "Kadi ya mfungwa wa vita",
    }
)
CARD_LABELS = MappingProxyType(
    {
        "en": (
            *("Power on which he depends", "Name", "First names in full", "First name of father"),
            *(
                "Date of birth",
                "Place of birth",
                "Rank",
                "Service number",
                "Address of next of kin",
            ),
            *("Taken on, coming from", "State of health", "Prisoner number and camp", "Date"),
            "Signature",
        ),
        "ru": (
            *("Держава", "Фамилия", "Имена полностью", "Имя отца", "Дата рождения"),
            *("Место рождения", "Звание", "Личный номер", "Адрес родных"),
            *("Взят в плен, прибыл из", "Состояние здоровья", "Номер и лагерь", "Дата"),
            "Подпись",
        ),
        "uk": (
            *("Держава", "Прізвище", "Імена повністю", "Ім’я батька", "Дата народження"),
            *("Місце народження", "Звання", "Особистий номер", "Адреса рідних"),
            *("Взятий у полон, прибув з", "Стан здоров’я", "Номер і табір", "Дата"),
            "Підпис",
        ),
        "fr": (
            *("Puissance dont il dépend", "Nom", "Prénoms en entier", "Prénom du père"),
            *("Date de naissance", "Lieu de naissance", "Grade", "Numéro matricule"),
            *("Adresse de la famille", "Pris le, venant de", "État de santé", "Numéro et camp"),
            *("Date", "Signature"),
        ),
        "sw": (
            *("Dola yake", "Jina la ukoo", "Majina yote", "Jina la baba", "Tarehe ya kuzaliwa"),
            *("Mahali pa kuzaliwa", "Cheo", "Namba ya askari", "Anwani ya jamaa"),
            *("Alichukuliwa tarehe, kutoka", "Hali ya afya", "Namba na kambi", "Tarehe"),
            "Sahihi",
        ),
    }
)
HEALTH_WORDS = MappingProxyType(
    {
        "good": {"en": "good", "ru": "хорошее", "uk": "добрий", "fr": "bon", "sw": "nzuri"},
        "not_wounded": {
            "en": "not wounded", "ru": "не ранен", "uk": "не поранений", "fr": "non blessé",
            "sw": "hana jeraha",
        },
        "recovered": {
            "en": "recovered", "ru": "выздоровел", "uk": "одужав", "fr": "guéri", "sw": "amepona",
        },
        "convalescent": {
            "en": "convalescent", "ru": "выздоравливает", "uk": "одужує", "fr": "convalescent",
            "sw": "anapona",
        },
        "sick": {"en": "sick", "ru": "болен", "uk": "хворий", "fr": "malade", "sw": "mgonjwa"},
        "slightly_wounded": {
            "en": "slightly wounded", "ru": "легко ранен", "uk": "легко поранений",
            "fr": "légèrement blessé", "sw": "jeraha dogo",
        },
        "seriously_wounded": {
            "en": "seriously wounded", "ru": "тяжело ранен", "uk": "тяжко поранений",
            "fr": "grièvement blessé", "sw": "jeraha kubwa",
        },
    }
)  # fmt: skip
RECEIPT_LABELS = MappingProxyType(
    {
        "en": ("Receipt for effects and money", "Taken into keeping by", "Keeper", "Owner"),
        "ru": ("Расписка за вещи и деньги", "Принял на хранение", "Хранитель", "Владелец"),
        "uk": ("Розписка за речі й гроші", "Прийняв на зберігання", "Зберігач", "Власник"),
        "fr": ("Reçu pour effets et argent", "Pris en garde par", "Gardien", "Propriétaire"),
        "sw": ("Stakabadhi ya mali na fedha", "Imepokelewa na", "Mtunzaji", "Mwenyewe"),
    }
)
