"""A form of a merchant's own questions, as members fill it in on any page."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.widgets import Textarea
from django.utils.translation import gettext as _

from campaigns.questions import CHOICE, CHOICES, LINK, LONG, LONGEST, RATED, BadAnswers, Question

PREFIX = "a-"


class ScaleInput(forms.RadioSelect):
    """A row of figures, with what its ends mean."""

    template_name = "django/forms/widgets/scale.html"

    def __init__(self, *, ends: tuple[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ends = ends

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["low"], context["widget"]["high"] = self.ends
        return context


class AnswersForm(forms.Form):
    """One field a question. What may be answered, the questions themselves say; see ``told``."""

    def __init__(
        self,
        questions: Sequence[Question],
        data: Any = None,
        files: Any = None,
        *,
        answers: Mapping[str, Any] | None = None,
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        held = {f"{PREFIX}{key}": value for key, value in (answers or {}).items()}
        super().__init__(data, files, initial={**held, **(initial or {})})
        self.questions = questions
        for question in questions:
            field = _field(question)
            field.required = question.required
            field.label = question.asked()
            self.fields[f"{PREFIX}{question.key}"] = field

    def told(self) -> dict[str, Any]:
        """The answers by the keys of the questions, without those that were left out."""
        answers = {it.key: self.cleaned_data.get(f"{PREFIX}{it.key}") for it in self.questions}
        return {key: it for key, it in answers.items() if it not in (None, "", [])}

    def refuse(self, wrong: BadAnswers) -> None:
        """Show what the house found wrong beside the field that it is about."""
        for key, sentence in wrong.facts.get("problems", {}).items():
            field = f"{PREFIX}{key}" if f"{PREFIX}{key}" in self.fields else key
            self.add_error(field if field in self.fields else None, sentence)


def _field(question: Question) -> forms.Field:
    if question.kind in RATED:
        figures = [(it, str(it)) for it in question.scale]
        return forms.TypedChoiceField(
            choices=figures, coerce=int, empty_value=None, widget=ScaleInput(ends=question.ends())
        )
    numbered = [(number, str(it)) for number, it in enumerate(question.options, 1)]
    if question.kind == CHOICE:
        return forms.TypedChoiceField(
            choices=numbered, coerce=int, empty_value=None, widget=forms.RadioSelect
        )
    if question.kind == CHOICES:
        return forms.TypedMultipleChoiceField(
            choices=numbered, coerce=int, widget=forms.CheckboxSelectMultiple
        )
    longest = LONGEST[question.kind]
    if question.kind == LINK:
        widget = forms.TextInput(attrs={"inputmode": "url", "placeholder": "https://"})
        return forms.CharField(max_length=longest, widget=widget)
    if question.kind == LONG:
        return forms.CharField(max_length=longest, widget=Textarea(attrs={"rows": 4}))
    return forms.CharField(max_length=longest)


class PicturesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures at once; how many, the field says."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        accepted = {"accept": "image/jpeg,image/png,image/webp"}
        multiple = {"multiple": True} if most > 1 else {}
        super().__init__(
            widget=PicturesInput(attrs={**accepted, **multiple}), required=False, **kwargs
        )
        self.most = most

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        sent = [it for it in (data if isinstance(data, list | tuple) else [data]) if it]
        if len(sent) > self.most:
            raise forms.ValidationError(_("These are too many pictures."))
        return [super(PicturesField, self).clean(it, initial) for it in sent]
