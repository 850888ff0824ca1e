"""The capture card and the property receipt on paper: 15 x 10.5 cm, his language and two more.

GC III Annex IV B, articles 70 and 18. The same content gives the same bytes. There is no field for
how he was taken: years may await him at home for it. Labels are drafts until a native speaker has
read them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from safeconduct.documents.labels import CARD_LABELS, CARD_TITLE, HEALTH_WORDS, RECEIPT_LABELS
from safeconduct.documents.typeset import typeset


def three(languages: Sequence[str], *, his: str) -> list[str]:
    """Return his language first and two more of the programme's that have labels."""
    order = [his, *languages, "en", "fr"]
    return [lang for lang in dict.fromkeys(order) if lang in CARD_LABELS][:3]


def _label(texts: Mapping[str, Sequence[str]], index: int, languages: Sequence[str]) -> str:
    return " / ".join(texts[language][index] for language in languages)


def card_pdf(content: Mapping[str, str], *, languages: Sequence[str], on: datetime) -> bytes:
    """Return the card as a PDF.

    Args:
        content: the fields of `rules.CARD`; what is not there stays an empty line.
        languages: three, his own first, from `three`.
        on: the day that stands on the card.
    """
    names = " ".join(filter(None, (content.get("first_names"), content.get("father"))))
    health = HEALTH_WORDS.get(content.get("health", ""), {})
    number = ", ".join(filter(None, (content.get("prisoner_number"), content.get("camp"))))
    values = [
        content.get("power", ""),
        content.get("name", ""),
        names and content.get("first_names", ""),
        content.get("father", ""),
        content.get("birth_date", ""),
        content.get("birthplace", ""),
        content.get("rank", ""),
        content.get("service_number", ""),
        content.get("kin_address", ""),
        content.get("taken_on", ""),
        " / ".join(health.get(language, "") for language in languages).strip(" /"),
        number,
    ]
    rows = [
        {"number": n, "label": _label(CARD_LABELS, n - 1, languages), "value": value}
        for n, value in enumerate(values, start=1)
    ]
    return typeset(
        "card",
        {
            "title": " / ".join(CARD_TITLE[language] for language in languages),
            "law": "GC III 70, Annex IV B",
            "rows": rows,
            "date_label": "13  " + _label(CARD_LABELS, 12, languages),
            "date": f"{on:%Y-%m-%d}",
            "sign_label": "14  " + _label(CARD_LABELS, 13, languages),
        },
        on=on,
    )


def receipt_pdf(
    items: Sequence[tuple[str, str]], *, taker: str, languages: Sequence[str], on: datetime
) -> bytes:
    """Return the receipt for what was taken from him, each thing and each sum on its own line.

    Args:
        items: what it is, and the sum with its currency, "" for things.
        taker: name, rank and unit of the one who took it (GC III 18), as the console knows him.
    """
    labels = [" / ".join(RECEIPT_LABELS[language][n] for language in languages) for n in range(4)]
    return typeset(
        "receipt",
        {
            "title": labels[0],
            "rows": [
                {"number": n, "what": what, "amount": amount}
                for n, (what, amount) in enumerate(items, start=1)
            ],
            "taker": f"{labels[1]}: {taker}, {on:%Y-%m-%d %H:%M} UTC",
            "sign_taker": labels[2],
            "sign_him": labels[3],
        },
        on=on,
    )
