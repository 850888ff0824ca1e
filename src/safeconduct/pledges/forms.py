"""What the forms of this room send, parsed once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from django import forms

from safeconduct.pledges.actions import Draft
from safeconduct.pledges.clash import Thing
from safeconduct.pledges.money import MINOR
from safeconduct.pledges.rules import Kind
from safeconduct.refusal import N_


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


# What the page calls each field.
LABELS = {
    "kind": N_("Kind"),
    "name": N_("Name"),
    "authority": N_("Authority that grants it"),
    "legal_basis": N_("Legal basis"),
    "items": N_("What is promised, one line each"),
    "given_for": N_("What a reward is given for"),
    "conditions": N_("Conditions, one line each; none for a standard"),
    "amount": N_("Money for one person, whole units"),
    "budget": N_("Cap of all payments"),
    "currency": N_("Currency, three letters"),
    "starts": N_("In force from (empty: at once)"),
    "expires": N_("Until (empty: no end)"),
}


class OfferForm(forms.Form):
    """A version of an offer. Texts come as text_<language>; money in whole units."""

    kind = forms.ChoiceField(choices=[(each.value, each.value) for each in Kind])
    name = forms.CharField(max_length=120)
    authority = forms.CharField(max_length=200)
    legal_basis = forms.CharField(max_length=300)
    items = forms.CharField(max_length=2000)
    given_for = forms.ChoiceField(
        required=False, choices=[(each.value, each.value) for each in Thing]
    )
    conditions = forms.CharField(required=False, max_length=2000)
    amount = forms.IntegerField(required=False, min_value=1)
    budget = forms.IntegerField(required=False, min_value=1)
    currency = forms.RegexField(r"^[A-Z]{3}$", required=False)
    starts = forms.DateField(required=False)
    expires = forms.DateField(required=False)
    offer = forms.CharField(required=False, max_length=20)

    @classmethod
    def after(cls, version: Any) -> Self:
        """Return the form of the version that follows `version`, filled as that one is."""
        return cls(
            initial={
                "kind": version.kind,
                "name": version.name,
                "authority": version.authority,
                "legal_basis": version.legal_basis,
                "items": "\n".join(version.items),
                "given_for": version.given_for,
                "conditions": version.conditions,
                "amount": version.amount and version.amount // MINOR,
                "budget": version.budget and version.budget // MINOR,
                "currency": version.currency,
                "starts": "",
                "expires": version.expires_at and version.expires_at.date().isoformat(),
                "offer": version.offer.ref,
            }
        )

    def draft(self, *, texts: dict[str, str], now: datetime) -> Draft:
        """Return what was typed as a draft; without a start it begins at once."""
        told = self.cleaned_data
        starts, expires = told["starts"], told["expires"]
        return Draft(
            kind=Kind(told["kind"]),
            name=told["name"],
            authority=told["authority"],
            legal_basis=told["legal_basis"],
            items=_lines(told["items"]),
            given_for=told["given_for"] or Thing.VEHICLE,
            conditions="\n".join(_lines(told["conditions"])),
            amount=_minor(told["amount"]),
            budget=_minor(told["budget"]),
            currency=told["currency"],
            starts_at=datetime(starts.year, starts.month, starts.day, tzinfo=UTC)
            if starts
            else now,
            expires_at=(
                datetime(expires.year, expires.month, expires.day, tzinfo=UTC) if expires else None
            ),
            texts=texts,
            offer_ref=told["offer"],
        )


def _minor(whole: int | None) -> int | None:
    return None if whole is None else whole * MINOR


class DueForm(forms.Form):
    """A date on which a promise falls due, or is hoped for."""

    due = forms.DateField()

    def at(self) -> datetime:
        """Return the end of that day, UTC: a promise is kept within its day."""
        due = self.cleaned_data["due"]
        return datetime(due.year, due.month, due.day, 23, 59, 59, tzinfo=UTC)


class SumForm(forms.Form):
    """A sum of money, with its cents."""

    amount = forms.DecimalField(min_value=Decimal("0.01"), max_digits=14, decimal_places=2)

    def minor(self) -> int:
        """Return the sum in minor units, exactly."""
        return int(self.cleaned_data["amount"] * MINOR)
