"""What the picture's forms may hold. A form error names its field and keeps what was typed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeconduct.situation.actions import Saying
from safeconduct.situation.rules import OURS, Counts, Party, Qualifier, Told

COUNTS_WORDS = {
    Counts.VISIT: _("visit"),
    Counts.ENQUIRY: _("enquiry"),
    Counts.APPLICATION: _("application"),
    Counts.VERIFIED: _("verified"),
    Counts.WAITING: _("waiting"),
    Counts.CROSSED: _("crossed"),
    Counts.IN_CUSTODY: _("in custody"),
    Counts.EXCHANGED: _("exchanged"),
    Counts.REFUSED_ORDER: _("refused an order"),
    Counts.EXECUTED_BY_OWN_SIDE: _("killed by their own side"),
    Counts.UNSPECIFIED: _("unspecified"),
}
_PARTIES = {
    Party.OWN: _("our side"),
    Party.ENEMY: _("the other side"),
    Party.THIRD: _("a third party"),
    Party.UNKNOWN: _("unknown"),
}
_QUALIFIERS = {
    Qualifier.EXACT: _("exactly"),
    Qualifier.AT_LEAST: _("at least"),
    Qualifier.ABOUT: _("about"),
    Qualifier.NO_NUMBER: _("no number"),
}


class _Plain(forms.Form):
    """Labels stand above their fields, without a colon."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""


class ClaimForm(_Plain):
    """One claim from the press or from an institution."""

    quote = forms.CharField(label=_("In their words"), max_length=300)
    language = forms.CharField(label=_("Language of the words"), max_length=8, initial="en")
    outlet = forms.CharField(label=_("Outlet that printed it"), max_length=120)
    claimant = forms.CharField(label=_("Who said it"), max_length=120)
    claimant_party = forms.ChoiceField(label=_("Whose side"), choices=list(_PARTIES.items()))
    published_on = forms.DateField(
        label=_("Printed on"), widget=forms.DateInput(attrs={"type": "date"})
    )
    counts = forms.ChoiceField(label=_("What it counts"), choices=list(COUNTS_WORDS.items()))
    qualifier = forms.ChoiceField(label=_("How it was put"), choices=list(_QUALIFIERS.items()))
    low = forms.IntegerField(label=_("Lower end"), required=False, min_value=0)
    high = forms.IntegerField(label=_("Upper end"), required=False, min_value=0)
    number_text = forms.CharField(
        label=_("The number in their words"), max_length=40, required=False
    )
    region = forms.CharField(label=_("Region, ISO 3166-2"), max_length=8, required=False)
    reliability = forms.ChoiceField(label=_("Source, A to F"), choices=[(c, c) for c in "FEDCBA"])
    credibility = forms.TypedChoiceField(
        label=_("Content, 1 to 6"), coerce=int, choices=[(n, n) for n in range(6, 0, -1)]
    )

    def saying(self) -> Saying:
        """Return the claim the form describes; call it after `is_valid`."""
        given: dict[str, Any] = self.cleaned_data
        return Saying(
            outlet=given["outlet"],
            claimant=given["claimant"],
            published_on=given["published_on"],
            quote=given["quote"],
            language=given["language"],
            number_text=given["number_text"],
            region=given["region"],
            told=Told(
                counts=Counts(given["counts"]),
                qualifier=Qualifier(given["qualifier"]),
                low=given["low"],
                high=given["high"],
                claimant_party=Party(given["claimant_party"]),
                reliability=given["reliability"],
                credibility=given["credibility"],
            ),
        )


class EarlierForm(_Plain):
    """A month's total from before this ledger."""

    counts = forms.ChoiceField(
        label=_("What was counted"), choices=[(kind, COUNTS_WORDS[kind]) for kind in OURS]
    )
    month = forms.DateField(
        label=_("Month (any day of it)"), widget=forms.DateInput(attrs={"type": "date"})
    )
    count = forms.IntegerField(label=_("Count"), min_value=0)
    record_sha256 = forms.RegexField(
        label=_("SHA-256 of the record"), regex=r"^[0-9a-f]{64}$", max_length=64
    )


class ConfirmForm(_Plain):
    """What a second person reads in the record."""

    count = forms.IntegerField(label=_("Count"), min_value=0)
