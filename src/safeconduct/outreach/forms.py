"""What a campaign's form may hold."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

MOST_BYTES = 40 * 2**20  # a million lines; web/settings.py takes no larger body


def _text(name: str, *, label: str, told: Promise | str) -> forms.CharField:
    """Return the field of one text; its size in short messages is counted beside it as one types."""
    language = name.partition("_")[2]
    shown = {"rows": 2, "lang": language, "data-count": f"size_{name}"}
    size = _("{length} of {room} · {parts} SMS")
    return forms.CharField(
        label=label,
        widget=forms.Textarea(attrs=shown),
        required=False,
        help_text=format_html('{} <span id="size_{}" data-text="{}"></span>', told, name, size),
    )


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
        if not offers:
            self.fields["offers"].help_text = _("None is in force now, so nothing is promised.")
        texts = {
            "text": (
                _("Text in %(language)s"),
                _("{offer} stands where the offer's own words go."),
            ),
            "other": (
                _("Second text in %(language)s"),
                _("Each number gets one of the two, by lot. Leave it empty for one text."),
            ),
        }
        for language in languages:
            for which, (label, told) in texts.items():
                name = f"{which}_{language}"
                self.fields[name] = _text(name, label=label % {"language": language}, told=told)
        self.order_fields(["name", *(f"{which}_{each}" for each in languages for which in texts)])

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
