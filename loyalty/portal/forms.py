"""What several forms of the portal share: a key, so that a double click acts once."""

from django import forms

from loyalty.public_ids import ALPHABET, LENGTH, new_public_id


class KeyedForm(forms.Form):
    """A form that moves points. Sent twice, it carries the same key twice."""

    key = forms.RegexField(
        rf"^[{ALPHABET}]{{{LENGTH}}}\Z", widget=forms.HiddenInput, initial=new_public_id
    )
