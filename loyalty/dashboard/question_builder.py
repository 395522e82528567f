"""Questions as a merchant writes them on a page: a row each, added, moved and taken away."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.questions import CHOICE, CHOICES, KEY, LABELS, MOST, STANDARD, Question
from loyalty.localized import LocalizedFormField, LocalizedWidget
from loyalty.public_ids import new_public_id

COUNT = "questions"


class QuestionForm(forms.Form):
    """One question. Its key stays when it is moved, so that answers go on meaning it."""

    key = forms.RegexField(KEY.pattern + r"\Z", widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Kind"))
    words = LocalizedFormField(
        label=_("What is asked"),
        help_text=_("A standard question has words of its own; leave this empty to use them."),
        required=False,
    )
    options = LocalizedFormField(
        label=_("Answers to choose from"),
        help_text=_("One a line, in the same order in each language."),
        long=True,
        required=False,
    )
    required = forms.BooleanField(label=_("Must be answered"), required=False)

    def __init__(self, kinds: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(it, LABELS[it]) for it in kinds]
        if not set(kinds) & set(STANDARD):
            self.fields["words"].help_text = ""
        # Long enough for a sentence, whatever a name may have.
        widget = self.fields["words"].widget
        assert isinstance(widget, LocalizedWidget)
        for field in self.fields["words"].fields:  # type: ignore[attr-defined]
            field.max_length = 300
            field.validators = []

    def told(self) -> dict[str, Any]:
        """The question as the flow reads it; answers to choose from belong to a choice only."""
        it = self.cleaned_data
        told: dict[str, Any] = {name: it[name] for name in ("key", "kind", "required")}
        told["words"] = dict(it["words"] or {})
        if it["kind"] in (CHOICE, CHOICES):
            told["options"] = _options(it["options"] or {})
        return told


class QuestionBuilder:
    """All rows of a page, from what is stored or from what was sent."""

    def __init__(
        self, kinds: Sequence[str], held: Sequence[Question], data: Mapping[str, Any] | None
    ) -> None:
        self.kinds, self.data = kinds, data
        if data is None:
            self.rows = [self._row(number, initial_of(it)) for number, it in enumerate(held)]
        else:
            sent = str(data.get(COUNT, "0"))
            count = min(int(sent), MOST) if sent.isascii() and sent.isdecimal() else 0
            self.rows = [self._row(number) for number in range(count)]

    @property
    def can_add(self) -> bool:
        return len(self.rows) < MOST

    @property
    def offered(self) -> list[tuple[str, Any]]:
        return [(it, LABELS[it]) for it in self.kinds]

    def is_valid(self) -> bool:
        found = [row.is_valid() for row in self.rows]  # Each says what is wrong with it.
        return all(found)

    def told(self) -> list[dict[str, Any]]:
        return [row.told() for row in self.rows]

    def act(self, act: str) -> None:
        """A button of a row: add, or drop or move the one of a number. Nothing is saved by it."""
        verb, _dash, number = act.partition("-")
        at = int(number) if number.isascii() and number.isdecimal() else -1
        written = [self._typed(row) for row in self.rows]
        if verb == "add" and self.can_add:
            kind = number if number in self.kinds else self.kinds[0]
            written.append({"key": new_key(), "kind": kind})
        elif verb == "drop" and 0 <= at < len(written):
            del written[at]
        elif verb == "up" and 0 < at < len(written):
            written[at - 1], written[at] = written[at], written[at - 1]
        self.rows = [self._row(number, it) for number, it in enumerate(written)]

    def _row(self, number: int, initial: Mapping[str, Any] | None = None) -> QuestionForm:
        data = None if initial is not None else self.data
        return QuestionForm(self.kinds, data, prefix=f"{COUNT}-{number}", initial=initial or {})

    def _typed(self, row: QuestionForm) -> dict[str, Any]:
        """What somebody has typed so far, whole or not."""
        return {name: _plain(row[name].value(), row.fields[name]) for name in row.fields}


def new_key() -> str:
    return f"q{new_public_id()[:10]}"


def initial_of(question: Question) -> dict[str, Any]:
    lines: dict[str, str] = {}
    for language in {it for option in question.options for it in option}:
        lines[language] = "\n".join(it.get(language, "") for it in question.options)
    return {
        "key": question.key, "kind": question.kind, "words": dict(question.words),
        "options": lines, "required": question.required,
    }  # fmt: skip


def _plain(value: Any, field: forms.Field) -> Any:
    if isinstance(field, LocalizedFormField):
        if isinstance(value, list):
            return dict(zip(field.languages, [it or "" for it in value], strict=False))
        return value or {}
    return value


def _options(lines: Mapping[str, str]) -> list[dict[str, str]]:
    """One answer a line; what a language lacks at the end, the others still have."""
    split = {language: text.splitlines() for language, text in lines.items()}
    rows = zip_longest(*split.values(), fillvalue="")
    named = [dict(zip(split, (it.strip() for it in row), strict=True)) for row in rows]
    kept = [{language: it for language, it in one.items() if it} for one in named]
    return [it for it in kept if it]
