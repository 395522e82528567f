"""Yes or no, one of a few, some of a few, and lists of the shop's own words."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from loyalty.earning.terms import Terms
from loyalty.earning.values.base import BadValue, Value

MOST_CODES = 200
LONGEST_CODE = 80
HIGHEST_RANK = 30_000  # What the column of a tier holds; tiers are a hundred ranks apart.


class Flag(Value):
    """Yes or no."""

    def read(self, raw: Any) -> bool:
        if not isinstance(raw, bool):
            raise BadValue(_("Give true or false."))
        return raw

    def field(self, terms: Terms) -> forms.Field:
        return forms.BooleanField(**self.texts | {"required": False})


class Choice(Value):
    """One of a few words."""

    def __init__(self, label: Any, choices: Mapping[str, Any], **texts: Any) -> None:
        super().__init__(label, **texts)
        self.choices = choices

    def read(self, raw: Any) -> str:
        if not isinstance(raw, str) or raw not in self.choices:
            words = {"words": ", ".join(self.choices)}
            raise BadValue(_("Give one of these words: %(words)s.") % words)
        return raw

    def field(self, terms: Terms) -> forms.Field:
        return forms.ChoiceField(choices=list(self.choices.items()), **self.texts)


class Several(Value):
    """Some of a few, kept in their own order. ``choices`` gives labels by value."""

    def __init__(self, label: Any, choices: Callable[[], Mapping[str, Any]], **texts: Any) -> None:
        super().__init__(label, **texts)
        self.choices = choices

    def read(self, raw: Any) -> tuple[str, ...]:
        words = self.choices()
        if (
            not isinstance(raw, list)
            or not raw
            or any(not isinstance(word, str) or word not in words for word in raw)
        ):
            listed = {"words": ", ".join(words)}
            raise BadValue(_("Give a list of some of these words: %(words)s.") % listed)
        return tuple(word for word in words if word in raw)

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def field(self, terms: Terms) -> forms.Field:
        return forms.MultipleChoiceField(
            choices=list(self.choices().items()),
            widget=forms.CheckboxSelectMultiple,
            **self.texts,
        )


class Codes(Value):
    """A list of the shop's own words: product codes, categories, names of things."""

    def read(self, raw: Any) -> tuple[str, ...]:
        if not isinstance(raw, list) or not 0 < len(raw) <= MOST_CODES:
            raise BadValue(_("Give a list of 1 to %(most)s texts.") % {"most": MOST_CODES})
        return tuple(dict.fromkeys(_code(text) for text in raw))

    def write(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def field(self, terms: Terms) -> forms.Field:
        return _CodesField(**self.texts)

    def shown(self, value: tuple[str, ...], terms: Terms) -> Any:
        return "\n".join(value)


def _code(text: Any) -> str:
    code = text.strip() if isinstance(text, str) else ""
    if not code or len(code) > LONGEST_CODE or not code.isprintable():
        raise BadValue(_("Each must be a text of 1 to %(most)s letters.") % {"most": LONGEST_CODE})
    return code


class _CodesField(forms.CharField):
    """One code a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def clean(self, value: Any) -> list[str]:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class Locations(Codes):
    """Codes of locations: ticked in a form where the program's are known."""

    def field(self, terms: Terms) -> forms.Field:
        if not terms.locations:
            return super().field(terms)
        return forms.MultipleChoiceField(
            choices=[(code, str(name) or code) for code, name in terms.locations.items()],
            widget=forms.CheckboxSelectMultiple,
            **self.texts | {"help_text": ""},
        )

    def shown(self, value: tuple[str, ...], terms: Terms) -> Any:
        return list(value) if terms.locations else super().shown(value, terms)


class Named(Codes):
    """Public ids of things that the program has: segments, badges. ``of`` names them in Terms."""

    def __init__(self, label: Any, *, of: str, **texts: Any) -> None:
        super().__init__(label, **texts)
        self.of = of

    def field(self, terms: Terms) -> forms.Field:
        names: Mapping[str, Any] = getattr(terms, self.of)
        return forms.MultipleChoiceField(
            choices=[(public_id, str(name)) for public_id, name in names.items()],
            widget=forms.CheckboxSelectMultiple,
            **self.texts,
        )

    def shown(self, value: tuple[str, ...], terms: Terms) -> Any:
        return list(value)


class OneNamed(Value):
    """The public id of one thing that the program has: a reward, a badge."""

    def __init__(self, label: Any, *, of: str, **texts: Any) -> None:
        super().__init__(label, **texts)
        self.of = of

    def read(self, raw: Any) -> str:
        return _code(raw)

    def field(self, terms: Terms) -> forms.Field:
        names: Mapping[str, Any] = getattr(terms, self.of)
        choices = [(public_id, str(name)) for public_id, name in names.items()]
        return forms.ChoiceField(choices=[("", "—"), *choices], **self.texts)


class Rank(Value):
    """The rank of a tier; 0 is the base tier."""

    def read(self, raw: Any) -> int:
        if type(raw) is not int or not 0 <= raw <= HIGHEST_RANK:
            raise BadValue(_("Give a tier's rank: a whole number, 0 for the base tier."))
        return raw

    def field(self, terms: Terms) -> forms.Field:
        tiers = [(rank, str(name)) for rank, name in sorted(terms.tiers.items())]
        return forms.TypedChoiceField(
            choices=[("", "—"), *tiers], coerce=int, empty_value=None, **self.texts
        )


class Ranks(Rank):
    """Ranks of tiers."""

    def read(self, raw: Any) -> tuple[int, ...]:  # type: ignore[override]
        if not isinstance(raw, list) or not raw:
            raise BadValue(_("Give a list of tiers' ranks."))
        return tuple(sorted({super(Ranks, self).read(rank) for rank in raw}))

    def write(self, value: tuple[int, ...]) -> list[int]:
        return list(value)

    def field(self, terms: Terms) -> forms.Field:
        return forms.TypedMultipleChoiceField(
            choices=[(rank, str(name)) for rank, name in sorted(terms.tiers.items())],
            coerce=int,
            empty_value=None,
            widget=forms.CheckboxSelectMultiple,
            **self.texts,
        )
