"""What a campaign's form may hold."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 40 * 2**20  # a million lines; web/settings.py takes no larger body


class DraftForm(forms.Form):
    """Name, statement, list and rate; the texts, one a language, are added by `for_languages`."""

    name = forms.CharField(
        label=_("Name"), max_length=60, help_text=_("A dull word. No place, no unit, no date.")
    )
    offers = forms.MultipleChoiceField(label=_("Offers whose words it says"), required=False)
    holder = forms.CharField(label=_("Lawful holder of the list"), max_length=200)
    basis = forms.CharField(label=_("Legal basis"), max_length=300)
    document_sha256 = forms.CharField(label=_("SHA-256 of the signed statement"), max_length=64)
    term_ends = forms.DateField(
        label=_("The list is destroyed by"), widget=forms.DateInput(attrs={"type": "date"})
    )
    route = forms.CharField(label=_("By which gateway"), max_length=40, initial="smpp")
    per_second = forms.IntegerField(
        label=_("Short messages a second"), min_value=1, max_value=1000, initial=10
    )
    per_hour = forms.IntegerField(
        label=_("Short messages an hour, at most"),
        min_value=0,
        initial=0,
        required=False,
        help_text=_("0: no such limit."),
    )
    recipients = forms.FileField(
        label=_("List: a CSV of number, language, zone and nothing else"), max_length=200
    )

    def __init__(
        self, *args: Any, languages: tuple[str, ...], offers: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        """Add one text field for each of the programme's languages, and the offers in force."""
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        self.languages = languages
        self.fields["offers"].choices = offers  # type: ignore[attr-defined]  # a choice field
        for language in languages:
            self.fields[f"text_{language}"] = forms.CharField(
                label=_("Text in %(language)s") % {"language": language},
                widget=forms.Textarea(attrs={"rows": 2, "lang": language, "data-count": "sms"}),
                required=False,
                help_text=_("{offer} stands where the offer's own words go."),
            )
            self.fields[f"other_{language}"] = forms.CharField(
                label=_("Second text in %(language)s") % {"language": language},
                widget=forms.Textarea(attrs={"rows": 2, "lang": language, "data-count": "sms"}),
                required=False,
                help_text=_(
                    "Each number gets one of the two, by lot. Leave it empty for one text."
                ),
            )

    def clean_recipients(self) -> bytes:
        """Return the file's bytes, if it is not larger than a list can be."""
        uploaded = self.cleaned_data["recipients"]
        if uploaded.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than a list can be."))
        raw: bytes = uploaded.read()
        return raw

    def clean_per_hour(self) -> int:
        """Return the hour's limit, 0 where nothing was written."""
        return self.cleaned_data["per_hour"] or 0

    def texts(self) -> dict[str, list[str]]:
        """Return language → its text, or its two texts, as they were written."""
        told = self.cleaned_data
        return {
            language: [
                told[f"text_{language}"],
                *([told[f"other_{language}"]] if told[f"other_{language}"] else []),
            ]
            for language in self.languages
        }
