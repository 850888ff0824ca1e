"""What the forms of this room send, parsed once."""

from django import forms

from safeconduct.tracing.rules import Fact, Ground


class AskedForm(forms.Form):
    """Who is sought, by whom."""

    compartment = forms.CharField(max_length=20)
    language = forms.CharField(max_length=8)
    sought = forms.CharField(max_length=1000, required=False)


class DescribedForm(forms.Form):
    """By what he who is sought is told from his namesakes; see `names.Known`."""

    names = forms.CharField(max_length=160)
    father = forms.CharField(max_length=80, required=False)
    born = forms.CharField(max_length=20, required=False)
    marks = forms.CharField(max_length=300, required=False)


class BackForm(forms.Form):
    """What is taken back."""

    fact = forms.ChoiceField(choices=[(each.value, each.value) for each in Fact])


class ProofForm(forms.Form):
    """What was seen or said, in a line."""

    words = forms.CharField(max_length=300, required=False)


class GroundForm(ProofForm):
    """By what the asker may be told."""

    ground = forms.ChoiceField(choices=[(each.value, each.value) for each in Ground])
