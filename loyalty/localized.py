"""Names in several languages, kept in one column: {"th": "กาแฟ", "en": "Coffee"}."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Localized(dict[str, str]):
    """A text by language. As a string it is the reader's language's, or the first there is."""

    def in_language(self, language: str | None) -> str:
        chosen = self.get((language or settings.LANGUAGE_CODE).split("-")[0])
        return chosen or next((text for text in self.values() if text), "")

    def __str__(self) -> str:
        return self.in_language(get_language())

    def __html__(self) -> str:
        return escape(str(self))


class LocalizedField(models.JSONField):
    """A ``Localized`` column. Give it a dict; it gives one back that prints itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("default", Localized)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Localized:
        return Localized(super().from_db_value(value, expression, connection) or {})

    def to_python(self, value: Any) -> Localized:
        return Localized(super().to_python(value) or {})

    def formfield(self, **kwargs: Any) -> forms.Field:
        return LocalizedFormField(
            required=not self.blank, label=kwargs.get("label", self.verbose_name)
        )


LANGUAGE_NAMES = {"en": _("English"), "th": _("Thai")}


class LocalizedWidget(forms.MultiWidget):
    """One text input a language."""

    template_name = "components/localized_widget.html"

    def __init__(self, languages: list[str], *, long: bool = False) -> None:
        self.languages = languages
        kind = forms.Textarea if long else forms.TextInput
        attrs = {"rows": 3} if long else {}
        super().__init__({lang: kind(attrs={"lang": lang, **attrs}) for lang in languages})

    def decompress(self, value: Any) -> list[str]:
        return [(value or {}).get(language, "") for language in self.languages]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for widget, language in zip(context["widget"]["subwidgets"], self.languages, strict=True):
            widget["language"] = LANGUAGE_NAMES.get(language, language)
        return context


class LocalizedFormField(forms.MultiValueField):
    """A name in each language of the program; one of them is enough."""

    def __init__(self, *, languages: list[str] | None = None, long: bool = False, **kwargs: Any):
        self.languages = languages or [code for code, _name in settings.LANGUAGES]
        limit = 2000 if long else 120
        kwargs.setdefault("widget", LocalizedWidget(self.languages, long=long))
        super().__init__(
            [forms.CharField(required=False, max_length=limit) for _ in self.languages],
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, values: list[str]) -> Localized:
        pairs = zip(self.languages, values or [""] * len(self.languages), strict=True)
        return Localized({language: text for language, text in pairs if text})
