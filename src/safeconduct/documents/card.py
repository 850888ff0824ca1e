"""The capture card and the property receipt on paper: 15 x 10.5 cm, his language and two more.

GC III Annex IV B, articles 70 and 18. The same content gives the same bytes. There is no field for
how he was taken: years may await him at home for it. Labels are drafts until a native speaker has
read them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from safeconduct.documents.labels import CARD_LABELS, CARD_TITLE, RECEIPT_LABELS
from safeconduct.documents.typeset import typeset
from safeconduct.documents.words import label, value

# Lines 1 to 11, in their order; number and camp share the twelfth.
_FIELDS = (
    *("power", "name", "first_names", "father", "birth_date", "birthplace", "rank"),
    *("service_number", "kin_address", "taken_on", "health"),
)


def three(languages: Sequence[str], *, his: str) -> list[str]:
    """Return his language first and two more of the programme's that have labels."""
    order = [his, *languages, "en", "fr"]
    return [lang for lang in dict.fromkeys(order) if lang in CARD_LABELS][:3]


def _label(texts: Mapping[str, Sequence[str]], index: int, languages: Sequence[str]) -> str:
    return " / ".join(texts[language][index] for language in languages)


def card_pdf(
    content: Mapping[str, str],
    *,
    languages: Sequence[str],
    on: datetime,
    form: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """Return the card: one side, whatever stands on it.

    Args:
        content: the fields of `rules.CARD`; what is not there stays an empty line.
        languages: three, his own first, from `three`.
        on: the day that stands on the card.
    """

    def told(field: str) -> str:
        return value(field, content.get(field, ""), languages)

    number = ", ".join(dict.fromkeys(filter(None, (told("prisoner_number"), told("camp")))))
    values = [*map(told, _FIELDS), number]
    rows = [
        {"number": n, "label": _label(CARD_LABELS, n - 1, languages), "value": text}
        for n, text in enumerate(values, start=1)
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
        form=form,
    )


def receipt_pdf(
    items: Sequence[tuple[str, str]],
    *,
    case: str,
    taker: str,
    languages: Sequence[str],
    on: datetime,
    form: Literal["pdf", "png"] = "pdf",
) -> bytes:
    """Return the receipt for what was taken from him, each thing and each sum on its own line.

    Args:
        items: what it is, and the sum with its currency, "" for things.
        case: the reference at the foot of each page, for a list may be longer than one.
        taker: of each who took something, as the console knows him; who signs writes name, rank and
            unit (GC III 18) by hand, which the console does not know.
    """
    labels = [_label(RECEIPT_LABELS, n, languages) for n in range(4)]
    return typeset(
        "receipt",
        {
            "title": labels[0],
            "head": ["", label("what", languages), label("amount", languages)],
            "rows": [
                {"number": n, "what": what or label("money", languages), "amount": amount}
                for n, (what, amount) in enumerate(items, start=1)
            ],
            "taker": f"{labels[1]}: {taker}, {on:%Y-%m-%d %H:%M} UTC",
            "by_hand": label("for_us", languages),
            "sign_taker": labels[2],
            "sign_him": labels[3],
            "foot": f"{case} · {on:%Y-%m-%d %H:%M} UTC",
        },
        on=on,
        form=form,
    )
