"""What the forms of this room send, parsed once."""

from datetime import datetime

from django import forms

from safeconduct.conversations.rules import Condition, Finding


class ReplyForm(forms.Form):
    """A reply: typed words, the newest text he has read, and offers that follow it."""

    text = forms.CharField(required=False, max_length=2000)
    seen = forms.CharField(max_length=20, required=False)
    offer = forms.CharField(required=False, max_length=20)
    by = forms.CharField(required=False, max_length=20)


class HeardForm(forms.Form):
    """What he said, by which channel, and how many minutes ago."""

    channel = forms.CharField(max_length=8)
    text = forms.CharField(max_length=2000)
    minutes = forms.IntegerField(min_value=0, max_value=720)


class SayForm(forms.Form):
    """What he is to hear, and an offer that follows it."""

    channel = forms.CharField(max_length=8)
    text = forms.CharField(required=False, max_length=2000)
    offer = forms.CharField(required=False, max_length=20)


class SearchForm(forms.Form):
    """What somebody looks for, and where the search before ended."""

    words = forms.CharField(max_length=80)
    after = forms.RegexField(r"^[0-9T:.-]+\+00:00_[0-9]{1,18}$", required=False, max_length=60)

    def clean_after(self) -> str:
        """Return it if its instant is one."""
        after: str = self.cleaned_data["after"]
        try:
            if after:
                datetime.fromisoformat(after.partition("_")[0])
        except ValueError:
            raise forms.ValidationError("no instant") from None
        return after


class NoteForm(forms.Form):
    """A line for the staff: a note, or a reason."""

    text = forms.CharField(max_length=1000, required=False)


class WordsForm(forms.Form):
    """The two words agreed with him."""

    distress = forms.CharField(max_length=40)
    all_clear = forms.CharField(max_length=40)


class WindowForm(forms.Form):
    """His safe hours, on his own clock."""

    begins = forms.TimeField()
    ends = forms.TimeField()


class ConditionForm(forms.Form):
    """One reported hardship and the region, never a place."""

    code = forms.ChoiceField(choices=[(each.value, each.value) for each in Condition])
    region = forms.CharField(required=False, max_length=12)


class FindingForm(forms.Form):
    """What a supervisor found."""

    finding = forms.ChoiceField(choices=[(each.value, each.value) for each in Finding])
